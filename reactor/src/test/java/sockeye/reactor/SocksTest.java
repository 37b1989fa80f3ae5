// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.InetEndpoint;
import sockeye.NameResolver;
import sockeye.reactor.testing.RecordingProtocol;
import sockeye.reactor.testing.Seeds;
import sockeye.reactor.testing.Simulator;
import sockeye.reactor.testing.SimulatorSettings;
import sockeye.testkit.NoLeaks;
import sockeye.wire.DestinationRules;
import sockeye.wire.SocksAccounts;
import sockeye.wire.SocksAddress;
import sockeye.wire.SocksCall;
import sockeye.wire.SocksClientMachine;
import sockeye.wire.SocksException;
import sockeye.wire.SocksReply;
import sockeye.wire.SocksRequest;
import sockeye.wire.TlsContext;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/** SOCKS as a layer of clients, and as a server. */
@ExtendWith(NoLeaks.class)
@Tag("D4-14")
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // the protocols tell how it went
class SocksTest {
    private static final InetEndpoint PROXY = InetEndpoint.of("192.0.2.1", 1080);
    private static final InetEndpoint SERVER = InetEndpoint.of("192.0.2.2", 7);

    /** The engines' own addresses: loopback, and the simulator's. */
    static final DestinationRules HERE =
            DestinationRules.NOWHERE.allow("127.0.0.0/8").allow("192.0.2.0/24");

    /** What was answered, and why. */
    private static final class Told implements SocksProxy.Observer {
        final List<String> all = new ArrayList<>();
        @Nullable SocksRequest request;

        @Override
        public void answered(
                Transport client, SocksRequest asked, SocksReply reply, @Nullable Throwable why) {
            request = asked;
            all.add(reply.name());
        }

        @Override
        public void refused(Transport client, String why) {
            all.add(why);
        }
    }

    /** Knows {@code server.test} and no other name. */
    static NameResolver knowing(String... addresses) {
        return (host, port, family, deadline) -> {
            if (!host.equals("server.test")) {
                throw new UnknownHostException(host);
            }
            return Arrays.stream(addresses).map(each -> InetEndpoint.of(each, port)).toList();
        };
    }

    static InetEndpoint local(Listening listening) {
        return (InetEndpoint) Objects.requireNonNull(listening.local());
    }

    private static byte[] bytes(int count) {
        byte[] all = new byte[count];
        new Random(count).nextBytes(all);
        return all;
    }

    /** Answers at the end of the question, all of it. */
    private static final class Slow implements Protocol {
        private final ByteArrayOutputStream all = new ByteArrayOutputStream();

        @Override
        public void received(Transport transport, ByteBuffer bytes) {
            byte[] copy = new byte[bytes.remaining()];
            bytes.get(copy);
            all.writeBytes(copy);
        }

        @Override
        public void ended(Transport transport) {
            transport.write(all.toByteArray());
            transport.close();
        }
    }

    /** Says this and ends; stops the reactor when the other end does. */
    private static final class Asker extends Recorder {
        private final byte[] all;

        Asker(byte[] all) {
            this.all = all;
        }

        @Override
        void onOpened(Transport opened) {
            opened.write(all);
            opened.shutdownOutput();
        }

        @Override
        void onClosed(Transport from) {
            from.reactor().stop();
        }

        String heard() {
            return bytes.toString(ISO_8859_1);
        }
    }

    private static Asker ask(Reactor reactor, InetEndpoint proxy, SocksCall call, byte[] all)
            throws IOException {
        var asker = new Asker(all);
        reactor.connect(proxy, Socks.client(call).over(asker))
                .whenComplete((made, failed) -> {
                    if (failed != null) {
                        asker.why = failed;
                        reactor.stop();
                    }
                });
        Engine.run(reactor);
        return asker;
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aQuestionGoesThroughAndTheAnswerComesBack(Engine engine) throws Exception {
        byte[] question = bytes(300_000);
        try (Reactor reactor = engine.open()) {
            InetEndpoint server = local(reactor.listen(engine.fresh(), Slow::new));
            String address = server.address().toString();
            var proxy = SocksProxy.to(HERE).withResolver(knowing(address));
            InetEndpoint open = local(reactor.listen(engine.fresh(), proxy));
            var logins = proxy.withLogins(SocksAccounts.NONE.with("user", "password"));
            InetEndpoint closed = local(reactor.listen(engine.fresh(), logins));
            SocksCall toAddress = SocksCall.to(SocksAddress.of(server));
            SocksCall toName = SocksCall.to("server.test", server.port());
            for (SocksCall each :
                    List.of(
                            toAddress,
                            toName,
                            toName.withLogin("not", "asked"),
                            toAddress.byVersion4("me"),
                            toName.byVersion4())) {
                Asker asker = ask(reactor, open, each, question);
                assertNull(asker.why);
                assertArrayEquals(question, asker.bytes.toByteArray());
            }
            Asker known = ask(reactor, closed, toName.withLogin("user", "password"), question);
            assertNull(known.why);
            assertArrayEquals(question, known.bytes.toByteArray());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void tlsGoesThroughToTheServerByItsName(Engine engine) throws Exception {
        Layer servers = Tls.server(TlsContext.of(TlsPeers.server()));
        Layer clients = Tls.client(TlsContext.of(TlsPeers.client()), "localhost");
        try (Reactor reactor = engine.open()) {
            InetEndpoint server = local(reactor.listen(engine.fresh(), servers.over(Slow::new)));
            InetEndpoint proxy =
                    local(reactor.listen(engine.fresh(), servers.over(SocksProxy.to(HERE))));
            var asker = new Asker("question".getBytes(UTF_8));
            // To the proxy by TLS as well: each layer stands on any other.
            Layer way = clients.then(Socks.client(SocksCall.to(SocksAddress.of(server))));
            reactor.connect(proxy, way.then(clients).over(asker));
            Engine.run(reactor);
            assertNull(asker.why);
            assertEquals("question", asker.heard());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void thePeerIsTheDestinationAsFarAsItIsKnown(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            InetEndpoint server = local(reactor.listen(engine.fresh(), Slow::new));
            var resolver = knowing(server.address().toString());
            InetEndpoint proxy =
                    local(
                            reactor.listen(
                                    engine.fresh(), SocksProxy.to(HERE).withResolver(resolver)));
            var seen = new ArrayList<String>();
            for (SocksCall each :
                    List.of(
                            SocksCall.to(SocksAddress.of(server)),
                            SocksCall.to("server.test", server.port()))) {
                reactor.connect(
                                proxy,
                                Socks.client(each)
                                        .over((transport, bytes) -> bytes.position(bytes.limit())))
                        .thenAccept(transport -> {
                            var machine = transport.unwrap(SocksClientMachine.class).orElseThrow();
                            assertInstanceOf(SocksAddress.Numeric.class, machine.bound());
                            assertTrue(machine.bound().port() > 0);
                            seen.add(String.valueOf(transport.peer()));
                            transport.close();
                            reactor.stop();
                        });
                Engine.run(reactor);
            }
            assertEquals(List.of(server.toString(), "null"), seen);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void whatIsSentBeforeTheAnswerComesFirst(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            InetEndpoint server = local(reactor.listen(engine.fresh(), Slow::new));
            InetEndpoint proxy = local(reactor.listen(engine.fresh(), SocksProxy.to(HERE)));
            ByteBuffer all = ByteBuffer.allocate(18);
            all.put(new byte[] {5, 1, 0, 5, 1, 0, 1}).put(server.address().toBytes());
            all.putShort((short) server.port()).put("early".getBytes(UTF_8));
            var asker = new Asker(all.array());
            reactor.connect(proxy, asker);
            Engine.run(reactor);
            assertNull(asker.why);
            assertTrue(asker.heard().startsWith("\5\0\5\0\0\1"), asker.heard());
            assertEquals("early", asker.heard().substring(12));
        }
    }

    // What goes wrong.

    /** What a proxy says to a call, and its observer is told. */
    private static @Nullable SocksReply refusal(Engine engine, SocksProxy proxy, SocksCall call)
            throws IOException {
        var told = new Told();
        try (Reactor reactor = engine.open()) {
            InetEndpoint at = local(reactor.listen(engine.fresh(), proxy.withObserver(told)));
            Asker asker = ask(reactor, at, call, new byte[1]);
            assertEquals(List.of(), asker.calls);
            SocksReply reply = assertInstanceOf(SocksException.class, asker.why).reply();
            assertEquals(1, told.all.size());
            if (reply != null && call.version() == 5) {
                assertEquals(List.of(reply.name()), told.all);
            }
            return reply;
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void whereNobodyListensTheConnectionIsRefused(Engine engine) throws Exception {
        SocksCall call = SocksCall.to(engine.isReal() ? "127.0.0.1" : "192.0.2.77", 1);
        var proxy = SocksProxy.to(HERE);
        assertEquals(SocksReply.CONNECTION_REFUSED, refusal(engine, proxy, call));
        assertEquals(SocksReply.FAILED, refusal(engine, proxy, call.byVersion4()));
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aNameThatNobodyHasIsUnreachable(Engine engine) throws Exception {
        var proxy = SocksProxy.to(HERE).withResolver(knowing());
        assertEquals(
                SocksReply.HOST_UNREACHABLE,
                refusal(engine, proxy, SocksCall.to("elsewhere.test", 80)));
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void whatIsNotAllowedIsNotConnectedTo(Engine engine) throws Exception {
        var accepted = new int[1];
        try (Reactor reactor = engine.open()) {
            Listening server = reactor.listen(engine.fresh(), Slow::new);
            InetEndpoint at = local(server);
            String address = at.address().toString();
            var told = new Told();
            for (DestinationRules rules :
                    List.of(
                            DestinationRules.NOWHERE,
                            DestinationRules.PUBLIC,
                            HERE.deny(address),
                            HERE.onPorts(at.port() ^ 1))) {
                InetEndpoint proxy =
                        local(
                                reactor.listen(
                                        engine.fresh(),
                                        SocksProxy.to(rules)
                                                .withResolver(knowing(address))
                                                .withObserver(told)));
                for (SocksCall each :
                        List.of(
                                SocksCall.to(SocksAddress.of(at)),
                                SocksCall.to("server.test", at.port()))) {
                    Asker asker = ask(reactor, proxy, each, new byte[1]);
                    assertEquals(
                            SocksReply.NOT_ALLOWED,
                            assertInstanceOf(SocksException.class, asker.why).reply());
                }
            }
            assertEquals(8, told.all.size());
            accepted[0] = (int) server.accepted();
        }
        assertEquals(0, accepted[0]);
    }

    /** The name has three addresses: one forbidden, one where nobody is, and the server's. */
    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void ofSeveralAddressesThoseThatAreAllowedAreTried(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            Listening forbidden = reactor.listen(InetEndpoint.of("127.0.0.3", 0), Slow::new);
            InetEndpoint server =
                    local(
                            reactor.listen(
                                    InetEndpoint.of("127.0.0.1", local(forbidden).port()),
                                    Slow::new));
            var proxy =
                    SocksProxy.to(HERE.deny("127.0.0.3"))
                            .withResolver(knowing("127.0.0.3", "127.0.0.2", "127.0.0.1"));
            Asker asker =
                    ask(
                            reactor,
                            local(reactor.listen(engine.fresh(), proxy)),
                            SocksCall.to("server.test", server.port()),
                            new byte[] {'x'});
            assertEquals("x", asker.heard());
            assertEquals(0, forbidden.accepted());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void whoDoesNotLogInIsRefused(Engine engine) throws Exception {
        var proxy = SocksProxy.to(HERE).withLogins(SocksAccounts.NONE.with("user", "password"));
        SocksCall call = SocksCall.to(SocksAddress.of(SERVER));
        assertNull(refusal(engine, proxy, call));
        assertNull(refusal(engine, proxy, call.withLogin("user", "passwords")));
        assertNull(refusal(engine, proxy, call.withLogin("user", "")));
        assertEquals(SocksReply.FAILED, refusal(engine, proxy, call.byVersion4("user")));
    }

    private static Told told(Engine engine, SocksProxy proxy, byte[] said, StringBuilder heard)
            throws IOException {
        var told = new Told();
        try (Reactor reactor = engine.open()) {
            InetEndpoint at = local(reactor.listen(engine.fresh(), proxy.withObserver(told)));
            var client =
                    new Recorder() {
                        @Override
                        void onOpened(Transport opened) {
                            opened.write(said);
                        }

                        @Override
                        void onClosed(Transport from) {
                            from.reactor().stop();
                        }
                    };
            reactor.connect(at, client);
            Engine.run(reactor);
            heard.append(client.bytes.toString(ISO_8859_1));
        }
        return told;
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void whatTheServerCannotDoItSays(Engine engine) throws Exception {
        for (int command : new int[] {2, 3}) {
            var heard = new StringBuilder();
            byte[] said = {5, 1, 0, 5, (byte) command, 0, 1, 0, 0, 0, 0, 0, 0};
            Told told = told(engine, SocksProxy.to(HERE), said, heard);
            assertEquals("\5\0\5\7\0\1\0\0\0\0\0\0", heard.toString());
            assertEquals(List.of("COMMAND_NOT_SUPPORTED"), told.all);
            assertEquals(command, Objects.requireNonNull(told.request).command().code());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void whatIsNoSocksIsClosedWithoutAWord(Engine engine) throws Exception {
        var heard = new StringBuilder();
        byte[] said = "GET / HTTP/1.0\r\n\r\n".getBytes(UTF_8);
        assertEquals(
                List.of("that is not SOCKS"), told(engine, SocksProxy.to(HERE), said, heard).all);
        assertEquals("", heard.toString());
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void whoTakesTooLongIsCutOff(Engine engine) throws Exception {
        var hasty = SocksProxy.to(HERE).withHandshake(Duration.ofMillis(10));
        var heard = new StringBuilder();
        Told told = told(engine, hasty, new byte[] {5, 1}, heard);
        assertEquals(List.of("no request in PT0.01S"), told.all);
    }

    /** What a client is told of a server that says this, and then ends if it says anything. */
    private static @Nullable Throwable failure(Engine engine, Socks layer, byte... said)
            throws IOException {
        try (Reactor reactor = engine.open()) {
            Protocol.Factory server =
                    () ->
                            new Protocol() {
                                @Override
                                public void opened(Transport transport) {
                                    if (said.length > 0) {
                                        transport.write(said);
                                        transport.shutdownOutput();
                                    }
                                }

                                @Override
                                public void received(Transport transport, ByteBuffer bytes) {
                                    bytes.position(bytes.limit());
                                }
                            };
            var inner = new Recorder();
            Throwable[] why = new Throwable[1];
            reactor.connect(local(reactor.listen(engine.fresh(), server)), layer.over(inner))
                    .whenComplete((made, failed) -> {
                        why[0] = failed;
                        reactor.stop();
                    });
            Engine.run(reactor);
            assertEquals(List.of(), inner.calls);
            return why[0];
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aClientIsToldWhatIsWrongWithItsServer(Engine engine) throws Exception {
        Socks layer = Socks.client("server.test", 80);
        assertInstanceOf(EOFException.class, failure(engine, layer, (byte) 5));
        var wrong = assertInstanceOf(SocksException.class, failure(engine, layer, (byte) 'H'));
        assertNull(wrong.reply());
        assertEquals(
                "SOCKS 5 to server.test:80: the server does not speak SOCKS 5", wrong.getMessage());
        Socks hasty = layer.withPatience(Duration.ofMillis(10));
        assertInstanceOf(SocketTimeoutException.class, failure(engine, hasty));
    }

    // In the simulator alone.

    @Test
    void aDestinationThatDoesNotAnswerTimesOut() throws Exception {
        try (var simulator = Simulator.of(1)) {
            var told = new Told();
            Reactor reactor = simulator.reactor();
            reactor.listen(
                    PROXY,
                    SocksProxy.to(HERE).withConnecting(Duration.ofSeconds(20)).withObserver(told));
            simulator.silence(SERVER, true);
            long begun = reactor.nanos();
            var made =
                    reactor.connect(
                            PROXY,
                            Socks.client(SocksCall.to(SocksAddress.of(SERVER)))
                                    .over(new RecordingProtocol()));
            simulator.advance(Duration.ofSeconds(21));
            var why = assertInstanceOf(SocksException.class, made.exceptionNow());
            assertEquals(SocksReply.TIMED_OUT, why.reply());
            assertEquals(List.of("TIMED_OUT"), told.all);
            assertTrue(reactor.nanos() - begun >= 20_000_000_000L);
        }
    }

    @Test
    void aServerThatStopsGivesUpWhatIsUnderWay() throws Exception {
        try (var simulator = Simulator.of(1)) {
            Reactor reactor = simulator.reactor();
            Listening listening = reactor.listen(PROXY, SocksProxy.to(HERE));
            simulator.silence(SERVER, true);
            SocksCall call = SocksCall.to(SocksAddress.of(SERVER));
            var made = reactor.connect(PROXY, Socks.client(call).over(new RecordingProtocol()));
            simulator.advance(Duration.ofSeconds(1));
            assertFalse(made.isDone());
            var drained = listening.drain(Duration.ofSeconds(10));
            simulator.advance(Duration.ofSeconds(3));
            assertEquals(0, drained.getNow(null).cutOff());
            var why = assertInstanceOf(SocksException.class, made.exceptionNow());
            assertEquals(SocksReply.FAILED, why.reply());
        }
    }

    /** A byte a second: what waits in between is what two marks say. */
    @Test
    void aClientThatHardlyReadsHoldsUpItsServer() throws Exception {
        try (var simulator = Simulator.of(1)) {
            Reactor reactor = simulator.reactor();
            long[] sent = {0};
            Protocol fountain =
                    new Protocol() {
                        private final byte[] piece = bytes(8_192);

                        @Override
                        public void opened(Transport transport) {
                            writable(transport, true);
                        }

                        @Override
                        public void writable(Transport transport, boolean writable) {
                            while (writable && transport.isWritable()) {
                                transport.write(piece);
                                sent[0] += piece.length;
                            }
                        }

                        @Override
                        public void received(Transport transport, ByteBuffer bytes) {
                            bytes.position(bytes.limit());
                        }
                    };
            long[] taken = {0};
            Protocol sipper =
                    (transport, bytes) -> {
                        bytes.get();
                        taken[0]++;
                        transport.pause();
                        reactor.after(Duration.ofSeconds(1), transport::resume);
                    };
            reactor.listen(SERVER, () -> fountain);
            reactor.listen(PROXY, SocksProxy.to(HERE));
            SocksCall call = SocksCall.to(SocksAddress.of(SERVER));
            reactor.connect(PROXY, Socks.client(call).over(sipper));
            simulator.advance(Duration.ofHours(1));
            assertTrue(taken[0] > 3_500 && taken[0] <= 3_600, "" + taken[0]);
            assertTrue(sent[0] < taken[0] + 8 * (96 << 10), sent[0] + " bytes sent");
        }
    }

    @Test
    void whateverTheNetworkDoesAnAnswerIsWholeOrItsConnectionBroken() {
        var settings =
                SimulatorSettings.DEFAULT.withResets(0.001).withRefusals(0.1).withWindow(5_000);
        byte[] question = bytes(50_000);
        int[] whole = {0};
        int[] broken = {0};
        Seeds.each(
                60,
                settings,
                simulator -> {
                    Reactor reactor = simulator.reactor();
                    reactor.listen(SERVER, Slow::new);
                    reactor.listen(PROXY, SocksProxy.to(HERE).withResolver(knowing("192.0.2.2")));
                    var client = new RecordingProtocol();
                    var made =
                            reactor.connect(
                                    PROXY, Socks.client("server.test", SERVER.port()).over(client));
                    made.thenAccept(transport -> {
                        transport.write(question);
                        transport.shutdownOutput();
                    });
                    simulator.settle();
                    assertTrue(made.isDone(), "it hangs");
                    byte[] got = client.bytes();
                    if (client.isClosed() && client.why() == null) {
                        assertArrayEquals(question, got);
                        whole[0]++;
                    } else {
                        assertTrue(client.calls().isEmpty() || client.isClosed(), "it hangs");
                        assertArrayEquals(Arrays.copyOf(question, got.length), got);
                        broken[0]++;
                    }
                });
        assertTrue(whole[0] > 0 && broken[0] > 0, whole[0] + " whole, " + broken[0] + " broken");
    }

    /** The first time it is told something it throws. */
    private static final class Failing implements SocksProxy.Observer {
        private boolean failed;

        @Override
        public void answered(
                Transport client, SocksRequest request, SocksReply reply, @Nullable Throwable why) {
            if (!failed) {
                failed = true;
                throw new IllegalStateException("on purpose");
            }
        }
    }

    @Test
    void anObserverThatFailsEndsThatConnectionAlone() throws Exception {
        try (var simulator = Simulator.of(1)) {
            Reactor reactor = simulator.reactor();
            var server = new RecordingProtocol();
            reactor.listen(SERVER, () -> server);
            reactor.listen(PROXY, SocksProxy.to(HERE).withObserver(new Failing()));
            SocksCall call = SocksCall.to(SocksAddress.of(SERVER));
            var first = reactor.connect(PROXY, Socks.client(call).over(new RecordingProtocol()));
            simulator.settle();
            assertTrue(first.isCompletedExceptionally() || !first.join().isOpen());
            assertTrue(server.isClosed());
            assertNotNull(server.why());
            var second = reactor.connect(PROXY, Socks.client(call).over(new RecordingProtocol()));
            simulator.advance(Duration.ofSeconds(10));
            assertTrue(second.join().isOpen());
        }
    }

    // Several loops.

    @Test
    void eachLoopOfAGroupRelaysItsOwn() throws Exception {
        try (var group = ReactorGroup.open(GroupSettings.DEFAULT.withReactors(2))) {
            InetEndpoint here = InetEndpoint.of("127.0.0.1", 0);
            InetEndpoint server = local(group.listen(here, Slow::new));
            InetEndpoint proxy = local(group.listen(here, SocksProxy.to(HERE)));
            group.start();
            SocksCall call = SocksCall.to(SocksAddress.of(server));
            for (int i = 0; i < 8; i++) {
                var ended = new CompletableFuture<String>();
                Protocol asker =
                        new Protocol() {
                            private final StringBuilder heard = new StringBuilder();

                            @Override
                            public void opened(Transport transport) {
                                transport.write("question");
                                transport.shutdownOutput();
                            }

                            @Override
                            public void received(Transport transport, ByteBuffer bytes) {
                                heard.append(ISO_8859_1.decode(bytes));
                            }

                            @Override
                            public void closed(Transport transport, @Nullable Throwable why) {
                                ended.complete(heard + (why == null ? "" : " " + why));
                            }
                        };
                group.connect(proxy, Socks.client(call).over(asker)).get(30, TimeUnit.SECONDS);
                assertEquals("question", ended.get(30, TimeUnit.SECONDS));
            }
        }
    }
}
