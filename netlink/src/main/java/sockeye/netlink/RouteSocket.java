// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static sockeye.AddressFamily.AF_INET;
import static sockeye.AddressFamily.AF_INET6;
import static sockeye.netlink.NetlinkFlag.NLM_F_APPEND;
import static sockeye.netlink.NetlinkFlag.NLM_F_CREATE;
import static sockeye.netlink.NetlinkFlag.NLM_F_EXCL;
import static sockeye.netlink.NetlinkFlag.NLM_F_REPLACE;

import org.jspecify.annotations.Nullable;

import sockeye.Deadline;
import sockeye.Errno;
import sockeye.HasDescriptor;
import sockeye.IpAddress;
import sockeye.NetlinkProtocol;
import sockeye.netlink.Link.Ifinfomsg;
import sockeye.netlink.LinkAddress.Ifaddrmsg;
import sockeye.netlink.Neighbour.Ndmsg;
import sockeye.netlink.RuleMessage.FibRuleHdr;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Links, addresses, routes, neighbours and rules: what the command {@code ip} shows and changes, by
 * the kernel's rtnetlink.
 *
 * <pre>{@code
 * try (var route = RouteSocket.open()) {
 *     for (var link : route.links()) {
 *         IO.println("%3d %-12s mtu %d".formatted(link.index(), link.name(), link.mtu()));
 *     }
 *     route.create("left", LinkSpec.veth("right"), LinkSetting.up());
 *     route.add(LinkAddress.of(route.link("left").index(), IpPrefix.parse("192.0.2.1/24")));
 * }
 * }</pre>
 *
 * <p>It sees and changes the network namespace that it was opened in; {@link
 * sockeye.NetworkNamespace#call} opens it in another. Reading needs no privilege, changing needs
 * CAP_NET_ADMIN.
 *
 * <p>A list is what there was at one time: a dump that was overtaken by a change is made again.
 * What no longer holds is refused with a {@link NetlinkException}, which has the kernel's
 * explanation: {@code RTM_NEWLINK netlink:route: EINVAL (22) Invalid argument: mtu less than device
 * minimum}.
 *
 * <p>Threads, waiting and close are those of {@link NetlinkSocket}.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/rtnetlink.7.html">rtnetlink(7)</a>
 */
public final class RouteSocket implements AutoCloseable {
    /** IFNAMSIZ, with the zero byte. */
    private static final int NAME_BYTES = 16;

    /** Leaves out statistics of address families, which are in the way of everything else. */
    private static final int RTEXT_FILTER_SKIP_STATS = 1 << 3;

    private static final int RTM_NEWLINKPROP = 108;
    private static final int RTM_DELLINKPROP = 109;
    private static final int RTM_GETNSID = 90;
    private static final int RTGENMSG_BYTES = 1;
    private static final int NETNSA_NSID = 1;
    private static final int NETNSA_FD = 3;

    private static final List<Integer> FAMILIES = List.of(AF_INET, AF_INET6);

    private final NetlinkSocket socket;

    private RouteSocket(NetlinkSocket socket) {
        this.socket = socket;
    }

    /**
     * Opens a socket of NETLINK_ROUTE.
     *
     * @throws IOException EMFILE or ENFILE if there are too many descriptors
     */
    public static RouteSocket open() throws IOException {
        return new RouteSocket(NetlinkSocket.open(NetlinkProtocol.NETLINK_ROUTE));
    }

    /**
     * The same conversation over a socket that is open already; closing either closes both.
     *
     * @throws IllegalArgumentException if it is of another protocol
     */
    public static RouteSocket over(NetlinkSocket socket) {
        if (socket.protocol() != NetlinkProtocol.NETLINK_ROUTE) {
            throw new IllegalArgumentException("not of NETLINK_ROUTE: " + socket);
        }
        return new RouteSocket(socket);
    }

    // Links.

    /** All links, in the order of their indexes. */
    public List<Link> links() throws IOException {
        return socket.dump(getLink(0, null), Link::read);
    }

    /**
     * The ports of a bridge or bond.
     *
     * @param master its index
     */
    public List<Link> portsOf(int master) throws IOException {
        return matching(
                socket.dump(getLinksOf(master), Link::read), link -> link.master() == master);
    }

    static NetlinkRequest getLinksOf(int master) {
        return NetlinkRequest.of(
                        Link.RTM_GETLINK,
                        0,
                        to -> {
                            header(to, 0);
                            to.u32(Link.IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
                            to.u32(Link.IFLA_MASTER, master);
                        })
                .named("RTM_GETLINK");
    }

    /**
     * A link by its index.
     *
     * @throws NetlinkException ENODEV if there is none
     */
    public Link link(int index) throws IOException {
        return socket.get(getLink(index, null), Link::read);
    }

    /**
     * A link by its name, or by one of its alternative names.
     *
     * @throws NetlinkException ENODEV if there is none
     */
    public Link link(String name) throws IOException {
        return socket.get(getLink(0, name), Link::read);
    }

    static NetlinkRequest getLink(int index, @Nullable String name) {
        return NetlinkRequest.of(
                        Link.RTM_GETLINK,
                        0,
                        to -> {
                            header(to, index);
                            to.u32(Link.IFLA_EXT_MASK, RTEXT_FILTER_SKIP_STATS);
                            if (name != null) {
                                int length = name.getBytes(StandardCharsets.UTF_8).length;
                                // The kernel looks for either kind of name in either.
                                to.string(
                                        length < NAME_BYTES
                                                ? Link.IFLA_IFNAME
                                                : Link.IFLA_ALT_IFNAME,
                                        name);
                            }
                        })
                .named("RTM_GETLINK");
    }

    private static void header(AttributeWriter to, int index) {
        to.struct(Ifinfomsg.SIZEOF, header -> header.u32(Ifinfomsg.ifi_index, index));
    }

    /**
     * Makes a link.
     *
     * @param name its name
     * @param spec what kind of link, with the settings of its kind
     * @param settings what else to set; {@link LinkSetting#in} makes it in another namespace
     * @throws NetlinkException EEXIST if the name is taken; EOPNOTSUPP if the kernel lacks the kind
     */
    public void create(String name, LinkSpec spec, LinkSetting... settings) throws IOException {
        var all = new ArrayList<LinkSetting>(List.of(settings));
        all.addFirst(LinkSetting.name(name));
        newLink(NLM_F_CREATE | NLM_F_EXCL, 0, spec, all);
    }

    /**
     * Changes a link. Most drivers want it down before some of its settings change, EBUSY. Several
     * settings are one request, but the kernel does not take back what it did before the one that
     * it refuses.
     *
     * @param link its index
     */
    public void change(int link, LinkSetting... settings) throws IOException {
        newLink(0, existing(link), null, List.of(settings));
    }

    /**
     * Changes settings of a link's kind, and others.
     *
     * @param link its index
     * @param spec its kind; what it does not say stays as it is
     */
    public void change(int link, LinkSpec spec, LinkSetting... settings) throws IOException {
        newLink(0, existing(link), spec, List.of(settings));
    }

    private void newLink(int flags, int index, @Nullable LinkSpec spec, List<LinkSetting> settings)
            throws IOException {
        try (var request = new LinkRequest()) {
            socket.execute(request.of(flags, index, spec, settings));
        }
    }

    /** Index 0 would mean something else to the kernel: a name, a group, or all. */
    private static int existing(int link) {
        if (link < 1) {
            throw new IllegalArgumentException("no index of a link: " + link);
        }
        return link;
    }

    /**
     * Deletes a link that was made; a veth goes with its other end.
     *
     * @param link its index
     * @throws NetlinkException EOPNOTSUPP if it is hardware; ENODEV if there is none
     */
    public void deleteLink(int link) throws IOException {
        int index = existing(link);
        socket.execute(
                NetlinkRequest.of(Link.RTM_DELLINK, 0, to -> header(to, index))
                        .named("RTM_DELLINK"));
    }

    /**
     * Gives a link one more name, of up to 127 bytes.
     *
     * @throws NetlinkException EEXIST if a link has it
     */
    public void addAlternativeName(int link, String name) throws IOException {
        socket.execute(
                property(RTM_NEWLINKPROP, NLM_F_CREATE | NLM_F_EXCL, existing(link), name)
                        .named("RTM_NEWLINKPROP"));
    }

    /** Takes such a name away. */
    public void deleteAlternativeName(int link, String name) throws IOException {
        socket.execute(property(RTM_DELLINKPROP, 0, existing(link), name).named("RTM_DELLINKPROP"));
    }

    private static NetlinkRequest property(int type, int flags, int link, String name) {
        return NetlinkRequest.of(
                type,
                flags,
                to -> {
                    header(to, link);
                    to.nest(Link.IFLA_PROP_LIST, list -> list.string(Link.IFLA_ALT_IFNAME, name));
                });
    }

    /**
     * How this namespace numbers another: the number in {@link LinkReference#namespaceId}.
     *
     * @return −1 if it has no number here
     */
    public int namespaceId(HasDescriptor namespace) throws IOException {
        try (HasDescriptor.Lease lease = namespace.lease()) {
            NetlinkRequest request =
                    NetlinkRequest.of(
                                    RTM_GETNSID,
                                    0,
                                    to -> {
                                        to.struct(RTGENMSG_BYTES, header -> {});
                                        to.u32(NETNSA_FD, lease.fileno());
                                    })
                            .named("RTM_GETNSID");
            return socket.get(
                    request,
                    payload -> {
                        payload.struct(RTGENMSG_BYTES);
                        int id = -1;
                        for (AttributeReader at = payload.attributes(); at.next(); ) {
                            if (at.type() == NETNSA_NSID) {
                                id = at.s32();
                            }
                        }
                        return id;
                    });
        }
    }

    // Addresses.

    /** The addresses of all links, IPv4 before IPv6. */
    public List<LinkAddress> addresses() throws IOException {
        return addressesOf(0);
    }

    /**
     * The addresses of a link; the kernel leaves out the others.
     *
     * @param link its index, 0 for all
     */
    public List<LinkAddress> addressesOf(int link) throws IOException {
        List<LinkAddress> all = new ArrayList<>();
        for (int family : FAMILIES) {
            all.addAll(
                    matching(
                            socket.dump(getAddresses(family, link), LinkAddress::read),
                            each ->
                                    each.address().family() == family
                                            && (link == 0 || link == each.link())));
        }
        return all;
    }

    static NetlinkRequest getAddresses(int family, int link) {
        return NetlinkRequest.of(
                        LinkAddress.RTM_GETADDR,
                        0,
                        to ->
                                to.struct(
                                        Ifaddrmsg.SIZEOF,
                                        header ->
                                                header.u8(Ifaddrmsg.ifa_family, family)
                                                        .u32(Ifaddrmsg.ifa_index, link)))
                .named("RTM_GETADDR");
    }

    /**
     * Gives a link an address.
     *
     * @throws NetlinkException EEXIST if it has it
     */
    public void add(LinkAddress address) throws IOException {
        socket.execute(address.request(LinkAddress.RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL));
    }

    /** Gives a link an address, or changes lifetime and flags of one that it has. */
    public void replace(LinkAddress address) throws IOException {
        socket.execute(address.request(LinkAddress.RTM_NEWADDR, NLM_F_CREATE | NLM_F_REPLACE));
    }

    /**
     * Takes an address away; link, address, length, peer and label have to match.
     *
     * @throws NetlinkException EADDRNOTAVAIL if the link does not have it
     */
    public void delete(LinkAddress address) throws IOException {
        socket.execute(address.request(LinkAddress.RTM_DELADDR, 0));
    }

    // Routes.

    /** All routes of both families in all tables; {@link RouteFilter#MAIN} is the usual view. */
    public List<Route> routes() throws IOException {
        return routes(RouteFilter.ALL);
    }

    /** Those routes that match; none if the table does not exist. */
    public List<Route> routes(RouteFilter filter) throws IOException {
        List<Route> all = new ArrayList<>();
        for (int family : filter.families()) {
            try {
                all.addAll(
                        matching(
                                socket.dump(filter.request(family), RouteMessage::read),
                                route -> route.family() == family && filter.matches(route)));
            } catch (NetlinkException refused) {
                if (filter.table() == null || !refused.errno().equals(Errno.ENOENT)) {
                    throw refused;
                }
            }
        }
        return all;
    }

    /**
     * The way that a packet of this machine takes to an address.
     *
     * @throws NetlinkException ENETUNREACH if there is none, and what else a sender would hear
     */
    public Route routeTo(IpAddress address) throws IOException {
        return routeTo(RouteQuery.to(address));
    }

    /** The way that a packet takes, or the route that decides it. */
    public Route routeTo(RouteQuery query) throws IOException {
        return socket.get(query.request(), RouteMessage::read);
    }

    /**
     * Adds a route.
     *
     * @throws NetlinkException EEXIST if there is one with the same destination, table, priority
     *     and traffic class; ENETUNREACH if its gateway cannot be reached directly
     */
    public void add(Route route) throws IOException {
        newRoute(NLM_F_CREATE | NLM_F_EXCL, route);
    }

    /** Adds a route even if there is one: of IPv4 behind it, of IPv6 as one more next hop of it. */
    public void append(Route route) throws IOException {
        newRoute(NLM_F_CREATE | NLM_F_APPEND, route);
    }

    /**
     * Puts a route in place of the first with the same destination, table and priority, or adds.
     */
    public void replace(Route route) throws IOException {
        newRoute(NLM_F_CREATE | NLM_F_REPLACE, route);
    }

    private void newRoute(int flags, Route route) throws IOException {
        socket.execute(RouteMessage.request(RouteMessage.RTM_NEWROUTE, flags, route));
    }

    /**
     * Deletes the first route that this matches: all that it says has to hold.
     *
     * @throws NetlinkException ESRCH if there is none
     */
    public void delete(Route route) throws IOException {
        socket.execute(RouteMessage.request(RouteMessage.RTM_DELROUTE, 0, route));
    }

    // Neighbours.

    /** All neighbours that are known, of both families. */
    public List<Neighbour> neighbours() throws IOException {
        return neighbours(NeighbourFilter.ALL);
    }

    /** Those neighbours that match. */
    public List<Neighbour> neighbours(NeighbourFilter filter) throws IOException {
        List<Neighbour> all = new ArrayList<>();
        for (int family : filter.families()) {
            all.addAll(
                    matching(
                            socket.dump(filter.request(family), Neighbour::read),
                            each -> each.address().family() == family && filter.matches(each)));
        }
        return all;
    }

    /**
     * One neighbour.
     *
     * @param link the index of the link it is on
     * @throws NetlinkException ENOENT if it is not known
     */
    public Neighbour neighbour(int link, IpAddress address) throws IOException {
        NetlinkRequest request =
                NetlinkRequest.of(
                                Neighbour.RTM_GETNEIGH,
                                0,
                                to -> {
                                    to.struct(
                                            Ndmsg.SIZEOF,
                                            header ->
                                                    header.u8(Ndmsg.ndm_family, address.family())
                                                            .u32(Ndmsg.ndm_ifindex, link));
                                    to.bytes(Neighbour.NDA_DST, address.toBytes());
                                })
                        .named("RTM_GETNEIGH");
        return socket.get(request, Neighbour::read);
    }

    /**
     * Adds a neighbour, or a proxy entry.
     *
     * @throws NetlinkException EEXIST if there is one with that address on the link
     */
    public void add(Neighbour neighbour) throws IOException {
        socket.execute(neighbour.request(Neighbour.RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_EXCL));
    }

    /** Adds a neighbour, or puts it in place of the one there is. */
    public void replace(Neighbour neighbour) throws IOException {
        socket.execute(neighbour.request(Neighbour.RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE));
    }

    /**
     * Deletes a neighbour; link and address have to match, and whether it is a proxy entry.
     *
     * @throws NetlinkException ENOENT if there is none
     */
    public void delete(Neighbour neighbour) throws IOException {
        socket.execute(neighbour.request(Neighbour.RTM_DELNEIGH, 0));
    }

    // Rules.

    /** All rules, IPv4 before IPv6, in the order in which they are asked. */
    public List<RoutingRule> rules() throws IOException {
        List<RoutingRule> all = new ArrayList<>();
        for (int family : FAMILIES) {
            try {
                all.addAll(
                        matching(
                                socket.dump(getRules(family), RuleMessage::read),
                                rule -> rule.family() == family));
            } catch (NetlinkException refused) {
                // A kernel without policy routing, or without the family.
                if (!refused.errno().equals(Errno.EAFNOSUPPORT)
                        && !refused.errno().equals(Errno.EOPNOTSUPP)) {
                    throw refused;
                }
            }
        }
        return all;
    }

    static NetlinkRequest getRules(int family) {
        return NetlinkRequest.of(
                        RuleMessage.RTM_GETRULE,
                        0,
                        to ->
                                to.struct(
                                        FibRuleHdr.SIZEOF,
                                        header -> header.u8(FibRuleHdr.family, family)))
                .named("RTM_GETRULE");
    }

    /**
     * Adds a rule.
     *
     * @throws NetlinkException EEXIST if there is one that says the same
     */
    public void add(RoutingRule rule) throws IOException {
        socket.execute(
                RuleMessage.request(RuleMessage.RTM_NEWRULE, NLM_F_CREATE | NLM_F_EXCL, rule));
    }

    /**
     * Deletes the first rule that this matches.
     *
     * @throws NetlinkException ENOENT if there is none; EPERM if it is the kernel's
     */
    public void delete(RoutingRule rule) throws IOException {
        socket.execute(RuleMessage.request(RuleMessage.RTM_DELRULE, 0, rule));
    }

    private static <T> List<T> matching(List<T> all, Predicate<T> wanted) {
        all.removeIf(wanted.negate());
        return all;
    }

    // The socket.

    /** The conversation below, for requests that are not offered here. */
    public NetlinkSocket socket() {
        return socket;
    }

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
        return "RouteSocket[" + socket + "]";
    }
}
