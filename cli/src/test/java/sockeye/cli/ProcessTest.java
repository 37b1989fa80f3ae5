// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.StreamSocket;
import sockeye.UnixEndpoint;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What only a process of its own can show: signals, exit codes, terminals. */
@Timeout(120)
class ProcessTest {
    /** Drives the command at a terminal of its own: expect, send, and how it ends. */
    private static final String TERMINAL =
            """
            import os, pty, re, select, sys, fcntl, termios, struct, signal
            exec(sys.argv[2])
            pid, fd = pty.fork()
            if pid == 0:
                os.environ.update(TERM='xterm', XDG_STATE_HOME=sys.argv[1])
                os.execv(sys.argv[4], sys.argv[4:])
            fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack('HHHH', 24, 80, 0, 0))
            seen = ''
            def more():
                global seen
                if not select.select([fd], [], [], 50)[0]: raise TimeoutError(repr(seen))
                try: data = os.read(fd, 4096)
                except OSError: data = b''
                if not data:
                    gone = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
                    raise EOFError(repr(seen) + ', exit ' + str(gone))
                text = data.decode('utf-8', 'replace')
                seen += re.sub(r'\\x1b(\\[[0-9;?=>]*[A-Za-z]|[=>])', '', text)
            def expect(pattern):
                global seen
                while True:
                    found = re.search(pattern, seen)
                    if found: break
                    more()
                print('seen', repr(found.group(0)))
                seen = seen[found.end():]
            def send(text): os.write(fd, text.encode())
            def end():
                try:
                    while True: more()
                except EOFError as over: print(str(over).split(', ')[-1])
            exec(sys.argv[3])
            """;

    @TempDir private Path directory;

    /** The last line of what the script says: how the command ended. */
    private String atTerminal(String before, String steps, String... args) throws Exception {
        var all = new ArrayList<Object>(List.of(directory, before, steps));
        all.addAll(Spawned.command(args));
        try (var python = Foreign.python(TERMINAL, all.toArray())) {
            return python.answer().lines().reduce("", (earlier, line) -> line);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TERM", "INT", "HUP"})
    void aSignalEndsTheServerWithZeroAndItsFileIsGone(String signal) throws Exception {
        Path path = directory.resolve("x");
        try (var server = Spawned.start("serve", "tcp:127.0.0.1:0", "unix:" + path)) {
            server.line("waiting for connection on unix:" + path);
            server.signal(signal);
            assertTrue(server.rest().endsWith("\nexit 0"));
            assertTrue(Files.notExists(path));
        }
    }

    @Test
    void theServerFinishesWhatItHasBeenAskedBeforeItEnds() throws Exception {
        Path path = directory.resolve("x");
        try (var server = Spawned.start("serve", "--framing=line", "unix:" + path)) {
            server.line("waiting");
            try (var client = StreamSocket.connect(UnixEndpoint.of(path))) {
                client.write("half a line");
                server.line("connected from");
                server.signal("TERM");
                assertTrue(client.reader().readLine().endsWith("] half a line"));
            }
            assertTrue(server.rest().endsWith(", 1 connection finished\nexit 0"));
        }
    }

    @Test
    void aSecondSignalEndsItAtOnce() throws Exception {
        Path path = directory.resolve("x");
        try (var server = Spawned.start("serve", "--drain=1h", "unix:" + path)) {
            server.line("waiting");
            try (var deaf = StreamSocket.connect(UnixEndpoint.of(path))) {
                deaf.socket().setBlocking(false);
                byte[] lines = "x\n".repeat(1_000).getBytes(StandardCharsets.US_ASCII);
                while (deaf.write(ByteBuffer.wrap(lines)) > 0) {}
                server.signal("TERM");
                server.line("stopping");
                server.signal("TERM");
                assertTrue(server.rest().endsWith("exit 143"));
            }
        }
    }

    @Test
    void exitCodesAreTheProcesss() throws Exception {
        for (String[] args :
                new String[][] {
                    {"0", "--version"}, {"2", "srve"}, {"1", "connect", "unix:/nowhere/x"}
                }) {
            var rest = new String[args.length - 1];
            System.arraycopy(args, 1, rest, 0, rest.length);
            try (var run = Spawned.start(rest)) {
                assertTrue(run.rest().endsWith("exit " + args[0]), args[1]);
            }
        }
    }

    @Test
    void atATerminalLinesAreEditedSentAndAnsweredUntilAnEmptyOne() throws Exception {
        try (var serving = Serving.on(1, "tcp:127.0.0.1:0")) {
            String end =
                    atTerminal(
                            "",
                            """
                            expect('> ')
                            send('helo\\x1bODl\\r')
                            expect(r'\\d{4}\\] hello')
                            expect('> ')
                            send('\\x1bOA!\\r')
                            expect(r'\\d{4}\\] hello!')
                            expect('> ')
                            send('\\r')
                            end()
                            """,
                            "connect",
                            serving.endpoint());
            assertEquals("exit 0", end);
            assertTrue(serving.line("left").endsWith("2 messages"));
        }
        assertEquals(2, Files.readAllLines(directory.resolve("sockeye").resolve("history")).size());
    }

    @Test
    void atATerminalCtrlDEndsAndCtrlCDiscardsTheLine() throws Exception {
        try (var serving = Serving.on(1, "unix-seqpacket:" + directory.resolve("s"))) {
            String end =
                    atTerminal(
                            "",
                            """
                            expect('> ')
                            send('oh no')
                            expect('oh no')
                            send('\\x03')
                            expect(r'\\n[\\r ]*> ')
                            send('yes\\r')
                            expect(r'\\d{4}\\] yes')
                            send('\\x04')
                            end()
                            """,
                            "connect",
                            serving.endpoint());
            assertEquals("exit 0", end);
            assertTrue(serving.line("left").endsWith("1 message"));
        }
    }

    @Test
    void atATerminalAnAnswerLeavesTheLineThatIsBeingEditedAlone() throws Exception {
        String end =
                atTerminal(
                        """
                        import socket
                        server = socket.socket(socket.AF_UNIX)
                        server.bind(sys.argv[1] + '/t')
                        server.listen()
                        """,
                        """
                        client, _ = server.accept()
                        expect('> ')
                        send('unfini')
                        expect('unfini')
                        client.send(b'news\\x1b[31m\\n')
                        expect(r'news\\^\\[\\[31m')
                        expect('> unfini')
                        send('shed\\r')
                        assert client.recv(100) == b'unfinished\\n'
                        client.send(b'no line end')
                        expect('no line end')
                        send('\\r')
                        assert client.recv(100) == b''
                        client.close()
                        end()
                        """,
                        "connect",
                        "unix:" + directory.resolve("t"));
        assertEquals("exit 0", end);
    }

    @Test
    void atATerminalAServerThatGoesAwayIsToldAndEndsWithOne() throws Exception {
        String script =
                """
                import socket
                tcp = socket.create_server(('127.0.0.1', 0))
                print(tcp.getsockname()[1])
                client, _ = tcp.accept()
                client.recv(100)
                """;
        try (var server = Foreign.python(script)) {
            String end =
                    atTerminal(
                            "",
                            """
                            expect('> ')
                            send('hello\\r')
                            expect(r'sockeye: tcp:127.0.0.1:\\d+ closed the connection')
                            end()
                            """,
                            "connect",
                            "tcp:127.0.0.1:" + server.line());
            assertEquals("exit 1", end);
        }
    }
}
