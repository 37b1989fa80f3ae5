// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.io.Serial;
import java.net.SocketException;

/**
 * A failure that the kernel did not return from a call but reported in a message, as netlink does:
 * the root of the exceptions of such protocols, each of which knows more than a number.
 */
public non-sealed class ReportedFailure extends SocketException implements ErrnoFailure {
    @Serial private static final long serialVersionUID = 1;

    private final FailureDetails details;

    /**
     * For a protocol's own exception. Its text is {@code OPERATION WHAT: EEXIST (17) File exists:
     * EXPLANATION}.
     *
     * @param operation what was asked for, by the kernel's name
     * @param what whom it was asked of, as {@link EndpointSpec#describe} has it
     * @param errno the positive number that was reported
     * @param explanation what there is to say beside the number; null for nothing
     */
    protected ReportedFailure(
            String operation, String what, int errno, @Nullable String explanation) {
        this(
                new FailureDetails(operation, Errno.of(errno), null, null, 0),
                what,
                explanation == null ? "" : ": " + explanation);
    }

    private ReportedFailure(FailureDetails details, String what, String explanation) {
        super(details.message(what) + explanation);
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

    /** Always 0: a request is done whole or not at all. */
    @Override
    public long bytesDone() {
        return details.bytesDone();
    }
}
