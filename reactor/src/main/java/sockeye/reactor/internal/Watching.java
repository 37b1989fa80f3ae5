// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.DescriptorKind;
import sockeye.Errno;
import sockeye.ErrnoFailure;
import sockeye.HasDescriptor;
import sockeye.PassedDescriptor;
import sockeye.Readiness;
import sockeye.reactor.DescriptorWatch;
import sockeye.reactor.Reactor;

import java.io.IOException;

/** Watches a duplicate of a descriptor, whose number is nobody else's to close. */
final class Watching extends Member implements DescriptorWatch, Operation.Owner {
    private static final int TROUBLE = Readiness.EPOLLERR | Readiness.EPOLLHUP;
    private static final int ALLOWED =
            Readiness.EPOLLIN | Readiness.EPOLLPRI | Readiness.EPOLLOUT | Readiness.EPOLLRDHUP;

    private final Channel channel;
    private final PollReadiness poll;
    private final Handler handler;
    private int interest;
    private boolean dying;
    private boolean closed;

    private Watching(Loop loop, Channel channel, int interest, Handler handler) {
        super(loop);
        this.channel = channel;
        this.poll = new PollReadiness(channel, this, true);
        this.handler = handler;
        this.interest = interest;
        loop.add(this);
        soon();
    }

    @Override
    boolean isOver() {
        return closed;
    }

    static Watching open(Loop loop, HasDescriptor source, int interest, Handler handler)
            throws IOException {
        if (!(loop.driverInUse() instanceof KernelDriver driver)) {
            throw new UnsupportedOperationException(
                    "a simulator watches no descriptors: they are the kernel's");
        }
        check(interest);
        PassedDescriptor own = PassedDescriptor.duplicate(source);
        boolean done = false;
        try {
            DescriptorKind kind = own.kind();
            if (kind == DescriptorKind.REGULAR_FILE || kind == DescriptorKind.DIRECTORY) {
                // epoll says so too; io_uring would say again and again that it is ready.
                throw ErrnoFailure.of("watch", Errno.EPERM.number(), "a file", null, null, 0);
            }
            Channel channel = driver.channel(own.detach());
            done = true;
            return new Watching(loop, channel, interest, handler);
        } finally {
            if (!done) {
                own.close();
            }
        }
    }

    private static void check(int interest) {
        if ((interest & ~(ALLOWED | TROUBLE)) != 0) {
            throw new IllegalArgumentException(
                    "a reactor does not watch for "
                            + Readiness.namesOf(interest & ~(ALLOWED | TROUBLE)));
        }
    }

    @Override
    public void completed(Operation operation, int result) {
        enter();
        try {
            if (result > 0) {
                ready(result & (interest | TROUBLE));
            } else if (result != Operation.ECANCELED && result != Operation.EAGAIN && !dying) {
                dying = true;
                loop.report(channel.failure("watch", result, null));
            }
        } finally {
            leave();
        }
    }

    private void ready(int found) {
        if (found == 0 || interest == 0 || dying) {
            return;
        }
        try {
            handler.ready(this, found);
        } catch (Throwable thrown) {
            dying = true;
            loop.report(thrown);
        }
    }

    @Override
    void work() {
        if (closed) {
            return;
        }
        Driver driver = loop.driverInUse();
        if (!poll.isIdle()) {
            if (dying || poll.interest != interest) {
                driver.cancel(poll);
            }
        } else if (dying) {
            closed = true;
            driver.close(channel, false);
            loop.remove(this);
            tellOver(null);
        } else if (interest != 0) {
            poll.interest = interest;
            driver.submit(poll);
        }
    }

    @Override
    void die(@Nullable Throwable why) {
        dying = true;
        soon();
    }

    @Override
    public int interest() {
        return interest;
    }

    @Override
    public void interest(int interest) {
        loop.check();
        check(interest);
        this.interest = interest;
        soon();
    }

    @Override
    public boolean isOpen() {
        return !dying;
    }

    @Override
    public void close() {
        loop.check();
        die(null);
    }

    @Override
    public Reactor reactor() {
        return loop;
    }

    @Override
    public String toString() {
        return "DescriptorWatch[" + Readiness.namesOf(interest) + (dying ? ", closed]" : "]");
    }
}
