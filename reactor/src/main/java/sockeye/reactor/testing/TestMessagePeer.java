// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.testing;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.EndpointSpec;
import sockeye.InetEndpoint;
import sockeye.reactor.MessageProtocol;
import sockeye.reactor.MessageTransport;
import sockeye.reactor.Transcript;
import sockeye.reactor.testing.RecordingMessages.Passed;

import java.io.IOException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * All the peers of a protocol of datagrams, in the hand of a test: messages come from any address,
 * and what the protocol sends is seen, wherever it goes.
 *
 * <pre>{@code
 * try (var peers = TestMessagePeer.of(new Counter())) {
 *     peers.send(InetEndpoint.of("192.0.2.9", 53), "again");
 *     assertEquals("1", peers.sent().getFirst().text());
 * }
 * }</pre>
 *
 * <p>As with {@link TestPeer} no time passes.
 */
public final class TestMessagePeer implements AutoCloseable {
    private static final InetEndpoint LOCAL = InetEndpoint.of("192.0.2.1", 7);
    private static final InetEndpoint STRANGER = InetEndpoint.of("192.0.2.2", 7);

    private final Simulator simulator = Simulator.of(1, SimulatorSettings.PLAIN);
    private final List<Passed> sent = new ArrayList<>();
    private final MessageTransport transport;

    private TestMessagePeer(MessageProtocol protocol) {
        simulator.simulation().stray((to, payload) -> sent.add(new Passed(to, payload)));
        try {
            transport = simulator.reactor().bind(LOCAL, protocol);
        } catch (IOException impossible) {
            throw new AssertionError(impossible);
        }
        happen();
    }

    /** The peers of a protocol, which is bound to 192.0.2.1, port 7. */
    public static TestMessagePeer of(MessageProtocol protocol) {
        return new TestMessagePeer(protocol);
    }

    private void happen() {
        simulator.advance(Duration.ZERO);
    }

    /** The network, and its time. */
    public Simulator simulator() {
        return simulator;
    }

    /** The protocol's transport. */
    public MessageTransport transport() {
        return transport;
    }

    /** Sends a message to the protocol, as if from there. */
    public TestMessagePeer send(Endpoint from, byte[] payload) {
        simulator.simulation().deliver(from, LOCAL, payload);
        happen();
        return this;
    }

    /** The same of text in UTF-8. */
    public TestMessagePeer send(Endpoint from, String text) {
        return send(from, text.getBytes(StandardCharsets.UTF_8));
    }

    /**
     * Sends to the protocol what was sent to that of a {@linkplain Transcript#messageRecorder
     * recording}, at the times of the recording and from the same addresses; from 192.0.2.2, port
     * 7, where none was said. What the protocol does about it is its own affair.
     */
    public TestMessagePeer play(Transcript recording) {
        long now = 0;
        for (Transcript.Event each : recording.events()) {
            simulator.advance(Duration.ofNanos(each.at() - now));
            now = each.at();
            if (each.what() == Transcript.What.RECEIVED) {
                byte[] payload = new byte[each.bytes().remaining()];
                each.bytes().get(payload);
                send(named(each.peer()), payload);
            }
        }
        return this;
    }

    private static Endpoint named(@Nullable String text) {
        if (text == null) {
            return STRANGER;
        }
        try {
            boolean unix = text.startsWith("/") || text.startsWith("@");
            return unix
                    ? EndpointSpec.parse("unix-dgram:" + text).toEndpoint()
                    : InetEndpoint.parse(text);
        } catch (IllegalArgumentException | UnknownHostException ofAnotherFamily) {
            return STRANGER;
        }
    }

    /** What the protocol has sent, to whom. */
    public List<Passed> sent() {
        return List.copyOf(sent);
    }

    /** Forgets what has been sent so far. */
    public void clear() {
        sent.clear();
    }

    /** Closes the network, and the protocol's socket with it. */
    @Override
    public void close() {
        simulator.close();
    }
}
