// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.Deadline;
import sockeye.InetEndpoint;
import sockeye.StreamSocket;
import sockeye.testkit.Program;
import sockeye.testkit.Task;
import sockeye.wire.TlsClientAuth;
import sockeye.wire.TlsContext;
import sockeye.wire.TlsIdentities;
import sockeye.wire.TlsMachine;
import sockeye.wire.TlsSettings;
import sockeye.wire.TlsTrust;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/** Peers that others wrote: openssl, curl, Python, a scanner. */
@Tag("C-14")
@Timeout(120)
class TlsInteropTest {
    /** Lines in capitals, and the end when the client has ended. */
    private static final StreamHandler SHOUTING =
            client -> {
                var lines = client.reader();
                for (String line; (line = lines.readLine()) != null; ) {
                    client.write(line.toUpperCase(Locale.ROOT) + "\n");
                }
                client.write("BYE\n");
            };

    private static Server serve(TlsSettings settings, StreamHandler handler) throws IOException {
        var with =
                ServerSettings.DEFAULT
                        .withLinger(Duration.ofMillis(200))
                        .withObserver(new ServerObserver() {})
                        .withLayers(TlsLayer.of(TlsContext.of(settings)));
        return Server.stream(InetEndpoint.of("127.0.0.1", 0), with, handler);
    }

    private static int port(Server server) {
        return ((InetEndpoint) server.local()).port();
    }

    // openssl s_client.

    private static String sClient(Server server, String more, String input) throws Exception {
        return Program.run(
                "openssl s_client -connect 127.0.0.1:%d -CAfile %s -verify_return_error %s"
                        .formatted(port(server), TlsPeers.AUTHORITY.rootFile(), more),
                input);
    }

    @ParameterizedTest
    @ValueSource(strings = {"-tls1_3", "-tls1_2"})
    void sClientTalksAndEnds(String version) throws Exception {
        try (var server = serve(TlsPeers.server(), SHOUTING)) {
            // Q ends s_client with its close_notify.
            try (var client =
                    Program.start(
                            ("openssl s_client -quiet -no_ign_eof %s -connect 127.0.0.1:%d"
                                            + " -CAfile %s")
                                    .formatted(
                                            version,
                                            port(server),
                                            TlsPeers.AUTHORITY.rootFile()))) {
                client.say("hello\n");
                assertEquals("HELLO", client.line("HELLO"));
                client.say("world\n");
                assertEquals("WORLD", client.line("WORLD"));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"-tls1_3,TLSv1.3", "-tls1_2,TLSv1.2"})
    void sClientSeesVersionAlpnAndAVerifiedCertificate(String flag, String version)
            throws Exception {
        var settings = TlsPeers.server().withApplications("h2", "http/1.1");
        try (var server = serve(settings, SHOUTING)) {
            String said = sClient(server, flag + " -alpn http/1.1 -servername localhost", "Q\n");
            assertTrue(said.contains("Verification: OK"), said);
            assertTrue(said.contains("New, " + version), said);
            assertTrue(said.contains("ALPN protocol: http/1.1"), said);
        }
    }

    @Test
    void sClientGetsTheCertificateForTheNameItAsksFor() throws Exception {
        var shop = TlsPeers.identity(TlsPeers.AUTHORITY.issue("DNS:*.example.org"));
        var identities = TlsIdentities.of(TlsPeers.identity(TlsPeers.LOCALHOST), shop);
        try (var server = serve(TlsSettings.DEFAULT.withIdentities(identities), SHOUTING)) {
            String name = "-verify_hostname www.example.org -servername www.example.org";
            String said = sClient(server, name, "Q\n");
            assertTrue(said.contains("subject=CN = *.example.org"), said);
            assertTrue(said.contains("Verified peername: *.example.org"), said);
            assertTrue(sClient(server, "-noservername", "Q\n").contains("CN = localhost"));
        }
        var strict = TlsSettings.DEFAULT.withIdentities(identities.strictly());
        try (var server = serve(strict, SHOUTING)) {
            String said = sClient(server, "-servername example.net", "Q\n");
            assertTrue(said.contains("unrecognized name"), said);
        }
    }

    @Test
    void sClientShowsItsCertificate() throws Exception {
        var settings =
                TlsPeers.server()
                        .withTrust(TlsTrust.of(TlsPeers.AUTHORITY.root()))
                        .withClients(TlsClientAuth.NEED);
        StreamHandler whoAreYou =
                client -> {
                    var details = client.unwrap(TlsStream.class).orElseThrow().details();
                    var own = details.peerCertificates().getFirst();
                    client.write("you are " + own.getSubjectX500Principal() + "\n");
                };
        try (var server = serve(settings, whoAreYou)) {
            String own =
                    "-ign_eof -cert %s -key %s"
                            .formatted(
                                    TlsPeers.CLIENT.certificateFile(), TlsPeers.CLIENT.keyFile());
            assertTrue(sClient(server, own, "").contains("you are CN=somebody"));
            String said = sClient(server, "-ign_eof", "");
            assertTrue(said.contains("alert"), said);
            assertFalse(said.contains("you are"), said);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"-tls1_3", "-tls1_2"})
    void sClientResumesItsSession(String version) throws Exception {
        Path session = TlsPeers.DIRECTORY.resolve("session" + version);
        StreamHandler greeting = client -> client.write("hello\n");
        try (var server = serve(TlsPeers.server(), greeting)) {
            String first = sClient(server, version + " -ign_eof -sess_out " + session, "");
            assertTrue(first.contains("New, TLSv"), first);
            String second = sClient(server, version + " -ign_eof -sess_in " + session, "");
            assertTrue(second.contains("Reused, TLSv"), second);
            assertTrue(second.contains("hello"), second);
        }
    }

    @Test
    void sClientMayNotRenegotiate() throws Exception {
        try (var server = serve(TlsPeers.server(), SHOUTING)) {
            String said = sClient(server, "-tls1_2", "R\nhello\n");
            assertTrue(said.contains("RENEGOTIATING"), said);
            assertFalse(said.contains("HELLO"), said);
        }
    }

    @Test
    void sClientUpdatesKeys() throws Exception {
        try (var server = serve(TlsPeers.server(), SHOUTING)) {
            try (var client =
                    Program.start(
                            "openssl s_client -tls1_3 -connect 127.0.0.1:%d -CAfile %s"
                                    .formatted(port(server), TlsPeers.AUTHORITY.rootFile()))) {
                client.line("SSL handshake has read");
                client.say("before\n");
                client.line("BEFORE");
                client.say("K\n");
                client.line("KEYUPDATE");
                client.say("after\n");
                client.line("AFTER");
            }
        }
    }

    // openssl s_server.

    private static Program sServer(String more) {
        return Program.start(
                "openssl s_server -accept 127.0.0.1:0 -cert %s -key %s %s"
                        .formatted(
                                TlsPeers.LOCALHOST.certificateFile(),
                                TlsPeers.LOCALHOST.keyFile(),
                                more));
    }

    private static int accepting(Program server) throws IOException {
        String line = server.line("ACCEPT 127.0.0.1:");
        return Integer.parseInt(line.substring(line.lastIndexOf(':') + 1).strip());
    }

    @ParameterizedTest
    @CsvSource({"-tls1_3,TLSv1.3", "-tls1_2,TLSv1.2"})
    void aClientTalksToSServerAndResumes(String flag, String version) throws Exception {
        // -rev sends lines back reversed.
        try (var server = sServer(flag + " -rev -alpn x/1,rev/1")) {
            var endpoint = InetEndpoint.of("127.0.0.1", accepting(server));
            var context = TlsContext.of(TlsPeers.client().withApplications("rev/1"));
            long[] created = new long[2];
            for (int i = 0; i < 2; i++) {
                try (var socket = StreamSocket.connect(endpoint);
                        var stream = TlsStream.client(socket, context, "localhost")) {
                    assertEquals(version, stream.details().protocol());
                    assertEquals("rev/1", stream.details().application());
                    stream.write("hello\n");
                    assertEquals("olleh", stream.reader().readLine());
                    created[i] = stream.machine().session().getCreationTime();
                    stream.shutdownOutput();
                    assertEquals(-1, stream.read(new byte[1]));
                }
            }
            assertEquals(created[0], created[1]);
            assertTrue(server.text().contains("Reused") || created[0] == created[1]);
        }
    }

    @Test
    void sServerIsShownOurCertificate() throws Exception {
        String verify = "-tls1_3 -rev -Verify 1 -verify_return_error -CAfile ";
        try (var server = sServer(verify + TlsPeers.AUTHORITY.rootFile())) {
            var endpoint = InetEndpoint.of("127.0.0.1", accepting(server));
            var settings = TlsPeers.client().withIdentities(TlsPeers.identity(TlsPeers.CLIENT));
            try (var socket = StreamSocket.connect(endpoint);
                    var stream = TlsStream.client(socket, settings, "localhost")) {
                stream.write("hello\n");
                assertEquals("olleh", stream.reader().readLine());
            }
            server.line("CN = somebody");
        }
    }

    // curl.

    @ParameterizedTest
    @ValueSource(strings = {"--tlsv1.3", "--tls-max 1.2"})
    void curlFetchesAPage(String version) throws Exception {
        StreamHandler page =
                client -> {
                    while (!String.valueOf(client.reader().readLine()).isEmpty()) {
                        // The request's head.
                    }
                    client.write(
                            "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + "x".repeat(99_999));
                };
        try (var server = serve(TlsPeers.server(), page)) {
            String said =
                    Program.run(
                            "curl -sS %s --cacert %s https://localhost:%d/ -w %%{size_download}"
                                    .formatted(
                                            version, TlsPeers.AUTHORITY.rootFile(), port(server)),
                            "");
            assertTrue(said.endsWith("x99999"), said.substring(Math.max(0, said.length() - 200)));
        }
    }

    // Python.

    private static final String PYTHON_CLIENT =
            """
            import socket, ssl, sys
            context = ssl.create_default_context(cafile=sys.argv[2])
            with socket.create_connection(('127.0.0.1', int(sys.argv[1]))) as plain:
                tls = context.wrap_socket(
                    plain, server_hostname='localhost', suppress_ragged_eofs=False)
                tls.sendall(b'hello\\n')
                print(tls.version(), tls.recv(100).decode().strip())
                tls.sendall(b'x' * 100000 + b'\\n')
                count = 0
                while count < 100001: count += len(tls.recv(65536))
                print('got', count)
                tls.unwrap()
                print('ended')
            """;

    @Test
    void pythonTalksAndEndsBothWays() throws Exception {
        StreamHandler echo =
                client -> {
                    byte[] some = new byte[8_192];
                    for (int count; (count = client.read(some)) >= 0; ) {
                        client.write(some, 0, count);
                    }
                };
        try (var server = serve(TlsPeers.server(), echo)) {
            String root = TlsPeers.AUTHORITY.rootFile().toString();
            String said =
                    Program.run(
                            List.of(
                                    "python3",
                                    "-c",
                                    PYTHON_CLIENT,
                                    String.valueOf(port(server)),
                                    root),
                            "");
            assertEquals("TLSv1.3 hello\ngot 100001\nended\n", said);
        }
    }

    private static final String PYTHON_SERVER =
            """
            import socket, ssl, sys
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(sys.argv[1], sys.argv[2])
            with socket.create_server(('127.0.0.1', 0)) as listener:
                print(listener.getsockname()[1], flush=True)
                plain, _ = listener.accept()
                plain.recv(100)
                plain.sendall(b'go ahead\\n')
                tls = context.wrap_socket(plain, server_side=True, suppress_ragged_eofs=False)
                data = tls.recv(100)
                tls.sendall(data.upper())
                tls.unwrap().close()
            """;

    @Test
    void aClientStartsTlsInMidStreamWithPython() throws Exception {
        try (var server =
                Program.start(
                        List.of(
                                "python3",
                                "-c",
                                PYTHON_SERVER,
                                TlsPeers.LOCALHOST.certificateFile().toString(),
                                TlsPeers.LOCALHOST.keyFile().toString()))) {
            int port = Integer.parseInt(server.line("").strip());
            try (var socket = StreamSocket.connect(InetEndpoint.of("127.0.0.1", port))) {
                socket.write("STARTTLS\n");
                assertEquals("go ahead", socket.reader().readLine());
                try (var stream = TlsStream.client(socket, TlsPeers.client(), "localhost")) {
                    stream.write("inside\n");
                    assertEquals("INSIDE", stream.reader().readLine());
                    assertEquals(-1, stream.read(new byte[1]));
                }
            }
        }
    }

    // A scanner.

    @Test
    void aScannerFindsNothingOldOrWeak() throws Exception {
        try (var server = serve(TlsPeers.server(), SHOUTING)) {
            String found =
                    Program.run("sslscan --no-colour --timeout=5 127.0.0.1:" + port(server), "");
            for (String old : List.of("SSLv2", "SSLv3", "TLSv1.0", "TLSv1.1")) {
                assertTrue(found.matches("(?s).*\n" + old + " +disabled\n.*"), found);
            }
            for (String now : List.of("TLSv1.2", "TLSv1.3")) {
                assertTrue(found.matches("(?s).*\n" + now + " +enabled\n.*"), found);
            }
            assertFalse(found.matches("(?s).*Accepted.*(RC4|3DES|NULL|EXP|anon).*"), found);
            assertFalse(found.contains("Insecure session renegotiation"), found);
        }
    }

    // What a server does.

    @Test
    void aClientThatNeverShakesHandsIsDroppedAndOthersAreServed() throws Exception {
        var recorder = new Peers.Recorder();
        var limits = ServerSettings.DEFAULT.limits();
        var settings =
                ServerSettings.DEFAULT
                        .withObserver(recorder)
                        .withLimits(limits.withHandshake(Duration.ofMillis(300)))
                        .withLayers(TlsLayer.of(TlsContext.of(TlsPeers.server())));
        try (var server = Server.stream(InetEndpoint.of("127.0.0.1", 0), settings, SHOUTING);
                var silent = StreamSocket.connect(server.local());
                var slow = StreamSocket.connect(server.local())) {
            slow.write(new byte[] {22, 3, 1});
            try (var socket = StreamSocket.connect(server.local());
                    var client = TlsStream.client(socket, TlsPeers.client(), "localhost")) {
                client.write("hello\n");
                assertEquals("HELLO", client.reader().readLine());
                silent.readDeadline(Deadline.after(Duration.ofSeconds(30)));
                assertEquals(-1, silent.read(new byte[1]));
                assertEquals(-1, slow.read(new byte[1]));
                client.write("still\n");
                assertEquals("STILL", client.reader().readLine());
            }
        }
    }

    @Test
    void theEndOfAServerIsNoTruncation() throws Exception {
        var failed = new Peers.Recorder();
        var settings =
                ServerSettings.DEFAULT
                        .withObserver(failed)
                        .withLayers(TlsLayer.of(TlsContext.of(TlsPeers.server())));
        try (var server = Server.stream(InetEndpoint.of("127.0.0.1", 0), settings, SHOUTING);
                var socket = StreamSocket.connect(server.local())) {
            var client = TlsStream.client(socket, TlsPeers.client(), "localhost");
            client.write("hello\n");
            assertEquals("HELLO", client.reader().readLine());
            var stopping = Task.call(() -> server.stop(Duration.ofSeconds(20)));
            assertEquals("BYE", client.reader().readLine());
            assertEquals(-1, client.read(new byte[1]));
            client.close();
            assertEquals(0, stopping.join().cutOff());
            assertEquals(List.of(), List.copyOf(failed.failed));
        }
    }

    @Test
    void handshakesLeaveNothingBehind() throws Exception {
        try (var server = serve(TlsPeers.server(), SHOUTING)) {
            var context = TlsContext.of(TlsPeers.client());
            long before = 0;
            for (int i = 0; i < 1_000; i++) {
                if (i == 100) {
                    Task.until("closed", () -> server.connections().isEmpty());
                    before = Peers.descriptors();
                }
                try (var socket = StreamSocket.connect(server.local())) {
                    TlsMachine machine = context.client("localhost", i);
                    if (i % 3 == 0) {
                        socket.write("garbage");
                    } else if (i % 3 == 1) {
                        var stream = TlsStream.over(socket, machine, Deadline.NONE);
                        stream.write("x\n");
                        stream.reader().readLine();
                    }
                }
            }
            Task.until("closed", () -> server.connections().isEmpty());
            assertTrue(Peers.descriptors() <= before + 2);
        }
    }
}
