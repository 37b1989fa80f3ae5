// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.AddressFamily;
import sockeye.EaiCode;
import sockeye.EndpointSpec;
import sockeye.EndpointSyntaxException;
import sockeye.ErrnoFailure;
import sockeye.InetEndpoint;
import sockeye.NameResolver;
import sockeye.ResolveFailure;
import sockeye.reactor.testing.RecordingMessages;
import sockeye.reactor.testing.RecordingProtocol;
import sockeye.reactor.testing.Seeds;
import sockeye.reactor.testing.Simulator;
import sockeye.reactor.testing.SimulatorSettings;
import sockeye.reactor.testing.TestNames;
import sockeye.testkit.NoLeaks;

import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.random.RandomGenerator;

/**
 * Names that are looked up by the reactor's resolver, and addresses that are tried as they come.
 */
@ExtendWith(NoLeaks.class)
@Tag("D1-12")
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // how it went is seen elsewhere
class ResolverTest {
    private static final InetEndpoint IPV4 = InetEndpoint.of("192.0.2.1", 7);
    private static final InetEndpoint IPV6 = InetEndpoint.of("2001:db8::1", 7);

    private final TestNames names = new TestNames();

    /** Where everything takes no time but what the test says. */
    private Simulator simulator() {
        return Simulator.of(
                5,
                SimulatorSettings.DEFAULT.withDelays(Duration.ZERO, Duration.ZERO),
                ReactorSettings.DEFAULT.withResolver(names));
    }

    private static EndpointSpec spec(String text) {
        return EndpointSpec.parse(text);
    }

    private static Throwable why(CompletableFuture<?> failed) {
        return assertThrows(CompletionException.class, failed::join).getCause();
    }

    private static Duration ms(long millis) {
        return Duration.ofMillis(millis);
    }

    @Test
    void theAddressesOfANameAreTriedAsTheyCome() throws Exception {
        names.answer("db.example", ms(300), "2001:db8::1")
                .answer("db.example", ms(400), "192.0.2.9")
                .answer("db.example", ms(1_000), "192.0.2.1");
        try (var simulator = simulator()) {
            Reactor reactor = simulator.reactor();
            simulator.silence(IPV6, true);
            reactor.listen(IPV4, RecordingProtocol::new);
            var client = new RecordingProtocol();
            CompletableFuture<Transport> made = reactor.connect(spec("tcp:db.example:7"), client);
            simulator.advance(ms(999));
            assertFalse(made.isDone());
            assertEquals(1, names.underWay());
            simulator.advance(ms(1));
            assertEquals(IPV4, made.join().peer());
            assertEquals(List.of("opened"), client.calls());
            assertEquals(
                    List.of(new HostResolver.Question("db.example", 7, AddressFamily.AF_UNSPEC)),
                    names.asked());
        }
    }

    /** RFC 8305, section 3. */
    @Test
    void thoseOfIpv4WaitFiftyMillisecondsForThoseOfIpv6() throws Exception {
        names.answer("slow", ms(10), "192.0.2.1")
                .answer("slow", ms(100), "2001:db8::1")
                .answer("quick", ms(10), "192.0.2.1")
                .answer("quick", ms(40), "2001:db8::1")
                .answer("alone", ms(10), "192.0.2.1");
        try (var simulator = simulator()) {
            Reactor reactor = simulator.reactor();
            reactor.listen(IPV4, RecordingProtocol::new);
            reactor.listen(IPV6, RecordingProtocol::new);
            var slow = reactor.connect(spec("tcp:slow:7"), new RecordingProtocol());
            var quick = reactor.connect(spec("tcp:quick:7"), new RecordingProtocol());
            var alone = reactor.connect(spec("tcp:alone:7"), new RecordingProtocol());
            simulator.advance(ms(10));
            assertEquals(IPV4, alone.join().peer());
            simulator.advance(ms(29));
            assertFalse(quick.isDone());
            simulator.advance(ms(1));
            assertEquals(IPV6, quick.join().peer());
            simulator.advance(ms(19));
            assertFalse(slow.isDone());
            simulator.advance(ms(1));
            assertEquals(IPV4, slow.join().peer());
            assertEquals(1, names.cancelled());
        }
    }

    @Test
    void whatWasFoundIsTriedThoughTheRestFails() throws Exception {
        names.answer("half", ms(5), "192.0.2.1").fail("half", ms(6), EaiCode.EAI_AGAIN);
        try (var simulator = simulator()) {
            Reactor reactor = simulator.reactor();
            var refused = reactor.connect(spec("tcp:half:7"), new RecordingProtocol());
            simulator.advance(ms(10));
            var errno = assertInstanceOf(ErrnoFailure.class, why(refused));
            assertEquals("ECONNREFUSED", errno.errno().symbol());
            assertTrue(why(refused).getMessage().contains("tcp:half:7"), why(refused)::getMessage);
            assertEquals(2, why(refused).getSuppressed().length);
            reactor.listen(IPV4, RecordingProtocol::new);
            var made = reactor.connect(spec("tcp:half:7"), new RecordingProtocol());
            simulator.advance(ms(10));
            assertEquals(IPV4, made.join().peer());
        }
    }

    @Test
    void aNameWithoutAddressesFails() throws Exception {
        names.fail("broken", ms(5), EaiCode.EAI_FAIL).answer("ipv4", "192.0.2.1");
        try (var simulator = simulator()) {
            Reactor reactor = simulator.reactor();
            var unknown = reactor.connect(spec("tcp:unknown:7"), new RecordingProtocol());
            var broken = reactor.connect(spec("tcp:broken:7"), new RecordingProtocol());
            var other = reactor.connect(spec("tcp:ipv4:7?family=ipv6"), new RecordingProtocol());
            simulator.settle();
            assertEquals(EaiCode.EAI_NONAME, ((ResolveFailure) why(unknown)).code());
            assertEquals(EaiCode.EAI_FAIL, ((ResolveFailure) why(broken)).code());
            assertEquals(EaiCode.EAI_ADDRFAMILY, ((ResolveFailure) why(other)).code());
            assertEquals(AddressFamily.AF_INET6, names.asked().getLast().family());
            assertEquals(0, names.underWay());
        }
    }

    @Test
    void toCancelItOrToCloseTheReactorEndsTheLookUp() throws Exception {
        names.silence("nobody");
        CompletableFuture<Transport> left;
        try (var simulator = simulator()) {
            Reactor reactor = simulator.reactor();
            var cancelled = reactor.connect(spec("tcp:nobody:7"), new RecordingProtocol());
            left = reactor.connect(spec("tcp:nobody:7"), new RecordingProtocol());
            simulator.advance(ms(1));
            assertEquals(2, names.underWay());
            cancelled.cancel(false);
            simulator.advance(ms(1));
            assertEquals(1, names.underWay());
        }
        assertInstanceOf(AsynchronousCloseException.class, why(left));
        assertEquals(0, names.underWay());
    }

    @Test
    void aStopInOrderGivesUpWhatIsStillLookedUp() throws Exception {
        names.silence("nobody");
        try (var simulator = simulator()) {
            Reactor reactor = simulator.reactor();
            var pending = reactor.connect(spec("tcp:nobody:7"), new RecordingProtocol());
            CompletableFuture<DrainReport> stopped = reactor.stop(Duration.ofMinutes(1));
            simulator.advance(ms(1));
            assertTrue(stopped.isDone());
            assertInstanceOf(AsynchronousCloseException.class, why(pending));
            assertEquals(0, names.underWay());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"tcp:nobody:7", "tcp:silent:7", "tcp:nobody:7?timeout=3s"})
    void theTimeToConnectIsForAllOfIt(String text) throws Exception {
        names.silence("nobody").answer("silent", ms(20_000), "192.0.2.1");
        long limit = text.contains("timeout") ? 3_000 : 30_000;
        try (var simulator = simulator()) {
            simulator.silence(IPV4, true);
            var late = simulator.reactor().connect(spec(text), new RecordingProtocol());
            simulator.advance(ms(limit - 1_000));
            assertFalse(late.isDone());
            simulator.advance(ms(1_000));
            assertInstanceOf(SocketTimeoutException.class, why(late));
            assertEquals(0, names.underWay());
        }
    }

    @Test
    void oneAfterTheOtherHasAShareOfTheTimeEach() throws Exception {
        names.answer("many", "192.0.2.8", "192.0.2.9", "192.0.2.1");
        try (var simulator = simulator()) {
            Reactor reactor = simulator.reactor();
            simulator.silence(InetEndpoint.of("192.0.2.8", 7), true);
            simulator.silence(InetEndpoint.of("192.0.2.9", 7), true);
            reactor.listen(IPV4, RecordingProtocol::new);
            var made = reactor.connect(spec("tcp:many:7?sequential"), new RecordingProtocol());
            simulator.advance(Duration.ofSeconds(29));
            assertEquals(IPV4, made.join().peer());
        }
    }

    @Test
    void servicesAndPoolsAskAnewForEachConnection() throws Exception {
        names.answer("db.example", ms(1), "192.0.2.1");
        try (var simulator = simulator()) {
            Reactor reactor = simulator.reactor();
            var servers = new ArrayList<RecordingProtocol>();
            reactor.listen(
                    IPV4,
                    () -> {
                        servers.add(new RecordingProtocol());
                        return servers.getLast();
                    });
            var service =
                    ClientService.streams(
                            reactor,
                            spec("tcp:db.example:7"),
                            RecordingProtocol::new,
                            ClientSettings.defaults());
            service.start();
            simulator.advance(ms(10));
            servers.getFirst().transport().abort();
            simulator.advance(Duration.ofSeconds(2));
            assertInstanceOf(ClientState.Connected.class, service.state());
            assertEquals(2, names.asked().size());
            service.stop();
            var pool =
                    ConnectionPool.of(
                            reactor,
                            spec("tcp:db.example:7"),
                            RecordingProtocol::new,
                            PoolSettings.of(2));
            var lease = pool.take();
            simulator.advance(ms(10));
            lease.join().close();
            assertEquals(3, names.asked().size());
            pool.close();
            simulator.advance(ms(10));
        }
    }

    @Test
    void datagramsAndRecordsGoToNamesToo() throws Exception {
        names.answer("dns.example", ms(1), "192.0.2.1");
        try (var simulator = simulator()) {
            Reactor reactor = simulator.reactor();
            var server = new RecordingMessages();
            reactor.bind(IPV4, server);
            var service =
                    ClientService.datagrams(
                            reactor,
                            spec("udp:dns.example:7?bind=192.0.2.5:99"),
                            RecordingMessages::new,
                            ClientSettings.defaults());
            service.start();
            service.whenConnected().thenAccept(transport -> transport.send("hello"));
            simulator.advance(ms(10));
            assertEquals(List.of("hello"), server.texts());
            assertEquals(InetEndpoint.of("192.0.2.5", 99), server.messages().getFirst().peer());
            var wrong = reactor.connectRecords(spec("udp:dns.example:7"), new RecordingMessages());
            assertInstanceOf(EndpointSyntaxException.class, why(wrong));
            reactor.listenRecords(spec("unix-seqpacket:/run/x"), RecordingMessages::new);
            var records =
                    reactor.connectRecords(
                            spec("unix-seqpacket:/run/x?bind=/run/me"), new RecordingMessages());
            simulator.advance(ms(10));
            assertEquals("/run/me", String.valueOf(records.join().local()));
        }
    }

    @Test
    void aSimulatorKnowsLocalhostAlone() throws Exception {
        try (var simulator = Simulator.of(1)) {
            Reactor reactor = simulator.reactor();
            reactor.listen(InetEndpoint.any(7), RecordingProtocol::new);
            var made = reactor.connect(spec("tcp:7"), new RecordingProtocol());
            var unknown = reactor.connect(spec("tcp:example.org:7"), new RecordingProtocol());
            simulator.settle();
            assertEquals(InetEndpoint.of("127.0.0.1", 7), made.join().peer());
            assertInstanceOf(ResolveFailure.class, why(unknown));
        }
    }

    /** What may go right goes right, and nothing is left of the rest, whatever comes when. */
    @Test
    void whateverIsAnsweredWhenItEndsAndNothingIsLeft() throws Exception {
        Seeds.each(
                200,
                SimulatorSettings.DEFAULT,
                seeded -> {
                    RandomGenerator chance = seeded.random();
                    var table = new TestNames();
                    boolean reachable = false;
                    try (var simulator =
                            Simulator.of(
                                    chance.nextLong(),
                                    SimulatorSettings.DEFAULT,
                                    ReactorSettings.DEFAULT.withResolver(table))) {
                        Reactor reactor = simulator.reactor();
                        boolean silent = chance.nextInt(4) == 0;
                        long last = 0;
                        for (int i = chance.nextInt(5); i > 0; i--) {
                            boolean ipv6 = chance.nextBoolean();
                            String address = (ipv6 ? "2001:db8::" : "192.0.2.") + (9 + i);
                            InetEndpoint peer = InetEndpoint.of(address, 7);
                            long at = chance.nextInt(600);
                            table.answer("some", ms(at), address);
                            last = Math.max(last, at);
                            switch (chance.nextInt(3)) {
                                case 0 -> {
                                    reactor.listen(peer, ResolverTest::orderly);
                                    reachable = true;
                                }
                                case 1 -> simulator.silence(peer, true);
                                default -> {}
                            }
                        }
                        if (silent) {
                            table.silence("some");
                        } else if (chance.nextInt(3) == 0) {
                            table.fail("some", ms(last), EaiCode.EAI_AGAIN);
                        }
                        var client = orderly();
                        var made = reactor.connect(spec("tcp:some:7"), client);
                        if (chance.nextInt(4) == 0) {
                            reactor.after(ms(chance.nextInt(1_500)), () -> made.cancel(false));
                        }
                        simulator.advance(Duration.ofSeconds(31));
                        assertTrue(made.isDone());
                        assertEquals(0, table.underWay());
                        boolean connected = !made.isCompletedExceptionally();
                        assertTrue(connected || made.isCancelled() || !reachable, "" + made);
                        assertEquals(connected, client.calls().contains("opened"));
                        // Nothing else is open, or on its way.
                        CompletableFuture<DrainReport> stopped =
                                reactor.stop(Duration.ofMinutes(1));
                        simulator.advance(Duration.ofSeconds(2));
                        assertEquals(connected ? 2 : 0, stopped.join().finished());
                    }
                });
    }

    private static RecordingProtocol orderly() {
        return RecordingProtocol.around((transport, bytes) -> {});
    }

    // Resolvers that wait.

    private static NameResolver table(String host) {
        return (name, port, family, deadline) -> {
            if (!name.equals(host)) {
                throw new ResolveFailure(name, EaiCode.EAI_NONAME);
            }
            if (family == AddressFamily.AF_INET6) {
                throw new ResolveFailure(name, EaiCode.EAI_ADDRFAMILY);
            }
            return List.of(InetEndpoint.of("127.0.0.1", port));
        };
    }

    private static void connects(Engine engine, ReactorSettings settings, String host)
            throws Exception {
        try (Reactor reactor = engine.open(settings)) {
            Listening listening = reactor.listen(engine.fresh(), RecordingProtocol::new);
            int port = ((InetEndpoint) Objects.requireNonNull(listening.local())).port();
            var made = new CompletableFuture<Transport>();
            reactor.connect(spec("tcp:" + host + ":" + port), new RecordingProtocol())
                    .whenComplete((transport, failed) -> {
                        if (failed == null) {
                            made.complete(transport);
                        } else {
                            made.completeExceptionally(failed);
                        }
                        reactor.stop();
                    });
            Engine.run(reactor);
            assertEquals(listening.local(), made.join().peer());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void theCLibraryIsAskedIfNobodySaysOtherwise(Engine engine) throws Exception {
        connects(engine, ReactorSettings.DEFAULT, "localhost");
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void theScopesResolverIsAsked(Engine engine) throws Exception {
        ScopedValue.where(NameResolver.SCOPED, table("scoped.example"))
                .call(() -> {
                    connects(engine, ReactorSettings.DEFAULT, "scoped.example");
                    return null;
                });
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void oneThatWaitsIsAskedForBothFamiliesOrForEach(Engine engine) throws Exception {
        NameResolver mine = table("mine.example");
        connects(
                engine,
                ReactorSettings.DEFAULT.withResolver(HostResolver.of(mine)),
                "mine.example");
        connects(
                engine,
                ReactorSettings.DEFAULT.withResolver(HostResolver.eachFamily(mine)),
                "mine.example");
    }

    @Test
    void ifBothFamiliesFailBothFailuresAreTold() throws Exception {
        var settings =
                ReactorSettings.DEFAULT.withResolver(HostResolver.eachFamily(table("other")));
        try (var simulator = Simulator.of(1, SimulatorSettings.DEFAULT, settings)) {
            var failed = simulator.reactor().connect(spec("tcp:mine:7"), new RecordingProtocol());
            simulator.settle();
            assertInstanceOf(ResolveFailure.class, why(failed));
            assertEquals(1, why(failed).getSuppressed().length);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void whoWaitsIsInterruptedWhenNobodyWantsToKnow(Engine engine) throws Exception {
        var asked = new CountDownLatch(1);
        var cut = new CountDownLatch(1);
        NameResolver stuck =
                (name, port, family, deadline) -> {
                    asked.countDown();
                    try {
                        new CountDownLatch(1).await();
                    } catch (InterruptedException cancelled) {
                        cut.countDown();
                    }
                    throw new InterruptedIOException();
                };
        var settings = ReactorSettings.DEFAULT.withResolver(HostResolver.of(stuck));
        var pending = new CompletableFuture<CompletableFuture<Transport>>();
        Reactor reactor = engine.open(settings);
        try (var running = new Running(reactor)) {
            reactor.execute(() ->
                    pending.complete(
                            reactor.connect(spec("tcp:stuck.example:7"), new RecordingProtocol())));
            asked.await();
            assertTrue(running.isAlive());
            pending.join().cancel(false);
            cut.await();
        }
    }
}
