// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static sockeye.SocketType.SOCK_RDM;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import sockeye.Deadline;
import sockeye.ListenSettings;
import sockeye.MessageSocket;
import sockeye.TipcEndpoint;
import sockeye.TipcLinkState;
import sockeye.TipcNames;
import sockeye.TipcNode;
import sockeye.TipcNodeState;
import sockeye.TipcSubscription;
import sockeye.TipcTopology;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.Task;

import java.io.IOException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** The topology service, node and link state, on one node. */
@Tag("A6-07")
@Tag("lab-kernel")
@ExtendWith({TipcLab.class, NoLeaks.class})
class TipcTopologyTest {
    private static MessageSocket bind(TipcEndpoint name) throws IOException {
        return MessageSocket.bind(name, SOCK_RDM, 0, ListenSettings.DEFAULT);
    }

    @Test
    void whatIsThereIsReportedAtOnceAndThenEachChange() throws Exception {
        long type = TipcLab.freshType();
        var range = TipcEndpoint.range(type, 10, 19);
        try (var topology = TipcTopology.open();
                var first = bind(range)) {
            var asked = topology.subscribe(TipcEndpoint.all(type));
            var there = new TipcTopology.Published(asked, range, id(first));
            assertEquals(there, topology.next());
            var waiting = Task.call(topology::next).parked();
            var second = bind(TipcEndpoint.service(type, 3));
            var socket = id(second);
            assertEquals(
                    new TipcTopology.Published(asked, TipcEndpoint.range(type, 3, 3), socket),
                    waiting.join());
            second.close();
            assertEquals(
                    new TipcTopology.Withdrawn(asked, TipcEndpoint.range(type, 3, 3), socket),
                    topology.next());
            TipcNames.of(first).unbindAll();
            assertEquals(new TipcTopology.Withdrawn(asked, range, id(first)), topology.next());
        }
    }

    private static TipcEndpoint.SocketId id(MessageSocket socket) {
        return (TipcEndpoint.SocketId) socket.local();
    }

    @Test
    void onlyWhatIsAskedForIsReported() throws Exception {
        long type = TipcLab.freshType();
        try (var topology = TipcTopology.open();
                var outside = bind(TipcEndpoint.service(type, 9));
                var other = bind(TipcEndpoint.service(TipcLab.freshType(), 1));
                var inside = bind(TipcEndpoint.service(type, 1))) {
            assertTrue(outside.isOpen() && other.isOpen() && inside.isOpen());
            topology.subscribe(TipcEndpoint.range(type, 0, 5), Duration.ofMillis(1));
            var event = assertInstanceOf(TipcTopology.Published.class, topology.next());
            assertEquals(TipcEndpoint.range(type, 1, 1), event.service());
            assertInstanceOf(TipcTopology.TimedOut.class, topology.next());
        }
    }

    @Test
    void severalSubscriptionsAreToldApart() throws Exception {
        long type = TipcLab.freshType();
        try (var topology = TipcTopology.open()) {
            var one = topology.subscribe(TipcEndpoint.range(type, 1, 1));
            var both = topology.subscribe(TipcEndpoint.range(type, 1, 2));
            assertEquals(2, topology.subscriptions().size());
            try (var server = bind(TipcEndpoint.service(type, 1))) {
                assertTrue(server.isOpen());
                var told = List.of(topology.next().subscription(), topology.next().subscription());
                assertTrue(told.contains(one) && told.contains(both));
            }
            assertInstanceOf(TipcTopology.Withdrawn.class, topology.next());
            assertInstanceOf(TipcTopology.Withdrawn.class, topology.next());
            topology.cancel(one);
            topology.cancel(one);
            assertEquals(List.of(both), topology.subscriptions());
            try (var server = bind(TipcEndpoint.service(type, 1))) {
                assertTrue(server.isOpen());
                assertEquals(both, topology.next().subscription());
            }
            assertEquals(both, topology.next().subscription());
        }
    }

    @Test
    void servicesAreToldOnceHoweverManyOfferThem() throws Exception {
        var service = TipcLab.freshService();
        try (var topology = TipcTopology.open()) {
            topology.subscribe(
                    service.all(), TipcSubscription.Detail.SERVICES, TipcSubscription.FOR_EVER);
            var first = bind(service);
            assertInstanceOf(TipcTopology.Published.class, topology.next());
            var second = bind(service);
            first.close();
            second.close();
            assertInstanceOf(TipcTopology.Withdrawn.class, topology.next());
            topology.readDeadline(Deadline.after(Duration.ofMillis(1)));
            assertThrows(SocketTimeoutException.class, topology::next);
        }
    }

    @Test
    void aSubscriptionThatTimedOutIsOver() throws Exception {
        var service = TipcLab.freshService();
        try (var topology = TipcTopology.open()) {
            var asked = topology.subscribe(service.all(), Duration.ofMillis(1));
            assertEquals(new TipcTopology.TimedOut(asked), topology.next());
            assertEquals(List.of(), topology.subscriptions());
        }
    }

    @Test
    void aServiceIsWaitedFor() throws Exception {
        var service = TipcLab.freshService();
        assertEquals(
                Optional.empty(),
                TipcTopology.waitForService(
                        service.type(), service.instance(), Duration.ofMillis(5)));
        var waiting =
                Task.call(() ->
                                TipcTopology.waitForService(
                                        service.type(), service.instance(), Duration.ofSeconds(20)))
                        .parked();
        try (var server = bind(service)) {
            assertEquals(Optional.of(id(server)), waiting.join());
            assertEquals(
                    Optional.of(id(server)),
                    TipcTopology.waitForService(
                            service.at(TipcNode.own()), Deadline.after(Duration.ofSeconds(20))));
            assertEquals(
                    Optional.empty(),
                    TipcTopology.waitForService(
                            service.at(0x7777), Deadline.after(Duration.ofMillis(5))));
        }
    }

    @Test
    void whoOffersWhatCanBeLookedUp() throws Exception {
        long type = TipcLab.freshType();
        assertEquals(List.of(), TipcTopology.lookUp(TipcEndpoint.all(type)));
        try (var first = bind(TipcEndpoint.service(type, 1));
                var second = bind(TipcEndpoint.service(type, 2))) {
            var sockets =
                    TipcTopology.lookUp(TipcEndpoint.all(type)).stream()
                            .map(TipcTopology.Published::socket)
                            .toList();
            assertEquals(2, sockets.size());
            assertTrue(sockets.contains(id(first)) && sockets.contains(id(second)));
        }
    }

    @Test
    void closeAndInterruptsWakeWhoWaits() throws Exception {
        var topology = TipcTopology.open();
        var waiting = Task.call(topology::next).parked();
        waiting.interrupt().failure(sockeye.SocketInterruptedException.class);
        var again = Task.call(topology::next).parked();
        topology.close();
        again.failure(AsynchronousCloseException.class);
    }

    @Test
    void aNodesServerIsFoundByItsAddress() throws Exception {
        try (var topology =
                TipcTopology.open(TipcNode.own(), Deadline.after(Duration.ofSeconds(10)))) {
            topology.subscribe(TipcEndpoint.all(64), Duration.ofMillis(1));
            assertInstanceOf(TipcTopology.TimedOut.class, topology.next());
        }
        assertThrows(
                NoRouteToHostException.class,
                () -> TipcTopology.open(0x7777, Deadline.after(Duration.ofSeconds(10))));
    }

    @Test
    void thisNodeIsUp() throws Exception {
        long own = TipcNode.own();
        assertTrue(TipcNodeState.reachable().contains(own));
        try (var topology = TipcTopology.open()) {
            topology.subscribe(TipcEndpoint.range(TipcEndpoint.NODE_STATE, own, own));
            assertEquals(
                    Optional.of(new TipcNodeState(own, true)), TipcNodeState.of(topology.next()));
        }
        assertFalse(TipcLinkState.working().stream().anyMatch(link -> link.peer() == own));
    }

    @Test
    void aNodesIdentityIsTheOneThatTheToolShows() throws Exception {
        String shown = Tool.output("tipc", "node", "get", "identity");
        String identity = TipcNode.identity(0);
        assertTrue(shown.contains(identity + " "), shown + " has no " + identity);
        assertTrue(shown.contains("%08x".formatted(TipcNode.own())), shown);
        assertEquals(identity, TipcNode.identity(TipcNode.own()));
        assertThrows(SocketException.class, () -> TipcNode.identity(0x7777));
        assertThrows(SocketException.class, () -> TipcNode.linkName(0x7777, 0));
    }

    @Test
    void theToolsTableShowsWhatIsBound() throws Exception {
        long type = TipcLab.freshType();
        var range = TipcEndpoint.range(type, 100, 199);
        try (var server = bind(range)) {
            TipcNames.of(server).bind(TipcEndpoint.service(type, 7).with(TipcEndpoint.Scope.NODE));
            List<String> rows =
                    Tool.output("tipc", "nametable", "show")
                            .lines()
                            .filter(line -> line.startsWith(type + " "))
                            .map(line -> line.strip().replaceAll("\\s+", " "))
                            .sorted()
                            .toList();
            var id = id(server);
            String port = Long.toString(id.ref());
            assertEquals(2, rows.size(), rows::toString);
            assertTrue(rows.get(0).startsWith(type + " 100 199 cluster " + port), rows::toString);
            assertTrue(rows.get(1).startsWith(type + " 7 7 node " + port), rows::toString);
        }
    }
}
