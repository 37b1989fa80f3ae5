// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** The policy, in time that the test makes. */
@Tag("A2-10")
class HappyEyeballsTest {
    private static final long MS = 1_000_000;

    /** Far from zero and about to overflow, as nanoTime may be. */
    private static final long START = Math.addExact(Long.MAX_VALUE, -300 * MS);

    private static HappyEyeballs<String> policy(String... addresses) {
        return new HappyEyeballs<>(List.of(addresses), HappyEyeballs.DELAY);
    }

    @Test
    void theFirstBeginsAtOnceAndEachOtherADelayLater() {
        var policy = policy("a", "b", "c");
        assertEquals("a", policy.next(START));
        assertNull(policy.next(START));
        assertEquals(START + 250 * MS, policy.nextAt());
        assertNull(policy.next(START + 250 * MS - 1));
        assertEquals("b", policy.next(START + 250 * MS));
        assertNull(policy.next(START + 499 * MS));
        assertEquals("c", policy.next(START + 600 * MS));
        assertFalse(policy.isWaiting());
        assertNull(policy.next(START + 9_000 * MS));
        assertEquals(3, policy.underWay());
        assertFalse(policy.isExhausted());
    }

    @Test
    void aFailureLetsTheNextBeginAtOnceAndTheDelayBeginAnew() {
        var policy = policy("a", "b", "c");
        policy.next(START);
        policy.failed(START + 10 * MS);
        assertEquals("b", policy.next(START + 10 * MS));
        assertNull(policy.next(START + 255 * MS));
        assertEquals(START + 260 * MS, policy.nextAt());
        assertEquals("c", policy.next(START + 260 * MS));
    }

    @Test
    void addressesThatAreFoundLaterTakeTheirPlaceAmongThoseThatWait() {
        Endpoint first = InetEndpoint.of("192.0.2.1", 80);
        Endpoint second = InetEndpoint.of("192.0.2.2", 80);
        Endpoint third = InetEndpoint.of("192.0.2.3", 80);
        Endpoint late = InetEndpoint.of("2001:db8::1", 80);
        var policy = new HappyEyeballs<>(List.of(first, second, third), HappyEyeballs.DELAY);
        assertEquals(first, policy.next(START));
        policy.add(List.of(late), HappyEyeballs::interleaved);
        assertNull(policy.next(START + 249 * MS));
        assertEquals(second, policy.next(START + 250 * MS));
        assertEquals(late, policy.next(START + 500 * MS));
        assertEquals(third, policy.next(START + 750 * MS));
    }

    @Test
    void itIsExhaustedWhenTheLastHasFailed() {
        var policy = policy("a", "b");
        policy.next(START);
        policy.failed(START);
        assertFalse(policy.isExhausted());
        policy.next(START);
        assertFalse(policy.isExhausted());
        policy.failed(START);
        assertTrue(policy.isExhausted());
        assertThrows(IllegalStateException.class, () -> policy.failed(START));
        assertTrue(policy().isExhausted());
    }

    @Test
    void whatIsFoundLaterIsTriedToo() {
        var policy = policy("a");
        policy.next(START);
        policy.failed(START);
        policy.add("b");
        assertFalse(policy.isExhausted());
        assertEquals("b", policy.next(START + MS));
    }

    @Test
    void aDelayForEverWaitsForFailures() {
        var policy = new HappyEyeballs<>(List.of("a", "b"), ConnectSettings.ONE_AFTER_THE_OTHER);
        policy.next(START);
        assertNull(policy.next(START + Duration.ofDays(365).toNanos()));
        policy.failed(START + 1);
        assertEquals("b", policy.next(START + 1));
    }

    @Test
    void aDelayOfLessThanTheRfcAllowsIsRefused() {
        Duration tooShort = Duration.ofNanos(10 * MS - 1);
        assertThrows(
                IllegalArgumentException.class, () -> new HappyEyeballs<>(List.of("a"), tooShort));
        assertThrows(
                IllegalArgumentException.class,
                () -> ConnectSettings.DEFAULT.withAttemptDelay(tooShort));
        assertThrows(IllegalArgumentException.class, () -> ConnectSettings.DEFAULT.withFamily(1));
    }

    /** Whatever happens when: each begins once, in order, and none before its time. */
    @Test
    void itHoldsForAnyHistory() {
        for (long seed = 0; seed < 2_000; seed++) {
            var random = new SplittableRandom(seed);
            List<Integer> addresses =
                    Stream.iterate(0, i -> i + 1).limit(random.nextInt(6)).toList();
            var policy = new HappyEyeballs<>(addresses, HappyEyeballs.DELAY);
            List<Integer> begun = new ArrayList<>();
            long now = random.nextLong();
            long earliest = now;
            int failed = 0;
            while (!policy.isExhausted() && begun.size() + failed < 100) {
                Integer next = policy.next(now);
                if (next != null) {
                    assertTrue(now - earliest >= 0, "seed " + seed);
                    earliest = now + 250 * MS;
                    begun.add(next);
                } else if (policy.underWay() > 0 && random.nextBoolean()) {
                    policy.failed(now);
                    failed++;
                    earliest = Math.min(earliest - now, 0) + now;
                } else {
                    now += random.nextLong(300 * MS);
                }
            }
            assertEquals(addresses, begun, "seed " + seed);
            assertEquals(addresses.size(), failed, "seed " + seed);
        }
    }

    private static List<Endpoint> endpoints(String... texts) {
        return Stream.of(texts).map(text -> (Endpoint) InetEndpoint.of(text, 80)).toList();
    }

    @Test
    void theFamiliesTakeTurnsAndTheFirstOnesIsFirst() {
        assertEquals(
                endpoints("2001:db8::1", "192.0.2.1", "2001:db8::2", "192.0.2.2", "2001:db8::3"),
                HappyEyeballs.interleaved(
                        endpoints(
                                "2001:db8::1",
                                "2001:db8::2",
                                "2001:db8::3",
                                "192.0.2.1",
                                "192.0.2.2")));
        assertEquals(
                endpoints("192.0.2.1", "2001:db8::1", "192.0.2.2"),
                HappyEyeballs.interleaved(endpoints("192.0.2.1", "192.0.2.2", "2001:db8::1")));
        assertEquals(List.of(), HappyEyeballs.interleaved(List.<Endpoint>of()));
    }

    @Test
    void interleavingLosesAndInventsNothing() {
        for (long seed = 0; seed < 200; seed++) {
            var random = new SplittableRandom(seed);
            List<Endpoint> some = new ArrayList<>();
            for (int i = random.nextInt(20); i > 0; i--) {
                some.add(
                        random.nextBoolean()
                                ? InetEndpoint.of(IpAddress.ipv4(i), 1)
                                : InetEndpoint.of(IpAddress.ipv6(1, i), 1));
            }
            List<Endpoint> sorted = HappyEyeballs.interleaved(some);
            assertEquals(some.size(), sorted.size());
            assertEquals(new HashSet<>(some), new HashSet<>(sorted));
        }
    }
}
