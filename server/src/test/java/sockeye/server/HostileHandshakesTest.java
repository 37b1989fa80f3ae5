// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import sockeye.ByteStream;
import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.StreamSocket;
import sockeye.testkit.Task;
import sockeye.wire.EchoService;
import sockeye.wire.ProxyHeader;
import sockeye.wire.TlsContext;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;

/**
 * Handshakes that never finish, of every layer: what the server keeps for each is bounded, nothing
 * of them is left when they are gone, and others are served all the while.
 */
@Timeout(180)
@Tag("H12")
class HostileHandshakesTest {
    /** As many as stay at a time. */
    private static final int STAYING = 300;

    /**
     * What one may cost while it stays: a buffer with what it has sent of a record, which takes 34
     * KiB, the engine with its keys, the thread and the connection.
     */
    private static final int MOST_EACH = 64 << 10;

    /** What a client says of a handshake, and which layers wait for the rest. */
    enum Beginning {
        NOTHING_OF_TLS(false, true),
        A_BYTE_OF_TLS(false, true),
        HALF_A_HELLO(false, true),
        A_HELLO_AND_NO_MORE(false, true),
        HALF_A_PROXY_LINE(true, false),
        HALF_A_PROXY_HEADER(true, false),
        A_PROXY_HEADER_AND_HALF_A_HELLO(true, true);

        private final boolean proxied;
        private final boolean secured;

        Beginning(boolean proxied, boolean secured) {
            this.proxied = proxied;
            this.secured = secured;
        }

        byte[] said() throws IOException {
            byte[] hello = hello();
            byte[] half = Arrays.copyOf(hello, hello.length / 2);
            byte[] header = header().encode();
            return switch (this) {
                case NOTHING_OF_TLS -> new byte[0];
                case A_BYTE_OF_TLS -> new byte[] {22};
                case HALF_A_HELLO -> half;
                case A_HELLO_AND_NO_MORE -> hello;
                case HALF_A_PROXY_LINE -> "PROXY TCP4 192.0.2.33 ".getBytes(US_ASCII);
                case HALF_A_PROXY_HEADER -> Arrays.copyOf(header, header.length / 2);
                case A_PROXY_HEADER_AND_HALF_A_HELLO ->
                        ByteBuffer.allocate(header.length + half.length)
                                .put(header)
                                .put(half)
                                .array();
            };
        }

        ServerSettings settings(Peers.Recorder recorder) throws IOException {
            var settings =
                    recorder.settings()
                            .withLimits(ServerLimits.DEFAULT.withHandshake(Duration.ofHours(1)));
            var layers = new ArrayList<StreamLayer>();
            if (proxied) {
                layers.add(ProxyLayer.trusting("127.0.0.1"));
            }
            if (secured) {
                layers.add(TlsLayer.of(TlsContext.of(TlsPeers.server())));
            }
            return settings.withLayers(layers.toArray(StreamLayer[]::new));
        }

        /** One that means no harm is served. */
        void guestIsServed(Endpoint server) throws IOException {
            try (var socket = StreamSocket.connect(server)) {
                if (proxied) {
                    socket.write(header().encode());
                }
                ByteStream stream =
                        secured ? TlsStream.client(socket, TlsPeers.client(), "localhost") : socket;
                stream.write("guest\n");
                assertEquals("guest", stream.reader().readLine());
            }
        }

        private static ProxyHeader header() {
            return ProxyHeader.v2(
                    InetEndpoint.of("192.0.2.33", 56324), InetEndpoint.of("198.51.100.1", 443));
        }

        private static byte[] hello() throws IOException {
            ByteBuffer room = ByteBuffer.allocate(40_000);
            var machine = TlsContext.of(TlsPeers.client()).client("localhost", 1);
            machine.send(ByteBuffer.allocate(0), room);
            byte[] hello = new byte[room.flip().remaining()];
            room.get(hello);
            return hello;
        }
    }

    private static Server serve(Beginning beginning, Peers.Recorder recorder) throws IOException {
        return Server.stream(
                Peers.tcp(), beginning.settings(recorder), StreamHandler.of(new EchoService()));
    }

    @ParameterizedTest
    @EnumSource(Beginning.class)
    void thoseThatStayTakeNoMoreThanTheirShare(Beginning beginning) throws Exception {
        var recorder = new Peers.Recorder();
        byte[] said = beginning.said();
        var clients = new ArrayList<StreamSocket>();
        try (var server = serve(beginning, recorder)) {
            beginning.guestIsServed(server.local());
            recorder.closed.take();
            long received = server.statistics().traffic().received();
            long descriptors = Peers.descriptors();
            long before = Peers.heap();
            for (int i = 0; i < STAYING; i++) {
                var client = StreamSocket.connect(server.local());
                client.write(said);
                clients.add(client);
                if (i % 50 == 0) {
                    beginning.guestIsServed(server.local());
                    recorder.closed.take();
                    received = 0; // the guests' part is not known to the byte
                }
            }
            long expected = received + (long) STAYING * said.length;
            Task.until("all has come", () -> server.statistics().traffic().received() >= expected);
            long each = (Peers.heap() - before) / STAYING;
            assertTrue(each < MOST_EACH, each + " bytes each");
            beginning.guestIsServed(server.local());
            recorder.closed.take();
            for (StreamSocket client : clients) {
                client.close();
            }
            for (int i = 0; i < STAYING; i++) {
                recorder.closed.take();
            }
            assertEquals(descriptors, Peers.descriptors());
            Task.until("none is left", () -> server.connections().isEmpty());
        } finally {
            for (StreamSocket client : clients) {
                client.close();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Beginning.class)
    void thoseThatComeAndGoLeaveNothingBehind(Beginning beginning) throws Exception {
        var recorder = new Peers.Recorder();
        byte[] said = beginning.said();
        try (var server = serve(beginning, recorder)) {
            beginning.guestIsServed(server.local());
            recorder.closed.take();
            cycles(300, server, said, recorder);
            long descriptors = Peers.descriptors();
            long threads = Peers.threads();
            long before = Peers.heap();
            cycles(700, server, said, recorder);
            beginning.guestIsServed(server.local());
            recorder.closed.take();
            assertEquals(descriptors, Peers.descriptors());
            // The JVM may have started some of its own meanwhile, but not one a connection.
            assertTrue(Peers.threads() <= threads + 20, "threads: " + Peers.threads());
            long grown = Peers.heap() - before;
            assertTrue(grown < 4 << 20, grown + " bytes for 700 connections");
            Task.until("none is left", () -> server.connections().isEmpty());
        }
    }

    private static void cycles(int count, Server server, byte[] said, Peers.Recorder recorder)
            throws Exception {
        for (int i = 0; i < count; i++) {
            try (var client = StreamSocket.connect(server.local())) {
                client.write(said);
            }
            recorder.closed.take();
            recorder.accepted.clear();
            recorder.failed.clear();
        }
    }
}
