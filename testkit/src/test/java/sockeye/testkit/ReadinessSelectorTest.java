// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static sockeye.Readiness.EPOLLERR;
import static sockeye.Readiness.EPOLLET;
import static sockeye.Readiness.EPOLLHUP;
import static sockeye.Readiness.EPOLLIN;
import static sockeye.Readiness.EPOLLONESHOT;
import static sockeye.Readiness.EPOLLOUT;
import static sockeye.Readiness.EPOLLPRI;
import static sockeye.Readiness.EPOLLRDHUP;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.Deadline;
import sockeye.Errno;
import sockeye.ErrnoFailure;
import sockeye.EventCounter;
import sockeye.HasDescriptor;
import sockeye.InetEndpoint;
import sockeye.LinuxSocket;
import sockeye.Listener;
import sockeye.MessageFlag;
import sockeye.PassedDescriptor;
import sockeye.Readiness;
import sockeye.ReadinessKey;
import sockeye.ReadinessSelector;
import sockeye.ReadyKeys;
import sockeye.SocketInterruptedException;
import sockeye.StreamSocket;
import sockeye.TimerDescriptor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicBoolean;

/** What a selector finds, how it waits, and what closing does. */
@Tag("C-03")
@Tag("C-04")
@ExtendWith(NoLeaks.class)
@SuppressWarnings("try") // some are closed early on purpose, some only held open
class ReadinessSelectorTest {
    private static final byte[] BYTE = {42};
    private static final Deadline SOON = Deadline.after(Duration.ofMinutes(10));

    private static List<String> names(ReadyKeys<String> ready) {
        List<String> names = new ArrayList<>();
        for (ReadinessKey<String> key : ready) {
            names.add(key.attachment());
        }
        names.sort(null);
        return names;
    }

    private static Task<?> start(boolean virtual, Callable<?> body) {
        return virtual ? Task.call(body::call) : Task.callOnPlatform(body::call);
    }

    @Test
    void whatIsReadyIsFoundWithItsAttachment() throws IOException {
        try (var selector = ReadinessSelector.<String>open();
                var one = LinuxSocket.socketPair();
                var two = LinuxSocket.socketPair()) {
            selector.register(one.left(), EPOLLIN, "one");
            selector.register(two.left(), EPOLLIN, "two");
            assertTrue(selector.selectNow().isEmpty());
            two.right().send(BYTE);
            assertEquals(List.of("two"), names(selector.select()));
            one.right().send(BYTE);
            assertEquals(List.of("one", "two"), names(selector.select()));
        }
    }

    @Test
    void aLevelIsFoundForAsLongAsItHolds() throws IOException {
        try (var selector = ReadinessSelector.<String>open();
                var pair = LinuxSocket.socketPair()) {
            selector.register(pair.left(), EPOLLIN, "a");
            pair.right().send(BYTE);
            assertEquals(1, selector.select().size());
            assertEquals(1, selector.select().size());
            pair.left().recv(1);
            assertTrue(selector.selectNow().isEmpty());
        }
    }

    @Test
    @ExactKernel
    void anEdgeIsFoundOnce() throws IOException {
        try (var selector = ReadinessSelector.<String>open();
                var pair = LinuxSocket.socketPair()) {
            ReadinessKey<String> key = selector.register(pair.left(), EPOLLIN | EPOLLET, "a");
            pair.right().send(BYTE);
            assertEquals(1, selector.select().size());
            assertTrue(selector.selectNow().isEmpty());
            pair.right().send(BYTE);
            assertEquals(1, selector.select().size(), "a new one");
            key.rearm();
            assertEquals(1, selector.select().size(), "asked for anew");
        }
    }

    @Test
    void oneShotIsSilentUntilItIsArmedAgain() throws IOException {
        try (var selector = ReadinessSelector.<String>open();
                var pair = LinuxSocket.socketPair()) {
            ReadinessKey<String> key = selector.register(pair.left(), EPOLLIN | EPOLLONESHOT, "a");
            pair.right().send(BYTE);
            assertEquals(1, selector.select().size());
            pair.right().send(BYTE);
            assertTrue(selector.selectNow().isEmpty());
            key.rearm();
            assertEquals(1, selector.select().size());
        }
    }

    @Test
    void theInterestCanBeChanged() throws IOException {
        try (var selector = ReadinessSelector.<String>open();
                var pair = LinuxSocket.socketPair()) {
            ReadinessKey<String> key = selector.register(pair.left(), EPOLLOUT, "a");
            assertEquals(1, selector.select().size());
            assertTrue(key.isWritable());
            assertFalse(key.isReadable());
            key.interest(EPOLLIN);
            assertEquals(EPOLLIN, key.interest());
            assertTrue(selector.selectNow().isEmpty());
            assertEquals("a", key.attach("b"));
            pair.right().send(BYTE);
            assertEquals(List.of("b"), names(selector.select()));
        }
    }

    @Test
    void theMasksTellHalfCloseAndHangUp() throws IOException {
        try (var selector = ReadinessSelector.<String>open();
                var pair = LinuxSocket.socketPair()) {
            ReadinessKey<String> key =
                    selector.register(pair.left(), EPOLLIN | EPOLLOUT | EPOLLRDHUP, "a");
            pair.right().shutdown(LinuxSocket.SHUT_WR);
            selector.select();
            assertEquals(
                    Readiness.namesOf(EPOLLIN | EPOLLOUT | EPOLLRDHUP),
                    Readiness.namesOf(key.ready()));
            assertTrue(key.isHalfClosed());
            assertFalse(key.isHangUp());
            pair.right().close();
            selector.select();
            assertTrue(key.isHangUp());
            assertTrue(key.isReadable());
        }
    }

    @Test
    void urgentDataIsPriority() throws IOException {
        try (var listener = Listener.stream(InetEndpoint.of("127.0.0.1", 0));
                var client = StreamSocket.connect(listener.local());
                var accepted = listener.accept();
                var selector = ReadinessSelector.<String>open()) {
            ReadinessKey<String> key = selector.register(accepted, EPOLLPRI, "a");
            client.socket().send(ByteBuffer.wrap(BYTE), MessageFlag.MSG_OOB);
            selector.select();
            assertEquals(EPOLLPRI, key.ready());
            assertTrue(key.isPriority());
        }
    }

    @Test
    void anErrorIsFoundThoughNobodyAsked() throws IOException {
        try (var socket =
                        LinuxSocket.socket(
                                sockeye.AddressFamily.AF_INET, sockeye.SocketType.SOCK_DGRAM);
                var selector = ReadinessSelector.<String>open()) {
            InetEndpoint nobody;
            try (var gone = Listener.stream(InetEndpoint.of("127.0.0.1", 0))) {
                nobody = (InetEndpoint) gone.local();
            }
            ReadinessKey<String> key = selector.register(socket, 0, "a");
            socket.connect(nobody);
            socket.send(BYTE);
            selector.select();
            assertTrue(key.isError());
            assertEquals(EPOLLERR, key.ready() & (EPOLLERR | EPOLLIN | EPOLLHUP));
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyFamilyCanBeWatched(TestFamily family) throws IOException {
        family.require();
        try (var pair = family.connect();
                var selector = ReadinessSelector.<String>open()) {
            selector.register(pair.left(), EPOLLIN, "a");
            assertTrue(selector.selectNow().isEmpty());
            pair.right().send(BYTE);
            assertEquals(List.of("a"), names(selector.select()));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aWaitingSelectFindsWhatComes(boolean virtual) throws Exception {
        try (var selector = ReadinessSelector.<String>open();
                var pair = LinuxSocket.socketPair()) {
            selector.register(pair.left(), EPOLLIN, "a");
            Task<?> waiting = start(virtual, () -> names(selector.select())).parked();
            pair.right().send(BYTE);
            assertEquals(List.of("a"), waiting.join());
        }
    }

    @Test
    void aWaitingSelectFindsWhatIsRegisteredOrAskedForMeanwhile() throws Exception {
        try (var selector = ReadinessSelector.<String>open();
                var one = LinuxSocket.socketPair();
                var two = LinuxSocket.socketPair()) {
            one.right().send(BYTE);
            two.right().send(BYTE);
            Task<List<String>> waiting = Task.call(() -> names(selector.select())).parked();
            ReadinessKey<String> key = selector.register(one.left(), EPOLLIN, "one");
            assertEquals(List.of("one"), waiting.join());
            key.interest(EPOLLPRI);
            Task<List<String>> again = Task.call(() -> names(selector.select())).parked();
            key.interest(EPOLLIN);
            assertEquals(List.of("one"), again.join());
        }
    }

    @Test
    void aDeadlineEndsASelectWithNothing() throws IOException {
        try (var selector = ReadinessSelector.<String>open();
                var pair = LinuxSocket.socketPair()) {
            selector.register(pair.left(), EPOLLIN, "a");
            assertTrue(selector.select(Deadline.after(Duration.ofMillis(1))).isEmpty());
            assertTrue(selector.select(Deadline.after(Duration.ZERO)).isEmpty());
            pair.right().send(BYTE);
            assertEquals(1, selector.select(Deadline.after(Duration.ZERO)).size());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anInterruptCancelsASelectAndNothingElse(boolean virtual) throws Exception {
        try (var selector = ReadinessSelector.<String>open();
                var pair = LinuxSocket.socketPair()) {
            selector.register(pair.left(), EPOLLIN, "a");
            AtomicBoolean status = new AtomicBoolean();
            Task<?> waiting =
                    start(
                            virtual,
                            () -> {
                                try {
                                    return selector.select();
                                } finally {
                                    status.set(Thread.currentThread().isInterrupted());
                                }
                            });
            waiting.parked().interrupt();
            waiting.failure(SocketInterruptedException.class);
            assertTrue(status.get());
            pair.right().send(BYTE);
            assertEquals(1, selector.select().size());
        }
    }

    @Test
    void wakeUpEndsTheSelectThatWaitsOrTheNext() throws Exception {
        try (var selector = ReadinessSelector.<String>open()) {
            Task<Boolean> waiting = Task.call(() -> selector.select().isEmpty()).parked();
            selector.wakeup();
            assertTrue(waiting.join());
            selector.wakeup();
            selector.wakeup();
            assertTrue(selector.select(SOON).isEmpty(), "the next");
            assertTrue(selector.select(Deadline.after(Duration.ofMillis(1))).isEmpty());
        }
    }

    @Test
    void closeWakesAllAndEndsTheKeys() throws Exception {
        try (var pair = LinuxSocket.socketPair()) {
            var selector = ReadinessSelector.<String>open();
            ReadinessKey<String> key = selector.register(pair.left(), EPOLLIN, "a");
            Task<?> one = Task.call(() -> selector.select(new ReadyKeys<>(1), Deadline.NONE));
            Task<?> two = Task.call(() -> selector.select(new ReadyKeys<>(1), Deadline.NONE));
            one.parked();
            two.parked();
            selector.close();
            selector.close();
            one.failure(AsynchronousCloseException.class);
            two.failure(AsynchronousCloseException.class);
            assertFalse(key.isValid());
            assertEquals(-1, selector.fileno());
            assertThrows(ClosedChannelException.class, selector::selectNow);
            assertThrows(ClosedChannelException.class, () -> key.interest(EPOLLOUT));
            assertThrows(
                    ClosedChannelException.class,
                    () -> selector.register(pair.right(), EPOLLIN, "b"));
            key.cancel();
            pair.right().send(BYTE);
            assertEquals(1, pair.left().recv(1).length, "the socket is as it was");
        }
    }

    @Test
    void aCancelledKeyIsNotFoundAnyMore() throws IOException {
        try (var selector = ReadinessSelector.<String>open();
                var pair = LinuxSocket.socketPair()) {
            ReadinessKey<String> key = selector.register(pair.left(), EPOLLIN, "a");
            pair.right().send(BYTE);
            ReadyKeys<String> ready = selector.select();
            key.cancel();
            assertFalse(ready.iterator().hasNext(), "not even by an iteration under way");
            assertTrue(selector.selectNow().isEmpty());
            assertEquals(0, selector.size());
            assertNull(selector.keyOf(pair.left()));
            selector.register(pair.left(), EPOLLIN, "again");
            assertEquals(List.of("again"), names(selector.select()));
        }
    }

    @Test
    void theKeysCanBeLookedUp() throws IOException {
        try (var selector = ReadinessSelector.<String>open();
                var other = ReadinessSelector.<String>open();
                var pair = LinuxSocket.socketPair()) {
            ReadinessKey<String> key = selector.register(pair.left(), EPOLLIN, "a");
            ReadinessKey<String> theirs = other.register(pair.left(), EPOLLIN, "b");
            assertSame(key, selector.keyOf(pair.left()));
            assertSame(theirs, other.keyOf(pair.left()));
            assertNull(selector.keyOf(pair.right()));
            assertEquals(List.of(key), selector.keys());
            assertSame(pair.left(), key.source());
        }
    }

    @Test
    void aSecondRegistrationIsRefused() throws IOException {
        try (var selector = ReadinessSelector.<String>open();
                var pair = LinuxSocket.socketPair()) {
            selector.register(pair.left(), EPOLLIN, "a");
            IOException failed =
                    assertThrows(
                            IOException.class, () -> selector.register(pair.left(), EPOLLIN, "b"));
            assertEquals(Errno.EEXIST, ((ErrnoFailure) failed).errno());
            assertEquals(1, selector.size());
        }
    }

    @Test
    void aRegularFileIsRefused() throws IOException {
        Path file = Files.createTempFile("sockeye", "");
        try (var selector = ReadinessSelector.<String>open();
                FileChannel channel = FileChannel.open(file);
                var opened = PassedDescriptor.adopt(openReadOnly(file))) {
            IOException failed =
                    assertThrows(IOException.class, () -> selector.register(opened, EPOLLIN, "b"));
            assertEquals(Errno.EPERM, ((ErrnoFailure) failed).errno());
            assertTrue(channel.isOpen());
        } finally {
            Files.delete(file);
        }
    }

    private static int openReadOnly(Path file) {
        try (var path = sockeye.internal.kernel.NativePath.of(file)) {
            return sockeye.internal.kernel.Kernel.real()
                    .openat(-100 /* AT_FDCWD */, path.address(), 0x80000 /* O_CLOEXEC */, 0);
        }
    }

    // Closed descriptors.

    @Test
    void theRegistrationEndsBeforeTheNumberDoes() throws IOException {
        try (var selector = ReadinessSelector.<String>open();
                var pair = LinuxSocket.socketPair();
                // Which keeps the open file description alive, and so would the registration.
                var duplicate = pair.left().dup()) {
            ReadinessKey<String> key = selector.register(pair.left(), EPOLLIN, "a");
            pair.right().send(BYTE);
            int number = pair.left().fileno();
            pair.left().close();
            assertFalse(key.isValid());
            assertEquals(0, selector.size());
            assertEquals("", watched(selector));
            try (var other = LinuxSocket.socketPair()) {
                // The number is given out again.
                assertTrue(other.left().fileno() == number || other.right().fileno() == number);
                assertTrue(selector.selectNow().isEmpty());
                selector.register(other.left(), EPOLLIN, "other");
                other.right().send(BYTE);
                assertEquals(List.of("other"), names(selector.select()));
                key.cancel();
                assertThrows(ClosedChannelException.class, () -> key.interest(EPOLLOUT));
                assertEquals(List.of("other"), names(selector.select()), "not hit by the old key");
            }
            assertEquals(1, duplicate.recv(1).length);
        }
    }

    /** What the kernel has registered; proc_pid_fdinfo(5). */
    private static String watched(HasDescriptor selector) throws IOException {
        Path info = Path.of("/proc/self/fdinfo/" + selector.fileno());
        return Files.readAllLines(info).stream()
                .filter(line -> line.startsWith("tfd:"))
                .reduce("", String::concat);
    }

    @Test
    void detachingEndsTheRegistrationToo() throws IOException {
        try (var selector = ReadinessSelector.<String>open();
                var pair = LinuxSocket.socketPair()) {
            ReadinessKey<String> key = selector.register(pair.left(), EPOLLIN, "a");
            try (var again = LinuxSocket.adopt(pair.left().detach())) {
                assertFalse(key.isValid());
                selector.register(again, EPOLLIN, "b");
                pair.right().send(BYTE);
                assertEquals(List.of("b"), names(selector.select()));
            }
        }
    }

    @Test
    void aHandlerMayCloseWhatIsReadyToo() throws IOException {
        try (var selector = ReadinessSelector.<LinuxSocket>open();
                var one = LinuxSocket.socketPair();
                var two = LinuxSocket.socketPair()) {
            selector.register(one.left(), EPOLLIN, two.left());
            selector.register(two.left(), EPOLLIN, one.left());
            one.right().send(BYTE);
            two.right().send(BYTE);
            int handled = 0;
            for (ReadinessKey<LinuxSocket> key : selector.select()) {
                key.attachment().close();
                handled++;
            }
            assertEquals(1, handled);
            assertEquals(1, selector.size());
        }
    }

    @Test
    void borrowedNumbersAreWatchedUntilTheyAreCancelled() throws IOException {
        try (var selector = ReadinessSelector.<String>open();
                var pair = LinuxSocket.socketPair()) {
            HasDescriptor number = HasDescriptor.borrowed(pair.left().fileno());
            ReadinessKey<String> key = selector.register(number, EPOLLIN, "number");
            pair.right().send(BYTE);
            assertEquals(List.of("number"), names(selector.select()));
            assertSame(key, selector.keyOf(HasDescriptor.borrowed(number.fileno())));
            key.interest(EPOLLPRI);
            assertTrue(selector.selectNow().isEmpty());
            key.cancel();
            assertEquals("", watched(selector));
        }
    }

    // What is not a socket.

    @Test
    void everythingIsWaitedForTogether() throws Exception {
        try (var selector = ReadinessSelector.<String>open();
                var pair = LinuxSocket.socketPair();
                var counter = EventCounter.open();
                var timer = TimerDescriptor.open()) {
            selector.register(pair.left(), EPOLLIN, "socket");
            selector.register(counter, EPOLLIN, "counter");
            selector.register(timer, EPOLLIN, "timer");
            timer.after(Duration.ofMillis(1));
            assertEquals(List.of("timer"), names(selector.select()));
            assertEquals(1, timer.await());
            assertTrue(selector.selectNow().isEmpty());
            counter.add(3);
            assertEquals(List.of("counter"), names(selector.select()));
            assertEquals(3, counter.await());
            pair.right().send(BYTE);
            assertEquals(List.of("socket"), names(selector.select()));
        }
    }

    @Test
    void aDescriptorOfAnyKindIsWatchedByItsNumber() throws Exception {
        try (var selector = ReadinessSelector.<String>open();
                var counter = EventCounter.open();
                var duplicate = PassedDescriptor.duplicate(counter)) {
            selector.register(duplicate, EPOLLIN, "a");
            counter.add(1);
            assertEquals(List.of("a"), names(selector.select()));
            var value = ByteBuffer.allocate(8);
            duplicate.read(value);
            assertTrue(selector.selectNow().isEmpty());
        }
    }

    @Test
    void theMaskIsShownByName() {
        assertEquals("0", Readiness.namesOf(0));
        assertEquals("EPOLLIN|EPOLLET", Readiness.namesOf(EPOLLIN | EPOLLET));
        assertEquals("EPOLLHUP|0x40", Readiness.namesOf(EPOLLHUP | 0x40));
    }
}
