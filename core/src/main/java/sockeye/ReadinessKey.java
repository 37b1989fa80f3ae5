// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import sockeye.internal.wait.Descriptor;

import java.io.IOException;

/**
 * One descriptor's registration with one {@link ReadinessSelector}: what it is watched for, what it
 * was found ready for, and what its owner wants to find again with it.
 *
 * <p>It ends by {@link #cancel()}, by the close of the descriptor's holder or of the selector, and
 * is {@linkplain #isValid invalid} from then on; a selector hands out no invalid key.
 *
 * <p>Any thread may call any method. {@link #ready()} is written by the thread that selects, and is
 * that thread's to read.
 *
 * @param <A> what is attached
 */
public final class ReadinessKey<A extends @Nullable Object> {
    private final ReadinessSelector<A> selector;
    private final HasDescriptor source;
    final int fd;

    /** Null for a descriptor that does not tell when it closes. */
    final @Nullable Descriptor descriptor;

    final Watcher watcher = new Watcher();

    private volatile A attachment;
    private int interest; // guarded by this
    private int ready;
    int slot; // guarded by the selector's slots
    volatile boolean valid = true; // written under the selector's slots

    ReadinessKey(
            ReadinessSelector<A> selector,
            HasDescriptor source,
            int fd,
            @Nullable Descriptor descriptor,
            int interest,
            A attachment) {
        this.selector = selector;
        this.source = source;
        this.fd = fd;
        this.descriptor = descriptor;
        this.interest = interest;
        this.attachment = attachment;
    }

    /** The number goes, and its registration before it. */
    final class Watcher implements Descriptor.Watcher {
        @Override
        public void leaving() {
            selector.leaving(ReadinessKey.this);
        }

        ReadinessKey<A> key() {
            return ReadinessKey.this;
        }
    }

    boolean isOf(ReadinessSelector<?> other) {
        return selector == other;
    }

    /** What was registered. */
    public HasDescriptor source() {
        return source;
    }

    /** What its owner wants to find with it. */
    public A attachment() {
        return attachment;
    }

    /** Attaches something else; gives what was attached before. */
    public A attach(A other) {
        A before = attachment;
        attachment = other;
        return before;
    }

    /** What it is watched for, bits of {@link Readiness}. */
    public synchronized int interest() {
        return interest;
    }

    /**
     * Watches for something else from now on: epoll_ctl(2), EPOLL_CTL_MOD. What holds already is
     * reported anew, whatever the trigger. Reaches a select that waits.
     *
     * @param interest bits of {@link Readiness}; with none of them only EPOLLERR and EPOLLHUP
     * @throws java.nio.channels.ClosedChannelException if the key is invalid, the descriptor or the
     *     selector closed
     * @throws IOException EINVAL if it is, or would become, exclusive
     */
    public synchronized void interest(int interest) throws IOException {
        selector.modify(this, interest);
        this.interest = interest;
    }

    /**
     * The same with the interest that it has: what EPOLLONESHOT has silenced speaks again, and an
     * edge-triggered one reports what it has not finished.
     */
    public synchronized void rearm() throws IOException {
        selector.modify(this, interest);
    }

    /** What the last select that handed it out found it ready for. */
    public int ready() {
        return ready;
    }

    void ready(int mask) {
        ready = mask;
    }

    /** Whether {@link Readiness#EPOLLIN} was found: a read, or an accept, would not wait. */
    public boolean isReadable() {
        return (ready & Readiness.EPOLLIN) != 0;
    }

    /** Whether {@link Readiness#EPOLLOUT} was found: a write would not wait. */
    public boolean isWritable() {
        return (ready & Readiness.EPOLLOUT) != 0;
    }

    /** Whether {@link Readiness#EPOLLPRI} was found: urgent data. */
    public boolean isPriority() {
        return (ready & Readiness.EPOLLPRI) != 0;
    }

    /** Whether {@link Readiness#EPOLLERR} was found: an operation will say which error. */
    public boolean isError() {
        return (ready & Readiness.EPOLLERR) != 0;
    }

    /** Whether {@link Readiness#EPOLLHUP} was found: both directions have ended. */
    public boolean isHangUp() {
        return (ready & Readiness.EPOLLHUP) != 0;
    }

    /** Whether {@link Readiness#EPOLLRDHUP} was found; it has to be asked for. */
    public boolean isHalfClosed() {
        return (ready & Readiness.EPOLLRDHUP) != 0;
    }

    /** Whether it is still registered. */
    public boolean isValid() {
        return valid;
    }

    /**
     * Ends the registration: epoll_ctl(2), EPOLL_CTL_DEL. No later select hands it out, nor does an
     * iteration under way. A second call does nothing.
     */
    public void cancel() {
        selector.cancel(this);
    }

    /** Shows descriptor, interest and what was found. */
    @Override
    public String toString() {
        return "ReadinessKey[fd %d, %s, ready %s%s]"
                .formatted(
                        fd,
                        Readiness.namesOf(interest()),
                        Readiness.namesOf(ready),
                        valid ? "" : ", cancelled");
    }
}
