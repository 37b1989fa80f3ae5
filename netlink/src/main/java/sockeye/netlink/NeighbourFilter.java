// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static sockeye.AddressFamily.AF_INET;
import static sockeye.AddressFamily.AF_INET6;

import sockeye.netlink.Neighbour.Ndmsg;

import java.util.List;

/**
 * Which neighbours to dump. The kernel leaves out the others.
 *
 * @param family AF_INET or AF_INET6, 0 for both
 * @param link on which link, 0 for all
 * @param master on the ports of which bridge or bond, 0 for all
 * @param proxies whether those that this machine answers for, rather than the others
 */
public record NeighbourFilter(int family, int link, int master, boolean proxies) {
    /** All that are known. */
    public static final NeighbourFilter ALL = new NeighbourFilter(0, 0, 0, false);

    /** All that this machine answers for. */
    public static final NeighbourFilter PROXIES = new NeighbourFilter(0, 0, 0, true);

    /** Those of one family. */
    public NeighbourFilter withFamily(int newFamily) {
        return new NeighbourFilter(newFamily, link, master, proxies);
    }

    /** Those on one link. */
    public NeighbourFilter withLink(int newLink) {
        return new NeighbourFilter(family, newLink, master, proxies);
    }

    /** Those on the ports of a bridge or bond. */
    public NeighbourFilter withMaster(int newMaster) {
        return new NeighbourFilter(family, link, newMaster, proxies);
    }

    List<Integer> families() {
        return family == 0 ? List.of(AF_INET, AF_INET6) : List.of(family);
    }

    boolean matches(Neighbour neighbour) {
        return neighbour.isProxy() == proxies && (link == 0 || link == neighbour.link());
    }

    NetlinkRequest request(int ofFamily) {
        return NetlinkRequest.of(
                        Neighbour.RTM_GETNEIGH,
                        0,
                        to -> {
                            to.struct(
                                    Ndmsg.SIZEOF,
                                    header ->
                                            header.u8(Ndmsg.ndm_family, ofFamily)
                                                    .u8(
                                                            Ndmsg.ndm_flags,
                                                            proxies
                                                                    ? Neighbour.Flag.PROXY.bit()
                                                                    : 0));
                            if (link != 0) {
                                to.u32(Neighbour.NDA_IFINDEX, link);
                            }
                            if (master != 0) {
                                to.u32(Neighbour.NDA_MASTER, master);
                            }
                        })
                .named("RTM_GETNEIGH");
    }
}
