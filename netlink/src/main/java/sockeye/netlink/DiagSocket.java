// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import org.jspecify.annotations.Nullable;

import sockeye.Deadline;
import sockeye.Errno;
import sockeye.InetEndpoint;
import sockeye.IpProtocol;
import sockeye.NetlinkProtocol;
import sockeye.netlink.InetReport.InetDiagReqV2;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The sockets of this network namespace, whoever has them: what {@code ss} shows, by the kernel's
 * sock_diag.
 *
 * <pre>{@code
 * try (var diag = DiagSocket.open()) {
 *     var listeners = InetQuery.ALL.inStates(TcpInfo.State.LISTEN);
 *     for (var socket : diag.tcp(listeners)) {
 *         IO.println(socket.local() + " " + socket.receiveQueue() + "/" + socket.sendQueue());
 *     }
 * }
 * }</pre>
 *
 * <p>It sees the namespace that it was opened in; {@link sockeye.NetworkNamespace#call} opens it in
 * another. Reading needs no privilege, but marks, packet filters and {@link #destroy} need
 * CAP_NET_ADMIN. A list is not of one moment: sockets come and go while the kernel makes it.
 *
 * <p>What the kernel was built without is a {@link NetlinkException} that says what is missing:
 * {@code SOCK_DIAG_BY_FAMILY netlink:sock_diag: ENOENT (2) No such file or directory: the kernel
 * has no vsock_diag}.
 *
 * <p>Threads, waiting and close are those of {@link NetlinkSocket}.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/sock_diag.7.html">sock_diag(7)</a>
 */
public final class DiagSocket implements AutoCloseable {
    private final NetlinkSocket socket;

    private DiagSocket(NetlinkSocket socket) {
        this.socket = socket;
    }

    /**
     * Opens a socket of NETLINK_SOCK_DIAG.
     *
     * @throws IOException EMFILE or ENFILE if there are too many descriptors
     */
    public static DiagSocket open() throws IOException {
        return new DiagSocket(NetlinkSocket.open(NetlinkProtocol.NETLINK_SOCK_DIAG));
    }

    /**
     * The same conversation over a socket that is open already; closing either closes both.
     *
     * @throws IllegalArgumentException if it is of another protocol
     */
    public static DiagSocket over(NetlinkSocket socket) {
        if (socket.protocol() != NetlinkProtocol.NETLINK_SOCK_DIAG) {
            throw new IllegalArgumentException("not of NETLINK_SOCK_DIAG: " + socket);
        }
        return new DiagSocket(socket);
    }

    // IP.

    /** All sockets of TCP, in all states, with all that is known. */
    public List<InetReport> tcp() throws IOException {
        return tcp(InetQuery.ALL);
    }

    /** Some sockets of TCP. */
    public List<InetReport> tcp(InetQuery query) throws IOException {
        return inet(IpProtocol.IPPROTO_TCP, query);
    }

    /** All sockets of UDP that are bound. */
    public List<InetReport> udp() throws IOException {
        return udp(InetQuery.ALL);
    }

    /** Some sockets of UDP. */
    public List<InetReport> udp(InetQuery query) throws IOException {
        return inet(IpProtocol.IPPROTO_UDP, query);
    }

    /**
     * Some sockets of a protocol over IP: of those of {@link IpProtocol} that the kernel has a
     * module for, which are TCP, UDP, UDP-Lite, MPTCP, SCTP, DCCP and raw sockets (IPPROTO_RAW).
     *
     * @return IPv4's first
     * @throws NetlinkException ENOENT if the kernel has none for it; EPERM if the filter asks for
     *     marks without CAP_NET_ADMIN
     * @throws IllegalArgumentException if the filter is too large
     */
    public List<InetReport> inet(int protocol, InetQuery query) throws IOException {
        List<InetReport> all = new ArrayList<>();
        for (int family : query.families()) {
            String name = IpProtocol.nameOf(protocol);
            all.addAll(dump(query.request(protocol, family), InetReport.decoder(protocol), name));
        }
        return all;
    }

    /**
     * The socket that a packet between two addresses belongs to: the one that is connected so, else
     * the listener, or the socket that is bound and not connected.
     *
     * @param protocol of TCP or UDP, or their like
     * @param local this machine's address and port
     * @param peer the other's; the address {@code 0.0.0.0} or {@code ::} and port 0 for a listener
     * @return empty if there is none
     * @throws IllegalArgumentException if one is of IPv4 and the other of IPv6
     */
    public Optional<InetReport> find(int protocol, InetEndpoint local, InetEndpoint peer)
            throws IOException {
        if (local.family() != peer.family()) {
            throw new IllegalArgumentException(local + " and " + peer + " are of two families");
        }
        // The kernel has the two the other way round for UDP, "for historical reasons".
        boolean swapped =
                protocol == IpProtocol.IPPROTO_UDP || protocol == IpProtocol.IPPROTO_UDPLITE;
        NetlinkRequest request =
                one(
                        Diag.SOCK_DIAG_BY_FAMILY,
                        "SOCK_DIAG_BY_FAMILY",
                        protocol,
                        swapped ? peer : local,
                        swapped ? local : peer,
                        Math.max(local.scopeId(), peer.scopeId()),
                        Diag.NO_COOKIE);
        return get(request, InetReport.decoder(protocol));
    }

    /**
     * A socket by its cookie, {@link sockeye.SoOption#COOKIE}. The kernel has no index of them: it
     * lists all sockets of the protocol, in short, and is asked for this one.
     *
     * @return empty if there is none, or no more
     */
    public Optional<InetReport> find(int protocol, long cookie) throws IOException {
        for (InetReport each : inet(protocol, InetQuery.ALL.withoutDetails())) {
            if (each.cookie() == cookie) {
                var query =
                        InetQuery.ALL
                                .withFamily(each.family())
                                .where(DiagFilter.localPort(each.local().port()));
                return inet(protocol, query).stream()
                        .filter(full -> full.cookie() == cookie)
                        .findFirst();
            }
        }
        return Optional.empty();
    }

    private static NetlinkRequest one(
            int type,
            String name,
            int protocol,
            InetEndpoint source,
            InetEndpoint destination,
            int link,
            long cookie) {
        return NetlinkRequest.of(
                        type,
                        0,
                        to -> {
                            to.struct(
                                    InetDiagReqV2.SIZEOF,
                                    header -> {
                                        header.u8(InetDiagReqV2.sdiag_family, source.family())
                                                .u8(InetDiagReqV2.sdiag_protocol, protocol & 0xFF)
                                                .u8(InetDiagReqV2.idiag_ext, InetReport.DETAILS)
                                                .u32(InetDiagReqV2.idiag_states, Diag.ALL_STATES)
                                                .be16(InetDiagReqV2.id_idiag_sport, source.port())
                                                .be16(
                                                        InetDiagReqV2.id_idiag_dport,
                                                        destination.port())
                                                .bytes(
                                                        InetDiagReqV2.id_idiag_src,
                                                        source.address().toBytes())
                                                .bytes(
                                                        InetDiagReqV2.id_idiag_dst,
                                                        destination.address().toBytes())
                                                .u32(InetDiagReqV2.id_idiag_if, link);
                                        Diag.cookie(header, InetDiagReqV2.id_idiag_cookie, cookie);
                                    });
                            InetQuery.protocol(to, protocol);
                        })
                .named(name);
    }

    /**
     * Ends a connection, or closes a socket, of whatever process: its calls fail with ECONNABORTED,
     * and a peer of TCP is sent a reset. Exactly this socket: one that has its addresses by now is
     * left alone. Needs CAP_NET_ADMIN.
     *
     * @param victim as it was reported, by a protocol of TCP or UDP
     * @throws NetlinkException ENOENT if it is gone; EPERM; EOPNOTSUPP if the kernel was built
     *     without CONFIG_INET_DIAG_DESTROY
     */
    public void destroy(InetReport victim) throws IOException {
        NetlinkRequest request =
                one(
                        Diag.SOCK_DESTROY,
                        "SOCK_DESTROY",
                        victim.protocol(),
                        victim.local(),
                        victim.peer(),
                        victim.link(),
                        victim.cookie());
        try {
            socket.execute(request);
        } catch (NetlinkException refused) {
            Errno errno = refused.errno();
            String why = null;
            if (errno.equals(Errno.EOPNOTSUPP)) {
                why = "the kernel has no CONFIG_INET_DIAG_DESTROY";
            } else if (errno.equals(Errno.ENOENT)) {
                why = "no such socket any more: " + victim.local();
            }
            throw explained(refused, why);
        }
    }

    // Others.

    /** All Unix sockets. */
    public List<UnixReport> unix() throws IOException {
        return dump(UnixReport.request(Diag.ALL_STATES, 0), UnixReport::read, "unix");
    }

    /**
     * A Unix socket by its inode, as fstat(2), {@code /proc} and {@link UnixReport#peer} give it.
     *
     * @return empty if there is none
     */
    public Optional<UnixReport> unix(long inode) throws IOException {
        return inode <= 0
                ? Optional.empty()
                : get(UnixReport.request(Diag.ALL_STATES, inode), UnixReport::read);
    }

    /** All netlink sockets, the kernel's own included. */
    public List<NetlinkReport> netlink() throws IOException {
        return dump(NetlinkReport.request(), NetlinkReport::read, "netlink");
    }

    /** All sockets of AF_VSOCK. */
    public List<VsockReport> vsock() throws IOException {
        return dump(VsockReport.request(), VsockReport::read, "vsock");
    }

    /** All packet sockets. */
    public List<PacketReport> packet() throws IOException {
        return dump(PacketReport.request(), PacketReport::read, "af_packet");
    }

    /** All sockets of AF_TIPC. */
    public List<TipcReport> tipc() throws IOException {
        return dump(TipcReport.request(), TipcReport::read, "tipc");
    }

    private <T> List<T> dump(NetlinkRequest request, PayloadDecoder<T> decoder, String what)
            throws IOException {
        try {
            return socket.dump(request, decoder);
        } catch (NetlinkException refused) {
            boolean lacking = refused.errno().equals(Errno.ENOENT);
            throw explained(refused, lacking ? "the kernel has no %s_diag".formatted(what) : null);
        }
    }

    private <T> Optional<T> get(NetlinkRequest request, PayloadDecoder<T> decoder)
            throws IOException {
        try {
            return Optional.of(socket.get(request, decoder));
        } catch (NetlinkException refused) {
            if (refused.errno().equals(Errno.ENOENT)) {
                return Optional.empty();
            }
            throw refused;
        }
    }

    /** With our word in place of the kernel's, which says nothing here but the number. */
    private NetlinkException explained(NetlinkException refused, @Nullable String why) {
        if (why == null || refused.ack().message() != null) {
            return refused;
        }
        var said =
                new ExtendedAck(
                        why,
                        OptionalInt.empty(),
                        List.of(),
                        null,
                        OptionalInt.empty(),
                        OptionalInt.empty());
        var explained =
                new NetlinkException(
                        refused.request(),
                        "netlink:" + NetlinkProtocol.nameOf(socket.protocol()),
                        refused.errno().number(),
                        said);
        explained.initCause(refused);
        return explained;
    }

    /** The socket below, for requests that are not offered here. */
    public NetlinkSocket socket() {
        return socket;
    }

    /** Sets the time by which every call has to be done: {@link NetlinkSocket#deadline}. */
    public void deadline(Deadline deadline) {
        socket.deadline(deadline);
    }

    /** Closes the socket, and wakes who waits for an answer. */
    @Override
    public void close() throws IOException {
        socket.close();
    }

    @Override
    public String toString() {
        return "DiagSocket[" + socket + "]";
    }
}
