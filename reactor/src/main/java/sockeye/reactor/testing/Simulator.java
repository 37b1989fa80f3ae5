// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.testing;

import sockeye.reactor.Reactor;
import sockeye.reactor.ReactorSettings;
import sockeye.reactor.internal.Loop;
import sockeye.reactor.internal.SimulatedNetwork;

import java.io.IOException;
import java.time.Duration;

/**
 * A reactor on a network in memory, for tests of protocols: no socket, no thread, and no time but
 * what the test lets pass. What chance does, to delays, to pieces, to datagrams, it does by the
 * seed: the same program with the same seed has the same history, bit for bit.
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
 * <p>Any endpoint can be listened at, bound and connected to; names are not looked up. There are no
 * sockets below: {@code unwrap} finds none, and none can be adopted.
 *
 * <p>For one thread; {@link Reactor#run()} works too, and jumps from one event to the next.
 */
public final class Simulator implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofHours(1);

    private final SimulatedNetwork network;
    private final Loop loop;

    private Simulator(SimulatedNetwork network, ReactorSettings settings) {
        this.network = network;
        this.loop = Loop.simulated(network, settings);
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
        return new Simulator(new SimulatedNetwork(seed, settings), reactor);
    }

    /** The reactor. */
    public Reactor reactor() {
        return loop;
    }

    /**
     * Lets everything happen that is under way, timers included, until nothing is left to come, or
     * an hour of the simulation has passed, as it will if a timer arms itself for ever.
     */
    public void settle() {
        until(loop.nanos() + PATIENCE.toNanos());
    }

    /** Lets so much time pass, and happen what happens in it. */
    public void advance(Duration time) {
        long until = loop.nanos() + time.toNanos();
        until(until);
        network.advanceTo(until);
    }

    private void until(long nanos) {
        try {
            loop.settle(nanos);
        } catch (IOException impossible) {
            throw new AssertionError(impossible);
        }
    }

    /** Closes the reactor; the protocols of what was still open are told. */
    @Override
    public void close() {
        loop.close();
    }
}
