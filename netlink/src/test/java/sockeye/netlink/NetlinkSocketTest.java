// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static sockeye.NetlinkProtocol.NETLINK_ROUTE;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import sockeye.Errno;
import sockeye.ErrnoFailure;
import sockeye.testkit.NoLeaks;

import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.List;

@Tag("H8")
@ExtendWith(NoLeaks.class)
class NetlinkSocketTest {
    private static final int RTM_NEWLINK = 16;
    private static final int RTM_GETLINK = 18;
    private static final int IFINFOMSG = 16;
    private static final int IFLA_IFNAME = 3;
    private static final int IFLA_MTU = 4;

    private static NetlinkRequest link(int index) {
        return NetlinkRequest.of(
                        RTM_GETLINK,
                        0,
                        payload -> payload.struct(IFINFOMSG, link -> link.u32(4, index)))
                .named("RTM_GETLINK");
    }

    private static String name(PayloadReader payload) {
        payload.struct(IFINFOMSG);
        for (var attributes = payload.attributes(); attributes.next(); ) {
            if (attributes.type() == IFLA_IFNAME) {
                return attributes.string();
            }
        }
        return null;
    }

    @Test
    void aDumpListsWhatTheJdkLists() throws Exception {
        try (var route = NetlinkSocket.open(NETLINK_ROUTE)) {
            var names = route.dump(link(0), NetlinkSocketTest::name);
            var jdk = NetworkInterface.networkInterfaces().map(NetworkInterface::getName).toList();
            assertTrue(names.containsAll(jdk), names + " and " + jdk);
            assertTrue(names.contains("lo"));
        }
    }

    @Test
    void oneThingIsAskedForByItself() throws Exception {
        try (var route = NetlinkSocket.open(NETLINK_ROUTE)) {
            assertEquals("lo", route.get(link(1), NetlinkSocketTest::name));
        }
    }

    @Test
    void aRefusalIsAnErrnoFailureWithWhatTheKernelSaid() throws Exception {
        var request =
                NetlinkRequest.of(
                                RTM_NEWLINK,
                                0,
                                payload ->
                                        payload.struct(IFINFOMSG, link -> link.u32(4, 1))
                                                .u8(IFLA_MTU, 3))
                        .named("RTM_NEWLINK");
        try (var route = NetlinkSocket.open(NETLINK_ROUTE)) {
            var refused = assertThrows(NetlinkException.class, () -> route.execute(request));
            assertInstanceOf(SocketException.class, refused);
            assertInstanceOf(ErrnoFailure.class, refused);
            assertEquals(Errno.ERANGE, refused.errno());
            assertEquals("RTM_NEWLINK", refused.operation());
            assertEquals(32, refused.ack().offset().orElseThrow());
            assertEquals(List.of(IFLA_MTU), refused.ack().attributePath());
            assertEquals("lo", route.get(link(1), NetlinkSocketTest::name), "and it goes on");
        }
    }
}
