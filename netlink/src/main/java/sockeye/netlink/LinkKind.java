// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

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
}
