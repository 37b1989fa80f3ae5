// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.OptionCodec.Unit.MICROSECONDS;
import static sockeye.OptionCodec.flag;
import static sockeye.OptionCodec.integer;
import static sockeye.OptionCodec.longInteger;
import static sockeye.OptionCodec.string;
import static sockeye.OptionCodec.unsignedInt;

import java.time.Duration;
import java.util.List;

/**
 * The options of level SOL_SOCKET, which belong to the socket as such, whatever its family. Where
 * no other source is named they are described in socket(7), and a socket that has no use for an
 * option takes and ignores it. Those about the peer and about passed credentials mean AF_UNIX, and
 * are described in unix(7).
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/socket.7.html">socket(7)</a>
 * @see <a href="https://man7.org/linux/man-pages/man7/unix.7.html">unix(7)</a>
 */
public final class SoOption {
    /** In {@link #BUF_LOCK}: the size of the send buffer is fixed. */
    public static final int SOCK_SNDBUF_LOCK = 1;

    /** In {@link #BUF_LOCK}: the size of the receive buffer is fixed. */
    public static final int SOCK_RCVBUF_LOCK = 2;

    static final int SOL_SOCKET = 1;
    private static final OptionTable TABLE = new OptionTable(SOL_SOCKET);

    private SoOption() {}

    // What the socket is. Read-only.

    /** The family of the socket, an AF_ number. Read-only. */
    public static final Option<Integer> DOMAIN = TABLE.readOnly("SO_DOMAIN", 39, integer(""));

    /** The type of the socket, a SOCK_ number without flags. Read-only. */
    public static final Option<Integer> TYPE = TABLE.readOnly("SO_TYPE", 3, integer(""));

    /** The protocol of the socket, an IPPROTO_ number; 0 where there is none. Read-only. */
    public static final Option<Integer> PROTOCOL = TABLE.readOnly("SO_PROTOCOL", 38, integer(""));

    /** Whether listen(2) was called on the socket. Read-only. */
    public static final Option<Boolean> ACCEPT_CONN = TABLE.readOnly("SO_ACCEPTCONN", 30, flag());

    /**
     * The number of the pending error, 0 if there is none. Reading it <em>clears</em> it, so that
     * the next send or receive will not report it. Read-only.
     */
    public static final Option<Integer> ERROR = TABLE.readOnly("SO_ERROR", 4, integer(""));

    /**
     * A number that no other socket of this boot has had: C's unsigned 64 bits, the same as shown
     * by {@code ss --extended}. Read-only.
     */
    public static final Option<Long> COOKIE = TABLE.readOnly("SO_COOKIE", 57, longInteger("", ""));

    /** A number for the socket's network namespace, unsigned 64 bits. Read-only; Linux 5.14. */
    public static final Option<Long> NETNS_COOKIE =
            TABLE.readOnly("SO_NETNS_COOKIE", 71, longInteger("", ""));

    // Names and ports.

    /**
     * Whether bind(2) may take an address that is still in use by connections, though not by a
     * listener: what a server sets so that it can be restarted at once. On UDP several sockets may
     * then share an address, which is meant for multicast. Set before bind. Default false.
     */
    public static final Option<Boolean> REUSE_ADDR = TABLE.readWrite("SO_REUSEADDR", 2, flag());

    /**
     * Whether several sockets of one user may bind the same address, which then share the
     * connections or datagrams. To be set on each, the first included, before bind. Default false.
     */
    public static final Option<Boolean> REUSE_PORT = TABLE.readWrite("SO_REUSEPORT", 15, flag());

    /**
     * The network interface to use, by name: only what arrives there is received, and what is sent
     * leaves there. Empty for none, the default. Up to 15 bytes. The first binding needs no
     * privilege since Linux 5.7; to change it needs CAP_NET_RAW. ENODEV if there is no such
     * interface. Not for AF_PACKET.
     */
    public static final Option<String> BIND_TO_DEVICE =
            TABLE.readWrite("SO_BINDTODEVICE", 25, string(16));

    /** As {@link #BIND_TO_DEVICE}, by the index of the interface; 0 for none. */
    public static final Option<Integer> BIND_TO_IF_INDEX =
            TABLE.readWrite("SO_BINDTOIFINDEX", 62, integer("", 0, Integer.MAX_VALUE));

    // Buffers and memory.

    /**
     * The limit of the receive buffer, in bytes of kernel memory, bookkeeping included. The kernel
     * <em>doubles</em> what is set, and reports the doubled value; it silently caps what is set at
     * {@code net.core.rmem_max}, and the doubled value is at least about 2,300. Default {@code
     * net.core.rmem_default}; for TCP {@code net.ipv4.tcp_rmem}, and setting it turns TCP's own
     * adjustment of the buffer off. On TCP set it before connect or listen, for the window scale to
     * follow.
     */
    public static final Option<Integer> RCV_BUF =
            TABLE.readWrite("SO_RCVBUF", 8, integer("bytes", 0, Integer.MAX_VALUE));

    /** As {@link #RCV_BUF} without the cap. Write-only; needs CAP_NET_ADMIN. */
    public static final Option<Integer> RCV_BUF_FORCE =
            TABLE.writeOnly("SO_RCVBUFFORCE", 33, integer("bytes", 0, Integer.MAX_VALUE));

    /**
     * The limit of the send buffer, in bytes of kernel memory, bookkeeping included. The kernel
     * <em>doubles</em> what is set, and reports the doubled value; it silently caps what is set at
     * {@code net.core.wmem_max}, and the doubled value is at least about 4,600. Default {@code
     * net.core.wmem_default}; for TCP {@code net.ipv4.tcp_wmem}, and setting it turns TCP's own
     * adjustment of the buffer off. On AF_UNIX it bounds the size of a datagram.
     */
    public static final Option<Integer> SND_BUF =
            TABLE.readWrite("SO_SNDBUF", 7, integer("bytes", 0, Integer.MAX_VALUE));

    /** As {@link #SND_BUF} without the cap. Write-only; needs CAP_NET_ADMIN. */
    public static final Option<Integer> SND_BUF_FORCE =
            TABLE.writeOnly("SO_SNDBUFFORCE", 32, integer("bytes", 0, Integer.MAX_VALUE));

    /**
     * Which buffer sizes were fixed by hand, {@link #SOCK_SNDBUF_LOCK} or {@link #SOCK_RCVBUF_LOCK}
     * or both. Setting 0 gives both back to TCP's own adjustment. Linux 5.14.
     */
    public static final Option<Integer> BUF_LOCK =
            TABLE.readWrite("SO_BUF_LOCK", 72, integer("", 0, SOCK_SNDBUF_LOCK | SOCK_RCVBUF_LOCK));

    /**
     * How many bytes must wait before a receive wakes: 1 to 2,147,483,647, default 1; 0 counts as
     * 1. TCP raises the receive buffer to match.
     */
    public static final Option<Integer> RCV_LOWAT =
            TABLE.readWrite("SO_RCVLOWAT", 18, integer("bytes", 0, Integer.MAX_VALUE));

    /** Always 1 on Linux, which does not let it be changed. Read-only. */
    public static final Option<Integer> SND_LOWAT =
            TABLE.readOnly("SO_SNDLOWAT", 19, integer("bytes"));

    /** What memory the socket holds. Read-only. */
    public static final Option<SocketMemory> MEM_INFO =
            TABLE.readOnly("SO_MEMINFO", 55, SocketMemory.CODEC);

    /**
     * Bytes of kernel memory set aside for the socket, rounded up to pages, 0 to 2,147,483,647. For
     * TCP in a memory control group; otherwise EOPNOTSUPP. Linux 5.16.
     */
    public static final Option<Integer> RESERVE_MEM =
            TABLE.readWrite("SO_RESERVE_MEM", 73, integer("bytes", 0, Integer.MAX_VALUE));

    // Times.

    /**
     * How long a blocking receive, accept or connect <em>system call</em> waits: 0 for ever, the
     * default. Counted in microseconds, kept by the kernel in its own clock ticks (1 to 10
     * milliseconds). Our sockets never block in a system call, so that it does not act on them: use
     * their deadlines. It matters for a descriptor that is handed to another program.
     */
    public static final Option<Duration> RCV_TIMEO =
            TABLE.readWrite("SO_RCVTIMEO", 20, TimeValue.CODEC);

    /** As {@link #RCV_TIMEO}, for a blocking send, and for connect. */
    public static final Option<Duration> SND_TIMEO =
            TABLE.readWrite("SO_SNDTIMEO", 21, TimeValue.CODEC);

    /** What close does with data that was not yet sent. Default {@link Linger#OFF}. */
    public static final Option<Linger> LINGER = TABLE.readWrite("SO_LINGER", 13, Linger.CODEC);

    /**
     * Whether an idle connection is probed, so that a peer that vanished is noticed. When and how
     * often: TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT; by default after two hours. Default false.
     */
    public static final Option<Boolean> KEEP_ALIVE = TABLE.readWrite("SO_KEEPALIVE", 9, flag());

    // Sending and receiving.

    /** Whether datagrams may be sent to a broadcast address; EACCES without. Default false. */
    public static final Option<Boolean> BROADCAST = TABLE.readWrite("SO_BROADCAST", 6, flag());

    /** Whether TCP's urgent byte stays in the stream instead of beside it. Default false. */
    public static final Option<Boolean> OOB_INLINE = TABLE.readWrite("SO_OOBINLINE", 10, flag());

    /** Whether to send to directly connected hosts only, past all gateways. Default false. */
    public static final Option<Boolean> DONT_ROUTE = TABLE.readWrite("SO_DONTROUTE", 5, flag());

    /**
     * Where in the queue MSG_PEEK looks next, in bytes from its front; every peek moves it on by
     * what it saw, every receive back. -1, the default, for always at the front. For AF_UNIX, UDP,
     * and TCP since Linux 6.9; else EOPNOTSUPP.
     */
    public static final Option<Integer> PEEK_OFF =
            TABLE.readWrite("SO_PEEK_OFF", 42, integer("bytes", -1, Integer.MAX_VALUE));

    /**
     * Whether MSG_ZEROCOPY is allowed: the kernel sends from the caller's pages and tells on the
     * error queue when it is done with them. TCP, UDP, AF_VSOCK (Linux 6.7); else error 524.
     * Default false.
     */
    public static final Option<Boolean> ZEROCOPY = TABLE.readWrite("SO_ZEROCOPY", 60, flag());

    /** Whether UDP over IPv4 leaves out its checksum when sending. Default false. */
    public static final Option<Boolean> NO_CHECK = TABLE.readWrite("SO_NO_CHECK", 11, flag());

    /**
     * The priority of what is sent, by which queueing disciplines order packets. Outside of 0 to 6
     * it needs CAP_NET_ADMIN or, since Linux 5.17, CAP_NET_RAW. Default 0. Setting IP_TOS changes
     * it too.
     */
    public static final Option<Integer> PRIORITY = TABLE.readWrite("SO_PRIORITY", 12, integer(""));

    /**
     * The mark on what is sent, for routing and filter rules: unsigned 32 bits, default 0. Needs
     * CAP_NET_ADMIN or, since Linux 5.17, CAP_NET_RAW.
     */
    public static final Option<Long> MARK = TABLE.readWrite("SO_MARK", 36, unsignedInt(""));

    /**
     * The most bytes per second that the kernel sends for this socket, as unsigned 64 bits; -1, all
     * bits, for no limit, the default. Paced by TCP itself, else by the queueing discipline fq.
     */
    public static final Option<Long> MAX_PACING_RATE =
            TABLE.readWrite("SO_MAX_PACING_RATE", 47, longInteger("bytes per second", "unsigned"));

    /** How departure times of packets are meant. Other clocks than monotonic: CAP_NET_ADMIN. */
    public static final Option<TransmitTime> TX_TIME =
            TABLE.readWrite("SO_TXTIME", 61, TransmitTime.CODEC);

    /**
     * Whether TCP may choose another path hash, thus another path, when a connection stalls: 1 yes,
     * 0 no, -1 back to the system's default, {@code net.core.txrehash}. Linux 5.18.
     */
    public static final Option<Integer> TX_REHASH =
            TABLE.readWrite("SO_TXREHASH", 74, integer("", -1, 1));

    /**
     * Tells the kernel that the path is bad, so that it looks for another. Only true. Write-only.
     */
    public static final Option<Boolean> CNX_ADVICE =
            TABLE.writeOnly("SO_CNX_ADVICE", 53, flag().withRange("true"));

    // What comes along with received messages.

    /** Whether messages bring their arrival time in microseconds (SCM_TIMESTAMP). */
    public static final Option<Boolean> TIMESTAMP = TABLE.readWrite("SO_TIMESTAMP", 29, flag());

    /**
     * Whether messages bring their arrival time in nanoseconds (SCM_TIMESTAMPNS). Excludes {@link
     * #TIMESTAMP}: the one set last counts.
     */
    public static final Option<Boolean> TIMESTAMP_NS =
            TABLE.readWrite("SO_TIMESTAMPNS", 35, flag());

    /** Time stamps of sending and receiving, by software and hardware. */
    public static final Option<Timestamping> TIMESTAMPING =
            TABLE.readWrite("SO_TIMESTAMPING", 37, Timestamping.CODEC);

    /** Whether messages bring how many were dropped since the socket was made (SO_RXQ_OVFL). */
    public static final Option<Boolean> RXQ_OVFL = TABLE.readWrite("SO_RXQ_OVFL", 40, flag());

    /**
     * Whether messages bring the mark of their packet (SO_MARK). Some kernels want CAP_NET_ADMIN or
     * CAP_NET_RAW. Linux 5.19.
     */
    public static final Option<Boolean> RCV_MARK = TABLE.readWrite("SO_RCVMARK", 75, flag());

    /** Whether messages bring the priority of their packet (SO_PRIORITY). Linux 6.14. */
    public static final Option<Boolean> RCV_PRIORITY =
            TABLE.readWrite("SO_RCVPRIORITY", 82, flag());

    /** Whether packets bring if a wireless card got an acknowledgement for them. */
    public static final Option<Boolean> WIFI_STATUS = TABLE.readWrite("SO_WIFI_STATUS", 41, flag());

    /** Whether poll(2) reports POLLPRI along with POLLERR. Default false. */
    public static final Option<Boolean> SELECT_ERR_QUEUE =
            TABLE.readWrite("SO_SELECT_ERR_QUEUE", 45, flag());

    /** AF_PACKET: whether the sender brings the frame check sequence itself. Default false. */
    public static final Option<Boolean> NO_FCS = TABLE.readWrite("SO_NOFCS", 43, flag());

    // AF_UNIX: who the peer is.

    /** Who connected or listened. Read-only. On a socket without peer pid 0, uid and gid -1. */
    public static final Option<PeerCredentials> PEER_CRED =
            TABLE.readOnly("SO_PEERCRED", 17, PeerCredentials.CODEC);

    /**
     * The supplementary groups of the peer when it connected or listened. Read-only. ENODATA
     * without peer.
     */
    public static final Option<int[]> PEER_GROUPS =
            TABLE.readOnly("SO_PEERGROUPS", 59, PeerGroups.CODEC);

    /**
     * A descriptor of the peer's process, as pidfd_open(2) makes them: stays that process when its
     * number is used again. A new one with each read, close-on-exec, to be closed by the caller.
     * Read-only. ENODATA without peer, ESRCH if it is gone. Linux 6.5.
     */
    public static final Option<PassedDescriptor> PEER_PIDFD =
            TABLE.readOnly("SO_PEERPIDFD", 77, descriptorOfPeer());

    /**
     * The security label of the peer, as SELinux or AppArmor write it. Read-only. ENOPROTOOPT where
     * the kernel has no such module.
     */
    public static final Option<String> PEER_SEC = TABLE.readOnly("SO_PEERSEC", 31, string(4_096));

    /** Whether messages bring the sender's pid, uid and gid (SCM_CREDENTIALS). Default false. */
    public static final Option<Boolean> PASS_CRED = TABLE.readWrite("SO_PASSCRED", 16, flag());

    /** Whether messages bring the sender's security label (SCM_SECURITY). Default false. */
    public static final Option<Boolean> PASS_SEC = TABLE.readWrite("SO_PASSSEC", 34, flag());

    /** Whether messages bring a descriptor of the sending process (SCM_PIDFD). Linux 6.5. */
    public static final Option<Boolean> PASS_PIDFD = TABLE.readWrite("SO_PASSPIDFD", 76, flag());

    /**
     * Whether messages may bring descriptors (SCM_RIGHTS); if false, a send that passes some fails
     * with EPERM. Default true. AF_UNIX only, else EOPNOTSUPP. Linux 6.16.
     */
    public static final Option<Boolean> PASS_RIGHTS = TABLE.readWrite("SO_PASSRIGHTS", 83, flag());

    /**
     * Whether a receive brings how many bytes are left in the queue (SCM_INQ). AF_UNIX streams
     * only. Linux 6.17.
     */
    public static final Option<Boolean> INQ = TABLE.readWrite("SO_INQ", 84, flag());

    // Filters.

    /**
     * A classic BPF program that says how much of each packet to keep. Setting replaces the one
     * there was, of either kind; reading gives the program, without instructions if there is none,
     * and EACCES if it is an eBPF one. EPERM after {@link #LOCK_FILTER}. The kernel refuses
     * (EINVAL) what could loop or read outside of the packet.
     */
    public static final Option<SocketFilter> ATTACH_FILTER =
            TABLE.readWrite("SO_ATTACH_FILTER", 26, SocketFilter.CODEC);

    /** An eBPF program as a filter, by its descriptor from bpf(2). Write-only. */
    public static final Option<Integer> ATTACH_BPF =
            TABLE.writeOnly("SO_ATTACH_BPF", 50, descriptor());

    /** Removes the filter, of either kind; the value is ignored. ENOENT without. Write-only. */
    public static final Option<Boolean> DETACH_FILTER =
            TABLE.writeOnly("SO_DETACH_FILTER", 27, flag());

    /** Whether the filter is locked: EPERM for any change, also for setting this to false. */
    public static final Option<Boolean> LOCK_FILTER = TABLE.readWrite("SO_LOCK_FILTER", 44, flag());

    /**
     * A classic BPF program that says for each connection or datagram which of the sockets that
     * share the address by {@link #REUSE_PORT} gets it, by index. Write-only.
     */
    public static final Option<SocketFilter> ATTACH_REUSEPORT_CBPF =
            TABLE.writeOnly("SO_ATTACH_REUSEPORT_CBPF", 51, SocketFilter.CODEC);

    /** As {@link #ATTACH_REUSEPORT_CBPF}, by the descriptor of an eBPF program. Write-only. */
    public static final Option<Integer> ATTACH_REUSEPORT_EBPF =
            TABLE.writeOnly("SO_ATTACH_REUSEPORT_EBPF", 52, descriptor());

    /** Removes the program that chooses; the value is ignored. ENOENT without. Write-only. */
    public static final Option<Boolean> DETACH_REUSEPORT_BPF =
            TABLE.writeOnly("SO_DETACH_REUSEPORT_BPF", 68, flag());

    /** Up to which ancillary offset filters may ask for what is not in the packet. Read-only. */
    public static final Option<Integer> BPF_EXTENSIONS =
            TABLE.readOnly("SO_BPF_EXTENSIONS", 48, integer(""));

    // Processors and queues.

    /**
     * The processor that last handled the socket's packets; setting it makes a socket in a {@link
     * #REUSE_PORT} group preferred for packets handled there. -1 where none is known.
     */
    public static final Option<Integer> INCOMING_CPU =
            TABLE.readWrite("SO_INCOMING_CPU", 49, integer(""));

    /** The receive queue of the network card that the last packet came by; 0 unknown. Read-only. */
    public static final Option<Integer> INCOMING_NAPI_ID =
            TABLE.readOnly("SO_INCOMING_NAPI_ID", 56, integer(""));

    /**
     * For how long a blocking receive polls the network card when nothing is queued, in
     * microseconds, 0 for not at all. Some kernels want CAP_NET_ADMIN to raise it. Default {@code
     * net.core.busy_read}.
     */
    public static final Option<Duration> BUSY_POLL =
            TABLE.readWrite(
                    "SO_BUSY_POLL", 46, OptionCodec.duration(MICROSECONDS, 0, Integer.MAX_VALUE));

    /**
     * Whether polling by the application replaces interrupts where it can. To turn it on needs
     * CAP_NET_ADMIN. Default false. Linux 5.11.
     */
    public static final Option<Boolean> PREFER_BUSY_POLL =
            TABLE.readWrite("SO_PREFER_BUSY_POLL", 69, flag());

    /**
     * How many packets one round of busy polling handles: 0 to 65,535, default 8. More than it was
     * needs CAP_NET_ADMIN. Write-only. Linux 5.11.
     */
    public static final Option<Integer> BUSY_POLL_BUDGET =
            TABLE.writeOnly("SO_BUSY_POLL_BUDGET", 70, integer("packets", 0, 0xffff));

    /** Whether the kernel traces the socket. To turn it on needs CAP_NET_ADMIN (EACCES). */
    public static final Option<Boolean> DEBUG = TABLE.readWrite("SO_DEBUG", 1, flag());

    /**
     * All options of this class, in the order of their declaration.
     *
     * @return an unmodifiable list
     */
    public static List<Option<?>> all() {
        return TABLE.all();
    }

    /** Owned as soon as it is known. */
    private static OptionCodec<PassedDescriptor> descriptorOfPeer() {
        return OptionCodec.of(
                PassedDescriptor.class,
                Integer.BYTES,
                "",
                "",
                value -> {
                    throw new UnsupportedOperationException();
                },
                (bytes, length) -> PassedDescriptor.adopt(OptionCodec.toInt(bytes, length)));
    }

    private static OptionCodec<Integer> descriptor() {
        return integer("", 0, Integer.MAX_VALUE);
    }
}
