// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.wait;

import org.jspecify.annotations.Nullable;

import sockeye.ErrnoFailure;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.Scratch;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
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
 * <p>A descriptor joins once, edge-triggered, for input, and for output too from the first time
 * that somebody waits for that. It is deleted before it is closed: with a duplicate of it alive,
 * events for the closed number would keep coming. An event carries slot and generation, never the
 * number.
 */
final class Poller {
    /** What is asked for every descriptor. */
    static final int INPUT = Epoll.EPOLLIN | Epoll.EPOLLRDHUP | Epoll.EPOLLPRI | Epoll.EPOLLET;

    /**
     * The same with room to send. It has its price: AF_UNIX and UDP report room whenever a peer has
     * taken a message, so that every answer of a server would come back as an event.
     */
    static final int OUTPUT = INPUT | Epoll.EPOLLOUT;

    /**
     * How many events are fetched at once: so few that what the poller touches for the first of
     * them is still in the processor's cache when the last one's thread runs.
     */
    private static final int EVENTS = 64;

    /** The pollers of this process, made when the first descriptor has to wait. */
    private static final class All {
        static final Kernel KERNEL = Kernel.real();
        static final Master MASTER = new Master(KERNEL);
        static final Poller[] POLLERS = make();

        private static Poller[] make() {
            int count = Math.max(1, Integer.getInteger("sockeye.pollers", 1));
            Poller[] pollers = new Poller[count];
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
    final Presumptions presumptions;
    private final Epoll epoll;
    private final Master master;
    private final int index;

    private final Slots<Descriptor> slots = new Slots<>(); // guarded by this

    private volatile @Nullable Thread thread;

    /**
     * Whether it fetches events by itself, or has been rung to do so, rather than being watched.
     */
    private volatile boolean busy = true;

    /** How often it has looked for events; written by the poller's thread. */
    private volatile int turns;

    private int turnsSeen; // of the master's thread

    private Poller(Kernel kernel, Master master, int index) {
        this.epoll = open(kernel);
        this.master = master;
        this.deadlines = master.deadlines;
        this.presumptions = master.presumptions;
        this.index = index;
    }

    /** Without it nothing waits, and nobody can be told but by an error. */
    private static Epoll open(Kernel kernel) {
        try {
            return Epoll.open(kernel);
        } catch (IOException refused) {
            throw new IllegalStateException(refused);
        }
    }

    /** Registers a descriptor; if it is ready for anything an event comes at once. */
    void join(Descriptor descriptor, int events) throws IOException {
        long token;
        synchronized (this) {
            descriptor.slot = slots.add(descriptor);
            token = slots.token(descriptor.slot);
        }
        int result = epoll.control(Epoll.EPOLL_CTL_ADD, descriptor.fd, events, token);
        if (result < 0) {
            vacate(descriptor);
            throw refused(descriptor, result);
        }
    }

    /** Asks for other events of a descriptor that has joined; those that hold come at once. */
    void watch(Descriptor descriptor, int events) throws IOException {
        long token;
        synchronized (this) {
            token = slots.token(descriptor.slot);
        }
        int result = epoll.control(Epoll.EPOLL_CTL_MOD, descriptor.fd, events, token);
        if (result < 0) {
            throw refused(descriptor, result);
        }
    }

    private static IOException refused(Descriptor descriptor, int result) {
        return ErrnoFailure.of("epoll_ctl", -result, "fd " + descriptor.fd, null, null, 0);
    }

    /** Deletes a descriptor, before it is closed. */
    void leave(Descriptor descriptor) {
        epoll.control(Epoll.EPOLL_CTL_DEL, descriptor.fd, 0, 0);
        vacate(descriptor);
        deadlines.remove(descriptor.input);
        deadlines.remove(descriptor.output);
        presumptions.remove(descriptor.input);
    }

    private synchronized void vacate(Descriptor descriptor) {
        slots.remove(descriptor.slot);
    }

    private void start() {
        thread =
                Thread.ofVirtual()
                        .name("sockeye-poller-" + index)
                        .inheritInheritableThreadLocals(false)
                        .start(this::run);
    }

    @SuppressWarnings({
        "ThreadPriorityCheck", // Yield lets those just unparked run here.
        "NonAtomicVolatileUpdate" // No other thread writes the turns.
    })
    private void run() {
        Batch batch = new Batch();
        while (true) {
            turns = turns + 1;
            int count = epoll.poll(batch.events);
            if (count > 0) {
                deliver(batch, count);
                Thread.yield();
            } else {
                busy = false;
                master.watch(this);
                while (!busy) {
                    LockSupport.park(this);
                }
            }
        }
    }

    /** What one thread fetches at once. */
    private static final class Batch {
        final Epoll.Events events = new Epoll.Events(EVENTS);
        final @Nullable Descriptor[] descriptors = new @Nullable Descriptor[EVENTS];
    }

    private void deliver(Batch batch, int count) {
        synchronized (this) {
            for (int i = 0; i < count; i++) {
                batch.descriptors[i] = slots.at(batch.events.data(i));
            }
        }
        for (int i = 0; i < count; i++) {
            Descriptor descriptor = batch.descriptors[i];
            if (descriptor != null) {
                batch.descriptors[i] = null;
                descriptor.event(batch.events.mask(i));
            }
        }
    }

    /** There is something to fetch. */
    private void ring() {
        busy = true;
        LockSupport.unpark(thread);
    }

    /**
     * The one platform thread that waits in the kernel, for the pollers, for the earliest deadline
     * and for the next look at what is presumed.
     */
    private static final class Master {
        /** How long a poller may take for a turn, in milliseconds. */
        private static final int PATIENCE = 10;

        final Deadlines deadlines = new Deadlines(this::interrupt);
        final Presumptions presumptions = new Presumptions(this::interrupt);
        private final Kernel kernel;
        private final Epoll epoll;
        private final int wakeup;
        private Poller[] pollers = {};

        Master(Kernel kernel) {
            this.kernel = kernel;
            this.epoll = open(kernel);
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
            Thread.ofPlatform()
                    .daemon()
                    .name("sockeye-master")
                    .inheritInheritableThreadLocals(false)
                    .start(this::run);
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
            Batch batch = new Batch();
            while (true) {
                boolean busy = isAnyBusy();
                int patience = milliseconds(Math.min(deadlines.expire(), presumptions.look()));
                if (busy && (patience < 0 || patience > PATIENCE)) {
                    patience = PATIENCE;
                }
                int count = epoll.await(batch.events, patience);
                for (int i = 0; i < count; i++) {
                    long index = batch.events.data(i);
                    if (index >= 0) {
                        pollers[(int) index].ring();
                    }
                }
                if (busy && count <= 0) {
                    assist(batch);
                }
            }
        }

        private boolean isAnyBusy() {
            for (Poller each : pollers) {
                if (each.busy) {
                    return true;
                }
            }
            return false;
        }

        /**
         * Where all carriers are taken, or pinned, a poller does not get to run. Platform threads
         * must not suffer for that: what has made no turn for a while is done here.
         */
        private void assist(Batch batch) {
            for (Poller each : pollers) {
                int turns = each.turns;
                if (each.busy && turns == each.turnsSeen) {
                    each.deliver(batch, Math.max(each.epoll.poll(batch.events), 0));
                }
                each.turnsSeen = turns;
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
