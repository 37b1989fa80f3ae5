// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

@Timeout(60)
class ConnectTest {
    /** The tutorial's server, which answers what one receive brings. */
    private static final String TUTORIAL_SERVER =
            """
            import socket, time
            tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            tcp.bind(('127.0.0.1', 0))
            tcp.listen(5)
            print(tcp.getsockname()[1])
            client, address = tcp.accept()
            while True:
                data = client.recv(1024)
                if not data: break
                client.send(b'[%s] %s' % (time.ctime().encode(), data))
            client.close()
            """;

    /** Answers all datagrams but every Nth. */
    private static final String LOSSY =
            """
            import socket, sys
            udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            udp.bind(('127.0.0.1', 0))
            print(udp.getsockname()[1])
            count = 0
            while True:
                data, peer = udp.recvfrom(1000)
                count += 1
                if count % int(sys.argv[1]): udp.sendto(data, peer)
            """;

    private static final String STAMPED = "\\[[^]]*\\] ";

    @TempDir private Path directory;

    private static String numbers(int count) {
        return IntStream.rangeClosed(1, count)
                .mapToObj(i -> i + "\n")
                .collect(Collectors.joining());
    }

    @Test
    void threeLinesGetThreeAnswers() throws Exception {
        try (var serving = Serving.on(1, "tcp:0")) {
            var result = Result.fed("1\n2\n3\n", "connect", "tcp:localhost:" + serving.port());
            assertEquals(0, result.code());
            assertEquals("", result.err());
            assertTrue(
                    result.out().matches("%1$s1\n%1$s2\n%1$s3\n".formatted(STAMPED)), result.out());
            assertTrue(serving.line("left").endsWith("3 messages"));
        }
    }

    @Test
    void moreIsSentThanAnyQueueHoldsAndComesBackByteForByte() throws Exception {
        byte[] input = new byte[20 << 20];
        new Random(1).nextBytes(input);
        try (var serving = Serving.on(1, "--service=echo", "tcp:127.0.0.1:0")) {
            var result = Result.fed(input, "connect", serving.endpoint());
            assertEquals("", result.err());
            assertArrayEquals(input, result.bytes());
        }
    }

    @Test
    void emptyLinesAndALastOneWithoutAnEndAreSentAsTheyAre() throws Exception {
        try (var serving = Serving.on(1, "--time=epoch", "tcp:127.0.0.1:0")) {
            var result = Result.fed("\n\nx", "connect", serving.endpoint());
            assertTrue(result.out().matches("%1$s\n%1$s\n%1$sx".formatted(STAMPED)), result.out());
        }
    }

    @Test
    void linesAreSentAsTheyComeNotOnlyAtTheEnd() throws Exception {
        try (var serving = Serving.on(1, "tcp:127.0.0.1:0");
                var client = Spawned.start("connect", serving.endpoint())) {
            client.write("one\n");
            assertTrue(client.line("one").startsWith("["));
            client.write("two\n");
            assertTrue(client.line("two").startsWith("["));
        }
    }

    @Test
    void theTutorialsServerAnswersIt() throws Exception {
        try (var server = Foreign.python(TUTORIAL_SERVER)) {
            var result = Result.fed("hello", "connect", "tcp:127.0.0.1:" + server.line());
            assertEquals("", result.err());
            assertTrue(result.out().matches(STAMPED + "hello"), result.out());
        }
    }

    @Test
    void aServerThatGoesAwayIsToldAndEndsWithOne() throws Exception {
        String script =
                """
                import socket
                tcp = socket.create_server(('127.0.0.1', 0))
                print(tcp.getsockname()[1])
                client, _ = tcp.accept()
                client.recv(100)
                client.send(b'bye\\n')
                """;
        try (var server = Foreign.python(script);
                var never = new PipedInputStream();
                var input = new PipedOutputStream(never)) {
            input.write("hello\n".getBytes(StandardCharsets.UTF_8));
            String where = "tcp:127.0.0.1:" + server.line();
            var result = Result.fed(never, "connect", where);
            assertEquals("bye\n", result.out());
            assertEquals(1, result.code());
            assertEquals(
                    "sockeye: " + where + " closed the connection before the input ended\n",
                    result.err());
        }
    }

    @Test
    void aServerThatIsSilentIsGivenUpOnlyIfThatIsAskedFor() throws Exception {
        String script =
                """
                import socket, sys
                tcp = socket.create_server(('127.0.0.1', 0))
                print(tcp.getsockname()[1])
                client, _ = tcp.accept()
                sys.stdin.read()
                """;
        try (var server = Foreign.python(script)) {
            String where = "tcp:127.0.0.1:" + server.line();
            var result = Result.fed("x\n", "connect", "--timeout=100ms", where);
            assertEquals(1, result.code());
            assertTrue(result.err().contains("recv " + where), result.err());
            assertTrue(result.err().contains("timed out"), result.err());
        }
    }

    @Test
    void eachLineIsADatagramAndNoneIsLostOnTheWay() throws Exception {
        try (var serving =
                Serving.on(2, "udp:127.0.0.1:0", "unix-dgram:" + directory.resolve("d"))) {
            for (int i = 0; i < 2; i++) {
                var result = Result.fed(numbers(5_000), "connect", serving.endpoint(i));
                assertEquals("", result.err());
                assertEquals(0, result.code());
                assertEquals(5_000, result.lines().size());
                assertTrue(result.lines().getLast().matches(STAMPED + "5000"));
            }
        }
    }

    @Test
    void datagramsWithoutAnAnswerAreCountedAndEndWithOne() throws Exception {
        try (var server = Foreign.python(LOSSY, 3)) {
            String where = "udp:127.0.0.1:" + server.line();
            var result = Result.fed(numbers(9), "connect", "--timeout=300ms", where);
            assertEquals("1\n2\n4\n5\n7\n8\n", result.out());
            assertEquals(
                    "sockeye: " + where + ": 3 of 9 messages were not answered within 300 ms\n",
                    result.err());
            assertEquals(1, result.code());
        }
    }

    @Test
    void whoWantsNoAnswersMissesNone() throws Exception {
        try (var server = Foreign.python(LOSSY, 1)) {
            var result =
                    Result.fed(numbers(9), "connect", "-t", "0s", "udp:127.0.0.1:" + server.line());
            assertEquals("", result.err());
            assertEquals(0, result.code());
        }
    }

    @Test
    void aPortWithoutAServerIsToldOverUdpToo() throws Exception {
        String free;
        try (var serving = Serving.on(1, "udp:127.0.0.1:0")) {
            free = serving.endpoint();
        }
        var result = Result.fed("x\n", "connect", free);
        assertEquals(1, result.code());
        assertTrue(result.err().contains(free + " from "), result.err());
        assertTrue(result.err().contains("ECONNREFUSED"), result.err());
    }

    @Test
    void recordsKeepTheirBoundsBothWays() throws Exception {
        try (var serving = Serving.on(1, "unix-seqpacket:" + directory.resolve("s"))) {
            var result = Result.fed("one\n\ntwo\n", "connect", serving.endpoint());
            assertEquals("", result.err());
            assertTrue(
                    result.out().matches("%1$sone\n%1$s\n%1$stwo\n".formatted(STAMPED)),
                    result.out());
            assertTrue(serving.line("left").endsWith("3 messages"));
        }
    }

    @Test
    void theAddressToSendFromCanBeChosen() throws Exception {
        Path own = directory.resolve("own");
        try (var serving =
                Serving.on(2, "tcp:127.0.0.1:0", "unix-seqpacket:" + directory.resolve("s"))) {
            Result.fed("x\n", "connect", serving.endpoint(0) + "?bind=127.9.9.9");
            serving.line("connected from: 127.9.9.9:");
            Result.fed("x\n", "connect", serving.endpoint(1) + "?bind=" + own);
            serving.line("connected from: " + own);
            assertTrue(Files.notExists(own));
        }
    }

    @Test
    void anOutputThatIsClosedEndsItWithOne() throws Exception {
        var closed =
                new OutputStream() {
                    @Override
                    public void write(int b) throws IOException {
                        throw new IOException("Broken pipe");
                    }
                };
        var err = new ByteArrayOutputStream();
        try (var serving = Serving.on(1, "tcp:127.0.0.1:0")) {
            InputStream input = new ByteArrayInputStream(new byte[] {'x', '\n'});
            int code = Main.run(new Stdio(input, closed, err), "connect", serving.endpoint());
            assertEquals(1, code);
            assertEquals(
                    "sockeye: standard output: Broken pipe\n",
                    err.toString(StandardCharsets.UTF_8));
        }
    }
}
