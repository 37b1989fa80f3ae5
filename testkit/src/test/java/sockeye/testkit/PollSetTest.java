// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static sockeye.PollSet.POLLERR;
import static sockeye.PollSet.POLLHUP;
import static sockeye.PollSet.POLLIN;
import static sockeye.PollSet.POLLNVAL;
import static sockeye.PollSet.POLLOUT;
import static sockeye.PollSet.POLLPRI;
import static sockeye.PollSet.POLLRDHUP;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import sockeye.Deadline;
import sockeye.Errno;
import sockeye.ErrnoFailure;
import sockeye.EventCounter;
import sockeye.HasDescriptor;
import sockeye.InetEndpoint;
import sockeye.LinuxSocket;
import sockeye.Listener;
import sockeye.MessageFlag;
import sockeye.PollSet;
import sockeye.SelectSets;
import sockeye.SocketInterruptedException;
import sockeye.StreamSocket;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;

/** select and poll as conveniences. */
@ExtendWith(NoLeaks.class)
@SuppressWarnings("try") // some are closed early on purpose
class PollSetTest {
    private static final byte[] BYTE = {42};
    private static final Deadline AT_ONCE = Deadline.after(Duration.ZERO);

    /** A number that nothing of ours has open. */
    private static final HasDescriptor NOT_OPEN = HasDescriptor.borrowed(1_000_000);

    // poll.

    @Test
    @Tag("C-02")
    void whatIsFoundIsToldWithItsEvents() throws IOException {
        try (var pair = LinuxSocket.socketPair()) {
            PollSet set = new PollSet();
            set.register(pair.left(), POLLIN | POLLRDHUP);
            set.register(pair.right(), POLLOUT);
            assertEquals(List.of(new PollSet.Found(pair.right(), POLLOUT)), set.poll(AT_ONCE));
            set.modify(pair.right(), POLLIN);
            assertEquals(List.of(), set.poll(AT_ONCE));
            pair.right().send(BYTE);
            PollSet.Found found = set.poll().getFirst();
            assertTrue(found.isReadable());
            assertFalse(found.isWritable());
            pair.right().shutdown(LinuxSocket.SHUT_WR);
            assertEquals(POLLIN | POLLRDHUP, set.poll().getFirst().events());
            pair.right().close();
            assertTrue(set.unregister(pair.right()));
            assertFalse(set.unregister(pair.right()));
            assertEquals(POLLIN | POLLRDHUP | POLLHUP, set.poll().getFirst().events());
            assertEquals(1, set.size());
        }
    }

    @Test
    @Tag("C-02")
    void aPollWaits() throws Exception {
        try (var pair = LinuxSocket.socketPair()) {
            PollSet set = new PollSet();
            set.register(pair.left(), POLLIN);
            Task<List<PollSet.Found>> waiting = Task.call(() -> set.poll()).parked();
            pair.right().send(BYTE);
            assertEquals(List.of(new PollSet.Found(pair.left(), POLLIN)), waiting.join());
            pair.left().recv(1);
            assertEquals(List.of(), set.poll(Deadline.after(Duration.ofMillis(1))));
            Task.call(() -> set.poll())
                    .parked()
                    .interrupt()
                    .failure(SocketInterruptedException.class);
        }
    }

    @Test
    @Tag("C-02")
    void whatIsNotOpenIsInvalid() throws Exception {
        try (var pair = LinuxSocket.socketPair()) {
            PollSet set = new PollSet();
            set.register(NOT_OPEN, POLLIN);
            assertEquals(List.of(new PollSet.Found(NOT_OPEN, POLLNVAL)), set.poll());
            set.unregister(NOT_OPEN);
            set.register(pair.left(), POLLIN);
            Task<List<PollSet.Found>> waiting = Task.call(() -> set.poll()).parked();
            pair.left().close();
            assertEquals(List.of(new PollSet.Found(pair.left(), POLLNVAL)), waiting.join());
            assertEquals("POLLIN|POLLNVAL|0x400", PollSet.namesOf(POLLIN | POLLNVAL | 0x400));
        }
    }

    @Test
    @Tag("C-02")
    void oneNumberMayBeThereUnderTwoNames() throws Exception {
        try (var pair = LinuxSocket.socketPair()) {
            PollSet set = new PollSet();
            set.register(pair.left(), POLLPRI);
            set.register(HasDescriptor.borrowed(pair.left().fileno()), POLLIN);
            Task<List<PollSet.Found>> waiting = Task.call(() -> set.poll()).parked();
            pair.right().send(BYTE);
            assertEquals(POLLIN, waiting.join().getFirst().events());
        }
    }

    @Test
    @Tag("C-02")
    void standardInputAndACounterGoTogether() throws IOException {
        try (var counter = EventCounter.open()) {
            PollSet set = new PollSet();
            set.register(counter, POLLIN | POLLOUT);
            assertEquals(POLLOUT, set.poll().getFirst().events());
            counter.add(1);
            assertEquals(POLLIN | POLLOUT, set.poll().getFirst().events());
        }
    }

    // select.

    @Test
    @Tag("C-01")
    void threeSetsGiveThree() throws IOException {
        try (var listener = Listener.stream(InetEndpoint.of("127.0.0.1", 0));
                var client = StreamSocket.connect(listener.local());
                var accepted = listener.accept()) {
            List<HasDescriptor> all = List.of(client, accepted, listener);
            SelectSets<HasDescriptor> ready = SelectSets.of(all, all, all).select(AT_ONCE);
            assertEquals(List.of(), ready.readable());
            assertEquals(List.of(client, accepted), ready.writable());
            assertEquals(List.of(), ready.exceptional());
            client.socket().send(ByteBuffer.wrap(BYTE), MessageFlag.MSG_OOB);
            List<HasDescriptor> urgent = List.of(accepted);
            ready = SelectSets.of(urgent, List.of(), urgent).select(Deadline.NONE);
            assertEquals(urgent, ready.exceptional());
        }
    }

    @Test
    @Tag("C-01")
    void aSelectWaitsForWhatWasAskedAndNothingElse() throws Exception {
        try (var pair = LinuxSocket.socketPair()) {
            List<LinuxSocket> left = List.of(pair.left());
            // A hang-up is no urgent data, though poll(2) tells it unasked.
            Task<SelectSets<LinuxSocket>> urgent =
                    Task.call(() ->
                                    SelectSets.of(List.<LinuxSocket>of(), List.of(), left)
                                            .select(Deadline.NONE))
                            .parked();
            Task<SelectSets<LinuxSocket>> end =
                    Task.call(() ->
                                    SelectSets.of(left, List.<LinuxSocket>of(), List.of())
                                            .select(Deadline.NONE))
                            .parked();
            pair.right().close();
            assertEquals(left, end.join().readable());
            urgent.parked().interrupt().failure(SocketInterruptedException.class);
        }
    }

    @Test
    @Tag("C-01")
    void threeEmptySetsWaitForTheDeadline() throws IOException {
        SelectSets<LinuxSocket> none = SelectSets.of(List.of(), List.of(), List.of());
        assertTrue(none.select(Deadline.after(Duration.ofMillis(1))).isEmpty());
    }

    @Test
    @Tag("C-01")
    void whatIsNotOpenIsABadDescriptor() {
        List<HasDescriptor> bad = List.of(NOT_OPEN);
        IOException failed =
                assertThrows(
                        IOException.class,
                        () -> SelectSets.of(bad, List.of(), List.of()).select(Deadline.NONE));
        assertEquals(Errno.EBADF, ((ErrnoFailure) failed).errno());
    }

    @Test
    @Tag("C-01")
    void anErrorIsReadableAndWritable() throws IOException {
        try (var socket =
                LinuxSocket.socket(sockeye.AddressFamily.AF_INET, sockeye.SocketType.SOCK_DGRAM)) {
            InetEndpoint nobody;
            try (var gone = Listener.stream(InetEndpoint.of("127.0.0.1", 0))) {
                nobody = (InetEndpoint) gone.local();
            }
            socket.connect(nobody);
            socket.send(BYTE);
            List<LinuxSocket> one = List.of(socket);
            SelectSets<LinuxSocket> ready =
                    SelectSets.of(one, List.<LinuxSocket>of(), List.of()).select(Deadline.NONE);
            assertEquals(one, ready.readable());
            PollSet set = new PollSet();
            set.register(socket, 0);
            assertEquals(POLLERR, set.poll().getFirst().events());
        }
    }
}
