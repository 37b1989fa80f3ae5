// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;

/**
 * How an Ethernet link runs, as {@code ethtool} shows it.
 *
 * @param index the interface's index
 * @param name the interface's name
 * @param autonegotiation whether speed and duplex are negotiated with the peer
 * @param speed in megabits a second; empty if it is unknown, as of a link that is down
 * @param duplex empty if it is unknown
 * @param supported the link modes that can be used, by the kernel's names, {@code
 *     "1000baseT/Full"}, and abilities like {@code "Autoneg"}
 * @param advertised those of them that are offered to the peer
 */
public record EthtoolLink(
        int index,
        String name,
        boolean autonegotiation,
        OptionalLong speed,
        Optional<Duplex> duplex,
        Set<String> supported,
        Set<String> advertised) {
    private static final int ETHTOOL_A_LINKMODES_HEADER = 1;
    private static final int ETHTOOL_A_LINKMODES_AUTONEG = 2;
    private static final int ETHTOOL_A_LINKMODES_OURS = 3;
    private static final int ETHTOOL_A_LINKMODES_SPEED = 5;
    private static final int ETHTOOL_A_LINKMODES_DUPLEX = 6;
    private static final long SPEED_UNKNOWN = 0xFFFF_FFFFL;

    /** Whether both sides may send at once. */
    public enum Duplex {
        /** One at a time. */
        HALF,
        /** Both at once. */
        FULL
    }

    /** Keeps the sets as they are. */
    public EthtoolLink {
        supported = Set.copyOf(supported);
        advertised = Set.copyOf(advertised);
    }

    static EthtoolLink decode(PayloadReader payload) {
        GenericHeader.read(payload);
        EthtoolDevice device = EthtoolDevice.NONE;
        boolean autonegotiation = false;
        OptionalLong speed = OptionalLong.empty();
        Optional<Duplex> duplex = Optional.empty();
        EthtoolBits ours = EthtoolBits.NONE;
        for (AttributeReader at = payload.attributes(); at.next(); ) {
            switch (at.type()) {
                case ETHTOOL_A_LINKMODES_HEADER -> device = EthtoolDevice.decode(at.nested());
                case ETHTOOL_A_LINKMODES_AUTONEG -> autonegotiation = at.u8() != 0;
                case ETHTOOL_A_LINKMODES_OURS -> ours = EthtoolBits.decode(at.nested());
                case ETHTOOL_A_LINKMODES_SPEED -> {
                    long megabits = at.u32();
                    speed =
                            megabits == SPEED_UNKNOWN
                                    ? OptionalLong.empty()
                                    : OptionalLong.of(megabits);
                }
                case ETHTOOL_A_LINKMODES_DUPLEX ->
                        duplex =
                                switch (at.u8()) {
                                    case 0 -> Optional.of(Duplex.HALF);
                                    case 1 -> Optional.of(Duplex.FULL);
                                    default -> Optional.empty();
                                };
                default -> {}
            }
        }
        return new EthtoolLink(
                device.index(),
                device.name(),
                autonegotiation,
                speed,
                duplex,
                ours.names(),
                ours.set());
    }
}
