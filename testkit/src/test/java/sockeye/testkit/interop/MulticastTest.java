// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.util.ArrayList;
import java.util.List;

/** Groups and broadcasts with Python, on the loopback and on a network of the test's own. */
@Timeout(120)
class MulticastTest {
    private static GroupConversation loopback() throws Exception {
        return new GroupConversation("lo", "127.0.0.1");
    }

    @Test
    @Tag("A5-08")
    void aMemberReceivesFromAnySourceThatIsNotBlockedUntilItLeaves() throws Exception {
        loopback().anySource();
    }

    @Test
    @Tag("A5-08")
    void aMemberOfOneSourceReceivesFromThatAlone() throws Exception {
        loopback().oneSource();
    }

    @Test
    @Tag("A5-06")
    void pythonReceivesWhatWeSendToItsGroup() throws Exception {
        loopback().pythonJoins();
    }

    @Test
    @Tag("A5-04")
    void broadcastsGoBothWays() throws Exception {
        loopback().broadcast("127.255.255.255");
    }

    @Test
    @Tag("A5-08")
    void allThatWorksOnANetworkOfItsOwn() throws Exception {
        String ip = Peer.require("ip");
        String[] probe = {"-n", ip, "link", "add", "one", "type", "veth", "peer", "name", "two"};
        try (var child = Peer.start("unshare", probe)) {
            if (child.status() != 0) {
                Peer.missing("a network of one's own cannot be made here");
            }
        }
        String setUp =
                """
                set -e
                %1$s link set lo up
                %1$s link add one type veth peer name two
                %1$s address add 10.9.8.1/24 brd + dev one
                %1$s link set one up
                %1$s link set two up
                exec "$@"
                """
                        .formatted(ip);
        var command = new ArrayList<String>(List.of("-n", "sh", "-c", setUp, "sh"));
        command.addAll(ChildJvm.command(GroupConversation.class, "one", "10.9.8.1", "10.9.8.255"));
        try (var child = Peer.start("unshare", command.toArray(String[]::new))) {
            assertEquals("done", child.rest());
            child.succeeds();
        }
    }
}
