// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.NetworkInterface;
import java.net.StandardSocketOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/** What options do, where reading them back would not show it. */
class OptionEffectTest {

    @Test
    @Tag("A5-05")
    void tcpInfoFollowsAConnection() throws Exception {
        try (LinuxSocket listener =
                LinuxSocket.socket(AddressFamily.AF_INET, SocketType.SOCK_STREAM)) {
            listener.bind(InetEndpoint.loopback(0));
            assertEquals(TcpInfo.State.CLOSE, listener.getOption(TcpOption.INFO).state());
            listener.listen(7);
            TcpInfo waiting = listener.getOption(TcpOption.INFO);
            assertEquals(TcpInfo.State.LISTEN, waiting.state());
            assertEquals(7, waiting.selectivelyAcknowledged(), "the backlog of a listener");
            try (LinuxSocket client =
                    LinuxSocket.socket(AddressFamily.AF_INET, SocketType.SOCK_STREAM)) {
                client.connect(listener.getSockName());
                try (LinuxSocket server = listener.accept().socket()) {
                    client.sendAll(new byte[1_000]);
                    assertEquals(1_000, receiveAll(server, 1_000));
                    server.sendAll(new byte[1]);
                    assertEquals(1, receiveAll(client, 1));
                    TcpInfo sent = client.getOption(TcpOption.INFO);
                    assertEquals(TcpInfo.State.ESTABLISHED, sent.state());
                    assertEquals(1_000, sent.bytesSent());
                    assertEquals(1_001, sent.bytesAcknowledged(), "and the first segment");
                    assertEquals(1, sent.bytesReceived());
                    assertTrue(sent.rtt().isPositive());
                    assertTrue(sent.minRtt().compareTo(sent.rtt().multipliedBy(8)) <= 0);
                    assertTrue(sent.sendSegmentSize() >= 536);
                    assertTrue(sent.congestionWindow() >= 1);
                    assertTrue(sent.segmentsOut() >= 3);
                    assertTrue(sent.agreed().contains(TcpInfo.Agreed.WSCALE));
                    assertTrue(sent.length() >= 192);
                    client.shutdown(LinuxSocket.SHUT_WR);
                    assertEquals(0, server.recv(1).length);
                    assertEquals(
                            TcpInfo.State.CLOSE_WAIT, server.getOption(TcpOption.INFO).state());
                    assertTrue(
                            Set.of(TcpInfo.State.FIN_WAIT1, TcpInfo.State.FIN_WAIT2)
                                    .contains(client.getOption(TcpOption.INFO).state()));
                }
            }
        }
    }

    private static int receiveAll(LinuxSocket socket, int count) throws IOException {
        int received = 0;
        while (received < count) {
            int more = socket.recv(count).length;
            assertTrue(more > 0, "the end came early");
            received += more;
        }
        return received;
    }

    @Test
    @Tag("A5-04")
    void aFilterKeepsDropsAndIsTakenAway() throws Exception {
        try (LinuxSocket hearer = LinuxSocket.socket(AddressFamily.AF_INET, SocketType.SOCK_DGRAM);
                LinuxSocket sender =
                        LinuxSocket.socket(AddressFamily.AF_INET, SocketType.SOCK_DGRAM)) {
            hearer.bind(InetEndpoint.loopback(0));
            sender.connect(hearer.getSockName());
            hearer.setOption(SoOption.ATTACH_FILTER, SocketFilter.keep(0));
            sender.send("dropped".getBytes(UTF_8));
            hearer.setOption(SoOption.ATTACH_FILTER, SocketFilter.keep(8 + 3));
            sender.send("shortened".getBytes(UTF_8));
            hearer.setOption(SoOption.DETACH_FILTER, true);
            sender.send("whole".getBytes(UTF_8));
            assertEquals("sho", new String(hearer.recv(100), UTF_8), "the header counts too");
            assertEquals("whole", new String(hearer.recv(100), UTF_8));
            assertEquals(List.of(), hearer.getOption(SoOption.ATTACH_FILTER).instructions());
        }
    }

    @Test
    @Tag("A5-04")
    void aLongFilterIsTakenAndReadBack() throws Exception {
        var nothing = new SocketFilter.Instruction(0, 0, 0, 7);
        var program = new ArrayList<>(Collections.nCopies(1_999, nothing));
        program.addAll(SocketFilter.keep(100).instructions());
        var filter = new SocketFilter(program);
        try (LinuxSocket socket =
                LinuxSocket.socket(AddressFamily.AF_INET, SocketType.SOCK_DGRAM)) {
            socket.setOption(SoOption.ATTACH_FILTER, filter);
            assertEquals(filter, socket.getOption(SoOption.ATTACH_FILTER));
            socket.setOption(SoOption.LOCK_FILTER, true);
            assertErrno(
                    Errno.EPERM,
                    () -> socket.setOption(SoOption.ATTACH_FILTER, SocketFilter.keep(1)));
        }
    }

    @Test
    @Tag("A5-04")
    void aProgramChoosesAmongSocketsThatShareAnAddress() throws Exception {
        try (OptionSockets sockets = new OptionSockets()) {
            LinuxSocket first = sockets.open("udp4-shared");
            LinuxSocket second = sockets.socket(AddressFamily.AF_INET, SocketType.SOCK_DGRAM, 0);
            second.setOption(SoOption.REUSE_PORT, true);
            second.bind(first.getSockName());
            for (LinuxSocket chosen : List.of(second, first)) {
                first.setOption(
                        SoOption.ATTACH_REUSEPORT_CBPF, SocketFilter.keep(chosen == first ? 0 : 1));
                for (int i = 0; i < 10; i++) {
                    LinuxSocket sender =
                            sockets.socket(AddressFamily.AF_INET, SocketType.SOCK_DGRAM, 0);
                    sender.sendTo(new byte[] {(byte) i}, first.getSockName());
                    assertArrayEquals(new byte[] {(byte) i}, chosen.recv(10));
                }
            }
        }
    }

    @Test
    @Tag("A5-04")
    void lingerZeroResetsThePeer() throws Exception {
        try (OptionSockets sockets = new OptionSockets()) {
            LinuxSocket listener = sockets.open("tcp4-listener");
            LinuxSocket client = sockets.socket(AddressFamily.AF_INET, SocketType.SOCK_STREAM, 0);
            client.connect(listener.getSockName());
            try (LinuxSocket server = listener.accept().socket()) {
                client.setOption(SoOption.LINGER, Linger.RESET);
                client.close();
                assertErrno(Errno.ECONNRESET, () -> server.recv(1));
            }
        }
    }

    @Test
    @Tag("A5-04")
    void thePeerOfAUnixSocketIsKnownByUserGroupsAndDescriptor() throws Exception {
        try (LinuxSocket.Pair pair = LinuxSocket.socketPair()) {
            PeerCredentials peer = pair.left().getOption(SoOption.PEER_CRED);
            assertEquals(ProcessHandle.current().pid(), peer.pid());
            assertEquals(Files.getAttribute(Path.of("/proc/self"), "unix:uid"), peer.uid());
            assertEquals(Files.getAttribute(Path.of("/proc/self"), "unix:gid"), peer.gid());
            int[] groups = pair.left().getOption(SoOption.PEER_GROUPS);
            assertArrayEquals(ownGroups(), groups);
        }
    }

    @Test
    @Tag("A5-04")
    void aDescriptorOfThePeerIsAProcessAndDoesNotLeak() throws Exception {
        try (LinuxSocket.Pair pair = LinuxSocket.socketPair()) {
            if (!OptionSockets.isKnownToThisKernel(SoOption.PEER_PIDFD)) {
                return;
            }
            long before = openDescriptors();
            for (int i = 0; i < 100; i++) {
                try (PassedDescriptor peer = pair.left().getOption(SoOption.PEER_PIDFD)) {
                    String info = Files.readString(Path.of("/proc/self/fdinfo/" + peer.fileno()));
                    assertTrue(
                            info.contains("Pid:\t" + ProcessHandle.current().pid() + "\n"), info);
                }
            }
            assertEquals(before, openDescriptors());
        }
    }

    @Test
    @Tag("A5-04")
    void aPeerWithMoreGroupsThanTheFirstBufferTakesIsReadWhole() throws Exception {
        OptionSockets.assumeCapable(6, "CAP_SETGID");
        int count = 5_000;
        String name = "sockeye-groups-" + System.nanoTime();
        String script =
                """
                import os, socket
                name, count = input().split()
                os.setgroups(range(1, int(count) + 1))
                s = socket.socket(socket.AF_UNIX)
                s.connect('\\0' + name)
                s.recv(1)
                print('done')
                """;
        try (LinuxSocket listener =
                LinuxSocket.socket(AddressFamily.AF_UNIX, SocketType.SOCK_STREAM)) {
            listener.bind(UnixEndpoint.ofAbstract(name));
            listener.listen();
            listener.setTimeout(Duration.ofSeconds(30));
            Thread python =
                    Thread.ofPlatform()
                            .start(() -> {
                                try {
                                    Python.run(script, List.of(name + " " + count));
                                } catch (Exception e) {
                                    throw new IllegalStateException(e);
                                }
                            });
            try (LinuxSocket peer = listener.accept().socket()) {
                int[] groups = peer.getOption(SoOption.PEER_GROUPS);
                assertEquals(count, groups.length);
                assertEquals(count, Arrays.stream(groups).max().orElse(0));
            }
            python.join();
        }
    }

    @Test
    @Tag("A5-05")
    void aConnectionUnderRepairShowsItsQueuesAndWindows() throws Exception {
        OptionSockets.assumeCapable(OptionSockets.CAP_NET_ADMIN, "CAP_NET_ADMIN");
        try (OptionSockets sockets = new OptionSockets()) {
            LinuxSocket socket = sockets.open("tcp4");
            socket.setOption(TcpOption.REPAIR, TcpRepair.Mode.ON);
            assertEquals(TcpRepair.Mode.ON, socket.getOption(TcpOption.REPAIR));
            for (var queue : List.of(TcpRepair.Queue.SEND, TcpRepair.Queue.RECEIVE)) {
                socket.setOption(TcpOption.REPAIR_QUEUE, queue);
                assertEquals(queue, socket.getOption(TcpOption.REPAIR_QUEUE));
                assertTrue(socket.getOption(TcpOption.QUEUE_SEQ) >= 0);
            }
            TcpRepair.Window window = socket.getOption(TcpOption.REPAIR_WINDOW);
            assertTrue(window.receiveWindow() > 0, window.toString());
            socket.setOption(TcpOption.REPAIR_WINDOW, window);
            assertEquals(window, socket.getOption(TcpOption.REPAIR_WINDOW));
            socket.setOption(
                    TcpOption.REPAIR_OPTIONS,
                    new TcpRepair.Options(
                            List.of(
                                    new TcpRepair.Agreement(
                                            TcpRepair.Agreement.MAX_SEGMENT, 1_000))));
            socket.setOption(TcpOption.TIMESTAMP, 0xf000_0000L);
            long clock = socket.getOption(TcpOption.TIMESTAMP);
            assertTrue(clock >= 0xf000_0000L && clock < 0xf100_0000L, "" + clock);
            socket.setOption(TcpOption.REPAIR, TcpRepair.Mode.OFF_NO_WINDOW_PROBE);
            assertEquals(TcpRepair.Mode.OFF, socket.getOption(TcpOption.REPAIR));
        }
        try (OptionSockets sockets = new OptionSockets()) {
            LinuxSocket socket = sockets.socket(AddressFamily.AF_INET, SocketType.SOCK_STREAM, 0);
            socket.setOption(TcpOption.REPAIR, TcpRepair.Mode.ON);
            socket.setOption(TcpOption.REPAIR_QUEUE, TcpRepair.Queue.SEND);
            socket.setOption(TcpOption.QUEUE_SEQ, 0xffff_fff0L);
            assertEquals(0xffff_fff0L, socket.getOption(TcpOption.QUEUE_SEQ));
        }
    }

    @Test
    @Tag("A5-06")
    void aFlowLabelIsLeasedAndReadBack() throws Exception {
        OptionSockets.assumeItCanBeOpened("udp6");
        // The whole host shares the labels, and keeps one for some time after its lease.
        int label = ThreadLocalRandom.current().nextInt(1, 0x10_0000);
        var lease =
                new FlowLabelLease(
                        IpAddress.LOOPBACK_IPV6,
                        label,
                        FlowLabelLease.Action.GET,
                        FlowLabelLease.Share.EXCLUSIVE,
                        FlowLabelLease.IPV6_FL_F_CREATE | FlowLabelLease.IPV6_FL_F_EXCL,
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(6));
        try (OptionSockets sockets = new OptionSockets()) {
            LinuxSocket socket = sockets.socket(AddressFamily.AF_INET6, SocketType.SOCK_DGRAM, 0);
            socket.setOption(Ipv6Option.FLOW_LABEL_MGR, lease);
            socket.setOption(Ipv6Option.FLOW_INFO_SEND, true);
            socket.connect(new InetEndpoint(IpAddress.LOOPBACK_IPV6, 9, label, 0));
            FlowLabelLease read = socket.getOption(Ipv6Option.FLOW_LABEL_MGR);
            assertEquals(label, read.label());
            assertEquals(IpAddress.LOOPBACK_IPV6, read.destination());
            assertEquals(FlowLabelLease.Share.EXCLUSIVE, read.share());
        }
    }

    @Test
    @Tag("A5-05")
    void whatTheCongestionControlTellsIsItsOwn() throws Exception {
        try (OptionSockets sockets = new OptionSockets()) {
            LinuxSocket socket = sockets.open("tcp4");
            socket.setOption(TcpOption.CONGESTION, "reno");
            assertTrue(socket.getOption(TcpOption.CC_INFO).isEmpty());
            if (Files.readString(Path.of("/proc/sys/net/ipv4/tcp_available_congestion_control"))
                    .contains("bbr")) {
                LinuxSocket listener = sockets.open("tcp4-listener");
                LinuxSocket client =
                        sockets.socket(AddressFamily.AF_INET, SocketType.SOCK_STREAM, 0);
                client.setOption(TcpOption.CONGESTION, "bbr");
                client.connect(listener.getSockName());
                TcpCongestionInfo info = client.getOption(TcpOption.CC_INFO);
                assertFalse(info.isEmpty());
                assertTrue(info.bbr().minRtt().isPositive(), info.toString());
                assertTrue(info.bbr().pacingGain() > 0, info.toString());
            }
        }
    }

    @Test
    @Tag("A5-05")
    void theFirstSegmentIsKeptAndReadOnce() throws Exception {
        try (OptionSockets sockets = new OptionSockets()) {
            LinuxSocket listener = sockets.open("tcp4-listener");
            listener.setOption(TcpOption.SAVE_SYN, 1);
            LinuxSocket client = sockets.socket(AddressFamily.AF_INET, SocketType.SOCK_STREAM, 0);
            client.connect(listener.getSockName());
            try (LinuxSocket server = listener.accept().socket()) {
                byte[] headers = server.getOption(TcpOption.SAVED_SYN);
                assertTrue(headers.length >= 40, "two headers");
                assertEquals(4, headers[0] >> 4, "IPv4");
                assertEquals(0, server.getOption(TcpOption.SAVED_SYN).length);
            }
        }
    }

    @Test
    @Tag("A5-03")
    void theJdksOptionsWorkOnOurSockets() throws Exception {
        NetworkInterface lo = NetworkInterface.getByName("lo");
        Map<Integer, String> kinds =
                Map.of(AddressFamily.AF_INET, "udp4", AddressFamily.AF_INET6, "udp6");
        for (var each : kinds.entrySet()) {
            if (!OptionSockets.whyNot(each.getValue()).isEmpty()) {
                continue;
            }
            try (OptionSockets sockets = new OptionSockets()) {
                LinuxSocket socket = sockets.open(each.getValue());
                int family = each.getKey();
                var multicast = Option.of(StandardSocketOptions.IP_MULTICAST_IF, family);
                socket.setOption(multicast, lo);
                assertEquals(lo, socket.getOption(multicast));
                var hops = Option.of(StandardSocketOptions.IP_MULTICAST_TTL, family);
                socket.setOption(hops, 3);
                assertEquals(3, socket.getOption(hops));
                var linger = Option.of(StandardSocketOptions.SO_LINGER, family);
                socket.setOption(linger, 3);
                assertEquals(3, socket.getOption(linger));
            }
        }
    }

    @Test
    @Tag("A5-01")
    @Tag("A5-02")
    void rawAccessReachesTheSameOptions() throws Exception {
        try (OptionSockets sockets = new OptionSockets()) {
            LinuxSocket socket = sockets.open("tcp4");
            socket.setOption(Option.rawInt(6, 1), 1);
            assertTrue(socket.getOption(TcpOption.NO_DELAY));
            socket.setOption(Option.rawBytes(1, 13, 8), new byte[] {1, 0, 0, 0, 9, 0, 0, 0});
            assertEquals(Linger.of(Duration.ofSeconds(9)), socket.getOption(SoOption.LINGER));
            assertArrayEquals(
                    new byte[] {1, 0, 0, 0, 9, 0, 0, 0},
                    socket.getOption(Option.rawBytes(1, 13, 100)));
            assertErrno(Errno.ENOPROTOOPT, () -> socket.getOption(Option.rawInt(6, 9_999)));
        }
    }

    @Test
    @Tag("A5-03")
    void aSocketListsTheOptionsOfItsLevels() throws Exception {
        try (OptionSockets sockets = new OptionSockets()) {
            List<Option<?>> tcp = sockets.open("tcp4").supportedOptions();
            assertTrue(tcp.containsAll(TcpOption.all()));
            assertTrue(tcp.containsAll(IpOption.all()));
            assertTrue(tcp.containsAll(SoOption.all()));
            assertFalse(tcp.contains(UdpOption.GRO));
            assertFalse(tcp.contains(Ipv6Option.V6_ONLY));
            List<Option<?>> udp = sockets.open("udp4").supportedOptions();
            assertTrue(udp.containsAll(UdpOption.all()));
            assertFalse(udp.contains(TcpOption.INFO));
            assertEquals(SoOption.all(), sockets.open("unix").supportedOptions());
        }
    }

    @Test
    void aRefusalNamesTheCallAndTheOption() throws Exception {
        try (OptionSockets sockets = new OptionSockets()) {
            LinuxSocket socket = sockets.open("udp4");
            assertMessage(
                    "setsockopt SO_BINDTODEVICE: ENODEV (19) No such device",
                    () -> socket.setOption(SoOption.BIND_TO_DEVICE, "none such"));
            assertMessage(
                    "getsockopt option 6/9999: ENOPROTOOPT (92) Protocol not available",
                    () -> sockets.open("tcp4").getOption(6, 9_999, 4));
        }
    }

    private static void assertMessage(String message, IoCall call) {
        assertEquals(message, assertThrows(IOException.class, call::run).getMessage());
    }

    private static int[] ownGroups() throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("Groups:")) {
                return Stream.of(line.substring(7).strip().split(" "))
                        .filter(group -> !group.isEmpty())
                        .mapToInt(Integer::parseUnsignedInt)
                        .toArray();
            }
        }
        throw new AssertionError("no groups");
    }

    private static long openDescriptors() throws IOException {
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            return descriptors.count();
        }
    }

    private static void assertErrno(Errno errno, IoCall call) {
        IOException refused = assertThrows(IOException.class, call::run);
        assertEquals(errno, ((ErrnoFailure) refused).errno());
    }

    @FunctionalInterface
    private interface IoCall {
        void run() throws IOException;
    }
}
