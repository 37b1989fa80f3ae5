// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import sockeye.internal.kernel.CStruct;
import sockeye.internal.kernel.Scratch;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/** ppoll(2) without waiting: what the kernel says of one descriptor now. */
final class Poll {
    @CStruct("struct pollfd")
    static final class Pollfd {
        static final int SIZEOF = 8;
        static final int fd = 0;
        static final int events = 4;
        static final int revents = 6;

        private Pollfd() {}
    }

    static final int POLLIN = 1;

    private static final int TIMESPEC = Scratch.INTS + Pollfd.SIZEOF;

    private Poll() {}

    /** The events among those asked for, beside POLLERR and POLLHUP. */
    static int now(LinuxSocket socket, int events) throws IOException {
        socket.descriptor.enter();
        try (Scratch scratch = Scratch.take()) {
            MemorySegment memory = scratch.memory();
            memory.set(JAVA_INT, Scratch.INTS + Pollfd.fd, socket.descriptor.fd);
            memory.set(JAVA_SHORT, Scratch.INTS + Pollfd.events, (short) events);
            memory.set(JAVA_SHORT, Scratch.INTS + Pollfd.revents, (short) 0);
            memory.set(JAVA_LONG, TIMESPEC, 0);
            memory.set(JAVA_LONG, TIMESPEC + 8, 0);
            int result =
                    socket.descriptor.kernel.ppoll(
                            scratch.address(Scratch.INTS), 1, scratch.address(TIMESPEC));
            if (result < 0) {
                throw socket.owner().failure("ppoll", -result, 0);
            }
            return memory.get(JAVA_SHORT, Scratch.INTS + Pollfd.revents);
        } finally {
            socket.descriptor.exit();
        }
    }
}
