// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Unix datagrams with the programs that live on them: the service manager and syslog. */
class UnixDatagramInteropTest {
    @TempDir Path directory;

    /** What a service manager or a syslog daemon does with a datagram, told on standard output. */
    private static final String RECEIVER =
            """
            import os, socket, struct, sys
            name = sys.argv[1]
            s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            s.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
            s.bind('\\0' + name[1:] if name.startswith('@') else name)
            print('ready', flush=True)
            data, control, flags, peer = s.recvmsg(4096, socket.CMSG_SPACE(12))
            pid, uid, gid = struct.unpack('3i', control[0][2])
            print(pid == int(sys.argv[2]), uid == os.getuid(), repr(data.decode()))
            """;

    private UnixEndpoint endpoint(String kind) {
        return kind.equals("path")
                ? UnixEndpoint.of(directory.resolve("socket"))
                : UnixEndpoint.ofAbstract("sockeye-test-" + ProcessHandle.current().pid());
    }

    private static PythonPeer receiver(UnixEndpoint endpoint) throws IOException {
        String pid = Long.toString(ProcessHandle.current().pid());
        PythonPeer python = PythonPeer.run(RECEIVER, endpoint.toString(), pid);
        assertEquals("ready", python.readLine());
        return python;
    }

    @ParameterizedTest
    @ValueSource(strings = {"path", "abstract"})
    @Tag("H4")
    void aServiceManagerIsToldThatWeAreReady(String kind) throws Exception {
        UnixEndpoint manager = endpoint(kind);
        try (var python = receiver(manager);
                var notify = MessageSocket.connect(manager)) {
            notify.send("READY=1\nSTATUS=serving");
            assertEquals("True True 'READY=1\\nSTATUS=serving'\n", python.output());
        }
    }

    @Test
    @Tag("H4")
    void aSyslogDaemonGetsOurLine() throws Exception {
        UnixEndpoint log = endpoint("path");
        try (var python = receiver(log);
                var socket = MessageSocket.connect(log)) {
            socket.send("<14>sockeye: hello");
            assertEquals("True True '<14>sockeye: hello'\n", python.output());
        }
    }

    private static Process start(String... command) throws IOException {
        try {
            return builder(command).start();
        } catch (IOException e) {
            String message = command[0] + " cannot be run: " + e.getMessage();
            if ("true".equals(System.getenv("CI"))) {
                return fail(message);
            }
            System.err.println("*** skipped: " + message);
            return abort(message);
        }
    }

    private static ProcessBuilder builder(String... command) {
        var builder = new ProcessBuilder(command).inheritIO();
        if (command[0].equals("systemd-notify")) {
            builder.environment().put("NOTIFY_SOCKET", command[command.length - 1]);
            builder.command(List.of(command).subList(0, command.length - 1));
        }
        return builder;
    }

    private static String text(Message message) {
        return StandardCharsets.UTF_8.decode(message.payload()).toString();
    }

    @ParameterizedTest
    @ValueSource(strings = {"path", "abstract"})
    @Tag("H4")
    void systemdNotifyIsHeard(String kind) throws Exception {
        UnixEndpoint manager = endpoint(kind);
        try (var socket = MessageSocket.bind(manager, SoOption.PASS_CRED.to(true))) {
            Process notify = start("systemd-notify", "--ready", "--status=up", manager.toString());
            try (Message ready = socket.receive(ByteBuffer.allocate(4_096), 1_024)) {
                String said = text(ready);
                assertTrue(said.lines().anyMatch("READY=1"::equals), said);
                assertTrue(said.lines().anyMatch("STATUS=up"::equals), said);
                var sender =
                        ready.ancillary().stream()
                                .filter(Ancillary.Credentials.class::isInstance)
                                .map(Ancillary.Credentials.class::cast)
                                .toList();
                assertEquals(1, sender.size(), ready::toString);
            }
            // Newer versions then pass a descriptor, and wait until it is closed.
            while (notify.isAlive()) {
                socket.readDeadline(Deadline.after(java.time.Duration.ofMillis(20)));
                try (Message barrier = socket.receive(ByteBuffer.allocate(4_096), 1_024)) {
                    assertEquals("BARRIER=1", text(barrier).strip());
                } catch (java.net.SocketTimeoutException nothing) {
                    // It may have ended without one.
                }
            }
            assertEquals(0, notify.waitFor());
        }
    }

    @Test
    @Tag("H4")
    void loggerIsHeard() throws Exception {
        UnixEndpoint log = endpoint("path");
        try (var socket = MessageSocket.bind(log)) {
            Process logger =
                    start("logger", "--socket", log.toString(), "-t", "sockeye", "one", "line");
            Message message = socket.receive(ByteBuffer.allocate(4_096));
            String line = text(message);
            assertTrue(line.startsWith("<13>"), line);
            assertTrue(line.contains("sockeye: one line"), line);
            assertNull(message.peer());
            assertEquals(0, logger.waitFor());
        }
    }
}
