// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import sockeye.Message;
import sockeye.MessageSocket;
import sockeye.SoOption;
import sockeye.wire.EchoService;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.OptionalLong;

/** Connections of records, on AF_UNIX. */
@Timeout(60)
@SuppressWarnings("try") // A client that closes before its scope ends is the point.
class RecordServerTest {
    private static final List<MessageHandler> ECHOES =
            List.of(
                    MessageHandler.of(new EchoService()),
                    client -> {
                        ByteBuffer buffer = ByteBuffer.allocate(1 << 16);
                        for (Message m; (m = client.receive(buffer.clear())) != null; ) {
                            client.send(m.payload());
                        }
                    },
                    client -> MessageHandler.of(new EchoService()).handle(client));

    private static String receive(MessageSocket client) throws IOException {
        Message message = client.receive(ByteBuffer.allocate(1 << 16));
        assertNotNull(message);
        return StandardCharsets.UTF_8.decode(message.payload()).toString();
    }

    @Test
    void recordsKeepTheirBoundaries() throws Exception {
        for (MessageHandler echo : ECHOES) {
            try (var server = Server.seqpacket(Peers.abstractName(), echo);
                    var client = MessageSocket.connectSeqpacket(server.local())) {
                for (String record : List.of("one", "", "", "two", "x".repeat(60_000))) {
                    client.send(record);
                }
                for (String record : List.of("one", "", "", "two", "x".repeat(60_000))) {
                    assertEquals(record, receive(client));
                }
                client.shutdownOutput();
                assertNull(client.receive(ByteBuffer.allocate(10)));
            }
        }
    }

    @Test
    void aTooLongRecordEndsItsConnectionAlone() throws Exception {
        var recorder = new Peers.Recorder();
        try (var server =
                        Server.seqpacket(
                                Peers.abstractName(), recorder.settings(), ECHOES.getFirst());
                var bold = MessageSocket.connectSeqpacket(server.local());
                var other = MessageSocket.connectSeqpacket(server.local())) {
            bold.socket().setOption(SoOption.SND_BUF, 200_000);
            bold.send("fits");
            assertEquals("fits", receive(bold));
            bold.send(new byte[100_000]);
            String why = recorder.failed.take().getMessage();
            assertTrue(why.contains("65536"), why);
            assertEquals(OptionalLong.of(1), recorder.closed.take().messages());
            other.send("hello");
            assertEquals("hello", receive(other));
        }
    }

    @Test
    void stoppingFinishesConnectionsOfRecords() throws Exception {
        for (MessageHandler echo : ECHOES) {
            var recorder = new Peers.Recorder();
            var server = Server.seqpacket(Peers.abstractName(), recorder.settings(), echo);
            try (var client = MessageSocket.connectSeqpacket(server.local())) {
                client.send("hello");
                recorder.accepted.take();
                var stopper = Thread.ofVirtual().start(() -> server.stop(Duration.ofMinutes(10)));
                assertEquals("hello", receive(client));
                assertNull(client.receive(ByteBuffer.allocate(10)));
                client.close();
                stopper.join();
            }
        }
    }
}
