// SPDX-License-Identifier: Apache-2.0
package sockeye;

/**
 * Which multicast group a netlink message was sent to ({@code NETLINK_PKTINFO}, netlink(7));
 * received with {@link NetlinkOption#PKTINFO} on. Unlike the mask of a {@link NetlinkEndpoint} it
 * can name groups above the 32nd.
 *
 * @param group the number of the group, from 1; 0 for a message that was sent to this socket alone
 */
public record NetlinkPacketInfo(int group) implements Ancillary.OfFamily {
    @Override
    public int level() {
        return AncillaryType.SOL_NETLINK;
    }

    @Override
    public int type() {
        return AncillaryType.NETLINK_PKTINFO;
    }
}
