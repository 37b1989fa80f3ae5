// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import org.jspecify.annotations.Nullable;

import sockeye.Deadline;
import sockeye.NetlinkProtocol;
import sockeye.OptionSetting;
import sockeye.netlink.Link.Ifinfomsg;
import sockeye.netlink.RouteEvent.AddressGone;
import sockeye.netlink.RouteEvent.AddressPresent;
import sockeye.netlink.RouteEvent.LinkGone;
import sockeye.netlink.RouteEvent.LinkPresent;
import sockeye.netlink.RouteEvent.Lost;
import sockeye.netlink.RouteEvent.NeighbourGone;
import sockeye.netlink.RouteEvent.NeighbourPresent;
import sockeye.netlink.RouteEvent.RouteGone;
import sockeye.netlink.RouteEvent.RoutePresent;
import sockeye.netlink.RouteEvent.RuleGone;
import sockeye.netlink.RouteEvent.RulePresent;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Set;

/**
 * Hears of changes to links, addresses, routes, neighbours and rules, one by one as the kernel
 * tells them: {@code ip monitor}.
 *
 * <pre>{@code
 * try (var monitor = RouteMonitor.open(RouteMonitor.Topic.LINKS)) {
 *     while (true) {
 *         switch (monitor.next()) {
 *             case RouteEvent.LinkPresent(Link link) -> IO.println(link.name() + link.flags());
 *             case RouteEvent.LinkGone(Link link) -> IO.println(link.name() + " is gone");
 *             case RouteEvent.Lost() -> IO.println("too much at once");
 *             default -> {}
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>Whoever needs a picture that is always true rather than the events takes {@link RouteWatch}.
 * Monitoring needs no privilege; it is of the network namespace that it was opened in.
 *
 * <p><b>Threads.</b> One thread at a time calls {@link #next}. Deadlines, interrupts and close work
 * as in {@link NotificationSocket}.
 */
public final class RouteMonitor implements AutoCloseable {

    /** What can be heard of. */
    public enum Topic {
        /** Links (RTNLGRP_LINK). */
        LINKS(1),
        /** Addresses of both families (RTNLGRP_IPV4_IFADDR, RTNLGRP_IPV6_IFADDR). */
        ADDRESSES(5, 9),
        /** Routes of both families (RTNLGRP_IPV4_ROUTE, RTNLGRP_IPV6_ROUTE). */
        ROUTES(7, 11),
        /** Neighbours of both families (RTNLGRP_NEIGH). */
        NEIGHBOURS(3),
        /** Rules of both families (RTNLGRP_IPV4_RULE, RTNLGRP_IPV6_RULE). */
        RULES(8, 19);

        @SuppressWarnings("ImmutableEnumChecker") // List.of is.
        private final List<Integer> groups;

        Topic(Integer... groups) {
            this.groups = List.of(groups);
        }

        /** The multicast groups. */
        List<Integer> groups() {
            return groups;
        }
    }

    private final NotificationSocket socket;
    private final Deque<RouteEvent> heard = new ArrayDeque<>();

    private RouteMonitor(NotificationSocket socket) {
        this.socket = socket;
    }

    /** Begins to listen; what happens after this returns is heard. All topics if none is named. */
    public static RouteMonitor open(Topic... topics) throws IOException {
        return open(Set.of(topics));
    }

    /**
     * The same with options for the socket, its receive buffer above all.
     *
     * @param topics what to hear of, everything if it is empty
     */
    public static RouteMonitor open(Set<Topic> topics, OptionSetting<?>... settings)
            throws IOException {
        NotificationSocket socket =
                NotificationSocket.open(NetlinkProtocol.NETLINK_ROUTE, settings);
        try {
            for (Topic each : topics.isEmpty() ? Set.of(Topic.values()) : topics) {
                for (int group : each.groups) {
                    socket.join(group);
                }
            }
            return new RouteMonitor(socket);
        } catch (IOException | RuntimeException | Error failed) {
            try (socket) {
                throw failed;
            }
        }
    }

    /**
     * Waits for the next event; messages of other kinds and families are passed over.
     *
     * @throws java.net.SocketTimeoutException if the deadline has passed
     * @throws NetlinkDecodeException if a message is not what it should be; the next is as good as
     *     ever
     */
    public RouteEvent next() throws IOException {
        while (heard.isEmpty()) {
            try {
                socket.receive(message -> {
                    RouteEvent event = message.decode(RouteMonitor::read);
                    if (event != null) {
                        heard.add(event);
                    }
                });
            } catch (NetlinkOverrunException lost) {
                heard.add(new Lost());
            }
        }
        return heard.remove();
    }

    static @Nullable RouteEvent read(PayloadReader payload) {
        NetlinkMessage message = payload.message();
        return switch (message.type()) {
            case Link.RTM_NEWLINK, Link.RTM_DELLINK -> {
                Link link = link(payload);
                yield link == null
                        ? null
                        : message.type() == Link.RTM_NEWLINK
                                ? new LinkPresent(link)
                                : new LinkGone(link);
            }
            case LinkAddress.RTM_NEWADDR, LinkAddress.RTM_DELADDR -> {
                LinkAddress address = LinkAddress.read(payload);
                yield address == null
                        ? null
                        : message.type() == LinkAddress.RTM_NEWADDR
                                ? new AddressPresent(address)
                                : new AddressGone(address);
            }
            case RouteMessage.RTM_NEWROUTE, RouteMessage.RTM_DELROUTE -> {
                Route route = RouteMessage.read(payload);
                yield route == null
                        ? null
                        : message.type() == RouteMessage.RTM_NEWROUTE
                                ? new RoutePresent(route, message.has(NetlinkFlag.NLM_F_REPLACE))
                                : new RouteGone(route);
            }
            case Neighbour.RTM_NEWNEIGH, Neighbour.RTM_DELNEIGH -> {
                Neighbour neighbour = Neighbour.read(payload);
                yield neighbour == null
                        ? null
                        : message.type() == Neighbour.RTM_NEWNEIGH
                                ? new NeighbourPresent(neighbour)
                                : new NeighbourGone(neighbour);
            }
            case RuleMessage.RTM_NEWRULE, RuleMessage.RTM_DELRULE -> {
                RoutingRule rule = RuleMessage.read(payload);
                yield rule == null
                        ? null
                        : message.type() == RuleMessage.RTM_NEWRULE
                                ? new RulePresent(rule)
                                : new RuleGone(rule);
            }
            default -> null;
        };
    }

    /** Bridges tell of their ports in the same messages: a port that goes is no link that goes. */
    static @Nullable Link link(PayloadReader payload) {
        int family = payload.copy().struct(Ifinfomsg.SIZEOF).u8(Ifinfomsg.ifi_family);
        return family == 0 ? Link.read(payload) : null;
    }

    /** Sets the time by which {@link #next} has to be done. */
    public void deadline(Deadline deadline) {
        socket.deadline(deadline);
    }

    /** Closes the socket, and wakes who waits. */
    @Override
    public void close() throws IOException {
        socket.close();
    }
}
