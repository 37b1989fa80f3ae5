// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import sockeye.reactor.Protocol;
import sockeye.reactor.Transport;

import java.nio.ByteBuffer;

/** Has a connection from when a layer is put on it in mid-stream until the layer is told. */
public final class Starting implements Protocol {
    private static final Starting ANY = new Starting();

    private Starting() {}

    /** Gives the transport to the protocol in the next turn, and tells it that it is open. */
    public static void start(Transport below, Protocol next) {
        below.pause();
        below.become(ANY);
        below.reactor()
                .execute(() -> {
                    if (below.isOpen()) {
                        below.become(next);
                        below.resume();
                        try {
                            next.opened(below);
                        } catch (Throwable thrown) {
                            LayerTransport.fail(below, thrown);
                        }
                    }
                });
    }

    @Override
    public void received(Transport transport, ByteBuffer bytes) {
        // Not reached: it is paused.
    }

    @Override
    public void ended(Transport transport) {
        // Nor this.
    }
}
