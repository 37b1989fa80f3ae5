// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.wire.TimeLimit;
import sockeye.wire.TimeLimits;
import sockeye.wire.Vigil;

import java.util.ArrayList;
import java.util.List;

/**
 * Ends one connection, of bytes or of messages, that takes too long. What it has moved is looked at
 * now and then, for all connections of a loop in one round.
 */
final class Timekeeping {
    /** What there is to be seen of the connection, and to be done with it. */
    interface Subject extends Vigil.View {
        /** Whether the last protocol above is open, the layers between being ready. */
        boolean isUp();

        boolean isOpen();

        /** How many bytes wait to be sent. */
        long pending();

        /** Whether something has come that was not looked at: then it is the loop that is late. */
        boolean hasInput();

        @Nullable Endpoint peer();

        /** Ends it at once. */
        void cutOff(Throwable why);

        /** Ends it in order, from the top. */
        void finish(Throwable why);
    }

    /** What the connections of one layer have in common. */
    static final class Rules {
        private final TimeLimits limits;
        private final PerLoop<Round> rounds = new PerLoop<>(loop -> new Round(this, loop));

        Rules(TimeLimits limits) {
            this.limits = limits;
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
        private final List<Timekeeping> all = new ArrayList<>();

        Round(Rules rules, Loop loop) {
            this.rules = rules;
            this.loop = loop;
            this.period = rules.limits.lookEvery().toNanos();
            this.timer = loop.timer(this::look);
        }

        void add(Timekeeping one) {
            one.place = all.size();
            all.add(one);
            if (period > 0 && !timer.isActive()) {
                timer.reset(period);
            }
        }

        void remove(Timekeeping one) {
            Timekeeping last = all.removeLast();
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
    private final Subject subject;
    private final Loop loop;
    private final Vigil vigil;
    private @Nullable Round round;
    private Timers.@Nullable Call handshake;
    private int place;
    private @Nullable Throwable exceeded;
    private long exceededAt;

    /** Of one that has just begun; {@link #end} follows. */
    Timekeeping(Rules rules, Subject subject, Loop loop) {
        this.rules = rules;
        this.subject = subject;
        this.loop = loop;
        this.vigil = new Vigil(loop.nanos());
        Round mine = rules.rounds.on(loop);
        round = mine;
        mine.add(this);
    }

    /** What stands above was told that it is open, and may need time for that. */
    void awaitHandshake() {
        if (!rules.limits.handshake().isZero() && !subject.isUp()) {
            Timers.Call limit = loop.timer(this::lookForHandshake);
            handshake = limit;
            limit.reset(Timers.nanos(rules.limits.handshake()));
        }
    }

    /** It is over. */
    void end() {
        Round mine = round;
        if (mine != null) {
            round = null;
            mine.remove(this);
        }
        Timers.Call limit = handshake;
        if (limit != null) {
            handshake = null;
            limit.cancel();
        }
    }

    private void lookForHandshake() {
        if (!subject.isUp()) {
            exceed(TimeLimit.HANDSHAKE);
        }
    }

    private void look(long now) {
        Throwable told = exceeded;
        if (told != null) {
            // What lingers has nothing to send, and an end of its own.
            if (now - exceededAt >= Lateness.GRACE && (subject.isOpen() || subject.pending() > 0)) {
                subject.cutOff(told);
            }
            return;
        }
        TimeLimit over = subject.isOpen() ? vigil.look(rules.limits, subject, now) : null;
        boolean ofInput = over == TimeLimit.IDLE || over == TimeLimit.MESSAGE;
        if (over != null && !(ofInput && subject.hasInput())) {
            exceed(over);
        }
    }

    private void exceed(TimeLimit over) {
        Throwable why = Lateness.of(subject.peer(), rules.limits, over);
        exceeded = why;
        exceededAt = loop.nanos();
        if (subject.pending() > 0 || !subject.isUp()) {
            subject.cutOff(why);
        } else {
            subject.finish(why);
        }
    }
}
