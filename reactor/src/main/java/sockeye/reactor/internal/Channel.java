// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;

import java.io.IOException;
import java.util.Optional;

/** A socket as a driver knows it. */
abstract sealed class Channel permits KernelChannel, SimulatedChannel {
    /** The operation in flight that brings something in, and that which takes something out. */
    @Nullable Operation input;

    @Nullable Operation output;

    abstract int type();

    /** Whether one direction can be ended alone. */
    abstract boolean halfCloses();

    /** Whether a peer's end can be waited for after the sending was ended. */
    boolean lingers() {
        return halfCloses();
    }

    abstract @Nullable Endpoint peer();

    abstract @Nullable Endpoint local();

    abstract <T> Optional<T> unwrap(Class<T> kind);

    /** The exception for a negated errno. */
    abstract IOException failure(String operation, int result, @Nullable Endpoint peer);

    /** Writes an address where a message's name goes; its length. */
    abstract int encode(Endpoint peer, Chunk chunk);

    /** What stands in a message's name. */
    abstract @Nullable Endpoint decode(Chunk chunk);
}
