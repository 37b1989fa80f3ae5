// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.net.SocketTimeoutException;
import java.time.Duration;

@Tag("A3-03")
class DefaultTimeoutTest {
    private static final Duration SHORT = Duration.ofMillis(1);

    @Test
    void socketsMadeWhileAValueIsBoundBeginWithItAndOthersDoNot() throws Exception {
        LinuxSocket.Pair inside =
                ScopedValue.where(LinuxSocket.DEFAULT_TIMEOUT, SHORT).call(LinuxSocket::socketPair);
        try (inside;
                LinuxSocket.Pair outside = LinuxSocket.socketPair()) {
            assertEquals(SHORT, inside.left().getTimeout());
            assertNull(outside.left().getTimeout());
            assertThrows(SocketTimeoutException.class, () -> inside.right().recv(1));
        }
    }

    @Test
    void anAcceptedSocketBeginsWithTheScopesTimeoutRatherThanTheListeners() throws Exception {
        try (Listener<StreamSocket> listener = Listener.stream(InetEndpoint.loopback(0));
                StreamSocket client = StreamSocket.connect(listener.local())) {
            listener.socket().setTimeout(Duration.ofSeconds(30));
            StreamSocket accepted =
                    ScopedValue.where(LinuxSocket.DEFAULT_TIMEOUT, SHORT).call(listener::accept);
            try (accepted) {
                assertEquals(SHORT, accepted.socket().getTimeout());
                assertThrows(SocketTimeoutException.class, () -> accepted.read(new byte[1]));
                client.write("x");
                accepted.socket().setTimeout(null);
                assertEquals(1, accepted.read(new byte[1]));
            }
        }
    }

    @Test
    void zeroIsNonBlockingMode() throws Exception {
        LinuxSocket.Pair pair =
                ScopedValue.where(LinuxSocket.DEFAULT_TIMEOUT, Duration.ZERO)
                        .call(LinuxSocket::socketPair);
        try (pair) {
            assertEquals(false, pair.left().getBlocking());
        }
    }
}
