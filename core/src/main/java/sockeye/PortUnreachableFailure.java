// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.io.Serial;
import java.net.PortUnreachableException;

/**
 * A send or receive that learned that an earlier message was refused: ECONNREFUSED, on a connected
 * datagram socket by an ICMP message, on AF_UNIX by the end of the peer.
 */
public final class PortUnreachableFailure extends PortUnreachableException implements ErrnoFailure {
    @Serial private static final long serialVersionUID = 1;

    private final FailureDetails details;

    PortUnreachableFailure(String message, FailureDetails details) {
        super(message);
        this.details = details;
    }

    @Override
    public String operation() {
        return details.operation();
    }

    @Override
    public Errno errno() {
        return details.errno();
    }

    @Override
    public @Nullable Endpoint local() {
        return details.local();
    }

    @Override
    public @Nullable Endpoint peer() {
        return details.peer();
    }

    @Override
    public long bytesDone() {
        return details.bytesDone();
    }
}
