// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import sockeye.Message;
import sockeye.MessageSocket;
import sockeye.ServiceManager;
import sockeye.StreamSocket;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** The watchdog hears of servers that work, and of no others. */
@Timeout(60)
class ServiceWatchTest {
    private static final Duration HOUR = Duration.ofHours(1);

    @Test
    void aServerThatWorksIsHeardOfAgainAndAgain() throws Exception {
        var place = Peers.abstractName();
        try (var manager = MessageSocket.bind(place);
                var server = Server.stream(Peers.tcp(), client -> {});
                var watch =
                        ServiceWatch.start(
                                ServiceManager.at(place.toString()),
                                Duration.ofMillis(20),
                                List.of(server))) {
            for (int i = 0; i < 5; i++) {
                try (Message heard = manager.receive(ByteBuffer.allocate(100))) {
                    assertEquals(
                            "WATCHDOG=1\n",
                            StandardCharsets.UTF_8.decode(heard.payload()).toString());
                }
            }
            assertTrue(watch.works());
        }
    }

    @Test
    void whatServesBesideHasToWorkToo() throws Exception {
        var place = Peers.abstractName();
        boolean[] works = {true};
        try (var manager = MessageSocket.bind(place);
                var watch =
                        ServiceWatch.start(
                                ServiceManager.at(place.toString()),
                                HOUR,
                                List.of(),
                                () -> works[0])) {
            assertTrue(manager.isOpen());
            assertTrue(watch.works());
            works[0] = false;
            assertFalse(watch.works());
            works[0] = true;
            assertTrue(watch.works());
        }
    }

    @Test
    void aHandlerOfDatagramsThatDoesNotReturnIsSilence() throws Exception {
        var busy = new CountDownLatch(1);
        var release = new CountDownLatch(1);
        var place = Peers.abstractName();
        try (var manager = MessageSocket.bind(place);
                var server =
                        Server.datagram(
                                Peers.tcp(),
                                request -> {
                                    busy.countDown();
                                    release.await();
                                });
                var watch =
                        ServiceWatch.start(
                                ServiceManager.at(place.toString()), HOUR, List.of(server));
                var client = MessageSocket.connect(server.local())) {
            assertTrue(manager.isOpen());
            client.send("first");
            busy.await();
            assertTrue(watch.works(), "there is nothing that waits");
            client.send("second");
            assertTrue(watch.works(), "it may just have come");
            assertFalse(watch.works());
            assertFalse(watch.works());
            release.countDown();
            while (server.received() < 2) {
                Thread.onSpinWait();
            }
            assertTrue(watch.works());
        }
    }

    @Test
    void aServerAtItsLimitWorks() throws Exception {
        var settings =
                ServerSettings.DEFAULT.withLimits(ServerLimits.DEFAULT.withMaxConnections(1));
        var place = Peers.abstractName();
        try (var manager = MessageSocket.bind(place);
                var server =
                        Server.stream(Peers.tcp(), settings, client -> client.reader().readLine());
                var watch =
                        ServiceWatch.start(
                                ServiceManager.at(place.toString()), HOUR, List.of(server))) {
            assertTrue(manager.isOpen());
            var clients = new ArrayList<StreamSocket>();
            for (int i = 0; i < 3; i++) {
                clients.add(StreamSocket.connect(server.local()));
            }
            // Until it waits for a place: between that and the first it is behind, for a moment.
            while (server.connections().isEmpty() || server.isBehind()) {
                Thread.onSpinWait();
            }
            for (int i = 0; i < 3; i++) {
                assertTrue(watch.works());
            }
            for (StreamSocket each : clients) {
                each.close();
            }
        }
    }
}
