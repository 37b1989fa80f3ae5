// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.PeerCredentials;
import sockeye.reactor.DescriptorPassing;
import sockeye.reactor.Protocol;
import sockeye.reactor.Transport;
import sockeye.wire.ByteBudget;
import sockeye.wire.PeerGrouping;
import sockeye.wire.PeerKey;
import sockeye.wire.ThroughputBudgets;

import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;

/**
 * Reads and writes as fast as budgets allow. What has come too fast is left unread below, in
 * pieces, and the transport paused until nothing is owed; what is written too fast is held here,
 * and tells the protocol above by the marks.
 */
public final class ThrottledTransport extends LayerTransport {
    /** So that what the peer does not take is held here, and not below. */
    private static final int MOST_AT_ONCE = HIGH_MARK;

    private final ThroughputBudgets budgets;
    private @Nullable PeerKey who;
    private @Nullable Loop loop;

    // Input.
    private @Nullable ByteBudget reading;
    private Timers.@Nullable Call readAgain;
    private int readPiece;

    /** Whether the protocol above wants nothing. */
    private boolean paused;

    /** Whether something is owed. */
    private boolean readHeld;

    /** Whether the transport below was paused, for these reasons or another. */
    private boolean stopped;

    // Output; without a budget it is all the business of the transport below.
    private final HeldOutput held = new HeldOutput();
    private @Nullable ByteBudget writing;
    private Timers.@Nullable Call writeAgain;
    private int writePiece;
    private boolean writeHeld;
    private int lowMark = LOW_MARK;
    private int highMark = HIGH_MARK;

    /** Whether too much is held here. */
    private boolean full;

    /** Whether the transport below has told that it is full. */
    private boolean fullBelow;

    private boolean fullTold;
    private boolean scheduled;
    private @Nullable Runnable whenWritable;

    // The end.
    private boolean finishing;
    private boolean finished;
    private boolean closing;
    private boolean ending;
    private @Nullable Throwable endedBy;

    /** Beneath this protocol. */
    public ThrottledTransport(ThroughputBudgets budgets, Protocol above) {
        super(above);
        this.budgets = budgets;
    }

    @Override
    public void opened(Transport lower) throws Exception {
        attach(lower);
        var mine = (Loop) lower.reactor();
        loop = mine;
        if (budgets.asksWho()) {
            who = keyOf(lower, budgets.grouping());
        }
        ThroughputBudgets.Pair both = budgets.come(who, mine.nanos());
        if (both.reading().isLimited()) {
            reading = both.reading();
            readPiece = both.reading().piece();
            readAgain = mine.timer(this::readOn);
        }
        if (both.writing().isLimited()) {
            writing = both.writing();
            writePiece = Math.min(MOST_AT_ONCE, both.writing().piece());
            writeAgain = mine.timer(this::writeOn);
        }
        rise();
    }

    /** Whom a connection counts for, null for nobody. */
    static @Nullable PeerKey keyOf(Transport transport, PeerGrouping grouping) {
        PeerKey byAddress = PeerKey.of(transport.peer(), grouping);
        if (byAddress != null) {
            return byAddress;
        }
        PeerCredentials user = new TransportFacts(transport).credentials();
        return user == null ? null : PeerKey.ofUid(user.uid());
    }

    @Override
    public void closed(Transport lower, @Nullable Throwable why) throws Exception {
        Loop known = loop;
        if (known != null) {
            loop = null;
            budgets.left(who, known.nanos());
        }
        if (readAgain != null) {
            readAgain.cancel();
        }
        if (writeAgain != null) {
            writeAgain.cancel();
        }
        held.clear();
        full = false;
        runWaiting();
        super.closed(lower, why);
    }

    // Reading.

    @Override
    public void received(Transport lower, ByteBuffer bytes) throws Exception {
        ByteBudget budget = reading;
        if (closing) {
            bytes.position(bytes.limit());
            return;
        }
        int end = bytes.limit();
        boolean wanted;
        do {
            int start = bytes.position();
            int piece = budget == null ? end - start : Math.min(end - start, readPiece);
            bytes.limit(start + piece);
            deliver(bytes);
            wanted = !bytes.hasRemaining();
            bytes.limit(end);
            if (budget != null && bytes.position() > start) {
                hold(budget, bytes.position() - start);
            }
        } while (wanted && bytes.hasRemaining() && !readHeld && mayShow());
        if (!wanted && Turnwise.of(protocol()) == null) {
            paused = true; // as the transport below has it too
        }
        settle();
    }

    private void hold(ByteBudget budget, int spent) {
        long wait = budget.spend(spent, reactor().nanos());
        Timers.Call timer = readAgain;
        if (wait > 0 && timer != null) {
            readHeld = true;
            timer.reset(wait);
        }
    }

    private void readOn() {
        readHeld = false;
        settle();
    }

    /** Pauses the transport below or resumes it, as all of this has it. */
    private void settle() {
        // Who goes by turns is shown nothing while its output waits, and here is where it does.
        boolean stop =
                paused
                        || readHeld
                        || closing
                        || (!held.isEmpty() && Turnwise.of(protocol()) != null);
        if (stop != stopped) {
            stopped = stop;
            if (stop) {
                below().pause();
            } else {
                below().resume();
            }
        }
    }

    @Override
    public void pause() {
        check();
        paused = true;
        settle();
    }

    @Override
    public void resume() {
        check();
        paused = false;
        settle();
    }

    @Override
    public boolean isPaused() {
        return paused;
    }

    @Override
    public void turnsChanged() {
        super.turnsChanged();
        if (isRisen()) {
            settle();
        }
    }

    @Override
    public void quiet(TurnTransport lower) throws Exception {
        if (held.isEmpty()) {
            super.quiet(lower);
        }
    }

    @Override
    public void ended(Transport lower) throws Exception {
        if (!closing) {
            super.ended(lower);
        }
    }

    @Override
    public void stopping(Transport lower) throws Exception {
        if (!closing) {
            super.stopping(lower);
        }
    }

    // Writing.

    @Override
    public void write(ByteBuffer bytes) {
        check();
        ByteBudget budget = writing;
        if (closing || finishing || !below().isOpen()) {
            bytes.position(bytes.limit());
            return;
        }
        if (budget == null) {
            below().write(bytes);
            return;
        }
        int end = bytes.limit();
        while (bytes.hasRemaining() && mayWrite() && held.isEmpty()) {
            int piece = Math.min(writePiece, bytes.remaining());
            bytes.limit(bytes.position() + piece);
            below().write(bytes);
            bytes.limit(end);
            spend(budget, piece);
        }
        if (bytes.hasRemaining()) {
            held.add(bytes);
            settle();
            if (!full && held.length() > highMark) {
                full = true;
                schedule();
            }
        }
    }

    private boolean mayWrite() {
        return !writeHeld && below().isWritable();
    }

    private void spend(ByteBudget budget, int bytes) {
        long wait = budget.spend(bytes, reactor().nanos());
        Timers.Call timer = writeAgain;
        if (wait > 0 && timer != null) {
            writeHeld = true;
            timer.reset(wait);
        }
    }

    private void writeOn() {
        writeHeld = false;
        goOn();
    }

    private void schedule() {
        if (!scheduled) {
            scheduled = true;
            try {
                reactor().execute(this::scheduled);
            } catch (RejectedExecutionException closing) {
                // And this with it.
            }
        }
    }

    private void scheduled() {
        scheduled = false;
        goOn();
    }

    private void goOn() {
        if (below().isOpen()) {
            try {
                release();
            } catch (Throwable thrown) {
                fail(thrown);
            }
        }
    }

    /** Writes of what is held what may go now, and tells what follows. */
    private void release() throws Exception {
        ByteBudget budget = writing;
        boolean some = !held.isEmpty();
        while (budget != null && !held.isEmpty() && mayWrite()) {
            spend(budget, held.write(writePiece, below()));
        }
        if (some && held.isEmpty()) {
            finish();
            settle();
            if (Turnwise.of(protocol()) != null) {
                lookForQuiet();
            }
        }
        tellWritable();
    }

    @Override
    public void writable(Transport lower, boolean writable) throws Exception {
        fullBelow = !writable;
        release();
    }

    private void tellWritable() throws Exception {
        tellNow();
        if (full && fullTold && held.length() <= lowMark) {
            // Not before: who has seen it full waits for the call that ends it.
            full = false;
            tellNow();
        }
        if (!full) {
            runWaiting();
        }
    }

    private void tellNow() throws Exception {
        boolean now = full || fullBelow;
        if (now != fullTold && isOpen()) {
            fullTold = now;
            protocol().writable(this, !now);
        }
    }

    private void runWaiting() {
        Runnable told = whenWritable;
        if (told != null) {
            whenWritable = null;
            told.run();
        }
    }

    @Override
    public void whenWritable(Runnable task) {
        if (!full) {
            super.whenWritable(task);
            return;
        }
        Runnable before = whenWritable;
        whenWritable =
                before == null
                        ? task
                        : () -> {
                            before.run();
                            task.run();
                        };
    }

    @Override
    public long pending() {
        return below().pending() + held.length();
    }

    @Override
    public boolean isWritable() {
        return !full && below().isWritable();
    }

    @Override
    public void marks(int low, int high) {
        below().marks(low, high);
        lowMark = low;
        highMark = high;
        full = full ? held.length() > low || !fullTold : held.length() > high;
        schedule();
    }

    // The end.

    private void finish() {
        if (ending) {
            Throwable why = endedBy;
            if (why != null) {
                super.end(why);
            }
        } else if (closing) {
            below().close();
        } else if (finishing && !finished) {
            finished = true;
            below().shutdownOutput();
        }
    }

    @Override
    public void shutdownOutput() {
        check();
        finishing = true;
        if (held.isEmpty()) {
            finish();
        }
    }

    @Override
    public void close() {
        check();
        if (!closing) {
            closing = true;
            if (held.isEmpty()) {
                finish();
            } else {
                settle();
            }
        }
    }

    @Override
    void end(Throwable why) {
        check();
        closing = true;
        ending = true;
        endedBy = why;
        if (held.isEmpty()) {
            finish();
        } else {
            settle();
        }
    }

    @Override
    public void abort() {
        held.clear();
        super.abort();
    }

    @Override
    public boolean isOpen() {
        return !closing && below().isOpen();
    }

    @Override
    protected boolean passesBytesOn() {
        return writing == null;
    }

    @Override
    public <T> Optional<T> unwrap(Class<T> kind) {
        boolean past = kind == DescriptorPassing.class && (reading != null || writing != null);
        return past ? Optional.empty() : super.unwrap(kind);
    }
}
