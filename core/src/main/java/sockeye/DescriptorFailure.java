// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.Serial;

/** A failure of a call on what is no socket: a file, a pipe, a directory. */
public final class DescriptorFailure extends IOException implements ErrnoFailure {
    @Serial private static final long serialVersionUID = 1;

    private final FailureDetails details;

    DescriptorFailure(String message, FailureDetails details) {
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
