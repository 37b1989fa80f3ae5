// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.AddressFamily;
import sockeye.LinuxSocket;
import sockeye.SocketType;

import java.io.IOException;

/** The time-stamp service over TIPC. */
@Tag("A6-07")
@Tag("lab-kernel")
class TipcTest {
    @BeforeEach
    void requireTipc() {
        try (var socket = LinuxSocket.socket(AddressFamily.AF_TIPC, SocketType.SOCK_RDM)) {
            Assumptions.assumeTrue(socket.isOpen());
        } catch (IOException lacking) {
            Assumptions.abort("this kernel has no TIPC: " + lacking.getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tipc-stream:18888/1",
                "tipc-seqpacket:18888/2",
                "tipc-rdm:18888/3",
                "tipc-dgram:18888/4?scope=node"
            })
    void aServiceIsServedAndFoundByItsNumber(String spec) throws Exception {
        try (var serving = Serving.on(1, spec)) {
            assertEquals(spec, serving.endpoint());
            var result = Result.fed("one\ntwo\n", "connect", serving.endpoint());
            assertEquals("", result.err());
            assertEquals(0, result.code());
            assertTrue(result.out().matches("\\[.*] one\n\\[.*] two\n"), result.out());
        }
    }

    @Test
    void severalServersAreOneService() throws Exception {
        try (var first = Serving.on(1, "tipc-seqpacket:18888/5");
                var second = Serving.on(1, "tipc-seqpacket:18888/5")) {
            for (int i = 0; i < 4; i++) {
                assertEquals(0, Result.fed("x\n", "connect", first.endpoint()).code());
            }
            first.line("left");
            second.line("left");
        }
    }

    @Test
    void aServiceThatNobodyOffersIsSaidSo() {
        var result = Result.fed("x\n", "connect", "tipc-stream:18888/6");
        assertEquals(1, result.code());
        assertTrue(result.err().contains("tipc-stream:18888/6: EHOSTUNREACH"), result.err());
    }
}
