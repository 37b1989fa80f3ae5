// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.StreamSocket;
import sockeye.wire.AccessRules;
import sockeye.wire.EchoService;
import sockeye.wire.RateLimit;
import sockeye.wire.Rejection;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** Who comes in, and what the others are told. */
@Timeout(60)
@Tag("H12")
@SuppressWarnings("try") // A client that closes before its scope ends is the point.
class DoorTest {
    private static final StreamHandler ECHO = StreamHandler.of(new EchoService());

    private static final class Rejections implements ServerObserver {
        final BlockingQueue<Rejection> seen = new LinkedBlockingQueue<>();
        final BlockingQueue<ServerConnection> closed = new LinkedBlockingQueue<>();

        @Override
        public void rejected(Endpoint local, @Nullable Endpoint peer, Rejection why) {
            seen.add(why);
        }

        @Override
        public void closed(ServerConnection connection) {
            closed.add(connection);
        }
    }

    private static boolean isServed(StreamSocket client) {
        try {
            client.write("x");
            return client.read(new byte[1]) == 1;
        } catch (IOException reset) {
            return false;
        }
    }

    private static ServerSettings limited(ServerLimits limits) {
        return ServerSettings.DEFAULT.withLimits(limits).withObserver(new Rejections());
    }

    @Test
    void onePeerHasSoManyConnectionsAndNoMore() throws Exception {
        for (Endpoint endpoint : Peers.endpoints()) {
            var told = new Rejections();
            var settings = limited(ServerLimits.DEFAULT.withMaxPerPeer(3)).withObserver(told);
            try (var server = Server.stream(endpoint, settings, ECHO)) {
                var clients = new ArrayList<StreamSocket>();
                for (int i = 0; i < 3; i++) {
                    clients.add(StreamSocket.connect(server.local()));
                    assertTrue(isServed(clients.get(i)));
                }
                try (var fourth = StreamSocket.connect(server.local())) {
                    assertTrue(!isServed(fourth));
                }
                assertEquals(Rejection.TOO_MANY, told.seen.take());
                assertEquals(1, server.rejected(Rejection.TOO_MANY));
                clients.getFirst().close();
                told.closed.take();
                try (var again = StreamSocket.connect(server.local())) {
                    assertTrue(isServed(again), "a place that is free is given again");
                }
                for (StreamSocket client : clients) {
                    client.close();
                }
            }
        }
    }

    @Test
    void mappedAddressesCountAsIpv4() throws Exception {
        var settings = limited(ServerLimits.DEFAULT.withMaxPerPeer(1));
        try (var server = Server.stream(InetEndpoint.any(0), settings, ECHO)) {
            int port = ((InetEndpoint) server.local()).port();
            try (var four = StreamSocket.connect(InetEndpoint.of("127.0.0.1", port));
                    var six = StreamSocket.connect(InetEndpoint.of("::1", port));
                    var mapped = StreamSocket.connect(InetEndpoint.of("::ffff:127.0.0.1", port))) {
                assertTrue(isServed(four));
                assertTrue(isServed(six));
                assertTrue(!isServed(mapped));
            }
        }
    }

    @Test
    void addressesAreAllowedAndDenied() throws Exception {
        var rules = AccessRules.EVERYBODY.allow("127.0.0.0/8").deny("127.0.0.2");
        var told = new Rejections();
        var settings = ServerSettings.DEFAULT.withAccess(rules).withObserver(told);
        try (var server = Server.stream(InetEndpoint.any(0), settings, ECHO)) {
            int port = ((InetEndpoint) server.local()).port();
            try (var client = StreamSocket.connect(InetEndpoint.of("127.0.0.1", port));
                    var other = StreamSocket.connect(InetEndpoint.of("::1", port))) {
                assertTrue(isServed(client));
                assertTrue(!isServed(other));
                assertEquals(Rejection.DENIED, told.seen.take());
            }
            try (var client =
                    Peers.connectFrom(
                            InetEndpoint.of("127.0.0.2", 0), InetEndpoint.of("127.0.0.1", port))) {
                assertTrue(!isServed(client));
                assertEquals(Rejection.DENIED, told.seen.take());
            }
        }
    }

    @Test
    void usersAreAllowedAndDenied() throws Exception {
        int me = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        for (boolean allowed : List.of(true, false)) {
            var rules =
                    allowed
                            ? AccessRules.EVERYBODY.allowUid(me)
                            : AccessRules.EVERYBODY.allowUid(me + 1);
            var settings = limited(ServerLimits.DEFAULT).withAccess(rules);
            try (var server = Server.stream(Peers.abstractName(), settings, ECHO);
                    var client = StreamSocket.connect(server.local())) {
                assertEquals(allowed, isServed(client));
                assertEquals(allowed ? 0 : 1, server.rejected(Rejection.DENIED));
            }
        }
    }

    @Test
    void aRejectionsReasonArrivesHoweverMuchTheClientSends() throws Exception {
        var rules = AccessRules.EVERYBODY.deny("127.0.0.0/8");
        var settings =
                limited(ServerLimits.DEFAULT)
                        .withAccess(rules)
                        .withNotice(
                                why -> ("sorry: " + why + "\n").getBytes(StandardCharsets.UTF_8));
        try (var server = Server.stream(Peers.tcp(), settings, ECHO)) {
            for (int i = 0; i < 20; i++) {
                try (var client = StreamSocket.connect(server.local())) {
                    // Closed at once, this would be answered by a reset.
                    client.write(new byte[100_000]);
                    assertEquals("sorry: not allowed", client.reader().readLine());
                    assertNull(client.reader().readLine());
                }
            }
        }
    }

    @Test
    void rejectedClientsThatStayHoldUpNobody() throws Exception {
        var settings =
                limited(ServerLimits.DEFAULT.withMaxPerPeer(1))
                        .withLinger(Duration.ofMinutes(10))
                        .withNotice(RejectionNotice.text("full\n"));
        var stayers = new ArrayList<StreamSocket>();
        try (var server = Server.stream(Peers.tcp(), settings, ECHO);
                var served = StreamSocket.connect(server.local())) {
            assertTrue(isServed(served));
            // More than there are who tell: the last of them are closed without a word.
            for (int i = 0; i < 400; i++) {
                stayers.add(StreamSocket.connect(server.local()));
            }
            for (StreamSocket stayer : stayers) {
                String line = stayer.reader().readLine();
                assertTrue(line == null || line.equals("full"), line);
            }
            assertTrue(isServed(served));
            assertEquals(400, server.rejected(Rejection.TOO_MANY));
        } finally {
            for (StreamSocket stayer : stayers) {
                stayer.close();
            }
        }
    }

    @Test
    void aPeerThatComesTooFastIsRejected() throws Exception {
        var limits = ServerLimits.DEFAULT;
        limits =
                limits.withAdmission(
                        limits.admission()
                                .withPeerRate(RateLimit.per(Duration.ofHours(1), 1).withBurst(5)));
        try (var server = Server.stream(Peers.tcp(), limited(limits), ECHO)) {
            for (int i = 0; i < 8; i++) {
                try (var client = StreamSocket.connect(server.local())) {
                    assertEquals(i < 5, isServed(client));
                }
            }
            assertEquals(3, server.rejected(Rejection.TOO_FAST));
        }
    }

    @Test
    void whatComesTooFastInAllWaitsAndIsServed() throws Exception {
        var limits = ServerLimits.DEFAULT;
        limits =
                limits.withAdmission(
                        limits.admission().withRate(RateLimit.perSecond(200).withBurst(1)));
        var clients = new ArrayList<StreamSocket>();
        try (var server = Server.stream(Peers.tcp(), limited(limits), ECHO)) {
            long begun = System.nanoTime();
            for (int i = 0; i < 41; i++) {
                clients.add(StreamSocket.connect(server.local()));
            }
            for (StreamSocket client : clients) {
                assertTrue(isServed(client));
                client.close();
            }
            // Never sooner, however slow the machine.
            assertTrue(System.nanoTime() - begun >= 200_000_000);
        }
    }

    @Test
    void aServerThatWaitsForItsRateStops() throws Exception {
        var limits = ServerLimits.DEFAULT;
        limits =
                limits.withAdmission(
                        limits.admission().withRate(RateLimit.per(Duration.ofHours(1), 1)));
        var server = Server.stream(Peers.tcp(), limited(limits), ECHO);
        try (var client = StreamSocket.connect(server.local())) {
            assertTrue(isServed(client));
        }
        assertEquals(0, server.stop(Duration.ofMinutes(10)).cutOff());
    }

    @Test
    void aProxysClientIsAdmittedInItsPlace() throws Exception {
        var told = new Rejections();
        var next = new LinkedBlockingQueue<InetEndpoint>();
        StreamLayer proxy =
                (below, connection) -> {
                    connection.presents(next.poll(), null);
                    return below;
                };
        var settings =
                limited(ServerLimits.DEFAULT.withMaxPerPeer(2))
                        .withObserver(told)
                        .withLayers(proxy)
                        .withAccess(AccessRules.EVERYBODY.deny("192.0.2.66"))
                        .withNotice(RejectionNotice.text("no\n"));
        var clients = new ArrayList<StreamSocket>();
        try (var server = Server.stream(Peers.tcp(), settings, ECHO)) {
            // All come through one proxy, whose own connections do not count.
            for (int i = 0; i < 6; i++) {
                next.add(InetEndpoint.of("192.0.2." + i / 2, 1));
                clients.add(StreamSocket.connect(server.local()));
                assertTrue(isServed(clients.get(i)));
            }
            for (String address : List.of("192.0.2.0", "192.0.2.66")) {
                next.add(InetEndpoint.of(address, 1));
                try (var client = StreamSocket.connect(server.local())) {
                    assertEquals("no", client.reader().readLine());
                    assertNull(client.reader().readLine());
                }
            }
            assertEquals(Rejection.TOO_MANY, told.seen.take());
            assertEquals(Rejection.DENIED, told.seen.take());
            for (StreamSocket client : clients) {
                client.close();
            }
            for (int i = 0; i < 8; i++) {
                told.closed.take();
            }
            assertEquals(0, server.door.peers(), "nobody is remembered");
        }
    }

    @Test
    void connectionsAreKeptAliveUnlessToldOtherwise() throws Exception {
        try (var server =
                        Server.stream(
                                Peers.tcp(),
                                client -> {
                                    var socket = client.unwrap(sockeye.LinuxSocket.class).get();
                                    client.write(
                                            socket.getOption(sockeye.SoOption.KEEP_ALIVE) + "\n");
                                });
                var client = StreamSocket.connect(server.local())) {
            assertEquals("true", client.reader().readLine());
        }
        assertThrows(IllegalArgumentException.class, () -> ServerLimits.DEFAULT.withMaxPerPeer(0));
    }
}
