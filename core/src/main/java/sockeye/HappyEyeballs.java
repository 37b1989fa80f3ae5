// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Queue;
import java.util.function.UnaryOperator;

/**
 * Which of several addresses to try when: the policy of Happy Eyeballs, RFC 8305 section 5. It does
 * no I/O and reads no clock, so that a blocking caller and an event loop can both run it: it is
 * told what happened and the time, and tells what to begin and when to ask again.
 *
 * <pre>
 *            next: an address               a delay later, or after failed: the next one
 *   address ─────────────────► under way ──┬──────────────────────────────► under way …
 *                                          ├─ connected: the caller is done, and closes the others
 *                                          └─ failed: counted out
 * </pre>
 *
 * <pre>{@code
 * var policy = new HappyEyeballs<>(HappyEyeballs.interleaved(endpoints), HappyEyeballs.DELAY);
 * while (!policy.isExhausted()) {
 *     Endpoint peer = policy.next(System.nanoTime());
 *     if (peer != null) { begin(peer); } else { waitForAnEventUntil(policy.nextAt()); }
 *     ...                                   // on a failure: policy.failed(System.nanoTime())
 * }
 * }</pre>
 *
 * <p>Times are nanoseconds of one monotonic clock of any origin. For one thread at a time.
 *
 * @param <A> what is tried
 */
public final class HappyEyeballs<A> {
    /** How long an attempt is alone before the next begins: RFC 8305 recommends 250 ms. */
    public static final Duration DELAY = Duration.ofMillis(250);

    /** The shortest delay that RFC 8305 allows: 10 ms. */
    public static final Duration SHORTEST_DELAY = Duration.ofMillis(10);

    private final Queue<A> waiting;
    private final long delay;
    private int underWay;

    /** When the next may begin, if {@link #timed}; else at once. */
    private long nextAt;

    private boolean timed;

    /**
     * A fresh start.
     *
     * @param addresses in the order to try them
     * @param delay between the beginnings of two attempts, at least {@link #SHORTEST_DELAY}
     */
    public HappyEyeballs(Collection<? extends A> addresses, Duration delay) {
        if (delay.compareTo(SHORTEST_DELAY) < 0) {
            throw new IllegalArgumentException("a delay of less than 10 ms: " + delay);
        }
        this.waiting = new ArrayDeque<>(addresses);
        boolean forEver = delay.compareTo(Duration.ofNanos(Long.MAX_VALUE / 2)) > 0;
        this.delay = forEver ? Long.MAX_VALUE / 2 : delay.toNanos();
    }

    /**
     * Addresses sorted so that the families take turns, the first one's family first and otherwise
     * in the order given: RFC 8305 section 4 with a First Address Family Count of 1.
     */
    public static <E extends Endpoint> List<E> interleaved(List<E> addresses) {
        List<E> sorted = new ArrayList<>(addresses.size());
        List<List<E>> families = new ArrayList<>();
        for (E each : addresses) {
            List<E> own = null;
            for (List<E> family : families) {
                if (family.getFirst().family() == each.family()) {
                    own = family;
                }
            }
            if (own == null) {
                own = new ArrayList<>();
                families.add(own);
            }
            own.add(each);
        }
        for (int turn = 0; sorted.size() < addresses.size(); turn++) {
            for (List<E> family : families) {
                if (turn < family.size()) {
                    sorted.add(family.get(turn));
                }
            }
        }
        return sorted;
    }

    /** A further address, which was found later; it is tried after those that wait already. */
    public void add(A address) {
        waiting.add(address);
    }

    /**
     * Further addresses, which were found later, among those that wait already: RFC 8305 section 5.
     *
     * @param order puts all of them in the order to try them, {@link #interleaved} for instance;
     *     those that wait already come first in what it gets
     */
    public void add(Collection<? extends A> addresses, UnaryOperator<List<A>> order) {
        List<A> all = new ArrayList<>(waiting);
        all.addAll(addresses);
        waiting.clear();
        waiting.addAll(order.apply(all));
    }

    /**
     * The address to begin with now, which then counts as under way; null if there is none to begin
     * with now.
     */
    public @Nullable A next(long now) {
        if (waiting.isEmpty() || (timed && now - nextAt < 0)) {
            return null;
        }
        timed = true;
        nextAt = now + delay;
        underWay++;
        return waiting.poll();
    }

    /** An attempt has failed: the next may begin at once. */
    public void failed(long now) {
        if (underWay == 0) {
            throw new IllegalStateException("no attempt is under way");
        }
        underWay--;
        if (timed && now - nextAt < 0) {
            nextAt = now;
        }
    }

    /** Whether an address waits for its turn. */
    public boolean isWaiting() {
        return !waiting.isEmpty();
    }

    /** When the next address may begin; means something only while one {@link #isWaiting}. */
    public long nextAt() {
        return nextAt;
    }

    /** How many attempts are under way. */
    public int underWay() {
        return underWay;
    }

    /** Whether all have failed: none waits, and none is under way. */
    public boolean isExhausted() {
        return waiting.isEmpty() && underWay == 0;
    }
}
