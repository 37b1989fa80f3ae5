// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.Deadline;
import sockeye.EventCounter;
import sockeye.EventSource;
import sockeye.SocketInterruptedException;
import sockeye.TimerClock;
import sockeye.TimerDescriptor;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/** Counters and timers, and what all event sources have in common. */
@Tag("H9")
@ExtendWith({NoLeaks.class, NoPinning.class})
class EventSourceTest {
    private static final Duration LONG = Duration.ofDays(1);

    /** Makes one that has nothing to tell. */
    interface Maker {
        EventSource<?> open() throws IOException;
    }

    static List<Maker> silent() {
        return List.of(
                EventCounter::open,
                TimerDescriptor::open,
                sockeye.FileWatch::open,
                () -> sockeye.ProcessSignals.take(sockeye.ProcessSignal.SIGUSR1));
    }

    @ParameterizedTest
    @MethodSource("silent")
    void oneThatHasNothingToTellTellsNothing(Maker maker) throws IOException {
        try (EventSource<?> source = maker.open()) {
            assertNull(source.poll());
            assertThrows(
                    SocketTimeoutException.class,
                    () -> source.await(Deadline.after(Duration.ofMillis(1))));
            assertTrue(source.isOpen());
            assertTrue(source.fileno() > 2);
        }
    }

    @ParameterizedTest
    @MethodSource("silent")
    void closeWakesWhoWaits(Maker maker) throws Exception {
        EventSource<?> source = maker.open();
        Task<?> virtual = Task.call(source::await).parked();
        Task<?> platform = Task.callOnPlatform(source::await).parked();
        source.close();
        source.close();
        virtual.failure(AsynchronousCloseException.class);
        platform.failure(AsynchronousCloseException.class);
        assertThrows(ClosedChannelException.class, source::poll);
        assertEquals(-1, source.fileno());
        assertFalse(source.isOpen());
    }

    @ParameterizedTest
    @MethodSource("silent")
    void anInterruptCancelsAWait(Maker maker) throws Exception {
        try (EventSource<?> source = maker.open()) {
            Task.call(source::await).parked().interrupt().failure(SocketInterruptedException.class);
            assertNull(source.poll());
        }
    }

    // Counters.

    @Test
    void aCounterTellsItsSumAndIsZeroAfterwards() throws IOException {
        try (var counter = EventCounter.open()) {
            counter.add(2);
            counter.add(3);
            assertEquals(5, counter.await());
            assertNull(counter.poll());
            assertEquals(0, counter.tryTake());
        }
    }

    @Test
    void aSemaphoreGivesOneAtATime() throws IOException {
        try (var counter = EventCounter.semaphore(2)) {
            assertTrue(counter.isSemaphore());
            assertEquals(1, counter.await());
            assertEquals(1, counter.await());
            assertNull(counter.poll());
        }
    }

    @Test
    void anAdditionWakesWhoWaits() throws Exception {
        try (var counter = EventCounter.open()) {
            Task<Long> waiting = Task.call(() -> counter.await()).parked();
            counter.add(7);
            assertEquals(7, waiting.join());
        }
    }

    @Test
    void anAdditionWaitsForRoom() throws Exception {
        try (var counter = EventCounter.open()) {
            counter.add(EventCounter.MAX_VALUE);
            assertFalse(counter.tryAdd(1));
            Task<?> waiting = Task.run(() -> counter.add(1)).parked();
            assertEquals(Long.MAX_VALUE, counter.await());
            waiting.join();
            assertEquals(1, counter.await());
            counter.add(1);
            assertEquals(1, counter.await());
        }
    }

    @Test
    void aNegativeBeginningIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> EventCounter.semaphore(-1));
    }

    // Timers.

    @ParameterizedTest
    @org.junit.jupiter.params.provider.EnumSource(names = {"REALTIME", "MONOTONIC", "BOOTTIME"})
    void aTimerExpiresOnce(TimerClock clock) throws IOException {
        try (var timer = TimerDescriptor.open(clock)) {
            timer.after(Duration.ofMillis(1));
            assertEquals(1, timer.await());
            assertNull(timer.poll());
            assertEquals(Duration.ZERO, timer.remaining());
        }
    }

    @Test
    void anIntervalGoesOnAndCountsWhatNobodyTook() throws IOException {
        try (var timer = TimerDescriptor.open()) {
            timer.every(Duration.ofMillis(1));
            assertEquals(Duration.ofMillis(1), timer.interval());
            Duration start = timer.now();
            long expirations = 0;
            while (expirations < 5) {
                expirations += timer.await();
            }
            assertTrue(timer.now().minus(start).compareTo(Duration.ofMillis(4)) >= 0);
            timer.disarm();
            assertNull(timer.poll());
            assertEquals(Duration.ZERO, timer.interval());
        }
    }

    @Test
    void aTimerSetAnewReachesWhoWaits() throws Exception {
        try (var timer = TimerDescriptor.open()) {
            timer.after(LONG);
            assertTrue(timer.remaining().compareTo(LONG.dividedBy(2)) > 0);
            Task<Long> waiting = Task.call(() -> timer.await()).parked();
            timer.after(Duration.ZERO);
            assertEquals(1, waiting.join());
        }
    }

    @Test
    void aTimeOfDayThatHasPassedIsNow() throws IOException {
        try (var timer = TimerDescriptor.open(TimerClock.REALTIME)) {
            timer.at(Instant.now().minusSeconds(10));
            assertEquals(1, timer.await());
            timer.at(Instant.EPOCH.minusSeconds(1));
            assertEquals(1, timer.await());
            timer.atUnlessClockIsSet(Instant.now().plusMillis(2), Duration.ZERO);
            assertEquals(1, timer.await());
        }
    }

    @Test
    void aTimeOfTheClockIsReached() throws IOException {
        try (var timer = TimerDescriptor.open(TimerClock.BOOTTIME)) {
            timer.at(timer.now().plusMillis(2), Duration.ZERO);
            assertEquals(1, timer.await());
            assertThrows(IllegalStateException.class, () -> timer.at(Instant.now()));
        }
    }

    @Test
    void anIntervalThatIsNoneIsRefused() throws IOException {
        try (var timer = TimerDescriptor.open()) {
            assertThrows(IllegalArgumentException.class, () -> timer.every(Duration.ZERO));
            assertThrows(
                    IllegalArgumentException.class, () -> timer.after(LONG, Duration.ofMillis(-1)));
            assertNotNull(timer.toString());
        }
    }
}
