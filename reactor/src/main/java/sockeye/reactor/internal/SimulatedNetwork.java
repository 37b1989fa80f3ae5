// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.SocketType;
import sockeye.UnixEndpoint;
import sockeye.reactor.testing.SimulatorSettings;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * A network in memory: who is where, and a calendar of what is to happen. All chance comes from one
 * seed, and time goes from one event to the next, so that the same calls give the same history.
 */
final class SimulatedNetwork {
    private static final int FIRST_PORT = 32_768;
    private static final long FIRST_NANOS = 1_000_000_000;

    /** 2000-01-01T00:00:00Z. */
    private static final long FIRST_EPOCH_NANOS = 946_684_800_000_000_000L;

    private record Event(long at, long order, Runnable what) implements Comparable<Event> {
        @Override
        public int compareTo(Event o) {
            return at == o.at ? Long.compare(order, o.order) : Long.compare(at, o.at);
        }
    }

    /** Each type of socket has names of its own. */
    private record Place(int type, Endpoint endpoint) {}

    final SplittableRandom random;
    final SimulatorSettings settings;
    private final PriorityQueue<Event> calendar = new PriorityQueue<>();
    private final Map<Place, SimulatedChannel> bound = new HashMap<>();
    private final List<Endpoint> names = new ArrayList<>();
    private final Map<Endpoint, Integer> numbers = new HashMap<>();
    private long now = FIRST_NANOS;
    private long order;
    private int nextPort = FIRST_PORT;
    private int nextName;
    private final Set<Endpoint> silent = new HashSet<>();
    private @Nullable Consumer<String> history;

    /** Is told of the datagrams that were sent to nobody. */
    @Nullable Stray stray;

    /** What becomes of a datagram that has nobody to go to. */
    interface Stray {
        void strayed(Endpoint to, SimulatedChannel.Parcel parcel);
    }

    /** A network without anybody in it. */
    SimulatedNetwork(long seed, SimulatorSettings settings) {
        this.random = new SplittableRandom(seed);
        this.settings = settings;
    }

    /** The time. */
    long nanos() {
        return now;
    }

    long epochNanos() {
        return FIRST_EPOCH_NANOS + now - FIRST_NANOS;
    }

    void tellHistory(@Nullable Consumer<String> told) {
        history = told;
    }

    /** Writes down what happens, if somebody wants to know. */
    void note(SimulatedChannel channel, String what, long count) {
        Consumer<String> told = history;
        if (told != null) {
            told.accept("%d %s %s %d".formatted(now - FIRST_NANOS, channel, what, count));
        }
    }

    void note(String what) {
        Consumer<String> told = history;
        if (told != null) {
            told.accept("%d %s".formatted(now - FIRST_NANOS, what));
        }
    }

    /** Whether nobody there ever answers a request to connect. */
    boolean isSilent(Endpoint endpoint) {
        return silent.contains(endpoint);
    }

    void silence(Endpoint endpoint, boolean isSilent) {
        if (isSilent) {
            silent.add(endpoint);
        } else {
            silent.remove(endpoint);
        }
    }

    /** Lets time pass up to a moment, if it is not later already. */
    void advanceTo(long nanos) {
        now = Math.max(now, nanos);
    }

    void after(long nanos, Runnable what) {
        calendar.add(new Event(now + nanos, order++, what));
    }

    void at(long time, Runnable what) {
        calendar.add(new Event(Math.max(now, time), order++, what));
    }

    /** When the next thing happens; {@link Long#MAX_VALUE} if nothing will. */
    long next() {
        Event first = calendar.peek();
        return first == null ? Long.MAX_VALUE : first.at;
    }

    /** Lets the next thing happen. */
    void step() {
        Event first = calendar.poll();
        if (first != null) {
            now = Math.max(now, first.at);
            first.what.run();
        }
    }

    /** How long something takes on its way. */
    long delay() {
        long least = settings.leastDelay().toNanos();
        long most = settings.mostDelay().toNanos();
        return most > least ? random.nextLong(least, most + 1) : least;
    }

    /** Some of so many, at least one. */
    int some(int count) {
        return settings.partial() && count > 1 && random.nextBoolean()
                ? random.nextInt(1, count + 1)
                : count;
    }

    boolean happens(double probability) {
        return probability > 0 && random.nextDouble() < probability;
    }

    // Names.

    /** The address that is bound in fact; null if it is taken. */
    @Nullable Endpoint bind(Endpoint wanted, SimulatedChannel channel) {
        Endpoint actual = wanted;
        if (wanted instanceof InetEndpoint inet && inet.port() == 0) {
            actual = inet.withPort(nextPort++);
        }
        if (!actual.equals(UnixEndpoint.unnamed())
                && bound.putIfAbsent(new Place(channel.type(), actual), channel) != null) {
            return null;
        }
        return actual;
    }

    void unbind(SimulatedChannel channel) {
        Endpoint local = channel.local;
        if (local != null) {
            bound.remove(new Place(channel.type(), local), channel);
        }
    }

    /** What a client is called. */
    Endpoint clientOf(Endpoint peer) {
        return peer instanceof InetEndpoint inet
                ? inet.withPort(nextPort++)
                : UnixEndpoint.unnamed();
    }

    @Nullable SimulatedChannel at(int type, Endpoint endpoint) {
        SimulatedChannel exact = bound.get(new Place(type, endpoint));
        if (exact != null || !(endpoint instanceof InetEndpoint inet)) {
            return exact;
        }
        for (Endpoint any : List.of(InetEndpoint.any(inet.port()), anyIpv4(inet.port()))) {
            SimulatedChannel wildcard = bound.get(new Place(type, any));
            if (wildcard != null) {
                return wildcard;
            }
        }
        return null;
    }

    private static Endpoint anyIpv4(int port) {
        return InetEndpoint.of("0.0.0.0", port);
    }

    long number(Endpoint endpoint) {
        return numbers.computeIfAbsent(
                endpoint,
                fresh -> {
                    names.add(fresh);
                    return names.size() - 1;
                });
    }

    Endpoint named(long number) {
        return names.get((int) number);
    }

    SimulatedChannel channel(int type) {
        return new SimulatedChannel(this, type, nextName++);
    }

    /** Two ends of a connection that is there. */
    void join(SimulatedChannel a, SimulatedChannel b) {
        a.other = b;
        b.other = a;
    }

    static boolean isStream(SimulatedChannel channel) {
        return channel.type() == SocketType.SOCK_STREAM;
    }
}
