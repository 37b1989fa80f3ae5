// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import sockeye.Deadline;
import sockeye.EndpointSpec;
import sockeye.InetEndpoint;
import sockeye.Listener;
import sockeye.Message;
import sockeye.MessageFlag;
import sockeye.MessageSocket;
import sockeye.Role;
import sockeye.SoOption;
import sockeye.StreamSocket;
import sockeye.UnixEndpoint;
import sockeye.server.TlsStream;
import sockeye.testkit.TestAuthority;
import sockeye.wire.TlsSettings;
import sockeye.wire.TlsTrust;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;

/** The command under a service manager, and one process after another. */
@Timeout(120)
@Tag("H4")
class RestartTest {
    /**
     * How often real processes follow each other here; the server's own test does it fifty times.
     */
    private static final int RESTARTS = Integer.getInteger("sockeye.restarts", 3);

    @TempDir private Path directory;

    private static Deadline soon() {
        return Deadline.after(Duration.ofSeconds(60));
    }

    private static String ask(EndpointSpec at, String question) throws IOException {
        Role role = Role.connect(at, soon());
        try (role) {
            return switch (role) {
                case StreamSocket stream -> {
                    stream.readDeadline(soon());
                    stream.write(question + "\n");
                    yield String.valueOf(stream.reader().readLine());
                }
                case MessageSocket messages -> {
                    messages.readDeadline(soon());
                    messages.send(question);
                    Message answer = messages.receive(ByteBuffer.allocate(200));
                    yield answer == null
                            ? "the end"
                            : StandardCharsets.UTF_8.decode(answer.payload()).toString().strip();
                }
                case Listener<?> none -> throw new AssertionError(none);
            };
        }
    }

    // Activation.

    /** A port that is free just now. */
    private static int freePort() throws IOException {
        try (var socket = Listener.stream(InetEndpoint.loopback(0))) {
            return ((InetEndpoint) socket.local()).port();
        }
    }

    private static Spawned activated(List<String> options, String... args) throws IOException {
        var activator = new ArrayList<>(List.of("systemd-socket-activate"));
        activator.addAll(options);
        return Spawned.start(activator, Map.of(), args);
    }

    @ParameterizedTest
    @CsvSource({
        "tcp, , systemd:web",
        "tcp, , fd:3",
        "udp, --datagram, systemd:web",
        "unix, , systemd:web",
        "unix-dgram, --datagram, fd:3",
        "unix-seqpacket, --seqpacket, systemd:web"
    })
    void whatTheServiceManagerHasOpenedIsServed(
            String scheme, @Nullable String option, String where) throws Exception {
        boolean unix = scheme.startsWith("unix");
        String target = unix ? directory.resolve("s").toString() : "127.0.0.1:" + freePort();
        var options = new ArrayList<>(List.of("-l", target, "--fdname=web"));
        if (option != null) {
            options.add(option);
        }
        EndpointSpec at = EndpointSpec.parse(scheme + ":" + target);
        try (var server = activated(options, "serve", "--service=echo", where)) {
            server.line("Listening on " + target);
            assertEquals("one", ask(at, "one"));
            String waiting = server.line("waiting for");
            assertTrue(waiting.endsWith(" on " + at), waiting);
            assertEquals("two", ask(at, "two"));
            server.signal("TERM");
            assertTrue(server.rest().endsWith("exit 0"));
            assertTrue(!unix || Files.exists(Path.of(target)), "the file is the manager's");
        }
    }

    @Test
    void allSocketsOfANameAreServedAndOthersAreLetBe() throws Exception {
        String first = "127.0.0.1:" + freePort();
        Path second = directory.resolve("s");
        var options = List.of("-l", first, "-l", second.toString(), "--fdname=a:a");
        try (var server = activated(options, "serve", "--service=echo", "systemd:a")) {
            server.line("Listening on " + second);
            assertEquals("x", ask(EndpointSpec.parse("tcp:" + first), "x"));
            assertEquals("y", ask(EndpointSpec.parse("unix:" + second), "y"));
            server.signal("TERM");
            assertTrue(server.rest().endsWith("exit 0"));
        }
    }

    @Test
    void aNameThatWasNotPassedIsSaidWithThoseThatWere() throws Exception {
        String at = "127.0.0.1:" + freePort();
        try (var server = activated(List.of("-l", at, "--fdname=web"), "serve", "systemd:wbe")) {
            server.line("Listening on " + at);
            try (var trigger = StreamSocket.connect(EndpointSpec.parse("tcp:" + at), soon())) {
                assertTrue(trigger.isOpen());
                assertTrue(server.line("no descriptor of this name").contains("there are web"));
            }
            assertTrue(server.rest().endsWith("exit 2"));
        }
    }

    @Test
    void aFifoIsRefusedForWhatItIs() throws Exception {
        var pass =
                List.of(
                        "python3",
                        "-c",
                        """
                        import os, sys
                        r, w = os.pipe()
                        os.dup2(r, 13); os.dup2(w, 14); os.dup2(13, 3); os.dup2(14, 4)
                        os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='2',
                                          LISTEN_FDNAMES='fifo:other')
                        os.execv(sys.argv[1], sys.argv[1:])
                        """);
        try (var server = Spawned.start(pass, Map.of(), "serve", "systemd:fifo")) {
            String rest = server.rest();
            assertTrue(rest.contains("ENOTSOCK") && rest.contains("FIFO"), rest);
            assertTrue(rest.endsWith("exit 1"), rest);
        }
    }

    @Test
    void aConnectionThatWasPassedIsTalkedOver() throws Exception {
        var pass =
                List.of(
                        "python3",
                        "-c",
                        """
                        import os, socket, sys
                        a, b = socket.socketpair()
                        b.sendall(b'greetings\\n'); b.shutdown(socket.SHUT_WR)
                        os.dup2(a.fileno(), 15); os.dup2(15, 5)
                        os.execv(sys.argv[1], sys.argv[1:])
                        """);
        try (var client = Spawned.start(pass, Map.of(), "connect", "fd:5")) {
            client.write("");
            assertEquals("greetings", client.line("greetings"));
        }
    }

    // Notification.

    private static String heard(MessageSocket manager) throws IOException {
        try (Message message = manager.receive(ByteBuffer.allocate(4_096), 1_024)) {
            String text = StandardCharsets.UTF_8.decode(message.payload()).toString().strip();
            var passed = message.descriptors();
            return passed.isEmpty() ? text : text + "\nDESCRIPTORS=" + passed.size();
        }
    }

    @ParameterizedTest
    @EnumSource
    void theManagerHearsOfTheStartOfLifeAndOfTheEnd(EngineUnderTest engine) throws Exception {
        var place = UnixEndpoint.of(directory.resolve("notify"));
        Path file = directory.resolve("s");
        try (var manager = MessageSocket.bind(place, SoOption.PASS_CRED.to(true))) {
            manager.readDeadline(soon());
            var environment =
                    Map.of(
                            "NOTIFY_SOCKET", place.toString(),
                            "WATCHDOG_USEC", "200000",
                            "FDSTORE", "8");
            var args = new ArrayList<>(List.of("serve", "tcp:127.0.0.1:0", "unix:" + file));
            args.addAll(engine.options());
            try (var server = Spawned.start(List.of(), environment, args.toArray(String[]::new))) {
                assertEquals(
                        "FDSTORE=1\nFDNAME=sockeye tcp%3A127.0.0.1%3A0\nDESCRIPTORS=1",
                        heard(manager));
                assertEquals(
                        "READY=1\nSTATUS=serving at tcp:127.0.0.1:0, unix:" + file, heard(manager));
                assertEquals("WATCHDOG=1", heard(manager));
                assertEquals("WATCHDOG=1", heard(manager));
                server.signal("TERM");
                String last = heard(manager);
                while (last.equals("WATCHDOG=1")) {
                    last = heard(manager);
                }
                assertEquals("STOPPING=1\nSTATUS=finishing what is in flight", last);
                assertTrue(server.rest().endsWith("exit 0"));
            }
        }
    }

    @Test
    void whatTheManagerHasKeptIsServedAgain() throws Exception {
        {
            var pass =
                    List.of(
                            "python3",
                            "-c",
                            """
                            import os, socket, sys
                            s = socket.socket(); s.bind(('127.0.0.1', 0)); s.listen()
                            print('kept', s.getsockname()[1], flush=True)
                            os.dup2(s.fileno(), 13); os.dup2(13, 3)
                            os.environ.update(LISTEN_PID=str(os.getpid()), LISTEN_FDS='1',
                                LISTEN_FDNAMES='sockeye tcp%3A127.0.0.1%3A0')
                            os.execv(sys.argv[1], sys.argv[1:])
                            """);
            try (var server = Spawned.start(pass, Map.of(), "serve", "tcp:127.0.0.1:0")) {
                String number = server.line("kept ").substring(5);
                assertTrue(server.line("waiting").endsWith(":" + number));
                server.signal("TERM");
                assertTrue(server.rest().endsWith("exit 0"));
            }
        }
    }

    // From process to process.

    /** Asks again and again, and remembers what went wrong. */
    private static final class Client {
        final AtomicLong answered = new AtomicLong();
        final Queue<String> failures = new ConcurrentLinkedQueue<>();
        volatile boolean ending;
        final Thread thread;

        Client(EndpointSpec at) {
            thread =
                    Thread.ofVirtual()
                            .start(() -> {
                                while (!ending) {
                                    one(at);
                                }
                            });
        }

        private void one(EndpointSpec at) {
            try {
                String question = "question " + answered;
                String answer = ask(at, question);
                if (!answer.equals(question)) {
                    failures.add(at + ": " + answer);
                }
                answered.incrementAndGet();
            } catch (IOException | RuntimeException failed) {
                failures.add(at + ": " + failed);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    @Timeout(900) // of which fifty restarts on a busy machine take three minutes
    void processesFollowEachOtherAndNotOneClientFails(EngineUnderTest engine) throws Exception {
        Path meeting = directory.resolve("meeting");
        Path file = directory.resolve("s");
        int port = freePort();
        var specs =
                List.of(
                        "tcp:127.0.0.1:" + port,
                        "udp:127.0.0.1:" + port,
                        "unix:" + file,
                        "unix-seqpacket:" + directory.resolve("r"));
        var args = new ArrayList<>(List.of("serve", "-q", "--service=echo"));
        args.addAll(engine.options());
        args.add("--handover=" + meeting);
        args.addAll(specs);
        String[] serve = args.toArray(String[]::new);
        var clients = new ArrayList<Client>();
        Spawned now = Spawned.start(serve);
        try {
            now.line("unix-seqpacket:");
            specs.forEach(each -> clients.add(new Client(EndpointSpec.parse(each))));
            for (int i = 0; i < RESTARTS; i++) {
                try (Spawned old = now) {
                    now = Spawned.start(serve);
                    now.line("took over from process " + old.pid());
                    String rest = old.rest();
                    assertTrue(rest.contains("handed over to process " + now.pid()), rest);
                    assertTrue(rest.endsWith("\nexit 0"), rest);
                    assertTrue(!rest.contains("cut off"), rest);
                    assertTrue(Files.exists(file) && Files.exists(meeting));
                    now.line("process " + old.pid() + " is done");
                }
            }
            for (Client each : clients) {
                each.ending = true;
                each.thread.join();
                assertEquals(List.of(), List.copyOf(each.failures));
                assertTrue(each.answered.get() > RESTARTS);
            }
            now.signal("TERM");
            assertTrue(now.rest().endsWith("\nexit 0"));
            assertTrue(Files.notExists(file) && Files.notExists(meeting));
        } finally {
            clients.forEach(each -> each.ending = true);
            now.close();
        }
    }

    @ParameterizedTest
    @EnumSource
    void connectionsWithTlsGoOnWithTheOldProcessUntilTheyEnd(EngineUnderTest engine)
            throws Exception {
        var authority = new TestAuthority(directory, "authority");
        var localhost = authority.issue("DNS:localhost");
        var settings = TlsSettings.DEFAULT.withTrust(TlsTrust.of(authority.root()));
        var at = InetEndpoint.of("127.0.0.1", freePort());
        var args = new ArrayList<>(List.of("serve", "--service=echo", "--drain=1h"));
        args.addAll(engine.options());
        args.add("--handover=" + directory.resolve("meeting"));
        args.add(
                "tls+tcp:%s?cert=%s&key=%s"
                        .formatted(at, localhost.certificateFile(), localhost.keyFile()));
        String[] serve = args.toArray(String[]::new);
        try (var old = Spawned.start(serve)) {
            old.line("waiting");
            try (var below = StreamSocket.connect(at);
                    var client = TlsStream.client(below, settings, "localhost")) {
                client.write("before\n");
                assertEquals("before", client.reader().readLine());
                try (var now = Spawned.start(serve)) {
                    old.line("handed over to process " + now.pid());
                    client.write("after\n");
                    assertEquals("after", client.reader().readLine());
                    client.shutdownOutput();
                    // An end without close_notify would be a TlsTruncatedException.
                    assertNull(client.reader().readLine());
                    String rest = old.rest();
                    assertTrue(rest.contains("1 connection finished"), rest);
                    assertTrue(rest.endsWith("exit 0"), rest);
                    now.line("is done: 1 connection finished, 0 cut off");
                    try (var second = StreamSocket.connect(at);
                            var other = TlsStream.client(second, settings, "localhost")) {
                        other.write("new\n");
                        assertEquals("new", other.reader().readLine());
                        now.line("connected from: " + second.local());
                    }
                    now.signal("TERM");
                    assertTrue(now.rest().endsWith("exit 0"));
                }
            }
        }
    }

    @Test
    void aSuccessorThatCannotServeChangesNothing() throws Exception {
        Path meeting = directory.resolve("meeting");
        Path file = directory.resolve("s");
        String handover = "--handover=" + meeting;
        try (var taken = Listener.stream(InetEndpoint.loopback(0));
                var server = Spawned.start("serve", handover, "unix:" + file)) {
            server.line("waiting");
            String busy = "tcp:" + taken.local();
            try (var second = Spawned.start("serve", handover, "unix:" + file, busy)) {
                assertTrue(second.rest().endsWith("exit 1"));
            }
            assertTrue(Files.exists(file));
            assertTrue(ask(EndpointSpec.parse("unix:" + file), "x").endsWith("] x"));
            server.signal("TERM");
            assertTrue(server.rest().endsWith("exit 0"));
        }
    }

    @Test
    void aSecondSignalCutsOffAndStillReports() throws Exception {
        Path file = directory.resolve("s");
        try (var server = Spawned.start("serve", "--drain=1h", "unix:" + file)) {
            server.line("waiting");
            try (var deaf = StreamSocket.connect(UnixEndpoint.of(file))) {
                deaf.socket().setBlocking(false);
                byte[] lines = "x\n".repeat(1_000).getBytes(StandardCharsets.US_ASCII);
                while (deaf.write(ByteBuffer.wrap(lines)) > 0) {}
                server.line("connected from");
                deaf.socket().setBlocking(true);
                deaf.readDeadline(soon());
                // A look, not a mere awaitInput, which may return early.
                int seen = deaf.socket().recvInto(ByteBuffer.allocate(1), MessageFlag.MSG_PEEK);
                assertEquals(1, seen, "there are answers, not read");
                server.signal("TERM");
                server.line("stopping");
                server.signal("TERM");
                String rest = server.rest();
                assertTrue(rest.contains("1 cut off after"), rest);
                assertTrue(rest.contains("bytes delivered, not all to 1 connection"), rest);
                assertTrue(rest.endsWith("exit 143"), rest);
                assertTrue(Files.notExists(file));
            }
        }
    }
}
