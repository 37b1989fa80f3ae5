// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import sockeye.TipcEndpoint.Scope;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** What TIPC's options and ancillary data are made of; no kernel is asked. */
@Tag("A6-07")
class TipcValuesTest {
    private static byte[] ints(int... values) {
        ByteBuffer bytes =
                ByteBuffer.allocate(Integer.BYTES * values.length).order(ByteOrder.nativeOrder());
        for (int value : values) {
            bytes.putInt(value);
        }
        return bytes.array();
    }

    @Test
    void aGroupRequestIsFourNumbers() {
        var request = new TipcGroupRequest(4_711, 3, Scope.NODE, true, true);
        byte[] encoded = TipcOption.GROUP_JOIN.encode(request);
        assertArrayEquals(ints(4_711, 3, 3, 3), encoded);
        assertEquals(request, TipcOption.GROUP_JOIN.decode(encoded, encoded.length));
        assertArrayEquals(
                ints(-1, 0, 2, 2),
                TipcOption.GROUP_JOIN.encode(
                        new TipcGroupRequest(0xFFFF_FFFFL, 0, Scope.CLUSTER, false, true)));
    }

    @Test
    void whatIsReadOfAGroupIsItsTypeAlone() {
        assertEquals(4_711, TipcOption.GROUP_JOIN.decode(ints(4_711), 4).type());
    }

    @Test
    void anActHasNoValueAndCannotBeUndone() {
        for (Option<Boolean> act :
                List.of(
                        TipcOption.GROUP_LEAVE,
                        TipcOption.MCAST_BROADCAST,
                        TipcOption.MCAST_REPLICAST)) {
            assertEquals(0, act.encode(true).length);
            assertThrows(
                    IllegalArgumentException.class, () -> act.to(false).option().encode(false));
            assertThrows(UnsupportedOperationException.class, () -> act.decode(ints(1), 4));
        }
    }

    @Test
    void aConnectTimeoutThatTheKernelWouldCutIsRefused() {
        assertArrayEquals(ints(65_535), TipcOption.CONN_TIMEOUT.encode(Duration.ofMillis(65_535)));
        assertThrows(
                IllegalArgumentException.class,
                () -> TipcOption.CONN_TIMEOUT.encode(Duration.ofSeconds(70)));
    }

    @Test
    void importanceIsTheKernelsNumber() {
        assertArrayEquals(ints(0), TipcOption.IMPORTANCE.encode(TipcImportance.LOW));
        assertArrayEquals(ints(1), TipcOption.IMPORTANCE.encode(TipcImportance.MEDIUM));
        assertArrayEquals(ints(2), TipcOption.IMPORTANCE.encode(TipcImportance.HIGH));
        assertEquals(TipcImportance.CRITICAL, TipcOption.IMPORTANCE.decode(ints(3), 4));
        assertThrows(
                IllegalArgumentException.class, () -> TipcOption.IMPORTANCE.decode(ints(4), 4));
    }

    @Test
    void aTipcSocketIsSaidToHaveItsOptions() {
        assertTrue(Option.ofSocket(AddressFamily.AF_TIPC, 0).containsAll(TipcOption.all()));
        assertFalse(Option.ofSocket(AddressFamily.AF_UNIX, 0).contains(TipcOption.IMPORTANCE));
    }

    @Test
    void anErrorHasTheKernelsNameAndASentence() {
        assertEquals("TIPC_ERR_NO_PORT (2) the socket is gone", TipcError.NO_PORT.toString());
        assertEquals("TIPC_ERR_9 (9) unknown error", new TipcError(9).toString());
        assertThrows(IllegalArgumentException.class, () -> new TipcError(-1));
    }

    @Test
    void aReturnedMessageIsToldFromOneOfAPeer() {
        var info = new TipcAncillary.ErrorInfo(TipcError.NO_NAME, 5);
        var data = new TipcAncillary.ReturnedData(new byte[] {1, 2, 3, 4, 5});
        var name = new TipcAncillary.Destination(TipcEndpoint.range(64, 7, 7));
        var peer = TipcEndpoint.socket(1, 2);
        var returned = new Message(ByteBuffer.allocate(0), peer, List.of(info, data, name), 0, 0);
        assertEquals(
                Optional.of(
                        new TipcReturned(
                                TipcError.NO_NAME,
                                Optional.of(name.service()),
                                ByteBuffer.wrap(data.bytes()),
                                5)),
                TipcReturned.of(returned));
        var sent = new Message(ByteBuffer.allocate(0), peer, List.of(name), 0, 0);
        assertEquals(Optional.empty(), TipcReturned.of(sent));
    }
}
