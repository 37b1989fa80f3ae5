// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import sockeye.Ancillary;
import sockeye.LinuxSocket;
import sockeye.Listener;
import sockeye.Message;
import sockeye.Role;
import sockeye.UnixEndpoint;

import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** Sockets that somebody else made, and shares: Python. */
@ExtendWith(NoLeaks.class)
class InheritedTest {
    /** Makes a pair of blocking sockets, sends one away, and talks over the other. */
    private static final String SENDER =
            """
            import socket, sys
            here, there = socket.socketpair()
            way = socket.socket(socket.AF_UNIX)
            way.connect("\\0" + sys.argv[1])
            socket.send_fds(way, [b"x"], [there.fileno()])
            here.sendall(b"from Python")
            print(here.recv(100).decode())
            print(there.getblocking())
            way.recv(1)
            import fcntl, os
            print(fcntl.fcntl(there.fileno(), fcntl.F_GETFL) & os.O_NONBLOCK)
            """;

    /** Hands a blocking listener to a program as its standard input. */
    private static final String SUPER_SERVER =
            """
            import socket, subprocess, sys
            listener = socket.create_server(("127.0.0.1", 0))
            child = subprocess.Popen(sys.argv[1:], stdin=listener, stdout=subprocess.PIPE)
            print(child.stdout.readline().decode().strip())
            client = socket.create_connection(listener.getsockname())
            for line in child.stdout:
                print(line.decode().strip())
            sys.exit(child.wait())
            """;

    private static Process python(String... arguments) throws Exception {
        return new ProcessBuilder(arguments).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    }

    private static List<String> output(Process process) throws Exception {
        var text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor());
        process.getOutputStream().close();
        return text.lines().toList();
    }

    @Test
    @Tag("A1-02")
    void aBlockingDescriptorFromPythonIsAdoptedAndLeftAsItWas() throws Exception {
        String name = TestFamily.freshName();
        try (var listener = Listener.stream(UnixEndpoint.ofAbstract(name))) {
            Process process = python("python3", "-c", SENDER, name);
            try (var way = listener.accept();
                    Message message = way.socket().recvMsg(1, Ancillary.Rights.space(1), 0)) {
                LinuxSocket socket = LinuxSocket.adopt(message.descriptors().getFirst().detach());
                assertEquals("from Python", new String(socket.recv(100), StandardCharsets.UTF_8));
                // Python waits meanwhile, on its own end, whose flags are its own.
                var waiting = Task.call(() -> socket.recv(1)).parked();
                socket.sendAll("from Java".getBytes(StandardCharsets.UTF_8));
                waiting.interrupt();
                assertTrue(waiting.failure(Exception.class).getMessage().contains("interrupted"));
                LinuxSocket.adopt(socket.detach()).close();
                way.write("x");
            }
            assertEquals(List.of("from Java", "True", "2048"), output(process));
        }
    }

    @Test
    @Tag("A1-02")
    void aBlockingListenerAsStandardInputNeitherBlocksNorIsSwitched() throws Exception {
        Process process =
                python(
                        "python3",
                        "-c",
                        SUPER_SERVER,
                        ProcessHandle.current().info().command().orElseThrow(),
                        "-Xshare:auto",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Inherited.class.getName());
        assertEquals(List.of("timed out", "accepted", "woken", "left blocking"), output(process));
    }

    /** The program that finds a listener at its standard input. */
    static final class Inherited {
        private Inherited() {}

        public static void main(String[] arguments) throws Exception {
            try (Role role = Role.adopt(0)) {
                LinuxSocket listener = role.socket();
                listener.setTimeout(Duration.ofMillis(20));
                var timeout = Task.call(listener::accept);
                timeout.failure(SocketTimeoutException.class);
                System.out.println("timed out");
                listener.setTimeout(null);
                listener.accept().socket().close();
                System.out.println("accepted");
                LinuxSocket copy = listener.dup();
                var waiting = Task.call(copy::accept).parked();
                copy.close();
                waiting.failure(AsynchronousCloseException.class);
                System.out.println("woken");
                boolean nonBlocking =
                        Files.readString(Path.of("/proc/self/fdinfo/0"))
                                .lines()
                                .filter(each -> each.startsWith("flags:"))
                                .anyMatch(each ->
                                        (Integer.parseInt(each.substring(6).strip(), 8) & 0x800)
                                                != 0);
                System.out.println(nonBlocking ? "switched" : "left blocking");
            }
        }
    }
}
