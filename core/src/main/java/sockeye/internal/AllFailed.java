// SPDX-License-Identifier: Apache-2.0
package sockeye.internal;

import sockeye.ErrnoFailure;

import java.io.IOException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.util.List;

/** One failure in place of those of all addresses of a name. */
public final class AllFailed {
    private AllFailed() {}

    /**
     * Says what the most telling of them says, about the name, with all of them suppressed in it.
     *
     * @param name whom it was about, as {@code tcp:example.org:80}
     * @param failures at least one
     */
    public static IOException of(String name, List<? extends Exception> failures) {
        Exception telling = failures.getFirst();
        for (Exception each : failures) {
            if (!(each instanceof NoRouteToHostException)) {
                telling = each;
                break;
            }
        }
        IOException whole;
        if (telling instanceof ErrnoFailure errno) {
            whole =
                    ErrnoFailure.of(
                            errno.operation(),
                            errno.errno().number(),
                            name,
                            errno.local(),
                            errno.peer(),
                            0);
        } else if (telling instanceof SocketTimeoutException) {
            whole = new SocketTimeoutException("connect " + name + ": timed out");
        } else {
            whole = new IOException("connect " + name + ": " + telling.getMessage());
        }
        failures.forEach(whole::addSuppressed);
        return whole;
    }
}
