// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.io.Serial;
import java.net.NoRouteToHostException;

/** No way to the peer: EHOSTUNREACH, ENETUNREACH. */
public final class NoRouteFailure extends NoRouteToHostException implements ErrnoFailure {
    @Serial private static final long serialVersionUID = 1;

    private final FailureDetails details;

    NoRouteFailure(String message, FailureDetails details) {
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
