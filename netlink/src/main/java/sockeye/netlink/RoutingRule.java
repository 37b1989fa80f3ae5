// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static sockeye.AddressFamily.AF_INET;
import static sockeye.AddressFamily.AF_INET6;

import org.jspecify.annotations.Nullable;

import java.util.List;
import java.util.OptionalInt;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A rule that says for which packets which table of routes is asked: what {@code ip rule} shows.
 * The rules are asked in the order of their priorities, until one gives a route or refuses.
 *
 * <pre>{@code
 * route.add(RoutingRule.ipv4(100).from("10.0.0.0/8").lookup(RouteTable.of("100")).build());
 * }</pre>
 *
 * @param family AF_INET or AF_INET6
 * @param priority the lowest is asked first; unsigned 32 bits
 * @param selector for which packets it is
 * @param action what it does with them
 * @param protocol who made it
 * @param flags what there is to know beside
 * @param others attributes that have no name here, as they came; sent as they are
 * @see <a href="https://man7.org/linux/man-pages/man8/ip-rule.8.html">ip-rule(8)</a>
 */
public record RoutingRule(
        int family,
        long priority,
        Selector selector,
        Action action,
        RouteProtocol protocol,
        Set<Flag> flags,
        List<RawAttribute> others) {

    /** What there is to know of a rule beside: FIB_RULE_ and the name. */
    public enum Flag {
        /** The kernel's, which cannot be deleted. */
        PERMANENT(1),
        /** It is for the packets that the selector does not match. */
        INVERT(1 << 1),
        /** The rule that it goes on at does not exist. */
        UNRESOLVED(1 << 2),
        /** The link that packets come in by does not exist. */
        INPUT_DETACHED(1 << 3),
        /** The link that packets leave by does not exist. */
        OUTPUT_DETACHED(1 << 4),
        /** The source address is looked up too. */
        FIND_SOURCE(1 << 16);

        private final int bit;

        Flag(int bit) {
            this.bit = bit;
        }

        /** The kernel's bit. */
        public int bit() {
            return bit;
        }
    }

    /**
     * Numbers from one to another, both included.
     *
     * @param first the lowest
     * @param last the highest
     */
    public record Range(long first, long last) {
        /** Checks the order. */
        public Range {
            if (first < 0 || last < first) {
                throw new IllegalArgumentException("no range: " + first + " to " + last);
            }
        }

        /** {@code 80}, {@code 1024-2047}. */
        @Override
        public String toString() {
            return first == last ? "" + first : first + "-" + last;
        }
    }

    /**
     * A value of which only some bits count.
     *
     * @param value those bits
     * @param mask the bits that count, set
     */
    public record Masked(long value, long mask) {
        /** {@code 0x5/0xff}. */
        @Override
        public String toString() {
            return "0x%x/0x%x".formatted(value, mask);
        }
    }

    /**
     * Ports from one to another, both included; or one port of which only some bits count.
     *
     * @param first the lowest, 1 to 65535
     * @param last the highest
     * @param mask the bits that count, 0xffff unless both are one; since Linux 6.15
     */
    public record Ports(int first, int last, int mask) {
        static final int WHOLE = 0xFFFF;

        /** Checks order and bounds. */
        public Ports {
            if (first < 0 || last < first || last > WHOLE || mask < 0 || mask > WHOLE) {
                throw new IllegalArgumentException(
                        "no ports: %d to %d, mask 0x%x".formatted(first, last, mask));
            }
        }

        /** All bits count. */
        public Ports(int first, int last) {
            this(first, last, WHOLE);
        }
    }

    /**
     * For which packets a rule is; all that is said has to match, and what is null, empty or 0 says
     * nothing.
     *
     * @param source where they come from
     * @param destination where they go to
     * @param trafficClass the type of service byte; 0 for all
     * @param dscp the differentiated services code point, 6 bits; since Linux 6.12, its mask since
     *     6.16
     * @param flowLabel IPv6, 20 bits; since Linux 6.14
     * @param input the name of the link that they come in by; {@code lo} for those of this machine
     * @param output the name of the link that their socket is bound to
     * @param mark their mark
     * @param users whose they are
     * @param ipProtocol which protocol, IPPROTO_; 0 for all
     * @param sourcePorts from which ports
     * @param destinationPorts to which ports
     * @param tunnel by which tunnel they came; 0 for any
     * @param l3mdev whether their link belongs to a VRF, whose table is asked
     */
    public record Selector(
            @Nullable IpPrefix source,
            @Nullable IpPrefix destination,
            int trafficClass,
            @Nullable Masked dscp,
            @Nullable Masked flowLabel,
            @Nullable String input,
            @Nullable String output,
            @Nullable Masked mark,
            @Nullable Range users,
            int ipProtocol,
            @Nullable Ports sourcePorts,
            @Nullable Ports destinationPorts,
            long tunnel,
            boolean l3mdev) {}

    /** What a rule does. */
    public sealed interface Action {
        /**
         * Asks a table.
         *
         * @param table which; {@link RouteTable#UNSPECIFIED} for that of the VRF
         * @param suppressPrefixLength a route as long as this or shorter does not count; empty if
         *     all do
         * @param suppressGroup a route by a link of this group does not count; empty if all do
         * @param realms realms for the packets, source in the upper and destination in the lower 16
         *     bits; 0 for none
         */
        record Lookup(
                RouteTable table,
                OptionalInt suppressPrefixLength,
                OptionalLong suppressGroup,
                long realms)
                implements Action {}

        /**
         * Goes on at a later rule.
         *
         * @param priority of that rule
         */
        record Goto(long priority) implements Action {}

        /** Goes on with the next rule. */
        record Nop() implements Action {}

        /** Drops the packet without a word. */
        record Blackhole() implements Action {}

        /** Drops it; the sender hears ENETUNREACH. */
        record Unreachable() implements Action {}

        /** Drops it; the sender hears EACCES. */
        record Prohibit() implements Action {}

        /**
         * Something that has no name here; cannot be sent.
         *
         * @param number the kernel's FR_ACT_
         */
        record Other(int number) implements Action {}
    }

    /** Copies the collections, and checks that prefixes are of the family. */
    public RoutingRule {
        flags = Flags.copy(Flag.class, flags);
        others = List.copyOf(others);
        for (IpPrefix each : new IpPrefix[] {selector.source, selector.destination}) {
            if (each != null && each.address().family() != family) {
                throw new IllegalArgumentException(each + " in a rule of the other family");
            }
        }
    }

    /** A rule for IPv4. */
    public static Builder ipv4(long priority) {
        return new Builder(AF_INET, priority);
    }

    /** A rule for IPv6. */
    public static Builder ipv6(long priority) {
        return new Builder(AF_INET6, priority);
    }

    /** Makes a rule step by step; what is not said matches every packet. */
    public static final class Builder {
        private final int family;
        private final long priority;
        private @Nullable IpPrefix source;
        private @Nullable IpPrefix destination;
        private int trafficClass;
        private @Nullable String input;
        private @Nullable String output;
        private @Nullable Masked dscp;
        private @Nullable Masked flowLabel;
        private @Nullable Masked mark;
        private @Nullable Range users;
        private int ipProtocol;
        private @Nullable Ports sourcePorts;
        private @Nullable Ports destinationPorts;
        private long tunnel;
        private boolean l3mdev;
        private Action action =
                new Action.Lookup(RouteTable.MAIN, OptionalInt.empty(), OptionalLong.empty(), 0);
        private RouteProtocol protocol = RouteProtocol.UNSPECIFIED;
        private Set<Flag> flags = Set.of();

        private static final long WHOLE_MARK = 0xFFFF_FFFFL;

        private Builder(int family, long priority) {
            this.family = family;
            this.priority = priority;
        }

        /** Where packets come from. */
        public Builder from(String prefix) {
            source = IpPrefix.parse(prefix);
            return this;
        }

        /** Where packets go to. */
        public Builder to(String prefix) {
            destination = IpPrefix.parse(prefix);
            return this;
        }

        /** The type of service byte. */
        public Builder trafficClass(int value) {
            trafficClass = value;
            return this;
        }

        /** By which link they come in, by name; {@code lo} for those of this machine. */
        public Builder input(String link) {
            input = link;
            return this;
        }

        /** To which link their socket is bound, by name. */
        public Builder output(String link) {
            output = link;
            return this;
        }

        /** Their mark. */
        public Builder mark(long value) {
            return mark(value, WHOLE_MARK);
        }

        /** Those bits of their mark that are set in a mask. */
        public Builder mark(long value, long mask) {
            mark = new Masked(value, mask);
            return this;
        }

        /** The differentiated services code point, 0 to 63. */
        public Builder dscp(int value) {
            dscp = new Masked(value, RuleMessage.WHOLE_DSCP);
            return this;
        }

        /** Those bits of the flow label that are set in a mask; IPv6. */
        public Builder flowLabel(long value, long mask) {
            flowLabel = new Masked(value, mask);
            return this;
        }

        /** Whose they are. */
        public Builder users(long first, long last) {
            users = new Range(first, last);
            return this;
        }

        /** Which protocol, see {@link sockeye.IpProtocol}. */
        public Builder ipProtocol(int number) {
            ipProtocol = number;
            return this;
        }

        /** From which ports. */
        public Builder sourcePorts(int first, int last) {
            sourcePorts = new Ports(first, last);
            return this;
        }

        /** To which ports. */
        public Builder destinationPorts(int first, int last) {
            destinationPorts = new Ports(first, last);
            return this;
        }

        /** By which tunnel they came. */
        public Builder tunnel(long id) {
            tunnel = id;
            return this;
        }

        /** The table of the VRF that the packet's link belongs to is asked. */
        public Builder lookupOfVrf() {
            l3mdev = true;
            return lookup(RouteTable.UNSPECIFIED);
        }

        /** The table to ask; the main one by default. */
        public Builder lookup(RouteTable table) {
            return action(new Action.Lookup(table, OptionalInt.empty(), OptionalLong.empty(), 0));
        }

        /** What to do. */
        public Builder action(Action what) {
            action = what;
            return this;
        }

        /** Who makes it. */
        public Builder protocol(RouteProtocol who) {
            protocol = who;
            return this;
        }

        /** It is for the packets that do not match. */
        public Builder invert() {
            flags = Set.of(Flag.INVERT);
            return this;
        }

        /** The rule. */
        public RoutingRule build() {
            Selector selector =
                    new Selector(
                            source,
                            destination,
                            trafficClass,
                            dscp,
                            flowLabel,
                            input,
                            output,
                            mark,
                            users,
                            ipProtocol,
                            sourcePorts,
                            destinationPorts,
                            tunnel,
                            l3mdev);
            return new RoutingRule(family, priority, selector, action, protocol, flags, List.of());
        }
    }
}
