// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import static sockeye.AddressFamily.AF_INET;
import static sockeye.AddressFamily.AF_INET6;
import static sockeye.AddressFamily.AF_UNIX;
import static sockeye.AncillaryType.SOL_SOCKET;
import static sockeye.IpProtocol.IPPROTO_IP;
import static sockeye.IpProtocol.IPPROTO_IPV6;
import static sockeye.IpProtocol.IPPROTO_TCP;
import static sockeye.IpProtocol.IPPROTO_UDP;
import static sockeye.MessageFlag.MSG_DONTWAIT;
import static sockeye.MessageFlag.MSG_ERRQUEUE;
import static sockeye.SocketType.SOCK_DGRAM;
import static sockeye.SocketType.SOCK_STREAM;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Set;

/** What comes beside Internet datagrams, over the loopback interface of this machine. */
@Timeout(60)
class IpAncillaryTest {
    private static final int ROOM = 512;
    private static final IpAddress LOOPBACK = IpAddress.LOOPBACK_IPV4;
    private static final IpAddress OTHER = IpAddress.parse("127.0.0.5");

    private static final int IP_RECVTTL = 12;
    private static final int IP_RECVTOS = 13;
    private static final int IPV6_V6ONLY = 26;
    private static final int IPV6_RECVPKTINFO = 49;
    private static final int IPV6_RECVHOPLIMIT = 51;
    private static final int IPV6_RECVTCLASS = 66;
    private static final int SO_RCVBUF = 8;
    private static final int SO_TIMESTAMPING = 37;
    private static final int SO_RCVMARK = 75;
    private static final int SO_INQ = 84;
    private static final int TCP_INQ = 36;

    /** A datagram socket on any port of an address. */
    private static LinuxSocket bound(int family, IpAddress address) throws IOException {
        assumeTrue(family == AF_INET || hasIpv6(), "no IPv6 here");
        LinuxSocket socket = LinuxSocket.socket(family, SOCK_DGRAM);
        if (family == AF_INET6) {
            socket.setOption(IPPROTO_IPV6, IPV6_V6ONLY, address.isUnspecified() ? 0 : 1);
        }
        socket.bind(InetEndpoint.of(address, 0));
        return socket;
    }

    private static boolean hasIpv6() throws IOException {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .anyMatch(each -> IpAddress.of(each).equals(IpAddress.LOOPBACK_IPV6));
    }

    private static LinuxSocket any(int family) throws IOException {
        return bound(family, family == AF_INET ? IpAddress.ANY_IPV4 : IpAddress.ANY_IPV6);
    }

    private static LinuxSocket loopback(int family) throws IOException {
        return bound(family, loopbackOf(family));
    }

    private static IpAddress loopbackOf(int family) {
        return family == AF_INET ? LOOPBACK : IpAddress.LOOPBACK_IPV6;
    }

    private static int port(LinuxSocket socket) throws IOException {
        return ((InetEndpoint) socket.getSockName()).port();
    }

    private static void send(
            LinuxSocket from, LinuxSocket to, IpAddress address, int size, Ancillary... ancillary)
            throws IOException {
        from.sendMsg(
                new ByteBuffer[] {ByteBuffer.allocate(size)},
                List.of(ancillary),
                0,
                InetEndpoint.of(address, port(to)));
    }

    private static Message receive(LinuxSocket socket) throws IOException {
        Message message = socket.recvMsg(65_535, ROOM, 0);
        assertFalse(message.ancillaryTruncated());
        return message;
    }

    private static <A extends Ancillary> A receive(LinuxSocket socket, Class<A> kind)
            throws IOException {
        return receive(socket).find(kind).orElseThrow();
    }

    private static Errno errno(IOException failure) {
        return assertInstanceOf(ErrnoFailure.class, failure).errno();
    }

    @Test
    @Tag("A4-24")
    void packetInfoLetsAnIpv4ServerAnswerFromWhereItWasAsked() throws IOException {
        try (var server = any(AF_INET);
                var client = loopback(AF_INET)) {
            server.setOption(IPPROTO_IP, AncillaryType.IP_PKTINFO, 1);
            send(client, server, OTHER, 3);
            Message asked = receive(server);
            var info = asked.find(Ancillary.PacketInfo.class).orElseThrow();
            int lo = NetworkInterface.getByInetAddress(LOOPBACK.toInetAddress()).getIndex();
            assertEquals(new Ancillary.PacketInfo(IPPROTO_IP, lo, OTHER, OTHER), info);

            send(server, client, LOOPBACK, 1, info.reply());
            assertEquals(InetEndpoint.of(OTHER, port(server)), receive(client).peer());
            send(server, client, LOOPBACK, 1, info);
            assertEquals(InetEndpoint.of(OTHER, port(server)), receive(client).peer());
        }
    }

    @Test
    @Tag("A4-24")
    void packetInfoLetsAnIpv6ServerAnswerFromWhereItWasAsked() throws IOException {
        try (var server = any(AF_INET6);
                var client = loopback(AF_INET6)) {
            server.setOption(IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
            IpAddress loopback = IpAddress.LOOPBACK_IPV6;
            send(client, server, loopback, 3);
            var info = receive(server, Ancillary.PacketInfo.class);
            assertEquals(IPPROTO_IPV6, info.level());
            assertEquals(loopback, info.local());
            assertEquals(loopback, info.destination());
            assertTrue(info.interfaceIndex() > 0);
            send(server, client, loopback, 1, info.reply());
            assertEquals(InetEndpoint.of(loopback, port(server)), receive(client).peer());
        }
    }

    @Test
    @Tag("A4-24")
    void packetInfoOfIpv4OnADualStackSocketIsIpv4BothWays() throws IOException {
        try (var server = any(AF_INET6);
                var client = loopback(AF_INET)) {
            server.setOption(IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
            send(client, server, OTHER, 3);
            Message asked = receive(server);
            assertEquals(InetEndpoint.of(LOOPBACK, port(client)), asked.peer());
            var info = asked.find(Ancillary.PacketInfo.class).orElseThrow();
            assertEquals(IPPROTO_IPV6, info.level());
            assertEquals(OTHER, info.local());
            assertEquals(OTHER, info.destination());
            send(server, client, LOOPBACK, 1, info.reply());
            assertEquals(InetEndpoint.of(OTHER, port(server)), receive(client).peer());
        }
    }

    @Test
    @Tag("A4-24")
    void aSourceThatIsNotOursIsRefusedByTheKernel() throws IOException {
        try (var server = any(AF_INET);
                var client = loopback(AF_INET)) {
            var foreign = Ancillary.PacketInfo.from(IpAddress.parse("192.0.2.1"));
            var failure =
                    assertThrows(
                            IOException.class, () -> send(server, client, LOOPBACK, 1, foreign));
            // Which of the two depends on the kernel's version.
            assertTrue(Set.of(Errno.EINVAL, Errno.ENETUNREACH).contains(errno(failure)));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {AF_INET, AF_INET6})
    @Tag("A4-24")
    void timeToLiveAndTrafficClassAreSetForOneDatagramAndSeen(int family) throws IOException {
        boolean v4 = family == AF_INET;
        int level = v4 ? IPPROTO_IP : IPPROTO_IPV6;
        try (var receiver = loopback(family);
                var sender = loopback(family)) {
            receiver.setOption(level, v4 ? IP_RECVTTL : IPV6_RECVHOPLIMIT, 1);
            receiver.setOption(level, v4 ? IP_RECVTOS : IPV6_RECVTCLASS, 1);
            IpAddress to = loopbackOf(family);
            send(
                    sender,
                    receiver,
                    to,
                    1,
                    new Ancillary.TimeToLive(level, 7),
                    new Ancillary.TrafficClass(level, 0xB8));
            Message special = receive(receiver);
            assertEquals(
                    new Ancillary.TimeToLive(level, 7),
                    special.find(Ancillary.TimeToLive.class).orElseThrow());
            assertEquals(
                    new Ancillary.TrafficClass(level, 0xB8),
                    special.find(Ancillary.TrafficClass.class).orElseThrow());
            send(sender, receiver, to, 1);
            Message plain = receive(receiver);
            assertEquals(64, plain.find(Ancillary.TimeToLive.class).orElseThrow().hops());
            assertEquals(0, plain.find(Ancillary.TrafficClass.class).orElseThrow().value());
        }
    }

    @Test
    @Tag("A4-24")
    void aDualStackSocketSpeaksOfIpv4AtTheIpv4Level() throws IOException {
        try (var receiver = any(AF_INET6);
                var sender = any(AF_INET6)) {
            receiver.setOption(IPPROTO_IP, IP_RECVTTL, 1);
            receiver.setOption(IPPROTO_IP, IP_RECVTOS, 1);
            send(
                    sender,
                    receiver,
                    LOOPBACK,
                    1,
                    Ancillary.TimeToLive.ipv4(9),
                    Ancillary.TrafficClass.ipv4(0x28));
            Message message = receive(receiver);
            assertEquals(
                    Ancillary.TimeToLive.ipv4(9),
                    message.find(Ancillary.TimeToLive.class).orElseThrow());
            assertEquals(
                    Ancillary.TrafficClass.ipv4(0x28),
                    message.find(Ancillary.TrafficClass.class).orElseThrow());
        }
    }

    @Test
    @Tag("A4-24")
    void aTimeToLiveOfZeroIsRefusedByTheKernel() throws IOException {
        try (var receiver = loopback(AF_INET);
                var sender = loopback(AF_INET)) {
            var failure =
                    assertThrows(
                            IOException.class,
                            () ->
                                    send(
                                            sender,
                                            receiver,
                                            LOOPBACK,
                                            1,
                                            Ancillary.TimeToLive.ipv4(0)));
            assertEquals(Errno.EINVAL, errno(failure));
        }
    }

    @Test
    @Tag("A4-24")
    void aFlowLabelIsSeen() throws IOException {
        try (var receiver = loopback(AF_INET6);
                var sender = loopback(AF_INET6)) {
            receiver.setOption(IPPROTO_IPV6, AncillaryType.IPV6_FLOWINFO, 1);
            send(sender, receiver, IpAddress.LOOPBACK_IPV6, 1, new Ancillary.FlowInfo(0x12345));
            assertEquals(0x12345, receive(receiver, Ancillary.FlowInfo.class).label());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {AF_INET, AF_INET6})
    @Tag("A4-24")
    void theDestinationBeforeADiversionIsTheReceiver(int family) throws IOException {
        int level = family == AF_INET ? IPPROTO_IP : IPPROTO_IPV6;
        int type =
                family == AF_INET ? AncillaryType.IP_ORIGDSTADDR : AncillaryType.IPV6_ORIGDSTADDR;
        try (var receiver = loopback(family);
                var sender = loopback(family)) {
            receiver.setOption(level, type, 1);
            send(sender, receiver, loopbackOf(family), 1);
            assertEquals(
                    new Ancillary.OriginalDestination(level, receiver.getSockName()),
                    receive(receiver, Ancillary.OriginalDestination.class));
        }
    }

    @ParameterizedTest
    @ValueSource(
            ints = {
                AncillaryType.SO_TIMESTAMP_OLD,
                AncillaryType.SO_TIMESTAMPNS_OLD,
                AncillaryType.SO_TIMESTAMP_NEW,
                AncillaryType.SO_TIMESTAMPNS_NEW
            })
    @Tag("A4-23")
    void theTimeOfArrivalLiesBetweenSendAndReceive(int option) throws IOException {
        try (var receiver = loopback(AF_INET);
                var sender = loopback(AF_INET)) {
            receiver.setOption(SOL_SOCKET, option, 1);
            Instant before = Instant.now().truncatedTo(ChronoUnit.MICROS);
            send(sender, receiver, LOOPBACK, 1);
            var stamp = receive(receiver, Ancillary.ReceivedTimestamp.class);
            Instant after = Instant.now();
            assertEquals(option, stamp.type());
            assertFalse(stamp.time().isBefore(before), before + " " + stamp);
            assertFalse(stamp.time().isAfter(after), stamp + " " + after);
        }
    }

    @Test
    @Tag("A4-23")
    void softwareTimestampsOfReceivedAndSentPacketsCome() throws IOException {
        int received = 1 << 3;
        int report = 1 << 4;
        int sent = 1 << 1;
        int numbered = 1 << 7;
        for (int option : new int[] {SO_TIMESTAMPING, AncillaryType.SO_TIMESTAMPING_NEW}) {
            try (var receiver = loopback(AF_INET);
                    var sender = loopback(AF_INET)) {
                receiver.setOption(SOL_SOCKET, option, received | report);
                Message first;
                do {
                    // The kernel begins to stamp packets some time after it was first asked to.
                    send(sender, receiver, LOOPBACK, 1);
                    first = receive(receiver);
                } while (first.find(Ancillary.Timestamps.class).isEmpty());
                sender.setOption(IPPROTO_IP, AncillaryType.IP_RECVERR, 1);
                sender.setOption(SOL_SOCKET, option, sent | report | numbered);
                for (int number = 0; number < 2; number++) {
                    send(sender, receiver, LOOPBACK, 1);
                    var stamps = receive(receiver, Ancillary.Timestamps.class);
                    assertEquals(option, stamps.type());
                    assertNotNull(stamps.software());
                    assertNull(stamps.hardware());

                    Message echo = sender.recvMsg(100, ROOM, MSG_ERRQUEUE);
                    assertTrue(echo.fromErrorQueue());
                    assertNotNull(echo.find(Ancillary.Timestamps.class).orElseThrow().software());
                    var about = echo.find(Ancillary.ExtendedError.class).orElseThrow();
                    assertEquals(Ancillary.ExtendedError.SO_EE_ORIGIN_TIMESTAMPING, about.origin());
                    assertEquals(Errno.ENOMSG, about.errno());
                    assertEquals(number, about.data());
                    assertFalse(about.isIcmp());
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"2, 2, 3, 3", "10, 3, 1, 4"})
    @Tag("A4-22")
    void theErrorQueueSaysWhoRefusedAndHow(int family, int origin, int icmpType, int icmpCode)
            throws IOException {
        boolean v4 = family == AF_INET;
        int level = v4 ? IPPROTO_IP : IPPROTO_IPV6;
        try (var sender = loopback(family)) {
            sender.setOption(level, v4 ? AncillaryType.IP_RECVERR : AncillaryType.IPV6_RECVERR, 1);
            InetEndpoint nobody;
            try (var gone = loopback(family)) {
                nobody = (InetEndpoint) gone.getSockName();
            }
            sender.sendTo(new byte[] {1, 2, 3}, nobody);
            Message message = sender.recvMsg(100, ROOM, MSG_ERRQUEUE);
            assertTrue(message.fromErrorQueue());
            assertEquals(nobody, message.peer(), "where the datagram was going");
            assertEquals(ByteBuffer.wrap(new byte[] {1, 2, 3}), message.payload());
            var error = message.find(Ancillary.ExtendedError.class).orElseThrow();
            assertEquals(
                    new Ancillary.ExtendedError(
                            level,
                            Errno.ECONNREFUSED,
                            origin,
                            icmpType,
                            icmpCode,
                            0,
                            0,
                            InetEndpoint.of(loopbackOf(family), 0)),
                    error);
            assertTrue(error.isIcmp());
            var empty =
                    assertThrows(
                            IOException.class,
                            () -> sender.recvMsg(100, ROOM, MSG_ERRQUEUE | MSG_DONTWAIT));
            assertEquals(Errno.EAGAIN, errno(empty));
        }
    }

    @Test
    @Tag("A4-22")
    void aRefusalOfIpv4ComesThroughADualStackSocket() throws IOException {
        try (var sender = any(AF_INET6)) {
            sender.setOption(IPPROTO_IPV6, AncillaryType.IPV6_RECVERR, 1);
            sender.setOption(IPPROTO_IP, AncillaryType.IP_RECVERR, 1);
            InetEndpoint nobody;
            try (var gone = loopback(AF_INET)) {
                nobody = (InetEndpoint) gone.getSockName();
            }
            sender.sendTo(new byte[] {1}, nobody);
            Message message = sender.recvMsg(100, ROOM, MSG_ERRQUEUE);
            assertEquals(nobody, message.peer());
            var error = message.find(Ancillary.ExtendedError.class).orElseThrow();
            assertEquals(Errno.ECONNREFUSED, error.errno());
            assertEquals(Ancillary.ExtendedError.SO_EE_ORIGIN_ICMP, error.origin());
            assertEquals(InetEndpoint.of(LOOPBACK, 0), error.offender());
        }
    }

    @Test
    @Tag("A4-22")
    void aDatagramTooBigForThePathNamesTheMtu() throws IOException {
        int mtuDiscover = 10;
        int probe = 2; // IP_PMTUDISC_DO
        try (var sender = any(AF_INET);
                var receiver = loopback(AF_INET)) {
            sender.setOption(IPPROTO_IP, mtuDiscover, probe);
            sender.setOption(IPPROTO_IP, AncillaryType.IP_RECVERR, 1);
            int mtu = NetworkInterface.getByInetAddress(LOOPBACK.toInetAddress()).getMTU();
            var failure =
                    assertThrows(IOException.class, () -> send(sender, receiver, LOOPBACK, 65_508));
            assertEquals(Errno.EMSGSIZE, errno(failure));
            var message = sender.recvMsg(10, ROOM, MSG_ERRQUEUE | MSG_DONTWAIT);
            var error = message.find(Ancillary.ExtendedError.class).orElseThrow();
            assertEquals(Ancillary.ExtendedError.SO_EE_ORIGIN_LOCAL, error.origin());
            assertEquals(Math.min(mtu, 65_535), error.info());
            assertNull(error.offender());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {AF_INET, AF_INET6})
    @Tag("A4-19")
    void aBufferSentInSegmentsArrivesAsDatagrams(int family) throws IOException {
        try (var receiver = loopback(family);
                var sender = loopback(family)) {
            var segment = Ancillary.SegmentSize.of(1_000);
            send(sender, receiver, loopbackOf(family), 3_500, segment);
            for (int size : new int[] {1_000, 1_000, 1_000, 500}) {
                assertEquals(size, receive(receiver).payload().remaining());
            }
            receiver.setOption(IPPROTO_UDP, AncillaryType.UDP_GRO, 1);
            send(sender, receiver, loopbackOf(family), 3_500, segment);
            Message whole = receive(receiver);
            assertEquals(3_500, whole.payload().remaining());
            assertEquals(
                    new Ancillary.SegmentSize(AncillaryType.UDP_GRO, 1_000),
                    whole.find(Ancillary.SegmentSize.class).orElseThrow());
        }
    }

    @Test
    @Tag("A4-24")
    void dropsAreCountedExactly() throws IOException {
        try (var receiver = loopback(AF_INET);
                var sender = loopback(AF_INET)) {
            receiver.setOption(SOL_SOCKET, SO_RCVBUF, 4_096);
            receiver.setOption(SOL_SOCKET, AncillaryType.SO_RXQ_OVFL, 1);
            int sent = 100;
            for (int i = 0; i < sent; i++) {
                send(sender, receiver, LOOPBACK, 500);
            }
            int received = 0;
            try {
                while (true) {
                    receiver.recvMsg(500, ROOM, MSG_DONTWAIT);
                    received++;
                }
            } catch (SocketFailure drained) {
                assertEquals(Errno.EAGAIN, drained.errno());
            }
            send(sender, receiver, LOOPBACK, 1);
            assertTrue(received < sent);
            assertEquals(
                    new Ancillary.Drops(sent - received), receive(receiver, Ancillary.Drops.class));
        }
    }

    @Test
    @Tag("A4-24")
    void aMarkTravelsWithThePacket() throws IOException {
        try (var receiver = loopback(AF_INET);
                var sender = loopback(AF_INET)) {
            try {
                receiver.setOption(SOL_SOCKET, SO_RCVMARK, 1);
                send(sender, receiver, LOOPBACK, 1, new Ancillary.Mark(0xCAFE));
            } catch (SocketFailure refused) {
                abort("SO_MARK: " + refused.getMessage());
            }
            assertEquals(new Ancillary.Mark(0xCAFE), receive(receiver, Ancillary.Mark.class));
        }
    }

    @Test
    @Tag("A4-24")
    void aTimeOfDepartureIsTakenWhereTheClockWasNamed() throws IOException {
        try (var receiver = loopback(AF_INET);
                var sender = loopback(AF_INET)) {
            var now = new Ancillary.DepartureTime(System.nanoTime());
            var failure =
                    assertThrows(IOException.class, () -> send(sender, receiver, LOOPBACK, 1, now));
            assertEquals(Errno.EINVAL, errno(failure));
            sender.setOption(
                    SOL_SOCKET, AncillaryType.SCM_TXTIME, new byte[] {1, 0, 0, 0, 0, 0, 0, 0});
            send(sender, receiver, LOOPBACK, 1, now);
            assertEquals(1, receive(receiver).payload().remaining());
        }
    }

    @Test
    @Tag("A4-06")
    void anyControlMessageCanBeSentAsBytes() throws IOException {
        try (var receiver = loopback(AF_INET);
                var sender = loopback(AF_INET)) {
            receiver.setOption(IPPROTO_IP, IP_RECVTTL, 1);
            byte[] eleven = OptionCodec.ofInt(11);
            var raw = new Ancillary.Unknown(IPPROTO_IP, AncillaryType.IP_TTL, eleven);
            send(sender, receiver, LOOPBACK, 1, raw);
            assertEquals(11, receive(receiver, Ancillary.TimeToLive.class).hops());
        }
    }

    @Test
    @Tag("A4-24")
    void aStreamTellsHowMuchIsStillQueued() throws IOException {
        try (var listener = LinuxSocket.socket(AF_INET, SOCK_STREAM);
                var client = LinuxSocket.socket(AF_INET, SOCK_STREAM)) {
            listener.bind(InetEndpoint.of(LOOPBACK, 0));
            listener.listen();
            client.connect(listener.getSockName());
            try (var server = listener.accept().socket()) {
                server.setOption(IPPROTO_TCP, TCP_INQ, 1);
                client.sendAll(new byte[10]);
                Message part = server.recvMsg(4, ROOM, 0);
                assertEquals(
                        new Ancillary.StillQueued(IPPROTO_TCP, 6),
                        part.find(Ancillary.StillQueued.class).orElseThrow());
            }
        }
        try (var pair = LinuxSocket.socketPair(AF_UNIX, SOCK_STREAM, 0)) {
            try {
                pair.right().setOption(SOL_SOCKET, SO_INQ, 1);
            } catch (SocketFailure old) {
                abort("SO_INQ: Linux 6.18 or later");
            }
            pair.left().sendAll(new byte[10]);
            Message part = pair.right().recvMsg(4, ROOM, 0);
            assertEquals(
                    new Ancillary.StillQueued(SOL_SOCKET, 6),
                    part.find(Ancillary.StillQueued.class).orElseThrow());
        }
    }
}
