// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import sockeye.Endpoint;
import sockeye.ErrnoFailure;
import sockeye.InetEndpoint;
import sockeye.LinuxSocket;
import sockeye.Message;
import sockeye.MessageFlag;
import sockeye.SoOption;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The verbs of the BSD floor, and its ends, over every family. */
public abstract class LinuxSocketContract implements Suite {
    private static final byte[] ABC = {'a', 'b', 'c'};

    private Fixture family;

    /** For a suite to extend. */
    protected LinuxSocketContract() {}

    /** How two sockets find each other here. */
    protected abstract Fixture fixture();

    @Override
    public Map<Ability, String> lacks() {
        return fixture().lacks();
    }

    @BeforeEach
    void require() {
        family = fixture();
        family.require();
    }

    private static int errno(IOException failure) {
        return ((ErrnoFailure) failure).errno().number();
    }

    // What it is.

    @Test
    @Tag("A1-01")
    @Tag("A1-11")
    void itKnowsItsFamilyTypeAndProtocol() throws Exception {
        try (LinuxSocket socket = family.socket()) {
            assertEquals(family.family(), socket.family());
            assertEquals(family.type(), socket.type());
            assertEquals(
                    (int) socket.getOption(SoOption.PROTOCOL), socket.protocol(), "as SO_PROTOCOL");
            assertFalse(socket.isInheritable());
        }
    }

    @Test
    @Tag("A1-04")
    @Tag("A1-07")
    @Tag("A1-09")
    void closeIsIdempotentAndTheNumberIsMinusOneAfterwards() throws Exception {
        LinuxSocket socket = family.socket();
        assertTrue(NoLeaks.descriptors().containsKey(socket.fileno()));
        socket.close();
        assertEquals(-1, socket.fileno());
        assertFalse(socket.isOpen());
        socket.close();
        assertThrows(ClosedChannelException.class, () -> socket.recv(1));
        assertThrows(ClosedChannelException.class, () -> socket.send(ABC));
        assertThrows(ClosedChannelException.class, () -> socket.bind(InetEndpoint.any(0)));
        assertThrows(ClosedChannelException.class, socket::listen);
        assertThrows(ClosedChannelException.class, socket::accept);
        assertThrows(ClosedChannelException.class, socket::getSockName);
        assertThrows(ClosedChannelException.class, socket::dup);
        assertThrows(ClosedChannelException.class, socket::detach);
        assertThrows(ClosedChannelException.class, () -> socket.shutdown(LinuxSocket.SHUT_RD));
        assertThrows(ClosedChannelException.class, () -> socket.getOption(SoOption.TYPE));
        assertTrue(socket.toString().contains("closed"));
    }

    @Test
    @Tag("A1-05")
    void detachGivesTheOpenNumberAway() throws Exception {
        try (LinuxSocket.Pair pair = family.connect()) {
            int number = pair.left().detach();
            assertFalse(pair.left().isOpen());
            assertEquals(-1, pair.left().fileno());
            try (LinuxSocket again = LinuxSocket.adopt(number)) {
                assertEquals(number, again.fileno());
                assertEquals(
                        family.family() == 10 ? again.family() : family.family(), again.family());
                assertEquals(family.type(), again.type());
                pair.right().send(ABC);
                assertArrayEquals(ABC, again.recv(3));
            }
        }
    }

    @Test
    @Tag("A1-06")
    void aDuplicateSharesTheConnectionAndLivesOnByItself() throws Exception {
        try (LinuxSocket.Pair pair = family.connect();
                LinuxSocket copy = pair.left().dup()) {
            assertNotEquals(pair.left().fileno(), copy.fileno());
            assertFalse(copy.isInheritable());
            // Both wait once, and so are registered for events.
            var first = Task.call(() -> pair.left().recv(3)).parked();
            var second = Task.call(() -> copy.recv(3)).parked();
            pair.left().close();
            first.failure(AsynchronousCloseException.class);
            assertTrue(second.isParked());
            pair.right().send(ABC);
            assertArrayEquals(ABC, second.join());
            // The closed number goes to another socket, which must not see this one's events.
            try (LinuxSocket.Pair other = family.connect()) {
                var waiting = Task.call(() -> other.left().recv(3)).parked();
                pair.right().send(ABC);
                assertArrayEquals(ABC, copy.recv(3));
                assertFalse(waiting.isDone());
                other.right().send(ABC);
                assertArrayEquals(ABC, waiting.join());
            }
        }
    }

    @Test
    @Tag("A1-03")
    void anAdoptedDuplicateLeavesTheOriginal() throws Exception {
        try (LinuxSocket.Pair pair = family.connect()) {
            try (LinuxSocket copy = LinuxSocket.adoptDuplicate(pair.left().fileno())) {
                assertNotEquals(pair.left().fileno(), copy.fileno());
                assertEquals(family.type(), copy.type());
            }
            pair.right().send(ABC);
            assertArrayEquals(ABC, pair.left().recv(3));
        }
    }

    @Test
    @Tag("A1-12")
    void inheritanceCanBeSwitched() throws Exception {
        try (LinuxSocket socket = family.socket()) {
            socket.setInheritable(true);
            assertTrue(socket.isInheritable());
            socket.setInheritable(false);
            assertFalse(socket.isInheritable());
        }
    }

    @Test
    @Tag("A1-15")
    void itsTextShowsNumberFamilyTypeProtocolAndAddresses() throws Exception {
        try (LinuxSocket.Pair pair = family.connect()) {
            String text = pair.left().toString();
            assertTrue(text.contains("fd=" + pair.left().fileno()), text);
            assertTrue(text.contains("type=" + family.type()), text);
        }
    }

    // Names.

    @Test
    @Tag("A2-01")
    @Tag("A2-07")
    void bindAndGetSockNameAgree() throws Exception {
        need(Ability.NAMES);
        try (LinuxSocket socket = family.socket()) {
            Endpoint name = family.fresh();
            socket.bind(name);
            Endpoint bound = socket.getSockName();
            assertEquals(name.family(), bound.family());
            if (!family.completesNames()) {
                assertEquals(name, bound);
            }
        }
    }

    @Test
    @Tag("A2-07")
    void getPeerNameIsThePeersOwnName() throws Exception {
        need(Ability.PEER_NAME);
        try (LinuxSocket.Pair pair = family.connect()) {
            assertEquals(pair.right().getSockName(), pair.left().getPeerName());
        }
    }

    @Test
    void anUnconnectedSocketHasNoPeer() throws Exception {
        need(Ability.HAVING_NO_PEER);
        try (LinuxSocket socket = family.socket()) {
            assertEquals(107, errno(assertThrows(IOException.class, socket::getPeerName)));
        }
    }

    // Moving bytes.

    @Test
    @Tag("A4-01")
    @Tag("A4-04")
    void sendAndRecvMoveBytes() throws Exception {
        try (LinuxSocket.Pair pair = family.connect()) {
            assertEquals(3, pair.left().send(ABC));
            assertArrayEquals(ABC, pair.right().recv(10));
            assertEquals(2, pair.left().send(ABC, 1, 2, 0));
            assertEquals(2, pair.right().recv(10, 0).length);
        }
    }

    @Test
    @Tag("A4-05")
    void recvIntoFillsArraysBuffersAndSegments() throws Exception {
        try (LinuxSocket.Pair pair = family.connect();
                Arena arena = Arena.ofConfined()) {
            byte[] array = new byte[10];
            pair.left().send(ABC);
            assertEquals(3, pair.right().recvInto(array, 4, 6, 0));
            assertEquals('a', array[4]);
            pair.left().send(ByteBuffer.wrap(ABC), 0);
            ByteBuffer heap = ByteBuffer.allocate(10).position(1);
            assertEquals(3, pair.right().recvInto(heap));
            assertEquals(4, heap.position());
            pair.left().send(ByteBuffer.allocateDirect(3).put(ABC).flip(), 0);
            ByteBuffer direct = ByteBuffer.allocateDirect(10);
            assertEquals(3, pair.right().recvInto(direct));
            assertEquals('c', direct.get(2));
            var segment = arena.allocate(10);
            pair.left().send(ABC);
            assertEquals(3, pair.right().recvInto(segment, 0));
            assertEquals('b', segment.get(java.lang.foreign.ValueLayout.JAVA_BYTE, 1));
        }
    }

    @Test
    @Tag("A4-02")
    void sendAllSendsAll() throws Exception {
        try (LinuxSocket.Pair pair = family.connect()) {
            pair.left().sendAll(ABC);
            assertArrayEquals(ABC, pair.right().recv(10));
            if (family.isStream()) {
                byte[] much = new byte[4 << 20];
                var sender = Task.run(() -> pair.left().sendAll(much));
                byte[] got = pair.right().recv(much.length, MessageFlag.MSG_WAITALL);
                assertEquals(much.length, got.length);
                sender.join();
            }
        }
    }

    @Test
    @Tag("A4-03")
    @Tag("A4-04")
    void sendToAndRecvFromNameThePeer() throws Exception {
        need(Ability.NAMES);
        Assumptions.assumeTrue(family.isDatagram(), "it names no peers");
        try (LinuxSocket server = family.socket();
                LinuxSocket client = family.socket()) {
            server.bind(family.fresh());
            client.bind(family.fresh());
            assertEquals(3, client.sendTo(ABC, server.getSockName()));
            Message received = server.recvFrom(10);
            assertEquals(client.getSockName(), received.peer());
            assertEquals(3, received.payload().remaining());
            server.sendTo(ABC, client.getSockName());
            ByteBuffer buffer = ByteBuffer.allocate(10);
            assertEquals(server.getSockName(), client.recvFromInto(buffer, 0));
            assertEquals(3, buffer.position());
        }
    }

    @Test
    @Tag("A4-06")
    @Tag("A4-07")
    @Tag("A4-08")
    void sendMsgGathersAndRecvMsgScatters() throws Exception {
        try (LinuxSocket.Pair pair = family.connect()) {
            ByteBuffer[] out = {
                ByteBuffer.wrap(ABC),
                ByteBuffer.allocate(0),
                ByteBuffer.allocateDirect(3).put(ABC).flip()
            };
            assertEquals(6, pair.left().sendMsg(out, List.of(), 0));
            assertFalse(out[0].hasRemaining() || out[2].hasRemaining());
            ByteBuffer[] in = {ByteBuffer.allocateDirect(2), ByteBuffer.allocate(10)};
            Message received = pair.right().recvMsgInto(in, 0, 0);
            assertEquals(6, received.length());
            assertEquals(2, in[0].position());
            assertEquals(4, in[1].position());
            assertEquals('c', in[1].get(0));
            pair.left().send(ABC);
            assertEquals(3, pair.right().recvMsg(10, 0, 0).payload().remaining());
        }
    }

    @Test
    @Tag("A4-09")
    void peekLeavesTheBytesAndAPlainReceiveFindsThem() throws Exception {
        need(Ability.PEEK);
        try (LinuxSocket.Pair pair = family.connect()) {
            var peeking = Task.call(() -> pair.right().recv(3, MessageFlag.MSG_PEEK)).parked();
            pair.left().send(ABC);
            assertArrayEquals(ABC, peeking.join());
            assertArrayEquals(ABC, pair.right().recv(3));
        }
    }

    @Test
    @Tag("A4-22")
    void aVainLookIntoTheErrorQueueDoesNotHideWhatIsThere() throws Exception {
        need(Ability.ERROR_QUEUE);
        try (LinuxSocket.Pair pair = family.connect()) {
            // It waits once, so that events are counted.
            var waiting = Task.call(() -> pair.right().recv(3)).parked();
            pair.left().send(ABC);
            assertArrayEquals(ABC, waiting.join());
            pair.left().send(ABC);
            assertArrayEquals(ABC, pair.right().recv(3, MessageFlag.MSG_PEEK));
            pair.right().setTimeout(Duration.ofMillis(5));
            assertThrows(
                    IOException.class,
                    () -> pair.right().recvMsg(3, 500, MessageFlag.MSG_ERRQUEUE));
            pair.right().setTimeout(null);
            assertArrayEquals(ABC, pair.right().recv(3));
        }
    }

    // The ends.

    @Test
    @Tag("A4-11")
    void theEndIsZeroBytes() throws Exception {
        need(Ability.END, Ability.HALF_CLOSE);
        try (LinuxSocket.Pair pair = family.connect()) {
            pair.left().send(ABC);
            pair.left().shutdown(LinuxSocket.SHUT_WR);
            assertEquals(3, pair.right().recv(10).length);
            assertEquals(0, pair.right().recv(10).length);
            assertEquals(0, pair.right().recvMsg(10, 0, 0).length());
        }
    }

    @Test
    @Tag("A4-11")
    void anEmptyMessageIsZeroBytesToo() throws Exception {
        Assumptions.assumeFalse(family.isStream(), "it moves bytes");
        need(Ability.EMPTY_MESSAGE);
        try (LinuxSocket.Pair pair = family.connect()) {
            pair.left().send(new byte[0]);
            pair.left().send(ABC);
            assertEquals(0, pair.right().recv(10).length);
            assertEquals(3, pair.right().recv(10).length);
        }
    }

    @Test
    @Tag("A3-01")
    @Tag("A3-05")
    void inNonBlockingModeWhatWouldBlockIsEagain() throws Exception {
        try (LinuxSocket.Pair pair = family.connect()) {
            LinuxSocket socket = pair.right();
            socket.setTimeout(Duration.ZERO);
            assertEquals(11, errno(assertThrows(IOException.class, () -> socket.recv(1))));
            assertEquals(11, errno(assertThrows(IOException.class, () -> socket.recvFrom(1))));
            pair.right().setBlocking(true);
            assertEquals(
                    11,
                    errno(
                            assertThrows(
                                    IOException.class,
                                    () -> socket.recv(1, MessageFlag.MSG_DONTWAIT))));
        }
    }

    @Test
    @Tag("A4-10")
    void truncationIsInTheFlagsAndReadsNeverReturnMoreThanTheRoom() throws Exception {
        Assumptions.assumeFalse(family.isStream(), "it moves bytes");
        try (LinuxSocket.Pair pair = family.connect()) {
            pair.left().send(new byte[10]);
            assertEquals(4, pair.right().recv(4, MessageFlag.MSG_TRUNC).length);
            pair.left().send(new byte[10]);
            Message cut = pair.right().recvMsg(4, 0, 0);
            assertTrue(cut.truncated());
            assertEquals(4, cut.payload().remaining());
        }
    }

    // Modes.

    @Test
    @Tag("A3-02")
    void theThreeModesAreToldApart() throws Exception {
        try (LinuxSocket socket = family.socket()) {
            assertNull(socket.getTimeout());
            assertTrue(socket.getBlocking());
            socket.setTimeout(Duration.ofSeconds(2));
            assertEquals(Duration.ofSeconds(2), socket.getTimeout());
            assertTrue(socket.getBlocking());
            socket.setBlocking(false);
            assertEquals(Duration.ZERO, socket.getTimeout());
            assertFalse(socket.getBlocking());
            socket.setBlocking(true);
            assertNull(socket.getTimeout());
            Duration negative = Duration.ofNanos(-1);
            assertThrows(IllegalArgumentException.class, () -> socket.setTimeout(negative));
        }
    }

    @Test
    @Tag("A3-01")
    @Tag("A3-04")
    void aTimeoutEndsEveryKindOfReceive() throws Exception {
        try (LinuxSocket.Pair pair = family.connect()) {
            LinuxSocket socket = pair.right();
            socket.setTimeout(Duration.ofMillis(2));
            ByteBuffer room = ByteBuffer.allocate(1);
            assertThrows(SocketTimeoutException.class, () -> socket.recv(1));
            assertThrows(SocketTimeoutException.class, () -> socket.recvInto(room));
            assertThrows(SocketTimeoutException.class, () -> socket.recvFrom(1));
            assertThrows(SocketTimeoutException.class, () -> socket.recvFromInto(room, 0));
            assertThrows(SocketTimeoutException.class, () -> socket.recvMsg(1, 0, 0));
            assertThrows(
                    SocketTimeoutException.class,
                    () -> socket.recvMsgInto(new ByteBuffer[] {room}, 0, 0));
            assertThrows(SocketTimeoutException.class, () -> socket.recv(1, MessageFlag.MSG_PEEK));
            pair.left().send(ABC);
            socket.setTimeout(null);
            assertArrayEquals(ABC, socket.recv(3));
        }
    }

    @Test
    @Tag("A3-01")
    @Tag("A3-06")
    void aTimeoutEndsEveryKindOfSend() throws Exception {
        need(Ability.HOLDING_BACK);
        try (LinuxSocket.Pair pair = family.connect()) {
            LinuxSocket socket = pair.left();
            socket.setTimeout(Duration.ofMillis(2));
            byte[] part = new byte[20_000];
            fill(() -> socket.send(part));
            fill(() -> socket.sendMsg(new ByteBuffer[] {ByteBuffer.wrap(part)}, List.of(), 0));
            var all =
                    assertThrows(
                            SocketTimeoutException.class,
                            () -> {
                                while (true) {
                                    socket.sendAll(part);
                                }
                            });
            assertTrue(all.bytesTransferred < part.length);
        }
    }

    private static void fill(org.junit.jupiter.api.function.Executable send) {
        assertThrows(
                SocketTimeoutException.class,
                () -> {
                    while (true) {
                        send.execute();
                    }
                });
    }

    @Test
    @Tag("A3-01")
    void aTimeoutEndsAcceptAndASetOneDoesNotPassToTheAccepted() throws Exception {
        Assumptions.assumeTrue(family.isAccepted(), "nothing is accepted");
        try (LinuxSocket listener = family.listen(2);
                LinuxSocket client = family.client()) {
            listener.setTimeout(Duration.ofMillis(2));
            assertThrows(SocketTimeoutException.class, listener::accept);
            Endpoint peer = family.reachable(listener);
            var connecting = Task.run(() -> client.connect(peer));
            listener.setTimeout(Duration.ofSeconds(20));
            try (LinuxSocket accepted = listener.accept().socket()) {
                connecting.join();
                assertNull(accepted.getTimeout());
            }
        }
    }

    // Closing.

    @Test
    @Tag("A1-08")
    void closeWakesWhoWaits() throws Exception {
        try (LinuxSocket.Pair pair = family.connect()) {
            List<Task<?>> waiting = new ArrayList<>();
            waiting.add(Task.call(() -> pair.left().recv(1)).parked());
            waiting.add(Task.call(() -> pair.left().recvMsg(1, 0, 0)).parked());
            waiting.add(Task.call(() -> pair.left().recv(1, MessageFlag.MSG_PEEK)).parked());
            pair.left().close();
            for (Task<?> each : waiting) {
                each.failure(AsynchronousCloseException.class);
            }
        }
    }

    @Test
    @Tag("A2-08")
    void shutdownOfBothHalvesWakesReaders() throws Exception {
        need(Ability.END);
        try (LinuxSocket.Pair pair = family.connect()) {
            var waiting = Task.call(() -> pair.left().recv(1)).parked();
            pair.left().shutdown(LinuxSocket.SHUT_RDWR);
            assertEquals(0, waiting.join().length);
            assertEquals(0, pair.right().recv(1).length);
            assertThrows(IOException.class, () -> pair.left().send(ABC));
        }
    }

    @Test
    @Tag("A1-14")
    void availableTellsWhatCanBeReceived() throws Exception {
        need(Ability.QUEUE_LENGTHS);
        try (LinuxSocket.Pair pair = family.connect()) {
            assertEquals(0, pair.right().available());
            pair.left().send(ABC);
            pair.right().recv(1, MessageFlag.MSG_PEEK);
            assertEquals(3, pair.right().available());
            assertEquals(3, pair.right().ioctl(0x541B, 0));
            assertTrue(pair.left().unsent() >= 0);
        }
    }

    @Test
    @Tag("A5-01")
    @Tag("A5-02")
    void optionsAreSetAndReadTypedAndRaw() throws Exception {
        try (LinuxSocket socket = family.socket()) {
            socket.setOption(SoOption.KEEP_ALIVE, true);
            assertTrue(socket.getOption(SoOption.KEEP_ALIVE));
            socket.setOption(1, 9, 0);
            assertArrayEquals(new byte[4], socket.getOption(1, 9, 4));
            assertEquals(family.type(), (int) socket.getOption(SoOption.TYPE));
        }
    }
}
