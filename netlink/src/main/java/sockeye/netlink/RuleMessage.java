// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static sockeye.AddressFamily.AF_INET;
import static sockeye.AddressFamily.AF_INET6;

import org.jspecify.annotations.Nullable;

import sockeye.IpAddress;
import sockeye.internal.kernel.CStruct;
import sockeye.netlink.RoutingRule.Action;
import sockeye.netlink.RoutingRule.Flag;
import sockeye.netlink.RoutingRule.Masked;
import sockeye.netlink.RoutingRule.Ports;
import sockeye.netlink.RoutingRule.Range;
import sockeye.netlink.RoutingRule.Selector;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** A rule as a message has it: struct fib_rule_hdr and the attributes FRA_. */
final class RuleMessage {
    static final int RTM_NEWRULE = 32;
    static final int RTM_DELRULE = 33;
    static final int RTM_GETRULE = 34;

    private static final int FRA_DST = 1;
    private static final int FRA_SRC = 2;
    private static final int FRA_IIFNAME = 3;
    private static final int FRA_GOTO = 4;
    private static final int FRA_PRIORITY = 6;
    private static final int FRA_FWMARK = 10;
    private static final int FRA_FLOW = 11;
    private static final int FRA_TUN_ID = 12;
    private static final int FRA_SUPPRESS_IFGROUP = 13;
    private static final int FRA_SUPPRESS_PREFIXLEN = 14;
    private static final int FRA_TABLE = 15;
    private static final int FRA_FWMASK = 16;
    private static final int FRA_OIFNAME = 17;
    private static final int FRA_PAD = 18;
    private static final int FRA_L3MDEV = 19;
    private static final int FRA_UID_RANGE = 20;
    private static final int FRA_PROTOCOL = 21;
    private static final int FRA_IP_PROTO = 22;
    private static final int FRA_SPORT_RANGE = 23;
    private static final int FRA_DPORT_RANGE = 24;
    private static final int FRA_DSCP = 25;
    private static final int FRA_FLOWLABEL = 26;
    private static final int FRA_FLOWLABEL_MASK = 27;
    private static final int FRA_SPORT_MASK = 28;
    private static final int FRA_DPORT_MASK = 29;
    private static final int FRA_DSCP_MASK = 30;

    static final int WHOLE_DSCP = 0x3F;

    private static final int FR_ACT_TO_TBL = 1;
    private static final int FR_ACT_GOTO = 2;
    private static final int FR_ACT_NOP = 3;
    private static final int FR_ACT_BLACKHOLE = 6;
    private static final int FR_ACT_UNREACHABLE = 7;
    private static final int FR_ACT_PROHIBIT = 8;

    private static final int RT_TABLE_COMPAT = 252;
    private static final long NOT_SET = 0xFFFF_FFFFL;

    @CStruct("struct fib_rule_hdr")
    static final class FibRuleHdr {
        static final int SIZEOF = 12;
        static final int family = 0;
        static final int dst_len = 1;
        static final int src_len = 2;
        static final int tos = 3;
        static final int table = 4;
        static final int action = 7;
        static final int flags = 8;

        private FibRuleHdr() {}
    }

    @CStruct("struct fib_rule_uid_range")
    private static final class UidRange {
        static final int SIZEOF = 8;
        static final int start = 0;
        static final int end = 4;

        private UidRange() {}
    }

    @CStruct("struct fib_rule_port_range")
    private static final class PortRange {
        static final int SIZEOF = 4;
        static final int start = 0;
        static final int end = 2;

        private PortRange() {}
    }

    private RuleMessage() {}

    /** What the message tells, null if it is of a family other than IPv4 and IPv6. */
    static @Nullable RoutingRule read(PayloadReader payload) {
        StructReader header = payload.struct(FibRuleHdr.SIZEOF);
        int family = header.u8(FibRuleHdr.family);
        if (family != AF_INET && family != AF_INET6) {
            return null;
        }
        IpAddress source = IpPrefix.all(family).address();
        IpAddress destination = source;
        String input = null;
        String output = null;
        long mark = 0;
        long markMask = 0;
        Range users = null;
        int ipProtocol = 0;
        Ports sourcePorts = null;
        Ports destinationPorts = null;
        int sourceMask = Ports.WHOLE;
        int destinationMask = Ports.WHOLE;
        int dscp = -1;
        int dscpMask = WHOLE_DSCP;
        long flowLabel = 0;
        long flowLabelMask = 0;
        long tunnel = 0;
        boolean l3mdev = false;
        long priority = 0;
        long target = 0;
        long realms = 0;
        long suppressGroup = NOT_SET;
        long suppressLength = NOT_SET;
        long table = header.u8(FibRuleHdr.table);
        RouteProtocol protocol = RouteProtocol.UNSPECIFIED;
        List<RawAttribute> others = new ArrayList<>();
        AttributeReader at = payload.attributes();
        while (at.next()) {
            switch (at.type()) {
                case FRA_DST -> destination = IpAddress.of(at.bytes());
                case FRA_SRC -> source = IpAddress.of(at.bytes());
                case FRA_IIFNAME -> input = at.string();
                case FRA_OIFNAME -> output = at.string();
                case FRA_GOTO -> target = at.u32();
                case FRA_PRIORITY -> priority = at.u32();
                case FRA_FWMARK -> mark = at.u32();
                case FRA_FWMASK -> markMask = at.u32();
                case FRA_FLOW -> realms = at.u32();
                case FRA_TUN_ID -> tunnel = at.be64();
                case FRA_SUPPRESS_IFGROUP -> suppressGroup = at.u32();
                case FRA_SUPPRESS_PREFIXLEN -> suppressLength = at.u32();
                case FRA_TABLE -> table = at.u32();
                case FRA_L3MDEV -> l3mdev = at.u8() != 0;
                case FRA_UID_RANGE -> {
                    StructReader range = at.struct();
                    users = new Range(range.u32(UidRange.start), range.u32(UidRange.end));
                }
                case FRA_PROTOCOL -> protocol = new RouteProtocol(at.u8());
                case FRA_IP_PROTO -> ipProtocol = at.u8();
                case FRA_SPORT_RANGE -> sourcePorts = ports(at.struct());
                case FRA_DPORT_RANGE -> destinationPorts = ports(at.struct());
                case FRA_SPORT_MASK -> sourceMask = at.u16();
                case FRA_DPORT_MASK -> destinationMask = at.u16();
                case FRA_DSCP -> dscp = at.u8();
                case FRA_DSCP_MASK -> dscpMask = at.u8();
                case FRA_FLOWLABEL -> flowLabel = at.be32();
                case FRA_FLOWLABEL_MASK -> flowLabelMask = at.be32();
                case FRA_PAD -> {}
                default -> others.add(RawAttribute.of(at));
            }
        }
        int number = header.u8(FibRuleHdr.action);
        Action action =
                switch (number) {
                    case FR_ACT_TO_TBL ->
                            new Action.Lookup(
                                    new RouteTable(table),
                                    suppressLength == NOT_SET
                                            ? OptionalInt.empty()
                                            : OptionalInt.of((int) suppressLength),
                                    suppressGroup == NOT_SET
                                            ? OptionalLong.empty()
                                            : OptionalLong.of(suppressGroup),
                                    realms);
                    case FR_ACT_GOTO -> new Action.Goto(target);
                    case FR_ACT_NOP -> new Action.Nop();
                    case FR_ACT_BLACKHOLE -> new Action.Blackhole();
                    case FR_ACT_UNREACHABLE -> new Action.Unreachable();
                    case FR_ACT_PROHIBIT -> new Action.Prohibit();
                    default -> new Action.Other(number);
                };
        return new RoutingRule(
                family,
                priority,
                new Selector(
                        prefix(source, header.u8(FibRuleHdr.src_len)),
                        prefix(destination, header.u8(FibRuleHdr.dst_len)),
                        header.u8(FibRuleHdr.tos),
                        dscp < 0 ? null : new Masked(dscp, dscpMask),
                        flowLabelMask == 0 ? null : new Masked(flowLabel, flowLabelMask),
                        input,
                        output,
                        (mark | markMask) == 0 ? null : new Masked(mark, markMask),
                        users,
                        ipProtocol,
                        masked(sourcePorts, sourceMask),
                        masked(destinationPorts, destinationMask),
                        tunnel,
                        l3mdev),
                action,
                protocol,
                Flags.of(Flag.class, Flag::bit, header.u32(FibRuleHdr.flags)),
                others);
    }

    private static @Nullable IpPrefix prefix(IpAddress address, int length) {
        return length == 0 && address.isUnspecified() ? null : new IpPrefix(address, length);
    }

    private static @Nullable Ports masked(@Nullable Ports ports, int mask) {
        return ports == null ? null : new Ports(ports.first(), ports.last(), mask);
    }

    private static Ports ports(StructReader range) {
        return new Ports(range.u16(PortRange.start), range.u16(PortRange.end));
    }

    /** RTM_NEWRULE or RTM_DELRULE. */
    static NetlinkRequest request(int type, int flags, RoutingRule rule) {
        String name = type == RTM_NEWRULE ? "RTM_NEWRULE" : "RTM_DELRULE";
        return NetlinkRequest.of(type, flags, payload -> write(payload, rule)).named(name);
    }

    private static void write(AttributeWriter to, RoutingRule rule) {
        Selector selector = rule.selector();
        IpPrefix source = selector.source();
        IpPrefix destination = selector.destination();
        long table = rule.action() instanceof Action.Lookup lookup ? lookup.table().number() : 0;
        long flags = rule.flags().contains(Flag.INVERT) ? Flag.INVERT.bit() : 0;
        to.struct(
                FibRuleHdr.SIZEOF,
                header ->
                        header.u8(FibRuleHdr.family, rule.family())
                                .u8(FibRuleHdr.src_len, source == null ? 0 : source.length())
                                .u8(
                                        FibRuleHdr.dst_len,
                                        destination == null ? 0 : destination.length())
                                .u8(FibRuleHdr.tos, selector.trafficClass())
                                .u8(FibRuleHdr.table, table <= 0xFF ? (int) table : RT_TABLE_COMPAT)
                                .u8(FibRuleHdr.action, number(rule.action()))
                                .u32(FibRuleHdr.flags, flags));
        to.u32(FRA_PRIORITY, rule.priority());
        to.u8(FRA_PROTOCOL, rule.protocol().number());
        write(to, selector);
        switch (rule.action()) {
            case Action.Lookup lookup -> {
                to.u32(FRA_TABLE, table);
                lookup.suppressPrefixLength()
                        .ifPresent(length -> to.u32(FRA_SUPPRESS_PREFIXLEN, length));
                lookup.suppressGroup().ifPresent(group -> to.u32(FRA_SUPPRESS_IFGROUP, group));
                if (lookup.realms() != 0) {
                    to.u32(FRA_FLOW, lookup.realms());
                }
            }
            case Action.Goto(long priority) -> to.u32(FRA_GOTO, priority);
            case Action.Nop nop -> {}
            case Action.Blackhole blackhole -> {}
            case Action.Unreachable unreachable -> {}
            case Action.Prohibit prohibit -> {}
            case Action.Other other -> {}
        }
        rule.others().forEach(each -> each.write(to));
    }

    private static int number(Action action) {
        return switch (action) {
            case Action.Lookup lookup -> FR_ACT_TO_TBL;
            case Action.Goto target -> FR_ACT_GOTO;
            case Action.Nop nop -> FR_ACT_NOP;
            case Action.Blackhole blackhole -> FR_ACT_BLACKHOLE;
            case Action.Unreachable unreachable -> FR_ACT_UNREACHABLE;
            case Action.Prohibit prohibit -> FR_ACT_PROHIBIT;
            case Action.Other(int number) -> number;
        };
    }

    private static void write(AttributeWriter to, Selector selector) {
        IpPrefix source = selector.source();
        IpPrefix destination = selector.destination();
        String input = selector.input();
        String output = selector.output();
        Range users = selector.users();
        Ports sourcePorts = selector.sourcePorts();
        Ports destinationPorts = selector.destinationPorts();
        Masked mark = selector.mark();
        Masked dscp = selector.dscp();
        Masked flowLabel = selector.flowLabel();
        if (source != null) {
            to.bytes(FRA_SRC, source.address().toBytes());
        }
        if (destination != null) {
            to.bytes(FRA_DST, destination.address().toBytes());
        }
        if (input != null) {
            to.string(FRA_IIFNAME, input);
        }
        if (output != null) {
            to.string(FRA_OIFNAME, output);
        }
        if (mark != null) {
            to.u32(FRA_FWMARK, mark.value());
            to.u32(FRA_FWMASK, mark.mask());
        }
        if (dscp != null) {
            to.u8(FRA_DSCP, (int) dscp.value());
            if (dscp.mask() != WHOLE_DSCP) {
                to.u8(FRA_DSCP_MASK, (int) dscp.mask());
            }
        }
        if (flowLabel != null) {
            to.be32(FRA_FLOWLABEL, flowLabel.value());
            to.be32(FRA_FLOWLABEL_MASK, flowLabel.mask());
        }
        if (users != null) {
            to.struct(
                    FRA_UID_RANGE,
                    UidRange.SIZEOF,
                    range ->
                            range.u32(UidRange.start, users.first())
                                    .u32(UidRange.end, users.last()));
        }
        if (selector.ipProtocol() != 0) {
            to.u8(FRA_IP_PROTO, selector.ipProtocol());
        }
        if (sourcePorts != null) {
            write(to, FRA_SPORT_RANGE, FRA_SPORT_MASK, sourcePorts);
        }
        if (destinationPorts != null) {
            write(to, FRA_DPORT_RANGE, FRA_DPORT_MASK, destinationPorts);
        }
        if (selector.tunnel() != 0) {
            to.be64(FRA_TUN_ID, selector.tunnel());
        }
        if (selector.l3mdev()) {
            to.u8(FRA_L3MDEV, 1);
        }
    }

    private static void write(AttributeWriter to, int type, int maskType, Ports ports) {
        to.struct(
                type,
                PortRange.SIZEOF,
                range ->
                        range.u16(PortRange.start, ports.first()).u16(PortRange.end, ports.last()));
        if (ports.mask() != Ports.WHOLE) {
            to.u16(maskType, ports.mask());
        }
    }
}
