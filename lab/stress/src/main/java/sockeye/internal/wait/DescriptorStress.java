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

import sockeye.internal.kernel.ForwardingKernel;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.SystemCall;

import java.nio.channels.ClosedChannelException;

/**
 * The counted users of a number against its close. Of three parties one is a virtual thread, for
 * jcstress runs no more actors than there are processors.
 */
public class DescriptorStress {
    /** A kernel that remembers whether the one number was closed, and notices a later use. */
    static final class Watching extends ForwardingKernel {
        volatile int closes;

        Watching() {
            super(Kernel.real());
        }

        @Override
        protected long call(SystemCall call, long a, long b, long c, long d, long e, long f) {
            if (call == SystemCall.CLOSE) {
                synchronized (this) {
                    closes = closes + 1;
                }
                return 0;
            }
            // Any other call is a use of the number.
            return closes == 0 ? 1 : 2;
        }
    }

    static final int REFUSED = 0;

    /** Waits for a further party; jcstress would not have an actor throw. */
    static void ended(Thread thread) {
        try {
            thread.join();
        } catch (InterruptedException unexpected) {
            throw new IllegalStateException(unexpected);
        }
    }

    /** 1 while the number is ours, 2 once it may be another's. */
    static int use(Descriptor descriptor) {
        try {
            descriptor.enter();
        } catch (ClosedChannelException closed) {
            return REFUSED;
        }
        try {
            return descriptor.kernel.getuid();
        } finally {
            descriptor.exit();
        }
    }

    /** Two users and one who closes. */
    @JCStressTest
    @Outcome(
            id = {"0, 0, 1", "1, 0, 1", "0, 1, 1", "1, 1, 1"},
            expect = ACCEPTABLE,
            desc = "refused, or used while it was open")
    @Outcome(expect = FORBIDDEN, desc = "used after close(2), or not closed once")
    @State
    public static class UseAgainstClose {
        private final Watching kernel = new Watching();
        private final Descriptor descriptor = new Descriptor(kernel, 1_000_000);

        @Actor
        public void users(III_Result result) {
            var another = Thread.startVirtualThread(() -> result.r2 = use(descriptor));
            result.r1 = use(descriptor);
            ended(another);
        }

        @Actor
        public void closer() {
            descriptor.close();
        }

        @Arbiter
        public void count(III_Result result) {
            result.r3 = kernel.closes;
        }
    }

    /** When close returns the number is closed. */
    @JCStressTest
    @Outcome(
            id = {"0, 1", "1, 1"},
            expect = ACCEPTABLE,
            desc = "closed when close returned")
    @Outcome(expect = FORBIDDEN, desc = "close returned too early")
    @State
    public static class CloseIsDone {
        private final Watching kernel = new Watching();
        private final Descriptor descriptor = new Descriptor(kernel, 1_000_000);

        @Actor
        public void user(II_Result result) {
            result.r1 = use(descriptor);
        }

        @Actor
        public void closer(II_Result result) {
            descriptor.close();
            result.r2 = kernel.closes;
        }
    }

    /** Of close and detach only one happens, and a detached number is never closed by us. */
    @JCStressTest
    @Outcome(
            id = {"1, 0"},
            expect = ACCEPTABLE,
            desc = "detached first: it stays open")
    @Outcome(
            id = {"0, 1"},
            expect = ACCEPTABLE,
            desc = "closed first")
    @Outcome(expect = FORBIDDEN, desc = "both, or neither")
    @State
    public static class CloseAgainstDetach {
        private final Watching kernel = new Watching();
        private final Descriptor descriptor = new Descriptor(kernel, 1_000_000);

        @Actor
        public void detacher(II_Result result) {
            result.r1 = descriptor.detach() ? 1 : 0;
        }

        @Actor
        public void closer() {
            descriptor.close();
        }

        @Arbiter
        public void count(II_Result result) {
            result.r2 = kernel.closes;
        }
    }
}
