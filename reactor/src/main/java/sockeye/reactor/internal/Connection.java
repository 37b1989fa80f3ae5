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

    private final Channel channel;
    private final Intake intake;
    private final Send send;
    private @Nullable CompletableFuture<Transport> opening;
    private Protocol protocol;
    private State state = State.NEW;

    /** Whether the protocol knows of it, and so is told the end. */
    private boolean greeted;

    // Output.
    final OutputQueue output;
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
        this.opening = opening;
        this.intake = new Intake(this, channel);
        this.send = channel.send(this);
        this.finishing = channel.isInputAlone();
        this.finished = finishing;
        this.output = new OutputQueue(loop.driverInUse());
        intake.turnsBy(Turnwise.of(protocol));
        loop.add(this);
        soon();
    }

    // What completes.

    @Override
    public void completed(Operation operation, int result) {
        enter();
        intake.inBatch(true);
        try {
            if (intake.is(operation)) {
                received(result);
            } else {
                sent(result);
            }
        } finally {
            leave();
            intake.inBatch(false);
        }
    }

    private void received(int result) {
        if (result > 0) {
            Chunk chunk = intake.take();
            switch (state) {
                case OPEN -> intake.came(chunk);
                case NEW -> intake.keep(chunk);
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
            intake.peerEnded();
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
        } else if (result == Operation.EPIPE && state == State.OPEN && channel.readsOn()) {
            // Told at the end, for what there is to read has nothing to do with it.
            why = channel.failure("send", result, null);
            output.clear(why);
            full &= !fullTold;
            finishing = true;
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
            intake.tellNoEnd();
        }
        state = State.DYING;
        why = why == null ? reason : why;
        reset |= reason != null;
        soon();
    }

    @Override
    void askToEnd() {
        if (isOpen()) {
            try {
                protocol.stopping(this);
            } catch (Throwable thrown) {
                die(thrown);
            }
        }
    }

    @Override
    boolean isLeaving() {
        return !isOpen() && output.pending() == 0;
    }

    @Override
    long unsent() {
        return output.pending();
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
            intake.work();
        }
        if (state != State.DYING && state != State.CLOSED) {
            output();
        }
        arm();
        if (state == State.DYING && intake.isIdle() && sendsNothing()) {
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
            intake.mayBeQuiet();
        } catch (Throwable thrown) {
            die(thrown); // which tells who has asked for it, too
            return;
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

    @Override
    public void lookForQuiet() {
        intake.lookForQuiet();
        loop.soon(this);
    }

    /** Whether something has come that was not shown. */
    boolean hasInput() {
        return intake.hasInput();
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
        if (finished && intake.isOver()) {
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
        if (channel.endsOutput()) {
            loop.driverInUse().shutdownOutput(channel);
        }
    }

    private void linger() {
        long nanos = Timers.nanos(loop.settings().lingerTime());
        if (intake.hasPeerEnded() || nanos == 0 || !channel.lingers()) {
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
                    case OPEN -> intake.wantsMore();
                    case LINGERING -> !intake.hasPeerEnded();
                    case NEW, CLOSING, DYING, CLOSED -> false;
                };
        if (state == State.LINGERING && !wants) {
            die(null);
        }
        if (state == State.DYING && !send.isIdle()) {
            intake.cancelWith(send);
        } else {
            intake.arm(wants);
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
        intake.clear();
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
            output.add(bytes, intake.shown());
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
        return channel.takesFiles();
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
        intake.pause();
        soon();
    }

    @Override
    public void resume() {
        loop.check();
        intake.resume();
        loop.soon(this); // though it is at work: what was kept has had its turn there
    }

    @Override
    public boolean isPaused() {
        return intake.isPaused();
    }

    @Override
    public void shutdownInput() {
        loop.check();
        intake.cut();
        loop.soon(this);
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
        intake.became();
        turnsChanged();
    }

    @Override
    public void turnsChanged() {
        intake.turnsBy(Turnwise.of(protocol));
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
                ? Optional.of(kind.cast(intake.passing()))
                : channel.unwrap(kind);
    }

    @Override
    public String toString() {
        return "Transport[" + state + ", " + peer() + "]";
    }
}
