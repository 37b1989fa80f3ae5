// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import java.util.Set;

/**
 * What an interface leaves to the hardware, as {@code ethtool --show-features} shows it; by the
 * kernel's names, {@code "tx-tcp-segmentation"}.
 *
 * @param index the interface's index
 * @param name the interface's name
 * @param active those that are on
 * @param wanted those that were asked for; one of them may be off for want of another
 * @param changeable those that can be switched
 * @param fixed those that cannot, by nobody
 */
public record EthtoolFeatures(
        int index,
        String name,
        Set<String> active,
        Set<String> wanted,
        Set<String> changeable,
        Set<String> fixed) {
    private static final int ETHTOOL_A_FEATURES_HEADER = 1;
    private static final int ETHTOOL_A_FEATURES_HW = 2;
    private static final int ETHTOOL_A_FEATURES_WANTED = 3;
    private static final int ETHTOOL_A_FEATURES_ACTIVE = 4;
    private static final int ETHTOOL_A_FEATURES_NOCHANGE = 5;

    /** Keeps the sets as they are. */
    public EthtoolFeatures {
        active = Set.copyOf(active);
        wanted = Set.copyOf(wanted);
        changeable = Set.copyOf(changeable);
        fixed = Set.copyOf(fixed);
    }

    static EthtoolFeatures decode(PayloadReader payload) {
        GenericHeader.read(payload);
        EthtoolDevice device = EthtoolDevice.NONE;
        EthtoolBits hardware = EthtoolBits.NONE;
        EthtoolBits wanted = EthtoolBits.NONE;
        EthtoolBits active = EthtoolBits.NONE;
        EthtoolBits fixed = EthtoolBits.NONE;
        for (AttributeReader at = payload.attributes(); at.next(); ) {
            switch (at.type()) {
                case ETHTOOL_A_FEATURES_HEADER -> device = EthtoolDevice.decode(at.nested());
                case ETHTOOL_A_FEATURES_HW -> hardware = EthtoolBits.decode(at.nested());
                case ETHTOOL_A_FEATURES_WANTED -> wanted = EthtoolBits.decode(at.nested());
                case ETHTOOL_A_FEATURES_ACTIVE -> active = EthtoolBits.decode(at.nested());
                case ETHTOOL_A_FEATURES_NOCHANGE -> fixed = EthtoolBits.decode(at.nested());
                default -> {}
            }
        }
        return new EthtoolFeatures(
                device.index(),
                device.name(),
                active.set(),
                wanted.set(),
                hardware.set(),
                fixed.set());
    }
}
