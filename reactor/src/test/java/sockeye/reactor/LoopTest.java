// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.reactor.testing.Simulator;
import sockeye.reactor.testing.SimulatorSettings;
import sockeye.testkit.NoLeaks;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.random.RandomGenerator;

/** Tasks, timers and threads, on every driver. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // the protocols tell how it went
class LoopTest {
    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("D1-02")
    void timersComeInOrderAndCancelledOnesNever(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            List<String> done = new ArrayList<>();
            DelayedCall cancelled = reactor.after(Duration.ofMillis(4), () -> done.add("never"));
            DelayedCall moved = reactor.after(Duration.ofMillis(1), () -> done.add("moved"));
            reactor.after(Duration.ofMillis(50), () -> done.add("late"));
            reactor.after(Duration.ofMillis(3), () -> done.add("early"));
            moved.reset(Duration.ofMillis(200));
            assertTrue(cancelled.cancel());
            assertFalse(cancelled.cancel());
            assertFalse(cancelled.isActive());
            reactor.after(
                    Duration.ofMillis(300),
                    () -> {
                        done.add("last");
                        reactor.stop();
                    });
            long before = reactor.nanos();
            reactor.run();
            assertTrue(reactor.nanos() - before >= 200_000_000, "too early");
            assertEquals(List.of("early", "late", "moved", "last"), done);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aHundredThousandTimersComeInOrder(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            int count = 100_000;
            RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
            long[] last = {Long.MIN_VALUE};
            AtomicInteger left = new AtomicInteger();
            List<DelayedCall> calls = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                DelayedCall[] mine = new DelayedCall[1];
                mine[0] =
                        reactor.after(
                                Duration.ofNanos(random.nextLong(50_000_000)),
                                () -> {
                                    assertTrue(mine[0].due() >= last[0], "out of order");
                                    last[0] = mine[0].due();
                                    if (left.decrementAndGet() == 0) {
                                        reactor.stop();
                                    }
                                });
                calls.add(mine[0]);
            }
            left.set(count);
            for (int i = 0; i < count; i += 3) {
                assertTrue(calls.get(i).cancel());
                left.decrementAndGet();
            }
            for (int i = 1; i < count; i += 3) {
                calls.get(i).reset(Duration.ofNanos(random.nextLong(50_000_000)));
            }
            reactor.run();
            assertEquals(0, left.get());
        }
    }

    @Test
    @Tag("D1-02")
    void aMillionTimersAreMovedAndCancelledAndComeInOrder() {
        try (var simulator = Simulator.of(1, SimulatorSettings.PLAIN)) {
            Reactor reactor = simulator.reactor();
            int count = 1_000_000;
            RandomGenerator random = RandomGenerator.of("L64X128MixRandom");
            var calls = new DelayedCall[count];
            boolean[] wanted = new boolean[count];
            long[] last = {Long.MIN_VALUE};
            int[] wrong = {0};
            int[] came = {0};
            for (int i = 0; i < count; i++) {
                int mine = i;
                calls[i] =
                        reactor.after(
                                Duration.ofMillis(random.nextInt(1_000)),
                                () -> {
                                    came[0]++;
                                    long due = calls[mine].due();
                                    boolean late = due > reactor.nanos() || due < last[0];
                                    wrong[0] += late || !wanted[mine] ? 1 : 0;
                                    last[0] = due;
                                });
                wanted[i] = true;
            }
            for (int i = 0; i < count; i += 3) {
                assertTrue(calls[i].cancel());
                wanted[i] = false;
            }
            for (int i = 1; i < count; i += 3) {
                calls[i].reset(Duration.ofMillis(random.nextInt(1_000)));
            }
            simulator.advance(Duration.ofSeconds(1));
            assertEquals(count - (count + 2) / 3, came[0]);
            assertEquals(0, wrong[0]);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("D1-03")
    void aTaskOfAnotherThreadIsRunByTheLoopsOwn(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            Thread[] ran = new Thread[1];
            List<Integer> order = new ArrayList<>();
            var other =
                    Thread.ofPlatform()
                            .unstarted(() -> {
                                for (int i = 0; i < 100; i++) {
                                    int mine = i;
                                    reactor.execute(() -> order.add(mine));
                                }
                                reactor.execute(() -> {
                                    ran[0] = Thread.currentThread();
                                    reactor.stop();
                                });
                            });
            reactor.execute(other::start);
            reactor.run();
            other.join();
            assertSame(Thread.currentThread(), ran[0]);
            for (int i = 0; i < 100; i++) {
                assertEquals(i, order.get(i));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    @Tag("D1-03")
    void whatBlocksRunsElsewhereAndItsResultComesBack(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            List<String> done = new ArrayList<>();
            CompletableFuture<String> good =
                    reactor.callBlocking(() -> {
                        assertTrue(Thread.currentThread().isVirtual());
                        return "done";
                    });
            good.thenAccept(value -> {
                assertFalse(Thread.currentThread().isVirtual());
                done.add(value);
            });
            CompletableFuture<String> bad =
                    reactor.callBlocking(() -> {
                        throw new IllegalStateException("no");
                    });
            CompletableFuture.allOf(good, bad).whenComplete((all, why) -> reactor.stop());
            reactor.run();
            assertEquals(List.of("done"), done);
            assertTrue(bad.isCompletedExceptionally());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aTaskThatThrowsIsReportedAndTheLoopGoesOn(Engine engine) throws Exception {
        List<Throwable> reported = new ArrayList<>();
        var settings = ReactorSettings.DEFAULT.withFailures(reported::add);
        try (Reactor reactor = engine.open(settings)) {
            var failure = new IllegalStateException("on purpose");
            reactor.execute(() -> {
                throw failure;
            });
            reactor.after(Duration.ofMillis(1), reactor::stop);
            reactor.run();
            assertEquals(List.of(failure), reported);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void otherThreadsAreRefusedWhileItRuns(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            Throwable[] thrown = new Throwable[2];
            var running = new CountDownLatch(1);
            var other =
                    Thread.ofPlatform()
                            .start(() -> {
                                try {
                                    running.await();
                                    thrown[0] =
                                            assertThrows(
                                                    IllegalStateException.class,
                                                    () -> reactor.after(Duration.ZERO, () -> {}));
                                    thrown[1] =
                                            assertThrows(IllegalStateException.class, reactor::run);
                                } catch (InterruptedException impossible) {
                                    throw new AssertionError(impossible);
                                } finally {
                                    reactor.stop();
                                }
                            });
            reactor.execute(running::countDown);
            reactor.run();
            other.join();
            assertTrue(thrown[0].getMessage().contains("execute"), thrown[0].getMessage());
            assertInstanceOf(IllegalStateException.class, thrown[1]);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void aVirtualThreadMayNotRunIt(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            Throwable[] thrown = new Throwable[1];
            Thread.startVirtualThread(() ->
                            thrown[0] = assertThrows(IllegalStateException.class, reactor::run))
                    .join();
            assertTrue(thrown[0].getMessage().contains("platform thread"));
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void anotherThreadsCloseEndsTheRunAndReturnsAfterIt(Engine engine) throws Exception {
        Reactor reactor = engine.open();
        boolean[] returned = new boolean[1];
        var running = new CountDownLatch(1);
        Throwable[] failed = new Throwable[1];
        var loop =
                Thread.ofPlatform()
                        .start(() -> {
                            try {
                                reactor.run();
                                returned[0] = true;
                            } catch (Throwable thrown) {
                                failed[0] = thrown;
                            }
                        });
        reactor.execute(running::countDown);
        running.await();
        reactor.close();
        assertFalse(reactor.isRunning());
        loop.join();
        assertNull(failed[0]);
        assertTrue(returned[0]);
        assertThrows(RejectedExecutionException.class, () -> reactor.execute(() -> {}));
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void itTellsItsDriver(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            DriverKind expected =
                    switch (engine) {
                        case EPOLL -> DriverKind.EPOLL;
                        case IO_URING, IO_URING_5_19, IO_URING_ZERO_COPY -> DriverKind.IO_URING;
                        case SIMULATOR -> DriverKind.SIMULATOR;
                    };
            assertEquals(expected, reactor.driver().kind());
            assertFalse(reactor.driver().why().isEmpty());
            boolean old = engine == Engine.IO_URING_5_19;
            assertEquals(old, reactor.driver().missing().contains("IORING_RECV_MULTISHOT"));
        }
    }
}
