// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.testing;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import sockeye.InetEndpoint;
import sockeye.reactor.Layer;
import sockeye.reactor.Limits;
import sockeye.reactor.Listening;
import sockeye.reactor.MessageTransport;
import sockeye.reactor.Protocol;
import sockeye.reactor.Transport;
import sockeye.wire.TimeLimits;

import java.io.IOException;
import java.net.BindException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;

/** Histories that are the same for the same seed, and the accidents in them. */
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // the histories tell how it went
class SimulatorTest {
    private static final InetEndpoint SERVER = InetEndpoint.of("192.0.2.1", 7);

    /** Notes each call with its time and size. */
    private static final class Chronicle implements Protocol {
        private final String name;
        private final List<String> history;
        private final int toSend;

        Chronicle(String name, List<String> history, int toSend) {
            this.name = name;
            this.history = history;
            this.toSend = toSend;
        }

        private void note(Transport transport, String what) {
            history.add(transport.reactor().nanos() + " " + name + " " + what);
        }

        @Override
        public void opened(Transport transport) {
            note(transport, "opened");
            transport.write(new byte[toSend]);
        }

        @Override
        public void received(Transport transport, ByteBuffer bytes) {
            note(transport, "received " + bytes.remaining());
            transport.write(bytes);
            if (transport.reactor().nanos() > 3_000_000_000L) {
                transport.close();
            }
        }

        @Override
        public void closed(Transport transport, @Nullable Throwable why) {
            note(transport, "closed " + why);
        }
    }

    private static List<String> history(long seed, SimulatorSettings settings) {
        var history = new ArrayList<String>();
        try (var simulator = Simulator.of(seed, settings)) {
            var reactor = simulator.reactor();
            reactor.listen(SERVER, () -> new Chronicle("server", history, 0));
            for (int i = 0; i < 5; i++) {
                reactor.connect(SERVER, new Chronicle("client " + i, history, 1_000 * i + 1));
            }
            simulator.advance(Duration.ofMillis(2_500));
            simulator.settle();
        } catch (IOException impossible) {
            throw new AssertionError(impossible);
        }
        return history;
    }

    @Test
    @Tag("D7-03")
    void theSameSeedGivesTheSameHistoryAndAnotherAnother() {
        var settings = SimulatorSettings.DEFAULT.withResets(0.000_5);
        List<String> first = history(1, settings);
        assertTrue(first.size() > 1_000, "a short history: " + first.size());
        assertEquals(first, history(1, settings));
        assertNotEquals(first, history(2, settings));
    }

    @Test
    void aResetBreaksBothSides() {
        List<String> history = history(3, SimulatorSettings.DEFAULT.withResets(1));
        assertTrue(history.stream().anyMatch(line -> line.contains("ECONNRESET")));
        assertEquals(10, history.stream().filter(line -> line.contains(" closed ")).count());
    }

    private static byte[] pattern(int count) {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++) {
            bytes[i] = (byte) ((i * 31) >>> 3);
        }
        return bytes;
    }

    private static final SimulatorSettings CUTTING =
            SimulatorSettings.DEFAULT.withWindow(1_000).withHalfCloses(0.02);

    @Test
    @Tag("D7-03")
    void aDirectionMayEndAnywhereAndTheOtherGoesOn() {
        byte[] sent = pattern(20_000);
        var lengths = new HashSet<Integer>();
        Seeds.each(
                60,
                CUTTING,
                simulator -> {
                    var receiver = new RecordingProtocol();
                    var sender = new RecordingProtocol();
                    simulator.pair(receiver, sender);
                    simulator.settle();
                    sender.transport().write(sent);
                    simulator.settle();
                    byte[] came = receiver.bytes();
                    assertArrayEquals(Arrays.copyOf(sent, came.length), came);
                    assertEquals(receiver.isEnded(), came.length < sent.length);
                    assertFalse(sender.isEnded());
                    assertFalse(receiver.isClosed());
                    assertFalse(sender.isClosed());
                    if (receiver.isEnded()) {
                        lengths.add(came.length);
                        receiver.transport().write("are you there?");
                        simulator.settle();
                        // Unless that way ends here, too.
                        assertEquals(!sender.isEnded(), sender.text().equals("are you there?"));
                        sender.transport().write("yes");
                        simulator.settle();
                        assertEquals(came.length, receiver.bytes().length, "nothing after it");
                    }
                });
        assertTrue(lengths.size() > 20, () -> "always in the same places: " + lengths);
    }

    @Test
    void whoIsCutShortIsNotToldButFindsThatNobodyReads() {
        var told = new RecordingProtocol();
        Layer stall = Limits.times(TimeLimits.DEFAULT.withStall(Duration.ofSeconds(5)));
        try (var simulator = Simulator.of(1, SimulatorSettings.PLAIN.withHalfCloses(1))) {
            var receiver = new RecordingProtocol();
            simulator.pair(receiver, stall.over(told));
            simulator.advance(Duration.ZERO);
            told.transport().write(new byte[200_000]);
            simulator.advance(Duration.ofSeconds(4));
            assertTrue(receiver.isEnded());
            assertEquals(0, receiver.bytes().length);
            assertEquals(200_000 - (64 << 10), told.transport().pending());
            simulator.advance(Duration.ofSeconds(3));
            assertTrue(told.isClosed());
            assertInstanceOf(SocketTimeoutException.class, told.why());
        }
    }

    @Test
    void whoSendsAfterTheEndIsResetWhenTheReceiverCloses() {
        var told = new RecordingProtocol();
        try (var simulator = Simulator.of(1, SimulatorSettings.PLAIN.withHalfCloses(1))) {
            simulator.pair((from, bytes) -> {}, told); // it closes at the end
            simulator.settle();
            told.transport().write("lost");
            simulator.settle();
            assertTrue(told.isClosed());
            assertTrue(String.valueOf(told.why()).contains("ECONNRESET"), () -> "" + told.why());
        }
    }

    @Test
    @Tag("D5-04")
    @Tag("D7-02")
    void timeMovesOnlyWhenItIsMoved() {
        try (var simulator = Simulator.of(1)) {
            var reactor = simulator.reactor();
            var done = new ArrayList<String>();
            reactor.after(Duration.ofDays(1), () -> done.add("a day"));
            reactor.after(Duration.ofSeconds(1), () -> done.add("a second"));
            simulator.advance(Duration.ofMillis(999));
            assertEquals(List.of(), done);
            simulator.advance(Duration.ofMillis(1));
            assertEquals(List.of("a second"), done);
            long before = reactor.nanos();
            simulator.advance(Duration.ofDays(2));
            assertEquals(List.of("a second", "a day"), done);
            assertEquals(Duration.ofDays(2).toNanos(), reactor.nanos() - before);
        }
    }

    @Test
    void whatIsDueAtTheSameTimeComesAsItWasArmed() {
        try (var simulator = Simulator.of(1)) {
            var done = new ArrayList<Integer>();
            for (int i = 0; i < 100; i++) {
                int mine = i;
                simulator.reactor().after(Duration.ofMillis(5), () -> done.add(mine));
            }
            simulator.settle();
            for (int i = 0; i < 100; i++) {
                assertEquals(i, done.get(i));
            }
        }
    }

    private static List<String> datagrams(long seed, SimulatorSettings settings) throws Exception {
        var heard = new ArrayList<String>();
        try (var simulator = Simulator.of(seed, settings)) {
            var reactor = simulator.reactor();
            MessageTransport server =
                    reactor.bind(
                            SERVER, (from, message) -> heard.add(UTF_8.decode(message).toString()));
            MessageTransport client = reactor.bind(SERVER.withPort(8), (from, message) -> {});
            for (int i = 0; i < 200; i++) {
                client.send(UTF_8.encode("" + i), Objects.requireNonNull(server.local()));
            }
            simulator.settle();
        }
        return heard;
    }

    @Test
    void datagramsGetLostDoubledAndOvertaken() throws Exception {
        List<String> all = datagrams(1, SimulatorSettings.DEFAULT);
        assertEquals(200, all.size());
        var sorted = new ArrayList<>(all);
        Collections.sort(sorted, (a, b) -> Integer.parseInt(a) - Integer.parseInt(b));
        assertNotEquals(sorted, all, "none was overtaken");
        assertTrue(datagrams(1, SimulatorSettings.DEFAULT.withDatagrams(0.5, 0)).size() < 150);
        List<String> doubled = datagrams(1, SimulatorSettings.DEFAULT.withDatagrams(0, 0.5));
        assertTrue(doubled.size() > 250);
        assertEquals(200, new HashSet<>(doubled).size());
        var straight =
                SimulatorSettings.DEFAULT.withDelays(Duration.ofMillis(1), Duration.ofMillis(1));
        assertEquals(sorted, datagrams(1, straight));
    }

    @Test
    void aNameThatIsTakenIsRefused() throws Exception {
        try (var simulator = Simulator.of(1)) {
            var reactor = simulator.reactor();
            Listening first = reactor.listen(SERVER, () -> (transport, bytes) -> {});
            var refused =
                    assertThrows(
                            BindException.class,
                            () -> reactor.listen(SERVER, () -> (transport, bytes) -> {}));
            assertTrue(refused.getMessage().contains("EADDRINUSE"));
            first.close();
            simulator.settle();
            reactor.listen(SERVER, () -> (transport, bytes) -> {});
        }
    }
}
