// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.ChildCommand;
import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.Listener;
import sockeye.SoOption;
import sockeye.StreamSocket;
import sockeye.UnixEndpoint;

import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.ConnectException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Python's {@code socketserver} beside ours: the same client, Python's, has the same conversations
 * with both, and what it hears is compared. What the one is criticised for is asked of the other.
 */
@Timeout(60)
@SuppressWarnings("try") // A client that closes before its scope ends is the point.
class SocketserverTest {
    private static final String PYTHON = "/usr/bin/python3";

    /** Serves until its input ends. */
    private static final String SERVER =
            """
            import socketserver, sys, threading
            kind, where = sys.argv[1:3]
            class Lines(socketserver.StreamRequestHandler):
                def setup(self):
                    super().setup()
                    self.wfile.write(b"setup\\n")
                def handle(self):
                    for line in self.rfile:
                        if line == b"raise\\n":
                            raise RuntimeError("no")
                        self.wfile.write(line.upper())
                def finish(self):
                    self.wfile.write(b"finish\\n")
                    super().finish()
            class Datagram(socketserver.DatagramRequestHandler):
                def handle(self):
                    self.wfile.write(self.rfile.read().upper())
            class Quiet:
                count = 0
                def verify_request(self, request, address):
                    Quiet.count += 1
                    return kind != "verify" or Quiet.count % 2 == 0
                def handle_error(self, request, address):
                    pass
                def handle_timeout(self):
                    print("timeout", flush=True)
                daemon_threads = True
            class Tcp(Quiet, socketserver.ThreadingTCPServer): pass
            class Udp(Quiet, socketserver.ThreadingUDPServer): pass
            class Unix(Quiet, socketserver.ThreadingUnixStreamServer): pass
            class Single(Quiet, socketserver.TCPServer): timeout = 0.2
            if kind == "unix":
                server = Unix(where, Lines)
            elif kind == "udp":
                server = Udp(("127.0.0.1", 0), Datagram)
            elif kind == "one":
                server = Single(("127.0.0.1", 0), Lines)
            else:
                server = Tcp(("127.0.0.1", 0), Lines)
            print(where if kind == "unix" else server.server_address[1], flush=True)
            if kind == "one":
                for turn in range(3):
                    sys.stdin.readline()
                    server.handle_request()
                    print("returned", flush=True)
            else:
                threading.Thread(target=server.serve_forever, daemon=True).start()
                sys.stdin.read()
            """;

    /** Has conversations, and prints what it heard. */
    private static final String CLIENT =
            """
            import socket, sys
            kind, where = sys.argv[1:3]
            def streams(said, shut):
                family = socket.AF_UNIX if kind == "unix" else socket.AF_INET
                with socket.socket(family) as s:
                    s.connect(where if kind == "unix" else ("127.0.0.1", int(where)))
                    for part in said:
                        s.sendall(part)
                    if shut:
                        s.shutdown(socket.SHUT_WR)
                    heard = b""
                    while more := s.recv(65536):
                        heard += more
                    print(heard)
            if kind == "udp":
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                    s.connect(("127.0.0.1", int(where)))
                    for said in (b"hello", b"", b"x" * 8192, b"end"):
                        s.send(said)
                        print(s.recv(65536))
            else:
                for said, shut in (
                        ([b"one\\ntwo\\n"], True), ([b"o", b"ne\\n", b"two", b"\\n"], True),
                        ([], True), ([b"raise\\n"], False), ([b"one\\nraise\\n"], False),
                        ([b"y" * 50000 + b"\\n"], True)):
                    streams(said, shut)
            """;

    private static final StreamHandler LINES =
            ((StreamHandler)
                            client -> {
                                var lines = client.reader();
                                for (String line; (line = lines.readLine()) != null; ) {
                                    if (line.equals("raise")) {
                                        throw new IllegalStateException("no");
                                    }
                                    client.write(line.toUpperCase(Locale.ROOT) + "\n");
                                }
                            })
                    .withFinish(client -> client.write("finish\n"))
                    .withSetup(client -> client.write("setup\n"));

    private static final DatagramHandler UPPER =
            request -> {
                String text = UTF_8.decode(request.payload()).toString();
                request.reply(text.toUpperCase(Locale.ROOT));
            };

    /** What goes wrong is meant to. */
    private static final ServerSettings QUIET =
            ServerSettings.DEFAULT.withObserver(new ServerObserver() {});

    @BeforeAll
    static void pythonIsThere() {
        assumeTrue(Files.isExecutable(Path.of(PYTHON)), "no python3");
    }

    /** A server of Python's, and where it serves. */
    private record Theirs(Process process, BufferedReader output, String where)
            implements AutoCloseable {
        static Theirs start(String kind, String where) throws IOException {
            Process process =
                    new ProcessBuilder(PYTHON, "-c", SERVER, kind, where)
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            BufferedReader output = process.inputReader(UTF_8);
            return new Theirs(process, output, output.readLine());
        }

        @Override
        public void close() throws IOException {
            process.getOutputStream().close();
            process.destroy();
        }
    }

    private static String converse(String kind, String where) throws Exception {
        Process client =
                new ProcessBuilder(PYTHON, "-c", CLIENT, kind, where)
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        String heard = new String(client.getInputStream().readAllBytes(), UTF_8);
        assertEquals(0, client.waitFor());
        return heard;
    }

    private static String where(Endpoint endpoint) {
        return switch (endpoint) {
            case InetEndpoint inet -> String.valueOf(inet.port());
            case UnixEndpoint unix -> unix.toString();
            default -> throw new IllegalArgumentException(endpoint.toString());
        };
    }

    static List<ThreadMode> modes() {
        return ThreadModeTest.modes();
    }

    @ParameterizedTest
    @MethodSource("modes")
    @Tag("B-01")
    @Tag("B-09")
    @Tag("B-10")
    void pythonsClientHearsTheSameOverTcp(ThreadMode mode) throws Exception {
        try (var theirs = Theirs.start("tcp", "");
                var ours = Server.stream(Peers.tcp(), QUIET.withThreads(mode), LINES)) {
            String expected = converse("tcp", theirs.where);
            assertTrue(expected.startsWith("b'setup\\nONE\\nTWO\\nfinish\\n'\n"), expected);
            assertEquals(expected, converse("tcp", where(ours.local())));
        }
    }

    @Test
    @Tag("B-01")
    void pythonsClientHearsTheSameOverUnix() throws Exception {
        Path directory = Files.createTempDirectory("sockeye");
        try (var theirs = Theirs.start("unix", directory.resolve("theirs").toString());
                var ours =
                        Server.stream(UnixEndpoint.of(directory.resolve("ours")), QUIET, LINES)) {
            assertEquals(converse("unix", theirs.where), converse("unix", where(ours.local())));
        } finally {
            Files.deleteIfExists(directory.resolve("theirs"));
            Files.delete(directory);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Tag("B-11")
    void pythonsClientHearsTheSameOverUdp(boolean concurrent) throws Exception {
        DatagramHandler handler = concurrent ? UPPER.concurrent(10) : UPPER;
        try (var theirs = Theirs.start("udp", "");
                var ours = Server.datagram(Peers.tcp(), QUIET, handler)) {
            assertEquals(converse("udp", theirs.where), converse("udp", where(ours.local())));
        }
    }

    @Test
    @Tag("B-06")
    void pythonsClientHearsTheSameOfWhoeverIsRefused() throws Exception {
        var hooks = ServerHooks.NONE.withVerifier(connection -> connection.id() % 2 == 0);
        try (var theirs = Theirs.start("verify", "");
                var ours = Server.stream(Peers.tcp(), QUIET.withHooks(hooks), LINES)) {
            String heard = ending(() -> shortly(theirs.where), () -> shortly(theirs.where));
            assertEquals("b'' b'setup\\nfinish\\n'", heard);
            String where = where(ours.local());
            assertEquals(heard, ending(() -> shortly(where), () -> shortly(where)));
        }
    }

    interface Hearing {
        String hear() throws Exception;
    }

    private static String ending(Hearing first, Hearing second) throws Exception {
        return first.hear() + " " + second.hear();
    }

    /** Connects, ends at once, and hears what there is. */
    private static String shortly(String port) throws IOException {
        try (var client =
                StreamSocket.connect(InetEndpoint.of("127.0.0.1", Integer.parseInt(port)))) {
            client.shutdownOutput();
            String heard = new String(client.inputStream().readAllBytes(), UTF_8);
            return "b'" + heard.replace("\n", "\\n") + "'";
        }
    }

    @Test
    @Tag("B-05")
    void handleRequestServesOneOrTimesOut() throws Exception {
        try (var theirs = Theirs.start("one", "")) {
            var input = theirs.process.outputWriter(UTF_8);
            for (String expected : List.of("b'setup\\nfinish\\n'", "b'setup\\nfinish\\n'")) {
                input.write("go\n");
                input.flush();
                assertEquals(expected, shortly(theirs.where));
                assertEquals("returned", theirs.output.readLine());
            }
            input.write("go\n");
            input.flush();
            assertEquals("timeout", theirs.output.readLine());
            assertEquals("returned", theirs.output.readLine());
        }
        try (var listener = Listener.stream(Peers.tcp())) {
            for (String expected : List.of("b'setup\\nfinish\\n'", "b'setup\\nfinish\\n'")) {
                BlockingQueue<String> heard = new LinkedBlockingQueue<>();
                Thread client =
                        Thread.ofVirtual()
                                .start(() -> {
                                    try {
                                        heard.add(shortly(where(listener.local())));
                                    } catch (IOException failed) {
                                        heard.add(failed.toString());
                                    }
                                });
                assertTrue(OneRequest.stream(listener, QUIET, LINES, Duration.ofDays(1)));
                assertEquals(expected, heard.take());
                client.join();
            }
            assertFalse(OneRequest.stream(listener, QUIET, LINES, Duration.ofMillis(20)));
        }
    }

    // Defaults, and ways to make one.

    @Test
    @Tag("B-02")
    void aServerMayHaveThePortOfItsPredecessorAtOnce() throws Exception {
        var first = Server.stream(Peers.tcp(), QUIET, client -> client.write("bye"));
        try (var client = StreamSocket.connect(first.local())) {
            // The server ends it first, and so it is its port that waits (TIME_WAIT).
            assertEquals(3, client.inputStream().readAllBytes().length);
        }
        first.close();
        try (var second = Server.stream(first.local(), QUIET, LINES)) {
            assertEquals("b'setup\\nfinish\\n'", shortly(where(second.local())));
        }
    }

    @Test
    @Tag("B-02")
    void theBacklogIsAsLongAsTheKernelAllows() throws Exception {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/ss")), "no ss");
        String most = Files.readAllLines(Path.of("/proc/sys/net/core/somaxconn")).getFirst();
        try (var server = Server.stream(Peers.tcp(), QUIET, LINES)) {
            Process ss =
                    new ProcessBuilder(
                                    "/usr/bin/ss",
                                    "-Hltn",
                                    "sport",
                                    "=",
                                    ":" + where(server.local()))
                            .start();
            String[] line = new String(ss.getInputStream().readAllBytes(), UTF_8).split("\\s+");
            assertEquals(Math.min(4096, Integer.parseInt(most)), Integer.parseInt(line[2]));
        }
    }

    @Test
    @Tag("B-03")
    void aSocketThatWasMadeInAWayOfItsOwnIsServed() throws Exception {
        var listener = Listener.stream(Peers.tcp(), SoOption.RCV_BUF.to(8_192));
        try (var server = Server.stream(listener, QUIET, LINES)) {
            assertEquals(listener.local(), server.local());
            assertSame(listener, server.source());
            assertEquals("b'setup\\nfinish\\n'", shortly(where(server.local())));
        }
        assertFalse(listener.isOpen());
    }

    @Test
    @Tag("B-12")
    void atTheEndOfItsScopeAServerIsClosed() throws Exception {
        Endpoint local;
        try (var server = Server.stream(Peers.tcp(), QUIET, LINES)) {
            local = server.local();
        }
        assertThrows(ConnectException.class, () -> StreamSocket.connect(local));
    }

    @Test
    @Tag("B-13")
    void oneSocketServesBothVersionsOfTheProtocolWherePythonServesOne() throws Exception {
        assumeTrue(Listener.hasDualStack(), "no dual stack");
        try (var theirs = Theirs.start("tcp", "");
                var ours = Server.stream(InetEndpoint.any(0), QUIET, LINES)) {
            String where = where(ours.local());
            assertEquals(shortly(theirs.where), shortly(where));
            var sixth = InetEndpoint.of("::1", Integer.parseInt(where));
            try (var client = StreamSocket.connect(sixth)) {
                assertEquals("setup", client.reader().readLine());
            }
            var theirSixth = InetEndpoint.of("::1", Integer.parseInt(theirs.where));
            assertThrows(ConnectException.class, () -> StreamSocket.connect(theirSixth));
        }
    }

    // What the one is criticised for.

    /** cpython#81374, #81570: the list of threads grew with every request, for ever. */
    @Test
    @Tag("B-07")
    void nothingIsKeptOfAConnectionThatIsOver() throws Exception {
        List<WeakReference<ServerConnection>> seen = new ArrayList<>();
        List<WeakReference<Thread>> threads = new ArrayList<>();
        var over = new LinkedBlockingQueue<Long>();
        ServerObserver observer =
                new ServerObserver() {
                    @Override
                    public void closed(ServerConnection connection) {
                        over.add(connection.id());
                    }
                };
        StreamHandler handler =
                client -> {
                    synchronized (seen) {
                        seen.add(new WeakReference<>(ServerConnection.current()));
                        threads.add(new WeakReference<>(Thread.currentThread()));
                    }
                    client.write("bye\n");
                };
        var settings = ServerSettings.DEFAULT.withObserver(observer);
        try (var server =
                Server.stream(List.of(Peers.tcp(), Peers.abstractName()), settings, handler)) {
            for (int turn = 0; turn < 500; turn++) {
                for (Endpoint each : server.locals()) {
                    try (var client = StreamSocket.connect(each)) {
                        client.shutdownOutput();
                        client.inputStream().readAllBytes();
                    }
                    over.take();
                }
            }
            while (!server.connections().isEmpty()) {
                Thread.onSpinWait();
            }
            for (WeakReference<?> each : seen) {
                awaitCollected(each);
            }
            for (WeakReference<?> each : threads) {
                awaitCollected(each);
            }
        }
    }

    private static void awaitCollected(WeakReference<?> reference) {
        while (reference.get() != null) {
            System.gc();
        }
    }

    /**
     * simple-websocket-server#110: a handshake in the accept loop lets one silent client stop all.
     */
    @Test
    @Tag("B-06")
    void aSilentClientInAHandshakeHoldsUpNobody() throws Exception {
        StreamLayer handshake =
                (below, connection) -> {
                    below.reader().readLine();
                    return below;
                };
        try (var server =
                        Server.stream(
                                Peers.tcp(),
                                QUIET.withLayers(handshake),
                                client -> client.write("served\n"));
                var silent = StreamSocket.connect(server.local());
                var client = StreamSocket.connect(server.local())) {
            client.write("hello\n");
            assertEquals("served", client.reader().readLine());
            assertTrue(silent.isOpen());
        }
    }

    /** certbot#1200: shutdown() in the thread that serves, or before anything was served, hangs. */
    @Test
    @Tag("B-04")
    void stopReturnsBeforeAnythingWasServedAndTwiceAndFromEverywhere() throws Exception {
        var server = Server.stream(Peers.tcp(), QUIET, LINES);
        server.stop();
        server.stop();
        server.close();
        var started = new LinkedBlockingQueue<Server>();
        var stopped = new CountDownLatch(3);
        StreamHandler stops =
                client -> {
                    Server one = started.take();
                    started.add(one);
                    one.stop(Duration.ofHours(1));
                    stopped.countDown();
                };
        var other = Server.stream(Peers.tcp(), QUIET, stops);
        try (var one = StreamSocket.connect(other.local());
                var two = StreamSocket.connect(other.local());
                var three = StreamSocket.connect(other.local())) {
            while (other.connections().size() < 3) {
                Thread.onSpinWait();
            }
            started.add(other);
            other.join();
            stopped.await();
        }
    }

    // A process for each connection.

    @Test
    @Tag("B-08")
    void aProcessForEachConnectionHasItAsInputAndOutput() throws Exception {
        StreamHandler handler =
                StreamHandler.exec(
                        ChildCommand.of("/bin/sh", "-c", "echo $SOCKEYE_PEER; sed -u s/^/sed:/"));
        try (var server = Server.stream(Peers.tcp(), QUIET.withMaxConnections(40), handler)) {
            for (int turn = 0; turn < 3; turn++) {
                try (var client = StreamSocket.connect(server.local())) {
                    assertEquals(client.local().toString(), client.reader().readLine());
                    client.write("hello\n");
                    assertEquals("sed:hello", client.reader().readLine());
                    client.shutdownOutput();
                    assertEquals(null, client.reader().readLine());
                }
            }
        }
    }

    @Test
    @Tag("B-08")
    void aProcessEndsWithItsInputAndIsKilledIfItDoesNot() throws Exception {
        var told = new Peers.Recorder();
        var settings = QUIET.withObserver(told);
        var cat = Server.stream(Peers.tcp(), settings, StreamHandler.exec(ChildCommand.of("cat")));
        try (var client = StreamSocket.connect(cat.local())) {
            client.write("hello");
            assertEquals(5, client.read(ByteBuffer.allocate(5)));
            assertEquals(1, cat.stop(Duration.ofHours(1)).finished());
        }
        StreamHandler endless =
                StreamHandler.exec(ChildCommand.of("sh", "-c", "echo $$; exec sleep 1000"));
        var server = Server.stream(Peers.tcp(), settings, endless);
        try (var client = StreamSocket.connect(server.local())) {
            long pid = Long.parseLong(client.reader().readLine());
            assertEquals(1, server.stop(Duration.ZERO).cutOff());
            while (ProcessHandle.of(pid).isPresent()) {
                Thread.onSpinWait();
            }
        }
        StreamHandler failing = StreamHandler.exec(ChildCommand.of("sh", "-c", "exit 3"));
        try (var failed = Server.stream(Peers.tcp(), settings, failing);
                var client = StreamSocket.connect(failed.local())) {
            assertEquals("sh: Exited[status=3]", told.failed.take().getMessage());
        }
    }
}
