// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.reactor.DescriptorPassing;
import sockeye.reactor.Protocol;
import sockeye.reactor.Reactor;
import sockeye.reactor.Transport;

import java.io.EOFException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A connection of bytes. What it is asked for changes its state; {@link #work()}, called when the
 * present callback is over, does what the state asks for.
 *
 * <pre>
 *   NEW ──► OPEN ──close──► CLOSING ──all sent──► LINGERING ──the peer's end, time, amount──┐
 *             │                 │                                                           ▼
 *             └──── abort, a failure, an exception ───────────────────────────────────►  DYING
 *                                                             the last operation has completed │
 *                                                                              CLOSED ◄────────┘
 * </pre>
 */
final class Connection extends Member implements TurnTransport, Operation.Owner {
    private enum State {
        NEW,
        OPEN,
        CLOSING,
        LINGERING,
        DYING,
        CLOSED
    }

    /** How much is read ahead for a protocol that is not to be called now. */
    private static final int AHEAD = 64 << 10;

    private final Channel channel;
    private final Receive receive;
    private final Send send;
    private @Nullable CompletableFuture<Transport> opening;
    private Protocol protocol;
    private @Nullable Turnwise turnwise;

    /** Whether the protocol has been changed in the present callback. */
    private boolean became;

    private State state = State.NEW;

    /** Whether the protocol knows of it, and so is told the end. */
    private boolean greeted;

    // Input.
    private boolean paused;
    private boolean peerEnded;
    private boolean endTold;
    // Whether the input is to end with what has come; whether there is more; whether it has.
    private boolean cutting;
    private boolean more;
    private boolean cut;

    /** What is shown to the protocol now. */
    private @Nullable Chunk shown;

    /** What was left unread or came while paused. */
    private final KeptInput kept;

    // For a protocol that goes by turns.
    private boolean quietDue;
    private boolean inBatch;
    private boolean provedDrained;
    private long provedIn;

    private @Nullable UnixPassing passing;

    // Output.
    private final OutputQueue output;
    private @Nullable FileOutput files;
    private @Nullable Runnable whenWritable;
    private int lowMark = LOW_MARK;
    private int highMark = HIGH_MARK;
    private boolean full;
    private boolean fullTold;
    private boolean finishing;
    private boolean finished;

    // The end.
    private @Nullable Throwable why;
    private boolean reset;
    private int thrownAway;
    private Timers.@Nullable Call lingering;

    Connection(
            Loop loop,
            Channel channel,
            Protocol protocol,
            @Nullable CompletableFuture<Transport> opening) {
        super(loop);
        this.channel = channel;
        this.protocol = protocol;
        this.turnwise = Turnwise.of(protocol);
        this.opening = opening;
        this.receive = new Receive(channel, this);
        this.send = new Send(channel, this);
        this.output = new OutputQueue(loop.driverInUse());
        this.kept = new KeptInput(loop.driverInUse());
        loop.add(this);
        soon();
    }

    // What completes.

    @Override
    public void completed(Operation operation, int result) {
        enter();
        inBatch = true;
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
        if (result > 0) {
            Chunk chunk = receive.take();
            more = false;
            provedDrained = receive.provesDrained();
            provedIn = loop.turns();
            switch (state) {
                case OPEN -> {
                    if (!kept.isEmpty() || !mayShow()) {
                        kept.add(chunk);
                    } else {
                        show(chunk, chunk.start, chunk.end);
                        chunk.release();
                    }
                }
                case NEW -> kept.add(chunk);
                case LINGERING, CLOSING -> {
                    chunk.release();
                    thrownAway += result;
                    if (thrownAway > loop.settings().lingerBytes()) {
                        die(null);
                    }
                }
                case DYING, CLOSED -> chunk.release();
            }
        } else if (result == 0) {
            peerEnded = true;
        } else if (result != Operation.ECANCELED) {
            fail("recv", result);
        }
    }

    private void sent(int result) {
        if (result >= 0) {
            output.drop(result);
            if (output.pending() <= lowMark && fullTold) {
                // Not before: who has seen it full waits for the call that ends it.
                full = false;
            }
        } else if (result != Operation.ECANCELED) {
            fail("send", result);
        }
    }

    private void fail(String operation, int result) {
        if (state.compareTo(State.LINGERING) < 0) {
            die(channel.failure(operation, result, null));
        } else {
            die(null);
        }
    }

    @Override
    void die(@Nullable Throwable reason) {
        if (state.compareTo(State.DYING) >= 0) {
            if (files != null && files.notice()) {
                soon();
            }
            return;
        }
        if (state == State.NEW) {
            endTold = true;
        }
        state = State.DYING;
        why = why == null ? reason : why;
        reset |= reason != null;
        soon();
    }

    // What is to be done.

    @Override
    boolean isOver() {
        return state == State.CLOSED;
    }

    @Override
    void work() {
        if (state == State.NEW) {
            open();
        }
        if (state == State.OPEN) {
            input();
        }
        if (state != State.DYING && state != State.CLOSED) {
            output();
        }
        arm();
        if (state == State.DYING && receive.isIdle() && sendsNothing()) {
            conclude();
        }
    }

    private void open() {
        CompletableFuture<Transport> told = opening;
        if (told != null && told.isDone()) {
            die(aborted()); // nobody wants it any more
            return;
        }
        state = State.OPEN;
        greeted = true;
        try {
            protocol.opened(this);
            quietDue = turnwise != null;
        } catch (Throwable thrown) {
            die(thrown);
        }
        if (told != null) {
            opening = null;
            if (protocol instanceof LayerTransport layer) {
                layer.tell(told);
            } else if (!told.complete(this)) {
                die(aborted());
            }
        }
    }

    private boolean mayShow() {
        return !paused && (turnwise == null || output.pending() == 0);
    }

    /** What was kept, and the end, as far as the protocol wants them now. */
    private void input() {
        if (cutting && !cut && !peerEnded && receive.isIdle() && kept.isEmpty() && mayShow()) {
            more = loop.driverInUse().hasInput(channel);
            cut = !more;
        }
        while (state == State.OPEN && !kept.isEmpty() && mayShow()) {
            int from = kept.from();
            int to = kept.to();
            Chunk chunk = kept.take();
            show(chunk, from, to);
            chunk.release();
        }
        boolean over = peerEnded || cut;
        if (state == State.OPEN && over && !endTold && kept.isEmpty() && mayShow()) {
            endTold = true;
            quietDue = turnwise != null;
            try {
                protocol.ended(this);
            } catch (Throwable thrown) {
                die(thrown);
            }
        }
        if (quietDue && state == State.OPEN && kept.isEmpty() && mayShow()) {
            quiet();
        }
    }

    private void quiet() {
        Turnwise told = turnwise;
        if (inBatch) {
            // More of what this turn has brought may be for us.
            loop.soon(this);
            return;
        }
        quietDue = false;
        boolean proved = provedDrained && loop.turns() - provedIn <= 1;
        if (told != null && (endTold || proved || !loop.driverInUse().hasInput(channel))) {
            provedDrained = false;
            try {
                told.quiet(this);
            } catch (Throwable thrown) {
                die(thrown);
            }
        }
    }

    @Override
    public void lookForQuiet() {
        quietDue = true;
        loop.soon(this);
    }

    /** Whether something has come that was not shown. */
    boolean hasInput() {
        return !kept.isEmpty() || loop.driverInUse().hasInput(channel);
    }

    /** Shows bytes to the protocol, and keeps what it leaves. */
    private void show(Chunk chunk, int from, int to) {
        ByteBuffer view = chunk.view.clear().limit(to).position(from);
        became = false;
        shown = chunk;
        try {
            if (passing != null) {
                passing.deliver(chunk);
            }
            protocol.received(this, view);
        } catch (Throwable thrown) {
            die(thrown);
            return;
        } finally {
            shown = null;
        }
        quietDue = turnwise != null;
        if (view.hasRemaining() && state == State.OPEN) {
            if (became) {
                // It has left the rest to another.
                loop.soon(this);
            } else if (turnwise == null) {
                paused = true;
            } else if (output.pending() == 0 && !paused) {
                die(new IllegalStateException("a machine neither consumed input nor answered"));
                return;
            }
            kept.addFirst(chunk, view.position(), view.limit());
        }
    }

    private void output() {
        Chunk head = output.first();
        if (head != null && sendsNothing()) {
            FilePart part = head.file;
            if (part != null && files != null) {
                files.send(part);
            } else {
                send.head = head;
                loop.driverInUse().submit(send);
            }
        }
        if (full != fullTold && state == State.OPEN) {
            fullTold = full;
            try {
                protocol.writable(this, !full);
            } catch (Throwable thrown) {
                die(thrown);
                return;
            }
            full &= output.pending() > lowMark;
            if (full != fullTold || (!output.isEmpty() && sendsNothing())) {
                loop.soon(this);
            }
            tellWritable();
        }
        if (!send.isIdle() || !output.isEmpty()) {
            return;
        }
        if (finishing && !finished) {
            finish();
        }
        if (state == State.CLOSING) {
            linger();
        }
        if (finished && peerEnded && endTold) {
            die(null);
        }
    }

    /** Neither the driver nor a thread has something to send. */
    private boolean sendsNothing() {
        return send.isIdle() && (files == null || files.isIdle());
    }

    private void tellWritable() {
        Runnable told = whenWritable;
        if (told != null && !full) {
            whenWritable = null;
            told.run();
        }
    }

    private void finish() {
        finished = true;
        if (channel.lingers()) {
            loop.driverInUse().shutdownOutput(channel);
        }
    }

    private void linger() {
        long nanos = Timers.nanos(loop.settings().lingerTime());
        if (peerEnded || nanos == 0 || !channel.lingers()) {
            die(null);
            return;
        }
        finish();
        state = State.LINGERING;
        Timers.Call limit = loop.timer(() -> die(null));
        lingering = limit;
        limit.reset(nanos);
    }

    /** Receives or not, as the state has it. */
    private void arm() {
        boolean wants =
                switch (state) {
                    case OPEN ->
                            !paused && !peerEnded && kept.bytes() < AHEAD && (!cutting || more);
                    case LINGERING -> !peerEnded;
                    case NEW, CLOSING, DYING, CLOSED -> false;
                };
        if (state == State.LINGERING && peerEnded) {
            die(null);
        }
        int descriptors = passing == null ? 0 : passing.most();
        if (wants && receive.isIdle()) {
            receive.descriptors = descriptors;
            loop.driverInUse().submit(receive);
        } else if ((!wants || receive.descriptors != descriptors) && !receive.isIdle()) {
            loop.driverInUse().cancel(receive);
        }
        if (state == State.DYING && !send.isIdle()) {
            loop.driverInUse().cancel(send);
        }
        if (state == State.DYING && files != null) {
            files.cancel();
        }
    }

    private void conclude() {
        state = State.CLOSED;
        if (lingering != null) {
            lingering.cancel();
        }
        output.clear(why == null ? aborted() : why);
        kept.clear();
        loop.driverInUse().close(channel, reset);
        loop.remove(this);
        full = false;
        tellWritable();
        CompletableFuture<Transport> told = opening;
        if (told != null) {
            opening = null;
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

    // Writing.

    /** Whether nothing more is taken, for it would go nowhere. */
    private boolean takesNothing() {
        loop.check();
        return state.compareTo(State.OPEN) > 0 || finishing;
    }

    private void wrote() {
        full |= output.pending() > highMark;
        soon();
    }

    @Override
    public void write(ByteBuffer bytes) {
        if (takesNothing()) {
            bytes.position(bytes.limit());
        } else {
            output.add(bytes, shown);
            wrote();
        }
    }

    /** The same with descriptors beside the first of the bytes. */
    void write(ByteBuffer bytes, Passing with) {
        if (takesNothing()) {
            with.close();
            bytes.position(bytes.limit());
        } else {
            output.add(bytes, with);
            wrote();
        }
    }

    /** Whether files can go out by the kernel. */
    boolean sendsFiles() {
        return channel instanceof KernelChannel;
    }

    /** Queues part of a file behind what was written. */
    CompletableFuture<Long> send(FilePart part) {
        if (takesNothing() || part.left() == 0) {
            part.end(part.left() == 0);
        } else {
            if (files == null) {
                files = new FileOutput(this, (KernelChannel) channel);
            }
            output.add(part);
            wrote();
        }
        return part.told;
    }

    /** What came of a portion of a file: how much was taken, or a negated errno. */
    void fileSent(long result) {
        if (result > 0) {
            sent((int) result);
        } else if (result == 0) {
            die(new EOFException("a file ended before all was sent that was to be"));
        } else {
            die(channel.failure("sendfile", (int) result, null));
        }
    }

    @Override
    public void whenWritable(Runnable task) {
        Runnable before = whenWritable;
        whenWritable =
                before == null
                        ? task
                        : () -> {
                            before.run();
                            task.run();
                        };
        soon();
    }

    // The transport.

    @Override
    public long pending() {
        return output.pending();
    }

    @Override
    public boolean isWritable() {
        return !full;
    }

    @Override
    public void marks(int low, int high) {
        loop.check();
        if (low < 0 || low > high) {
            throw new IllegalArgumentException("marks of %d and %d".formatted(low, high));
        }
        lowMark = low;
        highMark = high;
        full = full ? output.pending() > low || !fullTold : output.pending() > high;
        soon();
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
    public void shutdownOutput() {
        loop.check();
        if (!channel.halfCloses()) {
            throw new UnsupportedOperationException("this family ends both directions at once");
        }
        finishing = true;
        soon();
    }

    @Override
    public void close() {
        loop.check();
        if (state == State.OPEN || state == State.NEW) {
            if (state == State.NEW) {
                die(null);
                return;
            }
            state = State.CLOSING;
            soon();
        }
    }

    /** Closes in order, though something has gone wrong that is to be told. */
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
    public void become(Protocol next) {
        loop.check();
        protocol = next;
        became = true;
        turnsChanged();
    }

    @Override
    public void turnsChanged() {
        turnwise = Turnwise.of(protocol);
        quietDue = turnwise != null;
        soon();
    }

    @Override
    public Protocol protocol() {
        return protocol;
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
        if (state == State.CLOSED) {
            return Optional.empty();
        }
        return kind == DescriptorPassing.class && channel.isUnixStream()
                ? Optional.of(kind.cast(passing()))
                : channel.unwrap(kind);
    }

    private UnixPassing passing() {
        UnixPassing known = passing;
        if (known == null) {
            known = new UnixPassing(this);
            passing = known;
        }
        return known;
    }

    @Override
    public String toString() {
        return "Transport[" + state + ", " + peer() + "]";
    }
}
