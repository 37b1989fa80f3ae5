// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import sockeye.InetEndpoint;
import sockeye.UnixEndpoint;
import sockeye.VsockEndpoint;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;

@Tag("H12")
class AdmissionTest {
    private static final long SECOND = 1_000_000_000L;
    private static final PeerGrouping USUAL = PeerGrouping.DEFAULT;

    private static PeerKey key(String address) {
        return PeerKey.of(InetEndpoint.of(address, 1), USUAL);
    }

    private static PeerKey key(int number) {
        return new PeerKey(2, 0, number);
    }

    @Test
    void peersAreAddressesNetworksUsersAndMachines() {
        assertEquals(key("192.0.2.1"), key("::ffff:192.0.2.1"));
        assertNotEquals(key("192.0.2.1"), key("192.0.2.2"));
        assertEquals(key("2001:db8::1"), key("2001:db8::ffff:1:2:3"));
        assertNotEquals(key("2001:db8::1"), key("2001:db8:0:1::1"));
        var wide = new PeerGrouping(24, 48);
        assertEquals(
                PeerKey.of(InetEndpoint.of("192.0.2.1", 1), wide),
                PeerKey.of(InetEndpoint.of("192.0.2.9", 2), wide));
        assertEquals(
                PeerKey.of(InetEndpoint.of("2001:db8:0:1::1", 1), wide),
                PeerKey.of(InetEndpoint.of("2001:db8:0:2::1", 1), wide));
        assertEquals(
                PeerKey.of(VsockEndpoint.of(3, 1), USUAL),
                PeerKey.of(VsockEndpoint.of(3, 2), USUAL));
        assertNull(PeerKey.of(UnixEndpoint.unnamed(), USUAL));
        assertNotEquals(PeerKey.ofUid(0), PeerKey.ofUid(1));
    }

    @Test
    void onePeerHasSoManyAndNoMore() {
        var admission = new Admission(AdmissionLimits.DEFAULT.withPerPeer(2));
        PeerKey one = key("192.0.2.1");
        assertNull(admission.come(one, 0));
        assertNull(admission.come(one, 0));
        assertEquals(Rejection.TOO_MANY, admission.come(one, 0));
        assertNull(admission.come(key("192.0.2.2"), 0), "another has its own");
        admission.left(one, 0);
        assertNull(admission.come(one, 0));
        admission.left(one, 0);
        admission.left(one, 0);
        admission.left(key("192.0.2.2"), 0);
        assertEquals(0, admission.peers(), "nothing is remembered");
    }

    @Test
    void onePeerComesSoFastAndNoFaster() {
        var limits = AdmissionLimits.DEFAULT.withPeerRate(RateLimit.perSecond(1).withBurst(2));
        var admission = new Admission(limits);
        PeerKey one = key("192.0.2.1");
        for (int i = 0; i < 2; i++) {
            assertNull(admission.come(one, 0));
            admission.left(one, 0);
        }
        assertEquals(Rejection.TOO_FAST, admission.come(one, 0));
        assertEquals(1, admission.peers(), "that it came too fast is remembered");
        assertNull(admission.come(one, SECOND));
        admission.left(one, SECOND);
        admission.forget(3 * SECOND);
        assertEquals(0, admission.peers(), "and forgotten when it is paid for");
    }

    @Test
    void theRateInAllIsWaitedFor() {
        var admission =
                new Admission(
                        AdmissionLimits.DEFAULT.withRate(RateLimit.perSecond(10).withBurst(1)));
        assertEquals(0, admission.delay(0));
        assertEquals(SECOND / 10, admission.delay(0));
        assertEquals(0, admission.delay(SECOND / 10));
        assertEquals(0, new Admission(AdmissionLimits.DEFAULT).delay(0));
    }

    @Test
    void aMillionPeersThatComeAndGoLeaveABoundedTrace() {
        var limits = AdmissionLimits.DEFAULT.withPeerRate(RateLimit.perSecond(1).withBurst(100));
        var admission = new Admission(limits);
        for (int i = 0; i < 1_000_000; i++) {
            assertNull(admission.come(key(i), i));
            admission.left(key(i), i);
        }
        assertTrue(admission.peers() <= 1 << 16, "peers: " + admission.peers());
        // A second later each that comes has some of them forgotten.
        for (int i = 0; i < 1 << 15; i++) {
            assertNull(admission.come(key(i), 3 * SECOND));
            admission.left(key(i), 5 * SECOND);
        }
        admission.forget(7 * SECOND);
        assertEquals(0, admission.peers());
    }

    /** Whatever comes and goes: as counted by hand, and nothing is left behind. */
    @Test
    void theCountsAreThoseOfASimpleModel() {
        for (int seed = 0; seed < 100; seed++) {
            var random = new Random(seed);
            var admission = new Admission(AdmissionLimits.DEFAULT.withPerPeer(3));
            Map<PeerKey, Integer> model = new HashMap<>();
            for (int step = 0; step < 500; step++) {
                PeerKey who = key(random.nextInt(10));
                int count = model.getOrDefault(who, 0);
                if (random.nextBoolean()) {
                    Rejection rejection = admission.come(who, step);
                    assertEquals(count < 3 ? null : Rejection.TOO_MANY, rejection);
                    model.put(who, Math.min(3, count + 1));
                } else if (count > 0) {
                    admission.left(who, step);
                    model.put(who, count - 1);
                }
                assertEquals(model.getOrDefault(who, 0), admission.count(who));
            }
            assertEquals(model.values().stream().filter(n -> n > 0).count(), admission.peers());
        }
    }
}
