// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.InetEndpoint;
import sockeye.reactor.testing.RecordingProtocol;
import sockeye.reactor.testing.Seeds;
import sockeye.reactor.testing.Simulator;
import sockeye.reactor.testing.SimulatorSettings;
import sockeye.testkit.NoLeaks;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;

/** Bytes from one connection to another, no faster than they are taken. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
@Tag("D4-13")
@SuppressWarnings("FutureReturnValueIgnored") // the protocols tell how it went
class RelayTest {
    private static final InetEndpoint SERVER = InetEndpoint.of("192.0.2.1", 7);
    private static final InetEndpoint FRONT = InetEndpoint.of("192.0.2.1", 8);

    private static byte[] bytes(int count) {
        byte[] all = new byte[count];
        new Random(count).nextBytes(all);
        return all;
    }

    /** Writes without end, as fast as its transport lets it, and counts. */
    private static final class Fountain implements Protocol {
        private final byte[] piece = bytes(8_192);
        private final int most;
        private long sent;

        Fountain(int most) {
            this.most = most;
        }

        @Override
        public void opened(Transport transport) {
            flow(transport);
        }

        private void flow(Transport transport) {
            while (transport.isWritable() && sent < most) {
                transport.write(piece);
                sent += piece.length;
            }
            if (sent >= most) {
                transport.shutdownOutput();
            }
        }

        @Override
        public void writable(Transport transport, boolean writable) {
            if (writable) {
                flow(transport);
            }
        }

        @Override
        public void received(Transport transport, ByteBuffer bytes) {
            bytes.position(bytes.limit());
        }
    }

    /** Reads a byte, leaves the rest, and reads on some time later. */
    private static final class Sipper implements Protocol {
        private final Duration pause;
        private final long enough;
        private long taken;

        Sipper(Duration pause, long enough) {
            this.pause = pause;
            this.enough = enough;
        }

        @Override
        public void received(Transport transport, ByteBuffer bytes) {
            bytes.get();
            taken++;
            transport.pause();
            if (taken == enough) {
                transport.reactor().stop();
            }
            transport.reactor().after(pause, transport::resume);
        }
    }

    /** What waits in between may be this much: the mark, and what one receive brings beyond it. */
    private static final long BOUND = Transport.HIGH_MARK + (32 << 10);

    /** A byte a second, for half a day: the source stands still nearly always. */
    @Test
    @Tag("D2-06")
    void aSinkOfAByteASecondHoldsUpAFastSource() {
        try (var simulator = Simulator.of(1)) {
            var fountain = new Fountain(100 << 20);
            var sipper = new Sipper(Duration.ofSeconds(1), Long.MAX_VALUE);
            var source = new RecordingProtocol();
            var sink = new RecordingProtocol();
            var incoming = simulator.pair(fountain, source);
            var outgoing = simulator.pair(sink, sipper);
            Relay.pipe(incoming.right(), outgoing.left());
            long most = 0;
            for (int i = 0; i < 12; i++) {
                simulator.advance(Duration.ofHours(1));
                most = Math.max(most, outgoing.left().pending());
            }
            assertTrue(sipper.taken > 43_000 && sipper.taken <= 43_200, "" + sipper.taken);
            assertTrue(most <= BOUND, most + " bytes wait");
            // Four windows of 64 KiB lie between the ends at most, and what waits before each.
            assertTrue(fountain.sent < sipper.taken + 8 * BOUND, fountain.sent + " bytes sent");
            assertTrue(incoming.right().isPaused());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("D2-06")
    void aSinkThatReadsByTheByteHoldsUpAFastSource(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            var sipper = new Sipper(Duration.ZERO, 3_000);
            Listening server = reactor.listen(engine.fresh(), () -> sipper);
            long[] most = {0};
            Transport[] far = new Transport[1];
            Listening front =
                    reactor.listen(
                            engine.fresh(),
                            () ->
                                    new Protocol() {
                                        @Override
                                        public void opened(Transport near) {
                                            near.pause();
                                            reactor.connect(
                                                            Objects.requireNonNull(server.local()),
                                                            new RecordingProtocol())
                                                    .thenAccept(made -> {
                                                        far[0] = made;
                                                        Relay.join(near, made);
                                                    });
                                        }

                                        @Override
                                        public void received(Transport near, ByteBuffer bytes) {}
                                    });
            reactor.every(
                    Duration.ofMillis(1),
                    periods -> {
                        if (far[0] != null) {
                            most[0] = Math.max(most[0], far[0].pending());
                        }
                    });
            var fountain = new Fountain(100 << 20);
            reactor.connect(Objects.requireNonNull(front.local()), fountain);
            Runs.untilStopped(reactor);
            assertEquals(3_000, sipper.taken);
            assertTrue(most[0] <= BOUND, most[0] + " bytes wait");
            assertTrue(fountain.sent < 100 << 20, "the source was never held up");
        }
    }

    /** Sends a question and ends; the answer, and its end, come through the relay. */
    private static void askThrough(Reactor reactor, Listening front, RecordingProtocol client) {
        byte[] question = bytes(300_000);
        reactor.connect(Objects.requireNonNull(front.local()), client)
                .thenAccept(transport -> {
                    transport.write(question);
                    transport.shutdownOutput();
                });
    }

    /** Answers at the end of the question, all of it backwards. */
    private static final class Backwards implements Protocol {
        private final java.io.ByteArrayOutputStream all = new java.io.ByteArrayOutputStream();

        @Override
        public void received(Transport transport, ByteBuffer bytes) {
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            all.writeBytes(copy);
        }

        @Override
        public void ended(Transport transport) {
            transport.write(backwards(all.toByteArray()));
            transport.close();
        }
    }

    private static byte[] backwards(byte[] bytes) {
        byte[] turned = new byte[bytes.length];
        for (int i = 0; i < bytes.length; i++) {
            turned[i] = bytes[bytes.length - 1 - i];
        }
        return turned;
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aHalfCloseGoesThroughAndTheAnswerComesBack(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            Listening server = reactor.listen(engine.fresh(), Backwards::new);
            Listening front =
                    reactor.listen(
                            engine.fresh(), Relay.to(Objects.requireNonNull(server.local())));
            var client =
                    RecordingProtocol.around(
                            new Protocol() {
                                @Override
                                public void received(Transport transport, ByteBuffer bytes) {
                                    bytes.position(bytes.limit());
                                }

                                @Override
                                public void closed(Transport transport, @Nullable Throwable why) {
                                    reactor.stop();
                                }
                            });
            askThrough(reactor, front, client);
            Runs.untilStopped(reactor);
            assertArrayEquals(backwards(bytes(300_000)), client.bytes());
            assertNull(client.why());
        }
    }

    @Test
    void whateverTheNetworkDoesAnAnswerIsWholeOrItsConnectionBroken() {
        var settings =
                SimulatorSettings.DEFAULT.withResets(0.001).withRefusals(0.1).withWindow(5_000);
        int[] whole = {0};
        int[] broken = {0};
        Seeds.each(
                60,
                settings,
                simulator -> {
                    Reactor reactor = simulator.reactor();
                    reactor.listen(SERVER, Backwards::new);
                    Listening front = reactor.listen(FRONT, Relay.to(SERVER));
                    var client = new RecordingProtocol();
                    askThrough(reactor, front, client);
                    simulator.settle();
                    byte[] expected = backwards(bytes(300_000));
                    byte[] got = client.bytes();
                    assertTrue(client.calls().isEmpty() || client.isClosed(), "it hangs");
                    if (client.isClosed() && client.why() == null) {
                        assertArrayEquals(expected, got);
                        whole[0]++;
                    } else {
                        assertArrayEquals(Arrays.copyOf(expected, got.length), got);
                        broken[0]++;
                    }
                });
        assertTrue(whole[0] > 0 && broken[0] > 0, whole[0] + " whole, " + broken[0] + " broken");
    }

    @Test
    void whereNobodyAnswersTheClientIsReset() {
        try (var simulator = Simulator.of(1)) {
            var client = new RecordingProtocol();
            try {
                simulator.reactor().listen(FRONT, Relay.to(SERVER));
            } catch (java.io.IOException impossible) {
                throw new AssertionError(impossible);
            }
            simulator.reactor().connect(FRONT, client);
            simulator.settle();
            assertTrue(client.isClosed());
            assertNotNull(client.why());
        }
    }

    @Test
    void theEndOfASourceEndsTheSinksOutput() {
        try (var simulator = Simulator.of(1)) {
            var far = new RecordingProtocol();
            var own = new RecordingProtocol();
            var incoming = simulator.pair(new Fountain(100_000), new RecordingProtocol());
            var outgoing = simulator.pair(own, far);
            Relay.pipe(incoming.right(), outgoing.left());
            simulator.settle();
            assertEquals(106_496, far.bytes().length);
            assertTrue(far.isEnded());
            assertFalse(far.isClosed());
            // The other direction is the sink's own.
            outgoing.right().write("thanks");
            simulator.settle();
            assertEquals("thanks", own.text());
        }
    }

    @Test
    void twoThatCannotBeRelayedAreRefused() {
        try (var simulator = Simulator.of(1);
                var other = Simulator.of(1)) {
            var pair = simulator.pair(new RecordingProtocol(), new RecordingProtocol());
            var foreign = other.pair(new RecordingProtocol(), new RecordingProtocol());
            assertThrows(
                    IllegalArgumentException.class, () -> Relay.join(pair.left(), pair.left()));
            assertThrows(
                    IllegalArgumentException.class, () -> Relay.pipe(pair.left(), foreign.left()));
        }
    }
}
