// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.CStruct;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.Scratch;
import sockeye.internal.wait.Blocking;
import sockeye.internal.wait.Clock;
import sockeye.internal.wait.Descriptor;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.util.Map;

/**
 * A child of this process that {@link ChildCommand#start} has started, held by a descriptor: its
 * end is waited for as any event is, by {@link #await()} or in a {@link ReadinessSelector}, and
 * told as often as it is asked for.
 *
 * <p>It is reaped by waitid(2) with P_PIDFD, it and no other: children of {@link ProcessBuilder}
 * stay the JDK's to reap, and the JDK never asks for these. So its number is its own until then.
 * Somebody else who reaps any child there is, or ignores SIGCHLD, takes the status away: ECHILD.
 *
 * <p>Close closes the streams to it and lets it run; it is reaped when it ends, by a virtual
 * thread.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/waitid.2.html">waitid(2)</a>
 */
public final class ChildProcess implements EventSource<ChildExit> {
    @CStruct("struct siginfo")
    private static final class Siginfo {
        static final int SIZEOF = 128;
        static final int si_code = 8;
        static final int si_pid = 16;
        static final int si_status = 24;
    }

    private static final int P_PID = 1;
    private static final int P_PIDFD = 3;
    private static final int WNOHANG = 1;
    private static final int WEXITED = 4;
    private static final int CLD_EXITED = 1;
    private static final int CLD_DUMPED = 3;

    private final EventDescriptor events;
    private final int pid;
    private final String program;
    private final Map<Integer, PassedDescriptor> pipes;
    private final Map<Integer, StreamSocket> sockets;

    private @Nullable ChildExit exit; // guarded by this
    private boolean closed; // guarded by this

    private ChildProcess(
            Kernel kernel,
            int pidfd,
            int pid,
            String program,
            Map<Integer, PassedDescriptor> pipes,
            Map<Integer, StreamSocket> sockets)
            throws IOException {
        this.pid = pid;
        this.program = program;
        this.pipes = pipes;
        this.sockets = sockets;
        this.events =
                new EventDescriptor(this, "child " + pid + " " + program, kernel, "pidfd", pidfd);
    }

    /** Holds a child that was just started, which ends if that cannot be. */
    static ChildProcess hold(
            Kernel kernel,
            int pid,
            String program,
            Map<Integer, PassedDescriptor> pipes,
            Map<Integer, StreamSocket> sockets)
            throws IOException {
        int pidfd = kernel.pidfdOpen(pid, 0);
        if (pidfd < 0) {
            kernel.kill(pid, ProcessSignal.SIGKILL.number());
            Blocking.call(() -> kernel.waitid(P_PID, pid, 0, WEXITED, 0));
            throw ErrnoFailure.of("pidfd_open", -pidfd, program, null, null, 0);
        }
        return new ChildProcess(kernel, pidfd, pid, program, pipes, sockets);
    }

    /** Its number. */
    public long pid() {
        return pid;
    }

    /**
     * The other end of a pipe: to write to for number 0, to read from for every other.
     *
     * @throws IllegalArgumentException if it was not started with one under that number
     */
    public PassedDescriptor pipe(int number) {
        PassedDescriptor pipe = pipes.get(number);
        if (pipe == null) {
            throw new IllegalArgumentException("no pipe: " + number);
        }
        return pipe;
    }

    /**
     * The socket that is connected to its own.
     *
     * @throws IllegalArgumentException if it was not started with one under that number
     */
    public StreamSocket socket(int number) {
        StreamSocket socket = sockets.get(number);
        if (socket == null) {
            throw new IllegalArgumentException("no socket: " + number);
        }
        return socket;
    }

    /** How it has ended; null as long as it runs. */
    @Override
    public @Nullable ChildExit poll() throws IOException {
        return exit(Descriptor.AT_ONCE);
    }

    /**
     * Waits until it has ended, for no longer than until a deadline.
     *
     * @throws java.net.SocketTimeoutException when the deadline has passed; the child goes on
     * @throws IOException ECHILD if somebody else has reaped it
     */
    @Override
    public ChildExit await(Deadline until) throws IOException {
        ChildExit ended = exit(until.time());
        if (ended == null) {
            throw new IllegalStateException("waited for nothing");
        }
        return ended;
    }

    private @Nullable ChildExit exit(long until) throws IOException {
        synchronized (this) {
            if (exit != null) {
                return exit;
            }
        }
        events.take("waitid", until, this::reap);
        synchronized (this) {
            return exit;
        }
    }

    private synchronized long reap(Kernel kernel, int pidfd) {
        if (exit != null) {
            return 0;
        }
        try (Scratch scratch = Scratch.take()) {
            MemorySegment info = scratch.memory().asSlice(Scratch.CONTROL, Siginfo.SIZEOF);
            info.fill((byte) 0);
            int result = kernel.waitid(P_PIDFD, pidfd, info.address(), WEXITED | WNOHANG, 0);
            if (result < 0) {
                return result;
            }
            if (info.get(JAVA_INT, Siginfo.si_pid) == 0) {
                return EventDescriptor.NOTHING;
            }
            int status = info.get(JAVA_INT, Siginfo.si_status);
            int code = info.get(JAVA_INT, Siginfo.si_code);
            exit =
                    code == CLD_EXITED
                            ? new ChildExit.Exited(status)
                            : new ChildExit.Killed(status, code == CLD_DUMPED);
            return 0;
        }
    }

    /** Whether it runs. */
    public boolean isAlive() throws IOException {
        return poll() == null;
    }

    /**
     * Sends it a signal: pidfd_send_signal(2).
     *
     * @throws IOException ESRCH if it has been reaped
     */
    public void signal(ProcessSignal signal) throws IOException {
        events.call(
                "pidfd_send_signal", (kernel, fd) -> kernel.pidfdSendSignal(fd, signal.number()));
    }

    @Override
    public int fileno() {
        return events.fileno();
    }

    @Override
    public Lease lease() throws ClosedChannelException {
        return events.lease();
    }

    @Override
    public boolean isOpen() {
        synchronized (this) {
            return !closed;
        }
    }

    /** Closes the streams to it; it is reaped when it ends. Who waits for that goes on. */
    @Override
    public void close() throws IOException {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        IOException failed = null;
        for (PassedDescriptor each : pipes.values()) {
            failed = closing(each, failed);
        }
        for (StreamSocket each : sockets.values()) {
            failed = closing(each, failed);
        }
        Thread.ofVirtual().name("sockeye-reaper-" + pid).start(this::reapLater);
        if (failed != null) {
            throw failed;
        }
    }

    private static @Nullable IOException closing(
            AutoCloseable stream, @Nullable IOException before) {
        try {
            stream.close();
            return before;
        } catch (Exception failed) {
            if (before == null) {
                return failed instanceof IOException first ? first : new IOException(failed);
            }
            before.addSuppressed(failed);
            return before;
        }
    }

    private void reapLater() {
        try {
            exit(Clock.NEVER);
        } catch (IOException another) {
            // Somebody else has reaped it.
        }
        try {
            events.close();
        } catch (IOException late) {
            System.getLogger("sockeye").log(System.Logger.Level.DEBUG, "close", late);
        }
    }

    @Override
    public String toString() {
        return "ChildProcess[" + pid + ", " + program + ", " + events + "]";
    }
}
