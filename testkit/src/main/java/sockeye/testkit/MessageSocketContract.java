// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import sockeye.Deadline;
import sockeye.Message;
import sockeye.MessageFlag;
import sockeye.MessageSocket;
import sockeye.SocketInterruptedException;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;

/**
 * What every {@link MessageSocket} does, of any family and type. A suite extends this and says how
 * to make two ends that are connected to each other.
 */
public abstract class MessageSocketContract implements Suite {
    private static final Deadline PASSED = Deadline.after(Duration.ZERO);

    /** Two ends that are connected to each other. */
    public record Ends(MessageSocket left, MessageSocket right) implements AutoCloseable {
        @Override
        public void close() throws IOException {
            try (right) {
                left.close();
            }
        }
    }

    /** For a suite to extend. */
    protected MessageSocketContract() {}

    /** Makes two connected ends. */
    protected abstract Ends open() throws Exception;

    private static String text(@Nullable Message message) {
        assertNotNull(message);
        return StandardCharsets.UTF_8.decode(message.payload().duplicate()).toString();
    }

    private static ByteBuffer room() {
        return ByteBuffer.allocate(1_000);
    }

    @Test
    @Tag("A4-12")
    void messagesKeepTheirBoundariesAndTheirOrder() throws Exception {
        try (Ends ends = open()) {
            ends.left().send("one");
            ends.left().send("and");
            ends.left().send(ByteBuffer.wrap(new byte[] {'t', 'w', 'o'}));
            ByteBuffer buffer = room();
            assertEquals("one", text(ends.right().receive(buffer)));
            assertEquals("and", text(ends.right().receive(buffer)));
            assertEquals("two", text(ends.right().receive(buffer)));
            assertEquals("oneandtwo", StandardCharsets.UTF_8.decode(buffer.flip()).toString());
        }
    }

    @Test
    @Tag("A4-11")
    void anEmptyMessageIsAMessage() throws Exception {
        need(Ability.EMPTY_MESSAGE);
        try (Ends ends = open()) {
            ends.left().send(new byte[0]);
            Message empty = ends.right().receive(room());
            assertNotNull(empty);
            assertEquals(0, empty.length());
            ends.right().send("answer");
            assertEquals("answer", text(ends.left().receive(room())));
        }
    }

    @Test
    @Tag("A4-11")
    void emptyRecordsBeforeTheEndAreNotTheEndIfMoreFollows() throws Exception {
        need(Ability.END, Ability.EMPTY_MESSAGE);
        try (Ends ends = open()) {
            ends.left().send("");
            ends.left().send("");
            ends.left().send("last");
            ends.left().close();
            assertEquals("", text(ends.right().receive(room())));
            assertEquals("", text(ends.right().receive(room())));
            assertEquals("last", text(ends.right().receive(room())));
            assertNull(ends.right().receive(room()));
            assertNull(ends.right().receive(room()));
        }
    }

    @Test
    @Tag("A4-10")
    void truncationIsNeverSilent() throws Exception {
        try (Ends ends = open()) {
            ends.left().send("0123456789");
            ends.left().send("next");
            Message cut = ends.right().receive(ByteBuffer.allocate(4));
            assertNotNull(cut);
            assertTrue(cut.truncated());
            assertEquals("0123", text(cut));
            Message whole = ends.right().receive(ByteBuffer.allocate(4));
            assertNotNull(whole);
            assertFalse(whole.truncated());
            assertEquals("next", text(whole));
        }
    }

    @Test
    @Tag("A4-10")
    void theRealLengthIsToldIfAskedFor() throws Exception {
        need(Ability.REAL_LENGTH);
        try (Ends ends = open()) {
            ends.left().send("0123456789");
            Message cut = ends.right().receive(ByteBuffer.allocate(4), 0, MessageFlag.MSG_TRUNC);
            assertNotNull(cut);
            assertTrue(cut.truncated());
            assertEquals("0123", text(cut));
            assertEquals(10, cut.length());
        }
    }

    @Test
    @Tag("A4-09")
    void aPeekLeavesTheMessage() throws Exception {
        need(Ability.PEEK);
        try (Ends ends = open()) {
            ends.left().send("look");
            assertEquals("look", text(ends.right().receive(room(), 0, MessageFlag.MSG_PEEK)));
            assertEquals("look", text(ends.right().receive(room(), 0, MessageFlag.MSG_PEEK)));
            assertEquals("look", text(ends.right().receive(room())));
        }
    }

    @Test
    void theLargestMessagesGoWholeThroughHeapAndDirectBuffers() throws Exception {
        try (Ends ends = open()) {
            byte[] sent = new byte[60_000];
            for (int i = 0; i < sent.length; i++) {
                sent[i] = (byte) (i * 31);
            }
            ends.left().send(sent);
            ByteBuffer direct = ByteBuffer.allocateDirect(70_000);
            Message first = ends.right().receive(direct);
            assertNotNull(first);
            byte[] got = new byte[first.payload().remaining()];
            first.payload().get(got);
            assertArrayEquals(sent, got);
            ends.left().send(ByteBuffer.allocateDirect(sent.length).put(sent).flip());
            Message second = ends.right().receive(ByteBuffer.allocate(70_000));
            assertNotNull(second);
            assertEquals(ByteBuffer.wrap(sent), second.payload());
        }
    }

    @Test
    void aReceiveWaitsOnVirtualAndOnPlatformThreads() throws Exception {
        try (Ends ends = open()) {
            var virtual = Task.call(() -> text(ends.right().receive(room()))).parked();
            ends.left().send("v");
            assertEquals("v", virtual.join());
            var platform = Task.callOnPlatform(() -> text(ends.right().receive(room()))).parked();
            ends.left().send("p");
            assertEquals("p", platform.join());
        }
    }

    @Test
    @Tag("A3-07")
    void aReadDeadlineEndsReceivesAndNothingIsLost() throws Exception {
        try (Ends ends = open()) {
            var waiting = Task.call(() -> ends.right().receive(room())).parked();
            ends.right().readDeadline(PASSED);
            waiting.failure(SocketTimeoutException.class);
            assertThrows(SocketTimeoutException.class, () -> ends.right().receive(room()));
            ends.right().readDeadline(Deadline.NONE);
            ends.left().send("later");
            assertEquals("later", text(ends.right().receive(room())));
        }
    }

    @Test
    @Tag("A3-08")
    void anInterruptCancelsAReceiveAndTheSocketGoesOn() throws Exception {
        try (Ends ends = open()) {
            var cancelled = new CountDownLatch(1);
            var waiting =
                    Task.call(() -> {
                        assertThrows(
                                SocketInterruptedException.class,
                                () -> ends.right().receive(room()));
                        assertTrue(Thread.interrupted(), "the status stays set");
                        cancelled.countDown();
                        return text(ends.right().receive(room()));
                    });
            waiting.parked().interrupt();
            cancelled.await();
            ends.left().send("on");
            assertEquals("on", waiting.join());
        }
    }

    @Test
    @Tag("A1-08")
    void closeWakesAllWhoWait() throws Exception {
        try (Ends ends = open()) {
            List<Task<?>> waiting = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                waiting.add(Task.call(() -> ends.right().receive(room())).parked());
            }
            ends.right().close();
            for (Task<?> each : waiting) {
                each.failure(AsynchronousCloseException.class);
            }
            assertThrows(ClosedChannelException.class, () -> ends.right().receive(room()));
            assertThrows(ClosedChannelException.class, () -> ends.right().send("x"));
            ends.right().close();
            assertFalse(ends.right().isOpen());
        }
    }

    @Test
    void aFullReceiverHoldsTheSenderBackAndNoMessageIsLost() throws Exception {
        need(Ability.HOLDING_BACK);
        try (Ends ends = open()) {
            // Some count messages, some bytes: enough of both, and no divisor of a buffer's size.
            int count = 3_000;
            String filling = " ".repeat(993);
            var sender =
                    Task.run(() -> {
                        for (int i = 0; i < count; i++) {
                            ends.left().send(i + filling);
                        }
                    });
            sender.parked();
            for (int i = 0; i < count; i++) {
                assertEquals(Integer.toString(i), text(ends.right().receive(room())).strip());
            }
            sender.join();
        }
    }

    @Test
    @Tag("A3-07")
    void aWriteDeadlineEndsASendThatWaits() throws Exception {
        need(Ability.HOLDING_BACK);
        try (Ends ends = open()) {
            var sender =
                    Task.run(
                                    () -> {
                                        while (true) {
                                            ends.left().send(new byte[1_000]);
                                        }
                                    })
                            .parked();
            ends.left().writeDeadline(PASSED);
            sender.failure(SocketTimeoutException.class);
            var second =
                    Task.run(() -> {
                        while (true) {
                            ends.left().send(new byte[1_000]);
                        }
                    });
            second.failure(SocketTimeoutException.class);
        }
    }

    @Test
    void severalReceiversGetEachMessageOnce() throws Exception {
        try (Ends ends = open()) {
            int count = 100;
            Set<Integer> got = new ConcurrentSkipListSet<>();
            Set<Integer> sent = new TreeSet<>();
            List<Task<?>> receivers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                receivers.add(
                        Task.run(() -> {
                            while (true) {
                                String text = text(ends.right().receive(room()));
                                if (text.equals("end")) {
                                    return;
                                }
                                assertTrue(got.add(Integer.valueOf(text)));
                            }
                        }));
            }
            for (int i = 0; i < count; i++) {
                ends.left().send(Integer.toString(i));
                sent.add(i);
            }
            for (int i = 0; i < receivers.size(); i++) {
                ends.left().send("end");
            }
            for (Task<?> each : receivers) {
                each.join();
            }
            assertEquals(sent, got);
        }
    }

    @Test
    @Tag("A2-08")
    void aConnectionOfRecordsEndsWithNull() throws Exception {
        need(Ability.END, Ability.HALF_CLOSE);
        try (Ends ends = open()) {
            var waiting = Task.call(() -> ends.right().receive(room())).parked();
            ends.left().shutdownOutput();
            assertNull(waiting.join());
            ends.right().send("the other half");
            assertEquals("the other half", text(ends.left().receive(room())));
        }
    }

    @Test
    @Tag("A2-08")
    void whatWasSentBeforeCloseArrivesAndThenTheEndWhichStays() throws Exception {
        need(Ability.END);
        try (Ends ends = open()) {
            ends.left().send("last");
            ends.left().close();
            assertEquals("last", text(ends.right().receive(room())));
            assertNull(ends.right().receive(room()));
            assertNull(ends.right().receive(room(), 200));
            assertTrue(ends.right().isEnded());
        }
    }

    @Test
    @Tag("A2-08")
    void theEndWakesAReceiverThatWaits() throws Exception {
        need(Ability.END);
        try (Ends ends = open()) {
            var waiting = Task.call(() -> ends.right().receive(room())).parked();
            ends.left().close();
            assertNull(waiting.join());
        }
    }

    @Test
    void whatIsNotForReadingIsRefusedBeforeAnythingIsLost() throws Exception {
        try (Ends ends = open()) {
            ends.left().send("kept");
            ByteBuffer heap = room().asReadOnlyBuffer();
            ByteBuffer direct = ByteBuffer.allocateDirect(10).asReadOnlyBuffer();
            assertThrows(IllegalArgumentException.class, () -> ends.right().receive(heap));
            assertThrows(IllegalArgumentException.class, () -> ends.right().receive(direct));
            assertEquals("kept", text(ends.right().receive(room())));
        }
    }
}
