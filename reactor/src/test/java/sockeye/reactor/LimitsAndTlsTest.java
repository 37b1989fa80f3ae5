// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.InetEndpoint;
import sockeye.reactor.testing.Seeds;
import sockeye.reactor.testing.Simulator;
import sockeye.reactor.testing.SimulatorSettings;
import sockeye.testkit.NoLeaks;
import sockeye.wire.ByteRate;
import sockeye.wire.EchoService;
import sockeye.wire.Throughput;
import sockeye.wire.ThroughputLimits;
import sockeye.wire.TimeLimits;
import sockeye.wire.TlsContext;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Objects;
import java.util.Random;

/** Limits below and above TLS, and on networks with accidents. */
@ExtendWith(NoLeaks.class)
@Tag("D4-07")
@Tag("D4-08")
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // the protocols tell how it went
class LimitsAndTlsTest {
    private static final Layer THROTTLE =
            Limits.throughput(
                    ThroughputLimits.NONE.withConnection(
                            Throughput.of(ByteRate.perSecond(3_000_000).withBurst(4_000))));

    private static final class Echo extends Recorder {
        @Override
        void onReceived(Transport from, ByteBuffer received) {
            from.write(received);
        }
    }

    /** Sends all, ends, and stops the reactor when the other end does. */
    private static class Asker extends Recorder {
        private final byte[] question;

        Asker(byte[] question) {
            this.question = question;
        }

        @Override
        void onOpened(Transport opened) {
            opened.write(question);
            opened.shutdownOutput();
        }

        @Override
        void onClosed(Transport from) {
            from.reactor().stop();
        }
    }

    private static byte[] random(int count) {
        byte[] bytes = new byte[count];
        new Random(count).nextBytes(bytes);
        return bytes;
    }

    private static Tls server() throws IOException {
        return Tls.server(TlsContext.of(TlsPeers.server()));
    }

    private static Tls client() throws IOException {
        return Tls.client(TlsContext.of(TlsPeers.client()), "localhost");
    }

    private static Asker ask(Engine engine, Protocol.Factory serving, Asker asker)
            throws IOException {
        try (Reactor reactor = engine.open()) {
            Listening listening = reactor.listen(engine.fresh(), serving);
            reactor.connect(Objects.requireNonNull(listening.local()), client().over(asker));
            Engine.run(reactor);
        }
        return asker;
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void anEchoOverTlsIsThrottledBelowAndAbove(Engine engine) throws Exception {
        byte[] question = random(200_000);
        Layer both = THROTTLE.then(server()).then(THROTTLE);
        Asker told = ask(engine, both.over(Echo::new), new Asker(question));
        assertNull(told.why);
        assertArrayEquals(question, told.bytes.toByteArray());
    }

    private static void echoByAService(Engine engine, Layer layers) throws IOException {
        byte[] question = random(200_000);
        Protocol.Factory service = Protocol.serving(new EchoService());
        Asker told = ask(engine, layers.over(service), new Asker(question));
        assertNull(told.why);
        assertArrayEquals(question, told.bytes.toByteArray());
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aServiceOverTlsIsThrottledBelow(Engine engine) throws Exception {
        echoByAService(engine, THROTTLE.then(server()));
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aServiceOverTlsIsThrottledAbove(Engine engine) throws Exception {
        echoByAService(engine, server().then(THROTTLE));
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aServiceOverTlsIsThrottledBelowAndAbove(Engine engine) throws Exception {
        echoByAService(engine, THROTTLE.then(server()).then(THROTTLE));
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aServiceOverTlsIsThrottledTwiceOnEitherSide(Engine engine) throws Exception {
        echoByAService(
                engine, THROTTLE.then(THROTTLE).then(server()).then(THROTTLE).then(THROTTLE));
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aSilentClientOfTlsReadsACloseNotify(Engine engine) throws Exception {
        Layer idle =
                Limits.times(
                        TimeLimits.DEFAULT
                                .withStall(Duration.ZERO)
                                .withIdle(Duration.ofMillis(500)));
        var serving = new Echo();
        var silent =
                new Asker(new byte[0]) {
                    @Override
                    void onOpened(Transport opened) {
                        // Nothing to say.
                    }
                };
        ask(engine, idle.then(server()).over(() -> serving), silent);
        assertTrue(silent.ended, "by the protocol of TLS, and no truncation");
        assertNull(silent.why);
        assertInstanceOf(SocketTimeoutException.class, serving.why);
    }

    private static void echoAmidAccidents(Simulator simulator) throws IOException {
        Layer limits =
                Limits.times(TimeLimits.DEFAULT.withIdle(Duration.ofSeconds(30)))
                        .then(THROTTLE)
                        .then(THROTTLE);
        echoAmidAccidents(simulator, limits, THROTTLE);
    }

    private static void echoAmidAccidents(Simulator simulator, Layer limits, Layer ofTheClient)
            throws IOException {
        Reactor reactor = simulator.reactor();
        InetEndpoint place = InetEndpoint.of("192.0.2.1", 7);
        byte[] question = random(60_000);
        boolean byTurns = simulator.random().nextBoolean();
        Protocol.Factory echo = byTurns ? Protocol.serving(new EchoService()) : Echo::new;
        var asker = new Asker(question);
        reactor.listen(place, limits.over(echo));
        reactor.connect(place, ofTheClient.over(asker));
        simulator.settle();
        byte[] heard = asker.bytes.toByteArray();
        assertArrayEquals(Arrays.copyOf(question, heard.length), heard);
        if (asker.closed && asker.why == null) {
            assertEquals(question.length, heard.length);
        }
        assertTrue(asker.closed, "nothing hangs");
    }

    @Test
    void whatComesThroughLimitsIsRightWhateverTheNetworkDoes() {
        Seeds.each(60, SimulatorSettings.DEFAULT, LimitsAndTlsTest::echoAmidAccidents);
        Seeds.each(
                60, SimulatorSettings.DEFAULT.withWindow(700), LimitsAndTlsTest::echoAmidAccidents);
        Seeds.each(
                60,
                SimulatorSettings.DEFAULT.withResets(0.01),
                LimitsAndTlsTest::echoAmidAccidents);
    }

    /** Through TLS, a window that is smaller than a record, and throttles wherever they can be. */
    @Test
    void whatComesThroughLimitsAndTlsIsRightWhateverTheNetworkDoes() throws Exception {
        Layer server = server();
        Layer client = client();
        for (int window : new int[] {700, 20_000}) {
            Seeds.each(
                    12,
                    SimulatorSettings.DEFAULT.withWindow(window),
                    simulator -> {
                        boolean below = simulator.random().nextBoolean();
                        boolean above = simulator.random().nextBoolean();
                        Layer lower = below ? THROTTLE.then(server) : server;
                        echoAmidAccidents(
                                simulator,
                                above ? lower.then(THROTTLE) : lower,
                                below ? client.then(THROTTLE) : THROTTLE.then(client));
                    });
        }
    }
}
