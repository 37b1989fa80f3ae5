// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.reactor.Protocol;
import sockeye.reactor.Reactor;
import sockeye.reactor.Transport;
import sockeye.wire.PeerFacts;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;

/**
 * What a layer is to the transport below, a protocol, and to the protocol above, a transport. As it
 * stands it hands on everything in both directions; a layer overrides what it changes, and calls
 * {@code super} for the rest.
 *
 * <p>What is {@linkplain #deliver delivered} may be the very buffer that came from below. Then what
 * the protocol above leaves unread stays below, pausing and resuming need nothing, and an echo
 * still has no copy. A layer that delivers bytes of its own keeps what is left of them itself.
 */
public abstract class LayerTransport implements TurnTransport, Turnwise {
    private @Nullable Transport below;
    private Protocol protocol;

    /** Whether the protocol above knows of it, and so is told the end. */
    private boolean risen;

    /** Whether it has thrown when it was told. */
    private boolean refused;

    /** Whether the transport below was told to be full before there was anybody to be told. */
    private boolean full;

    /** Whether the protocol was changed while it was shown something. */
    private boolean became;

    private @Nullable Throwable failure;
    private @Nullable CompletableFuture<Transport> opening;

    /** Beneath this protocol. */
    protected LayerTransport(Protocol above) {
        this.protocol = above;
    }

    /** What it stands on, from {@link #opened} on. */
    protected final Transport below() {
        Transport known = below;
        if (known == null) {
            throw new IllegalStateException("the layer is not open");
        }
        return known;
    }

    /** Whether the protocol above has been told that it is open. */
    protected final boolean isRisen() {
        return risen;
    }

    // What the transport below tells.

    /** The protocol above is told at once, unless overridden; then {@link #rise} does it later. */
    @Override
    public void opened(Transport lower) throws Exception {
        attach(lower);
        rise();
    }

    /** Notes what it stands on; for {@link #opened}. */
    protected final void attach(Transport lower) {
        below = lower;
    }

    /** Tells the protocol above that it is open. An exception of it ends the connection. */
    protected final void rise() {
        risen = true;
        turnsChanged();
        try {
            protocol.opened(this);
            if (full) {
                protocol.writable(this, false);
            }
        } catch (Throwable thrown) {
            refused = true; // the end tells who has asked for it
            fail(thrown);
        }
        tellOpen();
    }

    private void tellOpen() {
        CompletableFuture<Transport> told = opening;
        if (told != null && risen && !refused) {
            opening = null;
            if (protocol instanceof LayerTransport next) {
                next.tell(told);
            } else {
                told.complete(this);
            }
        }
    }

    /** Has this completed when the last protocol above is open, with the transport of that. */
    final void tell(CompletableFuture<Transport> told) {
        opening = told;
        var _ =
                told.whenComplete((made, thrown) -> {
                    // Cancelled, or not within the time that somebody gave it.
                    if (told.isCancelled() || thrown instanceof TimeoutException) {
                        abandon();
                    }
                });
        tellOpen();
    }

    /** Nobody waits for it any more; a future may be cancelled by any thread. */
    private void abandon() {
        Transport known = below;
        if (known != null) {
            try {
                known.reactor().execute(known::abort);
            } catch (RejectedExecutionException closedAlready) {
                // And so is this.
            }
        }
    }

    @Override
    public void received(Transport lower, ByteBuffer bytes) throws Exception {
        deliver(bytes);
    }

    /**
     * Shows bytes to the protocol above, and what it leaves to the next one if there is another
     * then.
     */
    protected final void deliver(ByteBuffer bytes) throws Exception {
        do {
            became = false;
            protocol.received(this, bytes);
        } while (became && bytes.hasRemaining() && mayShow());
    }

    /** Whether the protocol above wants to be shown something now. */
    protected final boolean mayShow() {
        return isOpen() && !isPaused() && (Turnwise.of(protocol) == null || pending() == 0);
    }

    @Override
    public void ended(Transport lower) throws Exception {
        if (risen) {
            protocol.ended(this);
        } else {
            lower.close();
        }
    }

    @Override
    public void stopping(Transport lower) throws Exception {
        if (risen) {
            protocol.stopping(this);
        } else {
            lower.close();
        }
    }

    @Override
    public void writable(Transport lower, boolean writable) throws Exception {
        if (risen) {
            protocol.writable(this, writable);
        } else {
            full = !writable;
        }
    }

    @Override
    public void closed(Transport lower, @Nullable Throwable why) throws Exception {
        below = lower;
        Throwable reason = why == null ? failure : why;
        CompletableFuture<Transport> told = opening;
        if (told != null) {
            opening = null;
            told.completeExceptionally(reason == null ? Member.aborted() : reason);
        }
        // A layer above that was never open knows what to do with this.
        if (risen || protocol instanceof LayerTransport) {
            protocol.closed(this, reason);
        }
    }

    @Override
    public boolean goesByTurns() {
        return risen && Turnwise.of(protocol) != null;
    }

    @Override
    public void quiet(TurnTransport lower) throws Exception {
        Turnwise by = Turnwise.of(protocol);
        if (by != null) {
            by.quiet(this);
        }
    }

    // The end by something that has gone wrong.

    /** Ends the connection at once; all protocols are told this. */
    protected final void fail(Throwable why) {
        Transport lower = below();
        note(lower, why);
        fail(lower, why);
    }

    static void fail(Transport transport, Throwable why) {
        switch (transport) {
            case Connection connection -> connection.die(why);
            case LayerTransport layer -> layer.fail(why);
            default -> transport.abort();
        }
    }

    /** Closes in order, though something has gone wrong: what was written last tells the peer. */
    static void end(Transport transport, Throwable why) {
        switch (transport) {
            case Connection connection -> connection.end(why);
            case LayerTransport layer -> layer.end(why);
            default -> transport.close();
        }
    }

    /** The same; a layer with something to say at the end says it before. */
    void end(Throwable why) {
        Transport lower = below();
        note(lower, why);
        end(lower, why);
    }

    private void note(Transport lower, Throwable why) {
        if (!(lower instanceof Connection) && !(lower instanceof LayerTransport)) {
            failure = why;
        }
    }

    /** Refuses threads that have no business here. */
    protected final void check() {
        if (below != null && below.reactor() instanceof Loop loop) {
            loop.check();
        }
    }

    // The transport.

    @Override
    public void write(ByteBuffer bytes) {
        below().write(bytes);
    }

    @Override
    public long pending() {
        return below().pending();
    }

    @Override
    public boolean isWritable() {
        return below().isWritable();
    }

    @Override
    public void marks(int low, int high) {
        below().marks(low, high);
    }

    @Override
    public void pause() {
        below().pause();
    }

    @Override
    public void resume() {
        below().resume();
    }

    @Override
    public boolean isPaused() {
        return below().isPaused();
    }

    @Override
    public void shutdownInput() {
        below().shutdownInput();
    }

    @Override
    public void shutdownOutput() {
        below().shutdownOutput();
    }

    @Override
    public void close() {
        below().close();
    }

    @Override
    public void abort() {
        below().abort();
    }

    @Override
    public boolean isOpen() {
        return below().isOpen();
    }

    @Override
    public void become(Protocol next) {
        protocol = next;
        became = true;
        turnsChanged();
    }

    @Override
    public void turnsChanged() {
        if (below instanceof TurnTransport lower) {
            lower.turnsChanged();
        }
    }

    @Override
    public void whenWritable(Runnable task) {
        if (below instanceof TurnTransport lower) {
            lower.whenWritable(task);
        } else {
            // Not one of ours, and none that tells.
            var _ = reactor().after(Duration.ofMillis(1), task);
        }
    }

    /** Whether what is written goes out as it is, so that the kernel may send in its place. */
    protected boolean passesBytesOn() {
        return false;
    }

    @Override
    public void lookForQuiet() {
        if (below instanceof TurnTransport lower) {
            lower.lookForQuiet();
        }
    }

    @Override
    public Protocol protocol() {
        return protocol;
    }

    @Override
    public Reactor reactor() {
        return below().reactor();
    }

    @Override
    public @Nullable Endpoint peer() {
        return below().peer();
    }

    @Override
    public @Nullable Endpoint local() {
        return below().local();
    }

    @Override
    public <T> Optional<T> unwrap(Class<T> kind) {
        if (kind == PeerFacts.class) {
            return Optional.of(kind.cast(new TransportFacts(this)));
        }
        return kind.isInstance(this) ? Optional.of(kind.cast(this)) : below().unwrap(kind);
    }

    @Override
    public String toString() {
        return getClass().getSimpleName() + " over " + below;
    }
}
