// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.lang.reflect.Field;
import java.net.NetworkInterface;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

class OptionTest {
    private static final Map<Class<?>, List<Option<?>>> HOLDERS =
            Map.ofEntries(
                    Map.entry(SoOption.class, SoOption.all()),
                    Map.entry(IpOption.class, IpOption.all()),
                    Map.entry(Ipv6Option.class, Ipv6Option.all()),
                    Map.entry(TcpOption.class, TcpOption.all()),
                    Map.entry(UdpOption.class, UdpOption.all()),
                    Map.entry(MptcpOption.class, MptcpOption.all()),
                    Map.entry(NetlinkOption.class, NetlinkOption.all()),
                    Map.entry(TipcOption.class, TipcOption.all()),
                    Map.entry(SctpOption.class, SctpOption.all()),
                    Map.entry(UdpLiteOption.class, UdpLiteOption.all()),
                    Map.entry(VsockOption.class, VsockOption.all()),
                    Map.entry(PacketOption.class, PacketOption.all()),
                    Map.entry(CanOption.class, CanOption.all()),
                    Map.entry(J1939Option.class, J1939Option.all()),
                    Map.entry(IsoTpOption.class, IsoTpOption.all()));

    @Test
    @Tag("A5-03")
    void theListOfALevelHasEveryConstantOnce() throws Exception {
        for (var holder : HOLDERS.entrySet()) {
            List<Option<?>> constants = new ArrayList<>();
            for (Field field : holder.getKey().getFields()) {
                if (field.getType() == Option.class) {
                    constants.add((Option<?>) field.get(null));
                }
            }
            assertEquals(new HashSet<>(constants), new HashSet<>(holder.getValue()));
            assertEquals(constants.size(), holder.getValue().size());
            assertTrue(constants.size() >= 1, holder.getKey().getName());
        }
    }

    @Test
    @Tag("A5-03")
    void noTwoOptionsOfALevelHaveTheSameNumberUnlessOneSetsAndOneRemoves() {
        for (List<Option<?>> all : HOLDERS.values()) {
            Set<Integer> numbers = new HashSet<>();
            for (Option<?> option : all) {
                assertTrue(numbers.add(option.number()), option + " has a number twice");
            }
        }
    }

    @Test
    @Tag("A5-01")
    @Tag("A5-02")
    void aRawOptionReachesAnyLevelAndNumber() {
        Option<Integer> raw = Option.rawInt(1, 99);
        assertEquals("option 1/99", raw.name());
        assertEquals(Integer.class, raw.type());
        assertArrayEquals(new byte[] {7, 0, 0, 0}, raw.encode(7));
        assertEquals(-1, raw.decode(raw.encode(-1), 4));
        Option<byte[]> bytes = Option.rawBytes(1, 99, 10);
        assertArrayEquals(new byte[] {1, 2}, bytes.decode(new byte[] {1, 2, 3}, 2));
        assertArrayEquals(new byte[] {1, 2, 3}, bytes.decode(new byte[] {1, 2, 3}, 9));
        assertArrayEquals(new byte[0], bytes.encode(new byte[0]));
        assertEquals(10, bytes.readBuffer().length);
        assertThrows(IllegalArgumentException.class, () -> bytes.encode(new byte[11]));
        assertThrows(IllegalArgumentException.class, () -> Option.rawBytes(1, 99, 65_537));
        assertThrows(IllegalArgumentException.class, () -> Option.rawBytes(1, 99, -1));
    }

    @Test
    void aRawOptionKeepsNothingOfTheArraysItIsGiven() {
        Option<byte[]> option = Option.rawBytes(1, 99, 10);
        byte[] mine = {1, 2, 3};
        byte[] encoded = option.encode(mine);
        mine[0] = 9;
        assertEquals(1, encoded[0]);
    }

    @Test
    void aValueOutOfRangeIsRefusedWithNameRangeAndValue() {
        assertRefused(
                () -> TcpOption.KEEP_IDLE.to(Duration.ZERO),
                "TCP_KEEPIDLE: between 1 and 32767 seconds, not 0");
        assertRefused(
                () -> TcpOption.KEEP_IDLE.to(Duration.ofSeconds(32_768)),
                "TCP_KEEPIDLE: between 1 and 32767 seconds, not 32768");
        assertRefused(
                () -> SoOption.RCV_TIMEO.to(Duration.ofNanos(-1)),
                "SO_RCVTIMEO: between 0 and 2147483647000000 microseconds, not -");
        assertRefused(
                () -> SoOption.RCV_TIMEO.to(Duration.ofSeconds(Long.MAX_VALUE)),
                "SO_RCVTIMEO: between 0 and 2147483647000000 microseconds, not more");
        assertRefused(() -> IpOption.TOS.to(256), "IP_TOS: between 0 and 255, not 256");
        assertRefused(
                () -> SoOption.BIND_TO_DEVICE.to("sixteen-letters!"),
                "SO_BINDTODEVICE: a name of at most 15 bytes without NUL, not 'sixteen-letters!'");
        assertRefused(() -> SoOption.MARK.to(-1L), "SO_MARK: between 0 and 4294967295, not -1");
        assertRefused(() -> UdpOption.SEGMENT.to(65_536), "UDP_SEGMENT: between 0 and 65535 bytes");
        assertRefused(() -> TcpOption.CONGESTION.to("a\0b"), "TCP_CONGESTION: a name");
    }

    @Test
    void aNegativeTimeShorterThanTheUnitIsNotTakenForZero() {
        assertThrows(
                IllegalArgumentException.class,
                () -> TcpOption.USER_TIMEOUT.encode(Duration.ofNanos(-1)));
        assertThrows(IllegalArgumentException.class, () -> Linger.of(Duration.ofNanos(-1)));
    }

    @Test
    void membershipsAreCheckedWhenTheyAreMade() {
        IpAddress group = IpAddress.parse("239.1.2.3");
        IpAddress group6 = IpAddress.parse("ff15::7");
        IpAddress host = IpAddress.parse("192.0.2.1");
        assertRefused(() -> Membership.of(host, 1), "192.0.2.1 is no multicast group");
        assertRefused(() -> Membership.of(group.mapped(), 1), "is no multicast group");
        assertRefused(() -> Membership.of(group, -1), "between 0 and 2147483647, not -1");
        assertRefused(() -> Membership.of(group6, host), "only IPv4 knows an interface");
        assertRefused(
                () -> SourceMembership.of(group, IpAddress.LOOPBACK_IPV6, 1), "another family");
        assertRefused(
                () -> SourceMembership.of(IpAddress.LOOPBACK_IPV6, IpAddress.LOOPBACK_IPV6, 1),
                "is no multicast group");
        assertRefused(
                () -> IpOption.MCAST_JOIN_GROUP.to(Membership.of(group6, 1)),
                "MCAST_JOIN_GROUP: an IPv4 address, not ff15::7");
        assertRefused(
                () -> Ipv6Option.MCAST_JOIN_GROUP.to(Membership.of(group, 1)),
                "MCAST_JOIN_GROUP: an IPv6 address, not 239.1.2.3");
        assertRefused(
                () -> IpOption.MCAST_JOIN_GROUP.to(Membership.of(group, host)),
                "the interface by its index, not by its address 192.0.2.1");
        assertRefused(
                () -> IpOption.ADD_SOURCE_MEMBERSHIP.to(SourceMembership.of(group, host, 1)),
                "the interface by its address, not by its index 1");
    }

    @Test
    @Tag("A5-08")
    void aMembershipChoosesItsOptionByFamilyAndInterface() {
        IpAddress group = IpAddress.parse("239.1.2.3");
        IpAddress group6 = IpAddress.parse("ff15::7");
        IpAddress host = IpAddress.parse("192.0.2.1");
        assertSame(IpOption.MCAST_JOIN_GROUP, Membership.of(group, 1).join().option());
        assertSame(IpOption.MCAST_LEAVE_GROUP, Membership.of(group, 1).leave().option());
        assertSame(IpOption.ADD_MEMBERSHIP, Membership.of(group, host).join().option());
        assertSame(IpOption.DROP_MEMBERSHIP, Membership.of(group, host).leave().option());
        assertSame(Ipv6Option.MCAST_JOIN_GROUP, Membership.of(group6, 1).join().option());
        assertSame(Ipv6Option.MCAST_LEAVE_GROUP, Membership.of(group6, 1).leave().option());
        var source = SourceMembership.of(group, host, 1);
        assertSame(IpOption.MCAST_JOIN_SOURCE_GROUP, source.join().option());
        assertSame(IpOption.MCAST_LEAVE_SOURCE_GROUP, source.leave().option());
        assertSame(IpOption.MCAST_BLOCK_SOURCE, source.block().option());
        assertSame(IpOption.MCAST_UNBLOCK_SOURCE, source.unblock().option());
        var local = SourceMembership.of(group, host, IpAddress.LOOPBACK_IPV4);
        assertSame(IpOption.ADD_SOURCE_MEMBERSHIP, local.join().option());
        assertSame(IpOption.DROP_SOURCE_MEMBERSHIP, local.leave().option());
        assertSame(IpOption.BLOCK_SOURCE, local.block().option());
        assertSame(IpOption.UNBLOCK_SOURCE, local.unblock().option());
        var source6 = SourceMembership.of(group6, IpAddress.LOOPBACK_IPV6, 1);
        assertSame(Ipv6Option.MCAST_JOIN_SOURCE_GROUP, source6.join().option());
        assertSame(Ipv6Option.MCAST_LEAVE_SOURCE_GROUP, source6.leave().option());
        assertSame(Ipv6Option.MCAST_BLOCK_SOURCE, source6.block().option());
        assertSame(Ipv6Option.MCAST_UNBLOCK_SOURCE, source6.unblock().option());
    }

    @Test
    void whatCanOnlyBeReadIsNotWrittenAndTheOtherWayRound() {
        assertUnsupported(() -> SoOption.TYPE.encode(1), "SO_TYPE can only be read");
        assertUnsupported(() -> SoOption.TYPE.to(1), "SO_TYPE can only be read");
        assertUnsupported(
                () -> SoOption.DETACH_FILTER.decode(new byte[4], 4),
                "SO_DETACH_FILTER can only be set");
        assertUnsupported(SoOption.DETACH_FILTER::readBuffer, "SO_DETACH_FILTER can only be set");
        Option<SourceFilter> asking = IpOption.sourceFilter(IpAddress.parse("239.1.2.3"), 1);
        assertUnsupported(
                () ->
                        asking.encode(
                                SourceFilter.of(
                                        IpAddress.parse("239.1.2.3"),
                                        1,
                                        SourceFilter.Mode.INCLUDE,
                                        List.of())),
                "MCAST_MSFILTER can only be read");
    }

    @Test
    void anAnswerWithoutBytesIsNoNumber() {
        assertRefused(
                () -> SoOption.TYPE.decode(new byte[4], 0), "SO_TYPE: the kernel gave no value");
        assertRefused(() -> SoOption.TYPE.decode(new byte[4], -1), "SO_TYPE: negative length -1");
    }

    @Test
    void aNumberThatAnEnumLacksSaysHowToReadIt() {
        assertRefused(
                () -> IpOption.MTU_DISCOVER.decode(new byte[] {9, 0, 0, 0}, 4),
                "IP_MTU_DISCOVER: 9 is none of DONT, WANT, DO, PROBE, INTERFACE, OMIT;"
                        + " Option.rawInt can read it");
    }

    @Test
    void aSettingShowsNameAndValue() {
        assertEquals("SO_REUSEPORT=true", SoOption.REUSE_PORT.to(true).toString());
        assertThrows(NullPointerException.class, () -> new OptionSetting<>(null, 1));
    }

    @Test
    @Tag("A5-03")
    void theJdksOptionsBecomeOurs() {
        assertSame(SoOption.RCV_BUF, Option.of(StandardSocketOptions.SO_RCVBUF));
        assertSame(TcpOption.NO_DELAY, Option.of(StandardSocketOptions.TCP_NODELAY));
        assertSame(SoOption.RCV_BUF, Option.of(SoOption.RCV_BUF));
        assertSame(IpOption.TOS, Option.of(StandardSocketOptions.IP_TOS));
        assertSame(
                Ipv6Option.TCLASS, Option.of(StandardSocketOptions.IP_TOS, AddressFamily.AF_INET6));
        assertSame(
                Ipv6Option.MULTICAST_HOPS,
                Option.of(StandardSocketOptions.IP_MULTICAST_TTL, AddressFamily.AF_INET6));
        for (Field field : StandardSocketOptions.class.getFields()) {
            assertEquals(field.getName(), nameOf(field, AddressFamily.AF_INET));
        }
    }

    private static String nameOf(Field field, int family) {
        try {
            SocketOption<?> option = (SocketOption<?>) field.get(null);
            Option<?> ours = Option.of(option, family);
            assertSame(option.type(), ours.type(), field.getName());
            return ours.name();
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    @Tag("A5-03")
    void lingerOfTheJdkIsSecondsAndNegativeForOff() {
        Option<Integer> linger = Option.of(StandardSocketOptions.SO_LINGER);
        assertEquals(Linger.of(Duration.ofSeconds(3)), SoOption.LINGER.decode(linger.encode(3), 8));
        assertEquals(Linger.OFF, SoOption.LINGER.decode(linger.encode(-5), 8));
        assertEquals(-1, linger.decode(SoOption.LINGER.encode(Linger.OFF), 8));
        assertEquals(0, linger.decode(SoOption.LINGER.encode(Linger.RESET), 8));
    }

    @Test
    @Tag("A5-08")
    void anInterfaceOfTheJdkIsSetByIndexAndFoundByAddress() throws Exception {
        NetworkInterface lo = NetworkInterface.getByName("lo");
        Option<NetworkInterface> ipv4 = Option.of(StandardSocketOptions.IP_MULTICAST_IF);
        Option<NetworkInterface> ipv6 =
                Option.of(StandardSocketOptions.IP_MULTICAST_IF, AddressFamily.AF_INET6);
        byte[] request = ipv4.encode(lo);
        assertEquals(12, request.length);
        assertEquals(lo.getIndex(), request[8]);
        assertEquals(lo, ipv4.decode(new byte[] {127, 0, 0, 1}, 4));
        assertNull(ipv4.decode(new byte[4], 4));
        assertEquals(lo, ipv6.decode(ipv6.encode(lo), 4));
        assertNull(ipv6.decode(new byte[4], 4));
    }

    @Test
    void anOptionOfAnotherMakerIsRefusedByName() {
        SocketOption<Boolean> other =
                new SocketOption<>() {
                    @Override
                    public String name() {
                        return "TCP_QUICKACK";
                    }

                    @Override
                    public Class<Boolean> type() {
                        return Boolean.class;
                    }
                };
        assertUnsupported(
                () -> Option.of(other), "TCP_QUICKACK is none of java.net.StandardSocketOptions");
    }

    private static void assertRefused(Runnable call, String message) {
        var refused = assertThrows(IllegalArgumentException.class, call::run);
        assertTrue(refused.getMessage().contains(message), refused.getMessage());
    }

    private static void assertUnsupported(Runnable call, String message) {
        var refused = assertThrows(UnsupportedOperationException.class, call::run);
        assertTrue(refused.getMessage().contains(message), refused.getMessage());
    }
}
