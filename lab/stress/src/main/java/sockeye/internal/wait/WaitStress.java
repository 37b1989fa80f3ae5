// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.wait;

import static org.openjdk.jcstress.annotations.Expect.ACCEPTABLE;
import static org.openjdk.jcstress.annotations.Expect.FORBIDDEN;

import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;
import org.openjdk.jcstress.infra.results.II_Result;
import org.openjdk.jcstress.infra.results.I_Result;

import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.Scratch;

import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.channels.ClosedChannelException;

/**
 * Waiting against everything that may end it, over the real kernel and the real poller. What waits
 * is an eventfd, the smallest thing with an edge: a read takes 1 off its count. Of three parties
 * one is a virtual thread, for jcstress runs no more actors than there are processors.
 */
public class WaitStress {
    private static final int EFD = 0x80801; // EFD_SEMAPHORE | EFD_CLOEXEC | EFD_NONBLOCK
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final Kernel KERNEL = Kernel.real();

    /** Long after everything that should have ended the wait. */
    private static final long LOST = 20_000_000_000L;

    static final int GOT = 1;
    static final int TIMEOUT = 2;
    static final int INTERRUPT = 3;
    static final int CLOSED = 4;

    static Descriptor open() {
        int fd = KERNEL.eventfd2(0, EFD);
        if (fd < 0) {
            throw new IllegalStateException("eventfd2: errno " + -fd);
        }
        return new Descriptor(KERNEL, fd);
    }

    /** Puts so many on the count. */
    static void put(int fd, long count) {
        try (Scratch scratch = Scratch.take()) {
            scratch.memory().set(ValueLayout.JAVA_LONG, Scratch.INTS, count);
            if (KERNEL.write(fd, scratch.address(Scratch.INTS), Long.BYTES) != Long.BYTES) {
                throw new IllegalStateException("write");
            }
        }
    }

    /** Waits for one, as every operation waits. */
    static int take(Descriptor descriptor) {
        try {
            descriptor.enter();
        } catch (ClosedChannelException closed) {
            return CLOSED;
        }
        try {
            long until = Clock.after(LOST);
            while (true) {
                int seen = descriptor.input.epoch();
                if (!descriptor.input.isDrained(seen) && read(descriptor.fd) > 0) {
                    return GOT;
                }
                descriptor.input.drained(seen);
                switch (descriptor.input.await(seen, until)) {
                    case EVENT -> {}
                    case TIMEOUT -> {
                        return TIMEOUT;
                    }
                    case INTERRUPT -> {
                        return INTERRUPT;
                    }
                    case CLOSED -> {
                        return CLOSED;
                    }
                }
            }
        } catch (IOException failed) {
            throw new IllegalStateException(failed);
        } finally {
            descriptor.exit();
        }
    }

    private static long read(int fd) {
        try (Scratch scratch = Scratch.take()) {
            return KERNEL.read(fd, scratch.address(Scratch.INTS), Long.BYTES);
        }
    }

    @JCStressTest
    @Outcome(id = "1", expect = ACCEPTABLE, desc = "woken, or had not to wait")
    @Outcome(expect = FORBIDDEN, desc = "a lost wake-up")
    @State
    public static class EventAgainstWait {
        private final Descriptor descriptor = open();

        @Actor
        public void waiter(I_Result result) {
            result.r1 = take(descriptor);
        }

        @Actor
        public void event() {
            put(descriptor.fd, 1);
        }

        @Arbiter
        public void end(I_Result result) {
            descriptor.close();
        }
    }

    /** One edge for two who wait, each of whom has something to take. */
    @JCStressTest
    @Outcome(id = "1, 1", expect = ACCEPTABLE, desc = "both")
    @Outcome(expect = FORBIDDEN, desc = "one of them was forgotten")
    @State
    public static class EventAgainstTwoWaiters {
        private final Descriptor descriptor = open();

        @Actor
        public void waiters(II_Result result) {
            var another = Thread.startVirtualThread(() -> result.r2 = take(descriptor));
            result.r1 = take(descriptor);
            DescriptorStress.ended(another);
        }

        @Actor
        public void event() {
            put(descriptor.fd, 2);
        }

        @Arbiter
        public void end(II_Result result) {
            descriptor.close();
        }
    }

    /** Whoever closes makes a new number at once, often the same, with something to take. */
    @JCStressTest
    @Outcome(id = "4", expect = ACCEPTABLE, desc = "the wait ended as closed")
    @Outcome(id = "1", expect = FORBIDDEN, desc = "took what was not its own")
    @Outcome(expect = FORBIDDEN, desc = "close did not wake")
    @State
    public static class CloseAgainstWait {
        private final Descriptor descriptor = open();
        private int next;

        @Actor
        public void waiter(I_Result result) {
            result.r1 = take(descriptor);
        }

        @Actor
        public void closer() {
            descriptor.close();
            next = KERNEL.eventfd2(7, EFD);
        }

        @Arbiter
        public void end(I_Result result) {
            KERNEL.close(next);
        }
    }

    /** Whichever comes first, and the event is not lost to the second try. */
    @JCStressTest
    @Outcome(
            id = {"1, 0", "2, 1"},
            expect = ACCEPTABLE,
            desc = "the event, or the deadline and then the event")
    @Outcome(expect = FORBIDDEN, desc = "neither woke, or the event was lost")
    @State
    public static class DeadlineAgainstEvent {
        private final Descriptor descriptor = open();

        @Actor
        public void waiter(II_Result result) {
            result.r1 = take(descriptor);
        }

        @Actor
        public void deadlineAndEvent() {
            var deadline = Thread.startVirtualThread(() -> descriptor.input.deadline(Clock.now()));
            put(descriptor.fd, 1);
            DescriptorStress.ended(deadline);
        }

        @Arbiter
        public void again(II_Result result) {
            if (result.r1 == TIMEOUT) {
                descriptor.input.deadline(Clock.NEVER);
                result.r2 = take(descriptor);
            }
            descriptor.close();
        }
    }

    /** A deadline that was moved while it was waited for. */
    @JCStressTest
    @Outcome(id = "2", expect = ACCEPTABLE, desc = "the earlier one counted")
    @Outcome(expect = FORBIDDEN, desc = "it did not")
    @State
    public static class DeadlineAgainstWait {
        private final Descriptor descriptor = open();

        @Actor
        public void waiter(I_Result result) {
            long began = Clock.now();
            int outcome = take(descriptor);
            result.r1 = Clock.now() - began < LOST / 2 ? outcome : 0;
        }

        @Actor
        public void deadline() {
            descriptor.input.deadline(Clock.after(50_000));
        }

        @Arbiter
        public void end(I_Result result) {
            descriptor.close();
        }
    }

    /** With a duplicate alive, what happens to it must not reach who has the slot now. */
    @JCStressTest
    @Outcome(id = "0, 1, 0", expect = ACCEPTABLE, desc = "only its own event")
    @Outcome(expect = FORBIDDEN, desc = "an event of a number that was closed")
    @State
    public static class DuplicateAgainstClose {
        private final Descriptor before = open();
        private final int duplicate = KERNEL.fcntl(before.fd, F_DUPFD_CLOEXEC, 0);
        private Descriptor after;

        public DuplicateAgainstClose() {
            join(before);
        }

        private static void join(Descriptor descriptor) {
            try {
                descriptor.join(descriptor.input);
            } catch (IOException failed) {
                throw new IllegalStateException(failed);
            }
        }

        @Actor
        public void closer(III_Result result) {
            before.close();
            Descriptor next = open();
            join(next);
            result.r1 = next.input.epoch();
            after = next;
        }

        @Actor
        public void event() {
            put(duplicate, 1);
        }

        @Arbiter
        public void own(III_Result result) {
            int seen = after.input.epoch();
            put(after.fd, 1);
            result.r2 = take(after);
            result.r3 = seen;
            after.close();
            KERNEL.close(duplicate);
        }
    }
}
