// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import org.jspecify.annotations.Nullable;

import sockeye.wire.AnswerRules.Refusal;

import java.util.BitSet;

/**
 * Judges by {@link AnswerRules} who is answered: without allocating, without a lock and in fixed
 * memory, however many peers there are or are forged.
 *
 * <p>For the rate it has {@link PeerBuckets}.
 *
 * <p>Safe for use by any number of threads.
 */
public final class AnswerGuard {
    private final AnswerRules rules;
    private final BitSet refused = new BitSet();
    private final @Nullable PeerBuckets answered;

    /**
     * A guard that has answered nobody yet.
     *
     * @param grouping who counts as one peer
     * @param key a secret: any random number
     * @param nanos the present time of {@link Moment#nanos()}
     */
    public AnswerGuard(AnswerRules rules, PeerGrouping grouping, long key, long nanos) {
        this.rules = rules;
        rules.refusedPorts().forEach(refused::set);
        this.answered =
                rules.peerRate().isNone()
                        ? null
                        : new PeerBuckets(ByteBudget.of(rules.peerRate()), grouping, key, nanos);
    }

    /** The rules. */
    public AnswerRules rules() {
        return rules;
    }

    /**
     * Whether a port may be answered; null if it may. What it says of a port does not change.
     *
     * @param port the sender's, 0 to 65,535
     */
    public @Nullable Refusal judgePort(int port) {
        if (port == 0) {
            return Refusal.NO_PORT;
        }
        return refused.get(port) ? Refusal.SERVICE_PORT : null;
    }

    /**
     * Whether a peer may be answered once more now; if so, that is counted, and null is returned.
     *
     * @param address the sender's 16 bytes, IPv4 in its mapped form
     * @param nanos the present time of {@link Moment#nanos()}
     */
    public @Nullable Refusal judgeRate(byte[] address, long nanos) {
        PeerBuckets buckets = answered;
        if (buckets == null || (rules.spareLoopback() && isLoopback(address))) {
            return null;
        }
        return buckets.take(address, 1, nanos) ? null : Refusal.RATE;
    }

    /**
     * Whether an answer may have this length.
     *
     * @param answer its bytes
     * @param question the question's
     * @param address the sender's 16 bytes, IPv4 in its mapped form
     */
    public @Nullable Refusal judgeSize(int answer, int question, byte[] address) {
        return answer <= rules.room(question, isIpv4(address)) ? null : Refusal.SIZE;
    }

    /** Whether these 16 bytes are an IPv4 address in its mapped form. */
    public static boolean isIpv4(byte[] address) {
        return first(address) == 0 && (second(address) >>> 32) == 0xFFFF;
    }

    /** Whether these 16 bytes are an address of the loopback. */
    public static boolean isLoopback(byte[] address) {
        return first(address) == 0
                && (second(address) == 1 || (second(address) >>> 24) == 0xFF_FF7FL);
    }

    static long first(byte[] address) {
        return number(address, 0);
    }

    static long second(byte[] address) {
        return number(address, 8);
    }

    private static long number(byte[] address, int from) {
        long number = 0;
        for (int i = from; i < from + 8; i++) {
            number = number << 8 | Byte.toUnsignedLong(address[i]);
        }
        return number;
    }
}
