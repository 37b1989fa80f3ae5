// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import org.jspecify.annotations.Nullable;

import java.time.Duration;

/**
 * Tells when a connection has exceeded one of its {@link TimeLimits}, all but the handshake's. It
 * is told of nothing and costs the connection nothing: somebody looks through it now and then at
 * what is counted anyway, {@link TimeLimits#lookEvery()} apart, for all connections with one clock.
 *
 * <p>What it finds changed since the last look began at the present one at the earliest: so it is
 * never early. Not safe for use by several threads at a time.
 */
public final class Vigil {
    private final long begun;
    private boolean looked;
    private long received;
    private long sent;
    private long messages;
    private long silentSince;
    private long stalledSince;
    private long messageSince;

    /** Whether something has come since the last message ended, as far as that is known. */
    private boolean begunOne;

    /** The same, and somebody waits for the rest. */
    private boolean inMessage;

    /** What there is to be seen of a connection. */
    public interface View {
        /** How many bytes have come so far. */
        long received();

        /** How many bytes have gone so far. */
        long sent();

        /** How many messages have come so far; negative if nobody counts them. */
        long messages();

        /** Whether somebody waits for more to come. */
        boolean awaitsInput();

        /** Whether somebody waits for room to send. */
        boolean awaitsOutput();
    }

    /**
     * Of a connection that has begun.
     *
     * @param now monotonic time in nanoseconds, {@link Moment#nanos()}
     */
    public Vigil(long now) {
        begun = now;
    }

    /**
     * Looks.
     *
     * @param now monotonic time in nanoseconds
     * @return what is exceeded, null for nothing
     */
    public @Nullable TimeLimit look(TimeLimits limits, View view, long now) {
        boolean came = view.received() != received;
        boolean went = view.sent() != sent;
        boolean told = view.messages() < 0 ? went : view.messages() != messages;
        boolean listening = view.awaitsInput();
        if (!looked || came || went || !listening) {
            silentSince = now;
        }
        if (!looked || went || !view.awaitsOutput()) {
            stalledSince = now;
        }
        begunOne = !told && (begunOne || came);
        if (told || !listening) {
            // What comes next begins a message; and while nobody waits for more, none is late.
            inMessage = false;
        } else if (begunOne && !inMessage) {
            inMessage = true;
            messageSince = now;
        }
        looked = true;
        received = view.received();
        sent = view.sent();
        // Who is not counting yet has had none.
        messages = Math.max(0, view.messages());
        return judge(limits, now);
    }

    private @Nullable TimeLimit judge(TimeLimits limits, long now) {
        if (isOver(limits.lifetime(), begun, now)) {
            return TimeLimit.LIFETIME;
        }
        if (isOver(limits.stall(), stalledSince, now)) {
            return TimeLimit.STALL;
        }
        if (inMessage && isOver(limits.message(), messageSince, now)) {
            return TimeLimit.MESSAGE;
        }
        return isOver(limits.idle(), silentSince, now) ? TimeLimit.IDLE : null;
    }

    private static boolean isOver(Duration limit, long since, long now) {
        return !limit.isZero() && now - since >= limit.toNanos();
    }
}
