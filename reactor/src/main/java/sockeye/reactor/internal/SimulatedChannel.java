// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.ErrnoFailure;
import sockeye.InetEndpoint;
import sockeye.IpAddress;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Optional;

/** A socket of the network in memory. */
final class SimulatedChannel extends Channel {
    /** What has arrived: bytes of a stream, or a whole message with its sender. */
    static final class Parcel {
        final byte[] bytes;
        final @Nullable Endpoint sender;

        Parcel(byte[] bytes, @Nullable Endpoint sender) {
            this.bytes = bytes;
            this.sender = sender;
        }
    }

    private final SimulatedNetwork network;
    private final int type;
    @Nullable Endpoint local;
    @Nullable Endpoint peer;
    @Nullable SimulatedChannel other;

    final ArrayDeque<Parcel> arrived = new ArrayDeque<>();
    final ArrayDeque<SimulatedChannel> backlog = new ArrayDeque<>();

    /** How much of the first parcel of a stream has been read. */
    int readOfFirst;

    /** Bytes that are on their way here or have not been read. */
    int window;

    /** When the last that was sent here arrives: a stream keeps its order. */
    long lastArrival;

    boolean listening;
    boolean endArrived;
    boolean outputShut;

    /** Whether the network has ended what is sent, and the sender does not know. */
    boolean cutShort;

    boolean closed;

    /** The negated errno that a reset has left. */
    int broken;

    /** Whether a datagram has come back. */
    boolean refused;

    /** Whether the look at what can be received is on the calendar already. */
    boolean lookIsDue;

    private final int number;

    SimulatedChannel(SimulatedNetwork network, int type, int number) {
        this.network = network;
        this.number = number;
        this.type = type;
    }

    int number() {
        return number;
    }

    @Override
    int type() {
        return type;
    }

    @Override
    boolean halfCloses() {
        return true;
    }

    @Override
    @Nullable Endpoint peer() {
        return peer;
    }

    @Override
    @Nullable Endpoint local() {
        return local;
    }

    @Override
    void associate(@Nullable Endpoint with) {
        peer = with;
        refused = false;
    }

    @Override
    <T> Optional<T> unwrap(Class<T> kind) {
        return Optional.empty();
    }

    @Override
    IOException failure(String operation, int result, @Nullable Endpoint to) {
        return ErrnoFailure.of(operation, -result, null, local, to != null ? to : peer, 0);
    }

    /** In a history: a number alone, for an address need not be unique. */
    @Override
    public String toString() {
        return "#" + number;
    }

    @Override
    int encode(Endpoint to, Chunk chunk) {
        chunk.memory.set(JAVA_LONG_UNALIGNED, chunk.nameStart, network.number(to));
        return Long.BYTES;
    }

    @Override
    int sender(Chunk chunk, byte[] address) {
        if (!(decode(chunk) instanceof InetEndpoint inet)) {
            return -1;
        }
        IpAddress mapped = inet.address().mapped();
        ByteBuffer.wrap(address).putLong(mapped.high()).putLong(mapped.low());
        return inet.port();
    }

    @Override
    @Nullable Endpoint decode(Chunk chunk) {
        return chunk.nameLength == 0
                ? null
                : network.named(chunk.memory.get(JAVA_LONG_UNALIGNED, chunk.nameStart));
    }
}
