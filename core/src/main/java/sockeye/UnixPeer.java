// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;

/**
 * All that the kernel knows of the process at the other end of an AF_UNIX connection: the one that
 * called connect(2), listen(2) or socketpair(2), as it was then.
 *
 * <pre>{@code
 * try (UnixPeer peer = UnixPeer.of(client)) {
 *     if (peer.uid() != 0 && !peer.groups().contains(adm)) {
 *         client.write("not for you\n");
 *     }
 * }
 * }</pre>
 *
 * <p>The kernel vouches for it: nothing of it is the peer's word. But the process may have passed
 * its end of the connection on, and a pid may have been given to another process since: only {@link
 * #process()} cannot be mistaken.
 *
 * @param pid the process as seen from our pid namespace; 0 if it is not visible there
 * @param uid its effective user: C's unsigned {@code uid_t} in an int
 * @param gid its effective group: C's unsigned {@code gid_t} in an int
 * @param groups its supplementary groups, unmodifiable; the effective one need not be among them
 * @param process a descriptor of the process itself (pidfd_open(2)), readable once it has ended;
 *     null if the kernel has none to give: before Linux 6.5, and on some kernels once the process
 *     is gone. It belongs to this object.
 * @see <a href="https://man7.org/linux/man-pages/man7/unix.7.html">unix(7), SO_PEERCRED</a>
 */
public record UnixPeer(
        int pid, int uid, int gid, List<Integer> groups, @Nullable PassedDescriptor process)
        implements AutoCloseable {
    private static final int SO_PEERPIDFD = 77;
    private static final int NOT_THERE = -1;

    /** Copies the groups. */
    public UnixPeer {
        groups = List.copyOf(groups);
    }

    /** The peer of a role. See {@link #of(LinuxSocket)}. */
    public static UnixPeer of(Role role) throws IOException {
        return of(role.socket());
    }

    /**
     * The peer of a socket: SO_PEERCRED, SO_PEERGROUPS and SO_PEERPIDFD.
     *
     * @throws IOException ENOTCONN if it has none, as datagram sockets (but of a pair) and all
     *     other families never have; EMFILE or ENFILE if there is no descriptor for the process
     */
    public static UnixPeer of(LinuxSocket socket) throws IOException {
        PeerCredentials credentials = socket.getOption(SoOption.PEER_CRED);
        if (credentials.uid() == NOT_THERE && credentials.pid() == 0) {
            throw ErrnoFailure.of(
                    "getsockopt SO_PEERCRED",
                    Errno.ENOTCONN.number(),
                    EndpointSpec.describe(socket.family(), socket.type(), socket.protocol(), null),
                    null,
                    null,
                    0);
        }
        int[] groups = socket.getOption(SoOption.PEER_GROUPS);
        return new UnixPeer(
                credentials.pid(),
                credentials.uid(),
                credentials.gid(),
                Arrays.stream(groups).boxed().toList(),
                process(socket));
    }

    private static @Nullable PassedDescriptor process(LinuxSocket socket) throws IOException {
        try {
            byte[] fd = socket.getOption(SoOption.SOL_SOCKET, SO_PEERPIDFD, Integer.BYTES);
            return PassedDescriptor.adopt(OptionCodec.toInt(fd, fd.length));
        } catch (SocketFailure failed) {
            if (failed.errno().equals(Errno.EMFILE) || failed.errno().equals(Errno.ENFILE)) {
                throw failed;
            }
            return null;
        }
    }

    /** Closes the descriptor of the process. */
    @Override
    public void close() throws IOException {
        if (process != null) {
            process.close();
        }
    }
}
