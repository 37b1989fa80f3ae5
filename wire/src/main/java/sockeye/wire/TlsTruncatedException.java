// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.io.Serial;

import javax.net.ssl.SSLException;

/**
 * The stream ended without TLS's own end, close_notify: what came may not be all that was sent, for
 * anybody on the way can end a stream, but not say that (RFC 8446, section 6.1).
 */
public final class TlsTruncatedException extends SSLException {
    @Serial private static final long serialVersionUID = 1;

    /** With a message that says so. */
    public TlsTruncatedException() {
        super("the stream ended without close_notify: what came may be cut short");
    }
}
