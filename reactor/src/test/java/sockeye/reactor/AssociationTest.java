// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.Endpoint;
import sockeye.ErrnoFailure;
import sockeye.InetEndpoint;
import sockeye.UnixEndpoint;
import sockeye.reactor.testing.Simulator;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.Program;
import sockeye.testkit.TestFamily;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;

/** A socket of datagrams that is connected to one peer after the other (twisted#2699). */
@ExtendWith(NoLeaks.class)
@Tag("D2-09")
@Tag("D2-05")
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // the protocols tell how it went
class AssociationTest {
    /** Writes down what is heard anywhere, as "who: what", and stops after so many. */
    private static final class Diary {
        final List<String> heard = new ArrayList<>();
        final List<@Nullable Endpoint> senders = new ArrayList<>();
        private final Reactor reactor;
        private int left;
        private String expected = "";
        private Runnable then = () -> {};

        Diary(Reactor reactor, int left) {
            this.reactor = reactor;
            this.left = left;
        }

        void when(String entry, Runnable what) {
            expected = entry;
            then = what;
        }

        MessageProtocol of(String who) {
            return new MessageProtocol() {
                @Override
                public void received(MessageTransport from, ByteBuffer message) {
                    String what = UTF_8.decode(message.duplicate()).toString();
                    heard.add(who + ": " + what);
                    senders.add(from.sender());
                    if (heard.getLast().equals(expected)) {
                        then.run();
                    }
                    if (what.endsWith("?")) {
                        from.reply(text("from " + who));
                    }
                    if (--left == 0) {
                        reactor.stop();
                    }
                }

                @Override
                public void failed(MessageTransport from, IOException why) {
                    heard.add(who + " fails: " + ((ErrnoFailure) why).errno().symbol());
                    if (--left == 0) {
                        reactor.stop();
                    }
                }
            };
        }
    }

    private static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }

    private static Endpoint at(MessageTransport transport) {
        return Objects.requireNonNull(transport.local());
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void whatIsSentGoesToWhoWasThePeerThen(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            var diary = new Diary(reactor, 4);
            MessageTransport one = reactor.bind(engine.fresh(), diary.of("one"));
            MessageTransport two = reactor.bind(engine.fresh(), diary.of("two"));
            MessageTransport client = reactor.bind(engine.fresh(), diary.of("client"));
            Endpoint mine = at(client);
            client.connect(at(one));
            client.send("a");
            client.send("b");
            client.connect(at(two));
            client.send("c");
            client.connect(at(one));
            client.send("d");
            Engine.run(reactor);
            assertEquals(
                    List.of("one: a", "one: b", "one: d", "two: c"),
                    diary.heard.stream().sorted().toList());
            assertEquals(List.of(mine, mine, mine, mine), diary.senders);
            assertEquals(at(one), client.peer());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void itHearsThePeerAloneAndAfterwardsEverybody(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            var diary = new Diary(reactor, 3);
            MessageTransport peer = reactor.bind(engine.fresh(), diary.of("peer"));
            MessageTransport stranger = reactor.bind(engine.fresh(), diary.of("stranger"));
            MessageTransport client = reactor.bind(engine.fresh(), diary.of("client"));
            Endpoint mine = at(client);
            client.connect(at(peer)).thenRun(() -> stranger.send(text("unheard"), mine));
            // Sent after that of the stranger, and answered.
            reactor.after(Duration.ofMillis(1), () -> client.send("x?"));
            diary.when(
                    "client: from peer",
                    () -> client.disconnect().thenRun(() -> stranger.send(text("heard"), mine)));
            Engine.run(reactor);
            assertEquals(List.of("peer: x?", "client: from peer", "client: heard"), diary.heard);
            assertNull(client.peer());
            assertEquals(mine, client.local());
        }
    }

    @Test
    void aSimulatedOneHearsItsPeerAloneToo() throws Exception {
        try (var simulator = Simulator.of(7)) {
            Reactor reactor = simulator.reactor();
            var diary = new Diary(reactor, 9);
            MessageTransport peer = reactor.bind(Engine.SIMULATOR.fresh(), diary.of("peer"));
            MessageTransport stranger = reactor.bind(Engine.SIMULATOR.fresh(), diary.of("other"));
            MessageTransport client = reactor.bind(Engine.SIMULATOR.fresh(), diary.of("client"));
            client.connect(at(peer));
            simulator.settle();
            stranger.send(text("unheard"), at(client));
            peer.send(text("heard"), at(client));
            simulator.settle();
            client.disconnect();
            simulator.settle();
            stranger.send(text("heard"), at(client));
            simulator.settle();
            assertEquals(List.of("client: heard", "client: heard"), diary.heard);
            assertEquals(List.of(at(peer), at(stranger)), diary.senders);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void anUnconnectedOneNeedsAnAddress(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            var diary = new Diary(reactor, 2);
            MessageTransport peer = reactor.bind(engine.fresh(), diary.of("peer"));
            Endpoint there = at(peer);
            reactor.connectDatagrams(there, diary.of("client"))
                    .thenAccept(client -> {
                        Endpoint mine = at(client);
                        client.disconnect()
                                .thenRun(() -> {
                                    assertEquals(port(mine), port(at(client)));
                                    client.send("to nobody");
                                    client.send(text("x"), there);
                                });
                    });
            Engine.run(reactor);
            assertEquals(
                    List.of("client fails: EDESTADDRREQ", "peer: x"),
                    diary.heard.stream().sorted().toList());
        }
    }

    private static int port(Endpoint endpoint) {
        return ((InetEndpoint) endpoint).port();
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void itTakesTheAddressThatTheWayToTheNewPeerHasAndKeepsItsPort(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            var diary = new Diary(reactor, 2);
            MessageTransport one = reactor.bind(InetEndpoint.of("127.0.0.1", 0), diary.of("IPv4"));
            MessageTransport two = reactor.bind(InetEndpoint.of("::1", 0), diary.of("IPv6"));
            MessageTransport client = reactor.bind(InetEndpoint.any(0), diary.of("client"));
            int port = port(at(client));
            client.connect(at(one));
            client.send("a");
            client.connect(at(two));
            client.send("b");
            Engine.run(reactor);
            assertEquals(List.of("IPv4: a", "IPv6: b"), diary.heard.stream().sorted().toList());
            assertTrue(diary.senders.contains(InetEndpoint.of("127.0.0.1", port)));
            assertTrue(diary.senders.contains(InetEndpoint.of("::1", port)));
            assertEquals(InetEndpoint.of("::1", port), client.local());
            client.disconnect();
            reactor.execute(reactor::stop);
            reactor.run();
            assertEquals(InetEndpoint.any(port), client.local());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void aNameOfAUnixSocketStaysAndWhoCannotBeHadIsToldOf(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            var diary = new Diary(reactor, 2);
            Endpoint mine = UnixEndpoint.ofAbstract(TestFamily.freshName());
            Endpoint nobody = UnixEndpoint.ofAbstract(TestFamily.freshName());
            MessageTransport one =
                    reactor.bind(UnixEndpoint.ofAbstract(TestFamily.freshName()), diary.of("one"));
            MessageTransport two =
                    reactor.bind(UnixEndpoint.ofAbstract(TestFamily.freshName()), diary.of("two"));
            MessageTransport client = reactor.bind(mine, diary.of("client"));
            client.connect(at(one));
            var failed = client.connect(nobody);
            client.send("a");
            var other = client.connect(InetEndpoint.of("127.0.0.1", 9));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> client.connect(UnixEndpoint.of("/" + "x".repeat(200))));
            client.connect(at(two));
            client.send("b");
            Engine.run(reactor);
            // That which was sent to nobody found nobody.
            assertEquals(
                    List.of("client fails: ECONNREFUSED", "two: b"),
                    diary.heard.stream().sorted().toList());
            assertEquals(List.of(mine), diary.senders);
            var why = assertThrows(CompletionException.class, failed::join).getCause();
            assertEquals("ECONNREFUSED", ((ErrnoFailure) why).errno().symbol());
            assertThrows(CompletionException.class, other::join);
            assertEquals(at(two), client.peer());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aConnectionStaysWithItsPeerAndAClosedSocketHasNone(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            Listening listening =
                    reactor.listenRecords(
                            engine.freshForRecords(), () -> (transport, message) -> {});
            reactor.connectRecords(
                            Objects.requireNonNull(listening.local()), (transport, message) -> {})
                    .thenAccept(made -> {
                        assertThrows(
                                UnsupportedOperationException.class,
                                () -> made.connect(Objects.requireNonNull(listening.local())));
                        assertThrows(UnsupportedOperationException.class, made::disconnect);
                        reactor.stop();
                    });
            Engine.run(reactor);
            MessageTransport closed = reactor.bind(engine.fresh(), (transport, message) -> {});
            Endpoint there = at(closed);
            var pending = closed.connect(there);
            closed.abort();
            assertTrue(closed.connect(there).isCompletedExceptionally());
            reactor.execute(reactor::stop);
            reactor.run();
            assertTrue(pending.isCompletedExceptionally());
        }
    }

    private static final String PYTHON =
            """
            import socket
            servers = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2)]
            for each in servers:
                each.bind(('127.0.0.1', 0))
            print(*(each.getsockname()[1] for each in servers), flush=True)
            for each in servers:
                data, sender = each.recvfrom(100)
                each.sendto(b'%s from %d?' % (data, sender[1]), sender)
                print(data.decode(), sender[1], flush=True)
            """;

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void pythonSeesOneClientMoveFromServerToServer(Engine engine) throws Exception {
        try (var python = Program.start(List.of("python3", "-c", PYTHON));
                Reactor reactor = engine.open()) {
            String[] ports = python.line("").split(" ", -1);
            List<Endpoint> servers =
                    List.of(
                            InetEndpoint.of("127.0.0.1", Integer.parseInt(ports[0])),
                            InetEndpoint.of("127.0.0.1", Integer.parseInt(ports[1])));
            var heard = new ArrayList<String>();
            reactor.connectDatagrams(
                    servers.getFirst(),
                    new MessageProtocol() {
                        @Override
                        public void opened(MessageTransport opened) {
                            opened.send("one");
                        }

                        @Override
                        public void received(MessageTransport from, ByteBuffer message) {
                            heard.add(UTF_8.decode(message).toString());
                            if (heard.size() == 1) {
                                from.connect(servers.getLast());
                                from.send("two");
                            } else {
                                reactor.stop();
                            }
                        }
                    });
            Engine.run(reactor);
            String mine = heard.getFirst().replaceAll("\\D", "");
            assertEquals(List.of("one from " + mine + "?", "two from " + mine + "?"), heard);
            assertEquals("one " + mine, python.line("one"));
            assertEquals("two " + mine, python.line("two"));
        }
    }
}
