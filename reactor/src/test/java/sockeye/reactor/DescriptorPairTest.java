// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.AddressFamily;
import sockeye.Errno;
import sockeye.ErrnoFailure;
import sockeye.HasDescriptor;
import sockeye.LinuxSocket;
import sockeye.PassedDescriptor;
import sockeye.PipePair;
import sockeye.SocketType;
import sockeye.reactor.testing.Simulator;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.Program;
import sockeye.testkit.Task;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Random;

/** Connections over descriptors that are no sockets, or two of them. */
@ExtendWith(NoLeaks.class)
@Tag("D2-13")
@Tag("C-11")
@Timeout(60)
@SuppressWarnings("try") // what is open is found by its name
class DescriptorPairTest {
    private static final int MUCH = 1_000_000;

    /** Echoes, and stops the reactor at the end. */
    private static class Echo extends Recorder {
        @Override
        void onReceived(Transport from, ByteBuffer received) {
            from.write(received);
        }

        @Override
        void onClosed(Transport from) {
            from.reactor().stop();
        }
    }

    private static byte[] random(int count) {
        byte[] bytes = new byte[count];
        new Random(count).nextBytes(bytes);
        return bytes;
    }

    private static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }

    private static byte[] all(PassedDescriptor from) throws IOException {
        return Channels.newInputStream(from).readAllBytes();
    }

    /** The same open file description, to see what became of it. */
    private static PassedDescriptor witness(HasDescriptor of) throws IOException {
        return PassedDescriptor.duplicate(of);
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void twoPipesAreAConnection(Engine engine) throws Exception {
        byte[] question = random(MUCH);
        var echo = new Echo();
        try (Reactor reactor = engine.open();
                PipePair to = PipePair.open();
                PipePair from = PipePair.open();
                PassedDescriptor input = witness(to.reader())) {
            reactor.adopt(to.reader(), from.writer(), echo);
            assertFalse(to.reader().isOpen(), "it is the reactor's");
            Task<?> asks =
                    Task.run(() -> {
                        to.writer().write(ByteBuffer.wrap(question));
                        to.writer().close();
                    });
            Task<byte[]> hears = Task.call(() -> all(from.reader()));
            Engine.run(reactor);
            asks.join();
            assertArrayEquals(question, hears.join());
            assertTrue(input.isBlocking());
        }
        assertNull(echo.why);
        assertTrue(echo.ended);
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void afterTheEndOfTheInputTheOutputGoesOn(Engine engine) throws Exception {
        var last =
                new Echo() {
                    @Override
                    void onEnded(Transport from) {
                        from.reactor()
                                .execute(() -> {
                                    from.write("said after the end");
                                    from.close();
                                });
                    }
                };
        try (Reactor reactor = engine.open();
                PipePair to = PipePair.open();
                PipePair from = PipePair.open()) {
            reactor.adopt(to.reader(), from.writer(), last);
            to.writer().close();
            Engine.run(reactor);
            assertEquals("said after the end", new String(all(from.reader()), UTF_8));
        }
        assertNull(last.why);
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void afterTheEndOfTheOutputTheInputGoesOn(Engine engine) throws Exception {
        var listener =
                new Recorder() {
                    @Override
                    void onOpened(Transport opened) {
                        opened.write("all that I say");
                        opened.shutdownOutput();
                    }

                    @Override
                    void onClosed(Transport from) {
                        from.reactor().stop();
                    }
                };
        try (Reactor reactor = engine.open();
                PipePair to = PipePair.open();
                PipePair from = PipePair.open()) {
            reactor.adopt(to.reader(), from.writer(), listener);
            Task<byte[]> hears =
                    Task.call(() -> {
                        byte[] heard = all(from.reader());
                        // It has seen the end, and is still heard.
                        to.writer().write(text("and I?"));
                        to.writer().close();
                        return heard;
                    });
            Engine.run(reactor);
            assertEquals("all that I say", new String(hears.join(), UTF_8));
        }
        assertEquals("and I?", listener.bytes.toString(UTF_8));
        assertNull(listener.why);
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void aReaderThatIsGoneIsAClearEnd(Engine engine) throws Exception {
        var talker =
                new Recorder() {
                    @Override
                    void onOpened(Transport opened) {
                        opened.write("to nobody");
                    }

                    @Override
                    void onClosed(Transport from) {
                        from.reactor().stop();
                    }
                };
        try (Reactor reactor = engine.open();
                PipePair to = PipePair.open();
                PipePair from = PipePair.open()) {
            from.reader().close();
            reactor.adopt(to.reader(), from.writer(), talker);
            Engine.run(reactor);
        }
        var failure = assertInstanceOf(ErrnoFailure.class, talker.why);
        assertEquals(Errno.EPIPE, failure.errno());
        assertTrue(talker.why.getMessage().matches("write fd \\d+ \\(PIPE\\): EPIPE .*"));
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void aSlowReaderIsToldOfAndWaitedFor(Engine engine) throws Exception {
        byte[] much = random(MUCH);
        var talker =
                new Recorder() {
                    long left;

                    @Override
                    void onOpened(Transport opened) {
                        opened.write(much);
                    }

                    @Override
                    void onWritable(Transport from, boolean writable) {
                        if (writable) {
                            left = from.pending();
                            from.close();
                        } else {
                            from.reactor().stop();
                        }
                    }

                    @Override
                    void onClosed(Transport from) {
                        from.reactor().stop();
                    }
                };
        try (Reactor reactor = engine.open();
                PipePair to = PipePair.open();
                PipePair from = PipePair.open()) {
            reactor.adopt(to.reader(), from.writer(), talker);
            Engine.run(reactor); // until it is full
            Task<byte[]> hears = Task.call(() -> all(from.reader()));
            Engine.run(reactor);
            assertArrayEquals(much, hears.join());
        }
        assertTrue(talker.left <= Transport.LOW_MARK, talker.left + " were left");
        assertNull(talker.why);
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void whoIsPausedLeavesTheRestInThePipe(Engine engine) throws Exception {
        byte[] much = random(MUCH);
        var reader =
                new Recorder() {
                    @Override
                    void onOpened(Transport opened) {
                        opened.pause();
                        opened.reactor().stop();
                    }

                    @Override
                    void onClosed(Transport from) {
                        from.reactor().stop();
                    }
                };
        try (Reactor reactor = engine.open();
                PipePair to = PipePair.open()) {
            Transport transport = reactor.adopt(to.reader(), null, reader);
            Engine.run(reactor);
            Task<?> writes =
                    Task.run(() -> {
                        to.writer().write(ByteBuffer.wrap(much));
                        to.writer().close();
                    });
            writes.parked();
            assertEquals(0, reader.bytes.size());
            transport.resume();
            Engine.run(reactor);
            writes.join();
        }
        assertArrayEquals(much, reader.bytes.toByteArray());
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void oneFileIsCopiedToAnother(Engine engine, @TempDir Path directory) throws Exception {
        byte[] content = random(300_000);
        Path source = Files.write(directory.resolve("source"), content);
        Path copy = directory.resolve("copy");
        var echo = new Echo();
        try (Reactor reactor = engine.open();
                var in = new RandomAccessFile(source.toFile(), "r");
                var out = new RandomAccessFile(copy.toFile(), "rw")) {
            reactor.adopt(duplicate(source), duplicate(copy), echo);
            Engine.run(reactor);
        }
        assertNull(echo.why);
        assertArrayEquals(content, Files.readAllBytes(copy));
    }

    /** A descriptor of a file that this process has open, by its name; one to write to, if any. */
    private static PassedDescriptor duplicate(Path file) throws IOException {
        int found = -1;
        try (var open = Files.list(Path.of("/proc/self/fd"))) {
            for (Path each : open.toList()) {
                if (Files.isSymbolicLink(each)
                        && file.toRealPath().equals(Files.readSymbolicLink(each))) {
                    int number = Integer.parseInt(each.getFileName().toString());
                    found = found < 0 || isWritten(number) ? number : found;
                }
            }
        }
        assertTrue(found >= 0, "not open: " + file);
        return PassedDescriptor.duplicate(HasDescriptor.borrowed(found));
    }

    private static boolean isWritten(int number) throws IOException {
        String flags =
                Files.readAllLines(Path.of("/proc/self/fdinfo/" + number)).stream()
                        .filter(line -> line.startsWith("flags:"))
                        .findFirst()
                        .orElseThrow();
        return (Integer.parseInt(flags.substring(6).strip(), 8) & 3) != 0;
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void theNullDeviceEndsAtOnceAndTakesAll(Engine engine) throws Exception {
        var talker =
                new Recorder() {
                    @Override
                    void onEnded(Transport from) {
                        from.write(new byte[MUCH]);
                        from.close();
                    }

                    @Override
                    void onClosed(Transport from) {
                        from.reactor().stop();
                    }
                };
        try (Reactor reactor = engine.open();
                var file = new RandomAccessFile("/dev/null", "rw")) {
            PassedDescriptor one = duplicate(Path.of("/dev/null"));
            reactor.adopt(one, one, talker);
            Engine.run(reactor);
        }
        assertNull(talker.why);
        assertEquals(0, talker.bytes.size());
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void aNamedPipeIsReadAndWritten(Engine engine, @TempDir Path directory) throws Exception {
        Path there = directory.resolve("there");
        Path back = directory.resolve("back");
        Program.run("mkfifo " + there + " " + back, "");
        byte[] question = random(200_000);
        var echo = new Echo();
        try (Reactor reactor = engine.open();
                var asking = new RandomAccessFile(there.toFile(), "rw");
                var hearing = new RandomAccessFile(back.toFile(), "rw")) {
            reactor.adopt(duplicate(there), duplicate(back), echo);
            Task<byte[]> hears =
                    Task.callOnPlatform(() -> {
                        byte[] heard = new byte[question.length];
                        hearing.readFully(heard);
                        reactor.stop();
                        return heard;
                    });
            Task<?> asks =
                    Task.callOnPlatform(() -> {
                        asking.write(question);
                        return 0;
                    });
            Engine.run(reactor);
            asks.join();
            assertArrayEquals(question, hears.join());
        } // with a thread that waits for more
        assertTrue(echo.closed);
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void aStopEndsANamedPipeWithWhatHasCome(Engine engine, @TempDir Path directory)
            throws Exception {
        Path there = directory.resolve("there");
        Program.run("mkfifo " + there, "");
        var listener = new Recorder();
        try (Reactor reactor = engine.open();
                var asking = new RandomAccessFile(there.toFile(), "rw")) {
            reactor.adopt(duplicate(there), null, listener);
            asking.write("hello".getBytes(UTF_8));
            var stopped = reactor.stop(Duration.ofSeconds(20));
            Engine.run(reactor);
            assertEquals(1, stopped.get().finished());
        }
        assertEquals("hello", listener.bytes.toString(UTF_8));
        assertTrue(listener.ended);
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void oneSocketIsAConnectionLikeOthersAndStaysAsItWas(Engine engine) throws Exception {
        var echo =
                new Echo() {
                    @Override
                    void onEnded(Transport from) {
                        from.write("end");
                        from.shutdownOutput();
                    }
                };
        try (Reactor reactor = engine.open();
                LinuxSocket.Pair pair = LinuxSocket.socketPair()) {
            int fd = pair.left().detach();
            PassedDescriptor socket = PassedDescriptor.adopt(fd);
            socket.setBlocking(true);
            try (PassedDescriptor same = witness(socket)) {
                Transport transport = reactor.adopt(socket, socket, echo);
                assertTrue(transport.unwrap(LinuxSocket.class).isEmpty());
                pair.right().sendAll("hello".getBytes(UTF_8), 0, 5, 0);
                pair.right().shutdown(LinuxSocket.SHUT_WR);
                Task<byte[]> hears = Task.call(() -> heard(pair.right()));
                Engine.run(reactor);
                assertEquals("helloend", new String(hears.join(), UTF_8));
                assertTrue(same.isBlocking());
            }
        }
        assertNull(echo.why);
    }

    private static byte[] heard(LinuxSocket socket) throws IOException {
        var all = new ByteArrayOutputStream();
        for (byte[] piece = socket.recv(1_000); piece.length > 0; piece = socket.recv(1_000)) {
            all.writeBytes(piece);
        }
        return all.toByteArray();
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void aSocketAndAPipeAreAConnection(Engine engine) throws Exception {
        byte[] question = random(MUCH);
        var echo = new Echo();
        try (Reactor reactor = engine.open();
                LinuxSocket.Pair pair = LinuxSocket.socketPair();
                PipePair from = PipePair.open()) {
            PassedDescriptor socket = PassedDescriptor.adopt(pair.left().detach());
            reactor.adopt(socket, from.writer(), echo);
            Task<?> asks =
                    Task.run(() -> {
                        pair.right().sendAll(question, 0, question.length, 0);
                        pair.right().shutdown(LinuxSocket.SHUT_WR);
                    });
            Task<byte[]> hears = Task.call(() -> all(from.reader()));
            Engine.run(reactor);
            asks.join();
            assertArrayEquals(question, hears.join());
        }
        assertNull(echo.why);
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void anOutputAloneEndsWhenNobodyReadsAnyMore(Engine engine) throws Exception {
        var talker =
                new Recorder() {
                    @Override
                    void onOpened(Transport opened) {
                        opened.write("hello");
                    }

                    @Override
                    void onClosed(Transport from) {
                        from.reactor().stop();
                    }
                };
        try (Reactor reactor = engine.open();
                PipePair from = PipePair.open()) {
            reactor.adopt(null, from.writer(), talker);
            Task<?> leaves =
                    Task.run(() -> {
                        var heard = ByteBuffer.allocate(5);
                        from.reader().read(heard);
                        from.reader().close();
                    });
            Engine.run(reactor);
            leaves.join();
        }
        assertTrue(talker.ended);
        assertNull(talker.why);
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void anInputAloneThrowsAwayWhatIsWritten(Engine engine) throws Exception {
        var listener =
                new Echo() {
                    @Override
                    void onEnded(Transport from) {
                        assertEquals(0, from.pending());
                    }
                };
        try (Reactor reactor = engine.open();
                PipePair to = PipePair.open()) {
            reactor.adopt(to.reader(), null, listener);
            to.writer().write(text("hello"));
            to.writer().close();
            Engine.run(reactor);
        }
        assertTrue(listener.ended);
        assertNull(listener.why);
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void itGoesOnWhenTheReactorRunsAgain(Engine engine) throws Exception {
        var echo = new Echo();
        try (Reactor reactor = engine.open();
                PipePair to = PipePair.open();
                PipePair from = PipePair.open()) {
            reactor.adopt(to.reader(), from.writer(), echo);
            reactor.stop();
            reactor.run();
            to.writer().write(text("hello"));
            to.writer().close();
            Engine.run(reactor);
            assertEquals("hello", new String(all(from.reader()), UTF_8));
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void aStopEndsTheInputWithWhatHasCome(Engine engine) throws Exception {
        var echo =
                new Recorder() {
                    @Override
                    void onReceived(Transport from, ByteBuffer received) {
                        from.write(received);
                    }
                };
        try (Reactor reactor = engine.open();
                PipePair to = PipePair.open();
                PipePair from = PipePair.open()) {
            reactor.adopt(to.reader(), from.writer(), echo);
            to.writer().write(text("hello"));
            var stopped = reactor.stop(Duration.ofSeconds(20));
            Engine.run(reactor);
            assertEquals(1, stopped.get().finished());
            assertEquals("hello", new String(all(from.reader()), UTF_8));
        }
        assertTrue(echo.ended);
    }

    @Test
    void whatIsNoStreamIsRefusedAndClosed() throws Exception {
        try (Reactor reactor = Reactor.open();
                PipePair pipe = PipePair.open()) {
            LinuxSocket datagrams =
                    LinuxSocket.socket(AddressFamily.AF_UNIX, SocketType.SOCK_DGRAM);
            PassedDescriptor socket = PassedDescriptor.adopt(datagrams.detach());
            var refused =
                    assertThrows(
                            IOException.class,
                            () -> reactor.adopt(socket, pipe.writer(), new Recorder()));
            assertEquals(Errno.EPROTOTYPE, ((ErrnoFailure) refused).errno());
            assertFalse(pipe.writer().isOpen());
            assertThrows(
                    IllegalArgumentException.class,
                    () -> reactor.adopt(null, null, new Recorder()));
        }
    }

    @Test
    void aSimulatorHasNoDescriptors() throws Exception {
        try (Simulator simulator = Simulator.of(1);
                PipePair pipe = PipePair.open()) {
            assertThrows(
                    UnsupportedOperationException.class,
                    () -> simulator.reactor().adopt(pipe.reader(), pipe.writer(), new Recorder()));
            assertTrue(pipe.reader().isOpen());
        }
    }
}
