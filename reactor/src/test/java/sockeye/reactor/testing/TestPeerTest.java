// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import sockeye.InetEndpoint;
import sockeye.reactor.Lines;
import sockeye.reactor.MessageTransport;
import sockeye.reactor.Protocol;
import sockeye.reactor.Transport;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Protocols with a test at their other end. */
@Timeout(60)
@Tag("D7-01")
class TestPeerTest {
    private static final class Greeter implements Protocol {
        private final Protocol lines =
                Lines.protocol(
                        100,
                        (line, to) -> {
                            switch (line) {
                                case "close" -> to.close();
                                case "abort" -> to.abort();
                                case "pause" -> to.pause();
                                case "fail" -> throw new IllegalStateException("on purpose");
                                case "flood" -> to.write(new byte[200_000]);
                                default -> to.write(line + " yourself\n");
                            }
                        });
        private @Nullable Throwable why;

        @Override
        public void opened(Transport transport) {
            transport.write("welcome\n");
        }

        @Override
        public void received(Transport transport, ByteBuffer bytes) throws Exception {
            lines.received(transport, bytes);
        }

        @Override
        public void closed(Transport transport, @Nullable Throwable reason) {
            why = reason;
        }
    }

    @Test
    void whatAProtocolWritesIsSeen() {
        try (var peer = TestPeer.of(new Greeter())) {
            assertEquals("welcome\n", peer.text());
            peer.clear();
            peer.send("hel").send("lo\nyou\n");
            assertEquals("hello yourself\nyou yourself\n", peer.text());
            assertFalse(peer.isEnded());
            peer.end();
            assertFalse(peer.transport().isOpen());
            assertTrue(peer.isClosed());
            assertNull(peer.why());
        }
    }

    @Test
    void closedAbortedAndFailedAreToldApart() {
        for (String how : List.of("close", "abort", "fail")) {
            var greeter = new Greeter();
            try (var peer = TestPeer.of(greeter)) {
                peer.send(how + "\n");
                assertTrue(peer.isEnded(), how);
                assertEquals(!how.equals("close"), peer.why() != null, how);
                if (how.equals("fail")) {
                    assertInstanceOf(IllegalStateException.class, greeter.why);
                }
            }
        }
    }

    @Test
    void aPausedProtocolHearsNothing() {
        try (var peer = TestPeer.of(new Greeter())) {
            peer.clear();
            peer.send("pause\nhello\n");
            assertTrue(peer.transport().isPaused());
            assertEquals("", peer.text());
            peer.transport().resume();
            peer.simulator().settle();
            assertEquals("hello yourself\n", peer.text());
        }
    }

    @Test
    void whatAStalledPeerDoesNotTakeIsPending() {
        var recording = RecordingProtocol.around(new Greeter());
        try (var peer = TestPeer.of(recording)) {
            peer.clear();
            peer.stall();
            peer.send("flood\n");
            assertTrue(peer.transport().pending() > 0);
            assertFalse(peer.transport().isWritable());
            assertTrue(recording.calls().contains("full"));
            peer.unstall();
            assertEquals(0, peer.transport().pending());
            assertEquals(200_000, peer.bytes().length);
            assertEquals("writable", recording.calls().getLast());
            assertEquals("flood\n", recording.text());
        }
    }

    @Test
    void aResetIsTold() {
        var greeter = new Greeter();
        try (var peer = TestPeer.of(greeter)) {
            peer.reset();
            assertNotNull(greeter.why);
        }
    }

    @Test
    void timersWaitForTheTest() {
        try (var peer =
                TestPeer.of(
                        new Protocol() {
                            @Override
                            public void opened(Transport transport) {
                                transport.reactor().after(Duration.ofHours(2), transport::close);
                            }

                            @Override
                            public void received(Transport transport, ByteBuffer bytes) {}
                        })) {
            peer.simulator().advance(Duration.ofMinutes(119));
            assertFalse(peer.isEnded());
            peer.simulator().pump(Duration.ofSeconds(30), Duration.ofSeconds(30));
            assertTrue(peer.isEnded());
        }
    }

    @Test
    void datagramsComeFromAnywhereAndAreSeenEverywhere() {
        var heard = new ArrayList<MessageTransport>();
        try (var peers =
                TestMessagePeer.of((transport, message) -> {
                    heard.add(transport);
                    transport.send(
                            ByteBuffer.wrap(new byte[] {'!'}), InetEndpoint.of("192.0.2.3", 3));
                    transport.reply(message);
                })) {
            var friend = InetEndpoint.of("192.0.2.2", 2);
            peers.send(friend, "hello");
            assertEquals(2, peers.sent().size());
            assertEquals("!", peers.sent().getFirst().text());
            assertEquals(InetEndpoint.of("192.0.2.3", 3), peers.sent().getFirst().peer());
            assertEquals("hello", peers.sent().getLast().text());
            assertEquals(friend, peers.sent().getLast().peer());
            assertSame(peers.transport(), heard.getFirst());
        }
    }

    /** As Twisted's iosim: what is true between two events. */
    @Test
    @Tag("D7-03")
    @Tag("D4-16")
    void aPairIsPumpedStepByStep() {
        var left = new RecordingProtocol();
        var right = RecordingProtocol.around((transport, bytes) -> transport.write(bytes));
        try (var simulator = Simulator.of(1, SimulatorSettings.PLAIN)) {
            var pair = simulator.pair(left, right);
            assertEquals(List.of(), left.calls());
            while (left.calls().isEmpty()) {
                assertTrue(simulator.step());
            }
            pair.left().write("ping");
            var order = new ArrayList<String>();
            boolean more;
            do {
                more = simulator.step();
                order.add(right.text() + "/" + left.text());
            } while (more);
            assertEquals(List.of("/", "ping/", "ping/ping"), order.stream().distinct().toList());
            pair.right().shutdownOutput();
            simulator.settle();
            assertTrue(left.isEnded());
            assertFalse(left.isClosed());
        }
    }

    @Test
    void recordsHavePairsToo() {
        var left = new RecordingMessages();
        try (var simulator = Simulator.of(1)) {
            var pair =
                    simulator.pairOfRecords(left, (transport, message) -> transport.reply(message));
            pair.left().send("one");
            pair.left().send("");
            pair.left().send("three");
            simulator.settle();
            assertEquals(List.of("one", "", "three"), left.texts());
            pair.right().close();
            simulator.settle();
            assertTrue(left.isClosed());
        }
    }
}
