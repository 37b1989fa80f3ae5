// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import sockeye.Deadline;
import sockeye.LinuxSocket;
import sockeye.SocketInterruptedException;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/** Many threads at the same few sockets: what goes wrong once in a thousand times. */
@ExtendWith(NoLeaks.class)
@SuppressWarnings("ThreadPriorityCheck") // To yield makes for more orders of events.
class StressTest {
    /**
     * Every socket gets a mark of its own, and its number is used again at once. A receive that
     * outlived its socket's close would see another's mark.
     */
    @Test
    @Tag("A1-08")
    void noReceiveEverSeesTheNextOwnerOfItsNumber() throws Exception {
        List<Task<?>> workers = new ArrayList<>();
        for (int w = 0; w < 8; w++) {
            int worker = w;
            workers.add(
                    Task.run(() -> {
                        for (int i = 0; i < 300; i++) {
                            closeAgainstReceive((byte) (worker * 31 + i));
                        }
                    }));
        }
        for (Task<?> each : workers) {
            each.join();
        }
    }

    private static void closeAgainstReceive(byte mark) throws Exception {
        try (LinuxSocket.Pair pair = LinuxSocket.socketPair()) {
            Task<Integer> receiver =
                    Task.call(() -> {
                        int got = 0;
                        try {
                            while (true) {
                                byte[] some = pair.left().recv(64);
                                for (byte each : some) {
                                    assertEquals(mark, each);
                                }
                                got += some.length;
                            }
                        } catch (ClosedChannelException closed) {
                            return got;
                        }
                    });
            pair.right().send(new byte[] {mark, mark});
            if (mark % 2 == 0) {
                Thread.yield();
            }
            pair.left().close();
            assertTrue(receiver.join() <= 2);
        }
    }

    @Test
    void noWakeUpIsLostAmongManyPairs() throws Exception {
        List<Task<?>> players = new ArrayList<>();
        try (var pairs = new Pairs(50)) {
            for (LinuxSocket.Pair pair : pairs.all) {
                players.add(Task.run(() -> play(pair.left(), 200, true)));
                players.add(Task.run(() -> play(pair.right(), 200, false)));
            }
            for (Task<?> each : players) {
                each.join();
            }
        }
    }

    private static void play(LinuxSocket socket, int rounds, boolean first) throws IOException {
        byte[] ball = {0};
        for (int i = 0; i < rounds; i++) {
            if (first) {
                ball[0] = (byte) i;
                socket.sendAll(ball);
            }
            assertEquals(1, socket.recvInto(ball));
            assertEquals((byte) i, ball[0]);
            if (!first) {
                socket.sendAll(ball);
            }
        }
    }

    private static final class Pairs implements AutoCloseable {
        final List<LinuxSocket.Pair> all = new ArrayList<>();

        Pairs(int count) throws IOException {
            for (int i = 0; i < count; i++) {
                all.add(i % 2 == 0 ? LinuxSocket.socketPair() : TestFamily.TCP4.connect());
            }
        }

        @Override
        public void close() throws IOException {
            for (LinuxSocket.Pair each : all) {
                each.close();
            }
        }
    }

    /** Deadlines and interrupts come while data does: each byte is received once all the same. */
    @Test
    @Tag("A3-07")
    @Tag("A3-08")
    void nothingIsLostBetweenDeadlinesInterruptsAndData() throws Exception {
        try (LinuxSocket.Pair pair = TestFamily.TCP4.connect()) {
            int count = 2_000;
            var done = new AtomicBoolean();
            var receiver =
                    Task.call(() -> {
                        int got = 0;
                        while (got < count) {
                            try {
                                for (byte each : pair.right().recv(3)) {
                                    assertEquals((byte) got++, each);
                                }
                            } catch (SocketTimeoutException again) {
                                pair.right().readDeadline(Deadline.NONE);
                            } catch (SocketInterruptedException again) {
                                assertTrue(Thread.interrupted());
                            }
                        }
                        done.set(true);
                        return got;
                    });
            var disturber =
                    Task.run(() -> {
                        while (!done.get()) {
                            pair.right().readDeadline(Deadline.after(Duration.ZERO));
                            Thread.yield();
                            receiver.interrupt();
                            Thread.yield();
                        }
                    });
            for (int i = 0; i < count; i++) {
                pair.left().send(new byte[] {(byte) i});
                if (i % 10 == 0) {
                    Thread.yield();
                }
            }
            assertEquals(count, receiver.join());
            disturber.join();
        }
    }

    /** Each waiter has a timeout of its own at the same gate: all come, whoever came first. */
    @Test
    @Tag("A3-01")
    void manyTimeoutsAtOneSocketAllCome() throws Exception {
        try (LinuxSocket.Pair pair = LinuxSocket.socketPair()) {
            for (int round = 0; round < 10; round++) {
                List<Task<?>> waiting = new ArrayList<>();
                for (int i = 0; i < 20; i++) {
                    pair.left().setTimeout(Duration.ofMillis(1 + i % 7));
                    waiting.add(Task.call(() -> pair.left().recv(1)));
                }
                for (Task<?> each : waiting) {
                    each.failure(SocketTimeoutException.class);
                }
            }
        }
    }

    /** A detach and a close race: one of them has the number, and it is closed once. */
    @Test
    @Tag("A1-05")
    void detachAndCloseShareOneDescriptorOut() throws Exception {
        for (int i = 0; i < 500; i++) {
            LinuxSocket.Pair pair = LinuxSocket.socketPair();
            var closer = Task.run(pair.left()::close);
            try {
                LinuxSocket.adopt(pair.left().detach()).close();
            } catch (ClosedChannelException lost) {
                assertEquals(-1, pair.left().fileno());
            }
            closer.join();
            pair.right().close();
        }
    }
}
