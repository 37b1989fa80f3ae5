// SPDX-License-Identifier: Apache-2.0
//
// Lists the network links of this machine, as `ip link` does.
//
//     ./sockeye run examples/ListLinks.java
//
// test: ListLinks -> ^ +1 lo +mtu \d+

import module sockeye.netlink;

void main() throws Exception {
    try (var route = RouteSocket.open()) {
        for (var link : route.links())
            IO.println("%3d %-12s mtu %d".formatted(link.index(), link.name(), link.mtu()));
    }
}
