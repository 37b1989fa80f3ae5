// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.wait;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.Kernel;

import java.io.IOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.channels.ClosedChannelException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * One open descriptor number, its users counted, with a gate for each direction.
 *
 * <p>The state is one word: a count of the operations that are using the number, and whether it is
 * closed.
 *
 * <pre>
 *      enter: +1           exit: -1
 *   open(n users) ──close()──► closing(n users) ──the last exit──► released
 *                              enter fails,         deleted from epoll, then
 *                              waiters are woken    close(2), unless detached
 * </pre>
 *
 * So the number is never used after close(2) has given it back to the kernel, which may hand it out
 * again at once.
 *
 * <p>Lock order: the lock of {@link #join} (this) before the slots of a {@link Poller}. No lock is
 * held while waiting.
 */
public final class Descriptor {
    private static final int EINTR = 4;
    private static final int EAGAIN = 11;
    private static final int SHUT_RDWR = 2;
    private static final int CLOSED = 1 << 31;

    /** Beside {@link #CLOSED}: detached, so that close(2) is left to another. */
    private static final int KEPT = 1 << 30;

    private static final VarHandle STATE;
    private static final VarHandle TROUBLES;

    static {
        try {
            MethodHandles.Lookup lookup = MethodHandles.lookup();
            STATE = lookup.findVarHandle(Descriptor.class, "state", int.class);
            TROUBLES = lookup.findVarHandle(Descriptor.class, "troubles", int.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    /** Where its calls go. */
    public final Kernel kernel;

    /** The number. To be used only between {@link #enter} and {@link #exit}. */
    public final int fd;

    /** Where readers, and who accepts, wait. */
    public final Gate input = new Gate(this);

    /** Where writers, and who connects, wait. */
    public final Gate output = new Gate(this);

    @SuppressWarnings("unused") // through STATE
    private volatile int state;

    /** ERR, HUP, RDHUP and PRI as far as they were ever reported. */
    @SuppressWarnings("unused") // through TROUBLES
    private volatile int troubles;

    private volatile @Nullable Poller poller;

    /** The events that the poller has been asked for. Written under the lock of this. */
    private volatile int watched;

    int slot; // guarded by the poller's slots

    /** null, one {@link Watcher} or a Watcher[]; guarded by this. */
    private @Nullable Object watchers;

    /** Whether others have the same open file: duplicates, or a process it was passed to. */
    private volatile boolean shared;

    private volatile boolean shutsDownFirst;

    private volatile @Nullable Thread closer;
    private int closeError;

    /** Takes charge of a number. */
    public Descriptor(Kernel kernel, int fd) {
        this.kernel = kernel;
        this.fd = fd;
    }

    /**
     * The same for a socket, whose family may have calls that no flag keeps from blocking, or that
     * tear records.
     */
    public static Descriptor ofSocket(Kernel kernel, int fd, int family, int type) {
        return new Descriptor(RecordKernel.of(BlockingKernel.of(kernel, family), family, type), fd);
    }

    /** Begins to use the number. */
    public void enter() throws ClosedChannelException {
        int before;
        do {
            before = state;
            if (before < 0) {
                throw new ClosedChannelException();
            }
        } while (!STATE.compareAndSet(this, before, before + 1));
    }

    /** Ends the use begun with {@link #enter}. */
    public void exit() {
        int after = (int) STATE.getAndAdd(this, -1) - 1;
        if (after < 0 && (after & ~(CLOSED | KEPT)) == 0) {
            LockSupport.unpark(closer);
        }
    }

    public boolean isOpen() {
        return state >= 0;
    }

    /**
     * Whether an error, the peer's end or urgent data was ever reported, after which a short read
     * proves nothing.
     */
    public boolean isTroubled() {
        return troubles != 0;
    }

    /** Notes that urgent data is asked for: once it is read, no event tells of its mark. */
    public void troubledByUrgentData() {
        TROUBLES.getAndBitwiseOr(this, Epoll.EPOLLPRI);
    }

    /**
     * Closes the number once the last user has left; all that wait are woken and leave. Waits for
     * that, so that what the number held (a port, a name) is free afterwards.
     *
     * @return 0, or the negated errno of close(2); 0 if it was closed before
     */
    public int close() {
        return end(false) ? closeError : 0;
    }

    /** Notes that others have, or may get, the same open file. */
    public void share() {
        shared = true;
    }

    /** Whether others may have the same open file, as far as is known here. */
    public boolean isShared() {
        return shared;
    }

    /**
     * Makes {@link #close} end the connection by shutdown(2) before, unless it is {@linkplain
     * #share shared}, and only when nobody uses the number any more.
     */
    public void shutDownFirst() {
        shutsDownFirst = true;
    }

    /** Ends this object's charge of the number without closing it. Whether it was still open. */
    public boolean detach() {
        return end(true);
    }

    private boolean end(boolean keep) {
        int mark = keep ? CLOSED | KEPT : CLOSED;
        int before;
        do {
            before = state;
            if (before < 0) {
                return false;
            }
        } while (!STATE.compareAndSet(this, before, before | mark));
        if (before > 0) {
            closer = Thread.currentThread();
            input.wake();
            output.wake();
            boolean interrupted = false;
            while (state != mark) {
                LockSupport.park(this);
                interrupted |= Thread.interrupted();
            }
            if (interrupted) {
                Thread.currentThread().interrupt();
            }
        }
        for (Watcher each : watchers()) {
            each.leaving();
        }
        // Here rather than where the last user leaves, for close(2) may block.
        Poller joined = poller;
        if (joined != null) {
            joined.leave(this);
        }
        if (!keep) {
            if (shutsDownFirst && !shared) {
                kernel.shutdown(fd, SHUT_RDWR);
            }
            closeError = kernel.close(fd);
        }
        return true;
    }

    /** Somebody who has registered the number with an epoll instance of his own. */
    public interface Watcher {
        /**
         * The number is about to be closed or given away, nobody else uses it any more, and it has
         * to leave the epoll instance now.
         */
        void leaving();
    }

    /** Has a watcher told when the number goes. To be called between enter and exit. */
    public synchronized void watch(Watcher watcher) {
        if (watchers == null) {
            watchers = watcher;
        } else if (watchers instanceof Watcher other) {
            watchers = new Watcher[] {other, watcher};
        } else {
            Watcher[] some = (Watcher[]) watchers;
            Watcher[] more = Arrays.copyOf(some, some.length + 1);
            more[some.length] = watcher;
            watchers = more;
        }
    }

    /** Takes that back. */
    public synchronized void unwatch(Watcher watcher) {
        if (watcher.equals(watchers)) {
            watchers = null;
        } else if (watchers instanceof Watcher[] some) {
            Watcher[] fewer =
                    Arrays.stream(some)
                            .filter(each -> !each.equals(watcher))
                            .toArray(Watcher[]::new);
            watchers = fewer.length == 1 ? fewer[0] : fewer;
        }
    }

    /** Those who are to be told. */
    public synchronized List<Watcher> watchers() {
        return watchers == null
                ? List.of()
                : watchers instanceof Watcher one ? List.of(one) : List.of((Watcher[]) watchers);
    }

    /** Who knows how to say what went wrong with a descriptor. */
    public interface Owner {
        /** The error for a call that the kernel refused. */
        IOException failure(String operation, int errno, long done);

        /** The error for a wait that ended without an event. */
        IOException cut(String operation, Gate.Outcome outcome, long done);
    }

    /** In place of a result: the call was not made, for the gate is drained. */
    public static final long PRESUMED = Long.MIN_VALUE;

    /** An {@code until} that says not to wait at all. */
    public static final long AT_ONCE = 0;

    /**
     * What follows a failed call: the one place where "blocking" is made. An operation reads
     *
     * <pre>
     *   do {
     *       seen = gate.epoch();
     *       n = kernel.call(…);
     *   } while (n &lt; 0 &amp;&amp; descriptor.again(owner, "call", gate, seen, n, until));
     * </pre>
     *
     * @param result the negated errno
     * @param until when to give up, or {@link #AT_ONCE}
     * @return whether to call again; if not, the result stands
     */
    public boolean again(
            Owner owner, String operation, Gate gate, int seen, long result, long until)
            throws IOException {
        return again(owner, operation, gate, seen, result, until, 0);
    }

    /** The same for an operation that has already moved some bytes. */
    public boolean again(
            Owner owner, String operation, Gate gate, int seen, long result, long until, long done)
            throws IOException {
        return again(owner, operation, gate, seen, result, until, done, true);
    }

    /**
     * The same.
     *
     * @param plain whether EAGAIN means that there is nothing at all; not so of a look beyond the
     *     peek offset, at the urgent byte or into the error queue
     */
    public boolean again(
            Owner owner,
            String operation,
            Gate gate,
            int seen,
            long result,
            long until,
            long done,
            boolean plain)
            throws IOException {
        if (result == -EINTR) {
            return true;
        }
        boolean presumed = result == PRESUMED;
        if (!presumed && (result != -EAGAIN || until == AT_ONCE)) {
            return false;
        }
        if (plain && !presumed) {
            gate.drained(seen);
        }
        Gate.Outcome outcome = gate.await(seen, until);
        if (outcome == Gate.Outcome.EVENT) {
            return true;
        }
        if (presumed && outcome != Gate.Outcome.CLOSED) {
            // The event may be under way: before the caller gives up, the kernel is asked.
            gate.undrained();
            return true;
        }
        throw owner.cut(operation, outcome, done);
    }

    /** Joins a poller, at the first need to wait; for output only when that is waited for. */
    void join(Gate gate) throws IOException {
        int wanted = gate == output ? Poller.OUTPUT : Poller.INPUT;
        if ((watched & wanted) == wanted) {
            return;
        }
        synchronized (this) {
            Poller joined = poller;
            int both = watched | wanted;
            if (joined == null) {
                joined = Poller.choose(fd);
                joined.join(this, both);
                poller = joined;
            } else if (both != watched) {
                joined.watch(this, both);
            }
            watched = both;
        }
    }

    /**
     * Has the poller report anew what holds now, even if it has reported it before. For an epoll
     * instance that others scan too: see {@code docs/design/readiness.md}.
     */
    public void renew() throws IOException {
        Poller joined = poller;
        if (joined != null) {
            joined.watch(this, watched);
        }
    }

    Poller poller() {
        Poller joined = poller;
        if (joined == null) {
            throw new IllegalStateException("not joined");
        }
        return joined;
    }

    /** What epoll reported. */
    void event(int mask) {
        int trouble = mask & (Epoll.EPOLLERR | Epoll.EPOLLHUP | Epoll.EPOLLRDHUP | Epoll.EPOLLPRI);
        if ((trouble & ~troubles) != 0) {
            TROUBLES.getAndBitwiseOr(this, trouble);
        }
        if ((mask & ~Epoll.EPOLLOUT) != 0) {
            input.open();
        }
        if ((mask & (Epoll.EPOLLOUT | Epoll.EPOLLERR | Epoll.EPOLLHUP)) != 0) {
            output.open();
        }
    }
}
