// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.io.Serial;
import java.net.BindException;

/**
 * A local address that cannot be had: EADDRINUSE and EADDRNOTAVAIL of bind(2), listen(2) and
 * connect(2), EACCES of bind(2).
 */
public final class BindFailure extends BindException implements ErrnoFailure {
    @Serial private static final long serialVersionUID = 1;

    private final FailureDetails details;

    BindFailure(String message, FailureDetails details) {
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
