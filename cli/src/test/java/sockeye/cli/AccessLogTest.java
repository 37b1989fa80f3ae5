// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import sockeye.EndpointSpec;
import sockeye.InetEndpoint;
import sockeye.SocketTraffic;
import sockeye.StreamSocket;
import sockeye.server.TlsStream;
import sockeye.testkit.TestAuthority;
import sockeye.wire.TlsSettings;
import sockeye.wire.TlsTrust;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;

/** {@code serve --access-log}, and what becomes of its file. */
@Timeout(60)
@Tag("H12")
class AccessLogTest {
    @TempDir private Path directory;

    private Path log() {
        return directory.resolve("access.log");
    }

    private static String logTo(Path file) {
        return "--access-log=" + file;
    }

    /** Comes, is answered, and goes. */
    private static void visit(String endpoint) throws IOException {
        try (var client = StreamSocket.connect(EndpointSpec.parse(endpoint))) {
            client.write("hello\n");
            assertTrue(client.reader().readLine().endsWith("] hello"));
        }
    }

    /** Waits until there are so many lines. */
    private static List<String> lines(Path file, int count) throws IOException {
        while (true) {
            if (Files.exists(file)) {
                List<String> lines = Files.readAllLines(file);
                if (lines.size() >= count) {
                    return lines;
                }
            }
            Thread.onSpinWait();
        }
    }

    @ParameterizedTest
    @EnumSource
    void eachConnectionHasALineWhenItIsOver(EngineUnderTest engine) throws Exception {
        try (var serving = engine.on(1, logTo(log()), "tcp:127.0.0.1:0")) {
            visit(serving.endpoint());
            visit(serving.endpoint());
            serving.stop();
        }
        List<String> lines = Files.readAllLines(log());
        assertEquals(2, lines.size());
        for (int i = 0; i < 2; i++) {
            assertTrue(lines.get(i).contains(" connection=" + (i + 1) + " "), lines.get(i));
            assertTrue(
                    lines.get(i)
                            .matches(
                                    "time=\\S+Z connection=\\d+ peer=127.0.0.1:\\d+"
                                            + " local=127.0.0.1:\\d+ took=\\d+\\.\\d{6}"
                                            + " received=6 sent=\\d+ messages=1"
                                            + " outcome=finished"),
                    lines.get(i));
        }
    }

    @ParameterizedTest
    @EnumSource
    void whoIsTurnedAwayHasALineWithTheReason(EngineUnderTest engine) throws Exception {
        try (var serving =
                engine.on(
                        1,
                        logTo(log()),
                        "--access-format=json-lines",
                        "--max-per-peer=1",
                        "tcp:127.0.0.1:0")) {
            var at = EndpointSpec.parse(serving.endpoint());
            try (var first = StreamSocket.connect(at)) {
                first.write("x\n");
                assertTrue(first.reader().readLine().endsWith("] x"));
                try (var second = StreamSocket.connect(at)) {
                    String line = lines(log(), 1).getFirst();
                    assertTrue(line.startsWith("{\"time\":\""), line);
                    assertTrue(line.contains("\"peer\":\"" + second.local() + "\","), line);
                    assertTrue(line.contains("\"local\":\"" + second.peer() + "\","), line);
                    String end = "\"reason\":\"too many connections of one peer\"}";
                    assertTrue(line.endsWith("\"outcome\":\"rejected\"," + end), line);
                    assertFalse(line.contains("connection\":"), line);
                }
            }
            serving.stop();
        }
        assertEquals(2, Files.readAllLines(log()).size());
    }

    @ParameterizedTest
    @EnumSource
    void aProxysClientThatIsTurnedAwayHasOneLineToo(EngineUnderTest engine) throws Exception {
        String header = "PROXY TCP4 192.0.2.33 198.51.100.1 56324 443\r\n";
        try (var serving =
                engine.on(
                        1,
                        logTo(log()),
                        "proxy+tcp:127.0.0.1:0?trust=127.0.0.1&deny=192.0.2.0/24")) {
            String at = serving.endpoint().substring("proxy+".length());
            try (var client = StreamSocket.connect(EndpointSpec.parse(at))) {
                client.write(header);
                assertEquals(-1, client.read(new byte[1]));
            }
            serving.stop();
        }
        List<String> lines = Files.readAllLines(log());
        assertEquals(1, lines.size(), lines::toString);
        String line = lines.getFirst();
        assertTrue(line.contains(" peer=192.0.2.33:56324 carrier=127.0.0.1:"), line);
        assertTrue(line.contains(" outcome=rejected "), line);
    }

    @ParameterizedTest
    @EnumSource
    void theLinesMayGoAmongTheOthers(EngineUnderTest engine) throws Exception {
        try (var serving = engine.on(1, "--access-log", "-", "--quiet", "tcp:127.0.0.1:0")) {
            visit(serving.endpoint());
            assertTrue(serving.line("connection=1 ").endsWith(" outcome=finished"));
        }
    }

    @ParameterizedTest
    @EnumSource
    void bytesAreThoseOfTheSocketAndWhatSecuresItIsSaid(EngineUnderTest engine) throws Exception {
        var authority = new TestAuthority(directory, "authority");
        var localhost = authority.issue("DNS:localhost");
        var settings = TlsSettings.DEFAULT.withTrust(TlsTrust.of(authority.root()));
        String spec =
                "tls+tcp:127.0.0.1:0?cert=%s&key=%s"
                        .formatted(localhost.certificateFile(), localhost.keyFile());
        try (var serving = engine.on(1, logTo(log()), "--service=echo", spec)) {
            var at = InetEndpoint.of("127.0.0.1", serving.port());
            SocketTraffic traffic;
            try (var below = StreamSocket.connect(at);
                    var client = TlsStream.client(below, settings, "localhost")) {
                client.write("hello\n");
                assertEquals("hello", client.reader().readLine());
                client.shutdownOutput();
                assertNull(client.reader().readLine());
                traffic = SocketTraffic.of(below.socket());
            }
            String line = lines(log(), 1).getFirst();
            assertTrue(line.contains(" protocol=TLSv1.3 "), line);
            assertTrue(line.contains(" received=" + traffic.sent() + " "), line);
            assertTrue(line.contains(" sent=" + traffic.received() + " "), line);
            assertTrue(line.endsWith(" outcome=finished"), line);
            serving.stop();
        }
    }

    // Its file.

    private String rotate(Path configuration) throws Exception {
        try (var rotating =
                Foreign.start(
                        "/usr/sbin/logrotate",
                        "--force",
                        "--state",
                        directory.resolve("state").toString(),
                        configuration.toString())) {
            return rotating.answer();
        }
    }

    @ParameterizedTest
    @CsvSource({"nocreate", "create", "copytruncate"})
    void logrotateNeedsToTellNobody(String how) throws Exception {
        Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
        Path configuration = directory.resolve("logrotate.conf");
        Files.writeString(configuration, log() + " {\n rotate 5\n " + how + "\n}\n");
        Files.setPosixFilePermissions(configuration, PosixFilePermissions.fromString("rw-------"));
        Path socket = directory.resolve("s");
        try (var server = Spawned.start("serve", "-q", logTo(log()), "unix:" + socket)) {
            server.line("waiting");
            for (int i = 1; i <= 3; i++) {
                visit("unix:" + socket);
                List<String> lines = lines(log(), 1);
                assertEquals(1, lines.size());
                assertTrue(lines.getFirst().contains(" connection=" + i + " "), lines::toString);
                rotate(configuration);
            }
            visit("unix:" + socket);
            server.signal("TERM");
            assertTrue(server.rest().endsWith("exit 0"));
        }
        assertTrue(lines(log(), 1).getFirst().contains(" connection=4 "));
        for (int i = 1; i <= 3; i++) {
            List<String> old = Files.readAllLines(directory.resolve("access.log." + i));
            assertEquals(1, old.size());
            assertTrue(old.getFirst().contains(" connection=" + (4 - i) + " "), old::toString);
        }
    }

    @Test
    void aFileThatCannotBeWrittenHarmsNobodyAndIsSaidOnce() throws Exception {
        Path place = Files.createDirectory(directory.resolve("place"));
        Path file = place.resolve("log");
        try (var serving = Serving.on(1, "-q", logTo(file), "tcp:127.0.0.1:0")) {
            Files.delete(file);
            Files.delete(place);
            visit(serving.endpoint());
            assertEquals(
                    "the access log loses lines: no such file: " + file,
                    serving.line("access log"));
            Files.createDirectory(place);
            visit(serving.endpoint());
            assertEquals("the access log has lost 1 line", serving.line("access log"));
            assertEquals(1, lines(file, 1).size());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "1 | --access-log=/none/log | the access log: no such file: /none/log",
                "1 | --access-log=/ | the access log: /: Is a directory",
                "2 | --access-format=json-lines | is for --access-log FILE",
                "2 | --access-format=xml | key-value, json-lines"
            })
    void whatCannotBeLoggedToIsToldBeforeAnybodyIsServed(int code, String option, String why) {
        var result = Result.of("serve", option, "tcp:127.0.0.1:0");
        assertEquals(code, result.code(), result.err());
        assertTrue(result.err().contains(why), result.err());
        assertEquals("", result.out());
    }
}
