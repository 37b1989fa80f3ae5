// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.wait;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import sockeye.ErrnoFailure;
import sockeye.internal.kernel.CStruct;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.Scratch;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One epoll instance, as epoll(7) has it.
 *
 * <pre>
 * struct epoll_event { __u32 events; __u64 data; }   // packed on x86-64 alone
 * </pre>
 */
public final class Epoll {
    public static final int EPOLLIN = 0x001;
    public static final int EPOLLPRI = 0x002;
    public static final int EPOLLOUT = 0x004;
    public static final int EPOLLERR = 0x008;
    public static final int EPOLLHUP = 0x010;
    public static final int EPOLLRDHUP = 0x2000;
    public static final int EPOLLEXCLUSIVE = 1 << 28;
    public static final int EPOLLWAKEUP = 1 << 29;
    public static final int EPOLLONESHOT = 1 << 30;
    public static final int EPOLLET = 1 << 31;

    public static final int EPOLL_CTL_ADD = 1;
    public static final int EPOLL_CTL_DEL = 2;
    public static final int EPOLL_CTL_MOD = 3;
    public static final int EPOLL_CLOEXEC = 0x80000;

    /** The layout of struct epoll_event here. */
    @CStruct("struct epoll_event")
    static final class Event {
        private static final boolean PACKED = System.getProperty("os.arch").equals("amd64");
        static final int SIZEOF = PACKED ? 12 : 16;
        static final int events = 0;
        static final int data = PACKED ? 4 : 8;

        private Event() {}
    }

    /** Room for the events of one call; of one thread. */
    public static final class Events {
        private final int capacity;
        private final MemorySegment memory;

        public Events(int capacity) {
            this.capacity = capacity;
            this.memory = Arena.ofAuto().allocate((long) capacity * Event.SIZEOF, 64);
        }

        public int mask(int index) {
            return memory.get(JAVA_INT_UNALIGNED, (long) index * Event.SIZEOF + Event.events);
        }

        public long data(int index) {
            return memory.get(JAVA_LONG_UNALIGNED, (long) index * Event.SIZEOF + Event.data);
        }
    }

    private final Kernel kernel;
    private final int epfd;

    private Epoll(Kernel kernel, int epfd) {
        this.kernel = kernel;
        this.epfd = epfd;
    }

    /** epoll_create1(2): a new instance, whose descriptor the caller is to close. */
    public static Epoll open(Kernel kernel) throws IOException {
        int epfd = kernel.epollCreate1(EPOLL_CLOEXEC);
        if (epfd < 0) {
            throw ErrnoFailure.of("epoll_create1", -epfd, "", null, null, 0);
        }
        return new Epoll(kernel, epfd);
    }

    public int fd() {
        return epfd;
    }

    /** epoll_ctl(2); the negated errno, or 0. */
    public int control(int operation, int fd, int mask, long data) {
        try (Scratch scratch = Scratch.take()) {
            MemorySegment memory = scratch.memory();
            memory.set(JAVA_INT_UNALIGNED, Scratch.INTS + Event.events, mask);
            memory.set(JAVA_LONG_UNALIGNED, Scratch.INTS + Event.data, data);
            return kernel.epollCtl(epfd, operation, fd, scratch.address(Scratch.INTS));
        }
    }

    /** Fetches what is there; how many, or the negated errno. Never waits. */
    public int poll(Events into) {
        return kernel.epollPoll(epfd, into.memory, into.capacity);
    }

    /** Waits up to so many milliseconds, for ever if negative; on a platform thread only. */
    public int await(Events into, int milliseconds) {
        return kernel.epollWait(epfd, into.memory.address(), into.capacity, milliseconds);
    }
}
