// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.Channels;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

@Tag("H5")
@Timeout(60)
@SuppressWarnings("try") // some are closed early on purpose, some only held open
class PassedDescriptorTest {
    private static final int O_RDONLY = 0;
    private static final int O_RDWR = 2;
    private static final int O_NOCTTY = 0x100;
    private static final int TIOCSPTLCK = 0x4004_5431;

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8));
    }

    private static String text(ByteBuffer buffer) {
        return StandardCharsets.UTF_8.decode(buffer.flip()).toString();
    }

    private static String read(PassedDescriptor from, int size) throws IOException {
        var buffer = ByteBuffer.allocate(size);
        from.read(buffer);
        return text(buffer);
    }

    /** Runs it on a virtual thread, and returns once that thread is parked. */
    private static <T> Waiting<T> waiting(Callable<T> call) {
        var result = new CompletableFuture<T>();
        Thread thread =
                Thread.startVirtualThread(() -> {
                    try {
                        result.complete(call.call());
                    } catch (Exception e) {
                        result.completeExceptionally(e);
                    }
                });
        while (thread.getState() != Thread.State.WAITING && thread.isAlive()) {
            Thread.onSpinWait();
        }
        return new Waiting<>(thread, result);
    }

    private record Waiting<T>(Thread thread, CompletableFuture<T> result) {
        Throwable failure() {
            return assertThrows(ExecutionException.class, result::get).getCause();
        }
    }

    @Test
    @Tag("A1-04")
    void theNumberIsGoneAfterClose() throws IOException {
        int number = OpenDescriptors.duplicate();
        PassedDescriptor descriptor = PassedDescriptor.adopt(number);
        assertEquals(number, descriptor.fileno());
        descriptor.close();
        descriptor.close();
        assertEquals(-1, descriptor.fileno());
        assertFalse(OpenDescriptors.exists(number));
        assertThrows(ClosedChannelException.class, descriptor::kind);
        assertThrows(ClosedChannelException.class, descriptor::lease);
        assertThrows(ClosedChannelException.class, descriptor::detach);
        assertThrows(ClosedChannelException.class, () -> descriptor.read(bytes("x")));
        assertThrows(ClosedChannelException.class, () -> descriptor.write(bytes("x")));
        assertThrows(ClosedChannelException.class, descriptor::isBlocking);
        assertThrows(ClosedChannelException.class, () -> PassedDescriptor.duplicate(descriptor));
        assertEquals("PassedDescriptor[closed]", descriptor.toString());
    }

    @Test
    @Tag("A1-05")
    void detachGivesTheNumberAwayOpen() throws IOException {
        PassedDescriptor descriptor = PassedDescriptor.adopt(OpenDescriptors.duplicate());
        int number = descriptor.detach();
        assertFalse(descriptor.isOpen());
        assertTrue(OpenDescriptors.exists(number));
        descriptor.close();
        assertTrue(OpenDescriptors.exists(number), "no longer ours to close");
        PassedDescriptor.adopt(number).close();
    }

    @Test
    void aWrongNumberShowsAtTheFirstUse() {
        assertThrows(IllegalArgumentException.class, () -> PassedDescriptor.adopt(-1));
        var nothing = PassedDescriptor.adopt(19_999);
        var failure =
                assertInstanceOf(
                        ErrnoFailure.class, assertThrows(IOException.class, nothing::kind));
        assertEquals(Errno.EBADF, failure.errno());
        assertThrows(IOException.class, nothing::close);
    }

    @Test
    void everyKindIsToldApart(@TempDir Path directory) throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "x");
        try (var regular = OpenDescriptors.open(file.toString(), O_RDONLY);
                var folder = OpenDescriptors.open(directory.toString(), O_RDONLY);
                var device = OpenDescriptors.open("/dev/null", O_RDWR);
                var counter = OpenDescriptors.eventfd(0);
                var epoll = OpenDescriptors.epoll();
                var process = OpenDescriptors.pidfd(ProcessHandle.current().pid());
                var reading = OpenDescriptors.open(fifo(directory), O_RDWR);
                var pair = LinuxSocket.socketPair();
                var socket = PassedDescriptor.duplicate(pair.left())) {
            assertEquals(DescriptorKind.REGULAR_FILE, regular.kind());
            assertEquals(DescriptorKind.DIRECTORY, folder.kind());
            assertEquals(DescriptorKind.CHARACTER_DEVICE, device.kind());
            assertEquals(DescriptorKind.EVENTFD, counter.kind());
            assertEquals(DescriptorKind.EPOLL, epoll.kind());
            assertEquals(DescriptorKind.PIDFD, process.kind());
            assertEquals(DescriptorKind.PIPE, reading.kind());
            assertEquals(DescriptorKind.SOCKET, socket.kind());
            assertEquals(
                    "PassedDescriptor[fd %d (PIPE)]".formatted(reading.fileno()),
                    reading.toString());
        }
    }

    private static String fifo(Path directory) throws IOException {
        String path = directory.resolve("fifo").toString();
        try {
            assertEquals(0, new ProcessBuilder("mkfifo", path).start().waitFor());
        } catch (InterruptedException e) {
            throw new IOException(e);
        }
        return path;
    }

    @Test
    void aPipeIsReadAndWrittenUntilItsEnd() throws IOException {
        PassedDescriptor[] pipe = OpenDescriptors.pipe();
        try (var in = pipe[0];
                var out = pipe[1]) {
            assertEquals(5, out.write(bytes("hello")));
            var direct = ByteBuffer.allocateDirect(10).position(1).limit(4);
            assertEquals(3, in.read(direct));
            assertEquals(4, direct.position());
            assertEquals("hel", text(direct.position(4)).substring(1));
            assertEquals("lo", read(in, 10));
            assertEquals(0, in.read(ByteBuffer.allocate(0)));
            assertEquals(0, out.write(ByteBuffer.allocate(0)));
            out.close();
            assertEquals(-1, in.read(ByteBuffer.allocate(1)));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> in.read(ByteBuffer.allocate(1).asReadOnlyBuffer()));
        }
    }

    @Test
    void aReaderWaitsOnAVirtualThreadThoughThePipeIsBlocking() throws Exception {
        PassedDescriptor[] pipe = OpenDescriptors.pipe();
        try (var in = pipe[0];
                var out = pipe[1]) {
            assertTrue(in.isBlocking());
            var reader = waiting(() -> read(in, 10));
            out.write(bytes("at last"));
            assertEquals("at last", reader.result.get());
            var again = waiting(() -> read(in, 10));
            out.close();
            assertEquals("", again.result.get());
            assertTrue(in.isBlocking(), "the flag that others share is left alone");
        }
    }

    @Test
    void manyVirtualThreadsWaitWithoutPinningACarrier() throws Exception {
        int readers = 4 * Runtime.getRuntime().availableProcessors();
        var pipes = new PassedDescriptor[readers][];
        var waiting = new Waiting<?>[readers];
        for (int i = 0; i < readers; i++) {
            pipes[i] = OpenDescriptors.pipe();
            PassedDescriptor in = pipes[i][0];
            waiting[i] = waiting(() -> read(in, 10));
        }
        for (int i = 0; i < readers; i++) {
            pipes[i][1].write(bytes("to " + i));
            assertEquals("to " + i, waiting[i].result.get());
            pipes[i][0].close();
            pipes[i][1].close();
        }
    }

    @Test
    void aWriterWaitsForRoomAndWritesAll() throws Exception {
        PassedDescriptor[] pipe = OpenDescriptors.pipe();
        byte[] much = new byte[1 << 20];
        for (int i = 0; i < much.length; i++) {
            much[i] = (byte) ((i * 31) >> 7);
        }
        try (var in = pipe[0];
                var out = pipe[1]) {
            var writer = waiting(() -> out.write(ByteBuffer.wrap(much)));
            var all = ByteBuffer.allocate(much.length);
            while (all.hasRemaining()) {
                in.read(all);
            }
            assertEquals(much.length, writer.result.get());
            assertEquals(ByteBuffer.wrap(much), all.flip());
        }
    }

    @Test
    void nobodyToReadIsEpipeWithTheBytesDone() throws Exception {
        PassedDescriptor[] pipe = OpenDescriptors.pipe();
        try (var out = pipe[1]) {
            var much = ByteBuffer.allocateDirect(1 << 20);
            var writer = waiting(() -> out.write(much));
            // It has begun: on one processor it may have waited for something else till now.
            assertEquals(1, pipe[0].read(ByteBuffer.allocate(1)));
            pipe[0].close();
            var failure = assertInstanceOf(ErrnoFailure.class, writer.failure());
            assertEquals(Errno.EPIPE, failure.errno());
            assertEquals("write", failure.operation());
            assertEquals(much.position(), failure.bytesDone());
            assertNotEquals(0, failure.bytesDone());
        }
    }

    @Test
    @Tag("A3-08")
    void anInterruptCancelsAndLeavesItOpen() throws Exception {
        PassedDescriptor[] pipe = OpenDescriptors.pipe();
        try (var in = pipe[0];
                var out = pipe[1]) {
            var reader =
                    waiting(() -> {
                        assertThrows(SocketInterruptedException.class, () -> read(in, 10));
                        return Thread.currentThread().isInterrupted();
                    });
            reader.thread.interrupt();
            assertTrue(reader.result.get(), "the status stays set");
            out.write(bytes("still"));
            assertEquals("still", read(in, 10));
        }
    }

    @Test
    @Tag("A1-08")
    void closingWakesTheReader() throws Exception {
        PassedDescriptor[] pipe = OpenDescriptors.pipe();
        try (var out = pipe[1]) {
            var reader = waiting(() -> read(pipe[0], 10));
            pipe[0].close();
            assertInstanceOf(AsynchronousCloseException.class, reader.failure());
        }
    }

    @Test
    @Tag("A3-07")
    void aDeadlineEndsAWait() throws Exception {
        PassedDescriptor[] pipe = OpenDescriptors.pipe();
        try (var in = pipe[0];
                var out = pipe[1]) {
            in.readDeadline(Deadline.after(Duration.ofMillis(1)));
            assertThrows(SocketTimeoutException.class, () -> read(in, 10));
            in.readDeadline(Deadline.NONE);
            out.write(bytes("later"));
            assertEquals("later", read(in, 10));
        }
    }

    @Test
    void aFileIsReadAndWrittenAtItsPosition(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "0123456789");
        try (var descriptor = OpenDescriptors.open(file.toString(), O_RDWR)) {
            assertEquals("0123", read(descriptor, 4));
            // A virtual thread does it elsewhere, with the same result.
            assertEquals(2, waiting(() -> descriptor.write(bytes("ab"))).result.get());
            assertEquals("678", waiting(() -> read(descriptor, 3)).result.get());
            assertEquals("9", read(descriptor, 10));
            assertEquals(-1, descriptor.read(ByteBuffer.allocate(1)));
        }
        assertEquals("0123ab6789", Files.readString(file));
    }

    @Test
    void aFileReopenedHasAPositionOfItsOwnAndNeedsNoName(@TempDir Path directory)
            throws IOException {
        Path file = Files.writeString(directory.resolve("file"), "hello");
        try (var descriptor = OpenDescriptors.open(file.toString(), O_RDONLY)) {
            Files.delete(file);
            assertEquals("he", read(descriptor, 2));
            try (var channel = descriptor.reopen()) {
                var all = ByteBuffer.allocate(10);
                channel.read(all);
                assertEquals("hello", text(all));
            }
            assertEquals("llo", read(descriptor, 10));
        }
    }

    @Test
    void aCounterWakesItsReader() throws Exception {
        try (var counter = OpenDescriptors.eventfd(0)) {
            var reader =
                    waiting(() -> {
                        var value = ByteBuffer.allocateDirect(8);
                        counter.read(value);
                        return value.flip();
                    });
            counter.write(OpenDescriptors.counter(7));
            assertEquals(OpenDescriptors.counter(7), reader.result.get());
        }
    }

    @Test
    void aTerminalThatCannotBeAskedNotToWaitIsWaitedFor() throws Exception {
        try (var master = OpenDescriptors.open("/dev/ptmx", O_RDWR | O_NOCTTY)) {
            try (var terminal = OpenDescriptors.terminalOf(master, TIOCSPTLCK)) {
                assertEquals(DescriptorKind.CHARACTER_DEVICE, terminal.kind());
                var reader = waiting(() -> read(terminal, 20));
                master.write(bytes("typed\n"));
                assertEquals("typed\n", reader.result.get());
                var closed = waiting(() -> read(terminal, 20));
                terminal.close();
                assertInstanceOf(AsynchronousCloseException.class, closed.failure());
            }
        }
    }

    @Test
    void channelsMakeStreamsOfIt() throws IOException {
        PassedDescriptor[] pipe = OpenDescriptors.pipe();
        try (var in = Channels.newInputStream(pipe[0])) {
            try (var out = Channels.newOutputStream(pipe[1])) {
                out.write("through streams".getBytes(StandardCharsets.UTF_8));
            }
            assertEquals("through streams", new String(in.readAllBytes(), StandardCharsets.UTF_8));
        }
    }

    @Test
    @Tag("A1-02")
    void aSocketIsTakenOver() throws IOException {
        try (var pair = LinuxSocket.socketPair()) {
            var passed = PassedDescriptor.adopt(pair.right().detach());
            int number = passed.fileno();
            try (var socket = passed.asSocket()) {
                assertEquals(number, socket.fileno());
                assertFalse(passed.isOpen());
                pair.left().sendAll("x".getBytes(StandardCharsets.UTF_8));
                assertEquals(1, socket.recv(10).length);
            }
        }
    }

    @Test
    @Tag("A1-02")
    void aSocketFindsItsRole() throws IOException {
        try (var stream = LinuxSocket.socketPair();
                var messages =
                        LinuxSocket.socketPair(AddressFamily.AF_UNIX, SocketType.SOCK_DGRAM, 0);
                var listener = Listener.stream(InetEndpoint.loopback(0))) {
            assertInstanceOf(StreamSocket.class, roleOf(stream.left()));
            assertInstanceOf(MessageSocket.class, roleOf(messages.left()));
            assertInstanceOf(Listener.class, roleOf(listener));
        }
        var device = OpenDescriptors.open("/dev/null", O_RDWR);
        var failure = assertThrows(IOException.class, device::asRole);
        assertEquals(Errno.ENOTSOCK, ((ErrnoFailure) failure).errno());
        device.close();
    }

    private static Role roleOf(HasDescriptor socket) throws IOException {
        try (Role role = PassedDescriptor.duplicate(socket).asRole()) {
            return role;
        }
    }

    @Test
    void whatIsNoSocketStaysOpenWhenAskedToBecomeOne() throws IOException {
        PassedDescriptor[] pipe = OpenDescriptors.pipe();
        try (var in = pipe[0];
                var out = pipe[1]) {
            var failure = assertThrows(IOException.class, in::asSocket);
            assertEquals(Errno.ENOTSOCK, ((ErrnoFailure) failure).errno());
            out.write(bytes("x"));
            assertEquals("x", read(in, 1));
        }
    }

    @Test
    void theFlagThatOthersShareCanBeSetAndCleared() throws IOException {
        PassedDescriptor[] pipe = OpenDescriptors.pipe();
        try (var in = pipe[0];
                var copy = PassedDescriptor.duplicate(in);
                var out = pipe[1]) {
            in.setBlocking(false);
            assertFalse(copy.isBlocking(), "one open file description");
            copy.setBlocking(true);
            assertTrue(in.isBlocking());
            assertTrue(out.isBlocking());
        }
    }

    @Test
    @Tag("A1-12")
    void inheritanceIsOffUntilAskedFor() throws IOException {
        try (var original = OpenDescriptors.eventfd(0);
                var copy = PassedDescriptor.duplicate(original)) {
            assertFalse(copy.isInheritable());
            copy.setInheritable(true);
            assertTrue(copy.isInheritable());
            copy.setInheritable(false);
            assertFalse(copy.isInheritable());
        }
    }

    @Test
    @Tag("A1-10")
    void aForgottenDescriptorIsClosedAndCounted() {
        long reported = Leaks.count();
        int number = OpenDescriptors.duplicate();
        forget(number);
        while (OpenDescriptors.exists(number)) {
            System.gc();
            Thread.onSpinWait();
        }
        assertTrue(Leaks.count() > reported);
    }

    private static void forget(int number) {
        assertEquals(number, PassedDescriptor.adopt(number).fileno());
    }
}
