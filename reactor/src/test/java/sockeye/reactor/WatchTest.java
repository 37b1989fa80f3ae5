// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.EventCounter;
import sockeye.FileEvent;
import sockeye.FileWatch;
import sockeye.HasDescriptor;
import sockeye.PassedDescriptor;
import sockeye.PipePair;
import sockeye.ProcessDescriptor;
import sockeye.Readiness;
import sockeye.TimerDescriptor;
import sockeye.testkit.NoLeaks;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Any descriptor among a reactor's, on every driver of the kernel's. */
@ExtendWith(NoLeaks.class)
@Tag("D1-10")
@Tag("C-11")
@Timeout(60)
class WatchTest {
    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void aPipeIsToldForAsLongAsItIsReady(Engine engine) throws Exception {
        try (Reactor reactor = engine.open();
                PipePair pipe = PipePair.open()) {
            var got = new ArrayList<String>();
            DescriptorWatch watch =
                    reactor.watch(
                            pipe.reader(),
                            Readiness.EPOLLIN,
                            (told, ready) -> {
                                var one = ByteBuffer.allocate(1);
                                int count = pipe.reader().read(one);
                                if (count < 0) {
                                    got.add(Readiness.namesOf(ready));
                                    told.close();
                                    reactor.stop();
                                } else {
                                    got.add(String.valueOf((char) one.get(0)));
                                }
                            });
            pipe.writer().write(ByteBuffer.wrap(new byte[] {'a', 'b', 'c'}));
            reactor.after(
                    Duration.ofMillis(5),
                    () -> {
                        try {
                            pipe.writer().close();
                        } catch (IOException failed) {
                            throw new AssertionError(failed);
                        }
                    });
            Engine.run(reactor);
            assertEquals(List.of("a", "b", "c", "EPOLLHUP"), got);
            assertFalse(watch.isOpen());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void theInterestChanges(Engine engine) throws Exception {
        try (Reactor reactor = engine.open();
                PipePair pipe = PipePair.open()) {
            int[] told = new int[1];
            DescriptorWatch watch =
                    reactor.watch(
                            pipe.writer(),
                            Readiness.EPOLLOUT,
                            (w, ready) -> {
                                assertEquals(Readiness.EPOLLOUT, ready);
                                assertTrue(w.interest() != 0, "told without interest");
                                if (++told[0] % 3 == 0) {
                                    w.interest(0);
                                    reactor.after(
                                            Duration.ofMillis(2),
                                            () -> w.interest(Readiness.EPOLLOUT));
                                }
                                if (told[0] == 9) {
                                    reactor.stop();
                                }
                            });
            Engine.run(reactor);
            assertEquals(9, told[0]);
            assertTrue(watch.isOpen());
            watch.close();
            watch.close();
            // Reads of the writing end are never ready: nothing is told.
            reactor.watch(pipe.writer(), Readiness.EPOLLIN, (w, ready) -> told[0]++);
            reactor.after(Duration.ofMillis(5), reactor::stop);
            Engine.run(reactor);
            assertEquals(9, told[0]);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void sourcesOfEventsTellWhatHappens(Engine engine, @TempDir Path directory) throws Exception {
        try (Reactor reactor = engine.open();
                EventCounter counter = EventCounter.open();
                TimerDescriptor timer = TimerDescriptor.open();
                FileWatch files = FileWatch.open()) {
            var told = new ArrayList<String>();
            Runnable one =
                    () -> {
                        if (told.size() == 3) {
                            reactor.stop();
                        }
                    };
            files.watch(directory, FileWatch.IN_CREATE);
            reactor.watch(
                    counter,
                    number -> {
                        told.add("counter " + number);
                        one.run();
                    });
            reactor.watch(
                    timer,
                    expired -> {
                        told.add("timer");
                        timer.disarm();
                        one.run();
                    });
            reactor.watch(
                    files,
                    events -> {
                        FileEvent first = events.getFirst();
                        told.add("file " + first.name());
                        one.run();
                    });
            counter.add(7);
            timer.after(Duration.ofMillis(1));
            Files.createFile(directory.resolve("fresh"));
            Engine.run(reactor);
            told.sort(null);
            assertEquals(List.of("counter 7", "file fresh", "timer"), told);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void theEndOfAProcessIsTold(Engine engine) throws Exception {
        Process process = new ProcessBuilder("cat").start();
        try (Reactor reactor = engine.open();
                ProcessDescriptor pid = ProcessDescriptor.of(process.pid())) {
            boolean[] alive = new boolean[1];
            reactor.watch(
                    pid,
                    Readiness.EPOLLIN,
                    (watch, ready) -> {
                        alive[0] = pid.isAlive();
                        watch.close();
                        reactor.stop();
                    });
            reactor.after(Duration.ofMillis(5), process::destroy);
            Engine.run(reactor);
            assertFalse(alive[0]);
        } finally {
            process.destroy();
            process.waitFor();
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void whatAHandlerThrowsEndsItsWatchAndIsTold(Engine engine) throws Exception {
        var failure = new IOException("on purpose");
        var failures = new ArrayList<Throwable>();
        try (Reactor reactor = engine.open(ReactorSettings.DEFAULT.withFailures(failures::add));
                EventCounter counter = EventCounter.open()) {
            DescriptorWatch watch =
                    reactor.watch(
                            counter,
                            Readiness.EPOLLIN,
                            (w, ready) -> {
                                reactor.after(Duration.ofMillis(2), reactor::stop);
                                throw failure;
                            });
            counter.add(1);
            Engine.run(reactor);
            assertEquals(1, failures.size());
            assertSame(failure, failures.getFirst());
            assertFalse(watch.isOpen());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void aWatchOutlivesTheDescriptorItWasGivenAndAStopOfTheReactor(Engine engine) throws Exception {
        try (Reactor reactor = engine.open();
                EventCounter counter = EventCounter.open()) {
            int[] told = new int[1];
            try (PassedDescriptor copy = PassedDescriptor.duplicate(counter)) {
                reactor.watch(
                        copy,
                        Readiness.EPOLLIN,
                        (watch, ready) -> {
                            if (counter.poll() != null) {
                                told[0]++;
                                reactor.stop();
                            }
                        });
            }
            for (int i = 1; i <= 3; i++) {
                counter.add(1);
                Engine.run(reactor);
                assertEquals(i, told[0]);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void whatCannotBeWatchedIsRefused(Engine engine, @TempDir Path directory) throws Exception {
        Path path = Files.createFile(directory.resolve("file")).toRealPath();
        PipePair pipe = PipePair.open();
        pipe.close();
        try (Reactor reactor = engine.open();
                EventCounter counter = EventCounter.open();
                var file = new RandomAccessFile(path.toFile(), "r")) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> reactor.watch(counter, Readiness.EPOLLET, (w, ready) -> {}));
            assertThrows(
                    IOException.class,
                    () -> reactor.watch(pipe.reader(), Readiness.EPOLLIN, (w, ready) -> {}));
            assertEquals(0, file.length());
            HasDescriptor number = descriptorOf(path);
            var refused =
                    assertThrows(
                            IOException.class,
                            () -> reactor.watch(number, Readiness.EPOLLIN, (w, ready) -> {}));
            assertTrue(refused.getMessage().contains("EPERM"), refused.getMessage());
        }
    }

    /** The number of an open file of this process. */
    static HasDescriptor descriptorOf(Path file) throws IOException {
        try (var all = Files.list(Path.of("/proc/self/fd"))) {
            for (Path each : all.toList()) {
                try {
                    if (Files.readSymbolicLink(each).equals(file)) {
                        return HasDescriptor.borrowed(
                                Integer.parseInt(each.getFileName().toString()));
                    }
                } catch (NoSuchFileException closedMeanwhile) {
                    // It is none of ours.
                }
            }
        }
        throw new AssertionError(file + " is not open");
    }

    @Test
    void aSimulatorSaysThatItHasNone() throws Exception {
        try (Reactor reactor = Engine.SIMULATOR.open();
                EventCounter counter = EventCounter.open()) {
            var refused =
                    assertThrows(
                            UnsupportedOperationException.class,
                            () -> reactor.watch(counter, Readiness.EPOLLIN, (w, ready) -> {}));
            assertTrue(refused.getMessage().contains("simulator"));
        }
    }
}
