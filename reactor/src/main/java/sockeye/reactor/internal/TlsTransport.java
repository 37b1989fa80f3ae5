// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.reactor.DelayedCall;
import sockeye.reactor.DescriptorPassing;
import sockeye.reactor.DriverKind;
import sockeye.reactor.Protocol;
import sockeye.reactor.Transport;
import sockeye.wire.TlsDetails;
import sockeye.wire.TlsMachine;
import sockeye.wire.TlsStep;

import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;

import javax.net.ssl.SSLException;

/**
 * A {@link TlsMachine} on a transport, by the loops that stand there. It decrypts out of what the
 * transport below shows, and keeps of that only the beginning of a record; what nobody wants now is
 * left unread below.
 */
public final class TlsTransport extends LayerTransport {
    /** How much of what is written is gathered for one record. */
    private static final int GATHERED = 16 << 10;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final Function<Transport, TlsMachine> machines;
    private final Duration limit;
    private @Nullable TlsMachine made;
    private @Nullable DelayedCall deadline;

    private final TlsRooms held = new TlsRooms();

    /** Whether a task runs elsewhere, and the machine must be left alone. */
    private boolean working;

    /** Whether this is being called from below, and will see to everything before it returns. */
    private boolean inside;

    /** Whether it will be called by the loop to see to what is left. */
    private boolean scheduled;

    /** Whether the input has ended below, and what came before is still to be taken. */
    private boolean cut;

    /** Whether the end of the input is our own doing, and so no attack. */
    private boolean inputShut;

    private boolean paused;
    private boolean finishing;
    private boolean closing;
    private boolean finished;
    private boolean endTold;
    private boolean fullTold;
    private int highMark = HIGH_MARK;

    /** Beneath this protocol. */
    public TlsTransport(Function<Transport, TlsMachine> machines, Duration limit, Protocol above) {
        super(above);
        this.machines = machines;
        this.limit = limit;
    }

    private TlsMachine machine() {
        return Objects.requireNonNull(made, "not open");
    }

    // What the transport below tells.

    @Override
    public void opened(Transport lower) {
        attach(lower);
        made = machines.apply(lower);
        if (!limit.isZero()) {
            deadline = lower.reactor().after(limit, this::late);
        }
        send(NOTHING);
    }

    private void late() {
        fail(new SocketTimeoutException("TLS with " + peer() + ": no handshake in " + limit));
    }

    @Override
    public void received(Transport lower, ByteBuffer bytes) throws Exception {
        inside = true;
        try {
            input(bytes);
            flush();
            tellWritable();
            flush();
        } finally {
            inside = false;
        }
    }

    /** Takes what it can; what nobody wants now is left. */
    private void input(ByteBuffer bytes) throws Exception {
        while (bytes.hasRemaining()) {
            ByteBuffer begun = held.records;
            if (begun == null) {
                if (decrypt(bytes) && bytes.hasRemaining()) {
                    held.keep(bytes);
                }
                break;
            }
            TlsRooms.complete(begun, bytes);
            boolean more = decrypt(begun);
            held.records = TlsRooms.giveBack(begun);
            if (!more) {
                break;
            }
        }
        if (goesByTurns() && (working || paused) && bytes.hasRemaining()) {
            // Who goes by turns may leave something only if output is pending.
            held.keep(bytes);
            below().pause();
        }
    }

    /**
     * Takes records, and shows what is in them.
     *
     * @return true if more can be taken: what remains is the beginning of one; false if nobody
     *     wants more now
     */
    private boolean decrypt(ByteBuffer in) throws Exception {
        TlsMachine machine = machine();
        while (true) {
            if (!isAlive()) {
                in.position(in.limit());
                return true;
            }
            if (working || (isRisen() && !mayShow())) {
                return false;
            }
            ByteBuffer rest = held.plain;
            if (rest != null) {
                held.plain = null;
                show(rest);
                continue;
            }
            ByteBuffer room =
                    machine.isEstablished() ? TlsRooms.room(machine.plainRoom()) : NOTHING;
            TlsStep step;
            try {
                step = machine.receive(in, room);
            } catch (SSLException refused) {
                TlsRooms.recycle(room);
                refuse(refused);
                continue;
            }
            if (step == TlsStep.MOVED) {
                show(room.flip());
                continue;
            }
            TlsRooms.recycle(room);
            switch (step) {
                case INPUT -> {
                    return true;
                }
                case OUTPUT -> send(NOTHING);
                case TASK -> work();
                case ESTABLISHED -> {
                    send(NOTHING); // tickets
                    established();
                }
                case ENDED -> {
                    in.position(in.limit());
                    send(NOTHING); // TLS 1.2 wants an answer to close_notify
                    tellEnd();
                    return true;
                }
                case MOVED, IDLE, ROOM -> throw new AssertionError(step);
            }
        }
    }

    /** Neither closing nor lost. */
    private boolean isAlive() {
        return !closing && below().isOpen();
    }

    private void show(ByteBuffer bytes) throws Exception {
        boolean shown = false;
        try {
            deliver(bytes);
            shown = true;
        } finally {
            if (!shown) {
                TlsRooms.recycle(bytes);
            }
        }
        held.plain = TlsRooms.giveBack(bytes);
        if (held.plain != null && isAlive() && !paused) {
            if (Turnwise.of(protocol()) == null) {
                paused = true;
                below().pause();
            } else if (pending() == 0) {
                throw new IllegalStateException("a machine neither consumed input nor answered");
            }
        }
    }

    private void established() {
        DelayedCall armed = deadline;
        if (armed != null) {
            deadline = null;
            armed.cancel();
        }
        rise();
    }

    private void tellEnd() throws Exception {
        if (!endTold) {
            endTold = true;
            protocol().ended(this);
            lookForQuiet();
        }
        closeIfOver();
    }

    /** Both directions have ended, and the protocol knows. */
    private void closeIfOver() {
        if (finished && endTold && below().isOpen()) {
            below().close();
        }
    }

    @Override
    public void ended(Transport lower) throws Exception {
        cut = true;
        inside = true;
        try {
            endIfCut(takeUp());
            flush();
        } finally {
            inside = false;
        }
    }

    /** The end below is the end above when all that came before it has been taken. */
    private void endIfCut(boolean taken) throws Exception {
        if (!cut || !taken || working || !isAlive()) {
            return;
        }
        cut = false;
        try {
            machine().ended(inputShut);
        } catch (SSLException torn) {
            refuse(torn);
            return;
        }
        tellEnd();
    }

    @Override
    public void writable(Transport lower, boolean writable) throws Exception {
        inside = true;
        try {
            tellWritable();
            flush();
        } finally {
            inside = false;
        }
    }

    private void tellWritable() throws Exception {
        boolean full = !isWritable();
        if (isRisen() && full != fullTold && isAlive()) {
            fullTold = full;
            protocol().writable(this, !full);
        }
    }

    @Override
    public void quiet(TurnTransport lower) throws Exception {
        inside = true;
        try {
            if (held.isInput() || cut) {
                endIfCut(takeUp());
                flush();
            }
            if (held.plain == null && !working && mayShow()) {
                super.quiet(lower);
                flush();
            } else if (!working && pending() > 0) {
                // What this has brought about is to be sent first; then comes the rest.
                lookForQuiet();
            }
        } finally {
            inside = false;
        }
    }

    @Override
    public void closed(Transport lower, @Nullable Throwable why) throws Exception {
        if (deadline != null) {
            deadline.cancel();
        }
        held.release();
        super.closed(lower, why);
    }

    // What is to be done by itself.

    /** Has the engine's work done elsewhere; nothing is asked of the machine until it is. */
    private void work() {
        TlsMachine machine = machine();
        if (reactor().driver().kind() == DriverKind.SIMULATOR) {
            machine.runTasks();
            return;
        }
        working = true;
        var _ =
                reactor()
                        .callBlocking(() -> {
                            machine.runTasks();
                            return machine;
                        })
                        .whenComplete((done, thrown) -> worked(thrown));
    }

    private void worked(@Nullable Throwable thrown) {
        working = false;
        if (thrown != null) {
            if (below().isOpen()) {
                fail(thrown);
            }
            return;
        }
        goOn();
    }

    private void schedule() {
        if (!scheduled) {
            scheduled = true;
            try {
                reactor()
                        .execute(() -> {
                            scheduled = false;
                            goOn();
                        });
            } catch (RejectedExecutionException closing) {
                // And this with it.
            }
        }
    }

    /** Takes up what was left, and reads on if somebody wants it. */
    private void goOn() {
        if (!below().isOpen()) {
            return;
        }
        inside = true;
        try {
            endIfCut(takeUp());
            if (!working && !paused && isAlive()) {
                // What was left below was left by one who did not go by turns yet, perhaps.
                below().resume();
                if (goesByTurns()) {
                    lookForQuiet();
                }
            }
            tellWritable();
            flush();
        } catch (Throwable thrown) {
            fail(thrown);
        } finally {
            inside = false;
        }
    }

    /** Sends and decrypts what was left; whether more can be taken. */
    private boolean takeUp() throws Exception {
        send(NOTHING);
        ByteBuffer begun = held.records;
        boolean more = decrypt(begun == null ? NOTHING : begun);
        if (begun != null && held.records != null) {
            held.records = TlsRooms.giveBack(begun);
        }
        flush();
        return more;
    }

    // Writing.

    @Override
    public void write(ByteBuffer bytes) {
        check();
        if (closing || finishing || !below().isOpen()) {
            bytes.position(bytes.limit());
            return;
        }
        if (held.gathered() + bytes.remaining() > GATHERED && !working) {
            flush();
            send(bytes);
        }
        if (bytes.hasRemaining()) {
            held.gather(bytes);
        }
        if (!inside) {
            schedule();
        }
    }

    /** Sends what was gathered, and then the end if it is to be said. */
    private void flush() {
        ByteBuffer gathered = held.written;
        if (working || !below().isOpen() || (gathered == null && finishing == finished)) {
            return;
        }
        if (gathered != null) {
            held.written = null;
            send(gathered.flip());
            if (gathered.hasRemaining()) {
                held.written = gathered.compact(); // for a task
                return;
            }
            TlsRooms.recycle(gathered);
        }
        if (finishing && !finished) {
            finish();
        }
    }

    private void finish() {
        machine().close();
        send(NOTHING);
        if (!working) {
            finished = true;
            if (closing) {
                below().close();
            } else {
                closeIfOver();
            }
        }
    }

    /** Sends this, and before it what the machine has to say; less what must wait for a task. */
    private void send(ByteBuffer data) {
        if (working) {
            return;
        }
        TlsMachine machine = machine();
        boolean established = false;
        TlsStep step;
        do {
            ByteBuffer room = TlsRooms.room(machine.recordRoom());
            try {
                do {
                    step = machine.send(data, room);
                    established |= step == TlsStep.ESTABLISHED;
                } while (step == TlsStep.MOVED || step == TlsStep.ESTABLISHED);
            } catch (SSLException refused) {
                below().write(room.flip());
                TlsRooms.recycle(room);
                data.position(data.limit());
                refuse(refused);
                return;
            }
            if (step == TlsStep.ROOM && room.position() == 0) {
                throw new AssertionError("no room for a record in " + room);
            }
            if (room.flip().hasRemaining()) {
                below().write(room);
            }
            TlsRooms.recycle(room);
        } while (step == TlsStep.ROOM);
        if (established) {
            established();
        }
        if (step == TlsStep.TASK) {
            work();
            if (!working) {
                send(data);
            }
        } else if (step == TlsStep.ENDED) {
            data.position(data.limit());
        }
    }

    /** Ends what cannot go on, so that the peer learns why, if the machine has an alert for it. */
    private void refuse(SSLException why) {
        if (closing) {
            return;
        }
        closing = true;
        finishing = true;
        finished = true;
        TlsRooms.recycle(held.written);
        held.written = null;
        sendAlert();
        end(below(), why);
    }

    private void sendAlert() {
        ByteBuffer room = TlsRooms.room(machine().recordRoom());
        try {
            TlsStep step;
            do {
                step = machine().send(NOTHING, room);
            } while (step == TlsStep.MOVED);
        } catch (SSLException none) {
            // Then it is the end that tells.
        }
        below().write(room.flip());
        TlsRooms.recycle(room);
    }

    // The transport.

    @Override
    public long pending() {
        return below().pending() + held.gathered();
    }

    @Override
    public boolean isWritable() {
        return below().isWritable() && held.gathered() <= highMark;
    }

    @Override
    public void marks(int low, int high) {
        below().marks(low, high);
        highMark = Math.max(high, GATHERED);
    }

    @Override
    public void pause() {
        paused = true;
        below().pause();
    }

    @Override
    public void resume() {
        check();
        paused = false;
        if (held.isInput() || cut) {
            schedule();
        } else if (!working) {
            below().resume();
        }
    }

    @Override
    public boolean isPaused() {
        return paused;
    }

    @Override
    public void shutdownInput() {
        inputShut = true;
        super.shutdownInput();
    }

    @Override
    public void shutdownOutput() {
        check();
        if (!finishing) {
            finishing = true;
            if (!inside) {
                schedule();
            }
        }
    }

    @Override
    public void close() {
        check();
        if (!closing) {
            closing = true;
            finishing = true;
            if (finished) {
                below().close();
            } else if (!inside) {
                schedule();
            }
        }
    }

    @Override
    void end(Throwable why) {
        check();
        closing = true;
        finishing = true;
        flush();
        super.end(why);
    }

    @Override
    public boolean isOpen() {
        return isAlive();
    }

    @Override
    public <T> Optional<T> unwrap(Class<T> kind) {
        TlsMachine machine = machine();
        if (kind.isInstance(machine)) {
            return Optional.of(kind.cast(machine));
        }
        if (kind == DescriptorPassing.class) {
            return Optional.empty(); // bytes past the encryption
        }
        if (kind == TlsDetails.class) {
            return Optional.of(kind.cast(machine.details()));
        }
        return super.unwrap(kind);
    }

    @Override
    public String toString() {
        return "TlsTransport[" + made + "]";
    }
}
