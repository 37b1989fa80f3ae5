// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit.interop;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import sockeye.Ancillary;
import sockeye.DescriptorKind;
import sockeye.HasDescriptor;
import sockeye.InetEndpoint;
import sockeye.Listener;
import sockeye.Message;
import sockeye.PassedDescriptor;
import sockeye.SoOption;
import sockeye.StreamSocket;
import sockeye.UnixEndpoint;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/** Descriptors that Python hands to us, we to Python, and a child JVM inherits from Python. */
@Timeout(60)
class DescriptorPassingTest {
    @TempDir private Path directory;

    private static ByteBuffer[] bytes(String text) {
        return new ByteBuffer[] {ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8))};
    }

    @Test
    @Tag("A4-14")
    void pythonHandsUsAListenerAndAPipeAndWeServeBoth() throws Exception {
        try (var listener = Listener.stream(UnixEndpoint.of(directory.resolve("s")));
                var python =
                        Peer.python(
                                """
                                listening = create_server(("127.0.0.1", 0))
                                reading, writing = os.pipe()
                                s = socket(AF_UNIX)
                                s.connect(ARGUMENTS[0])
                                send_fds(s, [b"take"], [listening.fileno(), writing])
                                os.close(writing)
                                client = create_connection(listening.getsockname())
                                listening.close()
                                say(everything(client))
                                say(os.read(reading, 100), os.read(reading, 100))
                                """,
                                listener.local());
                var connection = listener.accept();
                Message message = connection.socket().recvMsg(100, Ancillary.Rights.space(2), 0)) {
            List<PassedDescriptor> passed = message.descriptors();
            assertEquals(2, passed.size());
            assertFalse(passed.getFirst().isInheritable());
            try (var taken = (Listener<?>) passed.getFirst().asRole();
                    var client = (StreamSocket) taken.accept()) {
                client.write("served by another process");
            }
            assertEquals(DescriptorKind.PIPE, passed.getLast().kind());
            passed.getLast().write(ByteBuffer.wrap(new byte[] {'p'}));
            passed.getLast().close();
            python.says("b'served by another process'").says("b'p' b''").succeeds();
        }
    }

    @Test
    @Tag("A4-14")
    void weHandPythonAConnectionAndItTalksOnIt() throws Exception {
        try (var listener = Listener.stream(UnixEndpoint.of(directory.resolve("s")));
                var python =
                        Peer.python(
                                """
                                s = socket(AF_UNIX)
                                s.connect(ARGUMENTS[0])
                                data, passed, flags, peer = recv_fds(s, 100, 5)
                                say(data, len(passed))
                                taken = socket(fileno=passed[0])
                                say(taken.family == AF_INET, taken.type == SOCK_STREAM)
                                say(os.get_blocking(taken.fileno()))
                                taken.sendall(b"from Python")
                                """,
                                listener.local());
                var connection = listener.accept();
                var tcp = Listener.stream(InetEndpoint.loopback(0));
                var client = StreamSocket.connect(tcp.local())) {
            StreamSocket served = tcp.accept();
            // Detached, it is blocking again, as another program expects.
            try (var handed = PassedDescriptor.adopt(served.socket().detach())) {
                connection
                        .socket()
                        .sendMsg(
                                bytes("yours"),
                                List.of(Ancillary.Rights.of(handed, HasDescriptor.borrowed(0))),
                                0);
            }
            python.says("b'yours' 2").says("True True").says("True");
            assertEquals("from Python", client.reader().readLine());
            assertNull(client.reader().readLine());
            python.succeeds();
        }
    }

    @Test
    @Tag("A1-02")
    void aJvmAdoptsWhatPythonLetsItInheritAndFindsOutWhatItIs() throws Exception {
        String command = ChildJvm.command(Adopter.class).stream().collect(Collectors.joining("\n"));
        try (var python =
                Peer.python(
                        """
                        import subprocess
                        command = sys.stdin.read().split("\\n")
                        stream, its_stream = socketpair()
                        datagram, its_datagram = socketpair(AF_UNIX, SOCK_DGRAM)
                        record, its_record = socketpair(AF_UNIX, SOCK_SEQPACKET)
                        udp = socket(AF_INET, SOCK_DGRAM)
                        its_udp = socket(AF_INET, SOCK_DGRAM)
                        its_udp.bind(("127.0.0.1", 0))
                        its_listener = create_server(("127.0.0.1", 0))
                        its_records = socket(AF_UNIX, SOCK_SEQPACKET)
                        its_records.bind("")
                        its_records.listen(1)
                        stream.sendall(b"hello\\n")
                        datagram.send(b"datagram")
                        record.send(b"record")
                        udp.sendto(b"udp", its_udp.getsockname())
                        client = create_connection(its_listener.getsockname())
                        records = socket(AF_UNIX, SOCK_SEQPACKET)
                        records.connect(its_records.getsockname())
                        its = [its_datagram, its_record, its_udp, its_listener, its_records]
                        numbers = [s.fileno() for s in its]
                        # The stream as standard input, as inetd has it.
                        child = subprocess.run(command + ["0"] + [str(n) for n in numbers],
                                               stdin=its_stream, pass_fds=numbers)
                        say(child.returncode, os.get_blocking(its_stream.fileno()))
                        say(stream.recv(100), datagram.recv(100), record.recv(100))
                        say(udp.recv(100), client.recv(100), records.recv(100))
                        """)) {
            python.type(command).end();
            python.says("0 True");
            python.says("b'stream hello\\n' b'datagram' b'record'");
            python.says("b'udp' b'accepted\\n' b'accepted'").succeeds();
        }
    }

    @Test
    @Tag("A4-25")
    void bothEndsAgreeOnWhoIsAtTheOther() throws Exception {
        try (var listener = Listener.stream(UnixEndpoint.of(directory.resolve("s")));
                var python =
                        Peer.python(
                                """
                                s = socket(AF_UNIX)
                                s.connect(ARGUMENTS[0])
                                found = s.getsockopt(SOL_SOCKET, SO_PEERCRED, 12)
                                say(struct.unpack("3i", found)[0])
                                SO_PEERGROUPS = 59
                                groups = s.getsockopt(SOL_SOCKET, SO_PEERGROUPS, 1024)
                                say([g[0] for g in struct.iter_unpack("I", groups)])
                                say(os.getuid(), os.getgid(), os.getgroups())
                                sys.stdin.read()
                                """,
                                listener.local());
                var connection = listener.accept()) {
            var peer = connection.socket().getOption(SoOption.PEER_CRED);
            assertEquals(python.pid(), peer.pid());
            assertEquals(ProcessHandle.current().pid(), python.number());
            int[] groups = connection.socket().getOption(SoOption.PEER_GROUPS);
            String text = Arrays.toString(groups);
            python.says(text);
            python.says(peer.uid() + " " + peer.gid() + " " + text);
            python.end().succeeds();
            assertArrayEquals(groups, connection.socket().getOption(SoOption.PEER_GROUPS));
        }
    }
}
