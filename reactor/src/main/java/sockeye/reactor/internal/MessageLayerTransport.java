// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.reactor.MessageProtocol;
import sockeye.reactor.MessageTransport;
import sockeye.reactor.Reactor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeoutException;

/**
 * What a layer is to the socket of messages below, a protocol, and to the protocol above, a
 * transport. As it stands it hands on everything in both directions; a layer overrides what it
 * changes, and calls {@code super} for the rest. All that is sent comes through {@link #pass}.
 */
abstract class MessageLayerTransport implements MessageOutlet, MessageProtocol {
    private @Nullable MessageTransport below;
    private @Nullable MessageConnection lowest;
    private MessageProtocol protocol;

    /** Whether the protocol above knows of it, and so is told the end. */
    private boolean risen;

    /** Whether it has thrown when it was told. */
    private boolean refused;

    /** Whether the transport below was told to be full before there was anybody to be told. */
    private boolean full;

    private @Nullable Throwable failure;
    private @Nullable CompletableFuture<MessageTransport> opening;

    /** Beneath this protocol. */
    MessageLayerTransport(MessageProtocol above) {
        this.protocol = above;
    }

    /** What it stands on, from {@link #opened} on. */
    final MessageTransport below() {
        MessageTransport known = below;
        if (known == null) {
            throw new IllegalStateException("the layer is not open");
        }
        return known;
    }

    /** The socket below all layers. */
    final MessageConnection lowest() {
        MessageConnection known = lowest;
        if (known == null) {
            known = MessageConnection.below(below());
            lowest = known;
        }
        return known;
    }

    final MessageProtocol protocol() {
        return protocol;
    }

    /** Has another protocol, before this one was told anything. */
    final void become(MessageProtocol next) {
        protocol = next;
    }

    /** Whether the protocol above has been told that it is open. */
    final boolean isRisen() {
        return risen;
    }

    // What the transport below tells.

    /** The protocol above is told at once, unless overridden; then {@link #rise} does it later. */
    @Override
    public void opened(MessageTransport lower) throws Exception {
        attach(lower);
        rise();
    }

    /** Notes what it stands on; for {@link #opened}. */
    final void attach(MessageTransport lower) {
        below = lower;
    }

    /** Tells the protocol above that it is open. An exception of it ends the socket. */
    final void rise() {
        risen = true;
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
        CompletableFuture<MessageTransport> told = opening;
        if (told != null && risen && !refused) {
            opening = null;
            if (protocol instanceof MessageLayerTransport next) {
                next.tell(told);
            } else {
                told.complete(this);
            }
        }
    }

    /** Has this completed when the last protocol above is open, with the transport of that. */
    final void tell(CompletableFuture<MessageTransport> told) {
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
        MessageTransport known = below;
        if (known != null) {
            try {
                known.reactor().execute(known::abort);
            } catch (RejectedExecutionException closedAlready) {
                // And so is this.
            }
        }
    }

    @Override
    public void received(MessageTransport lower, ByteBuffer message) throws Exception {
        protocol.received(this, message);
    }

    @Override
    public void failed(MessageTransport lower, IOException why) throws Exception {
        if (risen) {
            protocol.failed(this, why);
        }
    }

    @Override
    public void ended(MessageTransport lower) throws Exception {
        if (risen) {
            protocol.ended(this);
        } else {
            lower.close();
        }
    }

    @Override
    public void stopping(MessageTransport lower) throws Exception {
        if (risen) {
            protocol.stopping(this);
        } else {
            lower.close();
        }
    }

    @Override
    public void writable(MessageTransport lower, boolean writable) throws Exception {
        if (risen) {
            protocol.writable(this, writable);
        } else {
            full = !writable;
        }
    }

    @Override
    public void closed(MessageTransport lower, @Nullable Throwable why) throws Exception {
        below = lower;
        Throwable reason = why == null ? failure : why;
        CompletableFuture<MessageTransport> told = opening;
        if (told != null) {
            opening = null;
            told.completeExceptionally(reason == null ? Member.aborted() : reason);
        }
        // A layer above that was never open knows what to do with this.
        if (risen || protocol instanceof MessageLayerTransport) {
            protocol.closed(this, reason);
        }
    }

    // The end by something that has gone wrong.

    /** Ends the socket at once; all protocols are told this. */
    final void fail(Throwable why) {
        MessageTransport lower = below();
        switch (lower) {
            case MessageConnection connection -> connection.die(why);
            case MessageLayerTransport layer -> layer.fail(why);
            default -> {
                failure = why;
                lower.abort();
            }
        }
    }

    /** Closes in order, though something has gone wrong. */
    void end(Throwable why) {
        MessageTransport lower = below();
        switch (lower) {
            case MessageConnection connection -> connection.end(why);
            case MessageLayerTransport layer -> layer.end(why);
            default -> {
                failure = why;
                lower.close();
            }
        }
    }

    /** Refuses threads that have no business here. */
    final void check() {
        if (below != null && below.reactor() instanceof Loop loop) {
            loop.check();
        }
    }

    // Sending.

    @Override
    public final @Nullable Chunk prepare(ByteBuffer message, @Nullable Endpoint peer) {
        check();
        return isOpen() ? outlet().prepare(message, peer) : nothing(message);
    }

    @Override
    public final @Nullable Chunk prepareReply(ByteBuffer message) {
        check();
        return isOpen() ? outlet().prepareReply(message) : nothing(message);
    }

    private static @Nullable Chunk nothing(ByteBuffer message) {
        message.position(message.limit());
        return null;
    }

    private MessageOutlet outlet() {
        return below() instanceof MessageOutlet outlet ? outlet : lowest();
    }

    @Override
    public final void dispatch(@Nullable Chunk message) {
        if (message != null) {
            pass(message);
        }
    }

    /** Hands on a message that is sent, which is this layer's until then. */
    void pass(Chunk message) {
        MessageTransport lower = below();
        if (lower instanceof MessageOutlet outlet) {
            outlet.dispatch(message);
            return;
        }
        // Not one of ours.
        try {
            Endpoint peer = message.nameLength == 0 ? null : lowest().channel.decode(message);
            if (peer == null) {
                lower.send(message.show());
            } else {
                lower.send(message.show(), peer);
            }
        } finally {
            message.release();
        }
    }

    // The transport.

    @Override
    public CompletableFuture<Void> connect(Endpoint peer) {
        return below().connect(peer);
    }

    @Override
    public CompletableFuture<Void> disconnect() {
        return below().disconnect();
    }

    @Override
    public @Nullable Endpoint sender() {
        return below().sender();
    }

    @Override
    public boolean isTruncated() {
        return below().isTruncated();
    }

    @Override
    public boolean isConnection() {
        return below().isConnection();
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
        return kind.isInstance(this) ? Optional.of(kind.cast(this)) : below().unwrap(kind);
    }

    @Override
    public String toString() {
        return getClass().getSimpleName() + " over " + below;
    }
}
