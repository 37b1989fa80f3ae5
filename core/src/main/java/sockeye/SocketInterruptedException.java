// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.io.InterruptedIOException;
import java.io.Serial;

/**
 * The calling thread was interrupted while an operation waited: the operation is cancelled.
 *
 * <p>The thread's interrupt status is still set, and the socket is open and usable. An expired
 * deadline is told apart by its class: it is a {@link java.net.SocketTimeoutException}, which is no
 * subclass of this one, nor this of that.
 */
public final class SocketInterruptedException extends InterruptedIOException {
    @Serial private static final long serialVersionUID = 1;

    private final String operation;
    private final long bytesDone;

    private SocketInterruptedException(String message, String operation, long bytesDone) {
        super(message);
        this.operation = operation;
        this.bytesDone = bytesDone;
        this.bytesTransferred = (int) Math.min(bytesDone, Integer.MAX_VALUE);
    }

    /**
     * The exception for an operation that was cancelled: {@code recv tcp:127.0.0.1:9: interrupted,
     * 12 bytes done}.
     *
     * @param operation the system call by its known name
     * @param what what it was done to, as {@link EndpointSpec#describe} has it
     * @param bytesDone bytes moved before the interrupt, 0 or more
     */
    public static SocketInterruptedException during(
            String operation, @Nullable String what, long bytesDone) {
        var message = new StringBuilder(operation);
        if (what != null) {
            message.append(' ').append(what);
        }
        message.append(": interrupted");
        if (bytesDone > 0) {
            message.append(", ").append(bytesDone).append(" bytes done");
        }
        return new SocketInterruptedException(message.toString(), operation, bytesDone);
    }

    /** The system call by its known name, {@code "recv"}. */
    public String operation() {
        return operation;
    }

    /**
     * How many bytes the operation had moved before it was interrupted; {@link #bytesTransferred}
     * is the same, as far as an int goes.
     */
    public long bytesDone() {
        return bytesDone;
    }
}
