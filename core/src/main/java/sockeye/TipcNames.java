// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.Scratch;

import java.io.IOException;
import java.lang.foreign.MemorySegment;

/**
 * The services that a TIPC socket offers: it may be bound to any number, which may overlap, and
 * unbound from each while it goes on.
 *
 * <pre>{@code
 * var listener = Listener.seqpacket(TipcEndpoint.service(18888, 17));
 * TipcNames.of(listener).bind(TipcEndpoint.range(18888, 100, 199)); // offers these as well
 * TipcNames.of(listener).unbindAll();                               // new clients go elsewhere
 * }</pre>
 *
 * <p>Not on connected sockets (EINVAL), nor on members of a group (EACCES). A bound socket cannot
 * connect (EOPNOTSUPP). Any method may be called by any thread.
 */
public final class TipcNames {
    private final LinuxSocket socket;

    private TipcNames(LinuxSocket socket) {
        this.socket = socket;
    }

    /** Those of a role's socket. */
    public static TipcNames of(Role role) {
        return of(role.socket());
    }

    /**
     * Those of a socket.
     *
     * @throws IllegalArgumentException if it is not of AF_TIPC
     */
    public static TipcNames of(LinuxSocket socket) {
        if (socket.family() != AddressFamily.AF_TIPC) {
            throw new IllegalArgumentException("no TIPC socket: " + socket);
        }
        return new TipcNames(socket);
    }

    /**
     * Offers a service, or a range of them, as well: bind(2).
     *
     * @param name a service or a range; the same again counts anew
     * @throws IOException EACCES for a type below 64; EAFNOSUPPORT for a socket; EINVAL on a
     *     connected socket
     */
    public void bind(TipcEndpoint name) throws IOException {
        socket.bind(name);
    }

    /**
     * No longer offers what was bound with that range and that scope: bind(2) with the scope
     * negated. Connections that were made stay.
     *
     * @param name a service or a range as it was bound
     * @throws IOException EINVAL if others are bound and this is not
     */
    public void unbind(TipcEndpoint name) throws IOException {
        byte[] sockaddr = new byte[Endpoint.MAX_SOCKADDR];
        int length = name.encode(AddressFamily.AF_TIPC, sockaddr);
        sockaddr[TipcSockaddr.scope] = (byte) -sockaddr[TipcSockaddr.scope];
        call(name, sockaddr, length);
    }

    /** No longer offers anything: bind(2) with an address of no length. */
    public void unbindAll() throws IOException {
        call(null, new byte[Endpoint.MAX_SOCKADDR], 0);
    }

    private void call(@Nullable TipcEndpoint name, byte[] sockaddr, int length) throws IOException {
        int result;
        socket.descriptor.enter();
        try (Scratch scratch = Scratch.take()) {
            MemorySegment.copy(sockaddr, 0, scratch.memory(), JAVA_BYTE, Scratch.ADDRESS, length);
            long address = length == 0 ? 0 : scratch.address(Scratch.ADDRESS);
            result = socket.descriptor.kernel.bind(socket.descriptor.fd, address, length);
        } finally {
            socket.descriptor.exit();
        }
        if (result < 0) {
            String what = name == null ? null : socket.describe(name);
            throw ErrnoFailure.of("bind", -result, what, name, null, 0);
        }
    }
}
