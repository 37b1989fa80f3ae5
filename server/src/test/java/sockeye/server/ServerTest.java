// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import sockeye.InetEndpoint;
import sockeye.Message;
import sockeye.MessageSocket;
import sockeye.StreamSocket;
import sockeye.UnixEndpoint;
import sockeye.wire.EchoService;
import sockeye.wire.StampFormat;
import sockeye.wire.TimestampService;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneOffset;

@Timeout(60)
class ServerTest {
    private static final InetEndpoint ANY_PORT = InetEndpoint.of("127.0.0.1", 0);

    @Test
    void aHandlerServesLines() throws Exception {
        StreamHandler shout =
                client -> {
                    var lines = client.reader();
                    for (String line; (line = lines.readLine()) != null; ) {
                        client.write(line.toUpperCase(java.util.Locale.ROOT) + "\n");
                    }
                };
        try (var server = Server.stream(ANY_PORT, shout);
                var client = StreamSocket.connect(server.local())) {
            client.write("hello\nworld\n");
            assertEquals("HELLO", client.reader().readLine());
            assertEquals("WORLD", client.reader().readLine());
            client.shutdownOutput();
            assertNull(client.reader().readLine());
        }
    }

    @Test
    void aServiceEchoes() throws Exception {
        try (var server = Server.stream(ANY_PORT, StreamHandler.of(new EchoService()));
                var client = StreamSocket.connect(server.local())) {
            client.write("hello\n");
            assertEquals("hello", client.reader().readLine());
            client.shutdownOutput();
            assertNull(client.reader().readLine());
        }
    }

    @Test
    void silenceEndsAMessageWithoutALineEnd() throws Exception {
        var service =
                TimestampService.in(ZoneOffset.UTC)
                        .format(StampFormat.EPOCH)
                        .flushAfter(Duration.ofMillis(1));
        try (var server = Server.stream(ANY_PORT, StreamHandler.of(service));
                var client = StreamSocket.connect(server.local())) {
            client.write("hello");
            byte[] answer = new byte[100];
            int count = client.read(answer);
            String text = new String(answer, 0, count, StandardCharsets.UTF_8);
            assertEquals("hello", text.substring(text.indexOf(' ') + 1));
        }
    }

    @Test
    void recordsAreAnswered() throws Exception {
        var name = UnixEndpoint.ofAbstract("sockeye-test-" + ProcessHandle.current().pid());
        try (var server = Server.seqpacket(name, MessageHandler.of(new EchoService()));
                var client = MessageSocket.connectSeqpacket(server.local())) {
            client.send("hello");
            client.send("");
            client.send("world");
            ByteBuffer buffer = ByteBuffer.allocate(100);
            assertEquals("hello", text(client.receive(buffer.clear())));
            assertEquals("", text(client.receive(buffer.clear())));
            assertEquals("world", text(client.receive(buffer.clear())));
        }
    }

    @Test
    void datagramsAreAnswered() throws Exception {
        try (var server = Server.datagram(ANY_PORT, request -> request.reply(request.payload()));
                var client = MessageSocket.connect(server.local())) {
            client.send("hello");
            assertEquals("hello", text(client.receive(ByteBuffer.allocate(100))));
        }
    }

    private static String text(Message message) {
        assertNotNull(message);
        return StandardCharsets.UTF_8.decode(message.payload()).toString();
    }
}
