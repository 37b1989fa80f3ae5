// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.Random;

@Tag("H12")
class TokenBucketTest {
    private static final long SECOND = 1_000_000_000L;

    @Test
    void aBurstGoesAtOnceAndThenOnePerInterval() {
        var bucket = new TokenBucket(RateLimit.perSecond(10).withBurst(3));
        long now = 7 * SECOND;
        for (int i = 0; i < 3; i++) {
            assertEquals(0, bucket.take(now));
        }
        assertEquals(SECOND / 10, bucket.take(now));
        assertEquals(SECOND / 10, bucket.take(now), "asking in vain costs nothing");
        assertEquals(1, bucket.take(now + SECOND / 10 - 1));
        assertEquals(0, bucket.take(now + SECOND / 10));
        assertFalse(bucket.isFull(now + SECOND / 10));
        assertTrue(bucket.isFull(now + 4 * SECOND / 10));
    }

    /** The tokens counted one by one, in exact arithmetic. */
    @Test
    void itGivesWhatABucketOfCountedTokensGives() {
        for (int seed = 0; seed < 200; seed++) {
            var random = new Random(seed);
            int burst = 1 + random.nextInt(5);
            long interval = 1_000L + random.nextInt(5_000);
            var bucket = new TokenBucket(new RateLimit(burst, Duration.ofNanos(interval)));
            // nanoTime may be anything, and pass its end.
            long now = random.nextBoolean() ? Long.MAX_VALUE - 50_000 : random.nextLong();
            long tokens = burst * interval; // in parts of an interval
            for (int i = 0; i < 200; i++) {
                long passed = random.nextInt(4_000);
                now += passed;
                tokens = Math.min(burst * interval, tokens + passed);
                long missing = Math.max(0, interval - tokens);
                assertEquals(missing, bucket.take(now), "seed " + seed + ", step " + i);
                if (missing == 0) {
                    tokens -= interval;
                }
                assertEquals(tokens == burst * interval, bucket.isFull(now));
            }
        }
    }

    @Test
    void aRateIsWhatItSays() {
        assertEquals(Duration.ofSeconds(3), RateLimit.per(Duration.ofMinutes(1), 20).interval());
        assertEquals("5/s, burst 5", RateLimit.perSecond(5).toString().replace(".00", ""));
        assertTrue(RateLimit.NONE.isNone());
        assertThrows(IllegalArgumentException.class, () -> RateLimit.perSecond(0));
        assertThrows(IllegalArgumentException.class, () -> RateLimit.perSecond(1_000_001));
        assertThrows(IllegalArgumentException.class, () -> RateLimit.NONE.withBurst(0));
    }
}
