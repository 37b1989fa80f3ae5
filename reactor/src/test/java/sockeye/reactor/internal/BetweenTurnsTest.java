// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.UnixEndpoint;
import sockeye.reactor.MessageProtocol;
import sockeye.reactor.MessageTransport;
import sockeye.reactor.Protocol;
import sockeye.reactor.ReactorSettings;
import sockeye.reactor.Transport;
import sockeye.reactor.testing.SimulatorSettings;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/** What falls between two steps of a loop, or into one; turn by turn in a simulation. */
@Timeout(60)
class BetweenTurnsTest {
    private static final long HOUR = 3_600_000_000_000L;

    /** Notes the calls. */
    private static final class Notes implements Protocol, MessageProtocol {
        private final List<String> calls = new ArrayList<>();
        private @Nullable Transport transport;
        private Consumer<Boolean> onWritable = writable -> {};

        @Override
        public void opened(Transport opened) {
            transport = opened;
            calls.add("opened");
        }

        @Override
        public void opened(MessageTransport opened) {
            calls.add("opened");
        }

        @Override
        public void received(Transport from, ByteBuffer bytes) {
            bytes.position(bytes.limit());
        }

        @Override
        public void received(MessageTransport from, ByteBuffer message) {}

        @Override
        public void writable(Transport from, boolean writable) {
            calls.add(writable ? "writable" : "full");
            onWritable.accept(writable);
        }

        @Override
        public void closed(Transport from, @Nullable Throwable why) {
            calls.add("closed");
        }

        @Override
        public void closed(MessageTransport from, @Nullable Throwable why) {
            calls.add("closed");
        }

        Transport open() {
            return Objects.requireNonNull(transport);
        }
    }

    private static void turn(Simulation simulation, long turns) {
        simulation.run(simulation.reactor().nanos() + HOUR, turns);
    }

    /** Connections that were asked for here, and not accepted. */
    private static List<Member> made(Simulation simulation) {
        List<Member> made = new ArrayList<>();
        Member each = ((Loop) simulation.reactor()).firstMember();
        for (; each != null; each = each.after) {
            if ((each instanceof Connection || each instanceof MessageConnection)
                    && each.origin == null) {
                made.add(each);
            }
        }
        return made;
    }

    /** Cancels it in the turn in which it is connected and its protocol does not know it yet. */
    private static void cancelInBetween(Simulation simulation, Future<?> opening, Notes client) {
        while (made(simulation).isEmpty()) {
            turn(simulation, 1);
        }
        assertEquals(List.of(), client.calls, "the moment is gone");
        assertTrue(opening.cancel(false));
        turn(simulation, Long.MAX_VALUE);
        assertEquals(List.of(), made(simulation), "it is still open, and nobody has it");
        assertEquals(List.of(), client.calls);
    }

    @Test
    void aConnectionThatIsCancelledBeforeItsProtocolKnowsItIsClosed() throws Exception {
        var simulation = new Simulation(1, SimulatorSettings.DEFAULT, ReactorSettings.DEFAULT);
        Endpoint at = InetEndpoint.of("192.0.2.1", 7);
        var served = new Notes();
        var client = new Notes();
        simulation.reactor().listen(at, () -> served);
        cancelInBetween(simulation, simulation.reactor().connect(at, client), client);
        assertEquals(List.of("opened", "closed"), served.calls);
        simulation.close();
    }

    @Test
    void soIsOneOfRecords() throws Exception {
        var simulation = new Simulation(1, SimulatorSettings.DEFAULT, ReactorSettings.DEFAULT);
        Endpoint at = UnixEndpoint.ofAbstract("between");
        var served = new Notes();
        var client = new Notes();
        simulation.reactor().listenRecords(at, () -> served);
        cancelInBetween(simulation, simulation.reactor().connectRecords(at, client), client);
        assertEquals("closed", served.calls.getLast());
        simulation.close();
    }

    /**
     * One connection learns in a turn that it is writable, and writes to another, whose send
     * completes later in that very turn: between the two that one was full, as anybody could see.
     */
    @Test
    void whoWasFullWithinOneTurnIsToldBoth() {
        var simulation = new Simulation(1, SimulatorSettings.PLAIN, ReactorSettings.DEFAULT);
        var first = new Notes();
        var second = new Notes();
        simulation.streams(first, new Notes());
        simulation.streams(second, new Notes());
        turn(simulation, Long.MAX_VALUE);
        boolean[] seen = new boolean[1];
        first.onWritable =
                writable -> {
                    if (writable) {
                        second.open().write(new byte[30]);
                        seen[0] = !second.open().isWritable();
                    }
                };
        first.open().marks(0, 5);
        second.open().marks(40, 45);
        first.open().write(new byte[10]);
        second.open().write(new byte[20]);
        turn(simulation, Long.MAX_VALUE);
        assertEquals(List.of("opened", "full", "writable"), first.calls);
        assertTrue(seen[0], "it was never full");
        assertFalse(second.open().pending() > 0);
        assertEquals(List.of("opened", "full", "writable"), second.calls);
        simulation.close();
    }
}
