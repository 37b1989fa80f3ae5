// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static java.lang.System.Logger.Level.WARNING;

import sockeye.ServiceManager;
import sockeye.TimerDescriptor;

import java.io.IOException;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/**
 * Tells the service manager's watchdog that this process is alive, as long as its servers really
 * work: {@code WatchdogSec=} in the unit.
 *
 * <pre>{@code
 * var watch = ServiceWatch.start(List.of(web, dns));
 * }</pre>
 *
 * <p>Twice in the time that the manager has set, it waits for a timer as any handler would wait for
 * its client: on a virtual thread, by the poller. So where nothing gets any processor time it does
 * not either, and stays silent. Then it looks at each server. One for which something has come, a
 * connection or a datagram, and that has taken in nothing since the last look though it was so then
 * already, does not work: its handler of datagrams does not return, say. A server that is at its
 * limits, or stopping, works.
 *
 * <p>Close it before the servers; a stop that is under way needs it no more.
 */
public final class ServiceWatch implements AutoCloseable {
    private final ServiceManager manager;
    private final List<Server> servers;
    private final BooleanSupplier others;
    private final TimerDescriptor timer;
    private final Map<Server, Long> behindAt = new HashMap<>(); // for the thread that looks
    private boolean complained;

    private ServiceWatch(
            ServiceManager manager,
            Collection<Server> servers,
            BooleanSupplier others,
            TimerDescriptor timer) {
        this.manager = manager;
        this.servers = List.copyOf(servers);
        this.others = Objects.requireNonNull(others);
        this.timer = timer;
    }

    /**
     * Begins, if the service manager of this process wants it; see {@link ServiceManager#watchdog}.
     *
     * @throws IOException if there is no descriptor for the timer
     */
    public static Optional<ServiceWatch> start(Collection<Server> servers) throws IOException {
        return start(servers, () -> true);
    }

    /**
     * The same for a process in which something else serves, too, an event loop for instance.
     *
     * @param others whether that works; asked at each look, on a virtual thread, and does not wait
     */
    public static Optional<ServiceWatch> start(Collection<Server> servers, BooleanSupplier others)
            throws IOException {
        Optional<Duration> wanted = ServiceManager.watchdog();
        Optional<ServiceManager> manager = ServiceManager.ofProcess();
        return wanted.isPresent() && manager.isPresent()
                ? Optional.of(start(manager.get(), wanted.get(), servers, others))
                : Optional.empty();
    }

    /**
     * Begins.
     *
     * @param within how often the manager wants to hear of it at least
     */
    public static ServiceWatch start(
            ServiceManager manager, Duration within, Collection<Server> servers)
            throws IOException {
        return start(manager, within, servers, () -> true);
    }

    static ServiceWatch start(
            ServiceManager manager,
            Duration within,
            Collection<Server> servers,
            BooleanSupplier others)
            throws IOException {
        Duration half = within.dividedBy(2);
        TimerDescriptor timer = TimerDescriptor.open();
        var watch = new ServiceWatch(manager.withPatience(half), servers, others, timer);
        timer.every(half);
        Thread.ofVirtual().name("service watch").start(watch::run);
        return watch;
    }

    private void run() {
        try {
            do {
                if (works()) {
                    tell();
                }
                timer.await();
            } while (timer.isOpen());
        } catch (IOException closed) {
            // That was all.
        }
    }

    private void tell() {
        try {
            manager.alive();
            complained = false;
        } catch (IOException failed) {
            complain("the service manager does not hear: " + failed.getMessage());
        }
    }

    /** Whether all servers work, as far as this look and the one before tell. */
    boolean works() {
        boolean all = true;
        for (Server each : servers) {
            all &= works(each);
        }
        if (!others.getAsBoolean()) {
            complain("what serves beside the servers does not answer");
            return false;
        }
        return all;
    }

    private boolean works(Server server) {
        boolean behind;
        long taken = server.taken();
        try {
            behind = server.isBehind();
        } catch (IOException closed) {
            behind = false;
        }
        if (!behind) {
            behindAt.remove(server);
            return true;
        }
        Long before = behindAt.put(server, taken);
        boolean works = before == null || before != taken;
        if (!works) {
            complain(server + " takes in nothing");
        }
        return works;
    }

    private void complain(String what) {
        if (!complained) {
            complained = true;
            System.getLogger("sockeye.server").log(WARNING, what);
        }
    }

    /** Tells the manager no more. */
    @Override
    public void close() {
        try {
            timer.close();
        } catch (IOException closedNevertheless) {
            // The descriptor is gone.
        }
    }
}
