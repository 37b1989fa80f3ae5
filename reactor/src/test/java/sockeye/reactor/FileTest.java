// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.Endpoint;
import sockeye.HasDescriptor;
import sockeye.testkit.NoLeaks;
import sockeye.wire.TlsContext;

import java.io.EOFException;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/** Files that are sent, by the kernel where it may, on every driver. */
@ExtendWith(NoLeaks.class)
@Tag("D4-06")
@Tag("C-11")
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // the protocols tell how it went
class FileTest {
    @TempDir Path directory;

    private static byte[] bytes(int count) {
        byte[] all = new byte[count];
        new Random(count).nextBytes(all);
        return all;
    }

    private static Endpoint local(Listening listening) {
        return Objects.requireNonNull(listening.local());
    }

    /** Reads all there is, and stops the reactor. */
    private static class Reader extends Recorder {
        @Override
        void onClosed(Transport from) {
            from.reactor().stop();
        }
    }

    private interface Sending {
        CompletableFuture<Long> send(Transport transport) throws IOException;
    }

    /** Writes one byte, sends, writes another and closes. */
    private static class Sender extends Recorder {
        private final Sending sending;
        CompletableFuture<Long> sent = new CompletableFuture<>();

        Sender(Sending sending) {
            this.sending = sending;
        }

        @Override
        void onOpened(Transport opened) throws IOException {
            opened.write("<");
            sent = sending.send(opened);
            sent.thenRun(() -> {
                opened.write(">");
                opened.close();
            });
        }
    }

    private static byte[] framed(byte[] content) {
        return ByteBuffer.allocate(content.length + 2)
                .put((byte) '<')
                .put(content)
                .put((byte) '>')
                .array();
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aFileGoesBetweenWhatIsWrittenBeforeAndAfter(Engine engine) throws Exception {
        byte[] content = bytes(3_000_000);
        Path path = Files.write(directory.resolve("file"), content);
        try (var open = new RandomAccessFile(path.toFile(), "r")) {
            assertEquals(content.length, open.length());
            HasDescriptor number = WatchTest.descriptorOf(path.toRealPath());
            for (Sending each :
                    List.<Sending>of(
                            transport -> transport.sendFile(path, 100, content.length - 300),
                            transport -> transport.sendFile(number, 100, content.length - 300))) {
                try (Reactor reactor = engine.open()) {
                    var reader = new Reader();
                    var sender = new Sender(each);
                    reactor.connect(local(reactor.listen(engine.fresh(), () -> sender)), reader);
                    Engine.run(reactor);
                    byte[] part = Arrays.copyOfRange(content, 100, content.length - 200);
                    assertArrayEquals(framed(part), reader.bytes.toByteArray());
                    assertEquals(content.length - 300, sender.sent.join());
                    assertNull(reader.why);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void whatIsQueuedBehindAFileComesBehindItAndCloseDeliversAll(Engine engine) throws Exception {
        byte[] content = bytes(2_000_000);
        Path path = Files.write(directory.resolve("file"), content);
        try (Reactor reactor = engine.open()) {
            var reader = new Reader();
            var sender =
                    new Recorder() {
                        @Override
                        void onOpened(Transport opened) {
                            opened.write("<");
                            opened.sendFile(path, 0, 1_000_000);
                            opened.sendFile(path, 1_000_000, 1_000_000);
                            opened.write(">");
                            assertEquals(2 + content.length, opened.pending());
                            opened.close();
                        }
                    };
            reactor.connect(local(reactor.listen(engine.fresh(), () -> sender)), reader);
            Engine.run(reactor);
            assertArrayEquals(framed(content), reader.bytes.toByteArray());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void throughTlsItIsEncrypted(Engine engine) throws Exception {
        byte[] content = bytes(1_000_000);
        Path path = Files.write(directory.resolve("file"), content);
        Layer servers = Tls.server(TlsContext.of(TlsPeers.server()));
        Layer clients = Tls.client(TlsContext.of(TlsPeers.client()), "localhost");
        try (Reactor reactor = engine.open()) {
            var reader = new Reader();
            var sender = new Sender(transport -> transport.sendFile(path, 0, content.length));
            Listening listening = reactor.listen(engine.fresh(), servers.over(() -> sender));
            reactor.connect(local(listening), clients.over(reader));
            Engine.run(reactor);
            assertArrayEquals(framed(content), reader.bytes.toByteArray());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aFileThatIsTooShortOrNotThereEndsTheConnection(Engine engine) throws Exception {
        Path path = Files.write(directory.resolve("file"), bytes(1_000));
        for (Sending each :
                List.<Sending>of(
                        transport -> transport.sendFile(path, 0, 2_000),
                        transport -> transport.sendFile(directory.resolve("none"), 0, 1))) {
            try (Reactor reactor = engine.open()) {
                // Its peer may be reset before it knows that it is connected.
                var sender =
                        new Sender(each) {
                            @Override
                            void onClosed(Transport from) {
                                from.reactor().stop();
                            }
                        };
                Listening listening = reactor.listen(engine.fresh(), () -> sender);
                reactor.connect(local(listening), new Recorder());
                Engine.run(reactor);
                assertInstanceOf(IOException.class, sender.why);
                var failed = assertThrows(CompletionException.class, sender.sent::join);
                assertInstanceOf(IOException.class, failed.getCause());
                assertTrue(
                        failed.getCause() instanceof EOFException
                                || failed.getCause().getMessage().contains("none"),
                        failed.toString());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void aPeerThatDoesNotReadHoldsUpNobodyElse(Engine engine) throws Exception {
        Path path = Files.write(directory.resolve("file"), bytes(20_000_000));
        try (Reactor reactor = engine.open()) {
            Listening echo =
                    reactor.listen(
                            engine.fresh(),
                            () ->
                                    new Recorder() {
                                        @Override
                                        void onReceived(Transport from, ByteBuffer received) {
                                            from.write(received);
                                        }
                                    });
            Transport[] stuck = new Transport[1];
            var other =
                    new Recorder() {
                        @Override
                        void onOpened(Transport opened) {
                            opened.write("x");
                        }

                        @Override
                        void onReceived(Transport from, ByteBuffer received) {
                            received.position(received.limit());
                            assertTrue(stuck[0].pending() > 1_000_000);
                            stuck[0].abort();
                            from.close();
                        }
                    };
            var sender =
                    new Sender(transport -> transport.sendFile(path, 0, 20_000_000)) {
                        @Override
                        void onWritable(Transport from, boolean writable) {
                            assertFalse(writable);
                            stuck[0] = from;
                            reactor.connect(local(echo), other);
                        }

                        @Override
                        void onClosed(Transport from) {
                            from.reactor().stop();
                        }
                    };
            var deaf =
                    new Recorder() {
                        @Override
                        void onOpened(Transport opened) {
                            opened.pause();
                        }
                    };
            reactor.connect(local(reactor.listen(engine.fresh(), () -> sender)), deaf);
            Engine.run(reactor);
            assertTrue(sender.sent.isCompletedExceptionally());
            assertTrue(sender.closed);
        }
    }
}
