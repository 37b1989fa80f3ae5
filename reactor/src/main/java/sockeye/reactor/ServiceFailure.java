// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import java.io.IOException;
import java.util.Objects;

/** A service that could not start, or has failed; the cause says why, the path which. */
public final class ServiceFailure extends IOException {
    private static final long serialVersionUID = 1;

    private final String path;

    /**
     * A failure.
     *
     * @param path of the service, in the tree that tells it
     */
    public ServiceFailure(String path, Throwable cause) {
        super(path + ": " + text(cause), cause);
        this.path = path;
    }

    private static String text(Throwable cause) {
        String message = cause.getMessage();
        // What the kernel says speaks for itself; "7" of an exception about an index does not.
        return message != null && cause instanceof IOException ? message : cause.toString();
    }

    /** The same as it is told by the tree above. */
    ServiceFailure below(String name) {
        return new ServiceFailure(
                path.isEmpty() ? name : name + "/" + path, Objects.requireNonNull(getCause()));
    }

    /** Which service, by the names on the way to it: {@code net/echo}. */
    public String path() {
        return path;
    }
}
