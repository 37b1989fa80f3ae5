// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import sockeye.internal.kernel.Kernel;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Who the kernel says is at the other end. */
@Tag("A6-03")
class UnixPeerTest {
    private static final String CLIENT =
            """
            import os, socket, sys
            if sys.argv[3]:
                os.setgroups([int(g) for g in sys.argv[3].split(',')])
                os.setgid(4321)
                os.setuid(1234)
            s = socket.socket(socket.AF_UNIX, getattr(socket, sys.argv[2]))
            s.connect('\\0' + sys.argv[1])
            sys.stdin.read()
            print(os.getuid(), os.getgid(), sorted(os.getgroups()))
            """;

    private static final String NAME = "sockeye-peer-" + ProcessHandle.current().pid();

    @Test
    void aChangedUserIsSeenWithItsGroupsAndItsProcess() throws Exception {
        assumeTrue(Kernel.current().getuid() == 0, "needs root to become another user");
        try (var listener = Listener.stream(UnixEndpoint.ofAbstract(NAME));
                var python = PythonPeer.run(CLIENT, NAME, "SOCK_STREAM", "7,100,4000000000");
                var client = listener.accept();
                var peer = UnixPeer.of(client)) {
            assertEquals(python.pid(), peer.pid());
            assertEquals(1234, peer.uid());
            assertEquals(4321, peer.gid());
            assertEquals(List.of(7, 100, (int) 4_000_000_000L), peer.groups());
            PassedDescriptor process = peer.process();
            assertEquals(OptionSockets.isKnownToThisKernel(SoOption.PEER_PIDFD), process != null);
            if (process != null) {
                assertEquals(DescriptorKind.PIDFD, process.kind());
                String info = Files.readString(Path.of("/proc/self/fdinfo/" + process.fileno()));
                assertTrue(info.lines().anyMatch(("Pid:\t" + python.pid())::equals), info);
            }
            assertEquals("1234 4321 [7, 100, 4000000000]\n", python.output());
        }
    }

    @Test
    void aPeerOfRecordsIsSeenAsItIs() throws Exception {
        try (var listener = Listener.seqpacket(UnixEndpoint.ofAbstract(NAME));
                var python = PythonPeer.run(CLIENT, NAME, "SOCK_SEQPACKET", "");
                var client = listener.accept()) {
            int before = OpenDescriptors.count();
            UnixPeer peer = UnixPeer.of(client);
            assertEquals(python.pid(), peer.pid());
            boolean holdsProcess = OptionSockets.isKnownToThisKernel(SoOption.PEER_PIDFD);
            assertEquals(before + (holdsProcess ? 1 : 0), OpenDescriptors.count());
            peer.close();
            assertEquals(before, OpenDescriptors.count());
            String groups = peer.groups().stream().sorted().toList().toString();
            assertEquals(peer.uid() + " " + peer.gid() + " " + groups + "\n", python.output());
        }
    }

    @Test
    void aClientSeesWhoListens() throws Exception {
        try (var listener = Listener.stream(UnixEndpoint.ofAbstract(NAME));
                var client = StreamSocket.connect(listener.local());
                var peer = UnixPeer.of(client)) {
            assertEquals(ProcessHandle.current().pid(), peer.pid());
        }
    }

    @Test
    void whoHasNoPeerIsTold() throws Exception {
        try (var udp = MessageSocket.open(AddressFamily.AF_INET);
                var datagrams = MessageSocket.open(AddressFamily.AF_UNIX)) {
            for (Role role : List.of(udp, datagrams)) {
                var failed = assertThrows(SocketFailure.class, () -> UnixPeer.of(role));
                assertEquals(Errno.ENOTCONN, failed.errno());
            }
        }
    }
}
