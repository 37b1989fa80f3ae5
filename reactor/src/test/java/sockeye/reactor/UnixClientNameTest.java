// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.EndpointSpec;
import sockeye.Listener;
import sockeye.StreamSocket;
import sockeye.UnixEndpoint;
import sockeye.reactor.testing.RecordingProtocol;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.Program;

import java.io.IOException;
import java.net.BindException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

/**
 * Clients and servers at paths: names of both, modes, leftovers, and how long a connect may take.
 */
@ExtendWith(NoLeaks.class)
@Tag("D1-06")
@Tag("D3-13")
@Tag("D3-15")
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // the protocols tell how it went
class UnixClientNameTest {
    private static final String PYTHON =
            """
            import socket, sys
            kind, path = sys.argv[1:]
            kind = {'unix': socket.SOCK_STREAM, 'unix-seqpacket': socket.SOCK_SEQPACKET,
                    'unix-dgram': socket.SOCK_DGRAM}[kind]
            with socket.socket(socket.AF_UNIX, kind) as server:
                server.bind(path)
                if kind == socket.SOCK_DGRAM:
                    print('ready', flush=True)
                    data, name = server.recvfrom(100)
                    server.sendto(b'you are ' + name.encode(), name)
                else:
                    server.listen()
                    print('ready', flush=True)
                    client, name = server.accept()
                    client.recv(100)
                    client.sendall(b'you are ' + name.encode())
                    client.close()
                print('peer', name, flush=True)
            """;

    @TempDir private Path directory;

    private Path file(String name) {
        return directory.resolve(name);
    }

    private EndpointSpec spec(String scheme, String rest) {
        return EndpointSpec.parse(scheme + ":" + file("server") + rest);
    }

    private static boolean exists(Path path) {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    }

    /** Asks, and notes the answer and whether the file was there then. */
    private static final class Asking implements Protocol, MessageProtocol {
        final StringBuilder heard = new StringBuilder();
        private final Path name;
        boolean there;

        Asking(Path name) {
            this.name = name;
        }

        private void heard(ByteBuffer bytes) {
            heard.append(UTF_8.decode(bytes));
            there |= exists(name);
        }

        @Override
        public void opened(Transport transport) {
            transport.write("who am I?");
        }

        @Override
        public void received(Transport transport, ByteBuffer bytes) {
            heard(bytes);
        }

        @Override
        public void closed(Transport transport, @Nullable Throwable why) {
            transport.reactor().stop();
        }

        @Override
        public void opened(MessageTransport transport) {
            transport.send("who am I?");
        }

        @Override
        public void received(MessageTransport transport, ByteBuffer message) {
            heard(message);
            transport.close();
        }

        @Override
        public void closed(MessageTransport transport, @Nullable Throwable why) {
            transport.reactor().stop();
        }
    }

    private void asks(Engine engine, String scheme) throws Exception {
        Path mine = file("client");
        try (var python =
                        Program.start(
                                List.of(
                                        "python3",
                                        "-c",
                                        PYTHON,
                                        scheme,
                                        file("server").toString()));
                Reactor reactor = engine.open()) {
            python.line("ready");
            var asking = new Asking(mine);
            EndpointSpec to = spec(scheme, "?bind=" + mine + "&mode=0600");
            switch (scheme) {
                case "unix" -> reactor.connect(to, asking);
                case "unix-seqpacket" -> reactor.connectRecords(to, asking);
                default -> reactor.connectDatagrams(to, asking);
            }
            Engine.run(reactor);
            assertEquals("you are " + mine, asking.heard.toString());
            assertTrue(asking.there);
            assertFalse(exists(mine));
            assertEquals("peer " + mine, python.line("peer"));
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void pythonSeesThePathThatAStreamConnectsFrom(Engine engine) throws Exception {
        asks(engine, "unix");
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void pythonSeesThePathThatRecordsConnectFrom(Engine engine) throws Exception {
        asks(engine, "unix-seqpacket");
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void pythonAnswersDatagramsToTheirPath(Engine engine) throws Exception {
        asks(engine, "unix-dgram");
    }

    private static Throwable failure(Reactor reactor, CompletableFuture<?> attempt)
            throws IOException {
        attempt.whenComplete((made, failed) -> reactor.stop());
        Engine.run(reactor);
        return assertThrows(CompletionException.class, attempt::join).getCause();
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void aNameThatIsTakenIsToldAndNothingIsLeftOfAFailure(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            EndpointSpec to = spec("unix", "?bind=" + file("client"));
            assertInstanceOf(
                    IOException.class,
                    failure(reactor, reactor.connect(to, new RecordingProtocol())));
            assertFalse(exists(file("client")));
            try (var listener = Listener.stream(UnixEndpoint.of(file("server")));
                    var other = StreamSocket.connect(to)) {
                assertInstanceOf(
                        BindException.class,
                        failure(reactor, reactor.connect(to, new RecordingProtocol())));
                assertTrue(exists(file("client")));
                assertEquals(UnixEndpoint.of(file("client")), other.local());
                listener.accept().close();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void aConnectToAFullBacklogEndsInTime(Engine engine) throws Exception {
        var waiting = new ArrayList<StreamSocket>();
        try (Reactor reactor = engine.open();
                var full = Listener.stream(spec("unix", "?backlog=0"))) {
            waiting.add(StreamSocket.connect(full.local()));
            assertInstanceOf(
                    SocketTimeoutException.class,
                    failure(
                            reactor,
                            reactor.connect(
                                    spec("unix", "?timeout=50ms&bind=" + file("client")),
                                    new RecordingProtocol())));
            assertFalse(exists(file("client")));
        } finally {
            for (StreamSocket each : waiting) {
                each.close();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void theFilesOfServersHaveTheirModesAndGoWithThem(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            for (String each : List.of("unix", "unix-seqpacket", "unix-dgram")) {
                Path at = file(each);
                EndpointSpec where = EndpointSpec.parse(each + ":" + at + "?mode=0620");
                Runnable closing =
                        switch (each) {
                            case "unix" -> reactor.listen(where, RecordingProtocol::new)::close;
                            case "unix-seqpacket" ->
                                    reactor.listenRecords(where, () -> (transport, message) -> {})
                                            ::close;
                            default -> reactor.bind(where, (transport, message) -> {})::close;
                        };
                assertEquals(
                        PosixFilePermissions.fromString("rw--w----"),
                        Files.getPosixFilePermissions(at));
                closing.run();
                reactor.after(Duration.ofMillis(2), reactor::stop);
                reactor.run();
                assertFalse(exists(at), each);
            }
        }
    }
}
