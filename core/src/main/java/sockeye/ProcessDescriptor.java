// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.kernel.Kernel;
import sockeye.internal.wait.Descriptor;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.OptionalLong;

/**
 * A process, held so that it cannot be mistaken: pidfd_open(2). A number may belong to another
 * process by the time that it is used; this stands for the one that had it when it was opened.
 *
 * <p>Registered with a {@link ReadinessSelector} for EPOLLIN it is readable once the process has
 * ended. How it has ended only its parent is told: see {@link ChildProcess}.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/pidfd_open.2.html">pidfd_open(2)</a>
 */
public final class ProcessDescriptor implements HasDescriptor, AutoCloseable {
    private final EventDescriptor events;
    private final long pid;

    private ProcessDescriptor(long pid) throws IOException {
        if (pid < 1 || pid > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("no process: " + pid);
        }
        Kernel kernel = Kernel.current();
        this.pid = pid;
        int fd = kernel.pidfdOpen((int) pid, 0);
        this.events = new EventDescriptor(this, "process " + pid, kernel, "pidfd_open", fd);
    }

    /**
     * Holds the process that has a number now.
     *
     * @throws IOException ESRCH if there is none; EINVAL if it is the number of a thread
     */
    public static ProcessDescriptor of(long pid) throws IOException {
        return new ProcessDescriptor(pid);
    }

    /**
     * Holds the process of a handle: a child of {@link ProcessBuilder}, which remains the JDK's to
     * reap, or any other.
     *
     * @throws IOException ESRCH if it has ended
     */
    public static ProcessDescriptor of(ProcessHandle process) throws IOException {
        var held = new ProcessDescriptor(process.pid());
        if (!process.isAlive()) {
            // The number may have been another's already.
            held.close();
            String what = "process " + process.pid();
            throw ErrnoFailure.of("pidfd_open", Errno.ESRCH.number(), what, null, null, 0);
        }
        return held;
    }

    /** The number that it had when it was opened. */
    public long pid() {
        return pid;
    }

    /**
     * A number that no other process has or will have until the machine boots anew: the inode of
     * its pidfd. Service managers name processes by it ({@code LISTEN_PIDFDID}, {@code
     * MAINPIDFDID}). Empty before Linux 6.9, where all of them have the same.
     */
    public OptionalLong identity() throws IOException {
        FileStatus other;
        try (var anonymous = EventCounter.open();
                HasDescriptor.Lease lease = anonymous.lease()) {
            other = FileStatus.of(Kernel.current(), lease.fileno());
        }
        try (HasDescriptor.Lease lease = lease()) {
            FileStatus mine = FileStatus.of(Kernel.current(), lease.fileno());
            return mine == null || other == null || mine.device() == other.device()
                    ? OptionalLong.empty()
                    : OptionalLong.of(mine.inode());
        }
    }

    /** Whether it has not ended; a process that nobody has reaped yet has. */
    public boolean isAlive() throws IOException {
        return attempt(Descriptor.AT_ONCE) == EventDescriptor.NOTHING;
    }

    /**
     * Waits until it has ended.
     *
     * @throws SocketInterruptedException when the thread is interrupted while it waits
     */
    public void await() throws IOException {
        attempt(Deadline.NONE.time());
    }

    /**
     * The same, for no longer than until a deadline.
     *
     * @throws java.net.SocketTimeoutException when it has passed
     */
    public void await(Deadline until) throws IOException {
        attempt(until.time());
    }

    private long attempt(long until) throws IOException {
        return events.take("poll", until, Poll::readable);
    }

    /**
     * Sends it a signal: pidfd_send_signal(2).
     *
     * @throws IOException ESRCH if it has been reaped; EPERM
     */
    public void signal(ProcessSignal signal) throws IOException {
        signal(signal.number());
    }

    /** The same for any number; 0 asks whether one could. */
    public void signal(int number) throws IOException {
        events.call("pidfd_send_signal", (kernel, fd) -> kernel.pidfdSendSignal(fd, number));
    }

    /**
     * Takes a duplicate of a descriptor that the process has open: pidfd_getfd(2).
     *
     * @param fileno its number in that process
     * @throws IOException EBADF if there is none; EPERM unless this process may trace that one
     */
    public PassedDescriptor descriptor(int fileno) throws IOException {
        return PassedDescriptor.adopt(
                (int) events.call("pidfd_getfd", (kernel, fd) -> kernel.pidfdGetfd(fd, fileno)));
    }

    @Override
    public int fileno() {
        return events.fileno();
    }

    @Override
    public Lease lease() throws ClosedChannelException {
        return events.lease();
    }

    /** Whether this has not been closed. */
    public boolean isOpen() {
        return events.isOpen();
    }

    /** Lets go of it; nothing happens to the process. Wakes those who wait. */
    @Override
    public void close() throws IOException {
        events.close();
    }

    @Override
    public String toString() {
        return "ProcessDescriptor[" + pid + ", " + events + "]";
    }
}
