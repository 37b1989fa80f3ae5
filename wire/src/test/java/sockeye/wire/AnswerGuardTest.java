// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import sockeye.IpAddress;
import sockeye.wire.AnswerRules.Refusal;

import java.time.Duration;
import java.util.Set;

@Tag("H12")
class AnswerGuardTest {
    private static final long SECOND = 1_000_000_000L;

    /** A time from which differences overflow. */
    private static final long START = Long.MAX_VALUE - 5;

    private static byte[] address(String text) {
        IpAddress address = IpAddress.parse(text);
        return (address.isIpv4() ? address.mapped() : address).toBytes();
    }

    private static AnswerGuard guard(AnswerRules rules) {
        return new AnswerGuard(rules, PeerGrouping.DEFAULT, 42, START);
    }

    private static int answered(AnswerGuard guard, String peer, long nanos, int questions) {
        int answered = 0;
        for (int i = 0; i < questions; i++) {
            answered += guard.judgeRate(address(peer), START + nanos) == null ? 1 : 0;
        }
        return answered;
    }

    @Test
    void port0AndThePortsOfServicesAreNotAnswered() {
        AnswerGuard guard = guard(AnswerRules.DEFAULT);
        assertEquals(Refusal.NO_PORT, guard.judgePort(0));
        for (int port : new int[] {7, 11, 13, 17, 18, 19, 37, 53, 69, 123}) {
            assertEquals(Refusal.SERVICE_PORT, guard.judgePort(port));
        }
        assertNull(guard.judgePort(9), "discard answers nobody");
        assertNull(guard.judgePort(514), "syslog is sent from there");
        assertNull(guard.judgePort(65_535));
        AnswerGuard other = guard(AnswerRules.NONE.withRefusedPorts(Set.of(65_535)));
        assertEquals(Refusal.NO_PORT, other.judgePort(0));
        assertEquals(Refusal.SERVICE_PORT, other.judgePort(65_535));
        assertNull(other.judgePort(7));
    }

    @Test
    void anAnswerIsAsLongAsItsQuestionDeserves() {
        AnswerRules three = AnswerRules.DEFAULT;
        assertEquals(56, three.room(0, true));
        assertEquals(96, three.room(0, false));
        assertEquals(356, three.room(100, true));
        assertEquals(10, three.withFactor(1).room(10, true));
        assertEquals(Integer.MAX_VALUE, AnswerRules.NONE.room(0, true));
        AnswerGuard guard = guard(three);
        assertNull(guard.judgeSize(56, 0, address("192.0.2.1")));
        assertEquals(Refusal.SIZE, guard.judgeSize(57, 0, address("192.0.2.1")));
        assertNull(guard.judgeSize(96, 0, address("2001:db8::1")));
        assertEquals(Refusal.SIZE, guard.judgeSize(97, 0, address("2001:db8::1")));
    }

    @Test
    void aPeerIsAnsweredABurstAndThenAtItsRate() {
        AnswerGuard guard =
                guard(AnswerRules.DEFAULT.withPeerRate(RateLimit.perSecond(100).withBurst(7)));
        assertEquals(7, answered(guard, "192.0.2.1", 0, 50));
        assertEquals(0, answered(guard, "192.0.2.1", SECOND / 100 - 1, 50));
        assertEquals(1, answered(guard, "192.0.2.1", SECOND / 100, 50));
        int sum = 0;
        for (int millis = 11; millis <= 1_010; millis++) {
            sum += answered(guard, "192.0.2.1", millis * SECOND / 1_000, 3);
        }
        assertEquals(100, sum);
        assertEquals(7, answered(guard, "192.0.2.1", 3_600 * SECOND, 50), "no more is saved up");
    }

    @Test
    void peersAreIpv4AddressesAndIpv6Networks() {
        AnswerGuard guard =
                guard(AnswerRules.DEFAULT.withPeerRate(RateLimit.per(Duration.ofHours(1), 1)));
        assertEquals(1, answered(guard, "192.0.2.1", 0, 9));
        assertEquals(1, answered(guard, "192.0.2.2", 0, 9));
        assertEquals(1, answered(guard, "2001:db8::1", 0, 9));
        assertEquals(0, answered(guard, "2001:db8::ffff:0:0:2", 0, 9));
        assertEquals(1, answered(guard, "2001:db8:0:1::1", 0, 9));
    }

    @Test
    void theLoopbackIsSparedTheRateIfWanted() {
        AnswerRules strict =
                AnswerRules.DEFAULT.withPeerRate(RateLimit.per(Duration.ofHours(1), 1));
        for (String peer : new String[] {"127.0.0.1", "127.255.1.2", "::1"}) {
            assertEquals(9, answered(guard(strict), peer, 0, 9));
            assertEquals(1, answered(guard(strict.withSpareLoopback(false)), peer, 0, 9));
        }
        for (String peer : new String[] {"126.0.0.1", "128.0.0.1", "::2", "::7f00:1", "1::1"}) {
            assertEquals(1, answered(guard(strict), peer, 0, 9));
        }
    }

    @Test
    void aFloodOfForgedPeersTakesNoMemoryAndFindsNoOthersGroup() {
        AnswerRules one = AnswerRules.DEFAULT.withPeerRate(RateLimit.per(Duration.ofHours(1), 1));
        int shared = 0;
        for (int key = 0; key < 200; key++) {
            AnswerGuard guard = new AnswerGuard(one, PeerGrouping.DEFAULT, key, START);
            answered(guard, "192.0.2.1", 0, 1);
            shared += 1 - answered(guard, "198.51.100.7", 0, 1);
        }
        assertTrue(shared < 5, "two peers share a group by chance alone: " + shared);
    }

    @Test
    void bytesAreKnownAsIpv4OrLoopback() {
        assertTrue(AnswerGuard.isIpv4(address("0.0.0.0")));
        assertTrue(AnswerGuard.isIpv4(address("255.255.255.255")));
        assertFalse(AnswerGuard.isIpv4(address("::1")));
        assertTrue(AnswerGuard.isLoopback(address("127.0.0.1")));
        assertFalse(AnswerGuard.isLoopback(address("::")));
    }

    @Test
    void rulesThatMeanNothingAreRefused() {
        AnswerRules rules = AnswerRules.DEFAULT;
        assertThrows(IllegalArgumentException.class, () -> rules.withFactor(-1));
        assertThrows(IllegalArgumentException.class, () -> rules.withRefusedPorts(Set.of(0)));
        assertThrows(IllegalArgumentException.class, () -> rules.withRefusedPorts(Set.of(65_536)));
    }
}
