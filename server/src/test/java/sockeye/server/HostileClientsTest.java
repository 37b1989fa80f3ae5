// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.Deadline;
import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.Linger;
import sockeye.SoOption;
import sockeye.StreamSocket;
import sockeye.testkit.Task;
import sockeye.wire.EchoService;
import sockeye.wire.RateLimit;
import sockeye.wire.Rejection;
import sockeye.wire.StampFormat;
import sockeye.wire.TimeLimit;
import sockeye.wire.TimestampService;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** What the open Internet sends; and others are served all the while. */
@Timeout(180)
@Tag("H12")
@SuppressWarnings("try") // A client that closes before its scope ends is the point.
class HostileClientsTest {
    /** A million of something where the property has its greatest value. */
    private static final int MANY = Integer.getInteger("sockeye.much", 32 << 20) / 2_048;

    private static final StreamHandler STAMP =
            StreamHandler.of(
                    TimestampService.in(ZoneOffset.UTC)
                            .format(StampFormat.EPOCH)
                            .framing(TimestampService.Framing.LINE));
    private static final StreamHandler ECHO = StreamHandler.of(new EchoService());
    private static final StreamHandler LINES =
            client -> {
                var lines = client.reader();
                for (String line; (line = lines.readLine()) != null; ) {
                    client.write("1 " + line + "\n");
                }
            };

    private final Peers.Recorder recorder = new Peers.Recorder();

    static List<StreamHandler> handlers() {
        return List.of(LINES, STAMP);
    }

    private ServerSettings limited(Function<ServerLimits, ServerLimits> change) {
        return recorder.settings().withLimits(change.apply(ServerLimits.DEFAULT));
    }

    /** One that means no harm. */
    private static final class Guest implements AutoCloseable {
        private final StreamSocket socket;
        private int count;

        Guest(Endpoint server) throws IOException {
            socket = StreamSocket.connect(server);
        }

        void isServed() throws IOException {
            String line = "guest " + count++;
            socket.write(line + "\n");
            String answer = socket.reader().readLine();
            assertTrue(answer != null && answer.endsWith(line), answer);
        }

        @Override
        public void close() throws IOException {
            socket.close();
        }
    }

    private static void awaitEnd(StreamSocket client) {
        try {
            while (client.read(new byte[4_096]) >= 0) {
                // What it was sent before.
            }
        } catch (IOException reset) {
            // That is an end too.
        }
    }

    private void awaitClosed(int count) throws InterruptedException {
        for (int i = 0; i < count; i++) {
            recorder.closed.take();
        }
    }

    @ParameterizedTest
    @MethodSource("handlers")
    void linesThatNeverEndAreGivenUp(StreamHandler handler) throws Exception {
        var slow = new ArrayList<StreamSocket>();
        var settings = limited(limits -> limits.withMessageTime(Duration.ofMillis(400)));
        try (var server = Server.stream(Peers.tcp(), settings, handler);
                var guest = new Guest(server.local())) {
            for (int i = 0; i < 300; i++) {
                var client = StreamSocket.connect(server.local());
                client.write("half a li");
                slow.add(client);
                if (i % 20 == 0) {
                    guest.isServed();
                }
            }
            for (StreamSocket client : slow) {
                awaitEnd(client);
                client.close();
            }
            guest.isServed();
            assertEquals(300, server.exceeded(TimeLimit.MESSAGE));
            awaitClosed(300);
            guest.isServed();
        }
    }

    @Test
    void thoseWhoNeverReadAreGivenUp() throws Exception {
        var deaf = new ArrayList<StreamSocket>();
        int most = 2 << 20;
        var settings =
                limited(limits -> limits.withStall(Duration.ofMillis(400)).withMemory(most))
                        .withOptions(SoOption.SND_BUF.to(8_192), SoOption.RCV_BUF.to(8_192));
        try (var server = Server.stream(Peers.tcp(), settings, ECHO);
                var guest = new Guest(server.local())) {
            byte[] much = new byte[16 << 10];
            for (int i = 0; i < 30; i++) {
                var client =
                        StreamSocket.connect(
                                server.local(),
                                SoOption.SND_BUF.to(8_192),
                                SoOption.RCV_BUF.to(8_192));
                deaf.add(client);
                client.writeDeadline(Deadline.after(Duration.ofMillis(50)));
                try {
                    while (true) {
                        client.write(much);
                    }
                } catch (SocketTimeoutException full) {
                    guest.isServed();
                }
                assertTrue(server.arrears.held() <= most);
            }
            awaitClosed(30);
            guest.isServed();
            assertEquals(30, server.exceeded(TimeLimit.STALL));
            assertEquals(0, server.arrears.held());
        } finally {
            for (StreamSocket client : deaf) {
                client.close();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("handlers")
    void resetsInMidRequestAreForgotten(StreamHandler handler) throws Exception {
        try (var server = Server.stream(Peers.tcp(), recorder.settings(), handler);
                var guest = new Guest(server.local())) {
            guest.isServed();
            long descriptors = Peers.descriptors();
            for (int i = 0; i < 1_000; i++) {
                var client = StreamSocket.connect(server.local());
                client.write("half a li");
                client.socket().setOption(SoOption.LINGER, Linger.RESET);
                client.close();
                if (i % 100 == 0) {
                    guest.isServed();
                }
            }
            awaitClosed(1_000);
            guest.isServed();
            assertEquals(descriptors, Peers.descriptors());
            for (Throwable failed : recorder.failed) {
                assertTrue(failed instanceof IOException, failed.toString());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("handlers")
    void aMillionHalfSentLinesLeaveNothingBehind(StreamHandler handler) throws Exception {
        var open = new ArrayDeque<StreamSocket>();
        try (var server = Server.stream(Peers.abstractName(), recorder.settings(), handler);
                var guest = new Guest(server.local())) {
            long before = 0;
            for (int i = 0; i < MANY; i++) {
                if (open.size() == 100) {
                    open.remove().close();
                    recorder.closed.take();
                }
                var client = StreamSocket.connect(server.local());
                client.write("half a line that never ends");
                open.add(client);
                recorder.accepted.poll();
                recorder.failed.clear(); // It answers the half, and nobody is there.
                if (i % 1_000 == 0) {
                    guest.isServed();
                }
                if (i == MANY / 2) {
                    before = Peers.heap();
                }
            }
            long grown = Peers.heap() - before;
            assertTrue(grown < 4 << 20, grown + " bytes for " + MANY / 2 + " connections");
        } finally {
            for (StreamSocket client : open) {
                client.close();
            }
        }
    }

    @Test
    void aFloodPastEveryLimitLeavesTheOthersServed() throws Exception {
        var flood = new ArrayList<StreamSocket>();
        var settings =
                limited(limits ->
                        limits.withAdmission(
                                limits.admission()
                                        .withConnections(50)
                                        .withPerPeer(10)
                                        .withPeerRate(
                                                RateLimit.per(Duration.ofHours(1), 1)
                                                        .withBurst(30))));
        try (var server = Server.stream(InetEndpoint.any(0), settings, STAMP);
                var guest = guestOf(server)) {
            var here = InetEndpoint.of("127.0.0.1", port(server));
            for (int i = 0; i < 400; i++) {
                var from = InetEndpoint.of("127.0.0." + (2 + i / 40), 0);
                flood.add(Peers.connectFrom(from, here));
                assertTrue(server.connections().size() <= 50);
                if (i % 10 == 0) {
                    guest.isServed();
                }
            }
            assertTrue(server.rejected(Rejection.TOO_MANY) >= 20);
            assertTrue(server.rejected(Rejection.TOO_FAST) >= 10);
            for (StreamSocket client : flood) {
                client.close();
            }
            // Those who had waited in the backlog are taken, found gone, and make room.
            try (var next = guestOf(server)) {
                next.isServed();
            }
            guest.isServed();
            assertTrue(server.door.peers() <= 11);
        }
    }

    private static int port(Server server) {
        return ((InetEndpoint) server.local()).port();
    }

    private static Guest guestOf(Server server) throws IOException {
        return new Guest(InetEndpoint.of("127.0.0.1", port(server)));
    }

    @Test
    void thousandsWhoComeAndGoLeaveNothingBehind() throws Exception {
        try (var server = Server.stream(Peers.abstractName(), recorder.settings(), STAMP);
                var tcp = Server.stream(Peers.tcp(), recorder.settings(), LINES);
                var guest = new Guest(tcp.local())) {
            guest.isServed();
            cycles(2_000, server.local());
            cycles(500, tcp.local());
            long descriptors = Peers.descriptors();
            long threads = Peers.threads();
            long before = Peers.heap();
            cycles(8_000, server.local());
            cycles(1_000, tcp.local());
            guest.isServed();
            assertEquals(descriptors, Peers.descriptors());
            assertTrue(Peers.threads() <= threads + 1, "threads: " + Peers.threads());
            long grown = Peers.heap() - before;
            assertTrue(grown < 4 << 20, grown + " bytes for 9,000 connections");
            Task.until(
                    "the guest alone is left",
                    () -> server.connections().isEmpty() && tcp.connections().size() == 1);
        }
    }

    private void cycles(int count, Endpoint server) throws Exception {
        for (int i = 0; i < count; i++) {
            try (var guest = new Guest(server)) {
                guest.isServed();
            }
            recorder.accepted.poll();
            recorder.closed.take();
        }
    }
}
