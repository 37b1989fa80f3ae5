// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.Listener;
import sockeye.StreamSocket;
import sockeye.UnixEndpoint;
import sockeye.testkit.Daemon;
import sockeye.wire.ProxyHeader;
import sockeye.wire.ProxyTlv;

import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** The PROXY protocol with haproxy, nginx and curl, as who says and as who is told. */
@Tag("D4-15")
@Timeout(60)
@SuppressWarnings("AddressSelection") // literal addresses
class ProxyForeignTest {
    private static final ProxyLayer LOOPBACK = ProxyLayer.trusting("127.0.0.1", "::1");

    @TempDir Path directory;
    private final BlockingQueue<ProxyHeader> headers = new LinkedBlockingQueue<>();

    /** Keeps the header, says who the client is, and echoes. */
    private final StreamHandler who =
            client -> {
                headers.add(client.unwrap(ProxyHeader.class).orElseThrow());
                client.write(client.peer() + " " + client.local() + "\n");
                byte[] bytes = new byte[1_024];
                for (int count; (count = client.read(bytes)) > 0; ) {
                    client.write(bytes, 0, count);
                }
            };

    private Server server(Endpoint local) throws IOException {
        return Server.stream(local, ServerSettings.DEFAULT.withLayers(LOOPBACK), who);
    }

    private static InetEndpoint inet(Server server) {
        return (InetEndpoint) server.local();
    }

    /** haproxy, which listens at one end and connects to the other. */
    private Daemon haproxy(Listener<StreamSocket> front, String bind, String server, String more)
            throws IOException {
        Path file = directory.resolve("haproxy.cfg");
        Files.writeString(
                file,
                """
                global
                    maxconn 100
                defaults
                    mode tcp
                    timeout connect 10s
                    timeout client 30s
                    timeout server 30s
                    %s
                listen relay
                    bind fd@3 %s
                    server one %s
                """
                        .formatted(more, bind, server));
        return Daemon.start(front, "haproxy", "-db", "-q", "-f", file.toString());
    }

    private static Listener<StreamSocket> front(String address) throws IOException {
        return Listener.stream(InetEndpoint.of(address, 0));
    }

    @ParameterizedTest
    @CsvSource({
        "127.0.0.1, send-proxy, 1",
        "127.0.0.1, send-proxy-v2, 2",
        "::1, send-proxy, 1",
        "::1, send-proxy-v2, 2",
    })
    void haproxySaysWhoTheClientIs(String address, String option, int version) throws Exception {
        try (var server = server(Peers.tcp());
                var front = front(address);
                var haproxy = haproxy(front, "", server.local() + " " + option, "");
                var client = StreamSocket.connect(front.local())) {
            client.write("hello\n");
            assertEquals(client.local() + " " + front.local(), client.reader().readLine());
            assertEquals("hello", client.reader().readLine());
            ProxyHeader header = headers.take();
            assertEquals(version, header.version());
            assertEquals(client.local(), header.source());
            assertEquals(List.of(), header.tlvs());
            assertTrue(haproxy.isAlive());
        }
    }

    @Test
    void haproxysChecksumAndUniqueIdAreRead() throws Exception {
        String options = " send-proxy-v2 proxy-v2-options crc32c,unique-id";
        try (var server = server(Peers.tcp());
                var front = front("127.0.0.1");
                var haproxy =
                        haproxy(front, "", server.local() + options, "unique-id-format id-of-%cp");
                var client = StreamSocket.connect(front.local())) {
            assertEquals(client.local() + " " + front.local(), client.reader().readLine());
            ProxyHeader header = headers.take();
            int port = ((InetEndpoint) client.local()).port();
            assertEquals("id-of-" + port, header.tlv(ProxyTlv.UniqueId.class).orElseThrow().text());
            assertTrue(header.tlv(ProxyTlv.Crc32c.class).isPresent());
            assertTrue(haproxy.isAlive());
        }
    }

    /** A certificate of its own for haproxy, and a context that believes it. */
    private SSLContext certificate(Path pem) throws Exception {
        Path key = directory.resolve("key.pem");
        Path certificate = directory.resolve("certificate.pem");
        Daemon.run(
                "openssl",
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=front",
                "-addext",
                "subjectAltName=DNS:www.example.org",
                "-keyout",
                key.toString(),
                "-out",
                certificate.toString());
        Files.writeString(pem, Files.readString(certificate) + Files.readString(key));
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        try (var in = Files.newInputStream(certificate)) {
            trusted.setCertificateEntry(
                    "front", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        var managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return context;
    }

    @Test
    void haproxyTellsOfTheClientsTls() throws Exception {
        Path pem = directory.resolve("front.pem");
        SSLContext tls = certificate(pem);
        String options =
                " send-proxy-v2 proxy-v2-options"
                        + " ssl,cert-cn,ssl-cipher,cert-sig,cert-key,authority,crc32c";
        try (var server = server(Peers.tcp());
                var front = front("127.0.0.1");
                var haproxy =
                        haproxy(
                                front,
                                "ssl crt " + pem + " alpn h2,http/1.1",
                                server.local() + options,
                                "");
                Socket plain = new Socket("127.0.0.1", ((InetEndpoint) front.local()).port());
                var client =
                        (SSLSocket)
                                tls.getSocketFactory()
                                        .createSocket(plain, "www.example.org", 443, true)) {
            var parameters = client.getSSLParameters();
            parameters.setApplicationProtocols(new String[] {"h2"});
            client.setSSLParameters(parameters);
            client.startHandshake();
            assertTrue(haproxy.isAlive());
            ProxyHeader header = headers.take();
            assertEquals(plain.getLocalPort(), ((InetEndpoint) header.source()).port());
            assertEquals(
                    "www.example.org", header.tlv(ProxyTlv.Authority.class).orElseThrow().name());
            assertEquals("h2", header.tlv(ProxyTlv.Alpn.class).orElseThrow().protocol());
            ProxyTlv.Ssl ssl = header.tlv(ProxyTlv.Ssl.class).orElseThrow();
            assertTrue(ssl.isTls());
            assertFalse(ssl.isClientVerified(), "no certificate was shown: " + ssl);
            assertEquals("TLSv1.3", ssl.version().orElseThrow());
            assertEquals("RSA2048", ssl.keyAlgorithm().orElseThrow());
            assertEquals("RSA-SHA256", ssl.signatureAlgorithm().orElseThrow());
            assertEquals(client.getSession().getCipherSuite(), ssl.cipher().orElseThrow());
        }
    }

    @Test
    void haproxysHealthChecksAreItsOwn() throws Exception {
        try (var server = server(Peers.tcp());
                var front = front("127.0.0.1");
                var haproxy =
                        haproxy(
                                front,
                                "",
                                server.local() + " check inter 50ms check-send-proxy send-proxy-v2",
                                "")) {
            ProxyHeader header = headers.take();
            assertInstanceOf(ProxyHeader.Local.class, header.origin());
            assertNull(header.source());
            assertTrue(haproxy.isAlive());
        }
    }

    @Test
    void haproxyReachesAUnixSocket() throws Exception {
        var path = UnixEndpoint.of(directory.resolve("back"));
        var settings = ServerSettings.DEFAULT.withLayers(ProxyLayer.trustingEverybody());
        try (var server = Server.stream(path, settings, who);
                var front = front("127.0.0.1");
                var haproxy = haproxy(front, "", "unix@" + path + " send-proxy-v2", "");
                var client = StreamSocket.connect(front.local())) {
            assertEquals(client.local() + " " + front.local(), client.reader().readLine());
            assertEquals(path, server.local());
            assertTrue(haproxy.isAlive());
        }
    }

    static List<ProxyHeader> said() {
        var four = InetEndpoint.of("192.0.2.33", 56324);
        var six = InetEndpoint.of("2001:db8::7", 65535);
        return List.of(
                ProxyHeader.v1(four, InetEndpoint.of("198.51.100.1", 443)),
                ProxyHeader.v1(six, InetEndpoint.of("2001:db8::8", 1)),
                ProxyHeader.v2(four, InetEndpoint.of("198.51.100.1", 443)),
                ProxyHeader.v2(six, InetEndpoint.of("2001:db8::8", 1)).withChecksum(),
                ProxyHeader.v2(four, InetEndpoint.of("198.51.100.1", 443))
                        .with(new ProxyTlv.Authority("example.org"), new ProxyTlv.Noop(4))
                        .withChecksum());
    }

    @Test
    void haproxyUnderstandsWhatWeSay() throws Exception {
        try (var server = server(Peers.tcp());
                var front = front("127.0.0.1");
                var haproxy =
                        haproxy(
                                front,
                                "accept-proxy",
                                server.local() + " send-proxy-v2 proxy-v2-options authority",
                                "")) {
            for (ProxyHeader header : said()) {
                try (var client = StreamSocket.connect(front.local())) {
                    client.write(header.encode());
                    client.write("after");
                    assertEquals(
                            header.source() + " " + header.destination(),
                            client.reader().readLine());
                    assertEquals("after", new String(client.reader().readExactly(5), US_ASCII));
                    ProxyHeader passedOn = headers.take();
                    assertEquals(header.origin(), passedOn.origin());
                    assertEquals(
                            header.tlv(ProxyTlv.Authority.class),
                            passedOn.tlv(ProxyTlv.Authority.class));
                }
            }
            assertTrue(haproxy.isAlive());
        }
    }

    @Test
    void haproxyRefusesOurHeaderWithAWrongChecksum() throws Exception {
        byte[] header = said().getLast().encode();
        header[header.length - 1] ^= 1;
        try (var server = server(Peers.tcp());
                var front = front("127.0.0.1");
                var haproxy = haproxy(front, "accept-proxy", server.local() + " send-proxy", "");
                var client = StreamSocket.connect(front.local())) {
            client.write(header);
            int count;
            try {
                count = client.read(new byte[1]);
            } catch (IOException reset) {
                count = -1;
            }
            assertEquals(-1, count);
            assertTrue(headers.isEmpty());
            assertTrue(haproxy.isAlive());
        }
    }

    @Test
    void curlSaysWhoItIs() throws Exception {
        StreamHandler http =
                client -> {
                    client.reader().readUntil("\r\n\r\n".getBytes(US_ASCII));
                    String body = client.peer() + " to " + client.local();
                    client.write(
                            "HTTP/1.0 200 OK\r\nContent-Length: %d\r\n\r\n%s"
                                    .formatted(body.length(), body));
                };
        try (var server =
                Server.stream(Peers.tcp(), ServerSettings.DEFAULT.withLayers(LOOPBACK), http)) {
            int port = inet(server).port();
            String said =
                    Daemon.run(
                            "curl",
                            "-sS",
                            "--haproxy-protocol",
                            "--max-time",
                            "20",
                            "http://127.0.0.1:" + port + "/");
            assertTrue(said.matches("127\\.0\\.0\\.1:\\d+ to 127\\.0\\.0\\.1:" + port), said);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 2, 3})
    void nginxUnderstandsWhatWeSay(int which) throws Exception {
        ProxyHeader header = said().get(which);
        Path file = directory.resolve("nginx.conf");
        var path = UnixEndpoint.of(directory.resolve("nginx"));
        Files.writeString(
                file,
                """
                daemon off;
                master_process off;
                pid %1$s/nginx.pid;
                error_log stderr;
                events {}
                http {
                    access_log off;
                    client_body_temp_path %1$s/body;
                    proxy_temp_path %1$s/proxy;
                    fastcgi_temp_path %1$s/fastcgi;
                    uwsgi_temp_path %1$s/uwsgi;
                    scgi_temp_path %1$s/scgi;
                    server {
                        listen unix:%2$s proxy_protocol;
                        location / {
                            return 200 "$proxy_protocol_addr $proxy_protocol_port\\n";
                        }
                    }
                }
                """
                        .formatted(directory, path));
        try (var nginx =
                Daemon.start(
                        null,
                        "nginx",
                        "-e",
                        "stderr",
                        "-p",
                        directory.toString(),
                        "-c",
                        file.toString())) {
            nginx.listensAt(path);
            try (var client = StreamSocket.connect(path)) {
                client.write(header.encode());
                client.write("GET / HTTP/1.0\r\n\r\n");
                String answer = new String(client.reader().readAll(10_000), US_ASCII);
                InetEndpoint source = (InetEndpoint) header.source();
                assertTrue(answer.endsWith(source.address() + " " + source.port() + "\n"), answer);
            }
        }
    }
}
