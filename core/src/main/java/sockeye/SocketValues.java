// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import sockeye.internal.kernel.Scratch;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** getsockopt(2) and setsockopt(2). */
final class SocketValues {
    private static final int SOL_SOCKET = 1;
    private static final int SO_LINGER = 13;
    private static final int ERANGE = 34;

    private SocketValues() {}

    static int get(LinuxSocket socket, int level, int number, byte[] buffer, boolean mayGrow)
            throws IOException {
        if (buffer.length > Scratch.CONTROL_BYTES) {
            throw new IllegalArgumentException(
                    "at most " + Scratch.CONTROL_BYTES + " bytes: " + buffer.length);
        }
        socket.descriptor.enter();
        try (Scratch scratch = Scratch.take()) {
            MemorySegment memory = scratch.memory();
            MemorySegment.copy(buffer, 0, memory, JAVA_BYTE, Scratch.CONTROL, buffer.length);
            memory.set(JAVA_INT, Scratch.INTS, buffer.length);
            int result =
                    socket.descriptor.kernel.getsockopt(
                            socket.descriptor.fd,
                            level,
                            number,
                            scratch.address(Scratch.CONTROL),
                            scratch.address(Scratch.INTS));
            if (result == -ERANGE && mayGrow) {
                return -1;
            }
            if (result < 0) {
                throw optionFailure("getsockopt", level, number, -result);
            }
            MemorySegment.copy(memory, JAVA_BYTE, Scratch.CONTROL, buffer, 0, buffer.length);
            return memory.get(JAVA_INT, Scratch.INTS);
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
        if (target + pointee.length > Scratch.CONTROL_BYTES) {
            throw new IllegalArgumentException(
                    "at most " + Scratch.CONTROL_BYTES + " bytes: " + value.length);
        }
        if (level == SOL_SOCKET && number == SO_LINGER) {
            socket.lingers = true;
        }
        socket.descriptor.enter();
        try (Scratch scratch = Scratch.take()) {
            MemorySegment memory = scratch.memory();
            MemorySegment.copy(value, 0, memory, JAVA_BYTE, Scratch.CONTROL, value.length);
            if (pointerOffset >= 0) {
                MemorySegment.copy(
                        pointee, 0, memory, JAVA_BYTE, Scratch.CONTROL + target, pointee.length);
                memory.set(
                        JAVA_LONG_UNALIGNED,
                        Scratch.CONTROL + pointerOffset,
                        scratch.address(Scratch.CONTROL + target));
            }
            int result =
                    socket.descriptor.kernel.setsockopt(
                            socket.descriptor.fd,
                            level,
                            number,
                            scratch.address(Scratch.CONTROL),
                            value.length);
            if (result < 0) {
                throw optionFailure("setsockopt", level, number, -result);
            }
        } finally {
            socket.descriptor.exit();
        }
    }

    private static IOException optionFailure(String operation, int level, int number, int errno) {
        return ErrnoFailure.of(
                operation, errno, "level " + level + " option " + number, null, null, 0);
    }
}
