// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.io.IOException;

/**
 * What all failures that the kernel reported have in common: the operation, the error number, the
 * endpoints, and how much was done before.
 *
 * <p>Each is also an exception that callers of the JDK know, so that either view can be caught:
 *
 * <pre>{@code
 * try {
 *     socket.connect(endpoint);
 * } catch (ConnectException e) {                  // as ever
 *     retryLater();
 * } catch (IOException e) {                       // or by number
 *     if (e instanceof ErrnoFailure failure && failure.errno().equals(Errno.EACCES)) {
 *         explain(failure.operation(), failure.peer());
 *     }
 *     throw e;
 * }
 * }</pre>
 *
 * <table>
 * <caption>The exception of each failure</caption>
 * <tr><th>operation</th><th>error</th><th>exception</th></tr>
 * <tr><td>connect</td><td>ECONNREFUSED, ETIMEDOUT, ECONNRESET, ENOENT of a Unix path</td>
 *     <td>{@link ConnectFailure}</td></tr>
 * <tr><td>any send or receive</td><td>ECONNREFUSED: an ICMP message, a vanished Unix peer</td>
 *     <td>{@link PortUnreachableFailure}</td></tr>
 * <tr><td>bind</td><td>EADDRINUSE, EADDRNOTAVAIL, EACCES</td><td>{@link BindFailure}</td></tr>
 * <tr><td>connect, listen</td><td>EADDRINUSE, EADDRNOTAVAIL: no local address to be had</td>
 *     <td>{@link BindFailure}</td></tr>
 * <tr><td>any on a socket</td><td>EHOSTUNREACH, ENETUNREACH</td>
 *     <td>{@link NoRouteFailure}</td></tr>
 * <tr><td>any on a socket</td><td>any other</td><td>{@link SocketFailure}</td></tr>
 * <tr><td>any on what is no socket: read, write, open, unlink, …</td><td>any</td>
 *     <td>{@link DescriptorFailure}</td></tr>
 * <tr><td>a request by messages: netlink</td><td>any</td><td>{@link ReportedFailure}</td></tr>
 * </table>
 *
 * <p>ETIMEDOUT is the kernel's own patience that ended; a deadline of the caller ends in {@link
 * java.net.SocketTimeoutException} instead, and an interrupt in {@link SocketInterruptedException}.
 */
public sealed interface ErrnoFailure
        permits ConnectFailure,
                BindFailure,
                NoRouteFailure,
                PortUnreachableFailure,
                SocketFailure,
                ReportedFailure,
                DescriptorFailure {
    /**
     * The system call by its known name, {@code "connect"}, and what else there is to say of it.
     */
    String operation();

    /** The error number. */
    Errno errno();

    /** The local endpoint, where it is known and says something. */
    @Nullable Endpoint local();

    /** The peer that the operation was for, where it is known. */
    @Nullable Endpoint peer();

    /** How many bytes the same operation had moved before it failed; for a batch, messages. */
    long bytesDone();

    /**
     * The exception for a failed system call; the class's table says which.
     *
     * <p>Its message is {@code connect tcp:127.0.0.1:9: ECONNREFUSED (111) Connection refused}, or
     * with all there is {@code send tcp:192.0.2.1:80 from 192.0.2.2:41000: EPIPE (32) Broken pipe,
     * 1234 bytes done}.
     *
     * @param operation the system call by its known name; more may follow after a blank, {@code
     *     "setsockopt TCP_NODELAY"}
     * @param errno the positive error number
     * @param what what it was done to, as {@link EndpointSpec#describe} or a path has it; null to
     *     have the peer or else the local endpoint described
     * @param local the local endpoint, if known
     * @param peer the peer, if known
     * @param bytesDone bytes moved before, 0 or more
     */
    static IOException of(
            String operation,
            int errno,
            @Nullable String what,
            @Nullable Endpoint local,
            @Nullable Endpoint peer,
            long bytesDone) {
        var details = new FailureDetails(operation, Errno.of(errno), local, peer, bytesDone);
        if (SocketTrace.isOn()) {
            SocketRecorder.failed(details);
        }
        String message = details.message(what);
        String call = details.call();
        if (!FailureDetails.SOCKET_OPERATIONS.contains(call)) {
            return new DescriptorFailure(message, details);
        }
        Errno number = details.errno();
        if (FailureDetails.NO_ROUTE.contains(number)) {
            return new NoRouteFailure(message, details);
        }
        if (FailureDetails.NO_LOCAL_ADDRESS.contains(number)
                || (call.equals("bind") && number.equals(Errno.EACCES))) {
            return new BindFailure(message, details);
        }
        if (call.equals("connect")) {
            return FailureDetails.NOBODY_THERE.contains(number)
                    ? new ConnectFailure(message, details)
                    : new SocketFailure(message, details);
        }
        return number.equals(Errno.ECONNREFUSED)
                ? new PortUnreachableFailure(message, details)
                : new SocketFailure(message, details);
    }
}
