// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.testing;

import org.jspecify.annotations.Nullable;

import sockeye.ByteStream;
import sockeye.Endpoint;
import sockeye.reactor.Listening;
import sockeye.reactor.MessageProtocol;
import sockeye.reactor.MessageTransport;
import sockeye.reactor.Protocol;
import sockeye.reactor.Reactor;
import sockeye.reactor.ReactorSettings;
import sockeye.reactor.Transport;
import sockeye.reactor.internal.Simulation;

import java.io.IOException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/**
 * A reactor on a network in memory, for tests of protocols: no socket, and no time but what the
 * test lets pass. What chance does, to delays, to pieces, to datagrams, it does by the seed: the
 * same program with the same seed has the same history, bit for bit.
 *
 * <pre>{@code
 * try (var simulator = Simulator.of(seed)) {
 *     var reactor = simulator.reactor();
 *     var listening = reactor.listen(InetEndpoint.of("127.0.0.1", 0), Echo::new);
 *     reactor.connect(listening.local(), client);
 *     simulator.settle();
 *     ...
 * }
 * }</pre>
 *
 * <p>Any endpoint can be listened at, bound and connected to; host names are looked up by the
 * settings' {@link ReactorSettings#resolver()}, {@link TestNames} for instance. There are no
 * sockets below: {@code unwrap} finds none, and none can be adopted.
 *
 * <p><b>Time</b> is the reactor's, {@link Reactor#nanos()}, {@link #clock()} for the time of day,
 * which begins with the year 2000, and {@link sockeye.Deadline}s that are made inside.
 *
 * <p><b>Code that waits</b> runs here too, with a {@link ByteStream} rather than a protocol: what
 * {@link #serve} and {@link Reactor#callBlocking} are given. Each has a thread of its own, but only
 * one runs at a time, and the reactor waits until it waits: so its history replays as all else
 * does. It may wait by its streams, by {@link #connect(Endpoint)} and {@link #sleep}; what waits
 * for anything else holds up the simulation, and for another thread of the simulation, for ever,
 * which is told after a minute.
 *
 * <p>For one thread; {@link Reactor#run()} works too, and jumps from one event to the next.
 */
public final class Simulator implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofHours(1);

    /** What code that waits does with a connection. */
    @FunctionalInterface
    public interface Handler {
        /**
         * Serves a connection, which is closed afterwards; what it throws resets it, and is told to
         * the settings' {@link ReactorSettings#failures()}, but for an {@link IOException} after
         * the network has broken the connection.
         */
        void handle(ByteStream client) throws Exception;
    }

    /** The two ends of a stream. */
    public record Streams(Transport left, Transport right) {}

    /** The two ends of a connection of records. */
    public record Records(MessageTransport left, MessageTransport right) {}

    private final Simulation simulation;

    private Simulator(Simulation simulation) {
        this.simulation = simulation;
    }

    /** A simulator with the default settings. */
    public static Simulator of(long seed) {
        return of(seed, SimulatorSettings.DEFAULT);
    }

    /** A simulator with settings for the network. */
    public static Simulator of(long seed, SimulatorSettings settings) {
        return of(seed, settings, ReactorSettings.DEFAULT);
    }

    /** A simulator with settings for the reactor too. */
    public static Simulator of(long seed, SimulatorSettings settings, ReactorSettings reactor) {
        return new Simulator(new Simulation(seed, settings, reactor));
    }

    /** The reactor. */
    public Reactor reactor() {
        return simulation.reactor();
    }

    /** More of the chance that the seed gives, for what the test itself leaves to it. */
    public RandomGenerator random() {
        return simulation.random();
    }

    // Time.

    /**
     * Lets everything happen that is under way, timers included, until nothing is left to come, or
     * an hour of the simulation has passed, as it will if a timer arms itself for ever.
     */
    public void settle() {
        until(reactor().nanos() + PATIENCE.toNanos());
    }

    /** Lets so much time pass, and happen what happens in it. */
    public void advance(Duration time) {
        long until = reactor().nanos() + time.toNanos();
        until(until);
        simulation.advanceTo(until);
    }

    /** Lets several times pass, one after the other. */
    public void pump(Duration... times) {
        for (Duration each : times) {
            advance(each);
        }
    }

    /**
     * Lets one thing happen: the loop's next turn, with at most one event of the network, and time
     * moves to it. For tests of what is true in between.
     *
     * @return whether more is to come within the next hour
     */
    public boolean step() {
        return !simulation.run(reactor().nanos() + PATIENCE.toNanos(), 1);
    }

    private void until(long nanos) {
        simulation.run(nanos, Long.MAX_VALUE);
    }

    /** The time of day here, in UTC: the year 2000, and what has passed. */
    public Clock clock() {
        return new SimulatedClock(simulation, ZoneOffset.UTC);
    }

    private static final class SimulatedClock extends Clock {
        private final Simulation simulation;
        private final ZoneId zone;

        SimulatedClock(Simulation simulation, ZoneId zone) {
            this.simulation = simulation;
            this.zone = zone;
        }

        @Override
        public ZoneId getZone() {
            return zone;
        }

        @Override
        public Clock withZone(ZoneId other) {
            return new SimulatedClock(simulation, other);
        }

        @Override
        public Instant instant() {
            return Instant.EPOCH.plusNanos(simulation.epochNanos());
        }
    }

    // The network.

    /**
     * Two protocols, each at the other's end of a stream, without a listener in between. Nothing
     * has happened yet: {@link #step} by step, or all at once, they are called.
     */
    public Streams pair(Protocol left, Protocol right) {
        List<Transport> ends = simulation.streams(left, right);
        return new Streams(ends.getFirst(), ends.getLast());
    }

    /** The same for records. */
    public Records pairOfRecords(MessageProtocol left, MessageProtocol right) {
        List<MessageTransport> ends = simulation.records(left, right);
        return new Records(ends.getFirst(), ends.getLast());
    }

    /**
     * Whether those who connect to an endpoint, or send datagrams there where nobody is, hear
     * nothing at all, as from a host that is down; a refusal else.
     */
    public void silence(Endpoint endpoint, boolean silent) {
        simulation.silence(endpoint, silent);
    }

    /**
     * Has somebody told all that happens in the network from now on, a line each, with the time;
     * null for nobody. What two runs must have in common if the second is to be a replay.
     */
    public void history(@Nullable Consumer<String> told) {
        simulation.history(told);
    }

    /** Adds a line to the history, with the time. */
    public void note(String line) {
        simulation.note(line);
    }

    Simulation simulation() {
        return simulation;
    }

    // Code that waits.

    /**
     * Listens for streams, and has code that waits serve each, on a virtual thread of its own: a
     * {@code StreamHandler} of the server, say, as {@code handler::handle}.
     *
     * @throws IOException EADDRINUSE
     */
    public Listening serve(Endpoint local, Handler handler) throws IOException {
        return simulation.serve(local, handler::handle);
    }

    /**
     * Connects, and waits for it.
     *
     * @throws IOException as of {@link Reactor#connect}
     * @throws IllegalStateException if called by a thread that may not wait here
     */
    public ByteStream connect(Endpoint peer) throws IOException {
        return simulation.connect(peer);
    }

    /**
     * Lets so much time pass for the code that calls, and happen what happens in it.
     *
     * @throws IllegalStateException if called by a thread that may not wait here
     */
    public void sleep(Duration time) {
        simulation.sleep(time);
    }

    /**
     * Closes the reactor; the protocols of what was still open are told, and code that waits is cut
     * off by an exception.
     */
    @Override
    public void close() {
        simulation.close();
    }
}
