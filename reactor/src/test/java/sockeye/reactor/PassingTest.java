// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.HasDescriptor;
import sockeye.PassedDescriptor;
import sockeye.PipePair;
import sockeye.StreamSocket;
import sockeye.UnixEndpoint;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.Program;
import sockeye.testkit.TestFamily;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;

/** Descriptors in order with the bytes of a stream, on every driver of the kernel's. */
@ExtendWith(NoLeaks.class)
@Tag("D2-04")
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // the protocols tell how it went
class PassingTest {
    /** Notes bytes and descriptors as they come, and keeps the descriptors. */
    private static class Taker extends Recorder {
        final List<PassedDescriptor> taken = new ArrayList<>();
        private final int most;

        Taker(int most) {
            this.most = most;
        }

        @Override
        void onOpened(Transport opened) {
            passing(opened)
                    .receive(
                            most,
                            (transport, descriptors) -> {
                                taken.addAll(descriptors);
                                bytes.writeBytes(("<" + descriptors.size() + ">").getBytes(UTF_8));
                            });
        }

        @Override
        void onClosed(Transport from) {
            from.reactor().stop();
        }

        String heard() {
            return bytes.toString(UTF_8);
        }

        void closeAll() throws IOException {
            for (PassedDescriptor each : taken) {
                each.close();
            }
        }
    }

    private static DescriptorPassing passing(Transport transport) {
        return transport.unwrap(DescriptorPassing.class).orElseThrow();
    }

    private static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }

    private interface Writing {
        void write(DescriptorPassing passing, Transport transport) throws IOException;
    }

    private static void run(Engine engine, Recorder reader, Writing writing) throws IOException {
        try (Reactor reactor = engine.open();
                StreamSocket.Pair pair = StreamSocket.pair()) {
            reactor.adopt(pair.left(), reader);
            reactor.adopt(
                    pair.right(),
                    new Recorder() {
                        @Override
                        void onOpened(Transport opened) throws IOException {
                            writing.write(passing(opened), opened);
                            opened.close();
                        }
                    });
            Engine.run(reactor);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void theyComeInOrderWithTheBytesAndWork(Engine engine) throws Exception {
        var taker = new Taker(8);
        try (PipePair pipe = PipePair.open()) {
            run(
                    engine,
                    taker,
                    (passing, transport) -> {
                        transport.write("before ");
                        passing.write(text("one "), pipe.reader());
                        transport.write("between ");
                        passing.write(text("two "), pipe.writer(), pipe.reader());
                        transport.write("after");
                    });
            String heard = taker.heard();
            assertEquals("before one between two after", heard.replaceAll("<\\d>", ""));
            int one = heard.indexOf("<1>");
            int two = heard.indexOf("<2>") - "<1>".length();
            assertTrue(one <= "before ".length(), heard);
            assertTrue(one <= two, heard);
            assertTrue(two <= "before one between ".length(), heard);
            for (PassedDescriptor each : taker.taken) {
                Path info = Path.of("/proc/self/fdinfo/" + each.fileno());
                String flags =
                        Files.readAllLines(info).stream()
                                .filter(line -> line.startsWith("flags:"))
                                .findFirst()
                                .orElseThrow();
                int close = Integer.parseInt(flags.substring(6).strip(), 8) & 02000000;
                assertTrue(close != 0, "inherited by children: " + flags);
            }
            taker.taken.get(1).write(text("through"));
            var through = ByteBuffer.allocate(7);
            taker.taken.get(0).read(through);
            assertEquals("through", UTF_8.decode(through.flip()).toString());
        } finally {
            taker.closeAll();
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void muchIsSentBesideThem(Engine engine) throws Exception {
        var taker = new Taker(1);
        byte[] much = new byte[100_000];
        Arrays.fill(much, (byte) 'x');
        try (PipePair pipe = PipePair.open()) {
            run(
                    engine,
                    taker,
                    (passing, transport) -> {
                        for (int i = 0; i < 10; i++) {
                            passing.write(ByteBuffer.wrap(much), pipe.reader());
                        }
                    });
            String heard = taker.heard();
            assertEquals(10 * (much.length + "<1>".length()), heard.length());
            int at = 0;
            for (int i = 0; i < 10; i++) {
                int found = heard.indexOf("<1>", at);
                assertTrue(found >= 0 && found <= i * (much.length + 3), i + " at " + found);
                at = found + 3;
            }
            assertEquals(10, taker.taken.size());
        } finally {
            taker.closeAll();
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void whatNobodyAskedForIsClosed(Engine engine) throws Exception {
        var reader =
                new Recorder() {
                    @Override
                    void onClosed(Transport from) {
                        from.reactor().stop();
                    }
                };
        try (PipePair pipe = PipePair.open()) {
            run(
                    engine,
                    reader,
                    (passing, transport) -> passing.write(text("unasked"), pipe.reader()));
            assertEquals("unasked", reader.bytes.toString(UTF_8));
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void moreThanWasAskedForEndsTheConnection(Engine engine) throws Exception {
        var taker = new Taker(3);
        var many = new HasDescriptor[4];
        try (PipePair pipe = PipePair.open()) {
            Arrays.fill(many, pipe.reader());
            run(engine, taker, (passing, transport) -> passing.write(text("x"), many));
            assertInstanceOf(IOException.class, taker.why);
            assertEquals("", taker.heard());
            assertEquals(List.of(), taker.taken);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void whatCameAndWasNotShownIsClosedWithTheConnection(Engine engine) throws Exception {
        try (Reactor reactor = engine.open();
                StreamSocket.Pair pair = StreamSocket.pair();
                PipePair pipe = PipePair.open()) {
            var reader =
                    new Taker(1) {
                        @Override
                        void onReceived(Transport from, ByteBuffer received) {
                            received.position(received.limit());
                            from.pause();
                            from.reactor().after(Duration.ofMillis(5), from::abort);
                        }
                    };
            reactor.adopt(pair.left(), reader);
            reactor.adopt(
                    pair.right(),
                    new Recorder() {
                        @Override
                        void onOpened(Transport opened) throws IOException {
                            opened.write("x");
                            for (int i = 0; i < 20; i++) {
                                passing(opened).write(text("y"), pipe.reader());
                            }
                        }
                    });
            Engine.run(reactor);
            reader.closeAll();
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void otherFamiliesHaveNone(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            Listening listening = reactor.listen(engine.fresh(), Recorder::new);
            reactor.connect(
                            Objects.requireNonNull(listening.local()),
                            new Recorder() {
                                @Override
                                void onOpened(Transport opened) {
                                    ended = opened.unwrap(DescriptorPassing.class).isEmpty();
                                }
                            })
                    .thenAccept(made -> {
                        assertTrue(((Recorder) made.protocol()).ended);
                        reactor.stop();
                    });
            Engine.run(reactor);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void whatCannotBeSentIsRefusedAtOnce(Engine engine) throws Exception {
        var taker = new Taker(1);
        try (PipePair pipe = PipePair.open()) {
            pipe.reader().close();
            run(
                    engine,
                    taker,
                    (passing, transport) -> {
                        assertThrows(
                                IOException.class,
                                () -> passing.write(text("x"), pipe.writer(), pipe.reader()));
                        assertThrows(
                                IllegalArgumentException.class,
                                () -> passing.write(text(""), pipe.writer()));
                    });
            assertEquals("", taker.heard());
        }
    }

    private static final String PYTHON =
            """
            import os, socket, sys
            with socket.socket(socket.AF_UNIX) as s:
                s.connect('\\0' + sys.argv[1])
                data, fds, flags, address = socket.recv_fds(s, 100, 4)
                while len(data) < 4:
                    data += s.recv(100)
                print(data.decode(), len(fds), os.read(fds[0], 100).decode())
                read, write = os.pipe()
                os.write(write, b'of python')
                socket.send_fds(s, [b'mine'], [read])
            """;

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void pythonTakesAndGives(Engine engine) throws Exception {
        String name = TestFamily.freshName();
        var over = new CountDownLatch(1);
        try (PipePair pipe = PipePair.open()) {
            pipe.writer().write(text("of ours"));
            var server =
                    new Taker(1) {
                        @Override
                        void onOpened(Transport opened) {
                            super.onOpened(opened);
                            try {
                                passing(opened).write(text("ours"), pipe.reader());
                            } catch (IOException failed) {
                                throw new AssertionError(failed);
                            }
                        }

                        @Override
                        void onClosed(Transport from) {
                            over.countDown();
                        }
                    };
            Reactor reactor = engine.open();
            reactor.listen(UnixEndpoint.ofAbstract(name), () -> server);
            try (var running = new Running(reactor)) {
                String said = Program.run(List.of("python3", "-c", PYTHON, name), "");
                assertEquals("ours 1 of ours\n", said);
                over.await();
                assertTrue(running.isAlive());
            }
            assertEquals("<1>mine", server.heard());
            var theirs = ByteBuffer.allocate(100);
            server.taken.getFirst().read(theirs);
            assertEquals("of python", UTF_8.decode(theirs.flip()).toString());
            server.closeAll();
        }
    }
}
