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

import sockeye.Deadline;
import sockeye.Errno;
import sockeye.SoOption;
import sockeye.SocketInterruptedException;
import sockeye.netlink.Links.Link;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.Task;
import sockeye.testkit.TestNetwork;

import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** A picture of the links of a network of the test's own, kept true. */
@Tag("H8")
@ExtendWith(NoLeaks.class)
class NetlinkMonitorTest {
    private static Deadline patience() {
        return Deadline.after(Duration.ofSeconds(Task.PATIENCE));
    }

    /** What the tool of iproute2 says. */
    private static Map<String, Long> mtus(TestNetwork network) throws Exception {
        var mtus = new HashMap<String, Long>();
        var link = Pattern.compile("\"ifname\":\"([^\"]*)\".*?\"mtu\":(\\d+)");
        var found = link.matcher(network.run("ip", "-j", "link"));
        while (found.find()) {
            mtus.put(found.group(1), Long.valueOf(found.group(2)));
        }
        return mtus;
    }

    private static Map<String, Long> mtus(Map<Integer, Link> links) {
        var mtus = new HashMap<String, Long>();
        links.values().forEach(link -> mtus.put(link.name(), link.mtu()));
        return mtus;
    }

    private static void apply(TableChange<Integer, Link> change, Map<Integer, Link> to) {
        switch (change) {
            case TableChange.Added<Integer, Link> added -> to.put(added.key(), added.value());
            case TableChange.Changed<Integer, Link> changed ->
                    assertEquals(changed.before(), to.put(changed.key(), changed.value()));
            case TableChange.Removed<Integer, Link> removed ->
                    assertEquals(removed.before(), to.remove(removed.key()));
        }
    }

    @Test
    void eachChangeIsToldOnce() throws Exception {
        try (var network = TestNetwork.create();
                var route = network.call(() -> NetlinkSocket.open(NETLINK_ROUTE));
                var monitor = network.call(() -> NetlinkMonitor.open(Links.TABLE))) {
            monitor.deadline(patience());
            assertEquals(mtus(network), mtus(monitor.snapshot()));
            route.execute(Links.addVeth("left", "right"));
            var first = assertInstanceOf(TableChange.Added.class, monitor.next());
            var second = assertInstanceOf(TableChange.Added.class, monitor.next());
            var names = Set.of(((Link) first.value()).name(), ((Link) second.value()).name());
            assertEquals(Set.of("left", "right"), names);
            assertEquals(mtus(network), mtus(monitor.snapshot()));
            int index = route.dump(Links.get(0), Links::decode).getLast().index();
            route.execute(Links.setMtu(index, 1_400));
            var changed = assertInstanceOf(TableChange.Changed.class, monitor.next());
            assertEquals(1_500, ((Link) changed.before()).mtu());
            assertEquals(1_400, ((Link) changed.value()).mtu());
            route.execute(Links.delete("left"));
            assertInstanceOf(TableChange.Removed.class, monitor.next());
            assertInstanceOf(TableChange.Removed.class, monitor.next());
            assertEquals(0, monitor.resyncs());
        }
    }

    @Test
    void aFloodThatOverrunsTheBufferEndsWithTheTruth() throws Exception {
        try (var network = TestNetwork.create();
                var route = network.call(() -> NetlinkSocket.open(NETLINK_ROUTE));
                var monitor =
                        network.call(
                                () -> NetlinkMonitor.open(Links.TABLE, SoOption.RCV_BUF.to(0)))) {
            monitor.deadline(patience());
            Map<Integer, Link> picture = new HashMap<>(monitor.snapshot());
            for (int i = 0; i < 20; i++) {
                route.execute(Links.addVeth("left" + i, "right" + i));
            }
            var links = route.dump(Links.get(0), Links::decode);
            for (int round = 0; round < 10; round++) {
                for (Link link : links) {
                    route.execute(Links.setMtu(link.index(), 1_280 + round));
                }
            }
            for (int i = 0; i < 20; i += 2) {
                route.execute(Links.delete("left" + i));
            }
            route.execute(Links.setMtu(1, 9_999));
            while (!picture.containsKey(1) || picture.get(1).mtu() != 9_999) {
                apply(monitor.next(), picture);
            }
            assertTrue(monitor.resyncs() > 0, "nothing was lost");
            // The difference is told in no order: the rest of it is there at once.
            while (!mtus(network).equals(mtus(picture))) {
                apply(monitor.next(), picture);
            }
            assertEquals(picture, monitor.snapshot());
        }
    }

    @Test
    void afterALossNothingOlderIsHeard() throws Exception {
        try (var network = TestNetwork.create();
                var route = network.call(() -> NetlinkSocket.open(NETLINK_ROUTE));
                var events =
                        network.call(() ->
                                NotificationSocket.open(NETLINK_ROUTE, SoOption.RCV_BUF.to(0)))) {
            events.deadline(patience());
            events.join(Links.RTNLGRP_LINK);
            for (int i = 0; i < 100; i++) {
                route.execute(Links.setMtu(1, 2_000 + i));
            }
            var lost = assertThrows(NetlinkOverrunException.class, () -> events.receive(any -> {}));
            assertEquals(Errno.ENOBUFS, lost.errno());
            route.execute(Links.setMtu(1, 3_000));
            events.receive(message -> assertEquals(3_000, message.decode(Links::decode).mtu()));
        }
    }

    @Test
    void aWaitEndsByDeadlineInterruptAndCloseAndGoesOnAfterTheFirstTwo() throws Exception {
        try (var network = TestNetwork.create();
                var route = network.call(() -> NetlinkSocket.open(NETLINK_ROUTE))) {
            var monitor = network.call(() -> NetlinkMonitor.open(Links.TABLE));
            Task<?> waiting = Task.run(monitor::next).parked();
            monitor.deadline(Deadline.after(Duration.ZERO));
            waiting.failure(SocketTimeoutException.class);
            monitor.deadline(Deadline.NONE);
            Task<?> cancelled = Task.run(monitor::next).parked();
            cancelled.interrupt();
            cancelled.failure(SocketInterruptedException.class);
            route.execute(Links.setMtu(1, 1_234));
            assertInstanceOf(TableChange.Changed.class, monitor.next());
            Task<?> last = Task.run(monitor::next).parked();
            monitor.close();
            last.failure(AsynchronousCloseException.class);
        }
    }
}
