// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import org.jspecify.annotations.Nullable;

import sockeye.wire.AnswerRules.Refusal;

import java.util.BitSet;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * Judges by {@link AnswerRules} who is answered: without allocating, without a lock and in fixed
 * memory, however many peers there are or are forged.
 *
 * <p>For the rate it keeps one number for each of 8192 groups of peers, chosen by a keyed hash:
 * when the group's last answers are paid for (the generic cell rate algorithm, ITU-T I.371). Peers
 * in one group share its rate; who is in whose group nobody outside can tell.
 *
 * <p>Safe for use by any number of threads.
 */
public final class AnswerGuard {
    private static final int GROUPS = 1 << 13;

    private final AnswerRules rules;
    private final PeerGrouping grouping;
    private final long key;
    private final long origin;
    private final BitSet refused = new BitSet();
    private final @Nullable AtomicLongArray paidUntil;

    /**
     * A guard that has answered nobody yet.
     *
     * @param grouping who counts as one peer
     * @param key a secret: any random number
     * @param nanos the present time of {@link Moment#nanos()}
     */
    public AnswerGuard(AnswerRules rules, PeerGrouping grouping, long key, long nanos) {
        this.rules = rules;
        this.grouping = grouping;
        this.key = key;
        this.origin = nanos;
        rules.refusedPorts().forEach(refused::set);
        this.paidUntil = rules.peerRate().isNone() ? null : new AtomicLongArray(GROUPS);
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
        AtomicLongArray table = paidUntil;
        if (table == null || (rules.spareLoopback() && isLoopback(address))) {
            return null;
        }
        int group = group(address);
        long interval = rules.peerRate().interval().toNanos();
        long ahead = interval * (rules.peerRate().burst() - 1L);
        long now = nanos - origin;
        while (true) {
            long paid = table.get(group);
            long from = Math.max(paid, now);
            if (from - now > ahead) {
                return Refusal.RATE;
            }
            if (table.compareAndSet(group, paid, from + interval)) {
                return null;
            }
        }
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

    private int group(byte[] address) {
        int bits = isIpv4(address) ? 96 + grouping.ipv4Bits() : grouping.ipv6Bits();
        long high = first(address) & leading(Math.min(bits, 64));
        long low = second(address) & leading(Math.max(bits - 64, 0));
        long hash = mix(mix(high ^ key) ^ low);
        return (int) (hash >>> 51);
    }

    private static long leading(int bits) {
        return bits == 0 ? 0 : -1L << (64 - bits);
    }

    /** The finish of SplitMix64, a bijection in which each bit depends on each. */
    private static long mix(long value) {
        long z = (value ^ (value >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }

    private static long first(byte[] address) {
        return number(address, 0);
    }

    private static long second(byte[] address) {
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
