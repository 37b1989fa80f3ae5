// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import static java.nio.charset.StandardCharsets.US_ASCII;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;

@Tag("A4-10")
class DiscardTest {
    @Test
    void whatTcpThrowsAwayOnRequestIsCountedAndNothingOldComesInItsPlace() throws Exception {
        try (Listener<StreamSocket> listener = Listener.stream(InetEndpoint.loopback(0));
                StreamSocket client = StreamSocket.connect(listener.local());
                StreamSocket server = listener.accept()) {
            client.write("secret");
            assertEquals(6, server.socket().recvMsg(100, 0, 0).payload().remaining());
            client.write("thrown");
            server.awaitInput();
            ByteBuffer buffer = ByteBuffer.allocate(6);
            Message discarded =
                    server.socket()
                            .recvMsgInto(new ByteBuffer[] {buffer}, 0, MessageFlag.MSG_TRUNC);
            assertEquals(6, discarded.length());
            assertEquals(0, buffer.position());
            assertArrayEquals(new byte[6], buffer.array());
            client.write("rest");
            assertArrayEquals("rest".getBytes(US_ASCII), server.socket().recv(100));
        }
    }
}
