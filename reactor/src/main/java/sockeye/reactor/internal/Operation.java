// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.internal.ring.Ring;

/**
 * Something that is asked of a driver and completes later. It can be <em>prepared</em> as an entry
 * of a ring, or <em>attempted</em> as a system call; the result is the same number. It belongs to
 * its owner, and is submitted again when it is idle.
 */
abstract sealed class Operation implements InFlight
        permits Accept, Connect, PollReadiness, Receive, ReceiveMessage, Send, SendMessage {
    static final int EINTR = -4;
    static final int EAGAIN = -11;
    static final int EPIPE = -32;
    static final int ENOBUFS = -105;
    static final int ECANCELED = -125;

    static final int MSG_DONTWAIT = 0x40;
    static final int MSG_NOSIGNAL = 0x4000;
    static final int MSG_CMSG_CLOEXEC = 0x40000000;

    /** Who is told. */
    interface Owner {
        /** It has completed: a result as of the system call, negative for an errno. */
        void completed(Operation operation, int result);
    }

    enum Progress {
        /** With its owner. */
        IDLE,
        /** With the driver. */
        PENDING,
        /** With the driver, which was told that nobody wants it any more. */
        CANCELLED,
        /** Completed, and not yet told. */
        DONE
    }

    final Channel channel;
    private final Owner owner;

    Progress progress = Progress.IDLE;

    /** While it is done: the result, and the next of those that are done. */
    int result;

    @Nullable Operation next;

    /** Where the driver finds it by a number. */
    int slot = -1;

    Operation(Channel channel, Owner owner) {
        this.channel = channel;
        this.owner = owner;
    }

    final boolean isIdle() {
        return progress == Progress.IDLE;
    }

    /** Whether it brings something in, rather than takes something out. */
    abstract boolean isInput();

    /** Whether it goes on after it has completed with this result. */
    boolean goesOnAfter(int result) {
        return false;
    }

    /** Makes the system call, which does not wait. */
    abstract int attempt(KernelDriver driver);

    /** Fills an entry of the ring's. */
    abstract void prepare(RingDriver driver, Ring ring);

    /** The ring's result, with the flags that came with it, becomes that of the system call. */
    int reaped(RingDriver driver, int result, int flags) {
        return result;
    }

    /** What it holds for the kernel is given back; it is idle now. */
    void settle() {}

    /** Tells the owner, who may submit it again. */
    final void tell(int result) {
        owner.completed(this, result);
    }

    final KernelChannel kernelChannel() {
        return (KernelChannel) channel;
    }
}
