// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.testkit.NoLeaks;
import sockeye.wire.CheckedService;
import sockeye.wire.EchoService;
import sockeye.wire.Moment;
import sockeye.wire.Output;
import sockeye.wire.StreamMachine;
import sockeye.wire.StreamService;
import sockeye.wire.TimestampService;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.Objects;
import java.util.Random;
import java.util.regex.Pattern;

/** The services of wire, run by the reactor, each held to the contract of machines and drivers. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // the protocols tell how it went
class ServiceTest {
    /** Sends what it is to in pieces, ends its sending, and stops at the peer's end. */
    private static final class Client extends Recorder {
        private final byte[] question;
        private final int piece;
        private int asked;

        Client(byte[] question, int piece) {
            this.question = question;
            this.piece = piece;
        }

        @Override
        void onOpened(Transport opened) {
            ask(opened);
        }

        private void ask(Transport to) {
            int count = Math.min(piece, question.length - asked);
            to.write(question, asked, count);
            asked += count;
            if (asked == question.length) {
                to.shutdownOutput();
            } else if (to.isWritable()) {
                to.reactor().execute(() -> ask(to));
            }
        }

        @Override
        void onWritable(Transport from, boolean writable) {
            if (writable && asked < question.length) {
                ask(from);
            }
        }

        @Override
        void onClosed(Transport from) {
            from.reactor().stop();
        }
    }

    private static byte[] converse(Engine engine, StreamService service, byte[] question, int piece)
            throws IOException {
        try (Reactor reactor = engine.open()) {
            Listening listening =
                    reactor.listen(engine.fresh(), Protocol.serving(new CheckedService(service)));
            var client = new Client(question, piece);
            reactor.connect(Objects.requireNonNull(listening.local()), client);
            boolean[] late = {false};
            DelayedCall limit =
                    reactor.after(
                            Duration.ofSeconds(20),
                            () -> {
                                late[0] = true;
                                reactor.stop();
                            });
            reactor.run();
            limit.cancel();
            assertFalse(late[0], "nothing stopped it");
            assertNull(client.why);
            assertTrue(client.ended);
            return client.bytes.toByteArray();
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void anEchoIsByteForByteTheQuestion(Engine engine) throws Exception {
        byte[] question = new byte[900_000];
        new Random(7).nextBytes(question);
        assertArrayEquals(question, converse(engine, new EchoService(), question, 50_000));
        byte[] small = new byte[2_000];
        new Random(8).nextBytes(small);
        assertArrayEquals(small, converse(engine, new EchoService(), small, 7));
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void eachLineIsStampedWhateverPiecesItCameIn(Engine engine) throws Exception {
        var lines = new StringBuilder();
        for (int i = 0; i < 3_000; i++) {
            lines.append("line ").append(i).append(i % 2 == 0 ? "\r\n" : "\n");
        }
        byte[] question = lines.append("last").toString().getBytes(StandardCharsets.UTF_8);
        var service = TimestampService.in(ZoneOffset.UTC);
        for (int piece : new int[] {question.length, 1_000}) {
            String answer =
                    new String(converse(engine, service, question, piece), StandardCharsets.UTF_8);
            String plain = Pattern.compile("(?m)^\\[[^\\]]*\\] ").matcher(answer).replaceAll("");
            assertEquals(lines.toString(), plain);
        }
    }

    /** Speaks first, then every now and then, three times in all; after the end too. */
    private static final class Ticker implements StreamMachine {
        private long wakeAt = AT_ONCE;
        private int ticks;

        @Override
        public void received(ByteBuffer input, Moment now, Output out) {
            input.position(input.limit());
        }

        @Override
        public void quiet(Moment now, Output out) {
            if (wakeAt == AT_ONCE || (wakeAt != NEVER && wakeAt - now.nanos() <= 0)) {
                out.buffer().put((byte) ('0' + ticks++));
                wakeAt = ticks == 3 ? NEVER : now.nanos() + 3_000_000;
            }
        }

        @Override
        public void ended(Moment now, Output out) {}

        @Override
        public long wakeAt() {
            return wakeAt;
        }

        @Override
        public long messages() {
            return 0;
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aMachineSpeaksFirstAndByTheClock(Engine engine) throws Exception {
        byte[] answer = converse(engine, Ticker::new, "x".getBytes(StandardCharsets.UTF_8), 1);
        assertEquals("012", new String(answer, StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aMessageServiceAnswersDatagrams(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            MessageTransport server =
                    reactor.bind(engine.fresh(), MessageProtocol.serving(new EchoService()));
            String[] heard = new String[1];
            MessageTransport client =
                    reactor.bind(
                            engine.fresh(),
                            (from, message) -> {
                                byte[] bytes = new byte[message.remaining()];
                                message.get(bytes);
                                heard[0] = new String(bytes, StandardCharsets.UTF_8);
                                from.reactor().stop();
                            });
            client.send(
                    ByteBuffer.wrap("question".getBytes(StandardCharsets.UTF_8)),
                    Objects.requireNonNull(server.local()));
            reactor.after(Duration.ofSeconds(20), reactor::stop);
            reactor.run();
            assertEquals("question", heard[0]);
        }
    }
}
