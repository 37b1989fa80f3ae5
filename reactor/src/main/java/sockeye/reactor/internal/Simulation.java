// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.ByteStream;
import sockeye.Endpoint;
import sockeye.SocketType;
import sockeye.internal.wait.Clock;
import sockeye.reactor.Listening;
import sockeye.reactor.MessageProtocol;
import sockeye.reactor.MessageTransport;
import sockeye.reactor.Protocol;
import sockeye.reactor.Reactor;
import sockeye.reactor.ReactorSettings;
import sockeye.reactor.Transport;
import sockeye.reactor.internal.SimulatedChannel.Parcel;
import sockeye.reactor.testing.SimulatorSettings;

import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/** A loop, its network, its time and the threads that wait in it: what a simulator is made of. */
public final class Simulation {
    /** What is done with a connection by code that waits. */
    @FunctionalInterface
    public interface Handler {
        /** Serves it; afterwards it is closed. */
        void handle(ByteStream stream) throws Exception;
    }

    private final SimulatedNetwork network;
    private final Loop loop;

    /** A network without anybody in it. */
    public Simulation(long seed, SimulatorSettings settings, ReactorSettings reactor) {
        this.network = new SimulatedNetwork(seed, settings);
        this.loop = Loop.simulated(network, reactor);
    }

    private SimulatedDriver driver() {
        return (SimulatedDriver) loop.driverInUse();
    }

    /** The loop. */
    public Reactor reactor() {
        return loop;
    }

    /** The chance that everything else here has too. */
    public RandomGenerator random() {
        return network.random;
    }

    /** The time of day. */
    public long epochNanos() {
        return network.epochNanos();
    }

    /** Lets happen what is to happen by then; whether nothing is left. */
    public boolean run(long until, long turns) {
        boolean[] idle = new boolean[1];
        Clock.simulate(
                loop::nanos,
                () -> {
                    try {
                        idle[0] = loop.settle(until, turns);
                    } catch (IOException impossible) {
                        throw new AssertionError(impossible);
                    }
                });
        return idle[0];
    }

    /** Lets time pass up to then, if it is not later already. */
    public void advanceTo(long nanos) {
        network.advanceTo(nanos);
    }

    /** Has somebody told what happens, a line each; null for nobody. */
    public void history(@Nullable Consumer<String> told) {
        network.tellHistory(told);
    }

    /** Adds a line. */
    public void note(String line) {
        network.note(line);
    }

    /** Whether who connects there waits in vain. */
    public void silence(Endpoint endpoint, boolean silent) {
        network.silence(endpoint, silent);
    }

    private SimulatedChannel[] joined(int type) {
        SimulatedChannel left = network.channel(type);
        SimulatedChannel right = network.channel(type);
        network.join(left, right);
        return new SimulatedChannel[] {left, right};
    }

    /** Two ends of a stream. */
    public List<Transport> streams(Protocol left, Protocol right) {
        SimulatedChannel[] ends = joined(SocketType.SOCK_STREAM);
        return List.of(
                new Connection(loop, ends[0], left, null),
                new Connection(loop, ends[1], right, null));
    }

    /** Two ends of a connection of records. */
    public List<MessageTransport> records(MessageProtocol left, MessageProtocol right) {
        SimulatedChannel[] ends = joined(SocketType.SOCK_SEQPACKET);
        return List.of(
                new MessageConnection(loop, ends[0], left, null),
                new MessageConnection(loop, ends[1], right, null));
    }

    /** Has somebody told of datagrams to where nobody is. */
    public void stray(BiConsumer<Endpoint, byte[]> told) {
        network.stray = (to, parcel) -> told.accept(to, parcel.bytes);
    }

    /** A datagram comes from somewhere, at once; whether somebody is there to receive it. */
    public boolean deliver(Endpoint from, Endpoint to, byte[] payload) {
        SimulatedChannel receiver = network.at(SocketType.SOCK_DGRAM, to);
        if (receiver != null) {
            driver().deliver(receiver, new Parcel(payload.clone(), from));
        }
        return receiver != null;
    }

    // Code that waits.

    /** Listens, with a thread for each connection. */
    public Listening serve(Endpoint local, Handler handler) throws IOException {
        return loop.listen(
                local,
                () -> {
                    var stream = new BlockingStream(loop);
                    return stream.below(
                            () -> driver().startBlocking(loop, () -> handle(stream, handler)));
                });
    }

    private void handle(BlockingStream stream, Handler handler) {
        try {
            handler.handle(stream);
            stream.close();
        } catch (Fiber.SimulationOver over) {
            stream.abort();
        } catch (Throwable thrown) {
            boolean network = thrown instanceof IOException && stream.isBroken();
            stream.abort();
            if (!network) {
                loop.report(thrown);
            }
        }
    }

    /** Connects, and waits for it. */
    public ByteStream connect(Endpoint peer) throws IOException {
        Fiber me = Fiber.require();
        var stream = new BlockingStream(loop);
        CompletableFuture<Transport> made =
                me.call(() -> {
                    CompletableFuture<Transport> result =
                            loop.connect(peer, stream.below(() -> {}));
                    var _ = result.whenComplete((transport, failed) -> me.wake());
                    return result;
                });
        while (!made.isDone()) {
            me.await();
        }
        try {
            made.join();
            return stream;
        } catch (CompletionException failed) {
            if (failed.getCause() instanceof IOException known) {
                throw known;
            }
            throw failed;
        }
    }

    /** Lets time pass for the thread that calls. */
    public void sleep(Duration time) {
        Fiber me = Fiber.require();
        long until = loop.nanos() + Timers.nanos(time);
        var _ = me.call(() -> loop.after(time, me::wake));
        while (loop.nanos() - until < 0) {
            me.await();
        }
    }

    /** Closes the loop, and ends the threads that still wait. */
    public void close() {
        loop.close();
        for (Fiber each : List.copyOf(driver().fibers())) {
            each.cancel();
        }
    }
}
