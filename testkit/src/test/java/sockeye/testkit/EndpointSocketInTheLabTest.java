// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.EndpointServerSocket;
import sockeye.EndpointSocket;
import sockeye.EndpointSocketAddress;
import sockeye.VsockEndpoint;

import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;

/** Sockets of java.net over families that many kernels lack. */
@Tag("H7")
@Tag("lab-kernel")
@SuppressWarnings("try") // A close before the scope ends is the point.
class EndpointSocketInTheLabTest {
    @ParameterizedTest
    @ValueSource(strings = {"vsock:47110", "tipc-stream:18990/7"})
    void aSocketIsOne(String endpoint) throws Exception {
        (endpoint.startsWith("vsock") ? TestFamily.VSOCK : TestFamily.TIPC_STREAM).require();
        try (var server = EndpointServerSocket.listen(endpoint)) {
            // TIPC's connect is done when the connection is accepted.
            var accepting = Task.call(server::accept);
            try (var client = EndpointSocket.connect(endpoint);
                    Socket accepted = accepting.join()) {
                behaves(client, accepted);
            }
        }
    }

    private static void behaves(EndpointSocket client, Socket accepted) throws Exception {
        client.setTcpNoDelay(true);
        client.setKeepAlive(true);
        client.setSoTimeout(20);
        assertTrue(client.getTcpNoDelay());
        assertThrows(SocketTimeoutException.class, () -> client.getInputStream().read());
        accepted.getOutputStream().write(new byte[] {1, 2, 3});
        assertEquals(1, client.getInputStream().read());
        assertTrue(client.getInetAddress().isLoopbackAddress());
        assertInstanceOf(EndpointSocketAddress.class, client.getRemoteSocketAddress());
        var reading =
                Task.call(() -> {
                    client.setSoTimeout(0);
                    return client.getInputStream().readNBytes(3).length;
                });
        accepted.getOutputStream().write(4);
        assertEquals(3, reading.join());
        var waiting = Task.call(() -> accepted.getInputStream().read()).parked();
        accepted.close();
        waiting.failure(SocketException.class);
    }

    @Test
    void ofVsockTheAddressIsAnEndpoint() throws Exception {
        TestFamily.VSOCK.require();
        try (var server = EndpointServerSocket.listen("vsock:47111");
                var client = EndpointSocket.connect("vsock:1:47111")) {
            var peer = (EndpointSocketAddress) client.getRemoteSocketAddress();
            assertEquals(VsockEndpoint.of(1, 47111), peer.endpoint());
            assertTrue(server.isBound());
        }
    }

    @Test
    void tipcCannotEndOneDirectionAndSaysSo() throws Exception {
        TestFamily.TIPC_STREAM.require();
        try (var server = EndpointServerSocket.listen("tipc-stream:18991/7")) {
            var accepting = Task.call(server::accept);
            try (var client = EndpointSocket.connect("tipc-stream:18991/7");
                    Socket accepted = accepting.join()) {
                var refused = assertThrows(SocketException.class, client::shutdownOutput);
                assertTrue(refused.getMessage().contains("both directions at once"));
                assertTrue(accepted.isConnected());
            }
        }
    }
}
