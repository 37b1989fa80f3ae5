// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static sockeye.FileWatch.IN_CLOSE_WRITE;
import static sockeye.FileWatch.IN_CREATE;
import static sockeye.FileWatch.IN_DELETE;
import static sockeye.FileWatch.IN_DELETE_SELF;
import static sockeye.FileWatch.IN_IGNORED;
import static sockeye.FileWatch.IN_ISDIR;
import static sockeye.FileWatch.IN_MODIFY;
import static sockeye.FileWatch.IN_MOVED_FROM;
import static sockeye.FileWatch.IN_MOVED_TO;
import static sockeye.FileWatch.IN_ONLYDIR;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import sockeye.Errno;
import sockeye.ErrnoFailure;
import sockeye.FileEvent;
import sockeye.FileWatch;
import sockeye.Readiness;
import sockeye.ReadinessSelector;

import java.io.IOException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What inotify tells. */
@Tag("H9")
@ExtendWith(NoLeaks.class)
@SuppressWarnings("try") // one is closed early on purpose
class FileWatchTest {
    @TempDir Path directory;

    @Test
    void whatHappensInADirectoryIsToldInItsOrder() throws IOException {
        try (var watch = FileWatch.open()) {
            int number = watch.watch(directory, IN_CREATE | IN_CLOSE_WRITE | IN_DELETE);
            assertNull(watch.poll());
            Path file = directory.resolve("é");
            Files.writeString(file, "x");
            Files.delete(file);
            List<FileEvent> events = new ArrayList<>();
            while (events.size() < 3) {
                events.addAll(watch.await());
            }
            assertEquals(
                    List.of(IN_CREATE, IN_CLOSE_WRITE, IN_DELETE),
                    events.stream().map(FileEvent::mask).toList());
            for (FileEvent each : events) {
                assertEquals(number, each.watch());
                assertEquals(file, each.file());
                assertEquals(0, each.cookie());
                assertFalse(each.isDirectory());
            }
        }
    }

    @Test
    void aRenameIsTwoEventsWithOneCookie() throws IOException {
        try (var watch = FileWatch.open()) {
            Path before = Files.createDirectory(directory.resolve("before"));
            watch.watch(directory, IN_MOVED_FROM | IN_MOVED_TO);
            Files.move(before, directory.resolve("after"));
            List<FileEvent> events = watch.await();
            assertEquals(2, events.size());
            assertEquals(IN_MOVED_FROM | IN_ISDIR, events.get(0).mask());
            assertEquals("before", events.get(0).name());
            assertEquals("after", events.get(1).name());
            assertTrue(events.get(1).isDirectory());
            assertNotEquals(0, events.get(0).cookie());
            assertEquals(events.get(0).cookie(), events.get(1).cookie());
        }
    }

    @Test
    void aFileItselfIsWatchedUntilItIsGone() throws IOException {
        try (var watch = FileWatch.open()) {
            Path file = Files.createFile(directory.resolve("f"));
            watch.watch(file, IN_MODIFY | IN_DELETE_SELF);
            Files.writeString(file, "x");
            FileEvent changed = watch.await().getFirst();
            assertTrue(changed.is(IN_MODIFY));
            assertEquals(file, changed.file());
            assertNull(changed.name());
            Files.delete(file);
            List<FileEvent> events = new ArrayList<>();
            while (events.stream().noneMatch(each -> each.is(IN_IGNORED))) {
                events.addAll(watch.await());
            }
            assertTrue(events.stream().anyMatch(each -> each.is(IN_DELETE_SELF)));
            assertTrue(watch.toString().endsWith("[]]"), watch::toString);
        }
    }

    @Test
    void aWatchThatEndsSaysSo() throws IOException {
        try (var watch = FileWatch.open()) {
            int number = watch.watch(directory, IN_CREATE);
            watch.unwatch(number);
            assertEquals(IN_IGNORED, watch.await().getFirst().mask());
            Files.createFile(directory.resolve("f"));
            assertNull(watch.poll());
            IOException none = assertThrows(IOException.class, () -> watch.unwatch(number));
            assertEquals(Errno.EINVAL, ((ErrnoFailure) none).errno());
        }
    }

    @Test
    @ExactKernel // else EAGAIN ends what is read
    void moreThanTheQueueHoldsIsAnOverflow() throws IOException {
        Path limit = Path.of("/proc/sys/fs/inotify/max_queued_events");
        // Not readString, which reads one byte first, and sysctls are read at once or not at all.
        int most = Integer.parseInt(Files.readAllLines(limit).getFirst());
        try (var watch = FileWatch.open()) {
            watch.watch(directory, IN_CREATE | IN_DELETE);
            for (int i = 0; i < most; i++) {
                Files.delete(Files.createFile(directory.resolve("f" + i % 2)));
            }
            List<FileEvent> events = new ArrayList<>();
            for (List<FileEvent> some; (some = watch.poll()) != null; ) {
                events.addAll(some);
            }
            List<FileEvent> overflow = events.stream().filter(FileEvent::isOverflow).toList();
            assertEquals(1, overflow.size(), () -> "of " + events.size());
            assertNull(overflow.getFirst().watched());
            assertTrue(events.size() < 2 * most, "not all are told");
        }
    }

    @Test
    void whatCannotBeWatchedIsRefused() throws IOException {
        try (var watch = FileWatch.open()) {
            Path file = Files.createFile(directory.resolve("f"));
            IOException failed =
                    assertThrows(
                            IOException.class, () -> watch.watch(file, IN_CREATE | IN_ONLYDIR));
            assertEquals(Errno.ENOTDIR, ((ErrnoFailure) failed).errno());
            failed =
                    assertThrows(
                            IOException.class,
                            () -> watch.watch(directory.resolve("no"), IN_CREATE));
            assertEquals(Errno.ENOENT, ((ErrnoFailure) failed).errno());
            assertTrue(String.valueOf(failed.getMessage()).contains("/no"));
        }
    }

    @Test
    void aWatchIsWaitedForAndSelected() throws Exception {
        try (var watch = FileWatch.open();
                var selector = ReadinessSelector.<String>open()) {
            watch.watch(directory, IN_CREATE);
            selector.register(watch, Readiness.EPOLLIN, "files");
            Task<Integer> selecting = Task.call(() -> selector.select().size()).parked();
            Task<List<FileEvent>> waiting = Task.call(() -> watch.await()).parked();
            Files.createFile(directory.resolve("f"));
            assertEquals("f", waiting.join().getFirst().name());
            selector.wakeup();
            assertTrue(selecting.join() <= 1);
            Task<?> closed = Task.call(() -> watch.await()).parked();
            watch.close();
            closed.failure(AsynchronousCloseException.class);
        }
    }

    @Test
    void whatHappenedIsShownByName() {
        assertEquals("IN_CREATE|IN_ISDIR", FileWatch.namesOf(IN_CREATE | IN_ISDIR));
        assertEquals("0", FileWatch.namesOf(0));
    }
}
