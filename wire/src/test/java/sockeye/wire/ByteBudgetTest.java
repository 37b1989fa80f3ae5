// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.math.BigInteger;
import java.time.Duration;
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
    void aBurstOfMessagesIsAsManyAsItSays() {
        var all = ByteBudget.of(RateLimit.perSecond(10));
        var one = all.inside(RateLimit.per(Duration.ofSeconds(4), 2));
        assertEquals(0, one.spend(1, 0));
        assertEquals(2 * SECOND, one.spend(1, 0), "two at once, and no third");
        assertEquals(0, one.spend(0, 2 * SECOND));
        for (int i = 0; i < 9; i++) {
            assertEquals(0, all.spend(1, 10 * SECOND));
        }
        assertEquals(SECOND / 10, all.spend(1, 10 * SECOND));
        assertTrue(one.isLimited());
        assertFalse(ByteBudget.of(RateLimit.NONE).isLimited());
        var slow = ByteBudget.of(new RateLimit(Integer.MAX_VALUE, Duration.ofDays(1)));
        assertEquals(0, slow.spend(Integer.MAX_VALUE, 0), "nothing overflows");
        assertTrue(slow.spend(Integer.MAX_VALUE, 0) >= 0);
    }

    @Test
    void peersAreHeldToRatesOfMessagesToo() {
        var budgets =
                new ThroughputBudgets(
                        MessageRateLimits.NONE
                                .withPeer(MessageRate.of(RateLimit.perSecond(2)))
                                .withAll(MessageRate.NONE.withWriting(RateLimit.perSecond(1))));
        assertTrue(budgets.asksWho());
        assertEquals(1, budgets.cost(1_000));
        assertEquals(1, budgets.cost(0));
        assertEquals(1_000, new ThroughputBudgets(ThroughputLimits.NONE).cost(1_000));
        ThroughputBudgets.Pair one = budgets.come(SOMEBODY, 0);
        ThroughputBudgets.Pair two = budgets.come(SOMEBODY, 0);
        assertEquals(0, one.reading().spend(1, 0));
        assertEquals(SECOND / 2, two.reading().spend(1, 0));
        assertEquals(SECOND, one.writing().spend(1, 0), "all is the slowest");
        assertEquals(0, budgets.come(ANOTHER, 0).reading().spend(1, 0));
        assertEquals(0, budgets.ofOnePeer().writing().spend(1, 0), "by itself");
    }

    @Test
    void peersWithoutConnectionsAreCountedInFixedMemory() {
        var bytes =
                new PeerBuckets(
                        ByteBudget.of(ByteRate.perSecond(1_000)), PeerGrouping.DEFAULT, 7, SECOND);
        assertTrue(bytes.take(SOMEBODY, 1_500, SECOND));
        assertFalse(bytes.take(SOMEBODY, 1, SECOND), "500 are owed");
        assertTrue(bytes.take(ANOTHER, 1_500, SECOND));
        assertFalse(bytes.take(SOMEBODY, 1, SECOND + SECOND / 2 - 1));
        assertTrue(bytes.take(SOMEBODY, 1, SECOND + SECOND / 2), "what was lost costs nothing");
        var messages =
                new PeerBuckets(
                        ByteBudget.of(RateLimit.perSecond(3)), PeerGrouping.DEFAULT, 7, SECOND);
        byte[] address = new byte[16];
        int taken = 0;
        for (int i = 0; i < 1_000; i++) {
            // One /64, whatever stands behind it.
            address[15] = (byte) i;
            taken += messages.take(address, 1, SECOND) ? 1 : 0;
        }
        assertEquals(3, taken);
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
