// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.Scratch;
import sockeye.internal.wait.Descriptor;
import sockeye.internal.wait.Gate;

import java.io.IOException;
import java.lang.ref.Cleaner;
import java.nio.channels.ClosedChannelException;

/** The descriptor of an event source: its waiting, its errors and its end. */
final class EventDescriptor implements Descriptor.Owner {
    /** No event: what {@link #take} returns in place of a result. */
    static final long NOTHING = -11;

    private static final int EINTR = 4;

    final Descriptor descriptor;
    private final String kind;
    private final Cleaner.Cleanable leak;

    /**
     * Takes charge of a descriptor that is non-blocking.
     *
     * @param owner whose it is, to be watched for leaks
     * @param fd the number, or the negated errno of the call that was to make it
     */
    EventDescriptor(Object owner, String kind, Kernel kernel, String call, int fd)
            throws IOException {
        if (fd < 0) {
            throw ErrnoFailure.of(call, -fd, "", null, null, 0);
        }
        this.kind = kind;
        this.descriptor = new Descriptor(kernel, fd);
        this.leak = Leaks.watch(owner, descriptor);
    }

    /** One try that does not wait. */
    interface Attempt {
        /** A result, or the negated errno: {@link #NOTHING} to wait for an event. */
        long now(Kernel kernel, int fd) throws IOException;
    }

    /** Tries, and waits, until there is a result or the deadline has passed. */
    long take(String operation, long until, Attempt attempt) throws IOException {
        return call(operation, descriptor.input, until, attempt);
    }

    /** The same for what waits for room. */
    long put(String operation, long until, Attempt attempt) throws IOException {
        return call(operation, descriptor.output, until, attempt);
    }

    private long call(String operation, Gate gate, long until, Attempt attempt) throws IOException {
        descriptor.enter();
        try {
            long result;
            int seen;
            do {
                seen = gate.epoch();
                result = attempt.now(descriptor.kernel, descriptor.fd);
            } while (result < 0 && descriptor.again(this, operation, gate, seen, result, until));
            if (result < 0 && result != NOTHING) {
                throw failure(operation, (int) -result, 0);
            }
            return result;
        } finally {
            descriptor.exit();
        }
    }

    /** A call that has nothing to wait for. */
    long call(String operation, Attempt attempt) throws IOException {
        return call(operation, descriptor.input, Descriptor.AT_ONCE, attempt);
    }

    /** read(2) of the eight bytes that an eventfd or timerfd gives: never 0. */
    long value(long until) throws IOException {
        return take("read", until, EventDescriptor::value);
    }

    private static long value(Kernel kernel, int fd) {
        try (Scratch scratch = Scratch.take()) {
            long result = kernel.read(fd, scratch.address(Scratch.INTS), Long.BYTES);
            if (result < 0) {
                return result;
            }
            // It is unsigned, and of the two highest bits one is enough.
            long value = scratch.memory().get(JAVA_LONG, Scratch.INTS);
            return value < 0 ? Long.MAX_VALUE : value;
        }
    }

    int fileno() {
        return descriptor.isOpen() ? descriptor.fd : -1;
    }

    HasDescriptor.Lease lease() throws ClosedChannelException {
        return new DescriptorLease(descriptor);
    }

    boolean isOpen() {
        return descriptor.isOpen();
    }

    void close() throws IOException {
        int result = descriptor.close();
        leak.clean();
        if (result < 0 && result != -EINTR) {
            throw failure("close", -result, 0);
        }
    }

    String what() {
        return kind + " on fd " + descriptor.fd;
    }

    @Override
    public IOException failure(String operation, int errno, long done) {
        return ErrnoFailure.of(operation, errno, what(), null, null, done);
    }

    @Override
    public IOException cut(String operation, Gate.Outcome outcome, long done) {
        return SocketFailures.cut(operation, what(), outcome, done);
    }

    @Override
    public String toString() {
        return isOpen() ? "fd " + descriptor.fd : "closed";
    }
}
