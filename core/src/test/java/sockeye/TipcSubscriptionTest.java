// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import sockeye.TipcSubscription.Detail;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.Random;

/** What is sent to a topology server, and what may come from one. */
@Tag("A6-07")
class TipcSubscriptionTest {
    private static final TipcEndpoint.ServiceRange RANGE = TipcEndpoint.range(18_888, 3, 9);

    private static ByteBuffer event(int kind, int lower, int upper, long handle) {
        return ByteBuffer.allocate(48)
                .order(ByteOrder.nativeOrder())
                .putInt(kind)
                .putInt(lower)
                .putInt(upper)
                .putInt(77)
                .putInt(0x1001001)
                .putInt(18_888)
                .putInt(3)
                .putInt(9)
                .putInt(-1)
                .putInt(1)
                .putLong(handle)
                .flip();
    }

    @Test
    void aRequestIsTheKernelsAndItsCancelDiffersInTheFilterAlone() {
        var asked = new TipcSubscription(5, RANGE, Detail.BINDINGS, TipcSubscription.FOR_EVER);
        ByteBuffer expected =
                ByteBuffer.allocate(28)
                        .order(ByteOrder.nativeOrder())
                        .putInt(18_888)
                        .putInt(3)
                        .putInt(9)
                        .putInt(-1)
                        .putInt(1)
                        .putLong(5)
                        .flip();
        assertEquals(expected, ByteBuffer.wrap(asked.encode(false)));
        expected.putInt(16, 1 | 4);
        assertEquals(expected, ByteBuffer.wrap(asked.encode(true)));
    }

    @Test
    void aTimeIsRoundedUpAndOneThatIsTooLongIsRefused() {
        var asked = new TipcSubscription(1, RANGE, Detail.SERVICES, Duration.ofNanos(1));
        assertEquals(
                1, ByteBuffer.wrap(asked.encode(false)).order(ByteOrder.nativeOrder()).getInt(12));
        for (Duration wrong : new Duration[] {Duration.ofMillis(-1), Duration.ofDays(50)}) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> new TipcSubscription(1, RANGE, Detail.SERVICES, wrong));
        }
    }

    @Test
    void eventsOfAllKindsAreRead() throws Exception {
        var asked = new TipcSubscription(5, RANGE, Detail.BINDINGS, TipcSubscription.FOR_EVER);
        var service = TipcEndpoint.range(18_888, 4, 6);
        var socket = TipcEndpoint.socket(77, 0x1001001);
        assertEquals(
                new TipcTopology.Published(asked, service, socket),
                TipcSubscription.decode(event(1, 4, 6, 5)).toEvent(asked));
        assertEquals(
                new TipcTopology.Withdrawn(asked, service, socket),
                TipcSubscription.decode(event(2, 4, 6, 5)).toEvent(asked));
        assertEquals(
                new TipcTopology.TimedOut(asked),
                TipcSubscription.decode(event(3, 0, 0, 5)).toEvent(asked));
        assertNull(TipcSubscription.decode(event(4, 0, 0, 5)).toEvent(asked));
        assertEquals(5, TipcSubscription.decode(event(1, 4, 6, 5)).handle());
    }

    @Test
    void whateverComesIsAnEventOrAnError() {
        var random = new Random(11);
        int read = 0;
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = new byte[random.nextInt(4) > 0 ? 48 : random.nextInt(60)];
            random.nextBytes(bytes);
            try {
                TipcSubscription.decode(ByteBuffer.wrap(bytes));
                read++;
            } catch (IOException refused) {
                assertTrue(refused.getMessage().startsWith("no event"), refused.getMessage());
            }
        }
        assertTrue(read > 1_000, "only " + read);
    }

    @Test
    void nodesAndLinksAreReadFromTheirEvents() {
        var nodes =
                new TipcSubscription(
                        1, TipcNodeState.ALL, Detail.BINDINGS, TipcSubscription.FOR_EVER);
        var node =
                new TipcTopology.Published(
                        nodes,
                        TipcEndpoint.range(0, 0x1001002, 0x1001002),
                        TipcEndpoint.socket(0, 0));
        assertEquals("1001002 up", TipcNodeState.of(node).orElseThrow().toString());
        assertTrue(TipcLinkState.of(node).isEmpty());
        var links =
                new TipcSubscription(
                        2, TipcLinkState.ALL, Detail.BINDINGS, TipcSubscription.FOR_EVER);
        var link =
                new TipcTopology.Withdrawn(
                        links,
                        TipcEndpoint.range(2, 0x1001002, 0x1001002),
                        TipcEndpoint.socket(0x20001, 0x1001001));
        assertEquals(
                new TipcLinkState(0x1001002, 1, 2, false), TipcLinkState.of(link).orElseThrow());
        assertTrue(TipcNodeState.of(link).isEmpty());
        assertTrue(TipcNodeState.of(new TipcTopology.TimedOut(nodes)).isEmpty());
    }
}
