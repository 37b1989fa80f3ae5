// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.wait;

import org.jspecify.annotations.Nullable;

import sockeye.ErrnoFailure;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.Scratch;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.concurrent.locks.LockSupport;

/**
 * Opens gates when epoll reports events.
 *
 * <p>A poller runs on a <em>virtual</em> thread: it fetches events without waiting, unparks who
 * waits for them, and yields, so that they run on the same carrier without a switch of threads.
 * When there was nothing to fetch, it asks the {@link Master}, a platform thread that watches the
 * epoll instances of all pollers, to wake it, and parks. (A poller on a platform thread cost 80 %
 * more per round trip.)
 *
 * <p>A descriptor joins once, edge-triggered for both directions, and is deleted before it is
 * closed: with a duplicate of it alive, events for the closed number would keep coming. An event
 * carries slot and generation, never the number.
 */
final class Poller {
    private static final int WATCHED =
            Epoll.EPOLLIN | Epoll.EPOLLOUT | Epoll.EPOLLRDHUP | Epoll.EPOLLPRI | Epoll.EPOLLET;
    private static final int EVENTS = 256;

    /** The pollers of this process, made when the first descriptor has to wait. */
    private static final class All {
        static final Kernel KERNEL = Kernel.current();
        static final Master MASTER = new Master(KERNEL);
        static final Poller[] POLLERS = make();

        private static Poller[] make() {
            Poller[] pollers = new Poller[Integer.getInteger("sockeye.pollers", 1)];
            for (int i = 0; i < pollers.length; i++) {
                pollers[i] = new Poller(KERNEL, MASTER, i);
            }
            MASTER.start(pollers);
            return pollers;
        }
    }

    /** The poller that a descriptor is to join. */
    static Poller choose(int fd) {
        Poller[] pollers = All.POLLERS;
        return pollers.length == 1 ? pollers[0] : pollers[fd % pollers.length];
    }

    final Deadlines deadlines;
    private final Epoll epoll;
    private final Master master;
    private final int index;

    private @Nullable Descriptor[] slots = new @Nullable Descriptor[64]; // guarded by this
    private int[] generations = new int[64]; // guarded by this
    private int[] free = new int[64]; // guarded by this: a stack of free slots
    private int freeCount; // guarded by this
    private int used; // guarded by this

    private final @Nullable Descriptor[] batch =
            new @Nullable Descriptor[EVENTS]; // of the poller's thread
    private volatile @Nullable Thread thread;
    private volatile boolean rung;

    private Poller(Kernel kernel, Master master, int index) {
        this.epoll = new Epoll(kernel, EVENTS);
        this.master = master;
        this.deadlines = master.deadlines;
        this.index = index;
    }

    /** Registers a descriptor; if it is ready for anything an event comes at once. */
    void join(Descriptor descriptor) throws IOException {
        long token;
        synchronized (this) {
            int slot;
            if (freeCount > 0) {
                slot = free[--freeCount];
            } else {
                slot = used++;
                if (slot == slots.length) {
                    slots = Arrays.copyOf(slots, slot * 2);
                    generations = Arrays.copyOf(generations, slot * 2);
                    free = Arrays.copyOf(free, slot * 2);
                }
            }
            slots[slot] = descriptor;
            descriptor.slot = slot;
            token = (long) generations[slot] << 32 | slot;
        }
        int result = epoll.control(Epoll.EPOLL_CTL_ADD, descriptor.fd, WATCHED, token);
        if (result < 0) {
            vacate(descriptor);
            throw ErrnoFailure.of("epoll_ctl", -result, "fd " + descriptor.fd, null, null, 0);
        }
    }

    /** Deletes a descriptor, before it is closed. */
    void leave(Descriptor descriptor) {
        epoll.control(Epoll.EPOLL_CTL_DEL, descriptor.fd, 0, 0);
        vacate(descriptor);
        deadlines.remove(descriptor.input);
        deadlines.remove(descriptor.output);
    }

    private synchronized void vacate(Descriptor descriptor) {
        int slot = descriptor.slot;
        slots[slot] = null;
        generations[slot]++;
        free[freeCount++] = slot;
    }

    private void start() {
        thread = Thread.ofVirtual().name("sockeye-poller-" + index).start(this::run);
    }

    @SuppressWarnings(
            "ThreadPriorityCheck") // On a virtual thread, yield lets those just unparked run.
    private void run() {
        while (true) {
            int count = epoll.poll();
            if (count > 0) {
                deliver(count);
                Thread.yield();
            } else {
                master.watch(this);
                while (!rung) {
                    LockSupport.park(this);
                }
                rung = false;
            }
        }
    }

    private void deliver(int count) {
        synchronized (this) {
            for (int i = 0; i < count; i++) {
                long token = epoll.data(i);
                int slot = (int) token;
                batch[i] = generations[slot] == (int) (token >>> 32) ? slots[slot] : null;
            }
        }
        for (int i = 0; i < count; i++) {
            Descriptor descriptor = batch[i];
            if (descriptor != null) {
                batch[i] = null;
                descriptor.event(epoll.mask(i));
            }
        }
    }

    /** There is something to fetch. */
    private void ring() {
        rung = true;
        LockSupport.unpark(thread);
    }

    /**
     * The one platform thread that waits in the kernel, for the pollers and for the earliest
     * deadline.
     */
    private static final class Master {
        final Deadlines deadlines = new Deadlines(this::interrupt);
        private final Kernel kernel;
        private final Epoll epoll;
        private final int wakeup;
        private Poller[] pollers = {};

        Master(Kernel kernel) {
            this.kernel = kernel;
            this.epoll = new Epoll(kernel, 16);
            this.wakeup = kernel.eventfd2(0, 0x80800 /* EFD_CLOEXEC | EFD_NONBLOCK */);
            if (wakeup < 0) {
                throw new IllegalStateException("eventfd2: errno " + -wakeup);
            }
            epoll.control(Epoll.EPOLL_CTL_ADD, wakeup, Epoll.EPOLLIN | Epoll.EPOLLET, -1);
        }

        void start(Poller[] all) {
            pollers = all;
            for (Poller each : all) {
                epoll.control(Epoll.EPOLL_CTL_ADD, each.epoll.fd(), Epoll.EPOLLONESHOT, each.index);
                each.start();
            }
            Thread.ofPlatform().daemon().name("sockeye-master").start(this::run);
        }

        /** Rings once the poller's epoll instance has an event, which may be now. */
        void watch(Poller poller) {
            epoll.control(
                    Epoll.EPOLL_CTL_MOD,
                    poller.epoll.fd(),
                    Epoll.EPOLLIN | Epoll.EPOLLONESHOT,
                    poller.index);
        }

        private void interrupt() {
            try (Scratch scratch = Scratch.take()) {
                scratch.memory().set(ValueLayout.JAVA_LONG, Scratch.INTS, 1L);
                kernel.write(wakeup, scratch.address(Scratch.INTS), Long.BYTES);
            }
        }

        private void run() {
            while (true) {
                int count = epoll.await(milliseconds(deadlines.expire()));
                for (int i = 0; i < count; i++) {
                    long index = epoll.data(i);
                    if (index >= 0) {
                        pollers[(int) index].ring();
                    }
                }
            }
        }

        /** How long to wait for a time, rounded up. */
        private static int milliseconds(long time) {
            if (time == Clock.NEVER) {
                return -1;
            }
            long millis = (time - Clock.now() + 999_999) / 1_000_000;
            return (int) Math.max(0, Math.min(millis, 1 << 30));
        }
    }
}
