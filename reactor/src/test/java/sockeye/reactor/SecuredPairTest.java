// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import sockeye.InetEndpoint;
import sockeye.reactor.ClientState.Connected;
import sockeye.reactor.ClientState.Waiting;
import sockeye.reactor.testing.RecordingProtocol;
import sockeye.reactor.testing.Simulator;
import sockeye.wire.TlsContext;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;

/** Layers in the simulator: TLS on a pair that is pumped by the step, and under a client. */
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // the states tell how it went
class SecuredPairTest {
    private static final InetEndpoint SERVER = InetEndpoint.of("192.0.2.1", 7);

    private static Tls server() throws IOException {
        return Tls.server(TlsContext.of(TlsPeers.server()));
    }

    private static Tls client() throws IOException {
        return Tls.client(TlsContext.of(TlsPeers.client()), "localhost");
    }

    @Test
    @Tag("D7-03")
    void aPairUnderTlsIsPumpedStepByStep() throws Exception {
        var left = new RecordingProtocol();
        var right = RecordingProtocol.around((transport, bytes) -> transport.write(bytes));
        try (var simulator = Simulator.of(1)) {
            simulator.pair(client().over(left), server().over(right));
            int steps = 0;
            while (left.calls().isEmpty()) {
                assertTrue(simulator.step(), "nothing more happens");
                steps++;
            }
            assertTrue(steps > 5, "no handshake in " + steps + " steps");
            left.transport().write("ping");
            while (left.bytes().length < 4) {
                assertTrue(simulator.step(), "nothing more happens");
            }
            assertEquals("ping", left.text());
            assertEquals("ping", right.text());
            left.transport().close();
            simulator.settle();
            assertTrue(right.isClosed());
        }
    }

    @Test
    @Tag("D2-12")
    void aClientUnderTlsComesAgain() throws Exception {
        var accepted = new ArrayList<RecordingProtocol>();
        try (var simulator = Simulator.of(1)) {
            Reactor reactor = simulator.reactor();
            reactor.listen(
                    SERVER,
                    server().over(() -> {
                        accepted.add(new RecordingProtocol());
                        return accepted.getLast();
                    }));
            var service =
                    ClientService.streams(
                            reactor,
                            SERVER,
                            client().over(RecordingProtocol::new),
                            ClientSettings.defaults());
            service.start();
            simulator.advance(Duration.ofSeconds(1));
            var first = assertInstanceOf(Connected.class, service.state());
            accepted.getFirst().transport().abort();
            simulator.advance(Duration.ofMillis(500));
            assertInstanceOf(Waiting.class, service.state());
            assertFalse(((Transport) first.transport()).isOpen());
            simulator.advance(Duration.ofSeconds(5));
            assertInstanceOf(Connected.class, service.state());
            service.whenConnected().join().write("hello");
            simulator.advance(Duration.ofSeconds(1));
            assertEquals("hello", accepted.getLast().text());
            assertEquals(2, accepted.size());
        }
    }
}
