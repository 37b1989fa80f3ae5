// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.Scratch;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** getsockopt(2) and setsockopt(2). */
final class SocketValues {
    private static final int SOL_SOCKET = 1;
    private static final int SO_LINGER = 13;
    private static final int ERANGE = 34;

    /** The longest value that there is: the group list of a peer. */
    static final int MAX_LENGTH = 256 << 10;

    private SocketValues() {}

    static int get(LinuxSocket socket, int level, int number, byte[] buffer, boolean mayGrow)
            throws IOException {
        checkLength(buffer.length);
        socket.descriptor.enter();
        try (Scratch scratch = Scratch.take();
                Arena large = Arena.ofConfined()) {
            MemorySegment value = room(scratch, large, buffer.length);
            MemorySegment.copy(buffer, 0, value, JAVA_BYTE, 0, buffer.length);
            scratch.memory().set(JAVA_INT, Scratch.INTS, buffer.length);
            int result =
                    socket.descriptor.kernel.getsockopt(
                            socket.descriptor.fd,
                            level,
                            number,
                            value.address(),
                            scratch.address(Scratch.INTS));
            if (result == -ERANGE && mayGrow) {
                return -1;
            }
            if (result < 0) {
                throw optionFailure("getsockopt", level, number, -result);
            }
            MemorySegment.copy(value, JAVA_BYTE, 0, buffer, 0, buffer.length);
            return scratch.memory().get(JAVA_INT, Scratch.INTS);
        } finally {
            socket.descriptor.exit();
        }
    }

    static void set(
            LinuxSocket socket,
            int level,
            int number,
            byte[] value,
            byte[] pointee,
            int pointerOffset)
            throws IOException {
        int target = (value.length + 7) & ~7;
        checkLength(target + pointee.length);
        if (level == SOL_SOCKET && number == SO_LINGER) {
            socket.lingers = true;
        }
        socket.descriptor.enter();
        try (Scratch scratch = Scratch.take();
                Arena large = Arena.ofConfined()) {
            MemorySegment memory = room(scratch, large, target + pointee.length);
            MemorySegment.copy(value, 0, memory, JAVA_BYTE, 0, value.length);
            if (pointerOffset >= 0) {
                MemorySegment.copy(pointee, 0, memory, JAVA_BYTE, target, pointee.length);
                memory.set(JAVA_LONG_UNALIGNED, pointerOffset, memory.address() + target);
            }
            int result =
                    socket.descriptor.kernel.setsockopt(
                            socket.descriptor.fd, level, number, memory.address(), value.length);
            if (result < 0) {
                throw optionFailure("setsockopt", level, number, -result);
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

    private static void checkLength(int length) {
        if (length > MAX_LENGTH) {
            throw new IllegalArgumentException("at most " + MAX_LENGTH + " bytes: " + length);
        }
    }

    private static IOException optionFailure(String operation, int level, int number, int errno) {
        return ErrnoFailure.of(
                operation, errno, "level " + level + " option " + number, null, null, 0);
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
