// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.AddressFamily;
import sockeye.ErrnoFailure;
import sockeye.Linger;
import sockeye.LinuxSocket;
import sockeye.MessageFlag;
import sockeye.SoOption;
import sockeye.SocketType;
import sockeye.StreamSocket;

import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.SocketTimeoutException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.SplittableRandom;

/** What streams have that needs a story of its own. */
@ExtendWith(NoLeaks.class)
class StreamCasesTest {
    private static byte[] noise(int length) {
        byte[] bytes = new byte[length];
        new SplittableRandom(length).nextBytes(bytes);
        return bytes;
    }

    @ParameterizedTest
    @EnumSource(names = {"TCP4", "TCP6", "UNIX_PAIR", "UNIX_PATH"})
    @Tag("A4-17")
    void anUrgentByteComesOutOfBandAndTheMarkIsSeen(TestFamily family) throws Exception {
        family.require();
        try (LinuxSocket.Pair pair = family.connect()) {
            LinuxSocket in = pair.right();
            var waiting = Task.call(() -> in.recv(1)).parked();
            pair.left().send(new byte[] {'0'});
            waiting.join();
            pair.left().sendAll(new byte[] {'a', 'b'});
            pair.left().send(new byte[] {'!'}, 0, 1, MessageFlag.MSG_OOB);
            pair.left().sendAll(new byte[] {'c'});
            assertEquals('!', in.recv(1, MessageFlag.MSG_OOB)[0]);
            assertEquals("ab", new String(in.recv(10), StandardCharsets.UTF_8));
            assertTrue(in.atMark());
            assertEquals("c", new String(in.recv(10), StandardCharsets.UTF_8));
            assertFalse(in.atMark());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.testkit.TestFamily#streams")
    @Tag("A4-09")
    void waitAllReturnsWhatItHasWhenTimeRunsOut(TestFamily family) throws Exception {
        family.require();
        try (LinuxSocket.Pair pair = family.connect()) {
            pair.left().sendAll(new byte[10]);
            pair.right().setTimeout(Duration.ofMillis(5));
            assertEquals(10, pair.right().recv(20, MessageFlag.MSG_WAITALL).length);
            assertThrows(
                    SocketTimeoutException.class,
                    () -> pair.right().recv(20, MessageFlag.MSG_WAITALL));
            pair.left().sendAll(new byte[10]);
            pair.right().setBlocking(true);
            var waiting = Task.call(() -> pair.right().recv(20, MessageFlag.MSG_WAITALL)).parked();
            pair.left().sendAll(new byte[10]);
            assertEquals(20, waiting.join().length);
            pair.left().sendAll(new byte[3]);
            StreamSocket.of(pair.left()).close();
            assertEquals(3, pair.right().recv(20, MessageFlag.MSG_WAITALL).length);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TCP4", "TCP6"})
    void aResetEndsAReadThatWaitsWithItsError(TestFamily family) throws Exception {
        family.require();
        try (LinuxSocket.Pair pair = family.connect()) {
            var waiting = Task.call(() -> pair.right().recv(1)).parked();
            pair.left().setOption(SoOption.LINGER, Linger.RESET);
            pair.left().close();
            var failure = waiting.failure(IOException.class);
            assertEquals(104, ((ErrnoFailure) failure).errno().number());
            assertTrue(failure.getMessage().startsWith("recv tcp:"), failure.getMessage());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.testkit.TestFamily#streams")
    @Tag("A4-13")
    void aFileIsSentByPathAndByChannel(TestFamily family) throws Exception {
        family.require();
        byte[] content = noise(3_000_000);
        Path file = Files.createTempFile("sockeye", ".bin");
        try (LinuxSocket.Pair pair = family.connect()) {
            Files.write(file, content);
            var receiver =
                    Task.call(() -> pair.right().recv(2 * 2_000_000, MessageFlag.MSG_WAITALL));
            assertEquals(2_000_000, pair.left().sendFile(file, 1_000_000, 9_000_000));
            try (FileChannel channel = FileChannel.open(file)) {
                assertEquals(2_000_000, pair.left().sendFile(channel, 1_000_000, 9_000_000));
            }
            byte[] got = receiver.join();
            for (int i = 0; i < 2_000_000; i++) {
                assertEquals(content[1_000_000 + i], got[i]);
                assertEquals(content[1_000_000 + i], got[2_000_000 + i]);
            }
            assertEquals(0, pair.left().sendFile(file, 5_000_000, 10));
        } finally {
            Files.delete(file);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.testkit.TestFamily#streams")
    @Tag("A4-21")
    void bytesAreSplicedFromOneSocketToAnother(TestFamily family) throws Exception {
        family.require();
        byte[] sent = noise(2_000_000);
        try (LinuxSocket.Pair in = family.connect();
                LinuxSocket.Pair out = family.connect()) {
            var relay = Task.call(() -> in.right().spliceTo(out.left(), Long.MAX_VALUE));
            var receiver = Task.call(() -> out.right().recv(sent.length, MessageFlag.MSG_WAITALL));
            in.left().sendAll(sent);
            StreamSocket.of(in.left()).close();
            assertEquals(sent.length, relay.join());
            assertArrayEquals(sent, receiver.join());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {SocketType.SOCK_STREAM, SocketType.SOCK_DGRAM, SocketType.SOCK_SEQPACKET})
    @Tag("A2-13")
    void socketPairMakesEveryType(int type) throws Exception {
        try (var pair = LinuxSocket.socketPair(AddressFamily.AF_UNIX, type, 0)) {
            assertEquals(type, pair.left().type());
            pair.left().send(new byte[] {1});
            assertEquals(1, pair.right().recv(1).length);
        }
    }

    @Test
    @Tag("A1-05")
    void detachLeavesTheDescriptorAsItWas() throws Exception {
        try (var pair = LinuxSocket.socketPair()) {
            int blocking = pair.left().detach();
            assertFalse(isNonBlocking(blocking));
            LinuxSocket adopted = LinuxSocket.adopt(blocking);
            assertTrue(isNonBlocking(blocking));
            adopted.setBlocking(false);
            int number = adopted.detach();
            assertTrue(isNonBlocking(number), "it was left in non-blocking mode");
            LinuxSocket again = LinuxSocket.adopt(number);
            assertTrue(isNonBlocking(again.detach()), "it was non-blocking before");
            LinuxSocket.adopt(number).close();
        }
    }

    private static boolean isNonBlocking(int fd) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/fdinfo/" + fd))) {
            if (line.startsWith("flags:")) {
                return (Integer.parseInt(line.substring(6).strip(), 8) & 0x800) != 0;
            }
        }
        throw new IOException("no flags");
    }

    @Test
    @Tag("A1-10")
    void aSocketThatNobodyHoldsIsClosedByTheCollector() throws Exception {
        int before = NoLeaks.descriptors().size();
        var gone = new WeakReference<>(LinuxSocket.socket(2, SocketType.SOCK_STREAM));
        Task.until(
                "the collector finds it",
                () -> {
                    System.gc();
                    return gone.refersTo(null);
                });
        Task.until(
                "it is closed",
                () -> {
                    try {
                        return NoLeaks.descriptors().size() <= before;
                    } catch (IOException failed) {
                        throw new AssertionError(failed);
                    }
                });
    }

    @Test
    @Tag("A4-16")
    void theReaderDoesNotSpinInNonBlockingMode() throws Exception {
        try (var pair = StreamSocket.pair()) {
            pair.left().socket().setBlocking(false);
            assertEquals(0, pair.left().read(new byte[1]));
            var failure = assertThrows(IOException.class, () -> pair.left().reader().readLine());
            assertEquals(11, ((ErrnoFailure) failure).errno().number());
            assertEquals(0, pair.left().read(new byte[1]));
            pair.right().write("x\n");
            Task.until("it is there", () -> available(pair.left()) == 2);
            assertEquals("x", pair.left().reader().readLine());
        }
    }

    private static int available(StreamSocket stream) {
        try {
            return stream.socket().available();
        } catch (IOException failed) {
            throw new AssertionError(failed);
        }
    }
}
