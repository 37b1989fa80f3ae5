// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.ByteStream;
import sockeye.LinuxSocket;
import sockeye.Listener;
import sockeye.Role;
import sockeye.StreamSocket;
import sockeye.testkit.Task;
import sockeye.wire.EchoService;
import sockeye.wire.TlsContext;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;

/** Connections with TLS outlive the listener, and end with close_notify however they end. */
@Timeout(60)
@Tag("B-12")
@Tag("C-14")
@SuppressWarnings("try") // A client that closes before its scope ends is the point.
class TlsRetireTest {
    private static final Duration LONG = Duration.ofMinutes(10);
    private static final List<StreamHandler> HANDLERS =
            List.of(StreamHandler.of(new EchoService()), TlsRetireTest::lines);

    private static void lines(ByteStream client) throws IOException {
        var lines = client.reader();
        for (String line; (line = lines.readLine()) != null; ) {
            client.write(line + "\n");
        }
    }

    private static ServerSettings secured(Peers.Recorder recorder, String protocol)
            throws IOException {
        var settings = TlsPeers.speaking(TlsPeers.server(), protocol);
        return recorder.settings().withLayers(TlsLayer.of(TlsContext.of(settings)));
    }

    private static void isEchoed(ByteStream client, String line) throws IOException {
        client.write(line + "\n");
        assertEquals(line, client.reader().readLine());
    }

    private static boolean isAcknowledged(StreamSocket client) {
        try {
            return client.socket().unsent() == 0;
        } catch (IOException failed) {
            throw new UncheckedIOException(failed);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void whoIsConnectedGoesOnUntilHeEndsIt(String protocol) throws Exception {
        for (StreamHandler handler : HANDLERS) {
            var recorder = new Peers.Recorder();
            var server = Server.stream(Peers.tcp(), secured(recorder, protocol), handler);
            try (var next =
                            (Listener<?>)
                                    Role.of(LinuxSocket.adoptDuplicate(server.source().fileno()));
                    var below = StreamSocket.connect(server.local());
                    var client = TlsStream.client(below, TlsPeers.client(), "localhost")) {
                isEchoed(client, "before");
                var report = Task.call(() -> server.retire(LONG, LONG));
                while (server.source().socket().isOpen()) {
                    Thread.onSpinWait();
                }
                try (var late = StreamSocket.connect(server.local());
                        var others = (StreamSocket) next.accept()) {
                    assertTrue(late.isOpen() && others.isOpen());
                }
                for (int i = 0; i < 3; i++) {
                    isEchoed(client, "still here " + i);
                }
                assertFalse(report.isDone());
                client.shutdownOutput();
                // An end without close_notify would be a TlsTruncatedException.
                assertNull(client.reader().readLine());
                assertEquals(1, report.join().finished());
                assertEquals(0, report.join().cutOff());
                assertEquals(List.of(), List.copyOf(recorder.failed));
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void whoIsStoppedHearsAllAnswersAndTheEnd(String protocol) throws Exception {
        for (StreamHandler handler : HANDLERS) {
            var recorder = new Peers.Recorder();
            var server = Server.stream(Peers.tcp(), secured(recorder, protocol), handler);
            try (var below = StreamSocket.connect(server.local());
                    var client = TlsStream.client(below, TlsPeers.client(), "localhost")) {
                isEchoed(client, "before");
                client.write("last\n");
                Task.until("it has come", () -> isAcknowledged(below));
                var report = Task.call(() -> server.retire(Duration.ZERO, LONG));
                assertEquals("last", client.reader().readLine());
                assertNull(client.reader().readLine());
                client.close();
                assertEquals(1, report.join().finished());
                assertEquals(List.of(), List.copyOf(recorder.failed));
            }
        }
    }
}
