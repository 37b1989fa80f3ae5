// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;

/** Frames of the loopback, seen by AF_PACKET. */
@Tag("A6-09")
class PacketSocketTest {
    private int loopback;

    @BeforeEach
    void findLoopback() throws IOException {
        loopback = PacketEndpoint.of(0, "lo").interfaceIndex();
    }

    private static LinuxSocket open(int type, int protocol) throws IOException {
        try {
            return LinuxSocket.socket(AddressFamily.AF_PACKET, type, protocol);
        } catch (SocketFailure denied) {
            Assumptions.assumeTrue(denied.errno().equals(Errno.EPERM), denied.getMessage());
            System.err.println("*** skipped: AF_PACKET takes CAP_NET_RAW");
            return Assumptions.abort("AF_PACKET takes CAP_NET_RAW");
        }
    }

    /** Sees UDP over IPv4 alone, to one port: ethertype, protocol, destination. */
    private static SocketFilter udpTo(int port) {
        return SocketFilter.parse(
                """
                8
                40 0 0 12
                21 0 5 2048
                48 0 0 23
                21 0 3 17
                40 0 0 36
                21 0 1 %d
                6 0 0 262144
                6 0 0 0
                """
                        .formatted(port));
    }

    @Test
    void aFilteredFrameComesWithAllThatTheKernelKnows() throws Exception {
        try (var socket = open(SocketType.SOCK_RAW, 0);
                var left = LinuxSocket.socket(AddressFamily.AF_INET, SocketType.SOCK_DGRAM);
                var right = LinuxSocket.socket(AddressFamily.AF_INET, SocketType.SOCK_DGRAM)) {
            socket.setTimeout(Duration.ofSeconds(30));
            right.bind(InetEndpoint.loopback(0));
            int port = ((InetEndpoint) right.getSockName()).port();
            socket.setOption(SoOption.ATTACH_FILTER, udpTo(port));
            socket.setOption(PacketOption.AUXDATA, true);
            socket.setOption(PacketOption.IGNORE_OUTGOING, true);
            var membership = PacketMembership.promiscuous(loopback);
            socket.setOption(PacketOption.ADD_MEMBERSHIP, membership);
            socket.bind(PacketEndpoint.of(EtherType.ETH_P_ALL, loopback));
            assertEquals(EtherType.ETH_P_ALL, ((PacketEndpoint) socket.getSockName()).protocol());
            left.sendTo(new byte[] {1, 2, 3}, right.getSockName());
            Message frame = socket.recvMsg(100, 100, 0);
            assertEquals(14 + 20 + 8 + 3, frame.length());
            var from = (PacketEndpoint) frame.peer();
            assertEquals(EtherType.ETH_P_IP, from.protocol());
            assertEquals(loopback, from.interfaceIndex());
            assertEquals(772, from.hardwareType());
            assertEquals(PacketEndpoint.PACKET_HOST, from.packetType());
            assertEquals(6, from.address().length);
            var known = frame.find(PacketAuxData.class).orElseThrow();
            assertEquals(45, known.length());
            assertEquals(14, known.networkHeader());
            assertEquals(1, socket.getOption(PacketOption.STATISTICS).packets());
            assertEquals(0, socket.getOption(PacketOption.STATISTICS).packets(), "reading resets");
            socket.setOption(PacketOption.DROP_MEMBERSHIP, membership);
        }
    }

    @Test
    void aDatagramSocketLetsTheKernelMakeTheHeader() throws Exception {
        int unassigned = 0x88B5; // for local experiments
        try (var socket = open(SocketType.SOCK_DGRAM, EtherType.toSocketProtocol(unassigned));
                var sender = open(SocketType.SOCK_DGRAM, 0)) {
            socket.setTimeout(Duration.ofSeconds(30));
            socket.setOption(PacketOption.IGNORE_OUTGOING, true);
            var everybody = PacketEndpoint.to(unassigned, loopback, new byte[6]);
            sender.sendTo(ByteBuffer.wrap(new byte[] {7, 8}), everybody, 0);
            Message received = socket.recvMsg(100, 0, 0);
            assertEquals(ByteBuffer.wrap(new byte[] {7, 8}), received.payload());
            assertEquals(unassigned, ((PacketEndpoint) received.peer()).protocol());
        }
    }

    @Test
    void socketsOfAFanoutGroupShareWhatComes() throws Exception {
        try (var one = open(SocketType.SOCK_RAW, 0);
                var two = open(SocketType.SOCK_RAW, 0)) {
            var group = new PacketFanout(4711, PacketFanout.Mode.LB, 0);
            for (var each : List.of(one, two)) {
                each.bind(PacketEndpoint.of(EtherType.ETH_P_ALL, loopback));
                each.setOption(PacketOption.FANOUT, group);
                assertEquals(group, each.getOption(PacketOption.FANOUT));
            }
        }
    }

    @Test
    void theIndexOfAnInterfaceIsTheJdks() throws Exception {
        assertEquals(NetworkInterface.getByName("lo").getIndex(), loopback);
        var none = assertThrows(IOException.class, () -> PacketEndpoint.of(0, "no-such-if"));
        assertTrue(none.getMessage().contains("ENODEV"), none.getMessage());
    }
}
