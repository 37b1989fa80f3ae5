// SPDX-License-Identifier: Apache-2.0
//
// Two network namespaces of their own, tied together by a pair of veth links, and a connection from
// one to the other: a laboratory that is gone when the program ends. Needs root.
//
//     ./sockeye run examples/TwoNamespaces.java
//
// test: TwoNamespaces -> ^left heard: hello from 192\.0\.2\.2

import module sockeye;
import module sockeye.netlink;

void main() throws Exception {
    try (var left = NetworkNamespace.create();
            var right = NetworkNamespace.create();
            var leftRoute = left.call(RouteSocket::open);
            var rightRoute = right.call(RouteSocket::open)) {
        leftRoute.create("eth0", LinkSpec.veth("eth0", LinkSetting.in(right)), LinkSetting.up());
        set(leftRoute, "192.0.2.1/24");
        set(rightRoute, "192.0.2.2/24");

        // Sockets belong to the namespace that they are made in; threads do not move.
        try (var listener = left.call(() -> Listener.stream(InetEndpoint.of("192.0.2.1", 7)));
                var client = right.call(() -> StreamSocket.connect(listener.local()));
                var server = listener.accept()) {
            client.write("hello from " + ((InetEndpoint) client.local()).address() + "\n");
            IO.println("left heard: " + server.reader().readLine());
        }
    }
}

void set(RouteSocket route, String address) throws Exception {
    var link = route.link("eth0").index();
    route.change(link, LinkSetting.up());
    route.add(LinkAddress.of(link, IpPrefix.parse(address)));
}
