// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

import sockeye.InetEndpoint;
import sockeye.reactor.Backoff;
import sockeye.reactor.ClientService;
import sockeye.reactor.ClientSettings;
import sockeye.reactor.ConnectionPool;
import sockeye.reactor.Lines;
import sockeye.reactor.MessageProtocol;
import sockeye.reactor.PoolSettings;
import sockeye.reactor.Protocol;
import sockeye.reactor.Reactor;
import sockeye.reactor.Relay;
import sockeye.reactor.Transport;
import sockeye.wire.TimestampService;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Many seeds, and one that fails again. */
@Timeout(60)
@Tag("D7-03")
@SuppressWarnings("FutureReturnValueIgnored") // the histories tell how it went
class SeedsTest {
    private static final InetEndpoint SERVER = InetEndpoint.of("192.0.2.1", 7);
    private static final SimulatorSettings ACCIDENTS =
            SimulatorSettings.DEFAULT
                    .withResets(0.002)
                    .withHalfCloses(0.002)
                    .withRefusals(0.2)
                    .withDatagrams(0.1, 0.1);

    /** Something of everything: relays, services, datagrams, clients that come again, a pool. */
    private static void everything(Simulator simulator) throws Exception {
        Reactor reactor = simulator.reactor();
        InetEndpoint front = SERVER.withPort(8);
        var stamps = TimestampService.in(ZoneOffset.UTC);
        reactor.listen(SERVER, Protocol.serving(stamps));
        reactor.listen(front, Relay.to(SERVER));
        reactor.bind(SERVER, MessageProtocol.serving(stamps));
        var service =
                ClientService.streams(
                        reactor,
                        front,
                        () -> Lines.protocol(1_000, (line, to) -> simulator.note(line)),
                        ClientSettings.<Transport>defaults()
                                .withBackoff(Backoff.DEFAULT.withJitter(1))
                                .withObserver(
                                        state -> simulator.note(state.getClass().toString())));
        service.start();
        reactor.every(
                Duration.ofMillis(300),
                periods ->
                        service.whenConnected(1)
                                .thenAccept(to -> to.write("tick " + periods + "\n")));
        var datagrams = reactor.connectDatagrams(SERVER, new RecordingMessages());
        datagrams.thenAccept(to ->
                reactor.every(Duration.ofMillis(70), periods -> to.send("datagram " + periods)));
        var pool = ConnectionPool.of(reactor, front, Counter::new, PoolSettings.of(3));
        reactor.every(
                Duration.ofMillis(40),
                periods ->
                        pool.take(Duration.ofMillis(200))
                                .whenComplete((lease, failed) -> {
                                    simulator.note("lease " + failed);
                                    if (lease != null) {
                                        lease.transport().write("question\n");
                                        reactor.after(
                                                Duration.ofMillis(simulator.random().nextInt(150)),
                                                lease::close);
                                    }
                                }));
        simulator.advance(Duration.ofSeconds(60));
    }

    private static final class Counter implements Protocol {
        @Override
        public void received(Transport from, ByteBuffer bytes) {
            bytes.position(bytes.limit());
        }
    }

    @Test
    void aComplicatedHistoryReplaysBitForBit() {
        List<String> history = Seeds.replay(11, ACCIDENTS, SeedsTest::everything);
        assertTrue(history.size() > 3_000, "a short history: " + history);
        assertTrue(history.stream().anyMatch(line -> line.endsWith("is reset 0")), "no reset");
        assertTrue(history.stream().anyMatch(line -> line.endsWith("is refused 0")), "no refusal");
        assertTrue(history.stream().anyMatch(line -> line.endsWith("is cut short 0")), "no end");
        assertTrue(history.stream().anyMatch(line -> line.contains("tick ")), "no answer");
        assertNotEquals(history, Seeds.history(12, ACCIDENTS, SeedsTest::everything));
    }

    /** Fails with every seventh seed. */
    private static void sometimes(Simulator simulator) {
        int chance = simulator.random().nextInt();
        simulator.note("chance " + chance);
        if (Math.floorMod(chance, 7) == 0) {
            throw new IllegalStateException("chance " + chance);
        }
    }

    @Test
    @ResourceLock(Resources.SYSTEM_PROPERTIES)
    void theFailingSeedIsNamedAndFailsAlone() {
        var failed =
                assertThrows(AssertionError.class, () -> Seeds.each(1_000, SeedsTest::sometimes));
        String told = failed.getMessage();
        String seed = told.replaceAll(".*-Dsockeye.simulator.seed=([0-9]+) .*", "$1");
        assertTrue(told.startsWith("seed " + seed + " failed"), told);
        var runs = new AtomicInteger();
        System.setProperty(Seeds.PROPERTY, seed);
        try {
            var again =
                    assertThrows(
                            AssertionError.class,
                            () ->
                                    Seeds.each(
                                            1_000,
                                            simulator -> {
                                                runs.incrementAndGet();
                                                sometimes(simulator);
                                            }));
            assertEquals(1, runs.get());
            assertEquals(failed.getCause().getMessage(), again.getCause().getMessage());
        } finally {
            System.clearProperty(Seeds.PROPERTY);
        }
    }

    @Test
    void whatATaskThrowsFailsTheSeed() {
        var thrown = new IllegalStateException("on purpose");
        var failed =
                assertThrows(
                        AssertionError.class,
                        () ->
                                Seeds.each(
                                        1,
                                        simulator -> {
                                            simulator
                                                    .reactor()
                                                    .execute(() -> {
                                                        throw thrown;
                                                    });
                                            simulator.settle();
                                        }));
        assertSame(thrown, failed.getCause());
    }

    @Test
    void whatTheSeedDoesNotDecideIsFound() {
        var strange = new AtomicInteger();
        var found =
                assertThrows(
                        AssertionError.class,
                        () ->
                                Seeds.replay(
                                        1,
                                        SimulatorSettings.DEFAULT,
                                        simulator -> {
                                            simulator.note("the same");
                                            simulator.note("run " + strange.incrementAndGet());
                                        }));
        assertTrue(found.getMessage().contains("line 2 was \"0 run 1\""), found.getMessage());
    }

    @Test
    void allSeedsAreRun() {
        var firsts = new ArrayList<Integer>();
        Seeds.each(50, simulator -> firsts.add(simulator.random().nextInt()));
        assertEquals(50, firsts.stream().distinct().count());
    }
}
