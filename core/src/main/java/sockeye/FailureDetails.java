// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.io.Serializable;
import java.util.Set;

/** The state of every {@link ErrnoFailure}, and how it is told. */
record FailureDetails(
        String operation,
        Errno errno,
        @Nullable Endpoint local,
        @Nullable Endpoint peer,
        long bytesDone)
        implements Serializable {

    /** The calls that are for sockets only, or that only ever meet sockets here. */
    static final Set<String> SOCKET_OPERATIONS =
            Set.of(
                    "socket",
                    "socketpair",
                    "bind",
                    "listen",
                    "accept",
                    "accept4",
                    "connect",
                    "shutdown",
                    "recv",
                    "recvfrom",
                    "recvmsg",
                    "recvmmsg",
                    "send",
                    "sendto",
                    "sendmsg",
                    "sendmmsg",
                    "sendfile",
                    "splice",
                    "getsockname",
                    "getpeername",
                    "getsockopt",
                    "setsockopt",
                    "ioctl");

    static final Set<Errno> NO_ROUTE = Set.of(Errno.EHOSTUNREACH, Errno.ENETUNREACH);
    static final Set<Errno> NO_LOCAL_ADDRESS = Set.of(Errno.EADDRINUSE, Errno.EADDRNOTAVAIL);
    static final Set<Errno> NOBODY_THERE =
            Set.of(Errno.ECONNREFUSED, Errno.ETIMEDOUT, Errno.ECONNRESET, Errno.ENOENT);

    /** Local endpoints that tell a reader nothing. */
    private static final Set<Endpoint> NOWHERE =
            Set.of(
                    InetEndpoint.any(0),
                    InetEndpoint.of(IpAddress.ANY_IPV4, 0),
                    UnixEndpoint.unnamed());

    /** The name of the system call alone. */
    String call() {
        int blank = operation.indexOf(' ');
        return blank < 0 ? operation : operation.substring(0, blank);
    }

    String message(@Nullable String what) {
        var text = new StringBuilder(operation);
        Endpoint subject = peer != null ? peer : local;
        String shown = what != null ? what : subject != null ? subject.toString() : "";
        if (!shown.isEmpty()) {
            text.append(' ').append(shown);
        }
        if (peer != null && !names(shown, peer)) {
            text.append(" to ").append(peer);
        }
        if (local != null && !NOWHERE.contains(local) && !names(shown, local)) {
            text.append(" from ").append(local);
        }
        text.append(": ").append(errno);
        if (bytesDone > 0) {
            text.append(", ").append(bytesDone).append(" bytes done");
        }
        return text.toString();
    }

    /**
     * Whether a description ends with an endpoint, as {@code tcp:[::1]:80} with {@code [::1]:80}.
     */
    private static boolean names(String shown, Endpoint endpoint) {
        String text = endpoint.toString();
        return shown.equals(text) || shown.endsWith(":" + text);
    }
}
