// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.function.Executable;

import sockeye.Errno;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.TestNetwork;

import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A network of a test's own with a pair of links, left and right, and a route socket in it. */
@ExtendWith(NoLeaks.class)
abstract class VethNetwork {
    TestNetwork network;
    RouteSocket route;
    int left;
    int right;
    final Map<Integer, String> names = new HashMap<>();

    @BeforeEach
    void open() throws IOException {
        network = TestNetwork.create();
        route = network.call(RouteSocket::open);
        for (String command :
                List.of(
                        "ip link add left type veth peer name right",
                        // No addresses that come by themselves, a second later.
                        "ip link set left addrgenmode none up",
                        "ip link set right addrgenmode none up")) {
            IpTool.quietly(network, command);
        }
        left = route.link("left").index();
        right = route.link("right").index();
        names.putAll(Map.of(1, "lo", left, "left", right, "right"));
    }

    @AfterEach
    void close() throws IOException {
        if (network != null) {
            route.close();
            network.close();
        }
    }

    void ip(String... commands) throws IOException {
        for (String each : commands) {
            IpTool.quietly(network, "ip " + each);
        }
    }

    static NetlinkException assertRefused(Errno errno, Executable request) {
        var refused = assertThrows(NetlinkException.class, request);
        assertEquals(errno, refused.errno(), refused::toString);
        return refused;
    }
}
