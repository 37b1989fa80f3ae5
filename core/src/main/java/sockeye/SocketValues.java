// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.Scratch;
import sockeye.internal.wait.Blocking;
import sockeye.internal.wait.Descriptor;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** getsockopt(2) and setsockopt(2). */
final class SocketValues {
    private static final int SOL_SOCKET = 1;
    private static final int SO_LINGER = 13;
    private static final int TCP_ULP = 31;
    private static final int ERANGE = 34;

    private SocketValues() {}

    static <T> T get(LinuxSocket socket, Option<T> option) throws IOException {
        byte[] buffer = option.readBuffer();
        int length = get(socket, option, buffer, option.maxLength() > buffer.length);
        if (length < 0) {
            buffer = Arrays.copyOf(buffer, option.maxLength());
            length = get(socket, option, buffer, false);
        }
        return option.decode(buffer, length);
    }

    private static int get(LinuxSocket socket, Option<?> option, byte[] buffer, boolean mayGrow)
            throws IOException {
        socket.descriptor.enter();
        try (Scratch scratch = Scratch.take();
                Arena large = Arena.ofConfined()) {
            MemorySegment value = room(scratch, large, buffer.length);
            MemorySegment.copy(buffer, 0, value, JAVA_BYTE, 0, buffer.length);
            scratch.memory().set(JAVA_INT, Scratch.INTS, buffer.length);
            int result =
                    socket.descriptor.kernel.getsockopt(
                            socket.descriptor.fd,
                            option.level(),
                            option.number(),
                            value.address(),
                            scratch.address(Scratch.INTS));
            if (result == -ERANGE && mayGrow) {
                return -1;
            }
            if (result < 0) {
                throw failure("getsockopt", option, -result);
            }
            MemorySegment.copy(value, JAVA_BYTE, 0, buffer, 0, buffer.length);
            return scratch.memory().get(JAVA_INT, Scratch.INTS);
        } finally {
            socket.descriptor.exit();
        }
    }

    static <T> void set(LinuxSocket socket, Option<T> option, T decoded) throws IOException {
        byte[] value = option.encode(decoded);
        byte[] pointee = option.pointee(decoded);
        int target = (value.length + 7) & ~7;
        int room = pointee == null ? value.length : target + pointee.length;
        if (option.level() == SOL_SOCKET && option.number() == SO_LINGER) {
            socket.lingers = true;
        }
        if (option.level() == IpProtocol.IPPROTO_TCP && option.number() == TCP_ULP) {
            // With kTLS a receive stops where the type of record changes.
            socket.shortReadDrains = false;
        }
        socket.descriptor.enter();
        try (Scratch scratch = Scratch.take();
                Arena large = Arena.ofConfined()) {
            MemorySegment memory = room(scratch, large, room);
            MemorySegment.copy(value, 0, memory, JAVA_BYTE, 0, value.length);
            if (pointee != null) {
                MemorySegment.copy(pointee, 0, memory, JAVA_BYTE, target, pointee.length);
                memory.set(JAVA_LONG_UNALIGNED, option.pointerOffset(), memory.address() + target);
            }
            int result =
                    socket.descriptor.kernel.setsockopt(
                            socket.descriptor.fd,
                            option.level(),
                            option.number(),
                            value.length == 0 ? 0 : memory.address(),
                            value.length);
            if (result < 0) {
                throw failure("setsockopt", option, -result);
            }
        } finally {
            socket.descriptor.exit();
        }
    }

    /** Room for a value: nearly always in the scratch memory. */
    private static MemorySegment room(Scratch scratch, Arena large, int length) {
        return length <= Scratch.CONTROL_BYTES
                ? scratch.memory().asSlice(Scratch.CONTROL, Scratch.CONTROL_BYTES)
                : large.allocate(length, Long.BYTES);
    }

    private static IOException failure(String call, Option<?> option, int errno) {
        return ErrnoFailure.of(call + " " + option, errno, null, null, null, 0);
    }

    /**
     * Notes that others have the same open file: they may set what all have, and its connection is
     * not this socket's alone.
     */
    static LinuxSocket share(LinuxSocket socket) {
        socket.lingers = true;
        socket.descriptor.share();
        return socket;
    }

    /** close(2); the negated error number, or 0. */
    static int close(LinuxSocket socket) throws IOException {
        return SocketTrace.isOn()
                ? SocketRecorder.close(socket, () -> closeNow(socket))
                : closeNow(socket);
    }

    private static int closeNow(LinuxSocket socket) {
        Descriptor d = socket.descriptor;
        return closeMayWait(socket) ? (int) Blocking.call(d::close) : d.close();
    }

    /**
     * Whether others may have the same open file: it was adopted, duplicated, passed on or given to
     * a child. Of a socket for which SO_LINGER was set that is not known, and yes.
     */
    static boolean mayBeShared(LinuxSocket socket) {
        return socket.lingers || socket.descriptor.isShared();
    }

    /** Whether close(2) would wait for what is still to be sent. */
    private static boolean closeMayWait(LinuxSocket socket) {
        return socket.family == AddressFamily.AF_TIPC
                ? TipcConnection.closeWaits(socket)
                : socket.lingers && lingers(socket);
    }

    private static boolean lingers(LinuxSocket socket) {
        try {
            Linger linger = socket.getOption(SoOption.LINGER);
            return linger.on() && !linger.time().isZero();
        } catch (IOException closed) {
            return false;
        }
    }

    /** An option of an int, or the negated errno. */
    static int intOption(Kernel kernel, int fd, int level, int number) {
        try (Scratch scratch = Scratch.take()) {
            MemorySegment memory = scratch.memory();
            memory.set(JAVA_INT, Scratch.INTS, Integer.BYTES);
            int result =
                    kernel.getsockopt(
                            fd,
                            level,
                            number,
                            scratch.address(Scratch.CONTROL),
                            scratch.address(Scratch.INTS));
            return result < 0 ? result : memory.get(JAVA_INT, Scratch.CONTROL);
        }
    }
}
