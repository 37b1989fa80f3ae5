// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.OptionSetting;
import sockeye.reactor.DriverReport;

import java.io.IOException;
import java.time.Clock;
import java.time.Instant;
import java.util.random.RandomGenerator;

/**
 * What a loop asks for sockets, for what happens on them, and for the time.
 *
 * <p>All is called by the loop's thread but {@link #wake}. Owners are told of completions inside
 * {@link #turn} and {@link #tellKnown} and nowhere else, so they may call anything here. Between
 * {@link #begin} and {@link #end} operations are under way; outside they are kept, and a turn does
 * nothing but tell what is done already, cancelled ones for instance.
 */
abstract sealed class Driver permits KernelDriver, SimulatedDriver {
    private static final Clock WALL = Clock.systemUTC();

    private final ChunkPool chunks = new ChunkPool();

    // A queue of what is done and has not been told.
    private @Nullable Operation firstDone;
    private @Nullable Operation lastDone;

    final ChunkPool chunks() {
        return chunks;
    }

    abstract DriverReport report();

    /** The clock. */
    abstract long nanos();

    /** The time of day, in nanoseconds since 1970. */
    long epochNanos() {
        Instant now = WALL.instant();
        return now.getEpochSecond() * 1_000_000_000L + now.getNano();
    }

    /** Chance, for what is better not done by all at once. */
    abstract RandomGenerator random();

    /** Has a thread of its own do what may block. */
    void startBlocking(Loop loop, Runnable task) {
        Thread.startVirtualThread(task);
    }

    /** This thread runs the loop from now on. */
    abstract void begin() throws IOException;

    /** It does no longer; when this returns, the kernel has nothing of ours. */
    abstract void end();

    /** Starts an idle operation. */
    abstract void submit(Operation operation);

    /**
     * Has an operation that is under way complete soon, with ECANCELED unless it does by itself.
     */
    abstract void cancel(Operation operation);

    /** Tells what is complete already, before the loop knows whether it may wait in this turn. */
    void tellKnown() {}

    /** The same of two on one channel. */
    void cancelBoth(Operation one, Operation other) {
        cancel(one);
        cancel(other);
    }

    /**
     * Tells what is complete; if nothing is, waits for it.
     *
     * @param nanos how long to wait at most; 0 not at all, {@link Long#MAX_VALUE} for ever
     */
    abstract void turn(long nanos) throws IOException;

    /** Ends a turn that waits, or the next one that would. Any thread, while it is not closed. */
    abstract void wake();

    /** Whether a chunk that was received may be sent from, rather than copied. */
    boolean mayLend(Chunk received) {
        return true;
    }

    /**
     * Bytes of a chunk that are to be kept for long: the same chunk with one user more, or another
     * with a copy of them alone.
     */
    Chunk settle(Chunk received, int from, int to) {
        received.retain();
        return received;
    }

    /** Whether a receive would find something now, or the end. */
    abstract boolean hasInput(Channel channel);

    // Sockets.

    abstract Channel listen(Endpoint local, int type, OptionSetting<?>... settings)
            throws IOException;

    abstract Channel bind(Endpoint local, OptionSetting<?>... settings) throws IOException;

    /** A socket that can be connected to such a peer. */
    final Channel socket(Endpoint peer, int type, OptionSetting<?>... settings) throws IOException {
        return socket(peer, type, 0, null, settings);
    }

    /**
     * The same of a protocol, and from an address.
     *
     * @param protocol 0 for the usual one
     * @param local null for whichever the kernel takes; no path, for which there is more to do
     */
    abstract Channel socket(
            Endpoint peer,
            int type,
            int protocol,
            @Nullable Endpoint local,
            OptionSetting<?>... settings)
            throws IOException;

    /** The connection of a completed {@link Accept}; null if it is none after all. */
    abstract @Nullable Channel accepted(Channel listener, int handle);

    /** Accepts one connection if one waits, by no operation; a negated errno if none does. */
    int acceptNow(Channel listener) {
        return Operation.EAGAIN;
    }

    /**
     * Accepts one connection and closes it, where descriptors have run out; whether it could.
     *
     * @param meanwhile run while a descriptor is free: what loads classes, or logs, may need one
     */
    abstract boolean turnAway(Channel listener, Runnable meanwhile);

    /** Ends the sending; the negated errno, or 0. */
    abstract int shutdownOutput(Channel channel);

    /** Closes what has no operation under way. */
    abstract void close(Channel channel, boolean reset);

    /** Waits a while until the kernel has no memory of ours; all channels are closed. */
    void recall() {}

    /** Closes the driver itself; nothing is under way. */
    abstract void close();

    // What is done.

    /** Notes a result that is to be told in the next turn. */
    final void done(Operation operation, int result) {
        operation.progress = Operation.Progress.DONE;
        operation.result = result;
        operation.next = null;
        Operation last = lastDone;
        if (last == null) {
            firstDone = operation;
        } else {
            last.next = operation;
        }
        lastDone = operation;
    }

    final boolean hasDone() {
        return firstDone != null;
    }

    /** Tells what was done before; what is done meanwhile is for the next turn. */
    final void tellDone() {
        Operation each = firstDone;
        firstDone = null;
        lastDone = null;
        while (each != null) {
            Operation next = each.next;
            each.next = null;
            each.progress = Operation.Progress.IDLE;
            each.settle();
            each.tell(each.result);
            each = next;
        }
    }
}
