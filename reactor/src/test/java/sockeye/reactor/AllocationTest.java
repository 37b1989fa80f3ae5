// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.MessageSocket;
import sockeye.StreamSocket;
import sockeye.wire.AccessRules;
import sockeye.wire.AdmissionLimits;
import sockeye.wire.ByteRate;
import sockeye.wire.EchoService;
import sockeye.wire.MessageRate;
import sockeye.wire.MessageRateLimits;
import sockeye.wire.Moment;
import sockeye.wire.Output;
import sockeye.wire.PeerGrouping;
import sockeye.wire.RateLimit;
import sockeye.wire.StreamMachine;
import sockeye.wire.Throughput;
import sockeye.wire.ThroughputLimits;
import sockeye.wire.TimeLimits;

import java.io.IOException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;

/** A message costs no garbage, counted by the JVM for the loop's thread. */
@Timeout(60)
class AllocationTest {
    private static final int MOST = 400_000;
    private static final int WINDOW = 3_000;

    /** What a stray recompilation may cost; far below a byte per message. */
    private static final long NOISE = 2_048;

    /**
     * The same where each message waits, so that more of the ways are seldom gone, and compiled
     * late: still no object for each, of which the smallest has 16 bytes.
     */
    private static final long MORE_NOISE = 8 * WINDOW;

    /** Reached by reflection, so that the module under test need not read jdk.management. */
    private static long allocated() throws ReflectiveOperationException {
        Object bean =
                Class.forName("java.lang.management.ManagementFactory")
                        .getMethod("getThreadMXBean")
                        .invoke(null);
        Method method =
                Class.forName("com.sun.management.ThreadMXBean")
                        .getMethod("getThreadAllocatedBytes", long.class);
        return (long) method.invoke(bean, Thread.currentThread().threadId());
    }

    /** What the loop's thread allocates in its best window, which is one when all is compiled. */
    private static final class Counter {
        private final long noise;
        private int messages;
        private long before;
        private volatile long least = Long.MAX_VALUE;

        Counter() {
            this(NOISE);
        }

        Counter(long noise) {
            this.noise = noise;
        }

        void count() throws ReflectiveOperationException {
            if (messages % WINDOW == 0 && messages > 0) {
                least = Math.min(least, allocated() - before);
            }
            if (messages++ % WINDOW == 0) {
                before = allocated();
            }
        }

        boolean isDone() {
            return least < noise;
        }
    }

    private static void assertNothing(Reactor reactor, Listening listening, Counter counter)
            throws Exception {
        Endpoint local = Objects.requireNonNull(listening.local());
        assertNothing(reactor, () -> ask(local, counter), counter);
    }

    /** What asks, and waits for answers. */
    private interface Asking {
        void run() throws IOException;
    }

    private static void assertNothing(Reactor reactor, Asking asking, Counter counter)
            throws Exception {
        Throwable[] failed = new Throwable[1];
        Thread client =
                Thread.ofPlatform()
                        .unstarted(() -> {
                            try {
                                asking.run();
                            } catch (Throwable thrown) {
                                failed[0] = thrown;
                            } finally {
                                reactor.stop();
                            }
                        });
        reactor.execute(client::start);
        reactor.run();
        client.join();
        assertTrue(failed[0] == null, () -> String.valueOf(failed[0]));
        assertTrue(counter.isDone(), counter.least + " bytes for " + WINDOW + " messages");
    }

    private static void ask(Endpoint peer, Counter counter) throws IOException {
        byte[] message = new byte[32];
        try (StreamSocket socket = StreamSocket.connect(peer)) {
            for (int i = 0; i < MOST && !counter.isDone(); i++) {
                socket.write(message);
                for (int got = 0; got < message.length; ) {
                    got += socket.read(message, got, message.length - got);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void anEchoAllocatesNothing(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            var counter = new Counter();
            Listening listening =
                    reactor.listen(
                            InetEndpoint.of("127.0.0.1", 0),
                            () ->
                                    (transport, bytes) -> {
                                        counter.count();
                                        transport.write(bytes);
                                    });
            assertNothing(reactor, listening, counter);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void anEchoBehindLimitsAllocatesNothing(Engine engine) throws Exception {
        Throughput fast = Throughput.of(ByteRate.perSecond(10_000_000_000L));
        Layer limits =
                Limits.times(TimeLimits.DEFAULT.withIdle(Duration.ofMinutes(1)))
                        .then(Limits.admission(AccessRules.EVERYBODY, AdmissionLimits.DEFAULT))
                        .then(
                                Limits.throughput(
                                        new ThroughputLimits(
                                                fast, fast, fast, PeerGrouping.DEFAULT)));
        try (Reactor reactor = engine.open()) {
            var counter = new Counter();
            Protocol.Factory echo =
                    () ->
                            (transport, bytes) -> {
                                counter.count();
                                transport.write(bytes);
                            };
            Listening listening =
                    reactor.listen(InetEndpoint.of("127.0.0.1", 0), limits.over(echo));
            assertNothing(reactor, listening, counter);
        }
    }

    /** Each message has to wait for what the one before owes, in both directions. */
    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void anEchoThatWaitsForItsLimitsAllocatesNothing(Engine engine) throws Exception {
        Throughput slow = Throughput.of(ByteRate.perSecond(1_600_000).withBurst(16));
        Layer limits =
                Limits.times(TimeLimits.DEFAULT.withIdle(Duration.ofMinutes(1)))
                        .then(Limits.throughput(ThroughputLimits.NONE.withConnection(slow)));
        try (Reactor reactor = engine.open()) {
            var counter = new Counter(MORE_NOISE);
            Protocol.Factory echo =
                    () ->
                            (transport, bytes) -> {
                                counter.count();
                                transport.write(bytes);
                            };
            Listening listening =
                    reactor.listen(InetEndpoint.of("127.0.0.1", 0), limits.over(echo));
            assertNothing(reactor, listening, counter);
        }
    }

    /** The same of records: after each it is paused, and the second answer is held. */
    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void anEchoOfRecordsThatWaitAllocatesNothing(Engine engine) throws Exception {
        MessageRate slow = MessageRate.of(RateLimit.perSecond(1_000_000).withBurst(1));
        MessageLayer limits =
                MessageLimits.times(TimeLimits.DEFAULT.withIdle(Duration.ofMinutes(1)))
                        .then(MessageLimits.rate(MessageRateLimits.NONE.withConnection(slow)));
        try (Reactor reactor = engine.open()) {
            var counter = new Counter(MORE_NOISE);
            Listening listening =
                    reactor.listenRecords(
                            engine.freshForRecords(),
                            limits.over(() ->
                                    (transport, message) -> {
                                        counter.count();
                                        int from = message.position();
                                        transport.reply(message);
                                        message.position(from);
                                        transport.reply(message);
                                    }));
            Endpoint local = Objects.requireNonNull(listening.local());
            assertNothing(
                    reactor, () -> ask(MessageSocket.connectSeqpacket(local), 2, counter), counter);
        }
    }

    private static void ask(MessageSocket socket, int answers, Counter counter) throws IOException {
        ByteBuffer message = ByteBuffer.allocate(32);
        ByteBuffer answer = ByteBuffer.allocate(64);
        try (socket) {
            for (int i = 0; i < MOST && !counter.isDone(); i++) {
                socket.send(message.clear());
                for (int each = 0; each < answers; each++) {
                    socket.receive(answer.clear());
                }
            }
        }
    }

    private static MessageLayer messageLimits() {
        Throughput fast = Throughput.of(ByteRate.perSecond(10_000_000_000L));
        MessageRate often = MessageRate.of(RateLimit.perSecond(1_000_000));
        PeerGrouping grouping = PeerGrouping.DEFAULT;
        return MessageLimits.times(TimeLimits.DEFAULT.withIdle(Duration.ofMinutes(1)))
                .then(MessageLimits.throughput(new ThroughputLimits(fast, fast, fast, grouping)))
                .then(MessageLimits.rate(new MessageRateLimits(often, often, often, grouping)));
    }

    private static MessageProtocol echo(Counter counter) {
        return (transport, message) -> {
            counter.count();
            transport.reply(message);
        };
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void anEchoOfRecordsBehindLimitsAllocatesNothing(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            var counter = new Counter();
            MessageLayer door =
                    Limits.admission(AccessRules.EVERYBODY, AdmissionLimits.DEFAULT).forRecords();
            Listening listening =
                    reactor.listenRecords(
                            engine.freshForRecords(),
                            messageLimits().then(door).over(() -> echo(counter)));
            Endpoint local = Objects.requireNonNull(listening.local());
            assertNothing(
                    reactor, () -> ask(MessageSocket.connectSeqpacket(local), 1, counter), counter);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void anEchoOfDatagramsBehindLimitsAllocatesNothing(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            var counter = new Counter();
            MessageTransport bound =
                    reactor.bind(engine.fresh(), messageLimits().over(echo(counter)));
            Endpoint local = Objects.requireNonNull(bound.local());
            assertNothing(reactor, () -> ask(MessageSocket.connect(local), 1, counter), counter);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void aServiceAllocatesNothing(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            var counter = new Counter();
            Listening listening =
                    reactor.listen(
                            InetEndpoint.of("127.0.0.1", 0),
                            Protocol.serving(() -> counting(new EchoService().open(), counter)));
            assertNothing(reactor, listening, counter);
        }
    }

    private static StreamMachine counting(StreamMachine machine, Counter counter) {
        return new StreamMachine() {
            @Override
            public void received(ByteBuffer input, Moment now, Output out) {
                try {
                    counter.count();
                } catch (ReflectiveOperationException impossible) {
                    throw new LinkageError("no such method", impossible);
                }
                machine.received(input, now, out);
            }

            @Override
            public void quiet(Moment now, Output out) {
                machine.quiet(now, out);
            }

            @Override
            public void ended(Moment now, Output out) {
                machine.ended(now, out);
            }

            @Override
            public long messages() {
                return machine.messages();
            }
        };
    }
}
