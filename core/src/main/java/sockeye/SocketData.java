// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.MessageFlag.MSG_DONTWAIT;
import static sockeye.MessageFlag.MSG_ERRQUEUE;
import static sockeye.MessageFlag.MSG_NOSIGNAL;
import static sockeye.MessageFlag.MSG_OOB;
import static sockeye.MessageFlag.MSG_PEEK;
import static sockeye.MessageFlag.MSG_WAITALL;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.Scratch;
import sockeye.internal.wait.Descriptor;
import sockeye.internal.wait.Gate;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.Objects;

/**
 * recv(2) and send(2), waited for, without a copy and without allocation.
 *
 * <p>The bytes are in an array, or in a segment if the array is null. An array becomes a segment
 * only where the call is made: only there does the compiler see that it needs no object.
 */
final class SocketData {
    private SocketData() {}

    /**
     * Whether a send or a receive with MSG_DONTWAIT is over soon enough to hold up a safepoint:
     * known of these. SCTP makes a connection inside a send.
     */
    static boolean areCallsShort(int family, int protocol) {
        return switch (family) {
            case AddressFamily.AF_INET, AddressFamily.AF_INET6 ->
                    protocol != IpProtocol.IPPROTO_SCTP;
            default -> family == AddressFamily.AF_UNIX;
        };
    }

    static int recv(
            LinuxSocket socket,
            byte @Nullable [] array,
            MemorySegment segment,
            int offset,
            int length,
            int flags)
            throws IOException {
        if (segment.isReadOnly()) {
            throw new IllegalArgumentException("read-only memory");
        }
        return SocketTrace.reads()
                ? (int)
                        SocketRecorder.read(
                                socket,
                                "recv",
                                () -> recvSome(socket, array, segment, offset, length, flags))
                : recvSome(socket, array, segment, offset, length, flags);
    }

    private static int recvSome(
            LinuxSocket socket,
            byte @Nullable [] array,
            MemorySegment segment,
            int offset,
            int length,
            int flags)
            throws IOException {
        long until = socket.until(flags);
        int done = recvOnce(socket, array, segment, offset, length, flags, until, 0);
        // A further look would begin where the first began.
        if ((flags & (MSG_WAITALL | MSG_PEEK)) == MSG_WAITALL
                && socket.type == SocketType.SOCK_STREAM) {
            int more = done;
            while (more > 0 && done < length) {
                int start = offset + done;
                try {
                    more =
                            recvOnce(
                                    socket,
                                    array,
                                    segment,
                                    start,
                                    length - done,
                                    flags,
                                    until,
                                    done);
                } catch (SocketTimeoutException | SocketInterruptedException cut) {
                    // As the kernel does it: what came before is the result.
                    return done;
                } catch (SocketFailure refused) {
                    if (refused.errno().number() == LinuxSocket.EAGAIN) {
                        return done;
                    }
                    throw refused;
                }
                done += more;
            }
        }
        return done;
    }

    /** The same into what remains of a buffer, whose position moves. */
    static int recv(LinuxSocket socket, ByteBuffer buffer, int flags) throws IOException {
        int start = buffer.position();
        int length = buffer.remaining();
        int count;
        if (buffer.hasArray()) {
            int offset = buffer.arrayOffset() + start;
            count = recv(socket, buffer.array(), MemorySegment.NULL, offset, length, flags);
        } else {
            MemorySegment segment = BufferMemory.toReceive(socket, buffer);
            count = recv(socket, null, segment, start, length, flags);
        }
        buffer.position(start + count);
        return count;
    }

    /** One receive, waited for. */
    private static int recvOnce(
            LinuxSocket socket,
            byte @Nullable [] array,
            MemorySegment segment,
            int offset,
            int length,
            int flags,
            long until,
            long done)
            throws IOException {
        Descriptor d = socket.descriptor;
        Gate gate = d.input;
        d.enter();
        try {
            boolean plain = flags == 0;
            if ((flags & MSG_OOB) != 0) {
                d.troubledByUrgentData();
            }
            long result;
            int seen;
            do {
                seen = gate.epoch();
                result =
                        plain && until != Descriptor.AT_ONCE && gate.isDrained(seen)
                                ? Descriptor.PRESUMED
                                : receive(
                                        socket,
                                        array,
                                        segment,
                                        offset,
                                        length,
                                        flags | MSG_DONTWAIT);
                if (result == -LinuxSocket.EAGAIN && TipcConnection.isOver(socket)) {
                    int more = flags | MSG_DONTWAIT;
                    result = receive(socket, array, segment, offset, length, more);
                    result = result == -LinuxSocket.EAGAIN ? 0 : result;
                }
            } while (result < 0
                    && d.again(socket.owner(), "recv", gate, seen, result, until, done, plain));
            if (result < 0) {
                throw socket.owner().failure("recv", (int) -result, done);
            }
            if (plain) {
                note(socket, seen, result, length);
            }
            int count = (int) Math.min(result, length);
            if ((flags & (MSG_PEEK | MSG_ERRQUEUE)) == 0) {
                SocketTraffic.received(socket, count);
            }
            return count;
        } finally {
            d.exit();
        }
    }

    /** Notes what a short read tells: on TCP that nothing is left, on AF_UNIX that hardly. */
    private static void note(LinuxSocket socket, int seen, long result, int length) {
        Descriptor d = socket.descriptor;
        if (result <= 0 || result >= Math.min(length, Kernel.CRITICAL_BYTES) || d.isTroubled()) {
            return;
        }
        if (socket.shortReadDrains) {
            d.input.drained(seen);
        } else if (socket.family == AddressFamily.AF_UNIX
                && socket.type == SocketType.SOCK_STREAM) {
            // It stops behind a passed descriptor, which nobody who reads so has asked for.
            d.input.presumedDrained(seen);
        }
    }

    /** The wait without the receive; false if that time came first. */
    static boolean awaitInput(LinuxSocket socket, Deadline time) throws IOException {
        Descriptor d = socket.descriptor;
        Gate gate = d.input;
        d.enter();
        try {
            int seen = gate.epoch();
            long until = socket.until(0);
            if (!gate.isDrained(seen) || until == Descriptor.AT_ONCE) {
                return true;
            }
            Gate.Outcome outcome = gate.await(seen, Math.min(until, time.time()));
            if (outcome == Gate.Outcome.EVENT) {
                return true;
            }
            // The event may be under way: before giving up, the kernel is asked.
            if (outcome != Gate.Outcome.CLOSED && Poll.now(socket, Poll.POLLIN) != 0) {
                gate.undrained();
                return true;
            }
            if (outcome == Gate.Outcome.TIMEOUT && time.isPassed()) {
                return false;
            }
            throw socket.owner().cut("recv", outcome, 0);
        } finally {
            d.exit();
        }
    }

    /** One receive, not waited for. */
    static int recvNow(LinuxSocket socket, byte[] array, int offset, int length)
            throws IOException {
        Objects.checkFromIndexSize(offset, length, array.length);
        return SocketTrace.reads()
                ? (int)
                        SocketRecorder.read(
                                socket, "recv", () -> recvQueued(socket, array, offset, length))
                : recvQueued(socket, array, offset, length);
    }

    private static int recvQueued(LinuxSocket socket, byte[] array, int offset, int length)
            throws IOException {
        Descriptor d = socket.descriptor;
        Gate gate = d.input;
        d.enter();
        try {
            int seen = gate.epoch();
            long result;
            do {
                result = receive(socket, array, MemorySegment.NULL, offset, length, MSG_DONTWAIT);
            } while (result == -LinuxSocket.EINTR);
            if (result == -LinuxSocket.EAGAIN && TipcConnection.isOver(socket)) {
                result = receive(socket, array, MemorySegment.NULL, offset, length, MSG_DONTWAIT);
                result = result == -LinuxSocket.EAGAIN ? 0 : result;
            }
            if (result == -LinuxSocket.EAGAIN) {
                gate.drained(seen);
                return LinuxSocket.WOULD_BLOCK;
            }
            if (result < 0) {
                throw socket.owner().failure("recv", (int) -result, 0);
            }
            note(socket, seen, result, length);
            SocketTraffic.received(socket, result);
            return (int) result;
        } finally {
            d.exit();
        }
    }

    private static long receive(
            LinuxSocket socket,
            byte @Nullable [] array,
            MemorySegment segment,
            int offset,
            int length,
            int flags) {
        Kernel kernel = socket.descriptor.kernel;
        int fd = socket.descriptor.fd;
        if (!socket.critical) {
            return receiveByCopy(socket, array, segment, offset, length, flags);
        }
        // A stream may come in parts; of a message, what does not fit is lost.
        boolean stream = socket.type == SocketType.SOCK_STREAM;
        int part = stream ? Math.min(length, Kernel.CRITICAL_BYTES) : length;
        return array != null
                ? kernel.recv(fd, array, offset, part, flags)
                : kernel.recv(fd, segment, offset, part, flags);
    }

    private static long receiveByCopy(
            LinuxSocket socket,
            byte @Nullable [] array,
            MemorySegment segment,
            int offset,
            int length,
            int flags) {
        Descriptor d = socket.descriptor;
        boolean large = length > Scratch.PAYLOAD_BYTES && socket.type != SocketType.SOCK_STREAM;
        try (Scratch scratch = Scratch.take();
                Arena arena = large ? Arena.ofConfined() : null) {
            MemorySegment payload = arena == null ? scratch.payload() : arena.allocate(length, 64);
            long room = Math.min(length, payload.byteSize());
            long count = d.kernel.recvfrom(d.fd, payload.address(), room, flags, 0, 0);
            if (count > 0) {
                MemorySegment to = array != null ? MemorySegment.ofArray(array) : segment;
                MemorySegment.copy(payload, 0, to, offset, Math.min(count, room));
            }
            return count;
        }
    }

    /** Sends all, under one timeout. */
    static void sendAll(
            LinuxSocket socket,
            byte @Nullable [] array,
            MemorySegment segment,
            int offset,
            int length,
            int flags)
            throws IOException {
        long until = socket.until(flags);
        int done = sendOnce(socket, array, segment, offset, length, flags, until, 0);
        while (done < length) {
            done +=
                    sendOnce(
                            socket,
                            array,
                            segment,
                            offset + done,
                            length - done,
                            flags,
                            until,
                            done);
        }
    }

    /** The same for what remains of a buffer, whose position moves as bytes are taken. */
    static void sendAll(LinuxSocket socket, ByteBuffer buffer, int flags) throws IOException {
        long until = socket.until(flags);
        int start = buffer.position();
        int length = buffer.remaining();
        boolean onHeap = buffer.hasArray();
        byte @Nullable [] array = onHeap ? buffer.array() : null;
        MemorySegment segment = onHeap ? MemorySegment.NULL : BufferMemory.toSend(socket, buffer);
        int offset = onHeap ? buffer.arrayOffset() + start : start;
        int done = 0;
        do {
            done +=
                    sendOnce(
                            socket,
                            array,
                            segment,
                            offset + done,
                            length - done,
                            flags,
                            until,
                            done);
            buffer.position(start + done);
        } while (done < length);
    }

    /** One send of what remains of a buffer, whose position moves by what was taken. */
    static int send(LinuxSocket socket, ByteBuffer buffer, int flags) throws IOException {
        int start = buffer.position();
        int length = buffer.remaining();
        long until = socket.until(flags);
        boolean onHeap = buffer.hasArray();
        byte @Nullable [] array = onHeap ? buffer.array() : null;
        MemorySegment segment = onHeap ? MemorySegment.NULL : BufferMemory.toSend(socket, buffer);
        int offset = onHeap ? buffer.arrayOffset() + start : start;
        int count = sendOnce(socket, array, segment, offset, length, flags, until, 0);
        buffer.position(start + count);
        return count;
    }

    /**
     * Whether no event tells that a full receiver has room again, so that a send has to be tried
     * anew: of AF_UNIX if it is not connected; of netlink, where what is sent to another process
     * counts against that one's buffer.
     */
    static boolean isEventless(LinuxSocket socket, boolean addressed) {
        return addressed
                ? socket.family == AddressFamily.AF_UNIX
                        || socket.family == AddressFamily.AF_NETLINK
                : socket.family == AddressFamily.AF_NETLINK;
    }

    /** One send, waited for. */
    static int sendOnce(
            LinuxSocket socket,
            byte @Nullable [] array,
            MemorySegment segment,
            int offset,
            int length,
            int flags,
            long until,
            long done)
            throws IOException {
        return SocketTrace.writes()
                ? (int)
                        SocketRecorder.write(
                                socket,
                                "send",
                                null,
                                () ->
                                        sendSome(
                                                socket, array, segment, offset, length, flags,
                                                until, done))
                : sendSome(socket, array, segment, offset, length, flags, until, done);
    }

    private static int sendSome(
            LinuxSocket socket,
            byte @Nullable [] array,
            MemorySegment segment,
            int offset,
            int length,
            int flags,
            long until,
            long done)
            throws IOException {
        Descriptor d = socket.descriptor;
        Gate gate = d.output;
        d.enter();
        try {
            int all = flags | MSG_DONTWAIT | MSG_NOSIGNAL;
            long pause = 0;
            long result;
            while (true) {
                int seen = gate.epoch();
                result = transmit(socket, array, segment, offset, length, all);
                if (result >= 0) {
                    break;
                }
                if (result == -LinuxSocket.EAGAIN
                        && until != Descriptor.AT_ONCE
                        && isEventless(socket, false)) {
                    pause = socket.backoff("send", gate, pause, until);
                } else if (!d.again(socket.owner(), "send", gate, seen, result, until, done)) {
                    break;
                }
            }
            if (result < 0) {
                throw socket.owner().failure("send", (int) -result, done);
            }
            SocketTraffic.sent(socket, result);
            return (int) result;
        } finally {
            d.exit();
        }
    }

    /** One send, not waited for. */
    static int sendNow(LinuxSocket socket, byte[] array, int offset, int length)
            throws IOException {
        Objects.checkFromIndexSize(offset, length, array.length);
        return SocketTrace.writes()
                ? (int)
                        SocketRecorder.write(
                                socket,
                                "send",
                                null,
                                () -> sendQueued(socket, array, offset, length))
                : sendQueued(socket, array, offset, length);
    }

    private static int sendQueued(LinuxSocket socket, byte[] array, int offset, int length)
            throws IOException {
        Descriptor d = socket.descriptor;
        d.enter();
        try {
            int flags = MSG_DONTWAIT | MSG_NOSIGNAL;
            long result;
            do {
                result = transmit(socket, array, MemorySegment.NULL, offset, length, flags);
            } while (result == -LinuxSocket.EINTR);
            if (result == -LinuxSocket.EAGAIN) {
                return LinuxSocket.WOULD_BLOCK;
            }
            if (result < 0) {
                throw socket.owner().failure("send", (int) -result, 0);
            }
            SocketTraffic.sent(socket, result);
            return (int) result;
        } finally {
            d.exit();
        }
    }

    private static long transmit(
            LinuxSocket socket,
            byte @Nullable [] array,
            MemorySegment segment,
            int offset,
            int length,
            int flags) {
        Kernel kernel = socket.descriptor.kernel;
        int fd = socket.descriptor.fd;
        boolean stream = socket.type == SocketType.SOCK_STREAM;
        if (!socket.critical) {
            MemorySegment from = array != null ? MemorySegment.ofArray(array) : segment;
            try (MessageHeader.Payload payload =
                    MessageHeader.Payload.of(from.asSlice(offset, length), length, stream)) {
                return kernel.sendto(fd, payload.address(), payload.length(), flags, 0, 0);
            }
        }
        // A stream may go in parts; a message must go whole.
        int part = stream ? Math.min(length, Kernel.CRITICAL_BYTES) : length;
        return array != null
                ? kernel.send(fd, array, offset, part, flags)
                : kernel.send(fd, segment, offset, part, flags);
    }
}
