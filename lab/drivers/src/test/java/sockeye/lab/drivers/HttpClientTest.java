// SPDX-License-Identifier: Apache-2.0
package sockeye.lab.drivers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.classic.methods.HttpPut;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.DefaultHttpClientConnectionOperator;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.ssl.DefaultClientTlsStrategy;
import org.apache.hc.client5.http.ssl.TlsSocketStrategy;
import org.apache.hc.core5.http.ClassicHttpRequest;
import org.apache.hc.core5.http.URIScheme;
import org.apache.hc.core5.http.config.RegistryBuilder;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.pool.PoolConcurrencyPolicy;
import org.apache.hc.core5.pool.PoolReusePolicy;
import org.apache.hc.core5.util.TimeValue;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import sockeye.Deadline;
import sockeye.EndpointSocketFactory;
import sockeye.Listener;
import sockeye.StreamSocket;
import sockeye.UnixEndpoint;
import sockeye.testkit.Task;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;

import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** Apache HttpClient 5 over the Unix sockets of a real nginx, with and without TLS. */
@Tag("H7")
@Timeout(120)
class HttpClientTest {
    @TempDir static Path directory;
    private static Process nginx;

    @BeforeAll
    static void startNginx() throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxrwxrwx"));
        Program.run(
                directory,
                Program.require("openssl"),
                "req",
                "-x509",
                "-newkey",
                "rsa:2048",
                "-nodes",
                "-days",
                "2",
                "-subj",
                "/CN=localhost",
                "-addext",
                "subjectAltName=DNS:localhost",
                "-keyout",
                directory + "/key.pem",
                "-out",
                directory + "/certificate.pem");
        Files.write(directory.resolve("large"), new byte[3 << 20]);
        Files.createDirectory(directory.resolve("put"));
        Files.setPosixFilePermissions(
                directory.resolve("put"), PosixFilePermissions.fromString("rwxrwxrwx"));
        Path file = directory.resolve("nginx.conf");
        Program.write(
                file,
                """
                daemon off;
                pid %1$s/nginx.pid;
                error_log stderr;
                events {}
                http {
                    access_log off;
                    client_max_body_size 10m;
                    client_body_temp_path %1$s/body;
                    proxy_temp_path %1$s/proxy;
                    fastcgi_temp_path %1$s/fastcgi;
                    uwsgi_temp_path %1$s/uwsgi;
                    scgi_temp_path %1$s/scgi;
                    ssl_protocols TLSv1.2 TLSv1.3;
                    ssl_certificate %1$s/certificate.pem;
                    ssl_certificate_key %1$s/key.pem;
                    server {
                        listen unix:%1$s/plain;
                        listen unix:%1$s/secure ssl;
                        root %1$s;
                        location = /who {
                            return 200 "$http_host $connection $connection_requests $ssl_protocol";
                        }
                        location /put/ {
                            dav_methods PUT;
                        }
                    }
                }
                """
                        .formatted(directory));
        nginx =
                Program.start(
                        "nginx", "-e", "stderr", "-p", directory.toString(), "-c", file.toString());
        for (String each : new String[] {"plain", "secure"}) {
            var path = UnixEndpoint.of(directory.resolve(each));
            Task.until(
                    "nginx listens",
                    () -> {
                        assertTrue(nginx.isAlive());
                        try (var probe = StreamSocket.connect(path)) {
                            return probe.isOpen();
                        } catch (IOException notYet) {
                            return false;
                        }
                    });
        }
    }

    @AfterAll
    static void stopNginx() throws Exception {
        if (nginx != null) {
            // Its children end with it only if it is asked.
            Program.run(directory, "kill", "-QUIT", Long.toString(nginx.pid()));
            assertEquals(0, nginx.waitFor());
        }
    }

    /** All that has to be configured is who makes the sockets. */
    private static CloseableHttpClient client(String socket) throws Exception {
        var sockets = new EndpointSocketFactory("unix:" + directory + "/" + socket);
        var tls =
                RegistryBuilder.<TlsSocketStrategy>create()
                        .register(URIScheme.HTTPS.id, new DefaultClientTlsStrategy(trustingNginx()))
                        .build();
        var connections =
                new PoolingHttpClientConnectionManager(
                        new DefaultHttpClientConnectionOperator(
                                proxy -> sockets.createSocket(), null, null, tls),
                        PoolConcurrencyPolicy.STRICT,
                        PoolReusePolicy.LIFO,
                        TimeValue.NEG_ONE_MILLISECOND,
                        null);
        connections.setDefaultConnectionConfig(
                ConnectionConfig.custom()
                        .setConnectTimeout(10, TimeUnit.SECONDS)
                        .setSocketTimeout(20, TimeUnit.SECONDS)
                        .build());
        return HttpClients.custom().setConnectionManager(connections).build();
    }

    private static SSLContext trustingNginx() throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        try (var in = Files.newInputStream(directory.resolve("certificate.pem"))) {
            trusted.setCertificateEntry(
                    "nginx", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        var managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        return context;
    }

    private static String text(CloseableHttpClient client, ClassicHttpRequest request)
            throws IOException {
        return client.execute(request, response -> EntityUtils.toString(response.getEntity()));
    }

    @Test
    void aConnectionIsKeptForManyRequests() throws Exception {
        try (var client = client("plain")) {
            String[] first = text(client, new HttpGet("http://localhost/who")).split(" ");
            String[] second = text(client, new HttpGet("http://localhost/who")).split(" ");
            assertEquals("localhost", first[0]);
            assertEquals(first[1], second[1], "another connection");
            assertEquals("2", second[2]);
        }
    }

    @Test
    void muchGoesBothWays() throws Exception {
        byte[] much = new byte[2 << 20];
        Arrays.fill(much, (byte) 7);
        try (var client = client("plain")) {
            byte[] got =
                    client.execute(
                            new HttpGet("http://localhost/large"),
                            response -> EntityUtils.toByteArray(response.getEntity()));
            assertEquals(3 << 20, got.length);
            var put = new HttpPut("http://localhost/put/file");
            put.setEntity(new ByteArrayEntity(much, null));
            int status =
                    client.execute(
                            put,
                            response -> {
                                EntityUtils.consume(response.getEntity());
                                return response.getCode();
                            });
            assertTrue(status == 201 || status == 405, "status " + status);
        }
    }

    @Test
    void tlsIsLayeredOnTheUnixSocket() throws Exception {
        try (var client = client("secure")) {
            String[] first = text(client, new HttpGet("https://localhost/who")).split(" ");
            String[] second = text(client, new HttpGet("https://localhost/who")).split(" ");
            assertEquals("TLSv1.3", first[3]);
            assertEquals(first[1], second[1], "another connection");
        }
    }

    @Test
    void aSilentServerIsGivenUp() throws Exception {
        var path = UnixEndpoint.of(directory.resolve("silent"));
        try (var silent = Listener.stream(path);
                var client = client("silent")) {
            var request = new HttpGet("http://localhost/");
            request.setConfig(
                    RequestConfig.custom().setResponseTimeout(50, TimeUnit.MILLISECONDS).build());
            assertThrows(SocketTimeoutException.class, () -> text(client, request));
            assertTrue(silent.isOpen());
        }
    }

    @Test
    void anAbortWakesTheRequest() throws Exception {
        var path = UnixEndpoint.of(directory.resolve("deaf"));
        try (var deaf = Listener.stream(path);
                var client = client("deaf")) {
            deaf.deadline(Deadline.after(Duration.ofSeconds(20)));
            var request = new HttpGet("http://localhost/");
            var task = Task.call(() -> text(client, request));
            try (var accepted = deaf.accept()) {
                assertTrue(accepted.reader().readLine().startsWith("GET / "));
                request.cancel();
                task.failure(IOException.class);
            }
        }
    }

    @Test
    void manyRequestsAtOnce() throws Exception {
        try (var client = client("plain")) {
            var tasks = new ArrayList<Task<Integer>>();
            for (int i = 0; i < 10; i++) {
                tasks.add(
                        Task.call(() -> {
                            int ok = 0;
                            for (int n = 0; n < 20; n++) {
                                var get = new HttpGet("http://localhost/who");
                                ok += text(client, get).startsWith("localhost ") ? 1 : 0;
                            }
                            return ok;
                        }));
            }
            for (var task : tasks) {
                assertEquals(20, task.join());
            }
        }
    }
}
