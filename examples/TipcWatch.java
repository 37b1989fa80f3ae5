// SPDX-License-Identifier: Apache-2.0
//
// Shows the nodes of the cluster, the links to them, and who offers which instance of a service,
// now and as it changes: three subscriptions on one connection to the topology server.
//
//     ./sockeye run examples/TipcWatch.java [TYPE]
//
// needs: AF_TIPC
// test: TipcWatch 18888 -> node [0-9a-f]+ up

import module sockeye;

void main(String... args) throws Exception {
    long type = args.length > 0 ? Long.parseLong(args[0]) : 18888;
    try (var topology = TipcTopology.open()) {
        topology.subscribe(TipcNodeState.ALL);
        topology.subscribe(TipcLinkState.ALL);
        topology.subscribe(TipcEndpoint.all(type));
        while (true) {
            var event = topology.next();
            var node = TipcNodeState.of(event);
            var link = TipcLinkState.of(event);
            if (node.isPresent()) {
                IO.println("node " + node.get());
            } else if (link.isPresent()) {
                IO.println("link to " + link.get());
            } else {
                switch (event) {
                    case TipcTopology.Published(var _, var service, var socket) ->
                            IO.println(service + " offered by " + socket);
                    case TipcTopology.Withdrawn(var _, var service, var socket) ->
                            IO.println(service + " no longer offered by " + socket);
                    case TipcTopology.TimedOut _ -> {}
                }
            }
        }
    }
}
