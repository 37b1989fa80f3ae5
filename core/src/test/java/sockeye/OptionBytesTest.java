// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;

/**
 * What setsockopt(2) gets and getsockopt(2) gives, against what Python's struct.pack makes of it.
 */
@Tag("A5-07")
class OptionBytesTest {
    private static final HexFormat HEX = HexFormat.of();

    @Test
    void lingerIsTwoInts() {
        // struct.pack('@ii', 1, 30)
        assertBoth(SoOption.LINGER, Linger.of(Duration.ofSeconds(30)), "010000001e000000");
        assertBoth(SoOption.LINGER, Linger.OFF, "0000000000000000");
        assertBoth(SoOption.LINGER, Linger.RESET, "0100000000000000");
    }

    @Test
    void aTimeOutIsATimeval() {
        // struct.pack('@qq', 2, 500001)
        assertBoth(
                SoOption.RCV_TIMEO,
                Duration.ofSeconds(2, 500_001_000),
                "020000000000000021a1070000000000");
    }

    @Test
    void aTimeIsRoundedUpToTheUnitSoThatItNeverBecomesOff() {
        Duration oneNano = Duration.ofNanos(1);
        assertWritten("0000000000000000" + "0100000000000000", SoOption.SND_TIMEO, oneNano);
        assertWritten("01000000", TcpOption.USER_TIMEOUT, oneNano);
        assertWritten("01000000", TcpOption.KEEP_IDLE, oneNano);
        assertWritten("02000000", TcpOption.KEEP_IDLE, Duration.ofMillis(1_001));
        assertWritten("01000000", SoOption.BUSY_POLL, oneNano);
    }

    @Test
    void credentialsAreUnsignedIntsThatKeepTheirBits() {
        // struct.pack('@iII', 42, 1000, 0xffffffff)
        assertEquals(
                new PeerCredentials(42, 1_000, -1),
                read(SoOption.PEER_CRED, "2a000000e8030000ffffffff"));
    }

    @Test
    void groupsAreAsManyAsTheKernelGives() {
        assertArrayEquals(new int[] {4, 27}, read(SoOption.PEER_GROUPS, "040000001b000000"));
        assertArrayEquals(new int[0], read(SoOption.PEER_GROUPS, ""));
        assertArrayEquals(
                new int[] {4},
                SoOption.PEER_GROUPS.decode(HEX.parseHex("04000000"), Integer.MAX_VALUE));
    }

    @Test
    void timestampingIsFlagsAndAClock() {
        // struct.pack('@iI', 0x81, 3)
        assertBoth(SoOption.TIMESTAMPING, new Timestamping(0x81, 3), "8100000003000000");
        assertEquals(
                Set.of(Timestamping.Flag.TX_HARDWARE, Timestamping.Flag.OPT_ID),
                new Timestamping(0x81, 3).flags());
        assertEquals(
                0x81,
                Timestamping.of(Timestamping.Flag.TX_HARDWARE, Timestamping.Flag.OPT_ID).bits());
    }

    @Test
    void anOlderKernelGivesTimestampingAsFlagsAlone() {
        assertEquals(new Timestamping(0x81, 0), read(SoOption.TIMESTAMPING, "81000000"));
    }

    @Test
    void transmitTimeIsAClockAndFlags() {
        // struct.pack('@iI', 11, 3)
        assertBoth(
                SoOption.TX_TIME,
                new TransmitTime(TransmitTime.CLOCK_TAI, true, true),
                "0b00000003000000");
    }

    @Test
    void aFilterIsAStructureThatPointsToItsInstructions() {
        var filter =
                new SocketFilter(
                        List.of(
                                new SocketFilter.Instruction(0x28, 0, 1, 0xffff_f00c),
                                new SocketFilter.Instruction(6, 0, 0, 65_535)));
        // struct.pack('@HxxxxxxQ', 2, 0)
        assertWritten("02000000000000000000000000000000", SoOption.ATTACH_FILTER, filter);
        assertEquals(8, SoOption.ATTACH_FILTER.pointerOffset());
        // struct.pack('@HBBI', 0x28, 0, 1, 0xfffff00c) + struct.pack('@HBBI', 6, 0, 0, 65535)
        byte[] instructions = SoOption.ATTACH_FILTER.pointee(filter);
        assertNotNull(instructions);
        assertEquals("280000010cf0ffff06000000ffff0000", HEX.formatHex(instructions));
        // getsockopt(2) counts instructions, not bytes.
        assertEquals(filter, SoOption.ATTACH_FILTER.decode(instructions, 2));
        assertEquals(List.of(), SoOption.ATTACH_FILTER.decode(instructions, 0).instructions());
        assertNull(SoOption.LINGER.pointee(Linger.OFF));
    }

    @Test
    void aFilterIsReadFromWhatTcpdumpPrints() {
        assertEquals(
                SocketFilter.keep(65_535).instructions(),
                SocketFilter.parse("1\n6 0 0 65535\n").instructions());
        assertEquals(
                SocketFilter.parse("2,40 0 1 4294967295,6 0 0 0,"),
                SocketFilter.parse("2\n40 0 1 4294967295\n6 0 0 0\n"));
        for (String wrong : List.of("", "0", "1", "2\n6 0 0 0", "1\n6 0 256 0", "1\n6 0 0 x")) {
            assertThrows(IllegalArgumentException.class, () -> SocketFilter.parse(wrong), wrong);
        }
    }

    @Test
    void theAddressOfWhatAFilterPointsToIsNotPartOfItsValue() {
        var empty = new SocketFilter(List.of());
        assertThrows(IllegalArgumentException.class, () -> SoOption.ATTACH_FILTER.encode(empty));
    }

    @Test
    @Tag("A5-06")
    void anIpv4MembershipHasAddressAndIndex() {
        // inet_aton('239.1.2.3') + inet_aton('127.0.0.1') + struct.pack('@i', 7)
        assertWritten(
                "ef0102037f00000107000000",
                IpOption.ADD_MEMBERSHIP,
                new Membership(IpAddress.parse("239.1.2.3"), 7, IpAddress.parse("127.0.0.1")));
    }

    @Test
    @Tag("A5-06")
    void anIpv6MembershipHasAnIndex() {
        // inet_pton(AF_INET6, 'ff15::7') + struct.pack('@i', 7)
        assertWritten(
                "ff15000000000000000000000000000707000000",
                Ipv6Option.ADD_MEMBERSHIP,
                Membership.of(IpAddress.parse("ff15::7"), 7));
    }

    @Test
    @Tag("A5-06")
    void aGroupRequestHasAnIndexAndASocketAddress() {
        // struct.pack('@Ixxxx', 7) + struct.pack('@H', AF_INET) + struct.pack('!H', 0) + …
        assertWritten(
                "0700000000000000" + "02000000ef010203" + zeros(120),
                IpOption.MCAST_JOIN_GROUP,
                Membership.of(IpAddress.parse("239.1.2.3"), 7));
        assertWritten(
                "0700000000000000"
                        + ("0a00000000000000" + "ff150000000000000000000000000007" + zeros(104))
                        + ("0a00000000000000" + "20010db8000000000000000000000001" + zeros(104)),
                Ipv6Option.MCAST_JOIN_SOURCE_GROUP,
                SourceMembership.of(IpAddress.parse("ff15::7"), IpAddress.parse("2001:db8::1"), 7));
    }

    @Test
    @Tag("A5-06")
    void aSourceMembershipHasThreeAddresses() {
        // inet_aton of '232.1.2.3', '127.0.0.1', '192.0.2.9'
        assertWritten(
                "e80102037f000001c0000209",
                IpOption.ADD_SOURCE_MEMBERSHIP,
                SourceMembership.of(
                        IpAddress.parse("232.1.2.3"),
                        IpAddress.parse("192.0.2.9"),
                        IpAddress.parse("127.0.0.1")));
    }

    @Test
    @Tag("A5-06")
    void aSourceFilterListsItsSources() {
        var filter =
                new SourceFilter(
                        IpAddress.parse("232.1.2.3"),
                        0,
                        IpAddress.parse("127.0.0.1"),
                        SourceFilter.Mode.INCLUDE,
                        List.of(IpAddress.parse("192.0.2.9"), IpAddress.parse("192.0.2.10")));
        String bytes = "e80102037f0000010100000002000000c0000209c000020a";
        assertWritten(bytes, IpOption.MS_FILTER, filter);
        var asking = IpOption.sourceFilter(filter.group(), IpAddress.parse("127.0.0.1"));
        assertEquals(filter, read(asking, bytes));
        assertTrue(asking.readable());
    }

    @Test
    void aCountOfSourcesIsNotBelievedBeyondTheBytesThatCame() {
        String two = "e80102037f00000101000000" + "ffffff7f" + "c0000209";
        var asking =
                IpOption.sourceFilter(IpAddress.parse("232.1.2.3"), IpAddress.parse("127.0.0.1"));
        assertEquals(List.of(IpAddress.parse("192.0.2.9")), read(asking, two).sources());
        String negative = "e80102037f00000101000000" + "ffffffff" + "c0000209";
        assertEquals(List.of(), read(asking, negative).sources());
    }

    @Test
    @Tag("A5-06")
    void anInterfaceForMulticastIsSetByIndexAndReadByAddress() {
        assertWritten("000000000000000007000000", IpOption.MULTICAST_IF, MulticastInterface.of(7));
        assertEquals(
                MulticastInterface.of(IpAddress.LOOPBACK_IPV4),
                read(IpOption.MULTICAST_IF, "7f000001"));
    }

    @Test
    void anInterfaceForUnicastHasTheGreatestByteFirst() {
        assertBoth(IpOption.UNICAST_IF, 7, "00000007");
        assertBoth(Ipv6Option.UNICAST_IF, 7, "00000007");
    }

    @Test
    void aPortRangeHasItsFirstPortInTheLowerHalf() {
        // struct.pack('@I', 40100 << 16 | 40000)
        assertBoth(IpOption.LOCAL_PORT_RANGE, new PortRange(40_000, 40_100), "409ca49c");
    }

    @Test
    void aFlowLabelHasItsLabelInNetworkOrder() {
        var lease =
                new FlowLabelLease(
                        IpAddress.parse("2001:db8::1"),
                        0x12345,
                        FlowLabelLease.Action.GET,
                        FlowLabelLease.Share.ANY,
                        FlowLabelLease.IPV6_FL_F_CREATE,
                        Duration.ofSeconds(30),
                        Duration.ofSeconds(10));
        // inet_pton(…) + struct.pack('!I', 0x12345) + struct.pack('@BBHHHI', 0, 255, 1, 30, 10, 0)
        assertBoth(
                Ipv6Option.FLOW_LABEL_MGR,
                lease,
                "20010db8000000000000000000000001" + "00012345" + "00ff01001e000a0000000000");
    }

    @Test
    void aNameIsReadUpToItsEnd() {
        assertEquals("bbr", read(TcpOption.CONGESTION, "62627200000000000000000000000000"));
        assertEquals("", read(SoOption.BIND_TO_DEVICE, ""));
        assertEquals("lo", read(SoOption.BIND_TO_DEVICE, "6c6f"));
        assertWritten("6c6f", SoOption.BIND_TO_DEVICE, "lo");
    }

    @Test
    void aSwitchIsAnyNumberButZero() {
        assertBoth(TcpOption.NO_DELAY, true, "01000000");
        assertBoth(TcpOption.NO_DELAY, false, "00000000");
        assertEquals(true, read(TcpOption.NO_DELAY, "00010000"));
        assertEquals(true, read(IpOption.MULTICAST_LOOP, "01"), "some old kernels give a byte");
    }

    @Test
    void unsignedNumbersStayPositive() {
        assertBoth(SoOption.MARK, 0xffff_fffeL, "feffffff");
        assertBoth(SoOption.MAX_PACING_RATE, -1L, "ffffffffffffffff");
        assertEquals(Duration.ofMillis(0xffff_ffffL), read(TcpOption.USER_TIMEOUT, "ffffffff"));
        assertEquals(Duration.ofSeconds(-1), read(TcpOption.LINGER2, "ffffffff"));
    }

    @Test
    void socketMemoryIsNineNumbersAndLaterMore() {
        var nine = new SocketMemory(1, 2, 3, 4, 5, 6, 7, 8, 9);
        var bytes = new StringBuilder();
        for (int i = 1; i <= 9; i++) {
            bytes.append("0").append(i).append("000000");
        }
        assertEquals(nine, read(SoOption.MEM_INFO, bytes.toString()));
        assertEquals(nine, read(SoOption.MEM_INFO, bytes + "0a000000"));
    }

    @Test
    @Tag("A5-05")
    void aRepairListIsPairs() {
        var options =
                new TcpRepair.Options(
                        List.of(
                                new TcpRepair.Agreement(TcpRepair.Agreement.MAX_SEGMENT, 1_460),
                                new TcpRepair.Agreement(TcpRepair.Agreement.WINDOW, 7 << 16 | 8)));
        // struct.pack('@IIII', 2, 1460, 3, 7 << 16 | 8)
        assertWritten("02000000b40500000300000008000700", TcpOption.REPAIR_OPTIONS, options);
        // struct.pack('@IIIII', 1, 2, 3, 4, 5)
        assertBoth(
                TcpOption.REPAIR_WINDOW,
                new TcpRepair.Window(1, 2, 3, 4, 5),
                "0100000002000000030000000400000005000000");
        assertBoth(TcpOption.REPAIR, TcpRepair.Mode.OFF_NO_WINDOW_PROBE, "ffffffff");
    }

    @Test
    @Tag("A5-05")
    void aSignatureHasAddressFlagsAndKey() {
        byte[] key = {1, 2, 3};
        IpAddress peer = IpAddress.parse("192.0.2.1");
        assertWritten(
                "02000000c0000201" + zeros(120) + "00000300" + zeros(4) + "010203" + zeros(77),
                TcpOption.MD5_SIG,
                Md5Signature.of(peer, key));
        assertWritten(
                "02000000c0000201" + zeros(120) + "03180300" + "07000000" + "010203" + zeros(77),
                TcpOption.MD5_SIG_EXT,
                Md5Signature.of(peer, 24, 7, key));
        var network = Md5Signature.of(peer, 24, 0, key);
        assertThrows(IllegalArgumentException.class, () -> TcpOption.MD5_SIG.encode(network));
        assertEquals("Md5Signature[192.0.2.1/32]", Md5Signature.of(peer, key).toString());
    }

    @Test
    @Tag("A5-05")
    void zerocopyAsksWithAddressAndLength() {
        byte[] question = TcpOption.zerocopyReceive(0x7000_1000L, 8_192).readBuffer();
        assertEquals("0010007000000000" + "00200000" + zeros(52), HEX.formatHex(question));
    }

    @Test
    @Tag("A5-05")
    void tcpInfoIsReadWhateverTheKernelsAge() {
        // struct.pack of the first members; an old kernel stops after tcpi_total_retrans
        byte[] bytes = new byte[104];
        bytes[0] = 1;
        bytes[5] = 1 | 2 | 4;
        bytes[6] = 0x7a;
        bytes[7] = 1;
        OptionCodec.nativeOrder(bytes).putInt(68, 1_500).putInt(80, -1).putInt(44, 12);
        TcpInfo info = TcpOption.INFO.decode(bytes, bytes.length);
        assertEquals(104, info.length());
        assertEquals(TcpInfo.State.ESTABLISHED, info.state());
        assertEquals(TcpInfo.CongestionState.OPEN, info.congestionState());
        assertEquals(
                Set.of(TcpInfo.Agreed.TIMESTAMPS, TcpInfo.Agreed.SACK, TcpInfo.Agreed.WSCALE),
                info.agreed());
        assertEquals(10, info.sendWindowScale());
        assertEquals(7, info.receiveWindowScale());
        assertTrue(info.deliveryRateAppLimited());
        assertEquals(Duration.ofNanos(1_500_000), info.rtt());
        assertEquals(Duration.ofMillis(12), info.lastDataSent());
        assertEquals(0xffff_ffffL, info.congestionWindow());
        assertEquals(0, info.bytesAcknowledged(), "a member that this kernel lacks");
        byte[] newer = new byte[600];
        newer[0] = 99;
        newer[1] = 99;
        TcpInfo unknown = TcpOption.INFO.decode(newer, newer.length);
        assertEquals(TcpInfo.State.UNKNOWN, unknown.state());
        assertEquals(TcpInfo.CongestionState.UNKNOWN, unknown.congestionState());
        assertEquals(TcpOption.INFO.decode(newer, 600), unknown);
    }

    @Test
    @Tag("A5-05")
    void congestionInfoIsReadAsTheAlgorithmMeansIt() {
        // struct.pack('@IIIII', 0x10, 1, 121, 739, 512): two halves of the bandwidth
        TcpCongestionInfo bbr = read(TcpOption.CC_INFO, "100000000100000079000000e302000000020000");
        assertEquals(20, bbr.toBytes().length);
        assertEquals(0x1_0000_0010L, bbr.bbr().bandwidth());
        assertEquals(Duration.ofNanos(121_000), bbr.bbr().minRtt());
        // struct.pack('@HHIII', 1, 0, 1024, 5, 6)
        assertEquals(
                new TcpCongestionInfo.Dctcp(true, false, 1_024, 5, 6),
                read(TcpOption.CC_INFO, "01000000000400000500000006000000").dctcp());
        assertEquals(
                new TcpCongestionInfo.Vegas(
                        true, 2, Duration.ofNanos(3_000), Duration.ofNanos(4_000)),
                read(TcpOption.CC_INFO, "01000000020000000300000004000000").vegas());
        assertTrue(read(TcpOption.CC_INFO, "").isEmpty());
    }

    @Test
    void mptcpInfoIsRead() {
        // struct.pack('@BBBBBBxxIIQQQBBB', 2, 1, 0, 8, 0, 0, 2, 77, 5, 6, 7, 0, 0, 1)
        assertEquals(
                new MptcpInfo(2, 1, 0, 8, false, true, 77, 5, 6, 7, true),
                read(
                        MptcpOption.INFO,
                        "0201000800000000020000004d000000"
                                + "050000000000000006000000000000000700000000000000"
                                + "000001"));
    }

    @Test
    void thePathMtuComesAfterAnAddress() {
        // bytes(28) + struct.pack('@I', 1280)
        assertEquals(1_280, read(Ipv6Option.PATH_MTU, zeros(28) + "00050000"));
    }

    @Test
    void anOriginalDestinationIsAnEndpoint() {
        assertEquals(
                InetEndpoint.of(IpAddress.parse("192.0.2.1"), 80),
                read(IpOption.ORIGINAL_DST, "02000050c00002010000000000000000"));
    }

    private static <T> void assertBoth(Option<T> option, T value, String bytes) {
        assertWritten(bytes, option, value);
        assertEquals(value, read(option, bytes));
    }

    private static <T> void assertWritten(String bytes, Option<T> option, T value) {
        byte[] encoded = option.encode(value);
        assertEquals(bytes, HEX.formatHex(encoded));
        assertTrue(encoded.length <= option.maxLength(), "longer than maxLength");
    }

    /** As the kernel answers: in a buffer as long as the option asked for, and often longer. */
    private static <T> T read(Option<T> option, String bytes) {
        byte[] answer = HEX.parseHex(bytes);
        byte[] buffer = new byte[Math.max(answer.length, option.readable() ? 64 : 0)];
        System.arraycopy(answer, 0, buffer, 0, answer.length);
        return option.decode(buffer, answer.length);
    }

    private static String zeros(int count) {
        return "00".repeat(count);
    }
}
