// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import static sockeye.AddressFamily.AF_UNIX;

import org.jspecify.annotations.Nullable;

import sockeye.InetEndpoint;
import sockeye.LinuxSocket;
import sockeye.reactor.Protocol;
import sockeye.reactor.Transport;
import sockeye.wire.AccessRules;
import sockeye.wire.AdmissionLimits;
import sockeye.wire.PeerKey;
import sockeye.wire.Rejection;

import java.net.SocketTimeoutException;
import java.util.ArrayDeque;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Function;

/** Judges who comes, and is nothing but a place that is taken afterwards. */
public final class AdmittedTransport extends LayerTransport {
    /** How long one who is turned away may keep the protocol that tells him so. */
    private static final long PATIENCE = 10_000_000_000L;

    /** What the connections of one layer have in common; safe for several loops. */
    public static final class Rules {
        private final Judge judge;
        private final Function<Rejection, @Nullable Protocol> overflow;
        private final AtomicInteger taken = new AtomicInteger();
        private final AtomicInteger leaving = new AtomicInteger();
        private final Map<Rejection, LongAdder> rejected = new EnumMap<>(Rejection.class);
        private final PerLoop<Queue> queues = new PerLoop<>(loop -> new Queue(this, loop));

        /**
         * With nobody there.
         *
         * @param overflow who has the connection of one who is turned away; null for nobody
         */
        public Rules(
                AccessRules access,
                AdmissionLimits limits,
                Function<Rejection, @Nullable Protocol> overflow) {
            this.judge = new Judge(access, limits);
            this.overflow = overflow;
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
        private final ArrayDeque<AdmittedTransport> waiting = new ArrayDeque<>();

        Queue(Rules rules, Loop loop) {
            this.rules = rules;
            this.loop = loop;
            this.next = loop.timer(this::serve);
        }

        void add(AdmittedTransport one) {
            waiting.add(one);
            if (!next.isActive()) {
                serve();
            }
        }

        void remove(AdmittedTransport one) {
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
                waiting.remove().begin();
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

    private final Rules rules;
    private @Nullable PeerKey who;
    private @Nullable Queue queue;
    private boolean placed;
    private boolean leaving;
    private Timers.@Nullable Call limit;

    /** Beneath this protocol. */
    public AdmittedTransport(Rules rules, Protocol above) {
        super(above);
        this.rules = rules;
    }

    @Override
    public void opened(Transport lower) throws Exception {
        attach(lower);
        var loop = (Loop) lower.reactor();
        Rejection why = judge(lower, loop.nanos());
        if (why != null) {
            turnAway(loop, why);
        } else if (rules.judge.limits().rate().isNone()) {
            rise();
        } else {
            lower.pause();
            Queue mine = rules.queues.on(loop);
            queue = mine;
            mine.add(this);
        }
    }

    private @Nullable Rejection judge(Transport lower, long now) {
        // Behind a proxy it is the client that counts, whatever the proxy has come by.
        boolean unix =
                !(lower.peer() instanceof InetEndpoint)
                        && lower.unwrap(LinuxSocket.class)
                                .filter(socket -> socket.family() == AF_UNIX)
                                .isPresent();
        Judge.Verdict verdict =
                rules.judge.judge(unix, lower.peer(), () -> lower.unwrap(LinuxSocket.class), now);
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

    private void begin() {
        queue = null;
        if (below().isOpen()) {
            below().resume();
            rise();
        }
    }

    private void turnAway(Loop loop, Rejection why) {
        LongAdder count = rules.rejected.get(why);
        if (count != null) {
            count.increment();
        }
        leaving = true;
        if (rules.leaving.incrementAndGet() > Judge.MOST_LEAVING) {
            below().abort();
            return;
        }
        Protocol told = rules.overflow.apply(why);
        if (told == null) {
            below().close();
            return;
        }
        Timers.Call patience = loop.timer(() -> fail(tooLong(why)));
        limit = patience;
        patience.reset(PATIENCE);
        become(told);
        rise();
    }

    private static SocketTimeoutException tooLong(Rejection why) {
        return new SocketTimeoutException("does not leave: " + why);
    }

    @Override
    public void closed(Transport lower, @Nullable Throwable why) throws Exception {
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
            rules.judge.admission().left(who, lower.reactor().nanos());
        }
        super.closed(lower, why);
    }

    @Override
    protected boolean passesBytesOn() {
        return true;
    }
}
