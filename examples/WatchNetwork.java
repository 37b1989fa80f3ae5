// SPDX-License-Identifier: Apache-2.0
//
// Tells of links, addresses, routes and neighbours as they come, change and go, as `ip monitor`
// does. Pull a cable, or as root: ip address add 192.0.2.1/32 dev lo
//
//     ./sockeye run examples/WatchNetwork.java
//
// test: WatchNetwork -> ^listening

import module sockeye;
import module sockeye.netlink;

void main() throws Exception {
    try (var route = RouteSocket.open();
            var monitor = RouteMonitor.open()) {
        IO.println("listening");
        for (var each : route.routes(RouteFilter.MAIN)) {
            if (each.isDefault()) {
                IO.println("the way out: " + each.nextHops());
            }
        }
        while (true) {
            IO.println(
                    switch (monitor.next()) {
                        case RouteEvent.LinkPresent(Link link) ->
                                link.name() + " is " + link.state() + " " + link.flags();
                        case RouteEvent.LinkGone(Link link) -> link.name() + " is gone";
                        case RouteEvent.AddressPresent(LinkAddress address) ->
                                "link " + address.link() + " has " + address.prefix();
                        case RouteEvent.AddressGone(LinkAddress address) ->
                                "link " + address.link() + " lost " + address.prefix();
                        case RouteEvent.RoutePresent(Route now, boolean replaces) ->
                                now.destination() + " by " + now.nextHops();
                        case RouteEvent.RouteGone(Route gone) -> "no more " + gone.destination();
                        case RouteEvent.NeighbourPresent(Neighbour each) ->
                                each.address()
                                        + " at "
                                        + each.hardwareAddress()
                                        + " "
                                        + each.state();
                        case RouteEvent.NeighbourGone(Neighbour each) ->
                                each.address() + " is forgotten";
                        case RouteEvent.RulePresent(RoutingRule rule) -> "added " + rule;
                        case RouteEvent.RuleGone(RoutingRule rule) -> "deleted " + rule;
                        case RouteEvent.Lost() -> "too much at once, some was lost";
                    });
        }
    }
}
