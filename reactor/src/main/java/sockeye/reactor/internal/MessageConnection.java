// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.SocketType;
import sockeye.reactor.MessagePassing;
import sockeye.reactor.MessageProtocol;
import sockeye.reactor.MessageTransport;
import sockeye.reactor.Reactor;
import sockeye.reactor.Transport;

import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** A socket of messages; its work is done as that of a {@link Connection} is. */
final class MessageConnection extends Member implements MessageOutlet, Operation.Owner {
    /** What a datagram can have at most. */
    static final int LONGEST = 65_535;

    private static final int MSG_TRUNC = 0x20;
    private static final int TOO_LONG = -90;
    private static final int TOO_MANY_UNDER_WAY = -109;
    private static final long FIRST_PAUSE = 200_000;
    private static final long LONGEST_PAUSE = 20_000_000;

    private enum State {
        NEW,
        OPEN,
        CLOSING,
        DYING,
        CLOSED
    }

    final Channel channel;
    private final boolean connected;
    private final ReceiveMessage receive;
    private final SendMessage send;
    private final ArrayDeque<Chunk> kept = new ArrayDeque<>();
    private final MessageProtocol protocol;
    private @Nullable CompletableFuture<MessageTransport> opening;
    private State state = State.NEW;

    /** Whether the protocol knows of it, and so is told the end. */
    private boolean greeted;

    private boolean paused;
    private boolean peerEnded;
    private boolean endTold;

    // As in a connection of bytes.
    private boolean stopDue;
    private boolean cutting;
    private boolean moreToCut;
    private boolean cut;

    /** Whether somebody else has the socket. */
    private boolean leaving;

    private @Nullable Chunk shown;

    /** Whether more of what this turn has brought may be for us. */
    private boolean inBatch;

    private final MessageQueue output = new MessageQueue();
    private boolean full;
    private boolean fullTold;
    private boolean waiting;
    private long pause = FIRST_PAUSE;
    private Timers.@Nullable Call again;
    private @Nullable Patience patience;
    private @Nullable UnixMessagePassing passing;
    private @Nullable Association association;
    private @Nullable Throwable why;

    MessageConnection(
            Loop loop,
            Channel channel,
            MessageProtocol protocol,
            @Nullable CompletableFuture<MessageTransport> opening) {
        super(loop);
        this.channel = channel;
        this.connected = channel.type() == SocketType.SOCK_SEQPACKET;
        this.protocol = protocol;
        this.opening = opening;
        this.receive = new ReceiveMessage(channel, this);
        this.send = new SendMessage(channel, this);
        channel.askAddress();
        loop.add(this);
        soon();
    }

    @Override
    public void completed(Operation operation, int result) {
        enter();
        inBatch = operation == receive;
        try {
            if (operation == receive) {
                received(result);
            } else {
                sent(result);
            }
        } finally {
            leave();
            inBatch = false;
        }
    }

    private void received(int result) {
        Chunk chunk = receive.take();
        moreToCut = false;
        if (chunk != null) {
            if (state == State.OPEN && !paused && kept.isEmpty()) {
                show(chunk);
            } else if (state == State.OPEN || state == State.NEW) {
                kept.add(chunk);
            } else {
                discard(chunk);
            }
        } else if (result == 0) {
            peerEnded = true;
        } else if (result != Operation.ECANCELED && result != Operation.EAGAIN) {
            fail("recv", result, null);
        }
    }

    private void sent(int result) {
        Chunk message = output.first();
        if (message == null || result == Operation.ECANCELED) {
            return;
        }
        if (result == Operation.EAGAIN || result == Operation.ENOBUFS) {
            if (!waitsForRoom()) {
                fail("send", result, channel.decode(message));
                drop();
                return;
            }
            waiting = true;
            Timers.Call timer = again;
            if (timer == null) {
                timer =
                        loop.timer(() -> {
                            waiting = false;
                            soon();
                        });
                again = timer;
            }
            timer.reset(pause);
            pause = Math.min(pause * 2, LONGEST_PAUSE);
            return;
        }
        pause = FIRST_PAUSE;
        if (patience != null) {
            patience.relax();
        }
        if (result < 0) {
            fail("send", result, channel.decode(message));
            drop();
        }
        for (int i = 0; i < result; i++) {
            drop();
        }
    }

    private boolean waitsForRoom() {
        Patience mine = patience;
        return mine == null || connected || mine.waits(loop.nanos());
    }

    /** From now on what finds no room fails after a while, rather than wait for ever. */
    void losePatience() {
        patience = new Patience();
    }

    private void fail(String operation, int result, @Nullable Endpoint peer) {
        if (state.compareTo(State.DYING) >= 0) {
            return;
        }
        var failure = channel.failure(operation, result, peer);
        if (connected && result != TOO_LONG && result != TOO_MANY_UNDER_WAY) {
            die(failure);
            return;
        }
        call(() -> protocol.failed(this, failure));
    }

    private interface Callback {
        void run() throws Exception;
    }

    private void call(Callback callback) {
        try {
            callback.run();
        } catch (Throwable thrown) {
            die(thrown);
        }
    }

    private void show(Chunk chunk) {
        Passing came = chunk.passing;
        if (came != null) {
            chunk.passing = null;
            shown = chunk;
            call(() -> Objects.requireNonNull(passing).deliver(chunk, came, protocol));
            shown = null;
            if (came.isCut() || state != State.OPEN) {
                discard(chunk);
                return;
            }
            if (paused) {
                kept.addFirst(chunk);
                return;
            }
        }
        int end = chunk.end;
        int flags = chunk.flags;
        int size = chunk.segment == 0 ? Integer.MAX_VALUE : chunk.segment;
        do {
            int to = chunk.end - chunk.start > size ? chunk.start + size : end;
            chunk.end = to;
            // What was cut off, was cut off the last.
            chunk.flags = to < end ? flags & ~MSG_TRUNC : flags;
            shown = chunk;
            try {
                protocol.received(this, chunk.show());
            } catch (Throwable thrown) {
                die(thrown);
            } finally {
                shown = null;
            }
            chunk.start = to;
            chunk.end = end;
        } while (chunk.start < end && state == State.OPEN && !paused);
        chunk.flags = flags;
        if (chunk.start < end && state == State.OPEN) {
            // What was put together of several datagrams, of which not all are wanted now.
            kept.addFirst(chunk);
        } else {
            discard(chunk);
        }
    }

    private void discard(Chunk received) {
        channel.forget(received);
        received.release();
    }

    /** Receives no more, for somebody else does; what has come is shown, and then it closes. */
    void handOver() {
        leaving = true;
        soon();
    }

    @Override
    void askToEnd() {
        stopDue = true;
        soon();
    }

    @Override
    boolean isLeaving() {
        return state == State.DYING || state == State.CLOSED;
    }

    @Override
    long unsent() {
        return output.bytes();
    }

    @Override
    void die(@Nullable Throwable reason) {
        if (state.compareTo(State.DYING) < 0) {
            state = State.DYING;
            why = reason;
            soon();
        }
    }

    @Override
    boolean isOver() {
        return state == State.CLOSED;
    }

    @Override
    void work() {
        if (state == State.NEW) {
            open();
        }
        if (stopDue && state == State.OPEN) {
            stopDue = false;
            call(() -> protocol.stopping(this));
        }
        if (cutting && !cut && receive.isIdle() && kept.isEmpty() && !paused && !peerEnded) {
            moreToCut = loop.driverInUse().hasInput(channel);
            cut = !moreToCut;
        }
        Chunk next;
        while (state == State.OPEN && !paused && (next = kept.poll()) != null) {
            show(next);
        }
        if (state == State.OPEN && (peerEnded || cut) && !endTold && !paused) {
            endTold = true;
            call(() -> protocol.ended(this));
        }
        if (leaving && state == State.OPEN && receive.isIdle() && kept.isEmpty()) {
            state = State.CLOSING;
        }
        if (state == State.OPEN || state == State.CLOSING) {
            output();
        }
        arm();
        if (state == State.DYING && receive.isIdle() && send.isIdle()) {
            conclude();
        }
    }

    private void open() {
        CompletableFuture<MessageTransport> told = opening;
        if (told != null && told.isDone()) {
            die(aborted()); // nobody wants it any more
            return;
        }
        state = State.OPEN;
        greeted = true;
        try {
            protocol.opened(this);
        } catch (Throwable thrown) {
            die(thrown); // which tells who has asked for it, too
            return;
        }
        if (told != null) {
            opening = null;
            if (protocol instanceof MessageLayerTransport layer) {
                layer.tell(told);
            } else if (!told.complete(this)) {
                die(aborted());
            }
        }
    }

    private void output() {
        if (association != null && send.isIdle()) {
            association.carryOut();
        }
        Chunk first = output.first();
        if (send.isIdle() && first != null && !waiting && inBatch) {
            loop.soon(this);
        } else if (send.isIdle() && first != null && !waiting) {
            send.head = first;
            loop.driverInUse().submit(send);
        }
        if (full != fullTold && state == State.OPEN) {
            fullTold = full;
            boolean writable = !full;
            call(() -> protocol.writable(this, writable));
            full &= output.bytes() > Transport.LOW_MARK;
            loop.soon(this);
        }
        if (state == State.CLOSING && output.first() == null && send.isIdle()) {
            die(why);
        }
    }

    private void arm() {
        boolean ends = leaving || (cutting && !moreToCut);
        boolean wants = state == State.OPEN && !paused && !peerEnded && !ends;
        int descriptors = passing == null ? 0 : passing.most();
        boolean changes = association != null && association.isToChange();
        if (state == State.DYING && !receive.isIdle() && !send.isIdle()) {
            loop.driverInUse().cancelBoth(receive, send);
            return;
        }
        if (wants && receive.isIdle()) {
            receive.descriptors = descriptors;
            loop.driverInUse().submit(receive);
        } else if ((!wants || receive.descriptors != descriptors) && !receive.isIdle()) {
            loop.driverInUse().cancel(receive);
        }
        if ((state == State.DYING || changes) && !send.isIdle()) {
            loop.driverInUse().cancel(send);
        }
    }

    private void conclude() {
        state = State.CLOSED;
        if (again != null) {
            again.cancel();
        }
        output.clear();
        Chunk each;
        while ((each = kept.poll()) != null) {
            discard(each);
        }
        loop.driverInUse().close(channel, false);
        loop.remove(this);
        if (association != null) {
            association.giveUp(why == null ? aborted() : why);
        }
        CompletableFuture<MessageTransport> told = opening;
        if (told != null) {
            told.completeExceptionally(why == null ? aborted() : why);
        }
        if (!greeted) {
            return;
        }
        try {
            protocol.closed(this, why);
        } catch (Throwable thrown) {
            loop.report(thrown);
        }
        tellOver(why);
    }

    // Sending.

    /**
     * Sends a message.
     *
     * @param peer to whom; null for who it is connected to
     * @param with what goes beside it, from now on its
     */
    void send(ByteBuffer message, @Nullable Endpoint peer, @Nullable Passing with) {
        dispatch(prepare(message, peer, with));
    }

    @Override
    public @Nullable Chunk prepare(ByteBuffer message, @Nullable Endpoint peer) {
        loop.check();
        return prepare(message, peer, null);
    }

    private @Nullable Chunk prepare(
            ByteBuffer message, @Nullable Endpoint peer, @Nullable Passing with) {
        Chunk fresh = take(message, with);
        if (fresh != null && peer != null) {
            boolean done = false;
            try {
                fresh.nameLength = channel.encode(peer, fresh);
                done = true;
            } finally {
                if (!done) {
                    fresh.release();
                }
            }
        }
        return fresh;
    }

    void reply(ByteBuffer message, @Nullable Passing with) {
        dispatch(prepareReply(message, with));
    }

    @Override
    public @Nullable Chunk prepareReply(ByteBuffer message) {
        loop.check();
        return prepareReply(message, null);
    }

    private @Nullable Chunk prepareReply(ByteBuffer message, @Nullable Passing with) {
        Chunk asked = shown;
        if (asked == null || (asked.nameLength == 0 && !hasPeer())) {
            if (with != null) {
                with.close();
            }
            asked();
            message.position(message.limit());
            return null;
        }
        Chunk fresh = take(message, with);
        if (fresh != null && !connected) {
            fresh.nameLength = asked.nameLength;
            fresh.view.put(0, asked.view, asked.nameStart, asked.nameLength);
            channel.answerFrom(asked, fresh);
        }
        return fresh;
    }

    @Override
    public CompletableFuture<Void> connect(Endpoint peer) {
        return change(Objects.requireNonNull(peer));
    }

    @Override
    public CompletableFuture<Void> disconnect() {
        return change(null);
    }

    private CompletableFuture<Void> change(@Nullable Endpoint peer) {
        loop.check();
        if (connected) {
            throw new UnsupportedOperationException("a connection stays with its peer");
        }
        if (state.compareTo(State.OPEN) > 0) {
            return CompletableFuture.failedFuture(why == null ? aborted() : why);
        }
        Association mine = association;
        if (mine == null) {
            mine = new Association(channel, output);
            association = mine;
        }
        soon();
        return mine.change(peer);
    }

    private boolean hasPeer() {
        return connected || channel.peer() != null;
    }

    /** A chunk with the message, its name still to come; null if it is too late for any. */
    private @Nullable Chunk take(ByteBuffer message, @Nullable Passing with) {
        int length = message.remaining();
        int room = Chunk.NAME_BYTES + Chunk.CONTROL_BYTES + length;
        if (state.compareTo(State.OPEN) > 0) {
            message.position(message.limit());
            if (with != null) {
                with.close();
            }
            return null;
        }
        ChunkPool chunks = loop.driverInUse().chunks();
        Chunk fresh = room > ChunkPool.LARGE ? chunks.message() : chunks.forBytes(room);
        fresh.passing = with;
        if (room > fresh.capacity()) {
            fresh.release();
            throw new IllegalArgumentException("a message of " + length + " bytes");
        }
        fresh.nameStart = 0;
        fresh.controlStart = Chunk.NAME_BYTES;
        fresh.start = Chunk.NAME_BYTES + Chunk.CONTROL_BYTES;
        fresh.end = fresh.start;
        fresh.append(message);
        return fresh;
    }

    @Override
    public void dispatch(@Nullable Chunk message) {
        if (message == null) {
            return;
        }
        if (state.compareTo(State.OPEN) > 0) {
            message.release();
            return;
        }
        output.add(message);
        full |= output.bytes() > Transport.HIGH_MARK;
        soon();
    }

    private void drop() {
        output.drop();
        if (output.bytes() <= Transport.LOW_MARK && fullTold) {
            full = false;
        }
    }

    /** The message that is shown. */
    Chunk asked() {
        Chunk asked = shown;
        if (asked == null) {
            throw new IllegalStateException("only while a message is being received");
        }
        return asked;
    }

    @Override
    public @Nullable Endpoint sender() {
        loop.check();
        Chunk asked = asked();
        return connected ? channel.peer() : channel.decode(asked);
    }

    /** The socket below layers. */
    static MessageConnection below(MessageTransport transport) {
        return transport instanceof MessageConnection itself
                ? itself
                : transport.unwrap(MessageConnection.class).orElseThrow();
    }

    /** Whether something has come that was not shown. */
    boolean hasInput() {
        return !kept.isEmpty() || loop.driverInUse().hasInput(channel);
    }

    @Override
    public boolean isTruncated() {
        return (asked().flags & MSG_TRUNC) != 0;
    }

    // The transport.

    @Override
    public boolean isConnection() {
        return connected;
    }

    @Override
    public long pending() {
        return output.bytes();
    }

    @Override
    public boolean isWritable() {
        return !full;
    }

    @Override
    public void pause() {
        loop.check();
        paused = true;
        soon();
    }

    @Override
    public void resume() {
        loop.check();
        paused = false;
        soon();
    }

    @Override
    public boolean isPaused() {
        return paused;
    }

    @Override
    public void shutdownInput() {
        loop.check();
        cutting = true;
        soon();
    }

    @Override
    public void close() {
        loop.check();
        if (state == State.NEW) {
            die(null);
        } else if (state == State.OPEN) {
            state = State.CLOSING;
            soon();
        }
    }

    /** The same, though something has gone wrong. */
    void end(Throwable reason) {
        why = why == null ? reason : why;
        close();
    }

    @Override
    public void abort() {
        loop.check();
        die(aborted());
    }

    @Override
    public boolean isOpen() {
        return state == State.OPEN || state == State.NEW;
    }

    @Override
    public Reactor reactor() {
        return loop;
    }

    @Override
    public @Nullable Endpoint peer() {
        return state == State.CLOSED ? null : channel.peer();
    }

    @Override
    public @Nullable Endpoint local() {
        return state == State.CLOSED ? null : channel.local();
    }

    @Override
    public <T> Optional<T> unwrap(Class<T> kind) {
        loop.check();
        if (kind.isInstance(this)) {
            return Optional.of(kind.cast(this));
        }
        if (kind == MessagePassing.class && channel.isUnixMessages()) {
            if (passing == null) {
                passing = new UnixMessagePassing(this);
            }
            return Optional.of(kind.cast(passing));
        }
        return state == State.CLOSED ? Optional.empty() : channel.unwrap(kind);
    }

    @Override
    public String toString() {
        return "MessageTransport[" + state + ", " + local() + "]";
    }
}
