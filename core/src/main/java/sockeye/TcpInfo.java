// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.OptionCodec.Unit.MICROSECONDS;
import static sockeye.OptionCodec.Unit.MILLISECONDS;

import sockeye.internal.kernel.CStruct;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.StringJoiner;
import java.util.stream.Collectors;

/**
 * What the kernel knows of a TCP connection: the value of {@link TcpOption#INFO}, known from {@code
 * ss --info}. A snapshot, immutable.
 *
 * <p>Numbers are C's unsigned 32 bits unless it is said otherwise; times have microseconds or
 * milliseconds. What an older kernel does not tell is zero; {@link #length()} says how much it
 * told. Everything that has no "since" is in Linux 5.4.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/tcp.7.html">tcp(7)</a>
 */
public final class TcpInfo {

    /** The states of a connection, RFC 9293 section 3.3.2. */
    public enum State {
        /** A number that this version does not know. */
        UNKNOWN,
        /** Open in both directions. */
        ESTABLISHED,
        /** Connecting: the first segment was sent. */
        SYN_SENT,
        /** Accepting: the first segment was answered. */
        SYN_RECV,
        /** We closed, the peer did not yet acknowledge. */
        FIN_WAIT1,
        /** We closed, the peer did not yet. */
        FIN_WAIT2,
        /** Both closed; waiting for stray segments to die. */
        TIME_WAIT,
        /** Not connected. */
        CLOSE,
        /** The peer closed, we did not yet. */
        CLOSE_WAIT,
        /** The peer closed first, then we; our end is not yet acknowledged. */
        LAST_ACK,
        /** A listener. */
        LISTEN,
        /** Both closed at once. */
        CLOSING,
        /** Accepting, before there is a socket. */
        NEW_SYN_RECV,
        /** A bound socket that neither listens nor connects, in reports of the kernel. */
        BOUND_INACTIVE
    }

    /** What the sender makes of the network. */
    public enum CongestionState {
        /** Nothing unusual. */
        OPEN,
        /** Duplicate or selective acknowledgements: perhaps only reordering. */
        DISORDER,
        /** The window shrinks because the network or the own host marked or dropped. */
        CWR,
        /** Lost segments are sent again, told by acknowledgements. */
        RECOVERY,
        /** Lost segments are sent again after a time-out. */
        LOSS,
        /** A number that this version does not know. */
        UNKNOWN
    }

    /** What was agreed when the connection began; the kernel's TCPI_OPT_ and the name. */
    public enum Agreed {
        /** Time stamps, RFC 7323. */
        TIMESTAMPS(1),
        /** Selective acknowledgements, RFC 2018. */
        SACK(2),
        /** Window scaling, RFC 7323. */
        WSCALE(4),
        /** Explicit congestion notification, RFC 3168. */
        ECN(8),
        /** A packet came that was marked as capable of it. */
        ECN_SEEN(16),
        /** Data went with the first segment and was acknowledged: Fast Open, RFC 7413. */
        SYN_DATA(32),
        /** The time stamps count microseconds. Since Linux 6.7. */
        USEC_TS(64),
        /** Fast Open was used by the peer that connected to us. Since Linux 6.14. */
        TFO_CHILD(128);

        private final int bit;

        Agreed(int bit) {
            this.bit = bit;
        }
    }

    /** The structure grows at its end, about every second kernel. */
    private static final int ROOM = 512;

    /** The enums are declared in the order of the kernel's numbers. */
    private static final List<State> STATES = List.of(State.values());

    private static final List<CongestionState> CONGESTION_STATES =
            List.of(CongestionState.values());

    private static final boolean LITTLE_ENDIAN = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

    static final OptionCodec<TcpInfo> CODEC =
            OptionCodec.of(
                    TcpInfo.class,
                    ROOM,
                    "",
                    "",
                    value -> {
                        throw new UnsupportedOperationException();
                    },
                    TcpInfo::new);

    private final int length;
    private final ByteBuffer struct;

    private TcpInfo(byte[] bytes, int length) {
        this.length = Math.min(length, bytes.length);
        this.struct = OptionCodec.padded(bytes, length, Layout.SIZEOF);
    }

    /** How many bytes of {@code struct tcp_info} the kernel told: 232 on Linux 6.1. */
    public int length() {
        return length;
    }

    /** The state of the connection. */
    public State state() {
        int number = u8(Layout.tcpi_state);
        return number < STATES.size() ? STATES.get(number) : State.UNKNOWN;
    }

    /** What the sender makes of the network. */
    public CongestionState congestionState() {
        int number = u8(Layout.tcpi_ca_state);
        return number < CONGESTION_STATES.size()
                ? CONGESTION_STATES.get(number)
                : CongestionState.UNKNOWN;
    }

    /** What was agreed when the connection began: a new set. */
    public Set<Agreed> agreed() {
        int bits = u8(Layout.tcpi_options);
        return EnumSet.allOf(Agreed.class).stream()
                .filter(each -> (bits & each.bit) != 0)
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(Agreed.class)));
    }

    /** How often the oldest segment was sent again without an answer. */
    public int retransmits() {
        return u8(Layout.tcpi_retransmits);
    }

    /** How many probes of a closed window or an idle connection are unanswered. */
    public int probes() {
        return u8(Layout.tcpi_probes);
    }

    /** How often the retransmission time was doubled. */
    public int backoff() {
        return u8(Layout.tcpi_backoff);
    }

    /** The shift of the windows that the peer offers: 0 to 14. */
    public int sendWindowScale() {
        return low(u8(Layout.SCALES));
    }

    /** The shift of the windows that we offer: 0 to 14. */
    public int receiveWindowScale() {
        return high(u8(Layout.SCALES));
    }

    /** Whether {@link #deliveryRate()} was bounded by the application, not by the network. */
    public boolean deliveryRateAppLimited() {
        return (u8(Layout.FLAGS) & 1) != 0;
    }

    /** The time before the next retransmission. */
    public Duration rto() {
        return MICROSECONDS.duration(u32(Layout.tcpi_rto));
    }

    /** The predicted delay of acknowledgements. */
    public Duration ato() {
        return MICROSECONDS.duration(u32(Layout.tcpi_ato));
    }

    /** The size of segments sent, in bytes. */
    public long sendSegmentSize() {
        return u32(Layout.tcpi_snd_mss);
    }

    /** The estimated size of segments received, in bytes. */
    public long receiveSegmentSize() {
        return u32(Layout.tcpi_rcv_mss);
    }

    /** Segments sent and not acknowledged; on a listener, connections that wait for accept. */
    public long unacknowledged() {
        return u32(Layout.tcpi_unacked);
    }

    /** Segments acknowledged out of order; on a listener, the backlog. */
    public long selectivelyAcknowledged() {
        return u32(Layout.tcpi_sacked);
    }

    /** Segments counted as lost. */
    public long lost() {
        return u32(Layout.tcpi_lost);
    }

    /** Segments sent again and not yet acknowledged. */
    public long retransmitting() {
        return u32(Layout.tcpi_retrans);
    }

    /** How long ago data was last sent. */
    public Duration lastDataSent() {
        return MILLISECONDS.duration(u32(Layout.tcpi_last_data_sent));
    }

    /** How long ago data was last received. */
    public Duration lastDataReceived() {
        return MILLISECONDS.duration(u32(Layout.tcpi_last_data_recv));
    }

    /** How long ago an acknowledgement was last received. */
    public Duration lastAcknowledged() {
        return MILLISECONDS.duration(u32(Layout.tcpi_last_ack_recv));
    }

    /** The largest packet of the path, in bytes. */
    public long pathMtu() {
        return u32(Layout.tcpi_pmtu);
    }

    /** The bound of the window that grows, in bytes. */
    public long receiveThreshold() {
        return u32(Layout.tcpi_rcv_ssthresh);
    }

    /** The smoothed round-trip time. */
    public Duration rtt() {
        return MICROSECONDS.duration(u32(Layout.tcpi_rtt));
    }

    /** The mean deviation of the round-trip time. */
    public Duration rttVariation() {
        return MICROSECONDS.duration(u32(Layout.tcpi_rttvar));
    }

    /** The slow start threshold, in segments; 2,147,483,647 before the first loss. */
    public long sendThreshold() {
        return u32(Layout.tcpi_snd_ssthresh);
    }

    /** The congestion window, in segments. */
    public long congestionWindow() {
        return u32(Layout.tcpi_snd_cwnd);
    }

    /** The segment size told to the peer, in bytes. */
    public long advertisedSegmentSize() {
        return u32(Layout.tcpi_advmss);
    }

    /** By how many segments the path reorders. */
    public long reordering() {
        return u32(Layout.tcpi_reordering);
    }

    /** The round-trip time as the receiver sees it. */
    public Duration receiveRtt() {
        return MICROSECONDS.duration(u32(Layout.tcpi_rcv_rtt));
    }

    /** The space to receive that is aimed at, in bytes. */
    public long receiveSpace() {
        return u32(Layout.tcpi_rcv_space);
    }

    /** Segments sent again since the connection began. */
    public long totalRetransmissions() {
        return u32(Layout.tcpi_total_retrans);
    }

    /** The rate at which is sent, in bytes per second; -1 for no limit. */
    public long pacingRate() {
        return struct.getLong(Layout.tcpi_pacing_rate);
    }

    /** {@link SoOption#MAX_PACING_RATE}; -1 for no limit. */
    public long maxPacingRate() {
        return struct.getLong(Layout.tcpi_max_pacing_rate);
    }

    /** Bytes that the peer acknowledged. */
    public long bytesAcknowledged() {
        return struct.getLong(Layout.tcpi_bytes_acked);
    }

    /** Bytes received and acknowledged. */
    public long bytesReceived() {
        return struct.getLong(Layout.tcpi_bytes_received);
    }

    /** Segments sent, those without data included. */
    public long segmentsOut() {
        return u32(Layout.tcpi_segs_out);
    }

    /** Segments received, those without data included. */
    public long segmentsIn() {
        return u32(Layout.tcpi_segs_in);
    }

    /** Bytes that wait to be sent for the first time. */
    public long notSentBytes() {
        return u32(Layout.tcpi_notsent_bytes);
    }

    /** The least round-trip time seen. */
    public Duration minRtt() {
        return MICROSECONDS.duration(u32(Layout.tcpi_min_rtt));
    }

    /** Segments with data received. */
    public long dataSegmentsIn() {
        return u32(Layout.tcpi_data_segs_in);
    }

    /** Segments with data sent. */
    public long dataSegmentsOut() {
        return u32(Layout.tcpi_data_segs_out);
    }

    /** The goodput lately measured, in bytes per second; unsigned 64 bits. */
    public long deliveryRate() {
        return struct.getLong(Layout.tcpi_delivery_rate);
    }

    /** How long there was something to send. */
    public Duration busyTime() {
        return MICROSECONDS.duration(struct.getLong(Layout.tcpi_busy_time));
    }

    /** How long the peer's window held sending up. */
    public Duration windowLimited() {
        return MICROSECONDS.duration(struct.getLong(Layout.tcpi_rwnd_limited));
    }

    /** How long the send buffer held sending up. */
    public Duration bufferLimited() {
        return MICROSECONDS.duration(struct.getLong(Layout.tcpi_sndbuf_limited));
    }

    /** Segments delivered. */
    public long delivered() {
        return u32(Layout.tcpi_delivered);
    }

    /** Segments delivered that the path marked as congested. */
    public long deliveredWithMarks() {
        return u32(Layout.tcpi_delivered_ce);
    }

    /** Bytes sent, repetitions included. */
    public long bytesSent() {
        return struct.getLong(Layout.tcpi_bytes_sent);
    }

    /** Bytes sent again. */
    public long bytesRetransmitted() {
        return struct.getLong(Layout.tcpi_bytes_retrans);
    }

    /** Segments that the peer reported to have got twice. */
    public long duplicatesReported() {
        return u32(Layout.tcpi_dsack_dups);
    }

    /** How often reordering was seen. */
    public long reorderingSeen() {
        return u32(Layout.tcpi_reord_seen);
    }

    /** Segments received out of order. */
    public long outOfOrderIn() {
        return u32(Layout.tcpi_rcv_ooopack);
    }

    /** The window that the peer offers, in bytes. */
    public long sendWindow() {
        return u32(Layout.tcpi_snd_wnd);
    }

    /** The window that we offer, in bytes. Since Linux 6.2. */
    public long receiveWindow() {
        return u32(Layout.tcpi_rcv_wnd);
    }

    /** How often another path was tried. Since Linux 6.2. */
    public long rehashes() {
        return u32(Layout.tcpi_rehash);
    }

    /** How often a retransmission timed out. Since Linux 6.7. */
    public int totalTimeouts() {
        return struct.getShort(Layout.tcpi_total_rto) & 0xffff;
    }

    /** How often the connection recovered from that. Since Linux 6.7. */
    public int totalTimeoutRecoveries() {
        return struct.getShort(Layout.tcpi_total_rto_recoveries) & 0xffff;
    }

    /** How long these recoveries took. Since Linux 6.7. */
    public Duration totalTimeoutTime() {
        return MILLISECONDS.duration(u32(Layout.tcpi_total_rto_time));
    }

    /** Segments received that the path marked as congested. Since Linux 6.18. */
    public long receivedMarks() {
        return u32(Layout.tcpi_received_ce);
    }

    private int u8(int at) {
        return struct.get(at) & 0xff;
    }

    private long u32(int at) {
        return Integer.toUnsignedLong(struct.getInt(at));
    }

    /** The first of two bit fields of four bits. */
    private static int low(int pair) {
        return LITTLE_ENDIAN ? pair & 0xf : pair >>> 4;
    }

    private static int high(int pair) {
        return LITTLE_ENDIAN ? pair >>> 4 : pair & 0xf;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TcpInfo that && length == that.length && struct.equals(that.struct);
    }

    @Override
    public int hashCode() {
        return struct.hashCode();
    }

    /** State, round-trip time, windows and losses, in one line. */
    @Override
    public String toString() {
        StringJoiner text = new StringJoiner(" ", "TcpInfo[", "]");
        text.add(state().name());
        text.add("rtt=" + rtt() + "/" + rttVariation());
        text.add("mss=" + sendSegmentSize());
        text.add("cwnd=" + congestionWindow());
        text.add("sent=" + bytesSent());
        text.add("acked=" + bytesAcknowledged());
        text.add("received=" + bytesReceived());
        text.add("unacked=" + unacknowledged());
        text.add("lost=" + lost());
        text.add("retransmitted=" + totalRetransmissions());
        return text.toString();
    }

    @CStruct("struct tcp_info")
    static final class Layout {
        static final int SIZEOF = 280;
        static final int tcpi_state = 0;
        static final int tcpi_ca_state = 1;
        static final int tcpi_retransmits = 2;
        static final int tcpi_probes = 3;
        static final int tcpi_backoff = 4;
        static final int tcpi_options = 5;

        /** Two bit fields, tcpi_snd_wscale and tcpi_rcv_wscale, of four bits each. */
        private static final int SCALES = 6;

        /** Bit fields, of which tcpi_delivery_rate_app_limited is the first. */
        private static final int FLAGS = 7;

        static final int tcpi_rto = 8;
        static final int tcpi_ato = 12;
        static final int tcpi_snd_mss = 16;
        static final int tcpi_rcv_mss = 20;
        static final int tcpi_unacked = 24;
        static final int tcpi_sacked = 28;
        static final int tcpi_lost = 32;
        static final int tcpi_retrans = 36;
        static final int tcpi_last_data_sent = 44;
        static final int tcpi_last_data_recv = 52;
        static final int tcpi_last_ack_recv = 56;
        static final int tcpi_pmtu = 60;
        static final int tcpi_rcv_ssthresh = 64;
        static final int tcpi_rtt = 68;
        static final int tcpi_rttvar = 72;
        static final int tcpi_snd_ssthresh = 76;
        static final int tcpi_snd_cwnd = 80;
        static final int tcpi_advmss = 84;
        static final int tcpi_reordering = 88;
        static final int tcpi_rcv_rtt = 92;
        static final int tcpi_rcv_space = 96;
        static final int tcpi_total_retrans = 100;
        static final int tcpi_pacing_rate = 104;
        static final int tcpi_max_pacing_rate = 112;
        static final int tcpi_bytes_acked = 120;
        static final int tcpi_bytes_received = 128;
        static final int tcpi_segs_out = 136;
        static final int tcpi_segs_in = 140;
        static final int tcpi_notsent_bytes = 144;
        static final int tcpi_min_rtt = 148;
        static final int tcpi_data_segs_in = 152;
        static final int tcpi_data_segs_out = 156;
        static final int tcpi_delivery_rate = 160;
        static final int tcpi_busy_time = 168;
        static final int tcpi_rwnd_limited = 176;
        static final int tcpi_sndbuf_limited = 184;
        static final int tcpi_delivered = 192;
        static final int tcpi_delivered_ce = 196;
        static final int tcpi_bytes_sent = 200;
        static final int tcpi_bytes_retrans = 208;
        static final int tcpi_dsack_dups = 216;
        static final int tcpi_reord_seen = 220;
        static final int tcpi_rcv_ooopack = 224;
        static final int tcpi_snd_wnd = 228;

        // What came after Linux 6.1.
        static final int tcpi_rcv_wnd = 232;
        static final int tcpi_rehash = 236;
        static final int tcpi_total_rto = 240;
        static final int tcpi_total_rto_recoveries = 242;
        static final int tcpi_total_rto_time = 244;
        static final int tcpi_received_ce = 248;

        private Layout() {}
    }
}
