// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import static sockeye.AddressFamily.AF_UNIX;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.LinuxSocket;
import sockeye.wire.AccessRules;
import sockeye.wire.AdmissionLimits;
import sockeye.wire.PeerKey;
import sockeye.wire.Rejection;

import java.net.SocketTimeoutException;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Supplier;

/**
 * How one connection, of bytes or of messages, comes by a {@link sockeye.reactor.Doorkeeper}: it is
 * judged, waits, and has a place until it leaves; or is turned away.
 */
public final class Entry {
    /** How long one who is turned away may keep the protocol that tells him so. */
    private static final long PATIENCE = 10_000_000_000L;

    /** What the connections of one door have in common; safe for several loops. */
    public static final class Rules {
        private final Judge judge;
        private final AtomicInteger taken = new AtomicInteger();
        private final AtomicInteger leaving = new AtomicInteger();
        private final Map<Rejection, LongAdder> rejected = new EnumMap<>(Rejection.class);
        private final PerLoop<Queue> queues = new PerLoop<>(loop -> new Queue(this, loop));

        /** With nobody there. */
        public Rules(AccessRules access, AdmissionLimits limits) {
            this.judge = new Judge(access, limits);
            for (Rejection each : Rejection.values()) {
                rejected.put(each, new LongAdder());
            }
        }

        /** How many there are now. */
        public int active() {
            return taken.get();
        }

        /** How many were turned away for this reason. */
        public long rejected(Rejection why) {
            LongAdder count = rejected.get(why);
            return count == null ? 0 : count.sum();
        }

        private boolean takePlace() {
            if (taken.incrementAndGet() <= judge.limits().connections()) {
                return true;
            }
            taken.decrementAndGet();
            return false;
        }
    }

    /** Those of one loop who have a place, and come faster than they may. */
    private static final class Queue {
        private final Rules rules;
        private final Loop loop;
        private final Timers.Call next;
        private final ArrayDeque<Entry> waiting = new ArrayDeque<>();

        Queue(Rules rules, Loop loop) {
            this.rules = rules;
            this.loop = loop;
            this.next = loop.timer(this::serve);
        }

        void add(Entry one) {
            waiting.add(one);
            if (!next.isActive()) {
                serve();
            }
        }

        void remove(Entry one) {
            waiting.remove(one);
            rest();
        }

        private void serve() {
            while (!waiting.isEmpty()) {
                long nanos = rules.judge.admission().delay(loop.nanos());
                if (nanos > 0) {
                    next.reset(nanos);
                    return;
                }
                Entry first = waiting.remove();
                first.queue = null;
                first.guest.begin(true);
            }
            rest();
        }

        private void rest() {
            if (waiting.isEmpty()) {
                next.cancel();
                rules.queues.forget(loop);
            }
        }
    }

    /** What is done with the connection. */
    interface Guest {
        /** It has a place but has to wait, unread; {@link #begin} follows. */
        void hold();

        /**
         * It comes in.
         *
         * @param held whether it had to wait
         */
        void begin(boolean held);

        /**
         * It is turned away; whether somebody tells it so and closes it. Else it is closed.
         *
         * @param cutOff whether there is no time for anything but to cut it off
         */
        boolean turnAway(Rejection why, boolean cutOff);

        /** It does not leave. */
        void cutOff(Throwable why);
    }

    private final Rules rules;
    private final Guest guest;
    private final Loop loop;
    private @Nullable PeerKey who;
    private @Nullable Queue queue;
    private boolean placed;
    private boolean leaving;
    private Timers.@Nullable Call limit;

    Entry(Rules rules, Guest guest, Loop loop) {
        this.rules = rules;
        this.guest = guest;
        this.loop = loop;
    }

    /**
     * Somebody comes; {@link #left} follows.
     *
     * @param socket to be asked who is at its other end
     */
    void come(@Nullable Endpoint peer, Supplier<Optional<LinuxSocket>> socket) {
        Rejection why = judge(peer, socket, loop.nanos());
        if (why != null) {
            turnAway(why);
        } else if (rules.judge.limits().rate().isNone()) {
            guest.begin(false);
        } else {
            guest.hold();
            Queue mine = rules.queues.on(loop);
            queue = mine;
            mine.add(this);
        }
    }

    private @Nullable Rejection judge(
            @Nullable Endpoint peer, Supplier<Optional<LinuxSocket>> socket, long now) {
        // Behind a proxy it is the client that counts, whatever the proxy has come by.
        boolean unix =
                !(peer instanceof InetEndpoint)
                        && socket.get().filter(each -> each.family() == AF_UNIX).isPresent();
        Judge.Verdict verdict = rules.judge.judge(unix, peer, socket, now);
        if (verdict.why() != null) {
            return verdict.why();
        }
        if (!rules.takePlace()) {
            rules.judge.admission().left(verdict.who(), now);
            return Rejection.FULL;
        }
        placed = true;
        who = verdict.who();
        return null;
    }

    private void turnAway(Rejection why) {
        LongAdder count = rules.rejected.get(why);
        if (count != null) {
            count.increment();
        }
        leaving = true;
        boolean tooMany = rules.leaving.incrementAndGet() > Judge.MOST_LEAVING;
        if (guest.turnAway(why, tooMany)) {
            Timers.Call patience = loop.timer(() -> guest.cutOff(tooLong(why)));
            limit = patience;
            patience.reset(PATIENCE);
        }
    }

    private static SocketTimeoutException tooLong(Rejection why) {
        return new SocketTimeoutException("does not leave: " + why);
    }

    /** It is gone. */
    void left() {
        Queue mine = queue;
        if (mine != null) {
            queue = null;
            mine.remove(this);
        }
        if (limit != null) {
            limit.cancel();
        }
        if (leaving) {
            leaving = false;
            rules.leaving.decrementAndGet();
        }
        if (placed) {
            placed = false;
            rules.taken.decrementAndGet();
            rules.judge.admission().left(who, loop.nanos());
        }
    }
}
