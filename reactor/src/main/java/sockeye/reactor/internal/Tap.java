// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.reactor.Transcript.What;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Sees everything that happens on one connection, of bytes or of messages, before it happens. */
public abstract class Tap {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0).asReadOnlyBuffer();

    /** One that has seen nothing. */
    protected Tap() {}

    /**
     * Something happens.
     *
     * @param bytes what comes or goes; not to be consumed or kept
     * @param peer from whom or to whom, of a datagram; else null
     */
    abstract void sees(What what, ByteBuffer bytes, @Nullable Endpoint peer);

    final void sees(What what) {
        sees(what, NOTHING, null);
    }

    /** The same with a reason. */
    final void sees(What what, @Nullable Throwable why) {
        sees(
                what,
                why == null
                        ? NOTHING
                        : ByteBuffer.wrap(why.toString().getBytes(StandardCharsets.UTF_8)),
                null);
    }

    /** The protocol above was told that it is over. */
    abstract void over();
}
