// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.Ancillary;
import sockeye.AncillaryTruncatedException;
import sockeye.Endpoint;
import sockeye.HasDescriptor;
import sockeye.MessageSocket;
import sockeye.PassedDescriptor;
import sockeye.PipePair;
import sockeye.SocketType;
import sockeye.UnixEndpoint;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.Program;
import sockeye.testkit.TestFamily;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;

/** Descriptors beside datagrams and records, on every driver of the kernel's. */
@ExtendWith(NoLeaks.class)
@Tag("D2-04")
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // the protocols tell how it went
class MessagePassingTest {
    /** Notes messages and descriptors as they come, and keeps the descriptors. */
    private static class Taker implements MessageProtocol {
        final List<String> heard = new ArrayList<>();
        final List<PassedDescriptor> taken = new ArrayList<>();
        final List<IOException> failures = new ArrayList<>();
        private final int most;
        @Nullable Throwable why;

        Taker(int most) {
            this.most = most;
        }

        @Override
        public void opened(MessageTransport opened) throws Exception {
            passing(opened)
                    .receive(
                            most,
                            (transport, descriptors) -> {
                                taken.addAll(descriptors);
                                heard.add("<" + descriptors.size() + ">");
                            });
        }

        @Override
        public void received(MessageTransport from, ByteBuffer message) throws Exception {
            String text = UTF_8.decode(message).toString();
            heard.add(text);
            if (text.equals("last")) {
                from.reactor().stop();
            }
        }

        @Override
        public void failed(MessageTransport from, IOException failure) {
            failures.add(failure);
        }

        @Override
        public void closed(MessageTransport from, @Nullable Throwable reason) {
            why = reason;
            from.reactor().stop();
        }

        void closeAll() throws IOException {
            for (PassedDescriptor each : taken) {
                each.close();
            }
        }
    }

    private interface Writing {
        void write(MessagePassing passing, MessageTransport transport) throws IOException;
    }

    /** Sends something when it is open, and then no more. */
    private record Writer(Writing writing) implements MessageProtocol {
        @Override
        public void opened(MessageTransport opened) throws IOException {
            writing.write(passing(opened), opened);
        }

        @Override
        public void received(MessageTransport from, ByteBuffer message) {}
    }

    private static MessagePassing passing(MessageTransport transport) {
        return transport.unwrap(MessagePassing.class).orElseThrow();
    }

    private static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }

    static Stream<Arguments> enginesAndTypes() {
        return Engine.ofTheKernel()
                .flatMap(engine ->
                        Stream.of(SocketType.SOCK_DGRAM, SocketType.SOCK_SEQPACKET)
                                .map(type -> Arguments.of(engine, type)));
    }

    private static void run(Engine engine, int type, MessageProtocol reader, Writing writing)
            throws IOException {
        try (Reactor reactor = engine.open();
                MessageSocket.Pair pair = MessageSocket.pair(type)) {
            reactor.adopt(pair.left(), reader);
            reactor.adopt(pair.right(), new Writer(writing));
            Engine.run(reactor);
        }
    }

    @ParameterizedTest
    @MethodSource("enginesAndTypes")
    void theyComeWithTheirMessagesAndWork(Engine engine, int type) throws Exception {
        var taker = new Taker(2);
        try (PipePair pipe = PipePair.open()) {
            run(
                    engine,
                    type,
                    taker,
                    (passing, transport) -> {
                        transport.send("before");
                        passing.send(text("one"), pipe.reader());
                        transport.send("between");
                        passing.send(text("two"), pipe.writer(), pipe.reader());
                        passing.send(text("none"));
                        transport.send("last");
                    });
            assertEquals(
                    List.of("before", "<1>", "one", "between", "<2>", "two", "none", "last"),
                    taker.heard);
            for (PassedDescriptor each : taker.taken) {
                assertFalse(each.isInheritable(), "inherited by children");
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
    @MethodSource("enginesAndTypes")
    void anEmptyMessageMayHaveSome(Engine engine, int type) throws Exception {
        var taker = new Taker(1);
        try (PipePair pipe = PipePair.open()) {
            run(
                    engine,
                    type,
                    taker,
                    (passing, transport) -> {
                        passing.send(text(""), pipe.reader());
                        transport.send("last");
                    });
            assertEquals(List.of("<1>", "", "last"), taker.heard);
        } finally {
            taker.closeAll();
        }
    }

    @ParameterizedTest
    @MethodSource("enginesAndTypes")
    void asManyAsThereMayBeComeAtOnce(Engine engine, int type) throws Exception {
        int most = Ancillary.Rights.MAX_DESCRIPTORS;
        var taker = new Taker(most);
        var many = new HasDescriptor[most];
        try (PipePair pipe = PipePair.open()) {
            Arrays.fill(many, pipe.reader());
            run(
                    engine,
                    type,
                    taker,
                    (passing, transport) -> {
                        passing.send(ByteBuffer.allocate(60_000), many);
                        assertThrows(
                                IllegalArgumentException.class,
                                () -> passing.send(text("x"), Arrays.copyOf(many, most + 1)));
                        transport.send("last");
                    });
            assertEquals("<" + most + ">", taker.heard.getFirst());
            assertEquals(60_000, taker.heard.get(1).length());
        } finally {
            taker.closeAll();
        }
    }

    @ParameterizedTest
    @MethodSource("enginesAndTypes")
    void whatNobodyAskedForIsClosed(Engine engine, int type) throws Exception {
        var reader =
                new Taker(0) {
                    @Override
                    public void opened(MessageTransport opened) {}
                };
        try (PipePair pipe = PipePair.open()) {
            run(
                    engine,
                    type,
                    reader,
                    (passing, transport) -> {
                        passing.send(text("unasked"), pipe.reader());
                        transport.send("last");
                    });
            assertEquals(List.of("unasked", "last"), reader.heard);
            assertEquals(List.of(), reader.failures);
        }
    }

    @ParameterizedTest
    @MethodSource("enginesAndTypes")
    void moreThanWasAskedForIsToldAndTheSocketGoesOn(Engine engine, int type) throws Exception {
        var taker = new Taker(3);
        var many = new HasDescriptor[4];
        try (PipePair pipe = PipePair.open()) {
            Arrays.fill(many, pipe.reader());
            run(
                    engine,
                    type,
                    taker,
                    (passing, transport) -> {
                        passing.send(text("too many"), many);
                        passing.send(text("just right"), pipe.reader());
                        transport.send("last");
                    });
            assertEquals(List.of("<1>", "just right", "last"), taker.heard);
            assertEquals(1, taker.taken.size());
            assertEquals(1, taker.failures.size());
            var told =
                    assertInstanceOf(AncillaryTruncatedException.class, taker.failures.getFirst());
            assertEquals("too many", UTF_8.decode(told.message().payload()).toString());
            assertEquals(3, told.received());
        } finally {
            taker.closeAll();
        }
    }

    @ParameterizedTest
    @MethodSource("enginesAndTypes")
    void whatCameAndWasNotShownIsClosedWithTheSocket(Engine engine, int type) throws Exception {
        var reader =
                new Taker(1) {
                    @Override
                    public void received(MessageTransport from, ByteBuffer message) {
                        from.pause();
                        from.reactor().after(Duration.ofMillis(5), from::abort);
                    }
                };
        try (PipePair pipe = PipePair.open()) {
            run(
                    engine,
                    type,
                    reader,
                    (passing, transport) -> {
                        for (int i = 0; i < 8; i++) {
                            passing.send(text("x"), pipe.reader());
                        }
                    });
            assertEquals(List.of("<1>"), reader.heard);
            reader.closeAll();
        }
    }

    @ParameterizedTest
    @MethodSource("enginesAndTypes")
    void aReceiverThatPausesSeesItsMessageLater(Engine engine, int type) throws Exception {
        var taker =
                new Taker(1) {
                    @Override
                    public void opened(MessageTransport opened) {
                        passing(opened)
                                .receive(
                                        1,
                                        (transport, descriptors) -> {
                                            taken.addAll(descriptors);
                                            heard.add("paused");
                                            transport.pause();
                                            transport
                                                    .reactor()
                                                    .after(
                                                            Duration.ofMillis(2),
                                                            () -> {
                                                                heard.add("resumed");
                                                                transport.resume();
                                                            });
                                        });
                    }
                };
        try (PipePair pipe = PipePair.open()) {
            run(
                    engine,
                    type,
                    taker,
                    (passing, transport) -> passing.send(text("last"), pipe.reader()));
            assertEquals(List.of("paused", "resumed", "last"), taker.heard);
        } finally {
            taker.closeAll();
        }
    }

    @ParameterizedTest
    @MethodSource("enginesAndTypes")
    void anExceptionClosesTheSocketAndNothingStaysOpen(Engine engine, int type) throws Exception {
        var taker =
                new Taker(1) {
                    @Override
                    public void opened(MessageTransport opened) {
                        passing(opened)
                                .receive(
                                        1,
                                        (transport, descriptors) -> {
                                            taken.addAll(descriptors);
                                            throw new IOException("not that");
                                        });
                    }
                };
        try (PipePair pipe = PipePair.open()) {
            run(
                    engine,
                    type,
                    taker,
                    (passing, transport) -> {
                        passing.send(text("one"), pipe.reader());
                        passing.send(text("two"), pipe.reader());
                    });
            assertEquals("not that", Objects.requireNonNull(taker.why).getMessage());
            assertEquals(List.of(), taker.heard);
        } finally {
            taker.closeAll();
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void datagramsAreAnsweredWithDescriptors(Engine engine) throws Exception {
        var taker = new Taker(1);
        try (Reactor reactor = engine.open();
                PipePair pipe = PipePair.open()) {
            Endpoint at = UnixEndpoint.ofAbstract(TestFamily.freshName());
            reactor.bind(
                    at,
                    new Taker(1) {
                        @Override
                        public void received(MessageTransport from, ByteBuffer message)
                                throws Exception {
                            passing(from).reply(text("last"), pipe.reader());
                        }
                    });
            MessageTransport client =
                    reactor.bind(UnixEndpoint.ofAbstract(TestFamily.freshName()), taker);
            passing(client).send(text("?"), at);
            assertThrows(
                    IllegalStateException.class,
                    () -> passing(client).reply(text("?"), pipe.reader()));
            Engine.run(reactor);
            assertEquals(List.of("<1>", "last"), taker.heard);
        } finally {
            taker.closeAll();
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void whatCannotBeDeliveredIsClosed(Engine engine) throws Exception {
        var sender =
                new Taker(0) {
                    @Override
                    public void failed(MessageTransport from, IOException failure) {
                        super.failed(from, failure);
                        from.reactor().stop();
                    }
                };
        try (Reactor reactor = engine.open();
                PipePair pipe = PipePair.open()) {
            MessageTransport from =
                    reactor.bind(UnixEndpoint.ofAbstract(TestFamily.freshName()), sender);
            Endpoint nobody = UnixEndpoint.ofAbstract(TestFamily.freshName());
            passing(from).send(text("x"), nobody, pipe.reader());
            assertThrows(
                    IllegalArgumentException.class,
                    () -> passing(from).send(ByteBuffer.allocate(80_000), nobody, pipe.reader()));
            pipe.reader().close();
            assertThrows(
                    IOException.class, () -> passing(from).send(text("x"), nobody, pipe.reader()));
            Engine.run(reactor);
            assertEquals(1, sender.failures.size());
            from.close();
            passing(from).send(text("too late"), nobody, pipe.writer());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void otherFamiliesHaveNone(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            MessageTransport made = reactor.bind(engine.fresh(), new Writer((passing, t) -> {}));
            assertTrue(made.unwrap(MessagePassing.class).isEmpty());
            made.abort();
        }
    }

    private static final String PYTHON =
            """
            import os, socket, sys
            kind = socket.SOCK_DGRAM if sys.argv[2] == '2' else socket.SOCK_SEQPACKET
            with socket.socket(socket.AF_UNIX, kind) as s:
                if kind == socket.SOCK_DGRAM: s.bind('')
                s.connect('\\0' + sys.argv[1])
                read, write = os.pipe()
                os.write(write, b'of python')
                socket.send_fds(s, [b'mine'], [read])
                data, fds, flags, address = socket.recv_fds(s, 100, 4)
                print(data.decode(), len(fds), os.read(fds[0], 100).decode())
            """;

    @ParameterizedTest
    @MethodSource("enginesAndTypes")
    void pythonTakesAndGives(Engine engine, int type) throws Exception {
        Endpoint at = UnixEndpoint.ofAbstract(TestFamily.freshName());
        String name = at.toString().substring(1);
        var over = new CountDownLatch(1);
        try (PipePair pipe = PipePair.open()) {
            pipe.writer().write(text("of ours"));
            var server =
                    new Taker(1) {
                        @Override
                        public void received(MessageTransport from, ByteBuffer message)
                                throws Exception {
                            super.received(from, message);
                            passing(from).reply(text("ours"), pipe.reader());
                            over.countDown();
                        }

                        @Override
                        public void closed(MessageTransport from, @Nullable Throwable reason) {
                            why = reason;
                        }
                    };
            Reactor reactor = engine.open();
            if (type == SocketType.SOCK_DGRAM) {
                reactor.bind(at, server);
            } else {
                reactor.listenRecords(at, () -> server);
            }
            try (var running = new Running(reactor)) {
                String kind = Integer.toString(type);
                String said = Program.run(List.of("python3", "-c", PYTHON, name, kind), "");
                assertEquals("ours 1 of ours\n", said);
                over.await();
                assertTrue(running.isAlive());
            }
            assertEquals(List.of("<1>", "mine"), server.heard);
            assertNull(type == SocketType.SOCK_DGRAM ? null : server.why);
            var theirs = ByteBuffer.allocate(100);
            server.taken.getFirst().read(theirs);
            assertEquals("of python", UTF_8.decode(theirs.flip()).toString());
            server.closeAll();
        }
    }
}
