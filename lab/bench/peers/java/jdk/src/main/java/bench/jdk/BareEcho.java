// SPDX-License-Identifier: Apache-2.0
package bench.jdk;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Semaphore;
import java.util.concurrent.locks.LockSupport;

/**
 * The limit of a blocking tier on virtual threads, as {@code echo_epoll} is the limit in C: system
 * calls by {@code java.lang.foreign}, one edge-triggered registration per connection, a short read
 * taken as drained, a poller that is a virtual thread, and nothing else. No users are counted, and
 * there are no deadlines, interrupts, errors or bounds. On x86-64.
 *
 * <p>{@code BareEcho tcp:PORT | unix:PATH}
 */
public final class BareEcho {
    private static final int EVENTS = 256;
    private static final int EVENT_BYTES = 12; // x86-64
    private static final int ET_IN = 1 << 31 | 0x2001;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_NOSIGNAL = 0x4000;

    private static final Linker LINKER = Linker.nativeLinker();
    private static final MethodHandle RECV = data("recv");
    private static final MethodHandle SEND = data("send");
    private static final MethodHandle EPOLL_WAIT =
            link("epoll_wait", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
    private static final MethodHandle EPOLL_POLL =
            critical("epoll_wait", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT);
    private static final MethodHandle EPOLL_CTL =
            link("epoll_ctl", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS);

    private static final Connection[] CONNECTIONS = new Connection[1 << 16];
    private static final Semaphore RING = new Semaphore(0);
    private static int epoll;

    private BareEcho() {}

    private static MemorySegment find(String name) {
        return LINKER.defaultLookup().find(name).orElseThrow();
    }

    private static MethodHandle link(String name, MemoryLayout result, MemoryLayout... arguments) {
        return LINKER.downcallHandle(find(name), FunctionDescriptor.of(result, arguments));
    }

    private static MethodHandle critical(
            String name, MemoryLayout result, MemoryLayout... arguments) {
        return LINKER.downcallHandle(
                find(name), FunctionDescriptor.of(result, arguments), Linker.Option.critical(true));
    }

    private static MethodHandle data(String name) {
        return critical(name, JAVA_INT, JAVA_INT, ADDRESS, JAVA_LONG, JAVA_INT);
    }

    /** One connection: its thread waits until the poller sets the mark. */
    private static final class Connection {
        final int fd;
        volatile boolean ready = true;
        volatile Thread thread;

        Connection(int fd) {
            this.fd = fd;
        }

        void run() {
            thread = Thread.currentThread();
            byte[] buffer = new byte[16 << 10];
            MemorySegment memory = MemorySegment.ofArray(buffer);
            try {
                while (true) {
                    while (!ready) {
                        LockSupport.park();
                    }
                    ready = false;
                    int got =
                            (int) RECV.invokeExact(fd, memory, (long) buffer.length, MSG_DONTWAIT);
                    if (got == 0) {
                        return;
                    }
                    if (got > 0) {
                        int sent = (int) SEND.invokeExact(fd, memory, (long) got, MSG_NOSIGNAL);
                        if (sent != got) {
                            return;
                        }
                        if (got == buffer.length) {
                            ready = true;
                        }
                    }
                }
            } catch (Throwable failed) {
                throw new AssertionError(failed);
            } finally {
                try {
                    int closed = (int) link("close", JAVA_INT, JAVA_INT).invokeExact(fd);
                } catch (Throwable failed) {
                    throw new AssertionError(failed);
                }
            }
        }
    }

    private static void poll() {
        MemorySegment events = Arena.global().allocate((long) EVENTS * EVENT_BYTES, 64);
        try {
            while (true) {
                int count = (int) EPOLL_POLL.invokeExact(epoll, events, EVENTS, 0);
                if (count <= 0) {
                    RING.release();
                    LockSupport.park();
                    continue;
                }
                for (int i = 0; i < count; i++) {
                    long at = (long) i * EVENT_BYTES;
                    Connection connection = CONNECTIONS[events.get(JAVA_INT_UNALIGNED, at + 4)];
                    connection.ready = true;
                    LockSupport.unpark(connection.thread);
                }
                Thread.yield();
            }
        } catch (Throwable failed) {
            throw new AssertionError(failed);
        }
    }

    private static void control(int instance, int fd, int events) throws Throwable {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment event = arena.allocate(EVENT_BYTES, 8);
            event.set(JAVA_INT_UNALIGNED, 0, events);
            event.set(JAVA_LONG_UNALIGNED, 4, fd);
            int result = (int) EPOLL_CTL.invokeExact(instance, 1, fd, event);
            if (result != 0) {
                throw new IllegalStateException("epoll_ctl");
            }
        }
    }

    /** The platform thread that waits while the poller has nothing to fetch. */
    private static void master(Thread poller) {
        try (Arena arena = Arena.ofConfined()) {
            int own = (int) link("epoll_create1", JAVA_INT, JAVA_INT).invokeExact(0);
            control(own, epoll, 1);
            MemorySegment event = arena.allocate(EVENT_BYTES, 8);
            while (true) {
                RING.acquireUninterruptibly();
                int count = (int) EPOLL_WAIT.invokeExact(own, event, 1, -1);
                LockSupport.unpark(poller);
            }
        } catch (Throwable failed) {
            throw new AssertionError(failed);
        }
    }

    private static int listen(Arena arena, String address) throws Throwable {
        boolean unix = address.startsWith("unix:");
        String rest = address.substring(address.indexOf(':') + 1);
        MemorySegment name = arena.allocate(128, 8);
        name.set(JAVA_SHORT, 0, (short) (unix ? 1 : 2));
        if (unix) {
            byte[] path = rest.getBytes(StandardCharsets.UTF_8);
            MemorySegment.copy(path, 0, name, JAVA_BYTE, 2, path.length);
        } else {
            name.set(JAVA_SHORT, 2, Short.reverseBytes((short) Integer.parseInt(rest)));
            name.set(JAVA_INT, 4, Integer.reverseBytes(0x7f000001));
        }
        int fd =
                (int)
                        link("socket", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT)
                                .invokeExact(unix ? 1 : 2, 1, 0);
        int size = unix ? 2 + rest.length() + 1 : 16;
        int bound =
                (int)
                        link("bind", JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT)
                                .invokeExact(fd, name, size);
        int listening = (int) link("listen", JAVA_INT, JAVA_INT, JAVA_INT).invokeExact(fd, 4096);
        if (bound != 0 || listening != 0) {
            throw new IllegalStateException("bind or listen");
        }
        return fd;
    }

    public static void main(String[] args) throws Throwable {
        try (Arena arena = Arena.ofConfined()) {
            int listener = listen(arena, args[0]);
            epoll = (int) link("epoll_create1", JAVA_INT, JAVA_INT).invokeExact(0);
            Thread poller = Thread.ofVirtual().start(BareEcho::poll);
            Thread.ofPlatform().daemon().start(() -> master(poller));
            MethodHandle noDelay =
                    link("setsockopt", JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT, ADDRESS, JAVA_INT);
            MemorySegment one = arena.allocateFrom(JAVA_INT, 1);
            MethodHandle accept = link("accept", JAVA_INT, JAVA_INT, ADDRESS, ADDRESS);
            while (true) {
                int fd = (int) accept.invokeExact(listener, MemorySegment.NULL, MemorySegment.NULL);
                if (!args[0].startsWith("unix:")) {
                    int set = (int) noDelay.invokeExact(fd, 6, 1, one, 4);
                }
                Connection connection = new Connection(fd);
                CONNECTIONS[fd] = connection;
                connection.thread = Thread.ofVirtual().unstarted(connection::run);
                control(epoll, fd, ET_IN);
                connection.thread.start();
            }
        }
    }
}
