// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.reactor.Layer;
import sockeye.reactor.Protocol;
import sockeye.reactor.Transport;
import sockeye.wire.TimeLimit;
import sockeye.wire.TimeLimits;
import sockeye.wire.Vigil;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Counts bytes, and nothing else: what they say of the time is looked at now and then, for all
 * connections of a loop in one round.
 */
public final class TimedTransport extends LayerTransport implements Vigil.View {
    /** What the connections of one layer have in common. */
    private static final class Rules implements Layer {
        final TimeLimits limits;
        final PerLoop<Round> rounds = new PerLoop<>(loop -> new Round(this, loop));

        Rules(TimeLimits limits) {
            this.limits = limits;
        }

        @Override
        public Protocol over(Protocol above) {
            return new TimedTransport(this, above);
        }

        @Override
        public String toString() {
            return limits.toString();
        }
    }

    /** Looks at all connections of a loop with one timer. */
    private static final class Round {
        private final Rules rules;
        private final Loop loop;
        private final long period;
        private final Timers.Call timer;
        private final List<TimedTransport> all = new ArrayList<>();

        Round(Rules rules, Loop loop) {
            this.rules = rules;
            this.loop = loop;
            this.period = rules.limits.lookEvery().toNanos();
            this.timer = loop.timer(this::look);
        }

        void add(TimedTransport one) {
            one.place = all.size();
            all.add(one);
            if (period > 0 && !timer.isActive()) {
                timer.reset(period);
            }
        }

        void remove(TimedTransport one) {
            TimedTransport last = all.removeLast();
            if (last != one) {
                all.set(one.place, last);
                last.place = one.place;
            }
            if (all.isEmpty()) {
                timer.cancel();
                rules.rounds.forget(loop);
            }
        }

        private void look() {
            timer.reset(period);
            long now = loop.nanos();
            // From the end, where one that goes meanwhile moves none that is still to come.
            for (int i = all.size() - 1; i >= 0; i--) {
                all.get(i).look(now);
            }
        }
    }

    private final Rules rules;
    private @Nullable Round round;
    private @Nullable Vigil vigil;
    private Timers.@Nullable Call handshake;
    private int place;
    private long received;
    private long written;
    private @Nullable Throwable exceeded;
    private long exceededAt;

    private TimedTransport(Rules rules, Protocol above) {
        super(above);
        this.rules = rules;
    }

    /** Holds connections to these. */
    public static Layer layer(TimeLimits limits) {
        return new Rules(limits);
    }

    // What is counted.

    @Override
    public void opened(Transport lower) throws Exception {
        var loop = (Loop) lower.reactor();
        vigil = new Vigil(loop.nanos());
        Round mine = rules.rounds.on(loop);
        round = mine;
        mine.add(this);
        super.opened(lower);
        if (!rules.limits.handshake().isZero() && !isUp()) {
            Timers.Call limit = loop.timer(this::lookForHandshake);
            handshake = limit;
            limit.reset(Timers.nanos(rules.limits.handshake()));
        }
    }

    @Override
    public void received(Transport lower, ByteBuffer bytes) throws Exception {
        int before = bytes.remaining();
        super.received(lower, bytes);
        received += before - bytes.remaining();
    }

    @Override
    public void write(ByteBuffer bytes) {
        written += bytes.remaining();
        super.write(bytes);
    }

    @Override
    protected boolean passesBytesOn() {
        return true; // a file counts by what is pending of it
    }

    @Override
    public void closed(Transport lower, @Nullable Throwable why) throws Exception {
        Round mine = round;
        if (mine != null) {
            round = null;
            mine.remove(this);
        }
        endHandshake();
        super.closed(lower, why);
    }

    private void endHandshake() {
        Timers.Call limit = handshake;
        if (limit != null) {
            handshake = null;
            limit.cancel();
        }
    }

    @Override
    public long received() {
        return received;
    }

    @Override
    public long sent() {
        return written - pending();
    }

    @Override
    public long messages() {
        return -1;
    }

    @Override
    public boolean awaitsInput() {
        // A handshake has a limit of its own, and may be waiting for work of ours.
        return isUp() && !isPaused() && pending() == 0;
    }

    @Override
    public boolean awaitsOutput() {
        return pending() > 0;
    }

    // What is found.

    /** Whether the last protocol above is open, the layers between being ready. */
    private boolean isUp() {
        return top().isRisen();
    }

    private LayerTransport top() {
        LayerTransport each = this;
        while (each.isRisen() && each.protocol() instanceof LayerTransport next) {
            each = next;
        }
        return each;
    }

    private void lookForHandshake() {
        if (!isUp()) {
            exceed(TimeLimit.HANDSHAKE);
        }
    }

    private void look(long now) {
        Throwable told = exceeded;
        if (told != null) {
            // What lingers has nothing to send, and an end of its own.
            if (now - exceededAt >= Lateness.GRACE && (isOpen() || pending() > 0)) {
                fail(told);
            }
            return;
        }
        Vigil mine = vigil;
        TimeLimit over = mine == null || !isOpen() ? null : mine.look(rules.limits, this, now);
        boolean ofInput = over == TimeLimit.IDLE || over == TimeLimit.MESSAGE;
        if (over != null && !(ofInput && hasInput())) {
            exceed(over);
        }
    }

    /** Whether something has come that was not looked at: then it is the loop that is late. */
    private boolean hasInput() {
        Transport lowest = below();
        while (lowest instanceof LayerTransport layer) {
            lowest = layer.below();
        }
        return lowest instanceof Connection connection && connection.hasInput();
    }

    private void exceed(TimeLimit over) {
        Throwable why = Lateness.of(peer(), rules.limits, over);
        exceeded = why;
        exceededAt = reactor().nanos();
        if (pending() > 0 || !isUp()) {
            fail(why);
        } else {
            // From the top, for what a layer has to say at the end: TLS does.
            top().end(why);
        }
    }
}
