// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import org.jspecify.annotations.Nullable;

import java.util.List;

/**
 * What drives a link, and with which settings: IFLA_LINKINFO, what {@code ip -d link} shows after
 * the addresses.
 *
 * @see <a href="https://man7.org/linux/man-pages/man8/ip-link.8.html">ip-link(8)</a>
 */
public sealed interface LinkKind
        permits BondLink,
                BridgeLink,
                DummyLink,
                OtherLink,
                PlainLink,
                TunLink,
                VethLink,
                VlanLink,
                VxlanLink {
    /** The kernel's word for it: {@code veth}, {@code bridge}; empty for a {@link PlainLink}. */
    String name();

    /** The kind of a name, with its IFLA_INFO_DATA if there is any. */
    static LinkKind read(String name, @Nullable AttributeReader data) {
        return switch (name) {
            case "" -> new PlainLink();
            case VethLink.NAME -> new VethLink();
            case DummyLink.NAME -> new DummyLink();
            default -> data == null ? new OtherLink(name, List.of()) : readData(name, data);
        };
    }

    private static LinkKind readData(String name, AttributeReader data) {
        return switch (name) {
            case BridgeLink.NAME -> BridgeLink.read(data);
            case VlanLink.NAME -> VlanLink.read(data);
            case VxlanLink.NAME -> VxlanLink.read(data);
            case BondLink.NAME -> BondLink.read(data);
            case TunLink.NAME -> TunLink.read(data);
            default -> new OtherLink(name, RawAttribute.all(data));
        };
    }
}
