// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.OptionCodec.Unit.MICROSECONDS;
import static sockeye.OptionCodec.Unit.MILLISECONDS;
import static sockeye.OptionCodec.Unit.SECONDS;
import static sockeye.OptionCodec.bytes;
import static sockeye.OptionCodec.duration;
import static sockeye.OptionCodec.flag;
import static sockeye.OptionCodec.integer;
import static sockeye.OptionCodec.oneOf;
import static sockeye.OptionCodec.string;
import static sockeye.OptionCodec.unsignedInt;

import java.time.Duration;
import java.util.List;

/**
 * The options of level IPPROTO_TCP. Where no other source is named they are described in tcp(7). A
 * listener's settings are inherited by the connections that it accepts.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/tcp.7.html">tcp(7)</a>
 */
public final class TcpOption {
    private static final int IPPROTO_TCP = 6;
    private static final int MAX_KEEP = 32_767;
    private static final OptionTable TABLE = new OptionTable(IPPROTO_TCP);

    private TcpOption() {}

    // When segments are sent.

    /**
     * Whether small segments are sent at once instead of waiting for the acknowledgement of what
     * was sent before (Nagle's algorithm off). Default false.
     */
    public static final Option<Boolean> NO_DELAY = TABLE.readWrite("TCP_NODELAY", 1, flag());

    /**
     * Whether only full segments are sent, until this is set to false again, but for 200
     * milliseconds at most. For a header that is written before a sendfile. Default false.
     */
    public static final Option<Boolean> CORK = TABLE.readWrite("TCP_CORK", 3, flag());

    /**
     * Whether acknowledgements are sent at once. Not lasting: the kernel goes back to delayed ones
     * by its own judgement. Default true in a fresh connection.
     */
    public static final Option<Boolean> QUICK_ACK = TABLE.readWrite("TCP_QUICKACK", 12, flag());

    /**
     * The greatest segment to send, in bytes: 88 to 32,767, or 0 for none of our own, the default.
     * Set before connecting it is what the peer is told too. Reads as what is in use.
     */
    public static final Option<Integer> MAX_SEG =
            TABLE.readWrite("TCP_MAXSEG", 2, integer("bytes", 0, 32_767));

    /**
     * Up to how many bytes may wait unsent for the socket to count as writable, unsigned 32 bits:
     * keeps the kernel's queue short. 0, the default, for {@code net.ipv4.tcp_notsent_lowat}.
     */
    public static final Option<Long> NOT_SENT_LOWAT =
            TABLE.readWrite("TCP_NOTSENT_LOWAT", 25, unsignedInt("bytes"));

    /**
     * The greatest window to advertise, in bytes; the kernel raises it to half of the least receive
     * buffer. 0 for no bound, only on a socket that is not connected.
     */
    public static final Option<Integer> WINDOW_CLAMP =
            TABLE.readWrite("TCP_WINDOW_CLAMP", 10, integer("bytes", 0, Integer.MAX_VALUE));

    /**
     * A delay of everything sent, in microseconds, to try out a slow network on one machine: 0, the
     * default, to 268,435,455. Acts on what is sent over an interface with queueing discipline fq.
     */
    public static final Option<Duration> TX_DELAY =
            TABLE.readWrite("TCP_TX_DELAY", 37, duration(MICROSECONDS, 0, (1 << 28) - 1));

    // When a connection is given up.

    /**
     * How long a connection is idle before it is probed, with {@link SoOption#KEEP_ALIVE}: 1 to
     * 32,767 seconds. Default {@code net.ipv4.tcp_keepalive_time}, 7,200.
     */
    public static final Option<Duration> KEEP_IDLE =
            TABLE.readWrite("TCP_KEEPIDLE", 4, duration(SECONDS, 1, MAX_KEEP));

    /**
     * The time between probes: 1 to 32,767 seconds. Default {@code net.ipv4.tcp_keepalive_intvl},
     * 75.
     */
    public static final Option<Duration> KEEP_INTVL =
            TABLE.readWrite("TCP_KEEPINTVL", 5, duration(SECONDS, 1, MAX_KEEP));

    /**
     * After how many unanswered probes the connection is dropped: 1 to 127. Default {@code
     * net.ipv4.tcp_keepalive_probes}, 9.
     */
    public static final Option<Integer> KEEP_CNT =
            TABLE.readWrite("TCP_KEEPCNT", 6, integer("probes", 1, 127));

    /**
     * How long sent data may stay unacknowledged, or queued data unsent, before the connection is
     * closed with ETIMEDOUT: in milliseconds, 0 to 2,147,483,647; 0, the default, for the system's
     * number of retries, about 15 minutes. Overrules the count of keep-alive probes. RFC 5482.
     */
    public static final Option<Duration> USER_TIMEOUT =
            TABLE.readWrite("TCP_USER_TIMEOUT", 18, duration(MILLISECONDS, 0, Integer.MAX_VALUE));

    /**
     * How often the first segment is sent again before connect gives up: 1 to 127. Default {@code
     * net.ipv4.tcp_syn_retries}, 6, which takes about two minutes.
     */
    public static final Option<Integer> SYN_CNT =
            TABLE.readWrite("TCP_SYNCNT", 7, integer("retries", 1, 127));

    /**
     * How long a closed socket waits in FIN-WAIT-2 for the peer's end, in seconds. 0 for {@code
     * net.ipv4.tcp_fin_timeout}, the default, 60; the kernel cuts it at 120; -1 for not at all.
     * Reads in whole seconds.
     */
    public static final Option<Duration> LINGER2 =
            TABLE.readWrite("TCP_LINGER2", 8, duration(SECONDS, -1, Integer.MAX_VALUE));

    /**
     * The longest time between retransmissions: 1,000 to 120,000 milliseconds. Default {@code
     * net.ipv4.tcp_rto_max_ms}, 120,000. Linux 6.15.
     */
    public static final Option<Duration> RTO_MAX_MS =
            TABLE.readWrite("TCP_RTO_MAX_MS", 44, duration(MILLISECONDS, 1_000, 120_000));

    /**
     * The shortest time before a retransmission, in microseconds, up to 200,000, the default; the
     * kernel rounds it up to its clock ticks (1 to 10 milliseconds) and wants two of them at least
     * (EINVAL). Linux 6.15.
     */
    public static final Option<Duration> RTO_MIN_US =
            TABLE.readWrite("TCP_RTO_MIN_US", 45, duration(MICROSECONDS, 1, 200_000));

    /**
     * How long an acknowledgement is delayed at most, in microseconds, with the range and rounding
     * of {@link #RTO_MIN_US}. Default 200,000. Linux 6.15.
     */
    public static final Option<Duration> DELACK_MAX_US =
            TABLE.readWrite("TCP_DELACK_MAX_US", 46, duration(MICROSECONDS, 1, 200_000));

    // Congestion.

    /**
     * The congestion control algorithm by name, up to 15 bytes, as {@code
     * net.ipv4.tcp_available_congestion_control} lists them. Others than those in {@code
     * tcp_allowed_congestion_control} need CAP_NET_ADMIN (EPERM); ENOENT if there is none such.
     */
    public static final Option<String> CONGESTION =
            TABLE.readWrite("TCP_CONGESTION", 13, string(16));

    /** What the congestion control algorithm tells about itself. Read-only. */
    public static final Option<TcpCongestionInfo> CC_INFO =
            TABLE.readOnly("TCP_CC_INFO", 26, TcpCongestionInfo.CODEC);

    /** Whether retransmissions of a thin stream back off linearly. Default false. */
    public static final Option<Boolean> THIN_LINEAR_TIMEOUTS =
            TABLE.readWrite("TCP_THIN_LINEAR_TIMEOUTS", 16, flag());

    /** Without effect: taken, and always read as false. */
    public static final Option<Boolean> THIN_DUPACK =
            TABLE.readWrite("TCP_THIN_DUPACK", 17, flag());

    // What is known of a connection.

    /** State, times, windows and counts of a connection. Read-only. */
    public static final Option<TcpInfo> INFO = TABLE.readOnly("TCP_INFO", 11, TcpInfo.CODEC);

    /** Whether a receive brings how many bytes are left in the queue (TCP_CM_INQ). */
    public static final Option<Boolean> INQ = TABLE.readWrite("TCP_INQ", 36, flag());

    /**
     * On a listener, whether the headers of the first segment are kept for {@link #SAVED_SYN}: 0
     * no, the default; 1 from the network header on; 2 from the link header on, since Linux 5.10.
     */
    public static final Option<Integer> SAVE_SYN =
            TABLE.readWrite("TCP_SAVE_SYN", 27, integer("", 0, 2));

    /**
     * The headers of the segment that began an accepted connection. Reading forgets them; empty if
     * there are none. Read-only.
     */
    public static final Option<byte[]> SAVED_SYN = TABLE.readOnly("TCP_SAVED_SYN", 28, bytes(512));

    /**
     * Whether the connection is one of Multipath TCP that did not fall back to plain TCP.
     * Read-only. Linux 6.9.
     */
    public static final Option<Boolean> IS_MPTCP = TABLE.readOnly("TCP_IS_MPTCP", 43, flag());

    // Accepting and Fast Open.

    /**
     * On a listener: accept wakes only when data arrived, or this many seconds are over. 0, the
     * default, for at once. The kernel keeps a number of retries, so that it reads as the time that
     * so many take: 1, 3, 7, 15, … seconds.
     */
    public static final Option<Duration> DEFER_ACCEPT =
            TABLE.readWrite("TCP_DEFER_ACCEPT", 9, duration(SECONDS, 0, Integer.MAX_VALUE));

    /**
     * On a listener: takes data with the first segment (TCP Fast Open, RFC 7413) and keeps at most
     * this many such connections unconfirmed, {@code net.core.somaxconn} at most; 0 for none. Also
     * wants bit 2 of {@code net.ipv4.tcp_fastopen}. Set between bind and listen, or after.
     */
    public static final Option<Integer> FAST_OPEN =
            TABLE.readWrite("TCP_FASTOPEN", 23, integer("connections", 0, Integer.MAX_VALUE));

    /**
     * Whether connect returns at once and lets the first send open the connection, if a Fast Open
     * cookie is known. Wants bit 1 of {@code net.ipv4.tcp_fastopen}, else EOPNOTSUPP; only before
     * connecting. Default false.
     */
    public static final Option<Boolean> FAST_OPEN_CONNECT =
            TABLE.readWrite("TCP_FASTOPEN_CONNECT", 30, flag());

    /**
     * The key that a listener makes its Fast Open cookies with: 16 bytes, or 32 for a key and its
     * predecessor. Empty if none was ever set.
     */
    public static final Option<byte[]> FAST_OPEN_KEY =
            TABLE.readWrite("TCP_FASTOPEN_KEY", 33, bytes(32).withRange("16 or 32 bytes"));

    /** Whether Fast Open does without cookies. Default false. */
    public static final Option<Boolean> FAST_OPEN_NO_COOKIE =
            TABLE.readWrite("TCP_FASTOPEN_NO_COOKIE", 34, flag());

    // Layers above and keys.

    /**
     * The protocol on top of TCP that the kernel does itself, by name, for example {@code tls}; up
     * to 15 bytes, empty if none. Cannot be taken away again. ENOENT if the kernel has none such,
     * EEXIST if there is one already, ENOTCONN if it wants a connection.
     */
    public static final Option<String> ULP = TABLE.readWrite("TCP_ULP", 31, string(16));

    /**
     * A key for the MD5 signatures of segments from and to one peer (RFC 2385), as BGP uses them.
     * Write-only.
     */
    public static final Option<Md5Signature> MD5_SIG =
            TABLE.writeOnly("TCP_MD5SIG", 14, Md5Signature.HOST);

    /** As {@link #MD5_SIG}, for all peers of a prefix or of one interface. Write-only. */
    public static final Option<Md5Signature> MD5_SIG_EXT =
            TABLE.writeOnly("TCP_MD5SIG_EXT", 32, Md5Signature.EXTENDED);

    // Repair: to move a connection to another process or machine. See the page of CRIU.

    /** Whether the connection is under repair: it sends nothing. Needs CAP_NET_ADMIN. */
    public static final Option<TcpRepair.Mode> REPAIR =
            TABLE.readWrite("TCP_REPAIR", 19, oneOf(TcpRepair.Mode.class, TcpRepair.Mode::number));

    /** Under repair: which queue sends, receives and {@link #QUEUE_SEQ} act on. */
    public static final Option<TcpRepair.Queue> REPAIR_QUEUE =
            TABLE.readWrite(
                    "TCP_REPAIR_QUEUE", 20, oneOf(TcpRepair.Queue.class, TcpRepair.Queue::number));

    /** Under repair: the sequence number of the chosen queue, unsigned 32 bits. */
    public static final Option<Long> QUEUE_SEQ =
            TABLE.readWrite("TCP_QUEUE_SEQ", 21, unsignedInt(""));

    /** Under repair: what was agreed when the connection began. Write-only. */
    public static final Option<TcpRepair.Options> REPAIR_OPTIONS =
            TABLE.writeOnly("TCP_REPAIR_OPTIONS", 22, TcpRepair.Options.CODEC);

    /** Under repair: the windows of both directions. */
    public static final Option<TcpRepair.Window> REPAIR_WINDOW =
            TABLE.readWrite("TCP_REPAIR_WINDOW", 29, TcpRepair.Window.CODEC);

    /**
     * The clock of TCP's own time stamps, unsigned 32 bits; can be set under repair only. EPERM
     * otherwise.
     */
    public static final Option<Long> TIMESTAMP =
            TABLE.readWrite("TCP_TIMESTAMP", 24, unsignedInt(""));

    /**
     * Receiving without a copy: asks the kernel to put what is queued into pages that were mapped
     * from the socket by mmap(2). To be read; every read is one attempt.
     *
     * @param address where in that mapping, a multiple of the page size
     * @param length how many bytes at most, a multiple of the page size
     * @return an option whose value says how much was mapped
     * @throws IllegalArgumentException if the length is negative
     */
    public static Option<ZerocopyReceive> zerocopyReceive(long address, int length) {
        return ZEROCOPY_RECEIVE.asking(ZerocopyReceive.question(address, length));
    }

    /** Without a mapping: says how much could be mapped or must be read. Read-only. */
    public static final Option<ZerocopyReceive> ZEROCOPY_RECEIVE =
            TABLE.readOnly("TCP_ZEROCOPY_RECEIVE", 35, ZerocopyReceive.CODEC);

    /**
     * All options of this class, in the order of their declaration.
     *
     * @return an unmodifiable list
     */
    public static List<Option<?>> all() {
        return TABLE.all();
    }
}
