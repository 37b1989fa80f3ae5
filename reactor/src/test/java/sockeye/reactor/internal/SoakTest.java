// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.Linger;
import sockeye.SoOption;
import sockeye.StreamSocket;
import sockeye.reactor.DriverKind;
import sockeye.reactor.Listening;
import sockeye.reactor.Protocol;
import sockeye.reactor.ReactorSettings;
import sockeye.reactor.Transport;
import sockeye.testkit.NoLeaks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;

/** Connections that come and go in every way leave nothing behind, of whatever kind. */
@ExtendWith(NoLeaks.class)
@Timeout(300)
class SoakTest {
    private static final int MANY = Integer.getInteger("sockeye.much", 32 << 20) >> 14;
    private static final int CLIENTS = 4;
    private static final int LONGEST = 100_000;

    /** What garbage that is not yet collected, and the JVM itself, may differ by. */
    private static final long HEAP_NOISE = 2 << 20;

    /** What there is of each kind of thing while no connection is open. */
    private record Census(int descriptors, int chunks, int operations, long maps, long heap) {}

    private static Census census(Loop loop) {
        KernelDriver driver = (KernelDriver) loop.driverInUse();
        int operations = driver instanceof RingDriver ring ? ring.underWay() : 0;
        try {
            return new Census(
                    NoLeaks.descriptors().size(),
                    driver.chunks().inUse(),
                    operations,
                    mappedByRings(),
                    heap());
        } catch (IOException failed) {
            throw new AssertionError(failed);
        }
    }

    private static long mappedByRings() throws IOException {
        return Files.readAllLines(Path.of("/proc/self/maps")).stream()
                .filter(each -> each.contains("io_uring"))
                .count();
    }

    private static long heap() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            System.gc();
            Runtime runtime = Runtime.getRuntime();
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
        }
        return least;
    }

    /** An echo that counts who has gone. */
    private static final class Counted implements Protocol {
        private final AtomicInteger gone;
        private final Runnable then;

        Counted(AtomicInteger gone, Runnable then) {
            this.gone = gone;
            this.then = then;
        }

        @Override
        public void received(Transport transport, ByteBuffer bytes) {
            transport.write(bytes);
        }

        @Override
        public void closed(Transport transport, @Nullable Throwable why) {
            gone.incrementAndGet();
            then.run();
        }
    }

    /** One client's life, of one of five kinds. */
    private static void live(Endpoint peer, Random random) throws IOException {
        try (StreamSocket socket = StreamSocket.connect(peer)) {
            byte[] sent = new byte[1 + random.nextInt(LONGEST)];
            random.nextBytes(sent);
            switch (random.nextInt(5)) {
                case 0 -> {} // comes and goes
                case 1 -> {
                    socket.write(sent);
                    socket.socket().setOption(SoOption.LINGER, Linger.RESET);
                }
                case 2 -> socket.write(sent); // does not want the answer
                case 3 -> {
                    socket.write(sent, 0, 100 % sent.length);
                    socket.shutdownOutput();
                    socket.inputStream().readAllBytes();
                }
                default -> {
                    socket.write(sent, 0, sent.length / 4);
                    int got = 0;
                    while (got < sent.length / 4) {
                        got += socket.read(sent, got, sent.length - got);
                    }
                }
            }
        } catch (IOException reset) {
            // By what it did itself.
        }
    }

    private static void churn(Endpoint peer, int many) {
        List<Thread> clients = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            int seed = i;
            clients.add(
                    Thread.ofPlatform()
                            .start(() -> {
                                var random = new Random(seed);
                                for (int j = 0; j < many / CLIENTS; j++) {
                                    try {
                                        live(peer, random);
                                    } catch (IOException failed) {
                                        throw new AssertionError(failed);
                                    }
                                }
                            }));
        }
        try {
            for (Thread each : clients) {
                each.join();
            }
        } catch (InterruptedException cut) {
            throw new AssertionError(cut);
        }
    }

    private static Loop open(DriverKind driver, int zeroCopy) throws IOException {
        try {
            var settings = ReactorSettings.DEFAULT.withDriver(driver).withZeroCopy(zeroCopy);
            return Loop.open(settings);
        } catch (RingRefusal refused) {
            System.err.println("*** skipped: io_uring: " + refused.getMessage());
            Assumptions.abort(refused.getMessage());
            throw refused;
        }
    }

    @ParameterizedTest
    @CsvSource({"EPOLL, 0", "IO_URING, 0", "IO_URING, 1"})
    void connectionsThatComeAndGoLeaveNothing(DriverKind kind, int zeroCopy) throws Exception {
        int round = MANY / CLIENTS * CLIENTS;
        try (Loop loop = open(kind, zeroCopy)) {
            var gone = new AtomicInteger();
            List<Census> found = new ArrayList<>();
            var clients = new AtomicInteger();
            Runnable[] check = new Runnable[1];
            // When all that belongs to this end is over, too.
            Runnable later = () -> loop.execute(check[0]);
            Listening listening =
                    loop.listen(InetEndpoint.loopback(0), () -> new Counted(gone, later));
            Endpoint peer = Objects.requireNonNull(listening.local());
            Runnable start =
                    () ->
                            Thread.ofPlatform()
                                    .start(() -> {
                                        churn(peer, round);
                                        clients.incrementAndGet();
                                        later.run();
                                    });
            long[] made = new long[1];
            check[0] =
                    () -> {
                        int rounds = found.size() + 1;
                        if (clients.get() < rounds || gone.get() < rounds * round) {
                            return;
                        }
                        if (loop.driverInUse() instanceof RingDriver ring
                                && ring.lending().out() > 0) {
                            // Until the kernel has noticed that the peers are gone.
                            loop.after(Duration.ofMillis(1), check[0]);
                            return;
                        }
                        made[0] = loop.driverInUse().chunks().made();
                        found.add(census(loop));
                        if (rounds < 3) {
                            start.run();
                        } else {
                            loop.stop();
                        }
                    };
            loop.execute(start);
            loop.run();
            Census before = found.get(1);
            Census after = found.get(2);
            assertEquals(before.descriptors(), after.descriptors(), found::toString);
            assertEquals(before.chunks(), after.chunks(), found::toString);
            assertEquals(before.operations(), after.operations(), found::toString);
            assertEquals(before.maps(), after.maps(), found::toString);
            assertTrue(after.heap() - before.heap() < HEAP_NOISE, found::toString);
            assertTrue(made[0] < round, made[0] + " chunks were made");
            assertEquals(3L * round, listening.accepted() + listening.turnedAway());
        }
    }
}
