// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import sockeye.Deadline;
import sockeye.InetEndpoint;
import sockeye.StreamSocket;
import sockeye.testkit.Daemon;
import sockeye.testkit.NoLeaks;
import sockeye.wire.SocksAddress;
import sockeye.wire.SocksCall;
import sockeye.wire.SocksException;
import sockeye.wire.SocksReply;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.List;

/** A blocking stream through a SOCKS server. */
@ExtendWith(NoLeaks.class)
@Tag("D4-14")
@Timeout(60)
class SocksTunnelTest {
    private static final SocksCall CALL = SocksCall.to("server.test", 80);

    private interface Use {
        void with(StreamSocket stream) throws IOException;
    }

    /** With a server that has said this, and nothing more. */
    private static void with(byte[] said, Use use) throws IOException {
        try (var pair = StreamSocket.pair()) {
            pair.right().write(said);
            use.with(pair.left());
        }
    }

    @Test
    void whatFollowsTheAnswerIsStillInTheStream() throws Exception {
        byte[] five = {5, 0, 5, 0, 0, 1, 127, 0, 0, 1, 0, 7, '2', '2', '0', '\n'};
        byte[] four = {0, 90, 0, 7, 127, 0, 0, 1, '2', '2', '0', '\n'};
        for (SocksCall call : List.of(CALL, CALL.byVersion4())) {
            with(
                    call.version() == 5 ? five : four,
                    stream -> {
                        assertEquals(
                                SocksAddress.parse("127.0.0.1:7"), SocksTunnel.open(stream, call));
                        assertEquals("220", stream.reader().readLine());
                    });
        }
    }

    @Test
    void whatGoesWrongIsTold() throws Exception {
        with(
                new byte[] {5, 0, 5, 5},
                stream -> {
                    var why =
                            assertThrows(
                                    SocksException.class, () -> SocksTunnel.open(stream, CALL));
                    assertEquals(SocksReply.CONNECTION_REFUSED, why.reply());
                });
        with(
                new byte[] {5},
                stream -> {
                    stream.readDeadline(Deadline.after(Duration.ofMillis(20)));
                    assertThrows(
                            SocketTimeoutException.class, () -> SocksTunnel.open(stream, CALL));
                });
        try (var pair = StreamSocket.pair()) {
            pair.right().write(new byte[] {5, 0});
            pair.right().shutdownOutput();
            assertThrows(EOFException.class, () -> SocksTunnel.open(pair.left(), CALL));
        }
    }

    @Test
    void microsocksConnectsIt() throws Exception {
        try (var echo =
                        Server.stream(
                                InetEndpoint.of("127.0.0.1", 0),
                                client -> client.inputStream().transferTo(client.outputStream()));
                var proxy =
                        Daemon.startAtFreePort(
                                "microsocks",
                                at ->
                                        List.of(
                                                ("-i 127.0.0.1 -u user -P password -p " + at.port())
                                                        .split(" ")))) {
            int port = ((InetEndpoint) echo.local()).port();
            SocksCall call = SocksCall.to("localhost", port).withLogin("user", "password");
            try (var stream = StreamSocket.connect(proxy.endpoint())) {
                SocksTunnel.open(stream, call);
                stream.write("question\n"); // and no half-close, of which it knows nothing
                assertEquals("question", stream.reader().readLine());
            }
            try (var stream = StreamSocket.connect(proxy.endpoint())) {
                SocksCall other = SocksCall.to("localhost", port).withLogin("user", "wrong");
                assertThrows(SocksException.class, () -> SocksTunnel.open(stream, other));
            }
        }
    }
}
