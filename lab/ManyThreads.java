// SPDX-License-Identifier: Apache-2.0

import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

import sockeye.StreamSocket;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;

/**
 * Many virtual threads, each blocked in receive on a socket of its own: few platform threads, none
 * pinned, others make progress meanwhile, and each wakes with its own message. Prints what a parked
 * thread with its connection costs in heap.
 *
 * <pre>{@code lab/many-threads [HERE] [IN-THE-LAB-KERNEL]}</pre>
 *
 * <p>Arguments: how many threads, and the most bytes of heap for each (0: only print them).
 */
void main(String[] args) throws Exception {
    int count = args.length > 0 ? Integer.parseInt(args[0]) : 9_000;
    long most = args.length > 1 ? Long.parseLong(args[1]) : 0;
    new ManyThreads(count).run(most);
    IO.println("ok");
    // What is still open goes with the process: no need to close each.
    System.exit(0);
}

private static final class ManyThreads {
    private static final String PINNED = "jdk.VirtualThreadPinned";
    private static final int POLLERS_AT_MOST = 3;
    private static final int EXCHANGES = 1_000;
    private static final int WARMING_PAIRS = 200;
    private static final int WARMING_EXCHANGES = 200;

    private final StreamSocket[] sockets;
    private final AtomicInteger entered = new AtomicInteger();
    private final AtomicInteger wrong = new AtomicInteger();
    private final CountDownLatch left;

    ManyThreads(int count) {
        this.sockets = new StreamSocket[count / 2 * 2];
        this.left = new CountDownLatch(sockets.length);
    }

    void run(long most) throws Exception {
        // Until it is compiled: a thread that parks in interpreted code has twice the stack.
        exchange(WARMING_PAIRS, WARMING_EXCHANGES);
        new ManyThreads(WARMING_PAIRS).round();
        int platformBefore = ManagementFactory.getThreadMXBean().getThreadCount();
        Path events = Files.createTempFile("many-threads", ".jfr");
        try (var recording = new Recording()) {
            recording.enable(PINNED).withThreshold(Duration.ZERO);
            recording.start();
            long heapBefore = liveHeap();
            long began = System.nanoTime();
            open();
            long opened = System.nanoTime();
            park();
            long parked = System.nanoTime();
            long heap = (liveHeap() - heapBefore) / sockets.length;
            int platform = ManagementFactory.getThreadMXBean().getThreadCount();
            var pollers = pollers();
            long exchanging = System.nanoTime();
            exchange(1, EXCHANGES);
            long exchanged = System.nanoTime();
            wake();
            long woken = System.nanoTime();
            pinOnPurpose();
            recording.stop();
            recording.dump(events);
            IO.println(
                    "%,d sockets opened in %.1f s, as many virtual threads parked in %.1f s"
                            .formatted(sockets.length, s(began, opened), s(opened, parked)));
            IO.println("heap for a connection and its parked thread: %,d B".formatted(heap));
            IO.println(
                    "platform threads: %d before, %d while all wait; that wait for events: %s"
                            .formatted(platformBefore, platform, pollers));
            IO.println(
                    "another pair of virtual threads meanwhile: %,d exchanges in %.2f s"
                            .formatted(EXCHANGES, s(exchanging, exchanged)));
            IO.println(
                    "all woken in %.1f s, %d with a wrong message"
                            .formatted(s(exchanged, woken), wrong.get()));
            check(wrong.get() == 0, "a thread got what was not its own");
            check(pollers.size() <= POLLERS_AT_MOST, "too many pollers");
            // Carriers and the collector's threads may come and go, but not one a socket.
            check(platform < platformBefore + 20, "platform threads were started");
            check(most == 0 || heap <= most, "more than " + most + " B of heap for each");
        }
        // Sockets record events of their own, in every recording.
        List<RecordedEvent> pinned =
                RecordingFile.readAllEvents(events).stream()
                        .filter(e -> e.getEventType().getName().equals(PINNED))
                        .toList();
        Files.delete(events);
        long ours = pinned.stream().filter(e -> !isOnPurpose(e)).count();
        IO.println(
                "pinned: %d times by sockets, %d on purpose".formatted(ours, pinned.size() - ours));
        pinned.stream().filter(e -> !isOnPurpose(e)).limit(3).forEach(IO::println);
        check(ours == 0, "a virtual thread was pinned");
        check(pinned.size() > ours, "a pinned thread would not have been noticed");
    }

    private void open() throws IOException {
        for (int i = 0; i < sockets.length; i += 2) {
            var pair = StreamSocket.pair();
            sockets[i] = pair.left();
            sockets[i + 1] = pair.right();
        }
    }

    /** Starts a thread for each socket, and waits until every one has parked. */
    private void park() throws InterruptedException {
        var threads = new ArrayList<Thread>(sockets.length);
        for (int i = 0; i < sockets.length; i++) {
            int number = i;
            threads.add(Thread.ofVirtual().start(() -> receive(number)));
        }
        for (Thread each : threads) {
            while (each.getState() != Thread.State.WAITING) {
                check(each.isAlive(), "a thread ended before it got its message");
                LockSupport.parkNanos(1_000_000);
            }
        }
        check(entered.get() == sockets.length, "not all threads began");
    }

    private void receive(int number) {
        entered.incrementAndGet();
        try {
            var message = new byte[Integer.BYTES];
            int got = sockets[number].read(message);
            if (got != message.length || ByteBuffer.wrap(message).getInt() != number) {
                wrong.incrementAndGet();
            }
        } catch (IOException failed) {
            wrong.incrementAndGet();
        } finally {
            left.countDown();
        }
    }

    /** Sends each its number, from the other end of its pair. */
    private void wake() throws Exception {
        for (int i = 0; i < sockets.length; i++) {
            sockets[i ^ 1].write(ByteBuffer.allocate(Integer.BYTES).putInt(i).flip());
        }
        check(left.await(120, TimeUnit.SECONDS), left.getCount() + " threads did not wake");
    }

    private void round() throws Exception {
        open();
        park();
        wake();
        for (var each : sockets) {
            each.close();
        }
    }

    /** Two virtual threads a pair send a byte to and fro. */
    private static void exchange(int pairs, int times) throws Exception {
        var threads = new ArrayList<Thread>();
        for (int i = 0; i < pairs; i++) {
            var pair = StreamSocket.pair();
            threads.add(Thread.ofVirtual().start(() -> bounce(pair.left(), times, false)));
            threads.add(Thread.ofVirtual().start(() -> bounce(pair.right(), times, true)));
        }
        for (Thread each : threads) {
            check(each.join(Duration.ofSeconds(60)), "no progress of other virtual threads");
        }
    }

    private static void bounce(StreamSocket socket, int times, boolean begins) {
        var ball = new byte[1];
        try (socket) {
            for (int i = 0; i < times; i++) {
                if (begins) {
                    socket.write(ball);
                }
                check(socket.read(ball) == 1, "a ball is lost");
                if (!begins) {
                    socket.write(ball);
                }
            }
        } catch (IOException failed) {
            throw new AssertionError(failed);
        }
    }

    private static List<String> pollers() {
        var names = new ArrayList<String>();
        for (Thread each : Thread.getAllStackTraces().keySet()) {
            if (each.getName().startsWith("sockeye-")) {
                names.add(each.getName());
            }
        }
        return names;
    }

    /** Shows that the recording would have noticed: a thread parks while it initializes a class. */
    private static void pinOnPurpose() throws InterruptedException {
        Thread.ofVirtual().name("on-purpose").start(Pinned::touch).join();
    }

    private static final class Pinned {
        static {
            LockSupport.parkNanos(30_000_000);
        }

        static void touch() {}
    }

    private static boolean isOnPurpose(RecordedEvent event) {
        return "on-purpose".equals(event.getThread().getJavaName());
    }

    private static long liveHeap() throws InterruptedException {
        var memory = ManagementFactory.getMemoryMXBean();
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        return memory.getHeapMemoryUsage().getUsed();
    }

    private static double s(long from, long to) {
        return (to - from) / 1e9;
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}
