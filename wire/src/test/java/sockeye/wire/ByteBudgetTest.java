// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.math.BigInteger;
import java.util.Random;

@Tag("D4-08")
@Tag("D4-11")
class ByteBudgetTest {
    private static final long SECOND = 1_000_000_000L;
    private static final PeerKey SOMEBODY = new PeerKey(2, 0, 1);
    private static final PeerKey ANOTHER = new PeerKey(2, 0, 2);

    @Test
    void aBurstGoesAtOnceAndWhatIsOwedIsWaitedFor() {
        var budget = ByteBudget.of(ByteRate.perSecond(1_000).withBurst(500));
        long now = 7 * SECOND;
        assertEquals(0, budget.spend(500, now));
        assertEquals(SECOND / 4, budget.spend(250, now));
        assertEquals(SECOND / 2, budget.spend(250, now), "the next waits for both");
        assertEquals(0, budget.spend(0, now + SECOND / 2));
        assertFalse(budget.isFull(now + SECOND - 1));
        assertTrue(budget.isFull(now + SECOND));
    }

    @Test
    void whatIsSpentIsSpentByAllAround() {
        var all = ByteBudget.of(ByteRate.perSecond(1_000));
        var peer = all.inside(ByteRate.NONE);
        var one = peer.inside(ByteRate.perSecond(10_000));
        var other = peer.inside(ByteRate.perSecond(100));
        assertEquals(0, one.spend(1_000, 0));
        assertEquals(SECOND / 10, other.spend(100, 0), "all is the slowest");
        assertEquals(9 * SECOND, other.spend(900, 0), "other is the slowest");
        assertEquals(SECOND, all.spend(0, 0));
        assertEquals(25, other.piece());
        assertEquals(250, one.piece());
        assertTrue(peer.isLimited());
        assertFalse(ByteBudget.of(ByteRate.NONE).inside(ByteRate.NONE).isLimited());
        assertEquals(Integer.MAX_VALUE, ByteBudget.of(ByteRate.NONE).piece());
    }

    /** In exact arithmetic: the level of a bucket that may fall below zero. */
    @Test
    void itWaitsAsLongAsABucketOfCountedBytes() {
        BigInteger second = BigInteger.valueOf(SECOND);
        for (int seed = 0; seed < 300; seed++) {
            var random = new Random(seed);
            long perSecond = 1 + (random.nextLong() >>> (24 + random.nextInt(38)));
            long burst = 1 + random.nextInt(1 << 16) % (perSecond * 86_400);
            var budget = ByteBudget.of(new ByteRate(perSecond, burst));
            BigInteger rate = BigInteger.valueOf(perSecond);
            BigInteger full = BigInteger.valueOf(burst).multiply(second);
            BigInteger level = full; // bytes times 10^9
            // nanoTime may be anything, and pass its end.
            long now = random.nextBoolean() ? Long.MAX_VALUE - SECOND : random.nextLong();
            for (int i = 0; i < 100; i++) {
                int bytes = random.nextInt(1 << 16);
                long waits = budget.spend(bytes, now);
                level = level.subtract(BigInteger.valueOf(bytes).multiply(second));
                BigInteger exact =
                        level.signum() >= 0 ? BigInteger.ZERO : level.negate().divide(rate);
                // Rounded up for each that was spent.
                long difference = waits - exact.longValueExact();
                assertTrue(
                        difference >= -1 && difference <= i + 2,
                        "seed %d: %d rather than %s".formatted(seed, waits, exact));
                long passed = waits == 0 ? random.nextInt(1_000_000) : waits;
                now += passed;
                level = level.add(rate.multiply(BigInteger.valueOf(passed))).min(full);
            }
        }
    }

    @Test
    void theConnectionsOfAPeerShareAndPeersDoNot() {
        var budgets =
                new ThroughputBudgets(
                        ThroughputLimits.NONE.withPeer(Throughput.of(ByteRate.perSecond(100))));
        ThroughputBudgets.Pair one = budgets.come(SOMEBODY, 0);
        ThroughputBudgets.Pair two = budgets.come(SOMEBODY, 0);
        ThroughputBudgets.Pair foreign = budgets.come(ANOTHER, 0);
        assertEquals(0, one.reading().spend(100, 0));
        assertEquals(SECOND, two.reading().spend(100, 0));
        assertEquals(0, two.writing().spend(100, 0), "to write has a budget of its own");
        assertEquals(0, foreign.reading().spend(100, 0));
        assertFalse(budgets.come(null, 0).reading().isLimited());
    }

    @Test
    void whoComesAgainOwesWhatHeOwed() {
        var budgets =
                new ThroughputBudgets(
                        ThroughputLimits.NONE.withPeer(Throughput.of(ByteRate.perSecond(100))));
        budgets.come(SOMEBODY, 0).reading().spend(300, 0);
        budgets.left(SOMEBODY, 0);
        assertEquals(2 * SECOND, budgets.come(SOMEBODY, 0).reading().spend(0, 0));
        budgets.left(SOMEBODY, 0);
        assertEquals(1, budgets.peers());
        budgets.come(ANOTHER, 4 * SECOND);
        assertEquals(1, budgets.peers(), "who owes nothing any more is forgotten");
    }

    @Test
    void aRateIsWhatItSays() {
        assertTrue(ByteRate.NONE.isNone());
        assertEquals("none", ByteRate.NONE.toString());
        assertEquals("10 B/s, burst 3", ByteRate.perSecond(10).withBurst(3).toString());
        assertThrows(IllegalArgumentException.class, () -> ByteRate.perSecond(0));
        assertThrows(IllegalArgumentException.class, () -> ByteRate.perSecond(-1));
        assertThrows(IllegalArgumentException.class, () -> ByteRate.perSecond(1L << 40));
        assertThrows(IllegalArgumentException.class, () -> new ByteRate(1, 86_401));
    }
}
