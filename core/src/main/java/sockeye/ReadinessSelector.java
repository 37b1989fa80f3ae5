// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.Kernel;
import sockeye.internal.wait.Descriptor;
import sockeye.internal.wait.Epoll;
import sockeye.internal.wait.Gate;
import sockeye.internal.wait.Slots;

import java.io.IOException;
import java.lang.ref.Cleaner;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Waits for many descriptors at once, in one thread: sockets of every family, timers, counters,
 * child processes, file watches, and any other descriptor that poll(2) makes sense for. What {@code
 * select.epoll} and {@code selectors} are to Python; the JDK's {@code Selector} knows the JDK's own
 * channels alone.
 *
 * <pre>{@code
 * try (var selector = ReadinessSelector.<Runnable>open()) {
 *     selector.register(listener, EPOLLIN, () -> accept(listener));
 *     selector.register(timer, EPOLLIN, () -> tick(timer));
 *     while (true) {
 *         for (var key : selector.select()) {
 *             key.attachment().run();
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p><b>Triggers.</b> Level by default: a descriptor is found ready for as long as it is.
 * Edge-triggered with {@link Readiness#EPOLLET}, once with {@link Readiness#EPOLLONESHOT}. Being
 * ready is a hint: a read that follows may still find nothing, so it is made without waiting
 * ({@code recvNow}, {@link EventSource#poll()}, a timeout of zero).
 *
 * <p><b>Waiting.</b> {@code select} parks the thread, virtual or platform; no carrier is pinned. An
 * interrupt cancels it with {@link SocketInterruptedException}, the status stays set, and nothing
 * that was ready is lost. {@link #wakeup()} ends one select, from any thread.
 *
 * <p><b>Threads.</b> Any thread may register, change, cancel, wake up and close at any time, while
 * others select. Several may select at once, each into {@link ReadyKeys} of its own; with
 * EPOLLONESHOT or EPOLLET each event is then given to one of them.
 *
 * <p><b>EPOLLEXCLUSIVE</b> is passed on. But the kernel spares a selector an event only if threads
 * are inside epoll_wait(2) of that very epoll instance, and threads that wait here are not: they
 * are woken through an epoll instance that watches it. So each selector is woken, and all but one
 * find nothing. A listener is better given to one selector, or each selector a listener of its own
 * ({@code SO_REUSEPORT}).
 *
 * <p><b>Closed descriptors.</b> When the holder of a registered descriptor is closed or detached,
 * its registration ends before the number is closed, so that no event is ever taken for one of
 * another descriptor that got the number next. Only a {@linkplain HasDescriptor#borrowed borrowed}
 * number cannot tell: cancel its key before whoever owns it closes it.
 *
 * <p><b>Size.</b> A registration costs some 90 bytes of heap and 200 in the kernel, a select what
 * it finds. The kernel bounds registrations by {@code /proc/sys/fs/epoll/max_user_watches}.
 *
 * <p><b>Nesting.</b> A selector is a descriptor too, readable when it would find something, and can
 * be registered with another, and that with a third; a fourth cannot be waited for: ELOOP. One
 * descriptor can be in no more than 100 selectors that are waited for: EINVAL.
 *
 * <p><b>Close</b> wakes those who select, which throw {@link AsynchronousCloseException}, and makes
 * all keys invalid. The descriptors are left alone. One that becomes unreachable unclosed is closed
 * by the garbage collector, and a warning is logged.
 *
 * @param <A> what is attached to the keys: handlers, sessions, names; {@code @Nullable Void} for
 *     nothing
 * @see <a href="https://man7.org/linux/man-pages/man7/epoll.7.html">epoll(7)</a>
 */
public final class ReadinessSelector<A extends @Nullable Object>
        implements HasDescriptor, AutoCloseable {
    /** Room for the events of one select that was not given any. */
    private static final int CAPACITY = 256;

    private static final int EINTR = 4;

    private final Descriptor descriptor;
    private final Epoll epoll;
    private final Cleaner.Cleanable leak;

    private final Slots<ReadinessKey<A>> slots = new Slots<>(); // guarded by itself

    /** Keys of descriptors that do not tell when they close, by number; guarded by slots. */
    private final Map<Integer, ReadinessKey<A>> untold = new HashMap<>();

    private final ReadyKeys<A> own = new ReadyKeys<>(CAPACITY);
    private final AtomicBoolean ownTaken = new AtomicBoolean();
    private final AtomicBoolean woken = new AtomicBoolean();

    /** How many threads are in a select. */
    private final AtomicInteger selecting = new AtomicInteger();

    /** Whether somebody may have registered this with an epoll instance that we do not know. */
    private volatile boolean nested;

    private final boolean wokenByCloses;

    private ReadinessSelector(Kernel kernel, boolean wokenByCloses) throws IOException {
        this.wokenByCloses = wokenByCloses;
        this.epoll = Epoll.open(kernel);
        this.descriptor = new Descriptor(kernel, epoll.fd());
        this.leak = Leaks.watch(this, descriptor);
    }

    /**
     * Makes one, with nothing registered: epoll_create1(2).
     *
     * @throws IOException EMFILE or ENFILE if there are too many descriptors
     */
    public static <A extends @Nullable Object> ReadinessSelector<A> open() throws IOException {
        return new ReadinessSelector<>(Kernel.current(), false);
    }

    /** One whose select also ends when something registered is closed. */
    static <A extends @Nullable Object> ReadinessSelector<A> wokenByCloses() throws IOException {
        return new ReadinessSelector<>(Kernel.current(), true);
    }

    // Registering.

    /**
     * Begins to watch a descriptor: epoll_ctl(2), EPOLL_CTL_ADD. Reaches a select that waits.
     *
     * @param source a socket, a role, an event source, another selector, or a {@linkplain
     *     HasDescriptor#borrowed borrowed} number
     * @param interest bits of {@link Readiness}
     * @throws ClosedChannelException if either is closed
     * @throws IOException EEXIST if it is registered here already; EPERM if it can only be read at
     *     once, as a regular file or a directory; ENOSPC, ENOMEM; ELOOP, EINVAL for what cannot be
     *     nested
     */
    public ReadinessKey<A> register(HasDescriptor source, int interest, A attachment)
            throws IOException {
        try (Lease lease = source.lease()) {
            Descriptor teller = lease instanceof DescriptorLease ours ? ours.descriptor() : null;
            int fd = lease.fileno();
            var key = new ReadinessKey<>(this, source, fd, teller, interest, attachment);
            long token;
            synchronized (slots) {
                key.slot = slots.add(key);
                token = slots.token(key.slot);
            }
            boolean added = false;
            try {
                int result = control(Epoll.EPOLL_CTL_ADD, fd, interest, token);
                if (result < 0) {
                    throw failed("epoll_ctl", result, fd);
                }
                added = true;
            } finally {
                if (!added) {
                    invalidate(key);
                }
            }
            note(key);
            return key;
        }
    }

    private void note(ReadinessKey<A> key) {
        Descriptor teller = key.descriptor;
        if (teller != null) {
            teller.watch(key.watcher);
            if (!key.valid || !descriptor.isOpen()) {
                // The selector was closed, or the key cancelled, in the meantime.
                invalidate(key);
                teller.unwatch(key.watcher);
            }
        } else {
            synchronized (slots) {
                ReadinessKey<A> before = untold.put(key.fd, key);
                if (before != null) {
                    // Its number was closed and belongs to another now: the kernel has let go.
                    invalidate(before);
                }
            }
        }
    }

    /** The negated errno, or 0; for a closed selector that is what a closed number gets. */
    private int control(int operation, int fd, int mask, long token) throws IOException {
        descriptor.enter();
        try {
            return epoll.control(operation, fd, mask, token);
        } finally {
            descriptor.exit();
        }
    }

    /** Under the lock of the key, so that it does not hit the registration that follows. */
    void modify(ReadinessKey<A> key, int interest) throws IOException {
        try (Lease lease = key.source().lease()) {
            long token;
            synchronized (slots) {
                if (!key.valid || lease.fileno() != key.fd) {
                    throw new ClosedChannelException();
                }
                token = slots.token(key.slot);
            }
            int result = control(Epoll.EPOLL_CTL_MOD, key.fd, interest, token);
            if (result < 0) {
                throw failed("epoll_ctl", result, key.fd);
            }
        }
    }

    void cancel(ReadinessKey<A> key) {
        synchronized (key) {
            if (invalidate(key)) {
                delete(key);
            }
        }
    }

    private void delete(ReadinessKey<A> key) {
        try (Lease lease = key.source().lease()) {
            if (lease.fileno() == key.fd) {
                control(Epoll.EPOLL_CTL_DEL, key.fd, 0, 0);
            }
            if (key.descriptor != null) {
                key.descriptor.unwatch(key.watcher);
            }
        } catch (ClosedChannelException going) {
            // Of the descriptor: leaving() deletes it, or has. Of ours: all is deleted.
        } catch (IOException impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** Nobody else uses the number now, and it is about to go. */
    void leaving(ReadinessKey<A> key) {
        invalidate(key);
        try {
            // Again, if a cancel came too late to do it.
            control(Epoll.EPOLL_CTL_DEL, key.fd, 0, 0);
        } catch (IOException closed) {
            // We are, and all is deleted.
        }
        if (wokenByCloses) {
            wakeup();
        }
    }

    private boolean invalidate(ReadinessKey<A> key) {
        synchronized (slots) {
            if (!key.valid) {
                return false;
            }
            key.valid = false;
            slots.remove(key.slot);
            untold.remove(key.fd, key);
            return true;
        }
    }

    private IOException failed(String operation, int result, int fd) {
        return ErrnoFailure.of(operation, -result, "fd " + fd, null, null, 0);
    }

    /** The key with which a descriptor is registered here, or null; Python's {@code get_key}. */
    @SuppressWarnings("unchecked") // A watcher of this selector is one of a key of its type.
    public @Nullable ReadinessKey<A> keyOf(HasDescriptor source) {
        try (Lease lease = source.lease()) {
            Descriptor teller = lease instanceof DescriptorLease ours ? ours.descriptor() : null;
            if (teller == null) {
                synchronized (slots) {
                    return untold.get(lease.fileno());
                }
            }
            for (Descriptor.Watcher each : teller.watchers()) {
                if (each instanceof ReadinessKey<?>.Watcher ours && ours.key().isOf(this)) {
                    return (ReadinessKey<A>) ours.key();
                }
            }
            return null;
        } catch (ClosedChannelException closed) {
            return null;
        }
    }

    /** Watches for more of what is registered by its number, under whatever name. */
    void widen(HasDescriptor source, int more) throws IOException {
        for (ReadinessKey<A> each : keys()) {
            if (each.fd == source.fileno()) {
                each.interest(each.interest() | more);
            }
        }
    }

    /** The keys of all that is registered now; Python's {@code get_map}. A copy. */
    public List<ReadinessKey<A>> keys() {
        synchronized (slots) {
            List<ReadinessKey<A>> all = new ArrayList<>(slots.size());
            slots.each(all::add);
            return all;
        }
    }

    /** How many descriptors are registered. */
    public int size() {
        synchronized (slots) {
            return slots.size();
        }
    }

    // Selecting.

    /**
     * Waits until something is ready, or somebody wakes it up. What it returns is this selector's
     * own, and is filled anew by the next select without {@link ReadyKeys}.
     *
     * @throws SocketInterruptedException when the thread is interrupted while it waits
     * @throws AsynchronousCloseException when the selector is closed meanwhile
     * @throws IllegalStateException if another thread is in such a select: give each its own room
     */
    public ReadyKeys<A> select() throws IOException {
        return select(Deadline.NONE);
    }

    /** The same, for no longer than until a deadline; nothing is found then. */
    public ReadyKeys<A> select(Deadline until) throws IOException {
        return selectOwn(until.time());
    }

    /** Finds what is ready without waiting. */
    public ReadyKeys<A> selectNow() throws IOException {
        return selectOwn(Descriptor.AT_ONCE);
    }

    private ReadyKeys<A> selectOwn(long until) throws IOException {
        if (!ownTaken.compareAndSet(false, true)) {
            throw new IllegalStateException("another thread selects: give each its ReadyKeys");
        }
        try {
            select(own, until);
            return own;
        } finally {
            ownTaken.set(false);
        }
    }

    /**
     * The same as {@link #select(Deadline)} into room of the caller's, for several threads that
     * select at once, or for more or fewer events than 256 at a time.
     *
     * @return how many were found
     */
    public int select(ReadyKeys<A> into, Deadline until) throws IOException {
        return select(into, until.time());
    }

    private int select(ReadyKeys<A> into, long until) throws IOException {
        into.clear();
        Gate gate = descriptor.input;
        descriptor.enter();
        selecting.incrementAndGet();
        try {
            while (true) {
                int seen = gate.epoch();
                boolean wanted = woken.get() && woken.getAndSet(false);
                boolean last = wanted || until == Descriptor.AT_ONCE;
                int count = epoll.poll(into.events);
                if (count < 0 && count != -EINTR) {
                    throw failed("epoll_wait", count, descriptor.fd);
                }
                if (count > 0) {
                    find(into, count);
                    if (selecting.get() > 1) {
                        // As the kernel does: what is still ready is for the others too.
                        gate.open();
                    }
                }
                if (into.size() > 0 || last) {
                    return into.size();
                }
                if (count == 0 && !mayWaitAgain(gate, seen, until)) {
                    return 0;
                }
            }
        } finally {
            selecting.decrementAndGet();
            descriptor.exit();
        }
    }

    private boolean mayWaitAgain(Gate gate, int seen, long until) throws IOException {
        if (nested) {
            // Whoever scans us may have made the kernel say that there is nothing.
            descriptor.renew();
        }
        return switch (gate.await(seen, until)) {
            case EVENT -> true;
            case TIMEOUT -> false;
            case INTERRUPT -> throw SocketInterruptedException.during("epoll_wait", what(), 0);
            case CLOSED -> throw new AsynchronousCloseException();
        };
    }

    private void find(ReadyKeys<A> into, int count) {
        synchronized (slots) {
            for (int i = 0; i < count; i++) {
                ReadinessKey<A> key = slots.at(into.events.data(i));
                if (key != null) {
                    key.ready(into.events.mask(i));
                    into.add(key);
                }
            }
        }
    }

    /**
     * Has the select that waits now, or else the next one, return at once. Any number of calls
     * before that count as one.
     */
    public void wakeup() {
        if (!woken.getAndSet(true)) {
            descriptor.input.open();
        }
    }

    // What it is.

    @Override
    public int fileno() {
        return descriptor.isOpen() ? descriptor.fd : -1;
    }

    @Override
    public Lease lease() throws ClosedChannelException {
        nested = true;
        return new DescriptorLease(descriptor);
    }

    /** Whether it has not been closed. */
    public boolean isOpen() {
        return descriptor.isOpen();
    }

    /** Closes it; a second call does nothing. What is registered stays open. */
    @Override
    public void close() throws IOException {
        int result = descriptor.close();
        leak.clean();
        for (ReadinessKey<A> key : keys()) {
            cancel(key);
        }
        if (result < 0 && result != -EINTR) {
            throw failed("close", result, descriptor.fd);
        }
    }

    private String what() {
        return "selector on fd " + descriptor.fd;
    }

    /** Shows the descriptor and how many are registered. */
    @Override
    public String toString() {
        return isOpen()
                ? "ReadinessSelector[fd " + descriptor.fd + ", " + size() + " registered]"
                : "ReadinessSelector[closed]";
    }
}
