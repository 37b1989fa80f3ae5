// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import sockeye.DescriptorKind;
import sockeye.ErrnoFailure;
import sockeye.PassedDescriptor;
import sockeye.PollSet;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.Scratch;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * A file, a terminal, {@code /dev/null} or whatever else may wait whatever it is told: it is read
 * and written by a virtual thread, through a {@link PassedDescriptor}, one portion at a time. When
 * a portion is done an eventfd says so, so that to the driver this is a descriptor like others.
 *
 * <p>A portion that nobody waits for any more goes on, and what it reads is kept. If the descriptor
 * is closed meanwhile, who ends last closes the eventfd.
 */
final class ThreadedEnd extends StreamEnd {
    private static final int PORTION = 64 << 10;
    private static final int EIO = 5;

    /** So much in an eventfd that it cannot be written to: no POLLOUT. */
    private static final long BRIM = -2;

    private enum State {
        /** Nothing is under way. */
        IDLE,
        /** A thread reads or writes. */
        RUNNING,
        /** It has, and nobody has looked what came of it. */
        DONE
    }

    private final Kernel kernel;
    private final PassedDescriptor own;
    private final DescriptorKind kind;
    private final KernelChannel real;
    private final boolean input;
    private final ByteBuffer portion = ByteBuffer.allocateDirect(PORTION);

    // Guarded by this.
    private State state = State.IDLE;
    private int result;
    private boolean closed;

    /** Whether a thread may have taken something that poll(2) does not tell of any more. */
    private boolean taking;

    private ThreadedEnd(
            KernelDriver driver,
            int bell,
            PassedDescriptor own,
            DescriptorKind kind,
            boolean input) {
        super(driver.channel(bell));
        this.kernel = driver.kernel;
        this.own = own;
        this.kind = kind;
        this.real = driver.channel(own.fileno());
        this.input = input;
    }

    static ThreadedEnd of(
            KernelDriver driver, PassedDescriptor own, DescriptorKind kind, boolean input)
            throws IOException {
        int bell = KernelDriver.counter(driver.kernel);
        var made = new ThreadedEnd(driver, bell, own, kind, input);
        if (input) {
            made.ready(); // to be tried
        }
        return made;
    }

    // The eventfd: readable when an input is worth a look, full while an output is not.

    private void ready() {
        if (input) {
            put(1);
        } else {
            while (take() == Operation.EAGAIN) {} // it is full
        }
    }

    private void hold() {
        if (input) {
            take(); // if there is something
        } else {
            put(BRIM);
        }
    }

    private void put(long count) {
        try (Scratch scratch = Scratch.take()) {
            scratch.memory().set(JAVA_LONG, Scratch.INTS, count);
            long put;
            do {
                put = kernel.write(channel.fd, scratch.address(Scratch.INTS), Long.BYTES);
            } while (put == Operation.EINTR || put == Operation.EAGAIN);
        }
    }

    private long take() {
        try (Scratch scratch = Scratch.take()) {
            long taken;
            do {
                taken = kernel.read(channel.fd, scratch.address(Scratch.INTS), Long.BYTES);
            } while (taken == Operation.EINTR);
            return taken;
        }
    }

    // The loop's side.

    @Override
    synchronized int read(KernelDriver driver, Chunk room) {
        if (state == State.IDLE) {
            portion.clear();
            start();
        }
        if (state == State.RUNNING) {
            hold();
            return Operation.EAGAIN;
        }
        if (result <= 0) {
            state = State.IDLE;
            return result;
        }
        int count = Math.min(room.capacity(), portion.remaining());
        room.view.clear().put(0, portion, portion.position(), count);
        portion.position(portion.position() + count);
        if (!portion.hasRemaining()) {
            state = State.IDLE;
        }
        return count;
    }

    @Override
    synchronized int write(Chunk first) {
        if (state == State.DONE) {
            state = State.IDLE;
            return result;
        }
        if (state == State.IDLE) {
            portion.clear();
            for (Chunk each = first; each != null && portion.hasRemaining(); each = each.next) {
                int count = Math.min(portion.remaining(), each.length());
                portion.put(portion.position(), each.view.clear(), each.start, count);
                portion.position(portion.position() + count);
            }
            portion.flip();
            hold();
            start();
        }
        return Operation.EAGAIN;
    }

    @Override
    synchronized boolean hasInput(KernelDriver driver) {
        // A file is always ready, says poll(2); what it has by now is what is being read of it.
        return state == State.DONE
                || taking
                || (kind != DescriptorKind.REGULAR_FILE
                        && driver.poll(real, KernelDriver.POLLIN) != 0);
    }

    @Override
    String describe() {
        return describe(own);
    }

    @Override
    void release() {
        boolean runs;
        synchronized (this) {
            closed = true;
            runs = state == State.RUNNING;
            if (!runs) {
                kernel.close(channel.fd);
            }
        }
        if (runs) {
            // It is woken if it waits for an event; if it is in a call, that is waited for.
            Thread.startVirtualThread(() -> quietly(own));
        } else {
            quietly(own);
        }
    }

    // The thread's.

    private void start() {
        state = State.RUNNING;
        Thread.ofVirtual().name("sockeye-portion-" + channel.fd).start(this::run);
    }

    private void run() {
        int count = input ? readPortion() : writePortion();
        synchronized (this) {
            result = count;
            state = State.DONE;
            taking = false;
            if (closed) {
                kernel.close(channel.fd);
            } else {
                ready();
            }
        }
    }

    /** Waits apart from reading, so that at any time it is known whether something has come. */
    private void awaitInput() throws IOException {
        if (kind != DescriptorKind.REGULAR_FILE) {
            var poll = new PollSet();
            poll.register(own, PollSet.POLLIN);
            poll.poll();
        }
        synchronized (this) {
            taking = true;
        }
    }

    private int readPortion() {
        try {
            awaitInput();
            int count = Math.max(0, own.read(portion));
            portion.flip();
            return count;
        } catch (IOException failed) {
            int number = number(failed);
            // Of a terminal: its other side is closed.
            return number == EIO && kind == DescriptorKind.CHARACTER_DEVICE ? 0 : -number;
        }
    }

    private int writePortion() {
        int count = portion.remaining();
        try {
            own.write(portion);
            return count - portion.remaining();
        } catch (IOException failed) {
            int done = count - portion.remaining();
            return done > 0 ? done : -number(failed);
        }
    }

    private static int number(IOException failed) {
        return failed instanceof ErrnoFailure failure ? failure.errno().number() : EIO;
    }
}
