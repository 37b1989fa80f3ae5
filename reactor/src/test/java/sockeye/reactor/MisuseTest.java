// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.Endpoint;
import sockeye.EndpointScheme;
import sockeye.EndpointSpec;
import sockeye.InetEndpoint;
import sockeye.ListenSettings;
import sockeye.Listener;
import sockeye.MessageSocket;
import sockeye.StreamSocket;
import sockeye.UnixEndpoint;
import sockeye.reactor.testing.RecordingProtocol;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.TestFamily;
import sockeye.wire.TimeLimits;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;

/** What becomes of calls that come too late, of nulls, and of what nobody wants any more. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // the futures are looked at otherwise
class MisuseTest {
    private static final Protocol SILENT = (transport, bytes) -> {};

    private static Endpoint local(Listening listening) {
        return Objects.requireNonNull(listening.local());
    }

    /** What no annotation says that it may be. */
    @SuppressWarnings({"NullAway", "TypeParameterUnusedInFormals"})
    private static <T> T nothing() {
        return null;
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void whoNamesNoProtocolHearsItAtOnce(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            Protocol none = nothing();
            Protocol.Factory nobody = nothing();
            MessageProtocol noMessages = nothing();
            Endpoint at = engine.fresh();
            assertThrows(NullPointerException.class, () -> reactor.connect(at, none));
            assertThrows(NullPointerException.class, () -> reactor.connect(List.of(at), none));
            assertThrows(NullPointerException.class, () -> reactor.listen(at, nobody));
            assertThrows(NullPointerException.class, () -> reactor.bind(at, noMessages));
            assertThrows(NullPointerException.class, () -> reactor.connectRecords(at, noMessages));
            assertThrows(NullPointerException.class, () -> reactor.callBlocking(nothing()));
            assertThrows(NullPointerException.class, () -> reactor.stop(nothing()));
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aFactoryThatMakesNothingTurnsTheConnectionAway(Engine engine) throws Exception {
        List<Throwable> failures = new ArrayList<>();
        var settings = ReactorSettings.DEFAULT.withFailures(failures::add);
        try (Reactor reactor = engine.open(settings)) {
            Listening listening = reactor.listen(engine.fresh(), () -> nothing());
            var client =
                    new Recorder() {
                        @Override
                        void onClosed(Transport from) {
                            reactor.stop();
                        }
                    };
            reactor.connect(local(listening), client)
                    .exceptionally(resetBefore -> {
                        reactor.stop();
                        return null;
                    });
            Engine.run(reactor);
            assertEquals(1, listening.turnedAway());
            assertEquals(0, listening.accepted());
            assertInstanceOf(NullPointerException.class, failures.getFirst());
        }
    }

    /** Throws when it is opened. */
    private static final class Reluctant implements Protocol {
        private final RuntimeException failure = new IllegalStateException("not today");
        private @Nullable Throwable told;

        @Override
        public void opened(Transport transport) {
            throw failure;
        }

        @Override
        public void received(Transport transport, ByteBuffer bytes) {}

        @Override
        public void closed(Transport transport, @Nullable Throwable why) {
            told = why;
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("D2-07")
    void aConnectWhoseProtocolThrowsWhenOpenedFailsByThat(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            Listening listening = reactor.listen(engine.fresh(), () -> SILENT);
            var bare = new Reluctant();
            var layered = new Reluctant();
            Layer layer = Limits.times(TimeLimits.DEFAULT);
            CompletableFuture<Transport> first = reactor.connect(local(listening), bare);
            CompletableFuture<Transport> second =
                    reactor.connect(local(listening), layer.over(layered));
            CompletableFuture.allOf(first, second)
                    .whenComplete((none, failed) -> reactor.execute(reactor::stop));
            Engine.run(reactor);
            assertSame(bare.failure, first.exceptionNow());
            assertSame(layered.failure, second.exceptionNow());
            assertSame(bare.failure, bare.told);
            assertSame(layered.failure, layered.told);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void theSameHoldsForRecords(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            var failure = new IllegalStateException("not today");
            Listening listening =
                    reactor.listenRecords(
                            engine.freshForRecords(), () -> (transport, message) -> {});
            CompletableFuture<MessageTransport> connected =
                    reactor.connectRecords(
                            local(listening),
                            new MessageProtocol() {
                                @Override
                                public void opened(MessageTransport transport) {
                                    throw failure;
                                }

                                @Override
                                public void received(
                                        MessageTransport transport, ByteBuffer message) {}
                            });
            connected.whenComplete((made, failed) -> reactor.stop());
            Engine.run(reactor);
            assertSame(failure, connected.exceptionNow());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aDrainOfWhatIsClosedIsOverAtOnce(Engine engine) throws Exception {
        Reactor reactor = engine.open();
        Listening listening = reactor.listen(engine.fresh(), () -> SILENT);
        reactor.close();
        DrainReport report = listening.drain(Duration.ofSeconds(10)).resultNow();
        assertEquals(0, report.finished() + report.cutOff());
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void whatWaitsForATimerHearsOfTheReactorsClose(Engine engine) throws Exception {
        Reactor reactor = engine.open();
        CompletableFuture<String> later = reactor.later(Duration.ofDays(1), () -> "never");
        int[] attempts = {0};
        CompletableFuture<String> retried =
                Backoff.constant(Duration.ofDays(1))
                        .retry(
                                reactor,
                                2,
                                () -> {
                                    attempts[0]++;
                                    return CompletableFuture.failedFuture(
                                            new IOException("no luck"));
                                });
        var service =
                ClientService.streams(
                        reactor,
                        engine.isReal() ? UnixEndpoint.ofAbstract("nobody") : engine.fresh(),
                        () -> SILENT,
                        ClientSettings.<Transport>defaults()
                                .withBackoff(Backoff.constant(Duration.ofDays(1)))
                                .withObserver(state -> {
                                    if (state instanceof ClientState.Waiting) {
                                        reactor.stop();
                                    }
                                }));
        service.start();
        CompletableFuture<Transport> connected = service.whenConnected();
        reactor.run();
        assertInstanceOf(ClientState.Waiting.class, service.state());
        reactor.close();
        assertInstanceOf(RejectedExecutionException.class, later.exceptionNow());
        assertInstanceOf(ClientState.Stopped.class, service.state());
        assertTrue(connected.isCompletedExceptionally());
        assertEquals(1, attempts[0]);
        assertInstanceOf(IOException.class, retried.exceptionNow());
    }

    @ParameterizedTest
    @EnumSource
    void aClosedGroupListensNowhereAndKeepsNothing(Spreading spreading) throws Exception {
        var settings = GroupSettings.DEFAULT.withReactors(2).withSpreading(spreading);
        ReactorGroup group = ReactorGroup.open(settings);
        group.close();
        Endpoint at = InetEndpoint.loopback(0);
        Endpoint name = UnixEndpoint.ofAbstract(TestFamily.freshName());
        assertThrows(IllegalStateException.class, () -> group.listen(at, () -> SILENT));
        assertThrows(IllegalStateException.class, () -> group.listen(name, () -> SILENT));
        assertThrows(
                IllegalStateException.class,
                () -> group.listen(EndpointSpec.parse("tcp:127.0.0.1:0"), () -> SILENT));
        assertThrows(
                IllegalStateException.class,
                () -> group.listenRecords(name, () -> (transport, message) -> {}));
        assertThrows(
                IllegalStateException.class,
                () -> group.bind(at, () -> (transport, message) -> {}));
        MessageSocket.bind(name).close(); // the name is free
        try (Listener<StreamSocket> theirs = Listener.stream(at)) {
            assertThrows(IllegalStateException.class, () -> group.listen(theirs, () -> SILENT));
            StreamSocket.connect(theirs.local()).close(); // and it still is theirs
        }
    }

    /** A name at which nobody gets through: one has come already, and is not accepted. */
    private static final class FullHouse implements AutoCloseable {
        private final Listener<StreamSocket> listener;
        private final StreamSocket first;
        private final EndpointSpec spec;

        FullHouse() throws IOException {
            Endpoint name = UnixEndpoint.ofAbstract(TestFamily.freshName());
            listener = Listener.stream(name, ListenSettings.DEFAULT.withBacklog(0));
            first = StreamSocket.connect(name);
            spec = EndpointSpec.of(EndpointScheme.UNIX, name);
        }

        @Override
        public void close() throws IOException {
            try (listener) {
                first.close();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void anAttemptByNameIsGivenUpWithItsTime(Engine engine) throws Exception {
        try (var house = new FullHouse();
                Reactor reactor = engine.open()) {
            CompletableFuture<Transport> attempt =
                    reactor.within(
                            Duration.ofMillis(20),
                            reactor.connect(house.spec, new RecordingProtocol()));
            attempt.whenComplete((made, failed) -> reactor.stop());
            Engine.run(reactor);
            assertInstanceOf(TimeoutException.class, attempt.exceptionNow());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void anAttemptByNameEndsWithItsReactor(Engine engine) throws Exception {
        try (var house = new FullHouse()) {
            Reactor reactor = engine.open();
            CompletableFuture<Transport> attempt = reactor.connect(house.spec, SILENT);
            reactor.execute(reactor::stop);
            reactor.run();
            assertFalse(attempt.isDone());
            reactor.close();
            assertInstanceOf(AsynchronousCloseException.class, attempt.exceptionNow());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    @Tag("D1-01")
    void aStopInOrderGivesUpAnAttemptByName(Engine engine) throws Exception {
        try (var house = new FullHouse();
                Reactor reactor = engine.open()) {
            CompletableFuture<Transport> attempt = reactor.connect(house.spec, SILENT);
            reactor.stop(Duration.ofSeconds(20));
            reactor.run();
            assertInstanceOf(AsynchronousCloseException.class, attempt.exceptionNow());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void anAttemptOfAGroupEndsWithTheGroup(Engine engine) throws Exception {
        var attempts = new ArrayList<CompletableFuture<Transport>>();
        try (var house = new FullHouse()) {
            var kind = engine == Engine.EPOLL ? DriverKind.EPOLL : DriverKind.IO_URING;
            engine.open().close(); // or skip
            try (ReactorGroup group =
                    ReactorGroup.open(
                            GroupSettings.DEFAULT
                                    .withReactors(2)
                                    .withReactor(ReactorSettings.DEFAULT.withDriver(kind)))) {
                group.start();
                for (int i = 0; i < 10; i++) {
                    attempts.add(group.connect(house.spec, SILENT));
                    attempts.add(group.connect(house.listener.local(), SILENT));
                }
            }
            for (CompletableFuture<Transport> each : attempts) {
                assertTrue(each.isCompletedExceptionally());
                assertThrows(CompletionException.class, each::join);
            }
        }
    }
}
