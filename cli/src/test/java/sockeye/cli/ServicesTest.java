// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;

/** The small services as the command serves them, asked by clients that are not by us. */
@Tag("F1-10")
@ParameterizedClass
@EnumSource
@Timeout(60)
class ServicesTest {
    /** Connects, sends, ends, and prints all that comes. */
    private static final String TCP =
            """
            import socket, sys
            with socket.create_connection((sys.argv[1], int(sys.argv[2])), 10) as s:
                s.sendall(sys.argv[3].encode())
                s.shutdown(socket.SHUT_WR)
                while data := s.recv(4096):
                    sys.stdout.buffer.write(data)
            """;

    /** Only waits: what speaks first has to. */
    private static final String LISTEN =
            """
            import socket, sys
            with socket.create_connection((sys.argv[1], int(sys.argv[2])), 10) as s:
                while data := s.recv(4096):
                    sys.stdout.buffer.write(data)
            """;

    /** One question, and the answer if it comes from whom was asked. */
    private static final String UDP =
            """
            import socket, sys
            s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            s.settimeout(10)
            s.sendto(sys.argv[3].encode(), (sys.argv[1], int(sys.argv[2])))
            data, peer = s.recvfrom(4096)
            assert peer == (sys.argv[1], int(sys.argv[2])), peer
            sys.stdout.buffer.write(data)
            """;

    @Parameter EngineUnderTest engine;

    @TempDir private Path directory;

    private static int port(Serving serving, int index) {
        String endpoint = serving.endpoint(index);
        return Integer.parseInt(endpoint.substring(endpoint.lastIndexOf(':') + 1));
    }

    private static String python(String script, String host, int port, String sent)
            throws Exception {
        try (var client = Foreign.python(script, host, port, sent)) {
            return client.answer();
        }
    }

    private static void assertMatches(String pattern, String text) {
        assertTrue(Pattern.compile(pattern, Pattern.DOTALL).matcher(text).matches(), text);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "echo      | hello",
                "daytime   | \\w{3} \\w{3} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d \\d{4}\\r\\n",
                "qotd      | [ -~\\r\\n]{3,511}",
                "who       | peer 127.0.0.1:\\d+\\nlocal 127.0.0.\\d:\\d+\\n",
                "timestamp | \\[.*] hello",
            })
    void pythonIsAnsweredOverStreamsAndDatagrams(String service, String pattern) throws Exception {
        try (var serving = engine.on(2, "--service", service, "tcp:0", "udp:0")) {
            for (String host : List.of("127.0.0.1", "127.0.0.2")) {
                assertMatches(pattern, python(TCP, host, port(serving, 0), "hello"));
                assertMatches(pattern, python(UDP, host, port(serving, 1), "hello"));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"daytime", "qotd", "who"})
    void whoSpeaksFirstNeedsNoQuestion(String service) throws Exception {
        try (var serving = engine.on(1, service + "=tcp:127.0.0.1:0")) {
            assertFalse(python(LISTEN, "127.0.0.1", port(serving, 0), "").isEmpty());
        }
    }

    /** Python knows how RFC 868 is to be read, and what time it is. */
    @Test
    void pythonReadsTheSameTimeFromFourBytes() throws Exception {
        String check =
                """
                import socket, struct, sys, time
                tcp = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10)
                data = tcp.recv(9, socket.MSG_WAITALL)
                udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                udp.settimeout(10)
                udp.sendto(b"", ("127.0.0.1", int(sys.argv[2])))
                for four in data, udp.recv(9):
                    (number,) = struct.unpack("!I", four)
                    print(abs(number - 2208988800 - time.time()) % 2**32 < 60)
                """;
        try (var serving = engine.on(2, "time=tcp:127.0.0.1:0", "time=udp:127.0.0.1:0");
                var client = Foreign.python(check, port(serving, 0), port(serving, 1))) {
            assertEquals("True\nTrue\n", client.answer());
        }
    }

    @Test
    void pythonGetsTheCharactersOfTheRfcUntilItHasEnough() throws Exception {
        String check =
                """
                import socket, sys
                printing = bytes(range(32, 127)) * 2
                s = socket.create_connection(("127.0.0.1", int(sys.argv[1])), 10)
                f = s.makefile("rb")
                for i in range(20000):
                    assert f.readline() == printing[i % 95:i % 95 + 72] + b"\\r\\n", i
                s.close()
                print("enough")
                """;
        try (var serving = engine.on(1, "chargen=tcp:127.0.0.1:0");
                var client = Foreign.python(check, port(serving, 0))) {
            assertEquals("enough\n", client.answer());
            assertMatches(".* left after .*, \\d{5,} lines.*", serving.line("left"));
        }
    }

    @Test
    void discardIsQuietAndCountsBytes() throws Exception {
        try (var serving = engine.on(1, "discard=tcp:127.0.0.1:0")) {
            assertEquals("", python(TCP, "127.0.0.1", port(serving, 0), "x".repeat(70_000)));
            assertTrue(serving.line("left").endsWith(", 70000 bytes"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nc -N 127.0.0.1 PORT", "socat -t9 - TCP:127.0.0.1:PORT"})
    void netcatAndSocatAreServedStreams(String command) throws Exception {
        try (var serving = engine.on(2, "echo=tcp:127.0.0.1:0", "daytime=tcp:127.0.0.1:0")) {
            String echo = command.replace("PORT", Integer.toString(port(serving, 0)));
            try (var client = Foreign.start(echo.split(" "))) {
                assertEquals("a\nb", client.answer("a\nb"));
            }
            String daytime = command.replace("PORT", Integer.toString(port(serving, 1)));
            try (var client = Foreign.start(daytime.split(" "))) {
                assertMatches("\\w{3} .*\r\n", client.answer(""));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"nc -u -w1 127.0.0.2 PORT", "socat -t1 - UDP:127.0.0.2:PORT"})
    void netcatAndSocatAreServedDatagramsFromTheAddressThatTheyAsked(String command)
            throws Exception {
        try (var serving = engine.on(1, "--service=echo", "udp:0")) {
            String line = command.replace("PORT", Integer.toString(serving.port()));
            try (var client = Foreign.start(line.split(" "))) {
                assertEquals("hello", client.answer("hello"));
            }
        }
    }

    @Test
    void pythonsSequencedPacketsAreAnsweredWithWhoTheyAre() throws Exception {
        String path = directory.resolve("who").toString();
        String check =
                """
                import os, socket, sys
                s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                s.connect(sys.argv[1])
                s.send(b"?")
                lines = dict(l.split(" ", 1) for l in s.recv(4096).decode().splitlines())
                print(lines["pid"] == str(os.getpid()), lines["uid"] == str(os.getuid()))
                """;
        try (var serving = engine.on(1, "who=unix-seqpacket:" + path);
                var client = Foreign.python(check, path)) {
            assertEquals("True True\n", client.answer());
            assertTrue(serving.endpoint().endsWith(path));
        }
    }

    // Connect.

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "echo    | hello\\n",
                "daytime | .* \\d{4}\\r\\n",
                "qotd    | .*\\r\\n",
                "time    | .{4}",
                "who     | peer .*\\n",
                "discard | ''",
                "chargen | .*",
            })
    void ourOwnClientTalksToEach(String service, String pattern) throws Exception {
        try (var serving = engine.on(2, "--service", service, "tcp:127.0.0.1:0", "udp:0")) {
            var stream = Result.fed("hello\n", "connect", serving.endpoint(0));
            assertEquals(0, stream.code(), stream.err());
            assertMatches(pattern, new String(stream.bytes(), StandardCharsets.ISO_8859_1));
            String udp = "udp:127.0.0.1:" + port(serving, 1);
            if (service.equals("discard")) {
                assertEquals(0, Result.fed("hello\n", "connect", "-t0s", udp).code());
            } else {
                assertEquals(0, Result.fed("hello\n", "connect", udp).code());
            }
        }
    }

    @Test
    void ourOwnClientReadsChargenUntilItsLimit() throws Exception {
        try (var serving = engine.on(1, "--chargen-limit=100KiB", "chargen=tcp:127.0.0.1:0");
                var open = new PipedOutputStream();
                var input = new PipedInputStream(open)) {
            var result = Result.fed(input, "connect", serving.endpoint());
            assertEquals(100 << 10, result.bytes().length);
            assertTrue(result.err().endsWith("closed the connection before the input ended\n"));
        }
    }

    // Several.

    @Test
    void severalServicesAreNamedWhereTheyWait() throws Exception {
        try (var serving =
                engine.on(
                        3,
                        "--service=who",
                        "echo=tcp:127.0.0.1:0",
                        "tcp:127.0.0.1:0",
                        "daytime=udp:127.0.0.1:0")) {
            assertEquals("hello", python(TCP, "127.0.0.1", port(serving, 0), "hello"));
            assertMatches("peer .*", python(TCP, "127.0.0.1", port(serving, 1), "hello"));
            assertMatches(".*\r\n", python(UDP, "127.0.0.1", port(serving, 2), "hello"));
        }
        try (var serving = engine.on(2, "echo=tcp:127.0.0.1:0", "daytime=udp:127.0.0.1:0")) {
            assertEquals(
                    List.of("echo: waiting for connection", "daytime: waiting for messages"),
                    serving.said().stream().map(line -> line.replaceAll(" on .*", "")).toList());
        }
    }

    @Test
    void quotesComeFromAFile() throws Exception {
        Path file = directory.resolve("quotes");
        Files.writeString(file, "one\n%\ntwo\nlines\n%\n");
        try (var serving =
                engine.on(1, "--quotes", file.toString(), "--quote=each", "qotd=tcp:0")) {
            assertEquals("one\r\n", python(LISTEN, "127.0.0.1", serving.port(), ""));
            assertEquals("two\r\nlines\r\n", python(LISTEN, "127.0.0.1", serving.port(), ""));
            assertEquals("one\r\n", python(LISTEN, "127.0.0.1", serving.port(), ""));
        }
    }

    @Test
    void anAnswerThatIsRefusedIsToldAndCounted() throws Exception {
        Path file = directory.resolve("quotes");
        Files.writeString(file, "x".repeat(500));
        try (var serving =
                engine.on(1, "--verbose", "--quotes", file.toString(), "qotd=udp:127.0.0.1:0")) {
            assertEquals(1, Result.fed("?\n", "connect", "-t1s", serving.endpoint()).code());
            String padded = "x".repeat(200) + "\n";
            assertEquals(0, Result.fed(padded, "connect", serving.endpoint()).code());
            serving.stop();
            assertMatches(".*, 2 messages received, 0 not answered.*", serving.line("stopped"));
        }
        try (var serving =
                engine.on(
                        1,
                        "--verbose",
                        "--service=daytime",
                        "--answer-factor=1",
                        "udp:127.0.0.1:0")) {
            assertEquals(1, Result.fed("?\n", "connect", "-t1s", serving.endpoint()).code());
            assertMatches("... not all is answered: too long .*", serving.line("answered"));
            serving.stop();
            assertMatches(".*, 1 refused since too long for the question", serving.line("stopped"));
        }
    }

    // What is wrong.

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            value = {
                "ehco=tcp:0|\"ehco\" is no service; did you mean echo?",
                "finger=tcp:79|\"finger\" is no service; there are timestamp, echo, discard,"
                        + " chargen, qotd, daytime, time, who",
                "echo|echo is a service; say where as well: echo=tcp:PORT",
                "echo=tpc:80|no such scheme: \"tpc\" in \"tpc:80\"; did you mean tcp:80?",
                "=tcp:80|\"\" is no service; there are timestamp, echo, discard, chargen, qotd,"
                        + " daytime, time, who",
            })
    void aPostingThatIsNoneGetsWhatWouldBe(String posting, String said) {
        var result = Result.of("serve", posting);
        assertEquals("sockeye: " + said + "\n", result.err());
        assertEquals(2, result.code());
    }

    @Test
    void anEqualsSignBehindTheSchemeIsTheSpecs() {
        assertEquals("echo", Posting.parse("echo=unix:/x?mode=0660", "time").service());
        assertEquals("time", Posting.parse("unix:/x=y?mode=0660", "time").service());
        assertEquals("time", Posting.parse("unix:@a=b", "time").service());
    }

    @Test
    void aFileOfQuotesThatIsNoneIsRefused() throws Exception {
        Path file = directory.resolve("quotes");
        Files.write(file, new byte[] {(byte) 0xC3});
        var noText = Result.of("serve", "--quotes", file.toString(), "qotd=tcp:0");
        assertEquals("sockeye: " + file + " is no text in UTF-8\n", noText.err());
        assertEquals(2, noText.code());
        Files.writeString(file, "fine\n" + "x".repeat(600) + "\n");
        var tooLong = Result.of("serve", "--quotes", file.toString(), "qotd=tcp:0");
        assertEquals(
                "sockeye: %s: the quote at line 2 has 602 bytes with its line ends; at most 511\n"
                        .formatted(file),
                tooLong.err());
        var missing = Result.of("serve", "--quotes", file + ".not", "qotd=tcp:0");
        assertEquals(1, missing.code());
        assertTrue(missing.err().contains(file + ".not"), missing.err());
    }
}
