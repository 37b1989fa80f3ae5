// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import sockeye.SocketTraffic;
import sockeye.SocketWaits;
import sockeye.wire.TimeLimit;
import sockeye.wire.TimeLimits;
import sockeye.wire.Vigil;

import java.time.Duration;
import java.util.Collection;
import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.concurrent.locks.LockSupport;

/**
 * Holds the connections of a server to their {@link TimeLimits}: one virtual thread, which looks at
 * all of them now and then and reads one clock for all. Messages cost nothing for it, idle
 * connections a few loads a look.
 *
 * <p>Who has exceeded a limit has its deadlines set to the past, so that whatever it waits for ends
 * in a time-out; who is still there a while later is closed under its handler.
 */
final class Watch implements Runnable {
    /** How long a connection may take to leave after it was told, beside its lingering. */
    private static final long GRACE = TimeUnit.SECONDS.toNanos(1);

    private final Collection<ServerConnection> connections;
    private final Door door;
    private final TimeLimits limits;
    private final long period;
    private final long grace;
    private final Sight sight = new Sight();
    private final Map<TimeLimit, LongAdder> exceeded = new EnumMap<>(TimeLimit.class);
    private final Thread thread;
    private volatile boolean resting;
    private volatile boolean ended;

    Watch(ServerSettings settings, Door door, Collection<ServerConnection> connections) {
        this.connections = connections;
        this.door = door;
        this.limits = settings.limits().times();
        this.period = limits.lookEvery().toNanos();
        this.grace = GRACE + settings.linger().toNanos();
        for (TimeLimit each : TimeLimit.values()) {
            exceeded.put(each, new LongAdder());
        }
        this.thread = Thread.ofVirtual().name("watch").unstarted(this);
    }

    void start() {
        if (period > 0) {
            thread.start();
        }
    }

    /** A connection has come. */
    void wake() {
        if (resting) {
            LockSupport.unpark(thread);
        }
    }

    void end() {
        ended = true;
        LockSupport.unpark(thread);
    }

    /** Waits until nobody is looked at any more. An interrupt does not shorten that. */
    void awaitEnd() {
        boolean interrupted = false;
        while (period > 0) {
            try {
                thread.join();
                break;
            } catch (InterruptedException later) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void run() {
        while (!ended) {
            if (connections.isEmpty() && door.peers() == 0) {
                resting = true;
                if (connections.isEmpty() && !ended) {
                    LockSupport.park(this);
                }
                resting = false;
            } else {
                LockSupport.parkNanos(this, period);
                long now = System.nanoTime();
                door.tidy(now);
                for (ServerConnection each : connections) {
                    look(each, now);
                }
            }
        }
    }

    private void look(ServerConnection connection, long now) {
        TimeLimit before = connection.exceeded();
        if (before != null) {
            if (now - connection.exceededAt() > grace) {
                connection.cutOff();
            }
            return;
        }
        if (connection.isLeaving()) {
            return;
        }
        sight.of(connection);
        TimeLimit limit = connection.vigil().look(limits, sight, now);
        if (limit != null && !(isOfInput(limit) && connection.hasInput())) {
            count(limit);
            connection.exceed(limit, now);
        }
    }

    /** Whether it is no fault of a peer who has spoken, and is only not heard yet. */
    private static boolean isOfInput(TimeLimit limit) {
        return limit == TimeLimit.IDLE || limit == TimeLimit.MESSAGE;
    }

    void count(TimeLimit limit) {
        Objects.requireNonNull(exceeded.get(limit)).increment();
    }

    long exceeded(TimeLimit limit) {
        return Objects.requireNonNull(exceeded.get(limit)).sum();
    }

    Duration of(TimeLimit limit) {
        return limits.of(limit);
    }

    /** One connection, as it is at the moment of the look. */
    private static final class Sight implements Vigil.View {
        private SocketTraffic traffic = new SocketTraffic(0, 0);
        private SocketWaits waits = new SocketWaits(false, false);
        private long messages;

        void of(ServerConnection connection) {
            traffic = SocketTraffic.of(connection.socket());
            waits = SocketWaits.of(connection.socket());
            messages = connection.messages().orElse(-1);
        }

        @Override
        public long received() {
            return traffic.received();
        }

        @Override
        public long sent() {
            return traffic.sent();
        }

        @Override
        public long messages() {
            return messages;
        }

        @Override
        public boolean awaitsInput() {
            return waits.input();
        }

        @Override
        public boolean awaitsOutput() {
            return waits.output();
        }
    }
}
