// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import sockeye.IpAddress;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * Several links that act as one.
 *
 * @param mode how they share the load
 * @param activePort the index of the one that works in {@link Mode#ACTIVE_BACKUP}, 0 if there is
 *     none
 * @param primary the index of the one that is preferred, 0 for none
 * @param monitoring how often the carrier is looked at; zero for never
 * @param upDelay how long a carrier must be there before the link is used
 * @param downDelay how long it must be away before the link is left
 * @param arpInterval how often the targets are asked; zero for never
 * @param arpTargets whom to ask
 * @param minimumLinks how many links must have a carrier for the bond to have one
 * @param others what else the kernel told, as it came
 * @see <a href="https://docs.kernel.org/networking/bonding.html">Linux Ethernet Bonding Driver</a>
 */
public record BondLink(
        Mode mode,
        int activePort,
        int primary,
        Duration monitoring,
        Duration upDelay,
        Duration downDelay,
        Duration arpInterval,
        List<IpAddress> arpTargets,
        long minimumLinks,
        List<RawAttribute> others)
        implements LinkKind {
    static final String NAME = "bond";

    private static final int IFLA_BOND_MODE = 1;
    private static final int IFLA_BOND_ACTIVE_SLAVE = 2;
    private static final int IFLA_BOND_MIIMON = 3;
    private static final int IFLA_BOND_UPDELAY = 4;
    private static final int IFLA_BOND_DOWNDELAY = 5;
    private static final int IFLA_BOND_ARP_INTERVAL = 7;
    private static final int IFLA_BOND_ARP_IP_TARGET = 8;
    private static final int IFLA_BOND_PRIMARY = 11;
    private static final int IFLA_BOND_MIN_LINKS = 18;

    /** How a bond shares the load. */
    public enum Mode {
        // In the order of the kernel's numbers.

        /** Each packet by the next link. */
        BALANCE_RR,
        /** One link works, the others wait until it fails. */
        ACTIVE_BACKUP,
        /** By a hash of the addresses. */
        BALANCE_XOR,
        /** Everything on all. */
        BROADCAST,
        /** As agreed with the switch: IEEE 802.3ad. */
        LACP,
        /** By the load of the links, for sending. */
        BALANCE_TLB,
        /** By the load of the links, for receiving as well. */
        BALANCE_ALB,
        /** A number that this version does not know. */
        UNKNOWN;

        private static final Mode[] ALL = values();

        static Mode of(int number) {
            return number < ALL.length ? ALL[number] : UNKNOWN;
        }
    }

    /** Copies the lists. */
    public BondLink {
        arpTargets = List.copyOf(arpTargets);
        others = List.copyOf(others);
    }

    static BondLink read(AttributeReader at) {
        Mode mode = Mode.UNKNOWN;
        int activePort = 0;
        int primary = 0;
        Duration monitoring = Duration.ZERO;
        Duration upDelay = Duration.ZERO;
        Duration downDelay = Duration.ZERO;
        Duration arpInterval = Duration.ZERO;
        List<IpAddress> arpTargets = List.of();
        long minimumLinks = 0;
        List<RawAttribute> others = new ArrayList<>();
        while (at.next()) {
            switch (at.type()) {
                case IFLA_BOND_MODE -> mode = Mode.of(at.u8());
                case IFLA_BOND_ACTIVE_SLAVE -> activePort = at.s32();
                case IFLA_BOND_PRIMARY -> primary = at.s32();
                case IFLA_BOND_MIIMON -> monitoring = Duration.ofMillis(at.u32());
                case IFLA_BOND_UPDELAY -> upDelay = Duration.ofMillis(at.u32());
                case IFLA_BOND_DOWNDELAY -> downDelay = Duration.ofMillis(at.u32());
                case IFLA_BOND_ARP_INTERVAL -> arpInterval = Duration.ofMillis(at.u32());
                case IFLA_BOND_ARP_IP_TARGET ->
                        arpTargets = at.list(each -> IpAddress.of(each.bytes()));
                case IFLA_BOND_MIN_LINKS -> minimumLinks = at.u32();
                default -> others.add(RawAttribute.of(at));
            }
        }
        return new BondLink(
                mode,
                activePort,
                primary,
                monitoring,
                upDelay,
                downDelay,
                arpInterval,
                arpTargets,
                minimumLinks,
                others);
    }

    @Override
    public String name() {
        return NAME;
    }
}
