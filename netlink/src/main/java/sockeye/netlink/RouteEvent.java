// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

/**
 * What {@link RouteMonitor} tells: something is there, new or changed, or it is gone.
 *
 * @see RouteWatch for what has changed about it
 */
public sealed interface RouteEvent {
    /** A link is there, new or changed. */
    record LinkPresent(Link link) implements RouteEvent {}

    /** A link is gone, or has moved to another network namespace. */
    record LinkGone(Link link) implements RouteEvent {}

    /** A link has an address, new or changed. */
    record AddressPresent(LinkAddress address) implements RouteEvent {}

    /** A link no longer has an address. */
    record AddressGone(LinkAddress address) implements RouteEvent {}

    /**
     * A route is there.
     *
     * @param route as it is now
     * @param replaces whether it is in place of another with the same destination, table and
     *     priority, of which nothing is told
     */
    record RoutePresent(Route route, boolean replaces) implements RouteEvent {}

    /**
     * A route is gone. The kernel does not say so of IPv4 routes that go with their link or
     * address.
     */
    record RouteGone(Route route) implements RouteEvent {}

    /** A neighbour is there, new or changed. */
    record NeighbourPresent(Neighbour neighbour) implements RouteEvent {}

    /** A neighbour is forgotten. */
    record NeighbourGone(Neighbour neighbour) implements RouteEvent {}

    /** A rule was added. */
    record RulePresent(RoutingRule rule) implements RouteEvent {}

    /** A rule was deleted. */
    record RuleGone(RoutingRule rule) implements RouteEvent {}

    /** Events were lost here, nobody knows which; what comes next is complete again. */
    record Lost() implements RouteEvent {}
}
