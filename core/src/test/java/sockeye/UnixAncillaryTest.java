// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.abort;

import static sockeye.AddressFamily.AF_UNIX;
import static sockeye.SocketType.SOCK_DGRAM;
import static sockeye.SocketType.SOCK_SEQPACKET;
import static sockeye.SocketType.SOCK_STREAM;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Descriptors, credentials and processes over AF_UNIX, among ourselves and with Python. */
@Timeout(120)
class UnixAncillaryTest {
    private static final int SOL_SOCKET = AncillaryType.SOL_SOCKET;
    private static final int SO_PASSCRED = 16;
    private static final int SO_PASSPIDFD = 76;

    private static ByteBuffer[] bytes(String text) {
        return new ByteBuffer[] {ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8))};
    }

    private static String text(ByteBuffer buffer) {
        return StandardCharsets.UTF_8.decode(buffer).toString();
    }

    private static String readAll(PassedDescriptor from) throws IOException {
        var buffer = ByteBuffer.allocate(1000);
        from.read(buffer);
        return text(buffer.flip());
    }

    private static LinuxSocket.Pair pair(int type) throws IOException {
        return LinuxSocket.socketPair(AF_UNIX, type, 0);
    }

    private static void send(LinuxSocket socket, String text, HasDescriptor... holders)
            throws IOException {
        socket.sendMsg(bytes(text), List.of(Ancillary.Rights.of(holders)), 0);
    }

    private static Message receive(LinuxSocket socket, int descriptors) throws IOException {
        return socket.recvMsg(1000, Ancillary.Rights.space(descriptors), 0);
    }

    @ParameterizedTest
    @ValueSource(ints = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET})
    @Tag("A4-14")
    @Tag("H5")
    void descriptorsArriveInOrderWithTheBytesAndCloseOnExec(int type) throws IOException {
        int before = OpenDescriptors.count();
        PassedDescriptor[] pipe = OpenDescriptors.pipe();
        try (var pair = pair(type);
                var in = pipe[0];
                var out = pipe[1]) {
            send(pair.left(), "two", in, out);
            try (Message message = receive(pair.right(), 10)) {
                assertEquals("two", text(message.payload()));
                assertFalse(message.ancillaryTruncated());
                List<PassedDescriptor> passed = message.descriptors();
                assertEquals(2, passed.size());
                for (int i = 0; i < 2; i++) {
                    assertNotEquals(pipe[i].fileno(), passed.get(i).fileno());
                    assertEquals(
                            OpenDescriptors.inode(pipe[i].fileno()),
                            OpenDescriptors.inode(passed.get(i).fileno()));
                    assertFalse(passed.get(i).isInheritable());
                }
                passed.get(1).write(bytes("through the passed ones")[0]);
                assertEquals("through the passed ones", readAll(passed.get(0)));
            }
        }
        assertEquals(before, OpenDescriptors.count());
    }

    @Test
    @Tag("A4-14")
    void everyKindOfHolderCanBeSent() throws IOException {
        try (var pair = pair(SOCK_STREAM);
                var other = pair(SOCK_DGRAM);
                var counter = OpenDescriptors.eventfd(0)) {
            send(pair.left(), "x", other.left(), counter, HasDescriptor.borrowed(2));
            try (Message message = receive(pair.right(), 3)) {
                var kinds = new ArrayList<DescriptorKind>();
                for (PassedDescriptor each : message.descriptors()) {
                    kinds.add(each.kind());
                }
                assertEquals(DescriptorKind.SOCKET, kinds.get(0));
                assertEquals(DescriptorKind.EVENTFD, kinds.get(1));
                assertEquals(3, kinds.size());
                // Sent on as they came.
                pair.right().sendMsg(bytes("back"), message.ancillary(), 0);
            }
            try (Message message = receive(pair.left(), 3)) {
                try (var socket = message.descriptors().getFirst().asSocket()) {
                    assertEquals(SOCK_DGRAM, socket.type());
                    other.right().sendAll(new byte[] {7});
                    assertEquals(1, socket.recv(10).length);
                }
            }
        }
    }

    @Test
    @Tag("A4-14")
    @Tag("H5")
    void asManyAsTheKernelTakesArriveAtOnce() throws IOException {
        int before = OpenDescriptors.count();
        try (var pair = pair(SOCK_STREAM);
                var counter = OpenDescriptors.eventfd(0)) {
            var half = new HasDescriptor[126];
            Arrays.fill(half, counter);
            var rest = new HasDescriptor[127];
            Arrays.fill(rest, counter);
            pair.left()
                    .sendMsg(
                            bytes("many"),
                            List.of(Ancillary.Rights.of(half), Ancillary.Rights.of(rest)),
                            0);
            try (Message message = receive(pair.right(), 253)) {
                assertEquals(253, message.descriptors().size());
                assertEquals(before + 3 + 253, OpenDescriptors.count());
                for (PassedDescriptor each : message.descriptors()) {
                    assertEquals(DescriptorKind.EVENTFD, each.kind());
                }
            }
            var tooMany = new HasDescriptor[254];
            Arrays.fill(tooMany, counter);
            var refused =
                    assertThrows(
                            IllegalArgumentException.class, () -> send(pair.left(), "x", tooMany));
            assertTrue(refused.getMessage().contains("at most 253"), refused.getMessage());
        }
        assertEquals(before, OpenDescriptors.count());
    }

    @Test
    @Tag("H5")
    void onAStreamEachMessageKeepsItsDescriptors() throws IOException {
        try (var pair = pair(SOCK_STREAM);
                var first = OpenDescriptors.eventfd(1);
                var second = OpenDescriptors.eventfd(2)) {
            send(pair.left(), "one", first);
            pair.left().sendAll("none".getBytes(StandardCharsets.UTF_8));
            send(pair.left(), "two", second);
            var texts = new StringBuilder();
            var counts = new ArrayList<ByteBuffer>();
            while (texts.length() < 10) {
                try (Message message = receive(pair.right(), 10)) {
                    texts.append(text(message.payload()));
                    for (PassedDescriptor each : message.descriptors()) {
                        var value = ByteBuffer.allocate(8);
                        each.read(value);
                        counts.add(value.flip());
                    }
                    assertTrue(message.descriptors().size() <= 1, "never those of two messages");
                }
            }
            assertEquals("onenonetwo", texts.toString());
            assertEquals(List.of(OpenDescriptors.counter(1), OpenDescriptors.counter(2)), counts);
        }
    }

    @Test
    @Tag("A4-09")
    void eachPeekReceivesDuplicatesOfItsOwn() throws IOException {
        int before = OpenDescriptors.count();
        try (var pair = pair(SOCK_STREAM);
                var counter = OpenDescriptors.eventfd(0)) {
            send(pair.left(), "x", counter);
            int room = Ancillary.Rights.space(1);
            try (Message peeked = pair.right().recvMsg(1, room, MessageFlag.MSG_PEEK);
                    Message taken = pair.right().recvMsg(1, room, 0)) {
                assertNotEquals(
                        peeked.descriptors().getFirst().fileno(),
                        taken.descriptors().getFirst().fileno());
            }
        }
        assertEquals(before, OpenDescriptors.count());
    }

    @ParameterizedTest
    @ValueSource(ints = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET})
    @Tag("H5")
    @Tag("A4-14")
    void whatDoesNotFitIsClosedAndReportedAndTheBytesAreKept(int type) throws IOException {
        try (var pair = pair(type);
                var counter = OpenDescriptors.eventfd(0)) {
            int before = OpenDescriptors.count();
            for (int room = 1; room <= Ancillary.Rights.space(5); room++) {
                int size = room;
                int fit = Math.max(0, (size - 16) / 4);
                send(pair.left(), "kept", counter, counter, counter, counter, counter, counter);
                if (fit >= 6) {
                    try (Message whole = pair.right().recvMsg(100, size, 0)) {
                        assertEquals(6, whole.descriptors().size());
                    }
                    continue;
                }
                var truncated =
                        assertThrows(
                                AncillaryTruncatedException.class,
                                () -> pair.right().recvMsg(100, size, 0));
                assertEquals(fit, truncated.received(), "room " + size);
                assertEquals("kept", text(truncated.message().payload()));
                assertEquals(before, OpenDescriptors.count());
            }
            pair.left().sendAll(new byte[] {1});
            assertEquals(1, pair.right().recv(10).length, "as usable as before");
        }
    }

    @Test
    @Tag("H5")
    void aRoleReportsTheTruncationWithItsPartOfTheBuffer() throws IOException {
        try (var pair = MessageSocket.pair(SOCK_SEQPACKET);
                var counter = OpenDescriptors.eventfd(0)) {
            int before = OpenDescriptors.count();
            var rights = List.of(Ancillary.Rights.of(pair.left(), counter, counter));
            pair.left().send(bytes("kept")[0], rights);
            var buffer = ByteBuffer.allocate(100).position(10);
            var truncated =
                    assertThrows(
                            AncillaryTruncatedException.class,
                            () -> pair.right().receive(buffer, Ancillary.length(8)));
            assertEquals(2, truncated.received());
            assertEquals("kept", text(truncated.message().payload()));
            assertEquals(14, buffer.position());
            assertEquals(before, OpenDescriptors.count());
            pair.left().send(bytes("more")[0], rights);
            try (Message message = pair.right().receive(buffer, Ancillary.Rights.space(3))) {
                assertEquals(3, message.descriptors().size());
            }
        }
    }

    @Test
    @Tag("H5")
    void whoGivesNoRoomGetsNoneAndNoError() throws IOException {
        int before = OpenDescriptors.count();
        try (var pair = pair(SOCK_STREAM);
                var counter = OpenDescriptors.eventfd(0)) {
            send(pair.left(), "plain", counter);
            assertEquals(5, pair.right().recv(10).length);
            send(pair.left(), "message", counter);
            try (Message message = pair.right().recvMsg(10, 0, 0)) {
                assertTrue(message.ancillaryTruncated());
                assertEquals(List.of(), message.ancillary());
            }
        }
        assertEquals(before, OpenDescriptors.count());
    }

    /** Forty thousand; lab/DescriptorLeaks.java does millions. */
    @Test
    @Tag("H5")
    void truncatedAndFailingReceivesLeaveNothingBehind() throws IOException {
        try (var pair = pair(SOCK_DGRAM);
                var counter = OpenDescriptors.eventfd(0)) {
            int before = OpenDescriptors.count();
            int most = 0;
            for (int round = 0; round < 20_000; round++) {
                send(pair.left(), "x", counter, counter, counter);
                int room = Ancillary.length(4 * (round % 3));
                try (Message message = pair.right().recvMsg(1, room, 0)) {
                    throw new AssertionError("not truncated: " + message);
                } catch (AncillaryTruncatedException expected) {
                    // closed by then
                }
                try {
                    pair.right().recvMsg(1, room, MessageFlag.MSG_DONTWAIT);
                } catch (SocketFailure nothing) {
                    assertEquals(Errno.EAGAIN, nothing.errno());
                }
                if (round % 1_000 == 0) {
                    most = Math.max(most, OpenDescriptors.count());
                }
            }
            assertEquals(before, OpenDescriptors.count());
            assertEquals(before, most);
        }
    }

    @Test
    @Tag("H5")
    void descriptorsStillInTheQueueGoWithTheSocket() throws IOException {
        PassedDescriptor[] pipe = OpenDescriptors.pipe();
        try (var in = pipe[0]) {
            try (var pair = pair(SOCK_STREAM);
                    var out = pipe[1]) {
                send(pair.left(), "x", out);
            }
            assertEquals(-1, in.read(ByteBuffer.allocate(1)), "the last writer is gone");
        }
    }

    @Test
    @Tag("H5")
    void aMessageThatIsForgottenIsClosedInTheEnd() throws IOException {
        PassedDescriptor[] pipe = OpenDescriptors.pipe();
        try (var pair = pair(SOCK_STREAM);
                var in = pipe[0]) {
            send(pair.left(), "x", pipe[1]);
            pipe[1].close();
            assertEquals(1, receive(pair.right(), 1).descriptors().size());
            in.readDeadline(Deadline.after(Duration.ZERO));
            while (true) {
                try {
                    assertEquals(-1, in.read(ByteBuffer.allocate(1)));
                    break;
                } catch (SocketTimeoutException stillOpen) {
                    System.gc();
                }
            }
        }
    }

    @Test
    @Tag("A1-08")
    @Tag("H5")
    void aNumberThatIsUsedAgainIsNeverSentInPlaceOfAClosedDescriptor() throws Exception {
        int refused = 0;
        int arrived = 0;
        try (var pair = pair(SOCK_DGRAM)) {
            for (int round = 0; round < 3_000; round++) {
                PassedDescriptor counter = OpenDescriptors.eventfd(0);
                Thread closer =
                        Thread.ofPlatform()
                                .start(() -> {
                                    OpenDescriptors.close(counter);
                                    // Takes the number that has become free.
                                    OpenDescriptors.close(OpenDescriptors.open("/dev/null", 0));
                                });
                try {
                    for (int i = round % 20; i >= 0; i--) {
                        Thread.onSpinWait();
                    }
                    send(pair.left(), "x", counter);
                    try (Message message = receive(pair.right(), 1)) {
                        PassedDescriptor passed = message.descriptors().getFirst();
                        assertEquals(DescriptorKind.EVENTFD, passed.kind());
                        arrived++;
                    }
                } catch (ClosedChannelException closed) {
                    refused++;
                }
                closer.join();
            }
        }
        assertEquals(3_000, arrived + refused);
    }

    @Test
    @Tag("A4-25")
    void credentialsOfTheSenderArrive() throws IOException {
        try (var pair = pair(SOCK_DGRAM)) {
            pair.right().setOption(SOL_SOCKET, SO_PASSCRED, 1);
            pair.left().sendAll(new byte[] {1});
            Message message = pair.right().recvMsg(10, Ancillary.space(12), 0);
            var mine = message.find(Ancillary.Credentials.class).orElseThrow();
            assertEquals(ProcessHandle.current().pid(), mine.pid());
            // Named in so many words, they are checked and passed on.
            pair.left().sendMsg(bytes("x"), List.of(mine), 0);
            message = pair.right().recvMsg(10, Ancillary.space(12), 0);
            assertEquals(mine, message.find(Ancillary.Credentials.class).orElseThrow());
        }
    }

    @Test
    @Tag("A4-25")
    void aDescriptorOfTheSendingProcessArrives() throws IOException {
        int before = OpenDescriptors.count();
        try (var pair = pair(SOCK_STREAM);
                var counter = OpenDescriptors.eventfd(0)) {
            try {
                pair.right().setOption(SOL_SOCKET, SO_PASSPIDFD, 1);
            } catch (SocketFailure old) {
                abort("SO_PASSPIDFD: Linux 6.5 or later");
            }
            send(pair.left(), "x", counter);
            int room = Ancillary.space(4) + Ancillary.Rights.space(1);
            try (Message message = pair.right().recvMsg(10, room, 0)) {
                var process = message.find(Ancillary.PidFd.class).orElseThrow();
                assertEquals(DescriptorKind.PIDFD, process.descriptor().kind());
                assertEquals(DescriptorKind.EVENTFD, message.descriptors().getFirst().kind());
                String about =
                        Files.readString(
                                Path.of("/proc/self/fdinfo/" + process.descriptor().fileno()));
                assertTrue(about.contains("Pid:\t" + ProcessHandle.current().pid() + "\n"), about);
            }
        }
        assertEquals(before, OpenDescriptors.count());
    }

    @Test
    @Tag("A4-14")
    @Tag("H5")
    void pythonSendsUsDescriptors(@TempDir Path directory) throws Exception {
        Path file = Files.writeString(directory.resolve("file"), "from a file");
        String name = "sockeye-test-" + directory.getFileName();
        try (var listener = LinuxSocket.socket(AF_UNIX, SOCK_STREAM)) {
            listener.bind(UnixEndpoint.ofAbstract(name));
            listener.listen();
            try (var python =
                            PythonPeer.run(
                                    """
                                    import os, socket, sys
                                    s = socket.socket(socket.AF_UNIX)
                                    s.connect("\\0" + sys.argv[1])
                                    r, w = os.pipe()
                                    f = os.open(sys.argv[2], os.O_RDONLY)
                                    a, b = socket.socketpair()
                                    socket.send_fds(s, [b"three", b" of them"], [r, f, b.fileno()])
                                    os.close(r); b.close()
                                    os.write(w, b"from a pipe")
                                    print(a.recv(100).decode(), end="")
                                    """,
                                    name,
                                    file.toString());
                    var peer = listener.accept().socket();
                    Message message = receive(peer, 10)) {
                assertEquals("three of them", text(message.payload()));
                List<PassedDescriptor> passed = message.descriptors();
                assertEquals(3, passed.size());
                assertEquals("from a pipe", readAll(passed.get(0)));
                assertEquals("from a file", readAll(passed.get(1)));
                try (var socket = passed.get(2).asSocket()) {
                    socket.sendAll("to Python's socket".getBytes(StandardCharsets.UTF_8));
                }
                assertEquals("to Python's socket", python.output());
            }
        }
    }

    @Test
    @Tag("A4-14")
    @Tag("A4-25")
    void pythonReceivesOurDescriptorsAndCredentials(@TempDir Path directory) throws Exception {
        String name = "sockeye-test-" + directory.getFileName();
        PassedDescriptor[] pipe = OpenDescriptors.pipe();
        try (var listener = LinuxSocket.socket(AF_UNIX, SOCK_STREAM);
                var in = pipe[0];
                var out = pipe[1];
                var pair = pair(SOCK_STREAM)) {
            listener.bind(UnixEndpoint.ofAbstract(name));
            listener.listen();
            try (var python =
                            PythonPeer.run(
                                    """
                                    import array, os, socket, struct, sys
                                    s = socket.socket(socket.AF_UNIX)
                                    s.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
                                    s.connect("\\0" + sys.argv[1])
                                    data, control, flags, _ = s.recvmsg(100, 1000)
                                    fds = array.array("i")
                                    for level, kind, value in control:
                                        if kind == socket.SCM_RIGHTS:
                                            fds.frombytes(value)
                                        elif kind == socket.SCM_CREDENTIALS:
                                            pid = struct.unpack("3i", value)[0]
                                    print(data.decode(), len(fds), pid, flags & socket.MSG_CTRUNC)
                                    print(os.read(fds[0], 100).decode())
                                    peer = socket.socket(fileno=fds[1])
                                    peer.setblocking(True)
                                    print(peer.recv(100).decode())
                                    """,
                                    name);
                    var peer = listener.accept().socket()) {
                out.write(bytes("piped")[0]);
                pair.right().sendAll("socketed".getBytes(StandardCharsets.UTF_8));
                send(peer, "two", in, pair.left());
                assertEquals(
                        "two 2 %d 0\npiped\nsocketed\n".formatted(ProcessHandle.current().pid()),
                        python.output());
            }
        }
    }

    @Test
    @Tag("A4-14")
    void aSocketHandedOverIsBlockingForWhoExpectsThat(@TempDir Path directory) throws Exception {
        String name = "sockeye-test-" + directory.getFileName();
        try (var listener = LinuxSocket.socket(AF_UNIX, SOCK_STREAM);
                var pair = pair(SOCK_STREAM)) {
            listener.bind(UnixEndpoint.ofAbstract(name));
            listener.listen();
            try (var python =
                            PythonPeer.run(
                                    """
                                    import fcntl, os, socket, sys
                                    s = socket.socket(socket.AF_UNIX)
                                    s.connect("\\0" + sys.argv[1])
                                    _, fds, _, _ = socket.recv_fds(s, 10, 1)
                                    print(fcntl.fcntl(fds[0], fcntl.F_GETFL) & os.O_NONBLOCK)
                                    """,
                                    name);
                    var peer = listener.accept().socket();
                    var passed = PassedDescriptor.adopt(pair.right().detach())) {
                assertTrue(passed.isBlocking());
                send(peer, "x", passed);
                assertEquals("0\n", python.output());
            }
        }
    }

    @Test
    @Tag("H5")
    void aDescriptorThatIsClosedOrWrongIsNotSent() throws Exception {
        try (var pair = pair(SOCK_STREAM)) {
            var closed = PassedDescriptor.adopt(OpenDescriptors.duplicate());
            closed.close();
            assertThrows(ClosedChannelException.class, () -> send(pair.left(), "x", closed));
            var wrong =
                    assertThrows(
                            IOException.class,
                            () -> send(pair.left(), "x", HasDescriptor.borrowed(19_999)));
            assertEquals(Errno.EBADF, assertInstanceOf(ErrnoFailure.class, wrong).errno());
        }
    }
}
