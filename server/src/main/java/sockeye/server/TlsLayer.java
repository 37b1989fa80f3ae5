// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import sockeye.ByteStream;
import sockeye.wire.TlsContext;

import java.io.IOException;
import java.util.Objects;

/**
 * Has a server speak TLS: {@code ServerSettings.DEFAULT.withLayers(TlsLayer.of(context))}.
 *
 * <p>The handshake runs on the connection's thread under the server's deadline for it, so that a
 * client which never speaks costs no more than its own connection. The handler's stream unwraps to
 * the {@link TlsStream}: {@code client.unwrap(TlsStream.class).get().details()}.
 */
public final class TlsLayer implements StreamLayer {
    private final TlsContext context;

    private TlsLayer(TlsContext context) {
        this.context = context;
    }

    /**
     * The layer over a context; to change its certificates is {@link TlsContext#replace}.
     *
     * @throws IllegalStateException if it cannot be a server's: without a certificate of its own,
     *     or asking clients for theirs without saying whom to trust
     */
    public static TlsLayer of(TlsContext context) {
        Objects.requireNonNull(context.server()); // what it refuses, it refuses before the start
        return new TlsLayer(context);
    }

    @Override
    public ByteStream establish(ByteStream below, ServerConnection connection) throws IOException {
        TlsStream stream = TlsStream.server(below, context);
        connection.securedBy(stream.details().protocol());
        return stream;
    }

    @Override
    public String toString() {
        return "TlsLayer[" + context + "]";
    }
}
