// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;

/** Answers of a batch: from the address that was asked, and what it tells without objects. */
@Tag("A4-24")
class BatchAnswersTest {
    private static final int ROOM = 256;

    private static MessageSocket server(boolean ipv6) throws IOException {
        assumeTrue(!ipv6 || Listener.hasDualStack(), "no IPv6 here");
        List<OptionSetting<?>> options = new ArrayList<>();
        if (ipv6) {
            options.add(Ipv6Option.V6_ONLY.to(false));
            options.add(Ipv6Option.RECV_PKT_INFO.to(true));
        }
        options.add(IpOption.PKT_INFO.to(true));
        IpAddress any = ipv6 ? IpAddress.ANY_IPV6 : IpAddress.ANY_IPV4;
        return MessageSocket.bind(
                InetEndpoint.of(any, 0), options.toArray(OptionSetting<?>[]::new));
    }

    private static int port(MessageSocket socket) throws IOException {
        return ((InetEndpoint) socket.socket().getSockName()).port();
    }

    @ParameterizedTest
    @CsvSource({
        "false, 127.0.0.1, 127.0.0.2",
        "true, 127.0.0.1, 127.0.0.2",
        "true, ::1, ::1",
    })
    void bothKindsOfAnswersComeFromWhereWasAsked(boolean ipv6, String from, String to)
            throws IOException {
        InetEndpoint asked;
        try (var server = server(ipv6);
                var client = MessageSocket.bind(InetEndpoint.of(from, 0))) {
            asked = InetEndpoint.of(to, port(server));
            var batch = new MessageBatch(4, 100, ROOM);
            var answers = new MessageBatch(4, 100);
            client.socket().sendTo(ByteBuffer.wrap(new byte[] {1, 2}), asked, 0);
            server.socket().recvBatch(batch, 0);
            answers.addReply(ByteBuffer.wrap(new byte[] {3}), batch, 0);
            batch.reply();
            assertEquals(1, server.socket().sendBatch(answers, 0, 0));
            assertEquals(1, server.socket().sendBatch(batch, 0, 0));
            for (int length : new int[] {1, 2}) {
                Message answer = client.socket().recvMsg(100, 0, 0);
                assertEquals(asked, answer.peer());
                assertEquals(length, answer.payload().remaining());
            }
            // And the batch receives again, whatever it was used for.
            client.socket().sendTo(ByteBuffer.wrap(new byte[] {1, 2, 3}), asked, 0);
            server.socket().recvBatch(batch, 0);
            assertFalse(batch.ancillary(0).isEmpty());
        }
    }

    @ParameterizedTest
    @CsvSource({"false, 127.0.0.1", "true, 127.0.0.1", "true, ::1"})
    void whoSentItIsToldWithoutAnObject(boolean ipv6, String from) throws IOException {
        try (var server = server(ipv6);
                var client = MessageSocket.bind(InetEndpoint.of(from, 0))) {
            client.socket().sendTo(ByteBuffer.allocate(1), InetEndpoint.of(from, port(server)), 0);
            var batch = new MessageBatch(1, 100);
            server.socket().recvBatch(batch, 0);
            assertEquals(port(client), batch.peerPort(0));
            byte[] address = new byte[16];
            assertTrue(batch.copyPeerAddress(0, address));
            IpAddress expected = IpAddress.parse(from);
            assertArrayEquals(
                    expected.isIpv4() ? expected.mapped().toBytes() : expected.toBytes(), address);
        }
    }

    @Test
    void whoIsNotOfTheInternetHasNoPort() throws IOException {
        var server = UnixEndpoint.ofAbstract("batch-answers-" + ProcessHandle.current().pid());
        var from = UnixEndpoint.ofAbstract("batch-asks-" + ProcessHandle.current().pid());
        try (var socket = MessageSocket.bind(server);
                var named = MessageSocket.bind(from);
                var unnamed = LinuxSocket.socket(AddressFamily.AF_UNIX, SocketType.SOCK_DGRAM)) {
            named.socket().sendTo(ByteBuffer.allocate(1), server, 0);
            unnamed.sendTo(ByteBuffer.allocate(1), server, 0);
            var batch = new MessageBatch(2, 100);
            for (int left = 2; left > 0; ) {
                int count = socket.socket().recvBatch(batch, 0);
                for (int i = 0; i < count; i++) {
                    assertEquals(-1, batch.peerPort(i));
                    assertFalse(batch.copyPeerAddress(i, new byte[16]));
                }
                left -= count;
            }
        }
    }
}
