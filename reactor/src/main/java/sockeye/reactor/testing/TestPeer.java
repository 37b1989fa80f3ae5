// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.testing;

import org.jspecify.annotations.Nullable;

import sockeye.reactor.Protocol;
import sockeye.reactor.Transcript;
import sockeye.reactor.Transport;

import java.time.Duration;

/**
 * The other end of a protocol's connection, in the hand of a test: it sends what the protocol shall
 * receive, and sees what the protocol has written.
 *
 * <pre>{@code
 * try (var peer = TestPeer.of(new Greeter())) {
 *     peer.send("hello\n");
 *     assertEquals("hello yourself\n", peer.text());
 *     peer.end();
 *     assertFalse(peer.transport().isOpen());
 * }
 * }</pre>
 *
 * <p>The protocol has a transport like any other, of a {@link Simulator} whose network takes no
 * time; so all rules of transports hold. Each call here lets happen what follows from it at once,
 * and no time pass: for timers there is {@link #simulator()}.
 */
public final class TestPeer implements AutoCloseable {
    private final Simulator simulator;
    private final boolean owned;
    private final RecordingProtocol hand = new RecordingProtocol();
    private final Transport transport;

    private TestPeer(Simulator simulator, boolean owned, Protocol protocol) {
        this.simulator = simulator;
        this.owned = owned;
        this.transport = simulator.pair(protocol, hand).left();
        happen();
    }

    /** The peer of a protocol, in a network that takes no time. */
    public static TestPeer of(Protocol protocol) {
        return new TestPeer(Simulator.of(1, SimulatorSettings.PLAIN), true, protocol);
    }

    /** The peer of one more protocol in a network, whose delays the test lets pass. */
    public static TestPeer of(Simulator simulator, Protocol protocol) {
        return new TestPeer(simulator, false, protocol);
    }

    private void happen() {
        simulator.advance(Duration.ZERO);
    }

    /** The network, and its time. */
    public Simulator simulator() {
        return simulator;
    }

    /** The protocol's transport: what is pending, whether it is paused, closed. */
    public Transport transport() {
        return transport;
    }

    /** Sends bytes to the protocol. */
    public TestPeer send(byte[] bytes) {
        hand.transport().write(bytes);
        happen();
        return this;
    }

    /** Sends text in UTF-8 to the protocol. */
    public TestPeer send(String text) {
        hand.transport().write(text);
        happen();
        return this;
    }

    /**
     * Does to the protocol what was done to that of a recording, at the times of the recording:
     * sends what it was shown, ends, and breaks the connection where its end had a reason. What the
     * protocol does about it is its own affair.
     */
    public TestPeer play(Transcript recording) {
        long now = 0;
        for (Transcript.Event each : recording.events()) {
            simulator.advance(Duration.ofNanos(each.at() - now));
            now = each.at();
            play(each);
        }
        return this;
    }

    private void play(Transcript.Event event) {
        switch (event.what()) {
            case RECEIVED -> {
                hand.transport().write(event.bytes());
                happen();
            }
            case ENDED -> end();
            case CLOSED -> {
                if (event.bytes().hasRemaining() && !hand.isClosed()) {
                    reset();
                }
            }
            case OPENED, FAILED, WRITABLE, FULL, STOPPING, WRITE, PAUSE, RESUME -> {}
            case SHUTDOWN_INPUT, SHUTDOWN_OUTPUT, CLOSE, ABORT -> {}
        }
    }

    /** All that the protocol has written, as far as it has come. */
    public byte[] bytes() {
        return hand.bytes();
    }

    /** The same, as text in UTF-8. */
    public String text() {
        return hand.text();
    }

    /** Forgets what has been written so far. */
    public void clear() {
        hand.clear();
    }

    /** Receives no more: what the protocol writes fills the network's window, and then waits. */
    public void stall() {
        hand.transport().pause();
        happen();
    }

    /** Receives again. */
    public void unstall() {
        hand.transport().resume();
        happen();
    }

    /** Ends the sending; what the protocol writes is still received. */
    public void end() {
        hand.transport().shutdownOutput();
        happen();
    }

    /** Breaks the connection. */
    public void reset() {
        hand.transport().abort();
        happen();
    }

    /** Whether the protocol has ended its sending, or closed. */
    public boolean isEnded() {
        return hand.isEnded() || hand.isClosed();
    }

    /** Whether the connection is over, seen from here: both have ended, or either has reset. */
    public boolean isClosed() {
        return hand.isClosed();
    }

    /** What this end was told: null, or that the protocol has aborted. */
    public @Nullable Throwable why() {
        return hand.why();
    }

    /** Ends in order, and lets happen what follows; a network of its own is closed. */
    @Override
    public void close() {
        if (!hand.isClosed()) {
            hand.transport().close();
            happen();
        }
        if (owned) {
            simulator.close();
        }
    }
}
