// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Every option that can be set, on a real socket, to a legal value, then read back by us and by
 * Python; and what the kernel refuses, with what.
 */
@Tag("A5-02")
@Tag("A5-04")
@Tag("A5-05")
@Tag("A5-06")
class OptionSetTest {
    private static final int LO = 1;
    private static final int CAP_NET_ADMIN = OptionSockets.CAP_NET_ADMIN;
    private static final int CAP_NET_BROADCAST = 11;
    private static final int CAP_NET_RAW = OptionSockets.CAP_NET_RAW;

    /** An experiment: set to a value, read what comes of it. */
    private record Try<T>(
            String kind,
            Option<T> option,
            T value,
            Option<?> reading,
            @Nullable Object expected,
            @Nullable Errno refusal,
            Set<Integer> capabilities,
            boolean always) {

        /** Reads otherwise than what was set. */
        Try<T> reads(Object other) {
            return new Try<>(kind, option, value, reading, other, refusal, capabilities, always);
        }

        /** Is not read itself, but another option shows it. */
        Try<T> showsIn(Option<?> other, Object there) {
            return new Try<>(kind, option, value, other, there, refusal, capabilities, always);
        }

        /** Cannot be read, and nothing shows it. */
        Try<T> unseen() {
            return new Try<>(kind, option, value, option, null, refusal, capabilities, always);
        }

        /** The kernel says no, here or on some kernels. */
        Try<T> mayBe(Errno errno) {
            return new Try<>(kind, option, value, reading, expected, errno, capabilities, always);
        }

        /** Without one of these capabilities the kernel says EPERM, or EACCES. */
        Try<T> needs(Integer... oneOf) {
            return new Try<>(kind, option, value, reading, expected, refusal, Set.of(oneOf), true);
        }

        /** The same, but only some kernels want it. */
        Try<T> mayNeed(Integer... oneOf) {
            return new Try<>(kind, option, value, reading, expected, refusal, Set.of(oneOf), false);
        }

        @Override
        public String toString() {
            return kind + " " + option + "=" + value;
        }
    }

    private static <T> Try<T> on(String kind, Option<T> option, T value) {
        return new Try<>(kind, option, value, option, value, null, Set.of(), true);
    }

    private static List<Try<?>> socket() {
        return List.of(
                on("tcp4-new", SoOption.REUSE_ADDR, true),
                on("tcp4-new", SoOption.REUSE_PORT, true),
                on("udp4-new", SoOption.BIND_TO_DEVICE, "lo"),
                on("udp4-new", SoOption.BIND_TO_IF_INDEX, LO),
                on("tcp4", SoOption.RCV_BUF, 20_000).reads(40_000),
                on("tcp4", SoOption.SND_BUF, 20_000).reads(40_000),
                on("tcp4", SoOption.RCV_BUF_FORCE, 9_000_000)
                        .showsIn(SoOption.RCV_BUF, 18_000_000)
                        .needs(CAP_NET_ADMIN),
                on("tcp4", SoOption.SND_BUF_FORCE, 9_000_000)
                        .showsIn(SoOption.SND_BUF, 18_000_000)
                        .needs(CAP_NET_ADMIN),
                on("tcp4", SoOption.BUF_LOCK, SoOption.SOCK_SNDBUF_LOCK),
                on("tcp4", SoOption.RCV_LOWAT, 10),
                on("tcp4", SoOption.RESERVE_MEM, 65_536).mayBe(Errno.EOPNOTSUPP),
                on("tcp4", SoOption.RCV_TIMEO, Duration.ofMillis(1_500)),
                on("tcp4", SoOption.SND_TIMEO, Duration.ofMillis(2_500)),
                on("tcp4", SoOption.LINGER, Linger.of(Duration.ofSeconds(5))),
                on("tcp4", SoOption.KEEP_ALIVE, true),
                on("udp4", SoOption.BROADCAST, true),
                on("tcp4", SoOption.OOB_INLINE, true),
                on("tcp4", SoOption.DONT_ROUTE, true),
                on("unix", SoOption.PEEK_OFF, 3),
                on("udp4", SoOption.PEEK_OFF, 3),
                on("tcp4", SoOption.ZEROCOPY, true),
                on("udp4", SoOption.NO_CHECK, true),
                on("tcp4", SoOption.PRIORITY, 3),
                on("tcp4", SoOption.PRIORITY, 7).needs(CAP_NET_ADMIN, CAP_NET_RAW),
                on("tcp4", SoOption.MARK, 0xffff_fffeL).needs(CAP_NET_ADMIN, CAP_NET_RAW),
                on("tcp4", SoOption.MAX_PACING_RATE, 5_000_000_000L),
                on("tcp4", SoOption.MAX_PACING_RATE, -1L),
                on(
                        "udp4",
                        SoOption.TX_TIME,
                        new TransmitTime(TransmitTime.CLOCK_MONOTONIC, true, true)),
                on("tcp4", SoOption.TX_REHASH, 0),
                on("tcp4", SoOption.CNX_ADVICE, true).unseen(),
                on("udp4", SoOption.TIMESTAMP, true),
                on("udp4", SoOption.TIMESTAMP_NS, true),
                on("udp4", SoOption.TIMESTAMP_NS, true).showsIn(SoOption.TIMESTAMP, false),
                on(
                        "udp4",
                        SoOption.TIMESTAMPING,
                        Timestamping.of(Timestamping.Flag.RX_SOFTWARE, Timestamping.Flag.SOFTWARE)),
                on("udp4", SoOption.RXQ_OVFL, true),
                on("udp4", SoOption.RCV_MARK, true).mayNeed(CAP_NET_ADMIN, CAP_NET_RAW),
                on("udp4", SoOption.RCV_PRIORITY, true),
                on("udp4", SoOption.WIFI_STATUS, true),
                on("udp4", SoOption.SELECT_ERR_QUEUE, true),
                on("raw4", SoOption.NO_FCS, true),
                on("unix", SoOption.PASS_CRED, true),
                on("unix-dgram", SoOption.PASS_SEC, true),
                on("unix-seqpacket", SoOption.PASS_PIDFD, true),
                on("unix", SoOption.PASS_RIGHTS, false),
                on("unix", SoOption.INQ, true).unseen(),
                on("unix-dgram", SoOption.INQ, true).mayBe(Errno.ENOPROTOOPT).unseen(),
                on("udp4", SoOption.ATTACH_FILTER, SocketFilter.keep(100)),
                on("udp4", SoOption.DETACH_FILTER, true).mayBe(Errno.ENOENT).unseen(),
                on("udp4", SoOption.LOCK_FILTER, true),
                on("udp4", SoOption.ATTACH_BPF, 0).mayBe(Errno.EINVAL).unseen(),
                on("udp4-shared", SoOption.ATTACH_REUSEPORT_CBPF, SocketFilter.keep(0)).unseen(),
                on("udp4-shared", SoOption.ATTACH_REUSEPORT_EBPF, 0).mayBe(Errno.EINVAL).unseen(),
                on("udp4-shared", SoOption.DETACH_REUSEPORT_BPF, true).mayBe(Errno.ENOENT).unseen(),
                on("udp4", SoOption.INCOMING_CPU, 0),
                on("tcp4", SoOption.BUSY_POLL, Duration.ofNanos(50_000)).mayNeed(CAP_NET_ADMIN),
                on("tcp4", SoOption.PREFER_BUSY_POLL, true).needs(CAP_NET_ADMIN),
                on("tcp4", SoOption.BUSY_POLL_BUDGET, 16).needs(CAP_NET_ADMIN).unseen(),
                on("tcp4", SoOption.DEBUG, true).needs(CAP_NET_ADMIN));
    }

    private static List<Try<?>> ip() {
        return List.of(
                on("udp4", IpOption.TOS, 0x12),
                on("udp4", IpOption.TOS, 0x10).showsIn(SoOption.PRIORITY, 6),
                on("tcp4", IpOption.TOS, 0x13).reads(0x10),
                on("udp4", IpOption.TTL, 42),
                on("udp4", IpOption.TTL, -1).reads(64),
                on("udp4", IpOption.TTL, 0).mayBe(Errno.EINVAL).unseen(),
                on("udp4", IpOption.OPTIONS, new byte[] {1, 1, 1, 0}),
                on("raw4", IpOption.HDR_INCL, true),
                on("udp4", IpOption.HDR_INCL, true).mayBe(Errno.ENOPROTOOPT).unseen(),
                on("raw4", IpOption.NO_DEFRAG, true),
                on("udp4", IpOption.MTU_DISCOVER, PathMtuDiscovery.PROBE),
                on("udp4", IpOption.MTU_DISCOVER, PathMtuDiscovery.OMIT),
                on("tcp4-new", IpOption.FREE_BIND, true),
                on("tcp4-new", IpOption.TRANSPARENT, true).needs(CAP_NET_ADMIN, CAP_NET_RAW),
                on("tcp4-new", IpOption.BIND_ADDRESS_NO_PORT, true),
                on("tcp4-new", IpOption.LOCAL_PORT_RANGE, new PortRange(40_000, 40_100)),
                on("udp6-new", IpOption.LOCAL_PORT_RANGE, new PortRange(40_000, 0)),
                on("udp4-new", IpOption.UNICAST_IF, LO),
                on("udp4", IpOption.PKT_INFO, true),
                on("udp4", IpOption.RECV_TTL, true),
                on("udp4", IpOption.RECV_TOS, true),
                on("udp4", IpOption.RECV_OPTS, true),
                on("udp4", IpOption.RET_OPTS, true),
                on("udp4", IpOption.RECV_ORIG_DST_ADDR, true),
                on("udp4", IpOption.CHECKSUM, true),
                on("udp4", IpOption.RECV_FRAG_SIZE, true),
                on("udp4", IpOption.PASS_SEC, true),
                on("udp4", IpOption.RECV_ERR, true),
                on("udp4", IpOption.RECV_ERR_RFC4884, true),
                on("udp4", IpOption.MIN_TTL, 5),
                on("raw4", IpOption.ROUTER_ALERT, true),
                on("udp4", IpOption.MULTICAST_IF, MulticastInterface.of(IpAddress.LOOPBACK_IPV4)),
                on("udp4", IpOption.MULTICAST_IF, MulticastInterface.of(LO))
                        .reads(MulticastInterface.NONE),
                on("tcp4", IpOption.MULTICAST_IF, MulticastInterface.of(LO))
                        .mayBe(Errno.EINVAL)
                        .unseen(),
                on("udp4", IpOption.MULTICAST_TTL, 7),
                on("udp4", IpOption.MULTICAST_TTL, -1).reads(1),
                on("udp4", IpOption.MULTICAST_LOOP, false),
                on("udp4", IpOption.MULTICAST_ALL, false));
    }

    private static List<Try<?>> ipv6() {
        byte[] segments =
                HexFormat.of().parseHex("0002040000000000" + "20010db8" + "00".repeat(12));
        byte[] padding = HexFormat.of().parseHex("0000010400000000");
        return List.of(
                on("udp6-new", Ipv6Option.V6_ONLY, true),
                on("tcp6", Ipv6Option.V6_ONLY, true).mayBe(Errno.EINVAL).unseen(),
                on("tcp6-mapped", Ipv6Option.ADDR_FORM, AddressFamily.AF_INET)
                        .showsIn(SoOption.DOMAIN, AddressFamily.AF_INET),
                on("udp6", Ipv6Option.UNICAST_HOPS, 42),
                on("udp6", Ipv6Option.TCLASS, 0x12),
                on("udp6", Ipv6Option.TCLASS, -1).reads(0),
                on("udp6", Ipv6Option.AUTO_FLOW_LABEL, false),
                on("udp6", Ipv6Option.FLOW_INFO_SEND, true),
                on("raw6-other", Ipv6Option.HDR_INCL, true),
                on("raw6-other", Ipv6Option.CHECKSUM, 2),
                on("raw6-other", Ipv6Option.CHECKSUM, -1),
                on("udp6", Ipv6Option.MTU_DISCOVER, PathMtuDiscovery.DO),
                on("udp6", Ipv6Option.MTU, 1_400).unseen(),
                on("udp6", Ipv6Option.MTU, 1_000).mayBe(Errno.EINVAL).unseen(),
                on("udp6", Ipv6Option.DONT_FRAG, true),
                on("udp6", Ipv6Option.HOP_OPTS, padding).needs(CAP_NET_RAW),
                on("udp6", Ipv6Option.RTHDR_DST_OPTS, padding).needs(CAP_NET_RAW),
                on("udp6", Ipv6Option.RTHDR, segments),
                on("udp6", Ipv6Option.DST_OPTS, padding).needs(CAP_NET_RAW),
                on("udp6", Ipv6Option.DST_OPTS, new byte[0]).needs(CAP_NET_RAW),
                on("udp6-new", Ipv6Option.FREE_BIND, true),
                on("udp6-new", Ipv6Option.TRANSPARENT, true).needs(CAP_NET_ADMIN, CAP_NET_RAW),
                on("udp6-new", Ipv6Option.UNICAST_IF, LO),
                on("udp6-new", Ipv6Option.PKT_INFO, new LocalAddress(IpAddress.LOOPBACK_IPV6, LO))
                        .unseen(),
                on("udp6", Ipv6Option.ADDR_PREFERENCES, Ipv6Option.IPV6_PREFER_SRC_PUBLIC)
                        .reads(Ipv6Option.IPV6_PREFER_SRC_PUBLIC | Ipv6Option.IPV6_PREFER_SRC_HOME),
                on("udp6", Ipv6Option.RECV_PKT_INFO, true),
                on("udp6", Ipv6Option.RECV_HOP_LIMIT, true),
                on("udp6", Ipv6Option.RECV_TCLASS, true),
                on("udp6", Ipv6Option.FLOW_INFO, true),
                on("udp6", Ipv6Option.RECV_HOP_OPTS, true),
                on("udp6", Ipv6Option.RECV_RTHDR, true),
                on("udp6", Ipv6Option.RECV_DST_OPTS, true),
                on("udp6", Ipv6Option.RECV_PATH_MTU, true),
                on("udp6", Ipv6Option.RECV_ORIG_DST_ADDR, true),
                on("udp6", Ipv6Option.RECV_FRAG_SIZE, true),
                on("udp6", Ipv6Option.RECV_ERR, true),
                on("udp6", Ipv6Option.RECV_ERR_RFC4884, true),
                on("udp6", Ipv6Option.MIN_HOP_COUNT, 5),
                on("raw6-raw", Ipv6Option.ROUTER_ALERT, 0).unseen(),
                on("udp6", Ipv6Option.ROUTER_ALERT, 0).mayBe(Errno.ENOPROTOOPT).unseen(),
                on("raw6", Ipv6Option.ROUTER_ALERT_ISOLATE, true),
                on("udp6", Ipv6Option.MULTICAST_IF, LO),
                on("udp6", Ipv6Option.MULTICAST_HOPS, 7),
                on("udp6", Ipv6Option.MULTICAST_LOOP, false),
                on("udp6", Ipv6Option.MULTICAST_ALL, false),
                on(
                                "udp6-new",
                                Ipv6Option.JOIN_ANYCAST,
                                new LocalAddress(IpAddress.parse("2001:db8::"), LO))
                        .needs(CAP_NET_ADMIN)
                        .mayBe(Errno.EADDRNOTAVAIL)
                        .unseen(),
                on(
                                "udp6-new",
                                Ipv6Option.LEAVE_ANYCAST,
                                new LocalAddress(IpAddress.parse("2001:db8::"), LO))
                        .mayBe(Errno.ENOENT)
                        .unseen());
    }

    private static List<Try<?>> tcpAndUdp() {
        byte[] key = new byte[16];
        key[3] = 7;
        return List.of(
                on("tcp4", TcpOption.NO_DELAY, true),
                on("tcp4", TcpOption.CORK, true),
                on("tcp4", TcpOption.QUICK_ACK, false),
                on("tcp4-new", TcpOption.MAX_SEG, 1_000),
                on("tcp4-new", TcpOption.MAX_SEG, 87).mayBe(Errno.EINVAL).unseen(),
                on("tcp4", TcpOption.NOT_SENT_LOWAT, 16_384L),
                on("tcp4", TcpOption.WINDOW_CLAMP, 100_000),
                on("tcp4", TcpOption.TX_DELAY, Duration.ofNanos(4_242_000)),
                on("tcp4", TcpOption.TX_DELAY, Duration.ofNanos(268_435_455_000L)),
                on("tcp4", TcpOption.KEEP_IDLE, Duration.ofSeconds(30)),
                on("tcp4", TcpOption.KEEP_IDLE, Duration.ofMillis(30_001))
                        .reads(Duration.ofSeconds(31)),
                on("tcp4", TcpOption.KEEP_INTVL, Duration.ofSeconds(5)),
                on("tcp4", TcpOption.KEEP_CNT, 127),
                on("tcp4", TcpOption.USER_TIMEOUT, Duration.ofMillis(Integer.MAX_VALUE)),
                on("tcp4", TcpOption.SYN_CNT, 127),
                on("tcp4", TcpOption.LINGER2, Duration.ofSeconds(17)),
                on("tcp4", TcpOption.LINGER2, Duration.ofSeconds(500))
                        .reads(Duration.ofSeconds(120)),
                on("tcp4", TcpOption.LINGER2, Duration.ofSeconds(-1)),
                on("tcp4", TcpOption.RTO_MAX_MS, Duration.ofSeconds(30)),
                on("tcp4", TcpOption.RTO_MIN_US, Duration.ofMillis(100)),
                on("tcp4", TcpOption.RTO_MIN_US, Duration.ofNanos(1_000))
                        .mayBe(Errno.EINVAL)
                        .unseen(),
                on("tcp4", TcpOption.DELACK_MAX_US, Duration.ofMillis(100)),
                on("tcp4", TcpOption.CONGESTION, "reno"),
                on("tcp4", TcpOption.CONGESTION, "none such").mayBe(Errno.ENOENT).unseen(),
                on("tcp4", TcpOption.THIN_LINEAR_TIMEOUTS, true),
                on("tcp4", TcpOption.THIN_DUPACK, true).reads(false),
                on("tcp4", TcpOption.INQ, true),
                on("tcp4-listener", TcpOption.SAVE_SYN, 2),
                on("tcp4-listener", TcpOption.DEFER_ACCEPT, Duration.ofSeconds(5))
                        .reads(Duration.ofSeconds(7)),
                on("tcp4-listener", TcpOption.FAST_OPEN, 5),
                on("tcp4-new", TcpOption.FAST_OPEN_CONNECT, true),
                on("tcp4", TcpOption.FAST_OPEN_CONNECT, true).mayBe(Errno.EINVAL).unseen(),
                on("tcp4-new", TcpOption.FAST_OPEN_KEY, key),
                on("tcp4-new", TcpOption.FAST_OPEN_NO_COOKIE, true),
                on("tcp4", TcpOption.ULP, "none such").mayBe(Errno.ENOENT).unseen(),
                on("tcp4-new", TcpOption.MD5_SIG, Md5Signature.of(IpAddress.LOOPBACK_IPV4, key))
                        .mayBe(Errno.ENOPROTOOPT)
                        .unseen(),
                on(
                                "tcp4-new",
                                TcpOption.MD5_SIG_EXT,
                                Md5Signature.of(IpAddress.parse("127.0.0.0"), 8, 0, key))
                        .mayBe(Errno.ENOPROTOOPT)
                        .unseen(),
                on("tcp4", TcpOption.TIMESTAMP, 7L).mayBe(Errno.EPERM).unseen(),
                on("udp4", UdpOption.CORK, true),
                on("udp4", UdpOption.SEGMENT, 1_000),
                on("udp4", UdpOption.GRO, true),
                on("udp6", UdpOption.NO_CHECK6_TX, true),
                on("udp6", UdpOption.NO_CHECK6_RX, true),
                on("udp4", UdpOption.ENCAP, UdpOption.UDP_ENCAP_L2TPINUDP),
                on("udp4", UdpOption.ENCAP, 99).mayBe(Errno.ENOPROTOOPT).unseen());
    }

    /** Tried by {@link OptionEffectTest} and {@link MulticastOptionTest}. */
    private static final Set<String> ELSEWHERE =
            Set.of(
                    "TCP_REPAIR",
                    "TCP_REPAIR_QUEUE",
                    "TCP_QUEUE_SEQ",
                    "TCP_REPAIR_OPTIONS",
                    "TCP_REPAIR_WINDOW",
                    "IPV6_FLOWLABEL_MGR",
                    "IP_ADD_MEMBERSHIP",
                    "IP_DROP_MEMBERSHIP",
                    "IP_ADD_SOURCE_MEMBERSHIP",
                    "IP_DROP_SOURCE_MEMBERSHIP",
                    "IP_BLOCK_SOURCE",
                    "IP_UNBLOCK_SOURCE",
                    "IP_MSFILTER",
                    "IPV6_ADD_MEMBERSHIP",
                    "IPV6_DROP_MEMBERSHIP",
                    "MCAST_JOIN_GROUP",
                    "MCAST_LEAVE_GROUP",
                    "MCAST_JOIN_SOURCE_GROUP",
                    "MCAST_LEAVE_SOURCE_GROUP",
                    "MCAST_BLOCK_SOURCE",
                    "MCAST_UNBLOCK_SOURCE",
                    "MCAST_MSFILTER");

    private static List<Try<?>> netlink() {
        int[] link = {1};
        return List.of(
                on("netlink", NetlinkOption.ADD_MEMBERSHIP, 1)
                        .showsIn(NetlinkOption.LIST_MEMBERSHIPS, link),
                on("netlink", NetlinkOption.DROP_MEMBERSHIP, 1)
                        .showsIn(NetlinkOption.LIST_MEMBERSHIPS, new int[0]),
                on("netlink", NetlinkOption.PKTINFO, true),
                on("netlink", NetlinkOption.BROADCAST_ERROR, true),
                on("netlink", NetlinkOption.NO_ENOBUFS, true),
                on("netlink", NetlinkOption.LISTEN_ALL_NSID, true).needs(CAP_NET_BROADCAST),
                on("netlink", NetlinkOption.CAP_ACK, true),
                on("netlink", NetlinkOption.EXT_ACK, true),
                on("netlink", NetlinkOption.GET_STRICT_CHK, true));
    }

    private static Stream<Try<?>> tries() {
        return Stream.of(socket(), ip(), ipv6(), tcpAndUdp(), netlink()).flatMap(List::stream);
    }

    @Test
    void everyOptionThatCanBeSetIsTried() {
        Set<String> tried = new TreeSet<>(ELSEWHERE);
        tries().forEach(each -> tried.add(each.option().level() + " " + each.option()));
        Set<String> missing = new TreeSet<>();
        for (List<List<Option<?>>> levels : OptionSockets.LEVELS.values()) {
            for (List<Option<?>> level : levels) {
                for (Option<?> option : level) {
                    if (option.writable()
                            && !ELSEWHERE.contains(option.name())
                            && !tried.contains(option.level() + " " + option)) {
                        missing.add(option.name());
                    }
                }
            }
        }
        assertEquals(Set.of(), missing);
    }

    @TestFactory
    Stream<DynamicTest> whatIsSetIsReadBackByUsAndByPython() {
        return Stream.of(
                DynamicTest.dynamicTest("SOL_SOCKET", all(socket())),
                DynamicTest.dynamicTest("IPPROTO_IP", all(ip())),
                DynamicTest.dynamicTest("IPPROTO_IPV6", all(ipv6())),
                DynamicTest.dynamicTest("IPPROTO_TCP and IPPROTO_UDP", all(tcpAndUdp())),
                DynamicTest.dynamicTest("SOL_NETLINK", all(netlink())));
    }

    private static Executable all(List<Try<?>> tries) {
        return () -> {
            List<String> wrong = new ArrayList<>();
            try (PythonOptions python = new PythonOptions()) {
                for (Try<?> each : tries) {
                    if (OptionSockets.isKnownToThisKernel(each.option)
                            && OptionSockets.whyNot(each.kind).isEmpty()) {
                        try (OptionSockets sockets = new OptionSockets()) {
                            String finding = run(each, sockets.open(each.kind), python);
                            if (!finding.isEmpty()) {
                                wrong.add(each + ": " + finding);
                            }
                        }
                    }
                }
            }
            assertEquals("", String.join("\n", wrong));
        };
    }

    private static <T> String run(Try<T> each, LinuxSocket socket, PythonOptions python)
            throws IOException {
        try {
            socket.setOption(each.option, each.value);
        } catch (IOException e) {
            return refusal(each, e);
        }
        boolean unprivileged = !each.capabilities.isEmpty() && !isCapable(each.capabilities);
        if (unprivileged && each.always) {
            return "was allowed without privilege";
        }
        if (each.expected == null) {
            return "";
        }
        Object ours = socket.getOption(each.reading);
        if (!Objects.deepEquals(each.expected, ours)) {
            return "reads " + ours + ", expected " + each.expected;
        }
        if (each.reading == SoOption.ATTACH_FILTER) {
            return ""; // Python believes the number of instructions to be bytes
        }
        String theirs =
                python.getsockopt(
                        socket,
                        each.reading.level(),
                        each.reading.number(),
                        Math.min(each.reading.readBuffer().length, PythonOptions.MAX));
        if (theirs.startsWith("errno")) {
            return "Python got " + theirs;
        }
        byte[] bytes = HexFormat.of().parseHex(theirs);
        Object decoded = each.reading.decode(bytes, bytes.length);
        return Objects.deepEquals(each.expected, decoded)
                ? ""
                : "Python reads " + theirs + ", expected " + each.expected;
    }

    private static String refusal(Try<?> each, IOException refused) throws IOException {
        if (!(refused instanceof ErrnoFailure failure)) {
            return refused.toString();
        }
        boolean unprivileged = !each.capabilities.isEmpty() && !isCapable(each.capabilities);
        boolean expected =
                unprivileged
                        ? Set.of(Errno.EPERM, Errno.EACCES).contains(failure.errno())
                        : failure.errno().equals(each.refusal);
        return expected ? "" : failure.errno() + ", expected " + each.refusal;
    }

    private static boolean isCapable(Set<Integer> oneOf) throws IOException {
        for (int capability : oneOf) {
            if (OptionSockets.isCapable(capability)) {
                return true;
            }
        }
        return false;
    }
}
