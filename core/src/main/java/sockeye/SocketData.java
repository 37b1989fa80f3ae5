// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.MessageFlag.MSG_DONTWAIT;
import static sockeye.MessageFlag.MSG_NOSIGNAL;
import static sockeye.MessageFlag.MSG_WAITALL;

import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.Scratch;
import sockeye.internal.wait.Descriptor;
import sockeye.internal.wait.Gate;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/** recv(2) and send(2), waited for, without a copy and without allocation. */
final class SocketData {
    private SocketData() {}

    static int recv(LinuxSocket socket, MemorySegment to, int offset, int length, int flags)
            throws IOException {
        if ((flags & MSG_WAITALL) == 0 || socket.type != SocketType.SOCK_STREAM) {
            return recvOnce(
                    socket, to.asSlice(offset, length), length, flags, socket.until(flags), 0);
        }
        long until = socket.until(flags);
        int done = 0;
        while (done < length) {
            int count =
                    recvOnce(
                            socket,
                            to.asSlice(offset + done, length - done),
                            length - done,
                            flags,
                            until,
                            done);
            if (count == 0) {
                break;
            }
            done += count;
        }
        return done;
    }

    /** One receive, waited for. */
    static int recvOnce(
            LinuxSocket socket, MemorySegment to, int length, int flags, long until, long done)
            throws IOException {
        Descriptor d = socket.descriptor;
        Gate gate = d.input;
        d.enter();
        try {
            boolean plain = flags == 0;
            long result;
            int seen;
            do {
                seen = gate.epoch();
                result =
                        plain && until != Descriptor.AT_ONCE && gate.isDrained(seen)
                                ? -LinuxSocket.EAGAIN
                                : receive(socket, to, length, flags);
            } while (result < 0
                    && d.again(socket.owner(), "recv", gate, seen, result, until, done));
            if (result < 0) {
                throw socket.owner().failure("recv", (int) -result, done);
            }
            if (plain
                    && result < length
                    && result > 0
                    && socket.shortReadDrains
                    && !d.isTroubled()) {
                gate.drained(seen);
            }
            return (int) Math.min(result, length);
        } finally {
            d.exit();
        }
    }

    static long receive(LinuxSocket socket, MemorySegment to, int length, int flags) {
        if (socket.critical) {
            return socket.descriptor.kernel.recv(
                    socket.descriptor.fd, to, length, flags | MSG_DONTWAIT);
        }
        try (Scratch scratch = Scratch.take()) {
            MemorySegment payload = scratch.payload();
            long room = Math.min(length, payload.byteSize());
            long count =
                    socket.descriptor.kernel.recvfrom(
                            socket.descriptor.fd,
                            payload.address(),
                            room,
                            flags | MSG_DONTWAIT,
                            0,
                            0);
            if (count > 0) {
                MemorySegment.copy(payload, 0, to, 0, Math.min(count, room));
            }
            return count;
        }
    }

    static void sendAll(LinuxSocket socket, MemorySegment segment, int flags) throws IOException {
        long until = socket.until(flags);
        int length = (int) segment.byteSize();
        int done = sendOnce(socket, segment, length, flags, until, 0);
        while (done < length) {
            done += sendOnce(socket, segment.asSlice(done), length - done, flags, until, done);
        }
    }

    static int sendOnce(
            LinuxSocket socket, MemorySegment from, int length, int flags, long until, long done)
            throws IOException {
        Descriptor d = socket.descriptor;
        Gate gate = d.output;
        d.enter();
        try {
            long result;
            int seen;
            do {
                seen = gate.epoch();
                result = transmit(socket, from, length, flags);
            } while (result < 0
                    && d.again(socket.owner(), "send", gate, seen, result, until, done));
            if (result < 0) {
                throw socket.owner().failure("send", (int) -result, done);
            }
            return (int) result;
        } finally {
            d.exit();
        }
    }

    static long transmit(LinuxSocket socket, MemorySegment from, int length, int flags) {
        int all = flags | MSG_DONTWAIT | MSG_NOSIGNAL;
        boolean stream = socket.type == SocketType.SOCK_STREAM;
        if (socket.critical) {
            return socket.descriptor.kernel.send(
                    socket.descriptor.fd,
                    from,
                    stream ? Math.min(length, Kernel.CRITICAL_BYTES) : length,
                    all);
        }
        try (MessageHeader.Payload payload = MessageHeader.Payload.of(from, length, stream)) {
            return socket.descriptor.kernel.sendto(
                    socket.descriptor.fd, payload.address(), payload.length(), all, 0, 0);
        }
    }

    static void sendAll(LinuxSocket socket, ByteBuffer buffer, int flags) throws IOException {
        long until = socket.until(flags);
        int start = buffer.position();
        MemorySegment segment = MemorySegment.ofBuffer(buffer);
        int length = buffer.remaining();
        int done = 0;
        do {
            done += sendOnce(socket, segment.asSlice(done), length - done, flags, until, done);
            buffer.position(start + done);
        } while (done < length);
    }
}
