// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import java.util.HashSet;
import java.util.Set;

/**
 * A set of named bits as ethtool sends it when it is not asked for the compact form:
 * ETHTOOL_A_BITSET_.
 *
 * @param names those in the mask; of a set without a mask, those that are set
 * @param set those that are set
 */
record EthtoolBits(Set<String> names, Set<String> set) {
    private static final int ETHTOOL_A_BITSET_NOMASK = 1;
    private static final int ETHTOOL_A_BITSET_BITS = 3;
    private static final int ETHTOOL_A_BITSET_BIT_NAME = 2;
    private static final int ETHTOOL_A_BITSET_BIT_VALUE = 3;

    static final EthtoolBits NONE = new EthtoolBits(Set.of(), Set.of());

    static EthtoolBits decode(AttributeReader attributes) {
        boolean masked = true;
        Set<String> names = new HashSet<>();
        Set<String> set = new HashSet<>();
        while (attributes.next()) {
            switch (attributes.type()) {
                case ETHTOOL_A_BITSET_NOMASK -> masked = !attributes.flag();
                case ETHTOOL_A_BITSET_BITS -> {
                    for (AttributeReader bit = attributes.nested(); bit.next(); ) {
                        bit(bit.nested(), names, set);
                    }
                }
                default -> {}
            }
        }
        return new EthtoolBits(names, masked ? set : names);
    }

    private static void bit(AttributeReader attributes, Set<String> names, Set<String> set) {
        String name = "";
        boolean value = false;
        while (attributes.next()) {
            switch (attributes.type()) {
                case ETHTOOL_A_BITSET_BIT_NAME -> name = attributes.string();
                case ETHTOOL_A_BITSET_BIT_VALUE -> value = attributes.flag();
                default -> {}
            }
        }
        names.add(name);
        if (value) {
            set.add(name);
        }
    }
}
