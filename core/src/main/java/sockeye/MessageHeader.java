// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.MessageFlag.MSG_CMSG_CLOEXEC;
import static sockeye.MessageFlag.MSG_DONTWAIT;
import static sockeye.MessageFlag.MSG_ERRQUEUE;
import static sockeye.MessageFlag.MSG_NOSIGNAL;
import static sockeye.MessageFlag.MSG_OOB;
import static sockeye.MessageFlag.MSG_PEEK;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import org.jspecify.annotations.Nullable;

import sockeye.internal.ControlMessages;
import sockeye.internal.kernel.CStruct;
import sockeye.internal.kernel.Scratch;
import sockeye.internal.wait.Descriptor;
import sockeye.internal.wait.Gate;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * recvmsg(2) and sendmsg(2): encode, call, decode in one scope.
 *
 * <pre>
 * struct msghdr {
 *     void *msg_name;    int msg_namelen;
 *     struct iovec *msg_iov;  size_t msg_iovlen;
 *     void *msg_control; size_t msg_controllen;
 *     int msg_flags;
 * };
 * </pre>
 *
 * A pointer in a structure must be native: what lies on the heap is copied once, through the
 * payload of a {@link Scratch}.
 */
final class MessageHeader {
    @CStruct("struct msghdr")
    static final class Msghdr {
        static final int SIZEOF = 56;
        static final int msg_name = 0;
        static final int msg_namelen = 8;
        static final int msg_iov = 16;
        static final int msg_iovlen = 24;
        static final int msg_control = 32;
        static final int msg_controllen = 40;
        static final int msg_flags = 48;

        private Msghdr() {}
    }

    @CStruct("struct iovec")
    static final class Iovec {
        static final int SIZEOF = 16;
        static final int iov_base = 0;
        static final int iov_len = 8;

        private Iovec() {}
    }

    private MessageHeader() {}

    /**
     * The flags that every recvmsg has. Descriptors come over AF_UNIX alone, and packet sockets,
     * ISO-TP's and J1939's refuse MSG_CMSG_CLOEXEC with EINVAL.
     */
    static int always(LinuxSocket socket) {
        return socket.family() == AddressFamily.AF_UNIX
                ? MSG_DONTWAIT | MSG_CMSG_CLOEXEC
                : MSG_DONTWAIT;
    }

    static Message receive(
            LinuxSocket socket, ByteBuffer[] buffers, int ancillarySize, int flags, long until)
            throws IOException {
        return SocketTrace.reads()
                ? SocketRecorder.receive(
                        socket, () -> receiveOne(socket, buffers, ancillarySize, flags, until))
                : receiveOne(socket, buffers, ancillarySize, flags, until);
    }

    private static Message receiveOne(
            LinuxSocket socket, ByteBuffer[] buffers, int ancillarySize, int flags, long until)
            throws IOException {
        if (ancillarySize < 0 || ancillarySize > Scratch.CONTROL_BYTES) {
            throw new IllegalArgumentException(
                    "ancillarySize must be between 0 and "
                            + Scratch.CONTROL_BYTES
                            + ": "
                            + ancillarySize);
        }
        for (ByteBuffer each : buffers) {
            if (each.isReadOnly()) {
                throw new IllegalArgumentException("a read-only buffer");
            }
        }
        Descriptor d = socket.descriptor;
        // TCP throws the bytes away then (tcp(7)): what the room held before must not come out.
        boolean discards =
                (flags & MessageFlag.MSG_TRUNC) != 0
                        && socket.type() == SocketType.SOCK_STREAM
                        && socket.family() != AddressFamily.AF_UNIX;
        Gate gate = d.input;
        boolean over = false;
        d.enter();
        try {
            if ((flags & MSG_OOB) != 0) {
                d.troubledByUrgentData();
            }
            while (true) {
                int seen = gate.epoch();
                long result;
                try (Scratch scratch = Scratch.take();
                        Vectors vectors = Vectors.of(scratch, buffers, socket.type, false)) {
                    header(scratch, vectors.count, Scratch.ADDRESS_BYTES, ancillarySize);
                    result =
                            d.kernel.recvmsg(
                                    d.fd, scratch.address(Scratch.MSGHDR), flags | always(socket));
                    if (result >= 0) {
                        int copied = discards ? 0 : (int) Math.min(result, vectors.bytes);
                        if ((flags & (MSG_PEEK | MSG_ERRQUEUE)) == 0) {
                            SocketTraffic.received(socket, copied);
                        }
                        Message message = received(scratch, vectors, (int) result, copied);
                        // Descriptors may be missing, and which ones nobody can tell.
                        if (message.ancillaryTruncated()
                                && ancillarySize > 0
                                && socket.family() == AddressFamily.AF_UNIX) {
                            throw new AncillaryTruncatedException(message);
                        }
                        return message;
                    }
                }
                if (result == -LinuxSocket.EAGAIN && TipcConnection.isOver(socket)) {
                    if (over) {
                        return new Message(ByteBuffer.allocate(0), null, List.of(), 0, 0);
                    }
                    over = true;
                    continue;
                }
                boolean plain = flags == 0;
                if (!d.again(socket.owner(), "recvmsg", gate, seen, result, until, 0, plain)) {
                    throw socket.owner().failure("recvmsg", (int) -result, 0);
                }
            }
        } finally {
            d.exit();
        }
    }

    private static Message received(Scratch scratch, Vectors vectors, int result, int copied) {
        MemorySegment memory = scratch.memory();
        long controlLength = memory.get(JAVA_LONG, Scratch.MSGHDR + Msghdr.msg_controllen);
        // First of all, for the descriptors in it are ours already.
        ControlMessages.Decoded control =
                ControlMessages.decode(
                        memory.asSlice(Scratch.CONTROL, Scratch.CONTROL_BYTES),
                        Math.min(controlLength, Scratch.CONTROL_BYTES));
        int nameLength = memory.get(JAVA_INT, Scratch.MSGHDR + Msghdr.msg_namelen);
        int flags = memory.get(JAVA_INT, Scratch.MSGHDR + Msghdr.msg_flags);
        Endpoint peer = nameLength == 0 ? null : SocketName.decode(scratch, nameLength);
        vectors.received(copied);
        return new Message(
                ByteBuffer.allocate(0),
                peer,
                control.ancillary(),
                flags & ~MSG_CMSG_CLOEXEC,
                result);
    }

    static int send(
            LinuxSocket socket,
            ByteBuffer[] buffers,
            List<? extends Ancillary> ancillary,
            int flags,
            @Nullable Endpoint peer,
            long until)
            throws IOException {
        return SocketTrace.writes()
                ? (int)
                        SocketRecorder.write(
                                socket,
                                "sendmsg",
                                peer,
                                () -> sendOne(socket, buffers, ancillary, flags, peer, until))
                : sendOne(socket, buffers, ancillary, flags, peer, until);
    }

    private static int sendOne(
            LinuxSocket socket,
            ByteBuffer[] buffers,
            List<? extends Ancillary> ancillary,
            int flags,
            @Nullable Endpoint peer,
            long until)
            throws IOException {
        Descriptor d = socket.descriptor;
        Gate gate = d.output;
        boolean eventless = SocketData.isEventless(socket, peer != null);
        long pause = 0;
        d.enter();
        try (ControlMessages.Outgoing control =
                ControlMessages.Outgoing.of(ancillary, Scratch.CONTROL_BYTES)) {
            while (true) {
                int seen = gate.epoch();
                long result;
                try (Scratch scratch = Scratch.take();
                        UnixPaths.Shortened shortened = UnixPaths.shorten(socket, peer, "sendmsg");
                        Vectors vectors = Vectors.of(scratch, buffers, socket.type, true)) {
                    int nameLength =
                            shortened.endpoint() == null
                                    ? 0
                                    : SocketName.encode(scratch, socket, shortened.endpoint());
                    control.encode(
                            scratch.memory().asSlice(Scratch.CONTROL, Scratch.CONTROL_BYTES));
                    header(scratch, vectors.count, nameLength, control.size());
                    result =
                            d.kernel.sendmsg(
                                    d.fd,
                                    scratch.address(Scratch.MSGHDR),
                                    flags | MSG_DONTWAIT | MSG_NOSIGNAL);
                    control.release();
                    if (result >= 0) {
                        vectors.sent((int) result);
                        SocketTraffic.sent(socket, result);
                        return (int) result;
                    }
                }
                if (result == -LinuxSocket.EAGAIN && eventless && until != Descriptor.AT_ONCE) {
                    pause = socket.backoff("sendmsg", gate, pause, until);
                } else if (!d.again(socket.owner(), "sendmsg", gate, seen, result, until)) {
                    throw peer == null
                            ? socket.owner().failure("sendmsg", (int) -result, 0)
                            : ErrnoFailure.of(
                                    "sendto", (int) -result, socket.describe(peer), null, peer, 0);
                }
            }
        } finally {
            d.exit();
        }
    }

    private static void header(Scratch scratch, int vectors, int nameLength, int controlLength) {
        MemorySegment memory = scratch.memory();
        long at = Scratch.MSGHDR;
        memory.set(
                JAVA_LONG,
                at + Msghdr.msg_name,
                nameLength == 0 ? 0 : scratch.address(Scratch.ADDRESS));
        memory.set(JAVA_INT, at + Msghdr.msg_namelen, nameLength);
        memory.set(JAVA_LONG, at + Msghdr.msg_iov, scratch.address(Scratch.VECTORS));
        memory.set(JAVA_LONG, at + Msghdr.msg_iovlen, vectors);
        memory.set(
                JAVA_LONG,
                at + Msghdr.msg_control,
                controlLength == 0 ? 0 : scratch.address(Scratch.CONTROL));
        memory.set(JAVA_LONG, at + Msghdr.msg_controllen, controlLength);
        memory.set(JAVA_INT, at + Msghdr.msg_flags, 0);
    }

    /** The room for a payload: the pooled one, or for a large message one of its own. */
    private static MemorySegment room(Scratch scratch, @Nullable Arena arena, long bytes) {
        return arena == null ? scratch.payload() : arena.allocate(bytes, 64);
    }

    /** Several buffers as the kernel wants to see them. */
    private static final class Vectors implements AutoCloseable {
        private final ByteBuffer[] buffers;
        private final MemorySegment[] segments;
        private final @Nullable Arena arena;
        private final MemorySegment heapCopy;
        final int count;
        final int bytes;

        @SuppressWarnings("MustBeClosedChecker") // Closed with this.
        private Vectors(Scratch scratch, ByteBuffer[] buffers, boolean sending, int most) {
            if (buffers.length > Scratch.VECTOR_COUNT) {
                throw new IllegalArgumentException(
                        "at most " + Scratch.VECTOR_COUNT + " buffers: " + buffers.length);
            }
            this.buffers = buffers;
            this.segments = new MemorySegment[buffers.length];
            long heapBytes = 0;
            long total = 0;
            for (int i = 0; i < buffers.length; i++) {
                segments[i] = MemorySegment.ofBuffer(buffers[i]);
                long length = Math.min(segments[i].byteSize(), most - total);
                segments[i] = segments[i].asSlice(0, length);
                total += length;
                heapBytes += segments[i].isNative() ? 0 : length;
            }
            this.arena = heapBytes > Scratch.PAYLOAD_BYTES ? Arena.ofConfined() : null;
            this.heapCopy = heapBytes == 0 ? MemorySegment.NULL : room(scratch, arena, heapBytes);
            this.count = buffers.length;
            this.bytes = (int) total;
            long at = 0;
            for (int i = 0; i < count; i++) {
                long length = segments[i].byteSize();
                long address = segments[i].address();
                if (!segments[i].isNative() && length > 0) {
                    if (sending) {
                        MemorySegment.copy(segments[i], 0, heapCopy, at, length);
                    }
                    address = heapCopy.address() + at;
                    at += length;
                }
                long vector = Scratch.VECTORS + (long) i * Iovec.SIZEOF;
                scratch.memory().set(JAVA_LONG, vector + Iovec.iov_base, length == 0 ? 0 : address);
                scratch.memory().set(JAVA_LONG, vector + Iovec.iov_len, length);
            }
        }

        /** A stream may move in parts, so there is room for a part; a message must move whole. */
        static Vectors of(Scratch scratch, ByteBuffer[] buffers, int type, boolean sending) {
            int most = type == SocketType.SOCK_STREAM ? Scratch.PAYLOAD_BYTES : Integer.MAX_VALUE;
            return new Vectors(scratch, buffers, sending, most);
        }

        /** Hands out so many bytes, and moves the positions. */
        void received(int length) {
            int left = length;
            long at = 0;
            for (int i = 0; i < count && left > 0; i++) {
                int part = (int) Math.min(left, segments[i].byteSize());
                if (!segments[i].isNative()) {
                    MemorySegment.copy(heapCopy, at, segments[i], 0, part);
                    at += part;
                }
                buffers[i].position(buffers[i].position() + part);
                left -= part;
            }
        }

        /** Moves the positions by what was taken. */
        void sent(int length) {
            int left = length;
            for (int i = 0; i < count && left > 0; i++) {
                int part = (int) Math.min(left, segments[i].byteSize());
                buffers[i].position(buffers[i].position() + part);
                left -= part;
            }
        }

        @Override
        public void close() {
            if (arena != null) {
                arena.close();
            }
        }
    }

    /**
     * Bytes to send in native memory, for families whose send may block and so cannot be critical.
     */
    static final class Payload implements AutoCloseable {
        private final Scratch scratch = Scratch.take();
        private final @Nullable Arena arena;
        private final MemorySegment copy;

        @SuppressWarnings("MustBeClosedChecker") // Closed with this.
        private Payload(MemorySegment from, long length) {
            this.arena = length > Scratch.PAYLOAD_BYTES ? Arena.ofConfined() : null;
            this.copy = room(scratch, arena, length).asSlice(0, length);
            MemorySegment.copy(from, JAVA_BYTE, 0, copy, JAVA_BYTE, 0, length);
        }

        static Payload of(MemorySegment from, int length, boolean stream) {
            return new Payload(from, stream ? Math.min(length, Scratch.PAYLOAD_BYTES) : length);
        }

        long address() {
            return copy.address();
        }

        long length() {
            return copy.byteSize();
        }

        @Override
        public void close() {
            if (arena != null) {
                arena.close();
            }
            scratch.close();
        }
    }
}
