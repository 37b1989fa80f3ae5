// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static sockeye.AddressFamily.AF_BRIDGE;
import static sockeye.netlink.NetlinkFlag.NLM_F_APPEND;
import static sockeye.netlink.NetlinkFlag.NLM_F_CREATE;
import static sockeye.netlink.NetlinkFlag.NLM_F_EXCL;
import static sockeye.netlink.NetlinkFlag.NLM_F_REPLACE;

import sockeye.Deadline;
import sockeye.Errno;
import sockeye.NetlinkProtocol;
import sockeye.netlink.Link.Ifinfomsg;
import sockeye.netlink.Neighbour.Ndmsg;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * Forwarding databases and VLANs of bridges: what the command {@code bridge} shows and changes, by
 * the kernel's rtnetlink. Ports are {@link Link}s with a {@link BridgePort}, from {@link
 * RouteSocket#portsOf}.
 *
 * <pre>{@code
 * try (var bridge = BridgeSocket.open()) {
 *     for (var entry : bridge.entriesOf(br0)) {
 *         IO.println(entry.address() + " is behind " + entry.link());
 *     }
 *     bridge.add(FdbEntry.fixed(port, HardwareAddress.parse("02:00:5e:10:00:01")));
 *     bridge.add(BridgeVlan.of(port, 7, BridgeVlan.Flag.PVID));
 * }
 * }</pre>
 *
 * <p>It sees and changes the network namespace that it was opened in. Reading needs no privilege,
 * changing needs CAP_NET_ADMIN. Errors, threads, waiting and close are those of {@link
 * NetlinkSocket}.
 *
 * @see <a href="https://man7.org/linux/man-pages/man8/bridge.8.html">bridge(8)</a>
 */
public final class BridgeSocket implements AutoCloseable {
    /** VLANs in a row are told as one. */
    private static final int RTEXT_FILTER_BRVLAN_COMPRESSED = 1 << 2;

    private final NetlinkSocket socket;

    private BridgeSocket(NetlinkSocket socket) {
        this.socket = socket;
    }

    /**
     * Opens a socket of NETLINK_ROUTE.
     *
     * @throws IOException EMFILE or ENFILE if there are too many descriptors
     */
    public static BridgeSocket open() throws IOException {
        return new BridgeSocket(NetlinkSocket.open(NetlinkProtocol.NETLINK_ROUTE));
    }

    /**
     * The same conversation over a socket that is open already; closing either closes both.
     *
     * @throws IllegalArgumentException if it is of another protocol
     */
    public static BridgeSocket over(NetlinkSocket socket) {
        if (socket.protocol() != NetlinkProtocol.NETLINK_ROUTE) {
            throw new IllegalArgumentException("not of NETLINK_ROUTE: " + socket);
        }
        return new BridgeSocket(socket);
    }

    static void header(AttributeWriter to, int link) {
        to.struct(
                Ifinfomsg.SIZEOF,
                header ->
                        header.u8(Ifinfomsg.ifi_family, AF_BRIDGE).u32(Ifinfomsg.ifi_index, link));
    }

    // Forwarding databases.

    /** Every entry: of all bridges, and of the lists that devices have. */
    public List<FdbEntry> entries() throws IOException {
        return socket.dump(getEntries(0, 0), FdbEntry::read);
    }

    /**
     * The entries of one bridge's database; the kernel leaves out the others.
     *
     * @param bridge its index
     */
    public List<FdbEntry> entriesOf(int bridge) throws IOException {
        List<FdbEntry> all = socket.dump(getEntries(bridge, 0), FdbEntry::read);
        all.removeIf(each -> each.master() != bridge);
        return all;
    }

    /**
     * The entries of one port, in its bridge's database and in its own list.
     *
     * @param port its index
     */
    public List<FdbEntry> entriesAt(int port) throws IOException {
        List<FdbEntry> all = socket.dump(getEntries(0, port), FdbEntry::read);
        all.removeIf(each -> each.link() != port);
        return all;
    }

    static NetlinkRequest getEntries(int bridge, int port) {
        return NetlinkRequest.of(
                        Neighbour.RTM_GETNEIGH,
                        0,
                        to -> {
                            to.struct(
                                    Ndmsg.SIZEOF,
                                    header ->
                                            header.u8(Ndmsg.ndm_family, AF_BRIDGE)
                                                    .u32(Ndmsg.ndm_ifindex, port));
                            if (bridge != 0) {
                                to.u32(FdbEntry.NDA_MASTER, bridge);
                            }
                        })
                .named("RTM_GETNEIGH");
    }

    /**
     * The entry of an address in a bridge's database.
     *
     * @param bridge its index
     * @param vlan 0 for none
     * @throws NetlinkException ENOENT if there is none
     */
    public FdbEntry entry(int bridge, HardwareAddress address, int vlan) throws IOException {
        NetlinkRequest request =
                NetlinkRequest.of(
                                Neighbour.RTM_GETNEIGH,
                                0,
                                to -> {
                                    to.struct(
                                            Ndmsg.SIZEOF,
                                            header -> header.u8(Ndmsg.ndm_family, AF_BRIDGE));
                                    to.bytes(FdbEntry.NDA_LLADDR, address.bytes());
                                    to.u32(FdbEntry.NDA_MASTER, bridge);
                                    if (vlan != 0) {
                                        to.u16(FdbEntry.NDA_VLAN, vlan);
                                    }
                                })
                        .named("RTM_GETNEIGH");
        return socket.get(request, FdbEntry::read);
    }

    /**
     * Adds an entry: to the database of the port's bridge, or with {@link Neighbour.Flag#SELF} to
     * the device's own list.
     *
     * @throws NetlinkException EEXIST if there is one with that address; EOPNOTSUPP if the link is
     *     no port of a bridge
     */
    public void add(FdbEntry entry) throws IOException {
        make(entry, NLM_F_CREATE | NLM_F_EXCL);
    }

    /** Adds an entry, or puts it in place of the one there is. */
    public void replace(FdbEntry entry) throws IOException {
        make(entry, NLM_F_CREATE | NLM_F_REPLACE);
    }

    /** Adds one more machine behind which an address is; of VXLAN devices. */
    public void append(FdbEntry entry) throws IOException {
        make(entry, NLM_F_CREATE | NLM_F_APPEND);
    }

    private void make(FdbEntry entry, int flags) throws IOException {
        socket.execute(entry.request(Neighbour.RTM_NEWNEIGH, flags));
    }

    /**
     * Deletes an entry; link, address and VLAN have to match, and whose list it is in.
     *
     * @throws NetlinkException ENOENT if there is none
     */
    public void delete(FdbEntry entry) throws IOException {
        socket.execute(entry.request(Neighbour.RTM_DELNEIGH, 0));
    }

    // VLANs.

    /**
     * The VLANs of all ports and of the bridges themselves, neighbouring ones with the same flags
     * as one. Empty on a kernel whose bridges have none (CONFIG_BRIDGE_VLAN_FILTERING).
     */
    public List<BridgeVlan> vlans() throws IOException {
        List<BridgeVlan> all = new ArrayList<>();
        try {
            socket.dump(getVlans(), BridgeVlan::read).forEach(all::addAll);
        } catch (NetlinkException refused) {
            if (!refused.errno().equals(Errno.EOPNOTSUPP)) {
                throw refused;
            }
        }
        return all;
    }

    static NetlinkRequest getVlans() {
        return NetlinkRequest.of(
                        Link.RTM_GETLINK,
                        0,
                        to -> {
                            header(to, 0);
                            to.u32(Link.IFLA_EXT_MASK, RTEXT_FILTER_BRVLAN_COMPRESSED);
                        })
                .named("RTM_GETLINK");
    }

    /**
     * Lets a port into VLANs; for a bridge itself see {@link #addToBridge}.
     *
     * @throws NetlinkException EOPNOTSUPP if the link is no port, or the kernel lacks VLANs
     */
    public void add(BridgeVlan vlans) throws IOException {
        socket.execute(vlans.request(Link.RTM_SETLINK, false));
    }

    /** Lets a bridge itself into VLANs: this machine hears of them by the bridge. */
    public void addToBridge(BridgeVlan vlans) throws IOException {
        socket.execute(vlans.request(Link.RTM_SETLINK, true));
    }

    /** Takes VLANs from a port, whatever their flags. */
    public void delete(BridgeVlan vlans) throws IOException {
        socket.execute(vlans.request(Link.RTM_DELLINK, false));
    }

    /** Takes VLANs from a bridge itself. */
    public void deleteFromBridge(BridgeVlan vlans) throws IOException {
        socket.execute(vlans.request(Link.RTM_DELLINK, true));
    }

    // The socket.

    /** The time by which every call has to be done; see {@link NetlinkSocket#deadline}. */
    public void deadline(Deadline deadline) {
        socket.deadline(deadline);
    }

    /** Closes the socket, and wakes who waits. */
    @Override
    public void close() throws IOException {
        socket.close();
    }

    @Override
    public String toString() {
        return "BridgeSocket[" + socket + "]";
    }
}
