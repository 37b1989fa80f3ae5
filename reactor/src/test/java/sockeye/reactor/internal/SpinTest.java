// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import sockeye.InetEndpoint;
import sockeye.StreamSocket;
import sockeye.internal.kernel.Kernel;
import sockeye.reactor.DelayedCall;
import sockeye.reactor.DriverKind;
import sockeye.reactor.Listening;
import sockeye.reactor.ReactorSettings;
import sockeye.testkit.NoLeaks;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** How long a loop asks before it sleeps: by a clock that moves when it is looked at. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
class SpinTest {
    private static final long MICROSECOND = 1_000;

    /** A microsecond for each look. */
    private static final class Looks {
        private long now;
        private long count;

        long look() {
            count++;
            now += MICROSECOND;
            return now;
        }
    }

    /** Something comes when it has been asked so often; a sleep takes a time. */
    private static final class Bed implements Spin.Sleeper {
        private final Looks looks;
        private final List<Long> sleeps = new ArrayList<>();
        private int asked;
        private int comesAt = Integer.MAX_VALUE;
        private long sleepTakes = MICROSECOND;

        Bed(Looks looks) {
            this.looks = looks;
        }

        @Override
        public int ask() {
            return ++asked == comesAt ? 1 : 0;
        }

        @Override
        public int sleep(long nanos) {
            sleeps.add(nanos);
            looks.now += sleepTakes;
            return 7;
        }
    }

    private final Looks looks = new Looks();
    private final Bed bed = new Bed(looks);

    private Spin spin(long microseconds) {
        return new Spin(microseconds * MICROSECOND, looks::look);
    }

    /** How often one wait asks. */
    private int asks(Spin spin, long nanos) {
        bed.asked = 0;
        spin.await(bed, nanos);
        return bed.asked;
    }

    @Test
    void whoHasNotAskedForItNeverSpins() throws Exception {
        assertEquals(Duration.ZERO, ReactorSettings.DEFAULT.spin());
        assertFalse(Spin.of(ReactorSettings.DEFAULT.spin()).isOn());
        for (int i = 0; i < 10; i++) {
            assertEquals(0, asks(Spin.never(), Long.MAX_VALUE));
        }
        assertEquals(10, bed.sleeps.size());
        assertEquals(0, looks.count, "it even looks at the clock");
        try (Loop loop = Loop.open(ReactorSettings.DEFAULT)) {
            assertFalse(((KernelDriver) loop.driverInUse()).spin.isOn());
        }
    }

    @Test
    void theBudgetGrowsWhileWaitsAreShortAndNoneSpinsLonger() {
        Spin spin = spin(70);
        List<Integer> asked = new ArrayList<>();
        for (int i = 0; i < 7; i++) {
            asked.add(asks(spin, Long.MAX_VALUE));
        }
        // The fifth was longer, with its sleep, than what may be spun: it begins anew.
        assertEquals(List.of(0, 10, 20, 40, 70, 0, 10), asked);
    }

    @Test
    void aLongSleepEndsItAndShortOnesBeginItAgain() {
        Spin spin = spin(200);
        for (int i = 0; i < 4; i++) {
            asks(spin, Long.MAX_VALUE);
        }
        assertEquals(80 * MICROSECOND, spin.budget());
        bed.sleepTakes = 300 * MICROSECOND;
        assertEquals(80, asks(spin, Long.MAX_VALUE));
        assertEquals(0, asks(spin, Long.MAX_VALUE), "an idle loop spins");
        bed.sleepTakes = MICROSECOND;
        assertEquals(0, asks(spin, Long.MAX_VALUE));
        assertEquals(10, asks(spin, Long.MAX_VALUE));
    }

    @Test
    void whatComesEndsIt() {
        Spin spin = spin(200);
        for (int i = 0; i < 6; i++) {
            asks(spin, Long.MAX_VALUE);
        }
        bed.sleeps.clear();
        bed.comesAt = 3;
        assertEquals(3, asks(spin, Long.MAX_VALUE));
        assertEquals(List.of(), bed.sleeps);
        assertEquals(200 * MICROSECOND, spin.budget(), "it was worth it");
    }

    @Test
    void noWaitIsLongerThanItIsToBe() {
        Spin spin = spin(200);
        for (int i = 0; i < 6; i++) {
            asks(spin, Long.MAX_VALUE);
        }
        assertEquals(List.of(Long.MAX_VALUE), List.copyOf(bed.sleeps.subList(0, 1)));
        bed.sleeps.clear();
        assertEquals(5, asks(spin, 5 * MICROSECOND), "it spins past a timer");
        assertEquals(List.of(0L), bed.sleeps);
        bed.sleeps.clear();
        assertEquals(200, asks(spin, 300 * MICROSECOND));
        assertEquals(List.of(100 * MICROSECOND), bed.sleeps);
    }

    private static KernelDriver driver(DriverKind kind, Spin spin) throws IOException {
        if (kind == DriverKind.EPOLL) {
            return new EpollDriver(Kernel.current(), "a test", spin);
        }
        try {
            return new RingDriver(Kernel.current(), Set.of(), "a test", RingSizes.USUAL, spin);
        } catch (RingRefusal refused) {
            System.err.println("*** skipped: io_uring: " + refused.getMessage());
            Assumptions.abort(refused.getMessage());
            throw refused;
        }
    }

    /**
     * A client that goes on asking keeps the loop busy until timers have run and tasks of another
     * thread too. A turn spins at most what the budget has, counted by the looks at the clock.
     */
    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "IO_URING"})
    void aLoopThatSpinsServesItsTimersAndTasks(DriverKind kind) throws Exception {
        int most = 50;
        KernelDriver driver = driver(kind, spin(most));
        try (Loop loop = Loop.over(driver, ReactorSettings.DEFAULT)) {
            Listening listening =
                    loop.listen(
                            InetEndpoint.loopback(0),
                            () -> (transport, bytes) -> transport.write(bytes));
            var local = (InetEndpoint) Objects.requireNonNull(listening.local());
            int[] ticks = {0};
            var ticked = new CompletableFuture<Integer>();
            DelayedCall[] timer = new DelayedCall[1];
            timer[0] =
                    loop.after(
                            Duration.ofMillis(1),
                            () -> {
                                if (++ticks[0] == 5) {
                                    ticked.complete(5);
                                } else {
                                    timer[0].reset(Duration.ofMillis(1));
                                }
                            });
            int[] tasks = {0};
            Throwable[] failed = new Throwable[1];
            Thread client =
                    Thread.ofPlatform()
                            .unstarted(() -> {
                                try (StreamSocket socket = StreamSocket.connect(local)) {
                                    while (!ticked.isDone() || tasks[0] < 200) {
                                        socket.write("x");
                                        assertEquals('x', socket.inputStream().read());
                                        var done = new CompletableFuture<Integer>();
                                        loop.execute(() -> done.complete(++tasks[0]));
                                        done.join();
                                    }
                                } catch (Throwable thrown) {
                                    failed[0] = thrown;
                                } finally {
                                    loop.stop();
                                }
                            });
            loop.execute(client::start);
            loop.run();
            client.join();
            if (failed[0] != null) {
                throw new AssertionError(failed[0]);
            }
            assertEquals(5, ticks[0]);
            assertTrue(looks.count > 0, "it never spins");
            long allowed = loop.turns() * (most + 3);
            assertTrue(looks.count <= allowed, looks.count + " looks, " + allowed + " allowed");
        }
    }
}
