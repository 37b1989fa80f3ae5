// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.Deadline;
import sockeye.EndpointSpec;
import sockeye.StreamSocket;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.regex.Pattern;

@ParameterizedClass
@EnumSource(names = {"THREADS", "REACTOR"})
@Timeout(60)
class ServeTest {
    private static final String STAMP =
            "\\[[A-Z][a-z]{2} [A-Z][a-z]{2} [ 0-9]\\d \\d\\d:\\d\\d:\\d\\d \\d{4}\\] ";

    @Parameter EngineUnderTest engine;

    @TempDir private Path directory;

    private static StreamSocket connect(Serving serving) throws IOException {
        return StreamSocket.connect(EndpointSpec.parse(serving.endpoint()), Deadline.NONE);
    }

    /** Sends, ends, and returns all that comes. */
    private static String answer(Serving serving, String sent) throws IOException {
        try (var socket = connect(serving)) {
            socket.write(sent.getBytes(StandardCharsets.ISO_8859_1));
            socket.shutdownOutput();
            return rest(socket);
        }
    }

    private static String rest(StreamSocket socket) throws IOException {
        var all = new ByteArrayOutputStream();
        var bytes = new byte[4_096];
        for (int count; (count = socket.read(bytes)) >= 0; ) {
            all.write(bytes, 0, count);
        }
        return all.toString(StandardCharsets.ISO_8859_1);
    }

    private static void assertMatches(String pattern, String text) {
        assertTrue(Pattern.compile(pattern, Pattern.DOTALL).matcher(text).matches(), text);
    }

    // What it prints.

    @Test
    void itSaysWhereItWaitsWhoComesAndHowLongAndWithHowManyMessagesTheyStayed() throws Exception {
        try (var serving = engine.on(1, "tcp:127.0.0.1:0")) {
            assertMatches("tcp:127\\.0\\.0\\.1:[1-9]\\d*", serving.endpoint());
            try (var socket = connect(serving)) {
                assertEquals("... connected from: " + socket.local(), serving.line());
                socket.write("1\n2\n");
                socket.reader().readLine();
                socket.shutdownOutput();
                rest(socket);
                assertMatches(
                        "\\.\\.\\. %s left after [\\d.]+ m?s, 2 messages"
                                .formatted(Pattern.quote(String.valueOf(socket.local()))),
                        serving.line());
            }
        }
    }

    @Test
    void aBarePortIsAllAddressesOfBothFamilies() throws Exception {
        try (var serving = engine.on(1, "tcp:0")) {
            assertMatches("tcp:\\[::\\]:\\d+", serving.endpoint());
            for (String host : new String[] {"127.0.0.1", "[::1]", "localhost"}) {
                var result = Result.fed("x\n", "connect", "tcp:" + host + ":" + serving.port());
                assertMatches(STAMP + "x\n", result.out());
            }
            assertMatches(".* from: 127\\.0\\.0\\.1:\\d+", serving.line());
        }
    }

    @Test
    void itServesOnSeveralEndpointsAndSaysOnWhichOneSomebodyCame() throws Exception {
        String path = directory.resolve("x").toString();
        try (var serving = engine.on(3, "tcp:127.0.0.1:0", "udp:127.0.0.1:0", "unix:" + path)) {
            for (int i = 0; i < 3; i++) {
                var result = Result.fed("x\n", "connect", serving.endpoint(i));
                assertMatches(STAMP + "x\n", result.out());
            }
            assertTrue(serving.line("from: 127").endsWith(" on " + serving.endpoint(0)));
            assertTrue(serving.line("from: (unnamed) #1").endsWith(" on unix:" + path));
        }
    }

    @Test
    void quietSaysOnlyWhereItServes() throws Exception {
        try (var serving = engine.on(1, "--quiet", "tcp:127.0.0.1:0")) {
            answer(serving, "x\n");
            serving.stop();
            assertEquals("stopping", serving.line());
        }
    }

    @Test
    void aBacklogThatTheKernelCapsIsSaid() throws Exception {
        String most = Files.readAllLines(Path.of("/proc/sys/net/core/somaxconn")).getFirst();
        String capped = "the kernel caps the backlog of 1000000000 at net.core.somaxconn, " + most;
        for (String[] args :
                new String[][] {
                    {"--backlog=1000000000", "tcp:127.0.0.1:0"},
                    {"tcp:127.0.0.1:0?backlog=1000000000"}
                }) {
            var parsed = Commands.sockeye().parseArgs(prepend("serve", args)).subcommand();
            var out = new ByteArrayOutputStream();
            Commands.serve(parsed).run(new Stdio(System.in, out, out), () -> {});
            assertEquals(capped, out.toString(StandardCharsets.UTF_8).lines().findFirst().get());
        }
    }

    private static String[] prepend(String first, String... more) {
        var all = new String[more.length + 1];
        all[0] = first;
        System.arraycopy(more, 0, all, 1, more.length);
        return all;
    }

    @Test
    void anEndpointThatIsTakenEndsItAndClosesTheOthers() throws Exception {
        try (var serving = engine.on(1, "tcp:127.0.0.1:0")) {
            String path = directory.resolve("first").toString();
            var result = Result.of("serve", "unix:" + path, serving.endpoint());
            assertEquals(1, result.code());
            assertEquals(
                    "sockeye: bind %s: EADDRINUSE (98) Address already in use\n"
                            .formatted(serving.endpoint()),
                    result.err());
            assertEquals(1, Result.fed("x", "connect", "unix:" + path).code());
        }
    }

    // The time.

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "ctime       | \\[\\w{3} \\w{3} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d \\d{4}\\]",
                "iso         | \\[\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d{3}\\+05:30\\]",
                "epoch       | \\[\\d{10}\\]",
                "epoch-nanos | \\[\\d{19}\\]"
            })
    void theTimeIsWrittenAsAsked(String format, String stamp) throws Exception {
        try (var serving =
                engine.on(1, "--time", format, "--zone=Asia/Kolkata", "tcp:127.0.0.1:0")) {
            assertMatches(stamp + " x\n", answer(serving, "x\n"));
        }
    }

    @Test
    void cAndWeWriteTheSameTime() throws Exception {
        try (var serving = engine.on(1, "tcp:127.0.0.1:0")) {
            String said = answer(serving, "x\n");
            String ours = said.substring(1, said.indexOf(']'));
            String script =
                    "import sys,time; print(time.ctime(time.mktime(time.strptime(sys.argv[1]))))";
            try (var python = Foreign.python(script, ours)) {
                assertEquals(ours, python.line());
            }
        }
    }

    // What a message is.

    @Test
    void bytesPassThroughWhateverTheirEncoding() throws Exception {
        var all = new StringBuilder();
        for (char c = 0; c < 256; c++) {
            all.append(c == '\n' ? "" : c);
        }
        try (var serving = engine.on(1, "tcp:127.0.0.1:0")) {
            String said = answer(serving, all + "\n");
            assertEquals(all + "\n", said.substring(said.indexOf(']') + 2));
        }
    }

    @Test
    void linesAreAnsweredWithTheEndTheyHaveAndTwoInOnePacketOneByOne() throws Exception {
        try (var serving = engine.on(1, "tcp:127.0.0.1:0")) {
            String said = answer(serving, "a\nb\r\n\n\r\nlast");
            String all = "%1$sa\n%1$sb\r\n%1$s\n%1$s\r\n%1$slast".formatted(STAMP);
            assertMatches(all, said);
        }
    }

    @Test
    void theTutorialsClientSendsWithoutALineEndAndGetsItsAnswer() throws Exception {
        String script =
                """
                import socket, sys
                tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
                tcp.connect(('localhost', int(sys.argv[1])))
                for data in ('hello', 'again'):
                    tcp.send(data.encode('utf-8'))
                    print(tcp.recv(1024).decode('utf-8'))
                tcp.close()
                """;
        try (var serving = engine.on(1, "tcp:0");
                var client = Foreign.python(script, serving.port())) {
            assertMatches(STAMP + "hello", client.line());
            assertMatches(STAMP + "again", client.line());
            client.answer();
            assertTrue(serving.line("left").endsWith("2 messages"));
        }
    }

    @Test
    void framingByLinesWaitsForTheEndOfALineAndByChunksForNothing() throws Exception {
        try (var serving = engine.on(1, "--framing=line", "--flush-after=0s", "tcp:127.0.0.1:0");
                var socket = connect(serving)) {
            socket.write("not yet ");
            socket.write("a line\n");
            assertMatches(STAMP + "not yet a line", socket.reader().readLine());
        }
        try (var serving = engine.on(1, "--framing=chunk", "tcp:127.0.0.1:0")) {
            assertMatches(STAMP + "one\ntwo\n", answer(serving, "one\ntwo\n"));
        }
    }

    @Test
    void aLineThatIsTooLongGetsAnErrorLineThatArrives() throws Exception {
        try (var serving = engine.on(1, "--max-message=1KiB", "tcp:127.0.0.1:0");
                var socket = connect(serving)) {
            socket.write("fits\n" + "x".repeat(200_000));
            assertMatches(STAMP + "fits\nerror: [^\n]*1024[^\n]*\n", rest(socket));
        }
        try (var serving = engine.on(1, "tcp:127.0.0.1:0")) {
            String longest = "x".repeat(64 << 10);
            assertMatches(STAMP + longest + "\n", answer(serving, longest + "\n"));
            assertMatches("error: [^\n]*65536[^\n]*\n", answer(serving, longest + "x\n"));
        }
    }

    @Test
    void onePeerThatResetsOrNeverReadsHarmsNobodyElse() throws Exception {
        String script =
                """
                import socket, struct, sys
                where = ('127.0.0.1', int(sys.argv[1]))
                deaf = socket.create_connection(where)
                deaf.setblocking(False)
                try:
                    while True: deaf.send(b'x' * 1000 + b'\\n')
                except BlockingIOError: pass
                s = socket.create_connection(where)
                s.send(b'half a li')
                s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
                s.close()
                print('done')
                sys.stdin.read()
                """;
        try (var serving = engine.on(1, "--drain=1ms", "tcp:127.0.0.1:0");
                var rude = Foreign.python(script, serving.port())) {
            rude.line();
            assertMatches(STAMP + "polite\n", answer(serving, "polite\n"));
            assertTrue(serving.line("ECONNRESET").contains(" left after "));
        }
    }

    // Echo.

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tcp:127.0.0.1:0",
                "udp:[::1]:0",
                "unix:",
                "unix-dgram:@",
                "unix-seqpacket:"
            })
    void echoGivesBackWhatComesOverEveryTransport(String spec) throws Exception {
        String where = spec.endsWith("@") ? spec + directory.getFileName() : spec;
        where = where.endsWith(":") ? where + directory.resolve("x") : where;
        byte[] input = "one\n\u00e4\r\n3\n".getBytes(StandardCharsets.UTF_8);
        try (var serving = engine.on(1, "--service=echo", where)) {
            var result = Result.fed(input, "connect", serving.endpoint());
            assertEquals("", result.err());
            assertArrayEquals(input, result.bytes());
        }
    }

    // Others at the other end.

    @Test
    void pythonTalksOverDatagramsAndRecords() throws Exception {
        String path = directory.resolve("peer").toString();
        String udp =
                """
                import socket, sys
                s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                for data in (b'hello', b''):
                    s.sendto(data, ('127.0.0.1', int(sys.argv[1])))
                    print(s.recv(100).decode())
                """;
        String unix =
                """
                import socket, sys
                s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
                s.bind(sys.argv[2])
                s.sendto(b'hello', sys.argv[1])
                print(s.recv(100).decode())
                """;
        String records =
                """
                import socket, sys
                s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                s.connect(sys.argv[1])
                s.send(b'one')
                s.send(b'two')
                print(s.recv(100).decode())
                print(s.recv(100).decode())
                """;
        Path datagrams = directory.resolve("d");
        Path seqpacket = directory.resolve("s");
        try (var serving =
                        engine.on(
                                3,
                                "udp:127.0.0.1:0",
                                "unix-dgram:" + datagrams,
                                "unix-seqpacket:" + seqpacket);
                var first = Foreign.python(udp, serving.port());
                var second = Foreign.python(unix, datagrams, path);
                var third = Foreign.python(records, seqpacket)) {
            assertMatches(STAMP + "hello\n" + STAMP + "\n", first.answer());
            assertMatches(STAMP + "hello\n", second.answer());
            assertMatches(STAMP + "one\n" + STAMP + "two\n", third.answer());
        }
    }

    @Test
    void socatAndNetcatTalkToIt() throws Exception {
        Path path = directory.resolve("x");
        try (var serving = engine.on(2, "tcp:127.0.0.1:0", "unix:" + path);
                var nc = Foreign.start("nc", "-N", "127.0.0.1", Integer.toString(serving.port()));
                var socat = Foreign.start("socat", "-t", "30", "-", "UNIX-CONNECT:" + path)) {
            assertMatches(STAMP + "from nc\n", nc.answer("from nc\n"));
            assertMatches(STAMP + "from socat\n", socat.answer("from socat\n"));
        }
    }

    // The file of a path name.

    @Test
    void aSocketFileHasItsModeAndIsRemovedAtTheEnd() throws Exception {
        Path path = directory.resolve("x");
        var serving = engine.on(1, "unix:" + path + "?mode=0620&owner=0&group=root");
        try (serving) {
            assertEquals(
                    "rw--w----",
                    PosixFilePermissions.toString(Files.getPosixFilePermissions(path)));
        }
        assertTrue(Files.notExists(path));
    }

    @Test
    void aSocketFileStaysIfThatIsAskedForAndAStaleOneMayBeRefused() throws Exception {
        Path path = directory.resolve("x");
        engine.on(1, "unix:" + path + "?unlink=false").close();
        assertTrue(Files.exists(path));
        assertEquals(1, Result.of("serve", "unix:" + path + "?replace=false").code());
        engine.on(1, "unix:" + path).close();
        assertTrue(Files.notExists(path));
    }

    // The end.

    @Test
    void whatIsInFlightIsFinishedAtTheEnd() throws Exception {
        try (var serving = engine.on(1, "--framing=line", "tcp:127.0.0.1:0");
                var socket = connect(serving)) {
            socket.write("a line\nhalf");
            assertMatches(STAMP + "a line", socket.reader().readLine());
            assertEquals(0, serving.stop());
            assertMatches(STAMP + "half", rest(socket));
            assertNotEquals(0, Result.fed("x", "connect", serving.endpoint()).code());
        }
    }
}
