// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * Groups joined and left, senders joined and blocked, shown by datagrams over the loopback. What a
 * socket must not hear is followed by what it must: nothing is waited for in vain.
 */
@Tag("A5-06")
@Tag("A5-08")
class MulticastOptionTest {
    private static final int LO = 1;
    private static final IpAddress GROUP = IpAddress.parse("239.255.77.1");
    private static final IpAddress GROUP6 = IpAddress.parse("ff12::77:1");
    private static final IpAddress ONE = IpAddress.parse("127.0.0.1");
    private static final IpAddress TWO = IpAddress.parse("127.0.0.2");

    @Test
    void aGroupIsHeardFromJoiningToLeavingByIndex() throws Exception {
        heardBetween(Membership.of(GROUP, LO).join(), Membership.of(GROUP, LO).leave());
    }

    @Test
    void aGroupIsHeardFromJoiningToLeavingByAddress() throws Exception {
        heardBetween(Membership.of(GROUP, ONE).join(), Membership.of(GROUP, ONE).leave());
    }

    @Test
    void oneSenderIsHeardAndTheOtherNotByIndex() throws Exception {
        SourceMembership two = SourceMembership.of(GROUP, TWO, LO);
        heardBetween(two.join(), two.leave());
        hearsOnlyTwo(two.join());
    }

    @Test
    void oneSenderIsHeardAndTheOtherNotByAddress() throws Exception {
        SourceMembership two = SourceMembership.of(GROUP, TWO, ONE);
        heardBetween(two.join(), two.leave());
        hearsOnlyTwo(two.join());
    }

    @Test
    void aBlockedSenderIsNotHeardUntilItIsUnblockedByIndex() throws Exception {
        SourceMembership one = SourceMembership.of(GROUP, ONE, LO);
        hearsOnlyTwo(Membership.of(GROUP, LO).join(), one.block());
        hearsBoth(Membership.of(GROUP, LO).join(), one.block(), one.unblock());
    }

    @Test
    void aBlockedSenderIsNotHeardUntilItIsUnblockedByAddress() throws Exception {
        SourceMembership one = SourceMembership.of(GROUP, ONE, ONE);
        hearsOnlyTwo(Membership.of(GROUP, ONE).join(), one.block());
        hearsBoth(Membership.of(GROUP, ONE).join(), one.block(), one.unblock());
    }

    @Test
    void aFilterOfSendersReplacesAllAndIsReadBack() throws Exception {
        SourceFilter byIndex = SourceFilter.of(GROUP, LO, SourceFilter.Mode.INCLUDE, List.of(TWO));
        SourceFilter byAddress =
                new SourceFilter(GROUP, 0, ONE, SourceFilter.Mode.EXCLUDE, List.of(ONE));
        hearsOnlyTwo(Membership.of(GROUP, LO).join(), IpOption.MCAST_MS_FILTER.to(byIndex));
        hearsOnlyTwo(Membership.of(GROUP, ONE).join(), IpOption.MS_FILTER.to(byAddress));
        try (LinuxSocket socket = hearer()) {
            socket.apply(Membership.of(GROUP, LO).join(), IpOption.MCAST_MS_FILTER.to(byIndex));
            assertEquals(byIndex, socket.getOption(IpOption.sourceFilter(GROUP, LO)));
        }
        try (LinuxSocket socket = hearer()) {
            socket.apply(Membership.of(GROUP, ONE).join(), IpOption.MS_FILTER.to(byAddress));
            assertEquals(byAddress, socket.getOption(IpOption.sourceFilter(GROUP, ONE)));
        }
    }

    @Test
    void anIpv6GroupIsHeardFromJoiningToLeaving() throws Exception {
        InetEndpoint self = linkLocal();
        Membership membership = Membership.of(GROUP6, self.scopeId());
        SourceMembership source = SourceMembership.of(GROUP6, self.address(), self.scopeId());
        heardBetween6(self, membership.join(), membership.leave());
        heardBetween6(
                self,
                Ipv6Option.ADD_MEMBERSHIP.to(membership),
                Ipv6Option.DROP_MEMBERSHIP.to(membership));
        heardBetween6(self, source.join(), source.leave());
    }

    private static void heardBetween6(
            InetEndpoint self, OptionSetting<?> join, OptionSetting<?> leave) throws IOException {
        try (LinuxSocket hearer = hearer6();
                LinuxSocket sender = sender6(self)) {
            int port = ((InetEndpoint) hearer.getSockName()).port();
            InetEndpoint group = new InetEndpoint(GROUP6, port, 0, self.scopeId());
            sender.sendTo("before".getBytes(UTF_8), group);
            hearer.apply(join);
            sender.sendTo("joined".getBytes(UTF_8), group);
            hearer.apply(leave);
            sender.sendTo("left".getBytes(UTF_8), group);
            sender.sendTo(
                    "end".getBytes(UTF_8),
                    new InetEndpoint(self.address(), port, 0, self.scopeId()));
            assertEquals(List.of("joined", "end"), heard(hearer), join.toString());
        }
    }

    @Test
    void anIpv6SenderIsBlockedAndUnblockedAndTheFilterIsReadBack() throws Exception {
        InetEndpoint self = linkLocal();
        int index = self.scopeId();
        SourceMembership source = SourceMembership.of(GROUP6, self.address(), index);
        SourceFilter nobody = SourceFilter.of(GROUP6, index, SourceFilter.Mode.INCLUDE, List.of());
        try (LinuxSocket hearer = hearer6();
                LinuxSocket sender = sender6(self)) {
            int port = ((InetEndpoint) hearer.getSockName()).port();
            InetEndpoint group = new InetEndpoint(GROUP6, port, 0, index);
            hearer.apply(Membership.of(GROUP6, index).join(), source.block());
            assertEquals(
                    SourceFilter.of(
                            GROUP6, index, SourceFilter.Mode.EXCLUDE, List.of(self.address())),
                    hearer.getOption(Ipv6Option.sourceFilter(GROUP6, index)));
            sender.sendTo("blocked".getBytes(UTF_8), group);
            hearer.apply(source.unblock());
            sender.sendTo("unblocked".getBytes(UTF_8), group);
            hearer.apply(Ipv6Option.MCAST_MS_FILTER.to(nobody));
            sender.sendTo("filtered".getBytes(UTF_8), group);
            sender.sendTo("end".getBytes(UTF_8), new InetEndpoint(self.address(), port, 0, index));
            assertEquals(List.of("unblocked", "end"), heard(hearer));
            assertErrno(
                    Errno.EADDRNOTAVAIL,
                    () -> hearer.getOption(Ipv6Option.sourceFilter(GROUP6, index)));
        }
    }

    /** An own address on an interface that has IPv6 multicast, which the loopback has not. */
    private static InetEndpoint linkLocal() throws IOException {
        for (NetworkInterface each : NetworkInterface.networkInterfaces().toList()) {
            if (each.isUp() && each.supportsMulticast()) {
                for (InetAddress address : each.inetAddresses().toList()) {
                    if (address instanceof Inet6Address && address.isLinkLocalAddress()) {
                        return new InetEndpoint(IpAddress.of(address), 0, 0, each.getIndex());
                    }
                }
            }
        }
        String reason = "no interface here has IPv6 multicast";
        System.err.println("*** skipped: " + reason);
        return Assumptions.abort(reason);
    }

    @Test
    void aSocketOfIpv6JoinsGroupsOfBothFamilies() throws Exception {
        OptionSockets.assumeItCanBeOpened("udp6");
        try (LinuxSocket hearer =
                        LinuxSocket.socket(AddressFamily.AF_INET6, SocketType.SOCK_DGRAM);
                LinuxSocket sender = sender(ONE)) {
            hearer.setOption(Ipv6Option.V6_ONLY, false);
            hearer.setOption(IpOption.MULTICAST_ALL, false);
            hearer.bind(InetEndpoint.any(0));
            hearer.apply(Membership.of(GROUP, LO).join());
            sender.sendTo("mapped".getBytes(UTF_8), at(GROUP, hearer));
            sender.sendTo("end".getBytes(UTF_8), at(ONE, hearer));
            assertEquals(List.of("mapped", "end"), heard(hearer));
        }
    }

    @Test
    void aMessageSocketJoinsLeavesBlocksAndUnblocks() throws Exception {
        Membership all = Membership.of(GROUP, LO);
        SourceMembership one = SourceMembership.of(GROUP, ONE, LO);
        SourceMembership two = SourceMembership.of(GROUP, TWO, LO);
        try (MessageSocket hearer =
                        MessageSocket.bind(
                                InetEndpoint.of(IpAddress.ANY_IPV4, 0),
                                IpOption.MULTICAST_ALL.to(false));
                LinuxSocket sender = sender(ONE)) {
            int port = ((InetEndpoint) Objects.requireNonNull(hearer.local())).port();
            Said group = text -> sender.sendTo(text.getBytes(UTF_8), InetEndpoint.of(GROUP, port));
            hearer.join(all);
            group.say("joined");
            hearer.block(one);
            group.say("blocked");
            hearer.unblock(one);
            group.say("unblocked");
            hearer.leave(all);
            group.say("left");
            hearer.join(two);
            group.say("only two");
            hearer.join(one);
            group.say("one too");
            hearer.leave(one);
            group.say("only two again");
            sender.sendTo("end".getBytes(UTF_8), InetEndpoint.of(ONE, port));
            List<String> heard = new ArrayList<>();
            do {
                heard.add(
                        UTF_8.decode(hearer.receive(ByteBuffer.allocate(100)).payload())
                                .toString());
            } while (!heard.getLast().equals("end"));
            assertEquals(List.of("joined", "unblocked", "one too", "end"), heard);
        }
    }

    @FunctionalInterface
    private interface Said {
        void say(String text) throws IOException;
    }

    @Test
    void theKernelsRefusalsAreTold() throws Exception {
        Membership membership = Membership.of(GROUP, LO);
        SourceMembership source = SourceMembership.of(GROUP, TWO, LO);
        try (LinuxSocket socket = hearer()) {
            assertErrno(Errno.EADDRNOTAVAIL, () -> socket.apply(membership.leave()));
            socket.apply(membership.join());
            assertErrno(Errno.EADDRINUSE, () -> socket.apply(membership.join()));
            assertErrno(Errno.EADDRNOTAVAIL, () -> socket.apply(source.unblock()));
            socket.apply(source.block());
            assertErrno(Errno.EADDRNOTAVAIL, () -> socket.apply(source.block()));
            assertErrno(Errno.EINVAL, () -> socket.apply(source.join()));
            socket.apply(membership.leave());
            assertErrno(Errno.ENODEV, () -> socket.apply(Membership.of(GROUP, 999_999).join()));
        }
    }

    private static void heardBetween(OptionSetting<?> join, OptionSetting<?> leave)
            throws IOException {
        try (LinuxSocket hearer = hearer();
                LinuxSocket sender = sender(TWO)) {
            InetEndpoint group = at(GROUP, hearer);
            sender.sendTo("before".getBytes(UTF_8), group);
            hearer.apply(join);
            sender.sendTo("joined".getBytes(UTF_8), group);
            hearer.apply(leave);
            sender.sendTo("left".getBytes(UTF_8), group);
            sender.sendTo("end".getBytes(UTF_8), at(ONE, hearer));
            assertEquals(List.of("joined", "end"), heard(hearer), join.toString());
        }
    }

    private static void hearsOnlyTwo(OptionSetting<?>... settings) throws IOException {
        assertEquals(List.of("from two", "end"), heardOfBoth(settings));
    }

    private static void hearsBoth(OptionSetting<?>... settings) throws IOException {
        assertEquals(List.of("from one", "from two", "end"), heardOfBoth(settings));
    }

    private static List<String> heardOfBoth(OptionSetting<?>... settings) throws IOException {
        try (LinuxSocket hearer = hearer();
                LinuxSocket one = sender(ONE);
                LinuxSocket two = sender(TWO)) {
            hearer.apply(settings);
            one.sendTo("from one".getBytes(UTF_8), at(GROUP, hearer));
            two.sendTo("from two".getBytes(UTF_8), at(GROUP, hearer));
            two.sendTo("end".getBytes(UTF_8), at(ONE, hearer));
            return heard(hearer);
        }
    }

    /** Hears its own groups only, and what is sent to it alone. */
    private static LinuxSocket hearer() throws IOException {
        LinuxSocket socket = LinuxSocket.socket(AddressFamily.AF_INET, SocketType.SOCK_DGRAM);
        socket.setOption(IpOption.MULTICAST_ALL, false);
        socket.bind(InetEndpoint.of(IpAddress.ANY_IPV4, 0));
        return socket;
    }

    private static LinuxSocket hearer6() throws IOException {
        LinuxSocket socket = LinuxSocket.socket(AddressFamily.AF_INET6, SocketType.SOCK_DGRAM);
        socket.setOption(Ipv6Option.MULTICAST_ALL, false);
        socket.bind(InetEndpoint.of(IpAddress.ANY_IPV6, 0));
        return socket;
    }

    private static LinuxSocket sender(IpAddress address) throws IOException {
        LinuxSocket socket = LinuxSocket.socket(AddressFamily.AF_INET, SocketType.SOCK_DGRAM);
        socket.setOption(IpOption.MULTICAST_IF, new MulticastInterface(LO, address));
        socket.bind(InetEndpoint.of(address, 0));
        return socket;
    }

    private static LinuxSocket sender6(InetEndpoint self) throws IOException {
        LinuxSocket socket = LinuxSocket.socket(AddressFamily.AF_INET6, SocketType.SOCK_DGRAM);
        socket.setOption(Ipv6Option.MULTICAST_IF, self.scopeId());
        socket.bind(self);
        return socket;
    }

    private static InetEndpoint at(IpAddress address, LinuxSocket hearer) throws IOException {
        return InetEndpoint.of(address, ((InetEndpoint) hearer.getSockName()).port());
    }

    /** All that came until the datagram that ends it. */
    private static List<String> heard(LinuxSocket hearer) throws IOException {
        List<String> heard = new ArrayList<>();
        do {
            heard.add(new String(hearer.recv(100), UTF_8));
        } while (!heard.getLast().equals("end"));
        return heard;
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
