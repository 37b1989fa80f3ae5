// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;

/**
 * What comes in on a connection, and when its protocol is shown it: in order, as far as it wants it
 * now, and then the end.
 */
final class Intake {
    /** How much is read ahead for a protocol that is not to be called now. */
    private static final int AHEAD = 64 << 10;

    private final Connection connection;
    private final Channel channel;
    private final Receive receive;

    /** What was left unread or came while paused; made for the first of it. */
    private @Nullable KeptInput kept;

    /** What is shown to the protocol now. */
    private @Nullable Chunk shown;

    private @Nullable UnixPassing passing;
    private boolean paused;

    /** Whether the protocol has been changed in the present callback. */
    private boolean became;

    // The end: whether the peer has ended, and whether the protocol knows.
    private boolean peerEnded;
    private boolean endTold;
    // Whether the input is to end with what has come; whether there is more; whether it has.
    private boolean cutting;
    private boolean more;
    private boolean cut;

    // For a protocol that goes by turns.
    private @Nullable Turnwise turnwise;
    private boolean quietDue;
    private boolean inBatch;
    private boolean provedDrained;
    private long provedIn;

    Intake(Connection connection, Channel channel) {
        this.connection = connection;
        this.channel = channel;
        this.receive = channel.receive(connection);
    }

    private Driver driver() {
        return connection.loop.driverInUse();
    }

    private boolean keepsNothing() {
        KeptInput some = kept;
        return some == null || some.isEmpty();
    }

    private KeptInput kept() {
        KeptInput known = kept;
        if (known == null) {
            known = new KeptInput(driver());
            kept = known;
        }
        return known;
    }

    // The protocol.

    /** Another protocol is there, or the same with other ways. */
    void turnsBy(@Nullable Turnwise next) {
        turnwise = next;
        mayBeQuiet();
    }

    /** Another protocol is there: what the one that is called now leaves unread is for that one. */
    void became() {
        became = true;
    }

    /** It was called. */
    void mayBeQuiet() {
        quietDue = turnwise != null;
    }

    /** Something else than a call was like one. */
    void lookForQuiet() {
        quietDue = true;
    }

    void pause() {
        paused = true;
    }

    void resume() {
        paused = false;
    }

    boolean isPaused() {
        return paused;
    }

    /** The input ends with what has come by now. */
    void cut() {
        cutting = true;
    }

    // What has come.

    /** A batch of completions is told; more of it may be for us. */
    void inBatch(boolean is) {
        inBatch = is;
    }

    /** What a positive completion has brought. */
    Chunk take() {
        Chunk chunk = receive.take();
        more = false;
        provedDrained = receive.provesDrained();
        provedIn = connection.loop.turns();
        return chunk;
    }

    /** Shows it to the protocol, now or later. */
    void came(Chunk chunk) {
        if (!keepsNothing() || !mayShow()) {
            keep(chunk);
        } else {
            show(chunk, chunk.start, chunk.end);
            chunk.release();
        }
    }

    /** To be shown later. */
    void keep(Chunk chunk) {
        kept().add(chunk);
    }

    void peerEnded() {
        peerEnded = true;
    }

    boolean hasPeerEnded() {
        return peerEnded;
    }

    /** The protocol will not be told the end: there was no beginning. */
    void tellNoEnd() {
        endTold = true;
    }

    /** Whether the peer has ended, and the protocol knows. */
    boolean isOver() {
        return peerEnded && endTold;
    }

    /** The very chunk that the protocol is shown now. */
    @Nullable Chunk shown() {
        return shown;
    }

    /** Whether something has come that was not shown. */
    boolean hasInput() {
        return !keepsNothing() || driver().hasInput(channel);
    }

    // Showing it.

    private boolean mayShow() {
        return !paused && (turnwise == null || connection.pending() == 0);
    }

    /** Shows what was kept, and the end, as far as the protocol of an open one wants them now. */
    void work() {
        if (cutting && !cut && !peerEnded && receive.isIdle() && keepsNothing() && mayShow()) {
            more = driver().hasInput(channel);
            cut = !more;
        }
        while (connection.isOpen() && !keepsNothing() && mayShow()) {
            KeptInput some = kept();
            int from = some.from();
            int to = some.to();
            Chunk chunk = some.take();
            show(chunk, from, to);
            chunk.release();
        }
        boolean over = peerEnded || cut;
        if (connection.isOpen() && over && !endTold && keepsNothing() && mayShow()) {
            endTold = true;
            mayBeQuiet();
            try {
                connection.protocol().ended(connection);
            } catch (Throwable thrown) {
                connection.die(thrown);
            }
        }
        if (quietDue && connection.isOpen() && keepsNothing() && mayShow()) {
            quiet();
        }
    }

    private void quiet() {
        Turnwise told = turnwise;
        if (inBatch) {
            connection.loop.soon(connection);
            return;
        }
        quietDue = false;
        boolean proved = provedDrained && connection.loop.turns() - provedIn <= 1;
        if (told != null && (endTold || proved || !driver().hasInput(channel))) {
            provedDrained = false;
            try {
                told.quiet(connection);
            } catch (Throwable thrown) {
                connection.die(thrown);
            }
        }
    }

    /** Shows bytes to the protocol, and keeps what it leaves. */
    private void show(Chunk chunk, int from, int to) {
        ByteBuffer view = chunk.view.clear().limit(to).position(from);
        became = false;
        shown = chunk;
        try {
            if (passing != null) {
                passing.deliver(chunk);
            }
            connection.protocol().received(connection, view);
        } catch (Throwable thrown) {
            connection.die(thrown);
            return;
        } finally {
            shown = null;
        }
        mayBeQuiet();
        if (view.hasRemaining() && connection.isOpen()) {
            if (became) {
                // It has left the rest to another.
                connection.loop.soon(connection);
            } else if (turnwise == null) {
                paused = true;
            } else if (connection.pending() == 0 && !paused) {
                connection.die(
                        new IllegalStateException("a machine neither consumed input nor answered"));
                return;
            }
            kept().addFirst(chunk, view.position(), view.limit());
        }
    }

    // Receiving.

    /** Whether an open connection is to read on. */
    boolean wantsMore() {
        KeptInput some = kept;
        boolean room = some == null || some.bytes() < AHEAD;
        return !paused && !peerEnded && room && (!cutting || more);
    }

    /** Receives or not. */
    void arm(boolean wants) {
        int descriptors = passing == null ? 0 : passing.most();
        if (wants && receive.isIdle()) {
            receive.descriptors = descriptors;
            driver().submit(receive);
        } else if ((!wants || receive.descriptors != descriptors) && !receive.isIdle()) {
            driver().cancel(receive);
        }
    }

    /** The same, for good, together with the send. */
    void cancelWith(Send send) {
        driver().cancelBoth(receive, send);
    }

    /** Whether the driver has nothing of it. */
    boolean isIdle() {
        return receive.isIdle();
    }

    /** Whether it is this that has completed. */
    @SuppressWarnings("ReferenceEquality") // It is about this very operation.
    boolean is(Operation operation) {
        return operation == receive;
    }

    /** Nothing will be shown any more. */
    void clear() {
        KeptInput some = kept;
        if (some != null) {
            some.clear();
        }
    }

    /** Descriptors that come with bytes of AF_UNIX. */
    UnixPassing passing() {
        UnixPassing known = passing;
        if (known == null) {
            known = new UnixPassing(connection);
            passing = known;
        }
        return known;
    }
}
