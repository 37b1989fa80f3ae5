// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static sockeye.Readiness.EPOLLEXCLUSIVE;
import static sockeye.Readiness.EPOLLIN;
import static sockeye.Readiness.EPOLLONESHOT;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import sockeye.Deadline;
import sockeye.Errno;
import sockeye.ErrnoFailure;
import sockeye.HasDescriptor;
import sockeye.LinuxSocket;
import sockeye.ReadinessKey;
import sockeye.ReadinessSelector;
import sockeye.ReadyKeys;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/** A selector and several threads: who is woken, who gets what, and what nests. */
@Tag("C-03")
@Tag("C-04")
@ExtendWith(NoLeaks.class)
@SuppressWarnings("try") // some are only held open
class ReadinessThreadsTest {
    private static final byte[] BYTE = {42};

    private static List<String> names(ReadyKeys<String> ready) {
        List<String> names = new ArrayList<>();
        for (ReadinessKey<String> key : ready) {
            names.add(key.attachment());
        }
        names.sort(null);
        return names;
    }

    /** What the kernel has registered; proc_pid_fdinfo(5). */
    private static String watched(HasDescriptor selector) throws IOException {
        Path info = Path.of("/proc/self/fdinfo/" + selector.fileno());
        return Files.readAllLines(info).stream()
                .filter(line -> line.startsWith("tfd:"))
                .reduce("", String::concat);
    }

    @Test
    void closingMeetsRegisteringAndSelectingWithoutHarm() throws Exception {
        try (var selector = ReadinessSelector.<Integer>open()) {
            AtomicBoolean done = new AtomicBoolean();
            Task<Integer> selecting =
                    Task.call(() -> {
                        int found = 0;
                        while (!done.get()) {
                            for (ReadinessKey<Integer> key : selector.select()) {
                                found++;
                                key.cancel();
                            }
                        }
                        return found;
                    });
            List<Task<?>> others = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                others.add(
                        Task.run(() -> {
                            for (int round = 0; round < 200; round++) {
                                try (var pair = LinuxSocket.socketPair()) {
                                    selector.register(pair.left(), EPOLLIN, round);
                                    pair.right().send(BYTE);
                                    Task<?> closer = Task.run(pair.left()::close);
                                    ReadinessKey<Integer> key = selector.keyOf(pair.left());
                                    if (key != null) {
                                        key.cancel();
                                    }
                                    closer.join();
                                }
                            }
                        }));
            }
            for (Task<?> each : others) {
                each.join();
            }
            done.set(true);
            selector.wakeup();
            selecting.join();
            assertEquals(0, selector.size());
            assertEquals("", watched(selector));
        }
    }

    @Test
    void twoThreadsMayNotShareOneRoom() throws Exception {
        try (var selector = ReadinessSelector.<String>open()) {
            Task<Boolean> waiting = Task.call(() -> selector.select().isEmpty()).parked();
            assertThrows(IllegalStateException.class, selector::selectNow);
            assertEquals(0, selector.select(new ReadyKeys<>(1), Deadline.after(Duration.ZERO)));
            selector.wakeup();
            assertTrue(waiting.join());
        }
    }

    @Test
    void eachEventGoesToOneOfSeveralThreadsWithOneShot() throws Exception {
        int threads = 4;
        int rounds = 500;
        try (var selector = ReadinessSelector.<AtomicInteger>open();
                var pair = LinuxSocket.socketPair()) {
            AtomicInteger inside = new AtomicInteger();
            AtomicInteger received = new AtomicInteger();
            CountDownLatch all = new CountDownLatch(1);
            selector.register(pair.left(), EPOLLIN | EPOLLONESHOT, inside);
            List<Task<?>> workers = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                workers.add(
                        Task.run(() -> {
                            var room = new ReadyKeys<AtomicInteger>(8);
                            while (all.getCount() > 0) {
                                selector.select(room, Deadline.NONE);
                                for (ReadinessKey<AtomicInteger> key : room) {
                                    assertEquals(1, key.attachment().incrementAndGet());
                                    int got = pair.left().recv(1).length;
                                    key.attachment().decrementAndGet();
                                    if (received.addAndGet(got) == rounds) {
                                        all.countDown();
                                    }
                                    key.rearm();
                                }
                            }
                        }));
            }
            for (int i = 0; i < rounds; i++) {
                pair.right().send(BYTE);
            }
            all.await();
            Task.until(
                    "all leave",
                    () -> {
                        selector.wakeup();
                        return workers.stream().allMatch(Task::isDone);
                    });
            for (Task<?> each : workers) {
                each.join();
            }
        }
    }

    @Test
    void noWakeUpIsLostBetweenTwoThreads() throws Exception {
        int rounds = 3_000;
        try (var selector = ReadinessSelector.<String>open();
                var there = LinuxSocket.socketPair();
                var back = LinuxSocket.socketPair()) {
            selector.register(there.left(), EPOLLIN, "there");
            Task<?> echo =
                    Task.run(() -> {
                        for (int i = 0; i < rounds; i++) {
                            assertEquals(1, selector.select().size());
                            back.left().send(there.left().recv(1));
                        }
                    });
            for (int i = 0; i < rounds; i++) {
                there.right().send(BYTE);
                assertEquals(1, back.right().recv(1).length);
            }
            echo.join();
        }
    }

    @Test
    void moreThanThereIsRoomForIsFoundInTurns() throws IOException {
        List<LinuxSocket.Pair> pairs = new ArrayList<>();
        try (var selector = ReadinessSelector.<Integer>open()) {
            for (int i = 0; i < 10; i++) {
                pairs.add(LinuxSocket.socketPair());
                selector.register(pairs.get(i).left(), EPOLLIN, i);
                pairs.get(i).right().send(BYTE);
            }
            var room = new ReadyKeys<Integer>(4);
            Set<Integer> found = new HashSet<>();
            for (int i = 0; i < 3; i++) {
                assertEquals(4, selector.select(room, Deadline.NONE));
                room.forEach(key -> found.add(key.attachment()));
            }
            assertEquals(10, found.size());
        } finally {
            for (LinuxSocket.Pair pair : pairs) {
                pair.close();
            }
        }
    }

    // Nesting.

    @Test
    void aSelectorCanBeRegisteredWithAnother() throws Exception {
        try (var inner = ReadinessSelector.<String>open();
                var outer = ReadinessSelector.<String>open();
                var pair = LinuxSocket.socketPair()) {
            inner.register(pair.left(), EPOLLIN, "socket");
            outer.register(inner, EPOLLIN, "inner");
            Task<List<String>> waiting = Task.call(() -> names(outer.select())).parked();
            pair.right().send(BYTE);
            assertEquals(List.of("inner"), waiting.join());
            assertEquals(List.of("socket"), names(inner.selectNow()));
            inner.close();
            assertEquals(0, outer.size());
        }
    }

    @Test
    void bothASelectorAndTheOneAboveItAreWaitedFor() throws Exception {
        int rounds = 1_000;
        try (var inner = ReadinessSelector.<String>open();
                var outer = ReadinessSelector.<String>open();
                var there = LinuxSocket.socketPair();
                var back = LinuxSocket.socketPair()) {
            inner.register(there.left(), EPOLLIN, "socket");
            outer.register(inner, EPOLLIN, "inner");
            AtomicBoolean done = new AtomicBoolean();
            Task<Boolean> above =
                    Task.callOnPlatform(() -> {
                        while (!done.get()) {
                            outer.selectNow();
                        }
                        return true;
                    });
            Task<?> echo =
                    Task.run(() -> {
                        for (int i = 0; i < rounds; i++) {
                            assertEquals(1, inner.select().size());
                            back.left().send(there.left().recv(1));
                        }
                    });
            for (int i = 0; i < rounds; i++) {
                there.right().send(BYTE);
                assertEquals(1, back.right().recv(1).length);
            }
            echo.join();
            done.set(true);
            above.join();
        }
    }

    @Test
    void exclusiveIsPassedOnAndCannotBeChanged() throws Exception {
        try (var one = ReadinessSelector.<String>open();
                var two = ReadinessSelector.<String>open();
                var pair = LinuxSocket.socketPair()) {
            ReadinessKey<String> key = one.register(pair.left(), EPOLLIN | EPOLLEXCLUSIVE, "one");
            two.register(pair.left(), EPOLLIN | EPOLLEXCLUSIVE, "two");
            IOException refused = assertThrows(IOException.class, () -> key.interest(EPOLLIN));
            assertEquals(Errno.EINVAL, ((ErrnoFailure) refused).errno());
            Task<List<String>> first = Task.call(() -> names(one.select())).parked();
            Task<List<String>> second = Task.call(() -> names(two.select())).parked();
            pair.right().send(BYTE);
            // Both, as the page says, for neither is inside epoll_wait(2) of its own.
            assertEquals(List.of("one"), first.join());
            assertEquals(List.of("two"), second.join());
        }
    }
}
