// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.Kernel;
import sockeye.internal.wait.Clock;
import sockeye.internal.wait.Descriptor;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Signals sent to this process, as an event source: waited for, selected among sockets, or handed
 * to a callback. They come through the JVM's own handling and an eventfd. A service that reads its
 * configuration again at SIGHUP and ends well at SIGTERM:
 *
 * <pre>{@code
 * try (var signals = ProcessSignals.take(SIGHUP, SIGINT, SIGTERM)) {
 *     while (signals.await() == SIGHUP) reload();
 * }
 * }</pre>
 *
 * <p>What is taken does no more what it did: SIGTERM does not end the JVM, and shutdown hooks do
 * not run until somebody calls {@link System#exit}. Close gives back to each signal what handled it
 * before.
 *
 * <p>A signal that comes again before it was taken up counts once, as in the kernel. One signal is
 * taken by one object at a time. The lower number is told first.
 *
 * <p><b>What cannot be taken</b>: SIGKILL and SIGSTOP; what the JVM needs, SIGQUIT, which prints
 * its threads, SIGUSR2, by which it stops them ({@code _JAVA_SR_SIGNUM=} in the environment gives
 * it another number), SIGSEGV and its kin; and under {@code -Xrs} SIGHUP, SIGINT and SIGTERM, which
 * then end the JVM at once. SIGUSR1 is free. On a module path that has no other use for it the
 * module {@code jdk.unsupported} has to be added by {@code --add-modules}.
 *
 * <p>There is no signalfd(2) here: it gives only signals that every thread blocks, and the threads
 * of a JVM do not; SIGTERM or SIGUSR1 would end the JVM as if there were none.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/signal.7.html">signal(7)</a>
 */
public final class ProcessSignals implements EventSource<ProcessSignal> {
    private static final int EFD_NONBLOCK = 0x800;
    private static final int EFD_CLOEXEC = 0x80000;

    /** Who has taken which; guarded by itself. */
    private static final Map<ProcessSignal, ProcessSignals> TAKEN =
            new EnumMap<>(ProcessSignal.class);

    private final EventDescriptor events;
    private final @Nullable Consumer<ProcessSignal> callback;
    private final Map<ProcessSignal, Object> before = new EnumMap<>(ProcessSignal.class);

    /** A bit for each signal that has come; the eventfd is readable while there is one. */
    private int pending; // guarded by this

    private ProcessSignals(@Nullable Consumer<ProcessSignal> callback) throws IOException {
        Kernel kernel = Kernel.current();
        int fd = kernel.eventfd2(0, EFD_NONBLOCK | EFD_CLOEXEC);
        this.callback = callback;
        this.events = new EventDescriptor(this, "signals", kernel, "eventfd2", fd);
    }

    /**
     * Takes signals from now on until it is closed.
     *
     * @throws IllegalArgumentException if one cannot be taken by any JVM
     * @throws IllegalStateException if one is taken already, or cannot be taken in this JVM: {@code
     *     -Xrs}, no module {@code jdk.unsupported}
     */
    public static ProcessSignals take(ProcessSignal first, ProcessSignal... more)
            throws IOException {
        return taken(null, EnumSet.of(first, more));
    }

    /**
     * Takes what asks a program to end: SIGINT, SIGTERM, and SIGHUP unless the program was started
     * to ignore it, as nohup(1) does.
     *
     * @throws IllegalStateException as {@link #take} does
     */
    public static ProcessSignals takeStop() throws IOException {
        return taken(null, stop());
    }

    /**
     * The same for a callback, which a thread of the JVM's runs, one for each signal, as soon as it
     * comes; there is nothing to wait for then.
     */
    public static ProcessSignals handleStop(Consumer<ProcessSignal> callback) throws IOException {
        return taken(callback, stop());
    }

    /**
     * Has signals handled by a callback from now on until it is closed. A thread of the JVM's runs
     * it, one for each signal, as soon as it comes; there is nothing to wait for then.
     *
     * @throws IllegalArgumentException as {@link #take} does
     * @throws IllegalStateException as {@link #take} does
     */
    public static ProcessSignals handle(
            Consumer<ProcessSignal> callback, ProcessSignal first, ProcessSignal... more)
            throws IOException {
        return taken(callback, EnumSet.of(first, more));
    }

    private static Set<ProcessSignal> stop() {
        Set<ProcessSignal> stop = EnumSet.of(ProcessSignal.SIGINT, ProcessSignal.SIGTERM);
        if (!ProcessSignal.SIGHUP.isIgnored()) {
            stop.add(ProcessSignal.SIGHUP);
        }
        return stop;
    }

    private static ProcessSignals taken(
            @Nullable Consumer<ProcessSignal> callback, Set<ProcessSignal> signals)
            throws IOException {
        signals.forEach(JvmSignals.Reserved::refuse);
        var made = new ProcessSignals(callback);
        try {
            made.take(signals);
            return made;
        } catch (RuntimeException | Error refused) {
            Closing.quietly(made, refused);
            throw refused;
        }
    }

    private void take(Set<ProcessSignal> signals) {
        synchronized (TAKEN) {
            for (ProcessSignal each : signals) {
                if (TAKEN.containsKey(each)) {
                    throw new IllegalStateException(each + " is taken already");
                }
            }
            for (ProcessSignal each : signals) {
                before.put(each, JvmSignals.handle(each, () -> came(each)));
                TAKEN.put(each, this);
            }
        }
    }

    private void came(ProcessSignal signal) {
        if (callback != null) {
            callback.accept(signal);
            return;
        }
        synchronized (this) {
            int others = pending;
            pending |= 1 << (signal.number() - 1);
            if (others == 0) {
                ring();
            }
        }
    }

    private void ring() {
        try {
            // There is room always: what was added before has been taken.
            events.put("write", Clock.NEVER, (kernel, fd) -> EventCounter.write(kernel, fd, 1));
        } catch (IOException closed) {
            // Nobody waits any more.
        }
    }

    /** The number of a signal that has come, or {@link EventDescriptor#NOTHING}. */
    private synchronized long next() throws IOException {
        int bit = Integer.lowestOneBit(pending);
        if (bit == 0) {
            return EventDescriptor.NOTHING;
        }
        pending &= ~bit;
        if (pending == 0) {
            // It is there always.
            events.value(Clock.NEVER);
        }
        return Integer.numberOfTrailingZeros(bit) + 1L;
    }

    private @Nullable ProcessSignal next(long until) throws IOException {
        long number = events.take("read", until, (kernel, fd) -> next());
        return number == EventDescriptor.NOTHING
                ? null
                : ProcessSignal.of((int) number).orElseThrow();
    }

    @Override
    public @Nullable ProcessSignal poll() throws IOException {
        return next(Descriptor.AT_ONCE);
    }

    @Override
    public ProcessSignal await(Deadline until) throws IOException {
        ProcessSignal found = next(until.time());
        if (found == null) {
            throw new IllegalStateException("waited for nothing");
        }
        return found;
    }

    /** Those that it has taken. */
    public Set<ProcessSignal> signals() {
        synchronized (TAKEN) {
            return Set.copyOf(before.keySet());
        }
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
        return events.isOpen();
    }

    /** Gives the signals back to what handled them before, and wakes who waits. */
    @Override
    public void close() throws IOException {
        synchronized (TAKEN) {
            List<ProcessSignal> mine = new ArrayList<>(before.keySet());
            for (ProcessSignal each : mine) {
                Object handler = before.remove(each);
                if (handler != null) {
                    JvmSignals.restore(each, handler);
                }
                TAKEN.remove(each, this);
            }
        }
        events.close();
    }

    @Override
    public String toString() {
        return "ProcessSignals[" + events + ", " + signals() + "]";
    }
}
