// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.AddressFamily;
import sockeye.Endpoint;
import sockeye.LinuxSocket;
import sockeye.PeerCredentials;
import sockeye.internal.InetNames;
import sockeye.reactor.MessagePassing;
import sockeye.reactor.MessageProtocol;
import sockeye.reactor.MessageTransport;
import sockeye.reactor.Transport;
import sockeye.wire.ByteBudget;
import sockeye.wire.PeerBuckets;
import sockeye.wire.PeerKey;
import sockeye.wire.ThroughputBudgets;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.LongAdder;

/**
 * Receives and sends as fast as budgets allow. After what has come too fast the transport below is
 * paused until nothing is owed; what is sent too fast is held here, each message as it will go. Of
 * datagrams no peer can be paused: what one sends, or is sent, beyond his own rate is lost.
 */
public final class ThrottledMessages extends MessageLayerTransport {
    /** However short they are, for each takes memory of its own. */
    private static final int MOST_HELD = 1_024;

    private static final int FEW_HELD = MOST_HELD / 4;

    /** What the sockets of one layer have in common; safe for several loops. */
    public static final class Rules {
        final ThroughputBudgets budgets;
        final LongAdder lostComing = new LongAdder();
        final LongAdder lostGoing = new LongAdder();
        private @Nullable Strangers strangers; // guarded by this

        /** With nobody there. */
        public Rules(ThroughputBudgets budgets) {
            this.budgets = budgets;
        }

        /** How many datagrams of peers that send too fast were not told. */
        public long lostComing() {
            return lostComing.sum();
        }

        /** How many datagrams to peers that were sent too much were not sent. */
        public long lostGoing() {
            return lostGoing.sum();
        }

        /** Peers of datagrams; the secret is the loop's, so that what is simulated replays. */
        private synchronized Strangers strangers(Loop loop) {
            Strangers known = strangers;
            if (known == null) {
                known = new Strangers(this, loop);
                strangers = known;
            }
            return known;
        }
    }

    /** What those may spend who have no connection. */
    private static final class Strangers {
        final @Nullable PeerBuckets reading;
        final @Nullable PeerBuckets writing;

        Strangers(Rules rules, Loop loop) {
            ThroughputBudgets.Pair each = rules.budgets.ofOnePeer();
            reading = buckets(each.reading(), rules, loop);
            writing = buckets(each.writing(), rules, loop);
        }

        private static @Nullable PeerBuckets buckets(ByteBudget each, Rules rules, Loop loop) {
            long key = Chance.of(loop).nextLong();
            return each.isLimited()
                    ? new PeerBuckets(each, rules.budgets.grouping(), key, loop.nanos())
                    : null;
        }
    }

    private final Rules rules;
    private final ThroughputBudgets budgets;
    private @Nullable Loop loop;

    /** Whom a connection counts for. */
    private @Nullable PeerKey who;

    /** For whom datagrams count; null if for nobody. */
    private @Nullable Strangers strangers;

    private boolean byUser;
    private byte @Nullable [] address;

    // Input.
    private @Nullable ByteBudget reading;
    private Timers.@Nullable Call readAgain;

    /** Whether the protocol above wants nothing. */
    private boolean paused;

    /** Whether something is owed. */
    private boolean readHeld;

    /** Whether the transport below was paused, for these reasons or another. */
    private boolean stopped;

    // Output; without a budget it is all the business of the transport below.
    private final MessageQueue held = new MessageQueue();
    private @Nullable ByteBudget writing;
    private Timers.@Nullable Call writeAgain;
    private boolean writeHeld;

    /** Whether too much is held here. */
    private boolean full;

    /** Whether the transport below has told that it is full. */
    private boolean fullBelow;

    private boolean fullTold;
    private boolean scheduled;

    // The end.
    private boolean closing;
    private @Nullable Throwable endedBy;

    /** Beneath this protocol. */
    public ThrottledMessages(Rules rules, MessageProtocol above) {
        super(above);
        this.rules = rules;
        this.budgets = rules.budgets;
    }

    @Override
    public void opened(MessageTransport lower) throws Exception {
        attach(lower);
        var mine = (Loop) lower.reactor();
        loop = mine;
        if (budgets.asksWho()) {
            askWho(lower, mine);
        }
        ThroughputBudgets.Pair both = budgets.come(who, mine.nanos());
        if (both.reading().isLimited()) {
            reading = both.reading();
            readAgain = mine.timer(this::readOn);
        }
        if (both.writing().isLimited()) {
            writing = both.writing();
            writeAgain = mine.timer(this::writeOn);
        }
        rise();
    }

    private void askWho(MessageTransport lower, Loop mine) {
        if (lower.isConnection()) {
            PeerKey byAddress = PeerKey.of(lower.peer(), budgets.grouping());
            PeerCredentials user = byAddress == null ? TransportFacts.credentialsOf(lower) : null;
            who = user == null ? byAddress : PeerKey.ofUid(user.uid());
            return;
        }
        strangers = rules.strangers(mine);
        address = new byte[InetNames.ADDRESS];
        byUser =
                lower.unwrap(LinuxSocket.class)
                        .filter(socket -> socket.family() == AddressFamily.AF_UNIX)
                        .isPresent();
        if (byUser) {
            lowest().channel.askCredentials();
        }
    }

    @Override
    public void closed(MessageTransport lower, @Nullable Throwable why) throws Exception {
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
        super.closed(lower, why);
    }

    // Peers of datagrams.

    /** Whether a peer may have one more; who is not known may. */
    private boolean spares(
            @Nullable PeerBuckets buckets, Chunk message, boolean hasCome, int cost, long now) {
        byte[] room = address;
        if (buckets == null || room == null) {
            return true;
        }
        if (lowest().channel.sender(message, room) >= 0) {
            return buckets.take(room, cost, now);
        }
        PeerKey other = keyOf(message, hasCome);
        return other == null || buckets.take(other, cost, now);
    }

    private @Nullable PeerKey keyOf(Chunk message, boolean hasCome) {
        Channel channel = lowest().channel;
        if (byUser) {
            // To whom a path leads nobody knows.
            PeerCredentials sender = hasCome ? channel.credentials(message) : null;
            return sender == null ? null : PeerKey.ofUid(sender.uid());
        }
        Endpoint named = message.nameLength == 0 ? channel.peer() : channel.decode(message);
        return PeerKey.of(named, budgets.grouping());
    }

    // Receiving.

    @Override
    public void received(MessageTransport lower, ByteBuffer message) throws Exception {
        if (closing) {
            return;
        }
        int cost = budgets.cost(message.remaining());
        long now = reactor().nanos();
        Strangers others = strangers;
        if (others != null && !spares(others.reading, lowest().asked(), true, cost, now)) {
            rules.lostComing.increment();
            return;
        }
        ByteBudget budget = reading;
        Timers.Call timer = readAgain;
        if (budget != null && timer != null) {
            long wait = budget.spend(cost, now);
            if (wait > 0) {
                readHeld = true;
                timer.reset(wait);
            }
        }
        try {
            super.received(lower, message);
        } finally {
            settle();
        }
    }

    private void readOn() {
        readHeld = false;
        settle();
    }

    /** Pauses the transport below or resumes it, as all of this has it. */
    private void settle() {
        boolean stop = paused || readHeld || closing;
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
    public void failed(MessageTransport lower, IOException why) throws Exception {
        if (!closing) {
            super.failed(lower, why);
        }
    }

    @Override
    public void ended(MessageTransport lower) throws Exception {
        if (!closing) {
            super.ended(lower);
        }
    }

    @Override
    public void stopping(MessageTransport lower) throws Exception {
        if (!closing) {
            super.stopping(lower);
        }
    }

    // Sending.

    @Override
    void pass(Chunk message) {
        Strangers others = strangers;
        if (closing || !below().isOpen()) {
            message.release();
            return;
        }
        int cost = budgets.cost(message.length());
        if (others != null && !spares(others.writing, message, false, cost, reactor().nanos())) {
            rules.lostGoing.increment();
            message.release();
            return;
        }
        ByteBudget budget = writing;
        if (budget == null) {
            super.pass(message);
        } else if (held.first() == null && mayWrite()) {
            go(budget, message);
        } else {
            held.add(message);
            if (!full && isTooMuch()) {
                full = true;
                schedule();
            }
        }
    }

    private boolean isTooMuch() {
        return held.bytes() > Transport.HIGH_MARK || held.count() > MOST_HELD;
    }

    private boolean isLittle() {
        return held.bytes() <= Transport.LOW_MARK && held.count() <= FEW_HELD;
    }

    private boolean mayWrite() {
        return !writeHeld && below().isWritable();
    }

    private void go(ByteBudget budget, Chunk message) {
        long wait = budget.spend(budgets.cost(message.length()), reactor().nanos());
        Timers.Call timer = writeAgain;
        if (wait > 0 && timer != null) {
            writeHeld = true;
            timer.reset(wait);
        }
        super.pass(message);
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
            } catch (RejectedExecutionException over) {
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

    /** Sends of what is held what may go now, and tells what follows. */
    private void release() throws Exception {
        ByteBudget budget = writing;
        boolean some = held.first() != null;
        while (budget != null && mayWrite()) {
            Chunk next = held.poll();
            if (next == null) {
                break;
            }
            go(budget, next);
        }
        if (some && held.first() == null) {
            finish();
        }
        tellWritable();
    }

    @Override
    public void writable(MessageTransport lower, boolean writable) throws Exception {
        fullBelow = !writable;
        release();
    }

    private void tellWritable() throws Exception {
        tellNow();
        if (full && fullTold && isLittle()) {
            // Not before: who has seen it full waits for the call that ends it.
            full = false;
            tellNow();
        }
    }

    private void tellNow() throws Exception {
        boolean now = full || fullBelow;
        if (now != fullTold && isOpen() && isRisen()) {
            fullTold = now;
            protocol().writable(this, !now);
        }
    }

    @Override
    public CompletableFuture<Void> connect(Endpoint peer) {
        addressHeld();
        return super.connect(peer);
    }

    @Override
    public CompletableFuture<Void> disconnect() {
        addressHeld();
        return super.disconnect();
    }

    /** What was sent before goes to who was there before. */
    private void addressHeld() {
        check();
        Endpoint before = held.first() == null ? null : peer();
        if (before != null) {
            held.address(lowest().channel, before);
        }
    }

    @Override
    public long pending() {
        return below().pending() + held.bytes();
    }

    @Override
    public boolean isWritable() {
        return !full && below().isWritable();
    }

    // The end.

    private void finish() {
        if (closing) {
            Throwable why = endedBy;
            if (why == null) {
                below().close();
            } else {
                super.end(why);
            }
        }
    }

    @Override
    public void close() {
        check();
        if (!closing) {
            closing = true;
            leave();
        }
    }

    @Override
    void end(Throwable why) {
        check();
        closing = true;
        endedBy = why;
        leave();
    }

    private void leave() {
        if (held.first() == null) {
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
    public <T> Optional<T> unwrap(Class<T> kind) {
        boolean limited = reading != null || writing != null || strangers != null;
        return kind == MessagePassing.class && limited ? Optional.empty() : super.unwrap(kind);
    }
}
