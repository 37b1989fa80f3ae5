// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.Serial;

/**
 * A SOCKS server does not connect us: {@code SOCKS 5 to example.org:80: connection refused (5)}; or
 * what it says is no SOCKS.
 */
public final class SocksException extends IOException {
    @Serial private static final long serialVersionUID = 1;

    private final @Nullable SocksReply reply;

    SocksException(SocksCall call, String why, @Nullable SocksReply reply) {
        super("SOCKS " + call.version() + " to " + call.destination() + ": " + why);
        this.reply = reply;
    }

    /**
     * What the server answered to the request; null if it did not come to that: it wants another
     * login, or what it said is nothing that it could say.
     */
    public @Nullable SocksReply reply() {
        return reply;
    }
}
