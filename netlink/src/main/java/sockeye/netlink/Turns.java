// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import sockeye.Deadline;
import sockeye.SocketInterruptedException;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Whose turn it is to use a socket. Waiting for it is as waiting in the socket: a deadline that is
 * set reaches it, an interrupt cancels it, and close wakes it.
 */
final class Turns {
    private final String name;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private boolean taken; // guarded by lock
    private boolean closed; // guarded by lock
    private Deadline deadline = Deadline.NONE; // guarded by lock

    Turns(String name) {
        this.name = name;
    }

    void take() throws IOException {
        lock.lock();
        try {
            if (closed) {
                throw new ClosedChannelException();
            }
            while (taken) {
                if (deadline.isPassed()) {
                    throw new SocketTimeoutException(name + ": timed out waiting for its turn");
                }
                // Whoever changes one of the three signals, and the loop looks again.
                changed.await(deadline.remaining().toNanos(), TimeUnit.NANOSECONDS);
                if (closed) {
                    throw new AsynchronousCloseException();
                }
            }
            taken = true;
        } catch (InterruptedException cancelled) {
            // The signal may have been for this thread.
            changed.signal();
            Thread.currentThread().interrupt();
            throw SocketInterruptedException.during("wait for its turn", name, 0);
        } finally {
            lock.unlock();
        }
    }

    void pass() {
        lock.lock();
        try {
            taken = false;
            changed.signal();
        } finally {
            lock.unlock();
        }
    }

    void deadline(Deadline newDeadline) {
        lock.lock();
        try {
            deadline = newDeadline;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }
}
