// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.OptionCodec.Unit.MICROSECONDS;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * What a congestion control algorithm tells about itself: the value of {@link TcpOption#CC_INFO}.
 * The kernel does not say which algorithm it is; {@link TcpOption#CONGESTION} does. Most, cubic and
 * reno among them, tell nothing. Immutable.
 */
public final class TcpCongestionInfo {

    /**
     * What {@code bbr} tells.
     *
     * @param bandwidth the estimated bottleneck, in bytes per second
     * @param minRtt the least round-trip time, in microseconds
     * @param pacingGain the factor of the sending rate, shifted left by 8 bits
     * @param windowGain the factor of the congestion window, shifted left by 8 bits
     */
    public record Bbr(long bandwidth, Duration minRtt, long pacingGain, long windowGain) {}

    /**
     * What {@code dctcp} tells.
     *
     * @param enabled whether the peer plays too
     * @param marked whether the last packet was marked as congested
     * @param alpha the share of marked bytes, shifted left by 10 bits
     * @param markedBytes acknowledged bytes that were marked, in this window
     * @param totalBytes acknowledged bytes in this window
     */
    public record Dctcp(
            boolean enabled, boolean marked, long alpha, long markedBytes, long totalBytes) {}

    /**
     * What {@code vegas}, {@code westwood}, {@code illinois} and their like tell.
     *
     * @param enabled whether the algorithm acts
     * @param samples how many round-trip times were measured
     * @param rtt the latest round-trip time, in microseconds
     * @param minRtt the least round-trip time, in microseconds
     */
    public record Vegas(boolean enabled, long samples, Duration rtt, Duration minRtt) {}

    private static final int ROOM = 128;
    private static final int KNOWN = 20;

    static final OptionCodec<TcpCongestionInfo> CODEC =
            OptionCodec.of(
                    TcpCongestionInfo.class,
                    ROOM,
                    "",
                    "",
                    value -> {
                        throw new UnsupportedOperationException();
                    },
                    (bytes, length) ->
                            new TcpCongestionInfo(
                                    Arrays.copyOf(bytes, Math.min(length, bytes.length))));

    private final byte[] told;

    private TcpCongestionInfo(byte[] told) {
        this.told = told;
    }

    /** Whether the algorithm tells nothing. */
    public boolean isEmpty() {
        return told.length == 0;
    }

    /** The bytes of C's {@code union tcp_cc_info}: a copy. */
    public byte[] toBytes() {
        return told.clone();
    }

    /** Read as {@code struct tcp_bbr_info}. Zeros where nothing was told. */
    public Bbr bbr() {
        ByteBuffer in = in();
        long bandwidth = u32(in) | u32(in) << 32;
        return new Bbr(bandwidth, MICROSECONDS.duration(u32(in)), u32(in), u32(in));
    }

    /** Read as {@code struct tcp_dctcp_info}. Zeros where nothing was told. */
    public Dctcp dctcp() {
        ByteBuffer in = in();
        return new Dctcp(in.getShort() != 0, in.getShort() != 0, u32(in), u32(in), u32(in));
    }

    /** Read as {@code struct tcpvegas_info}. Zeros where nothing was told. */
    public Vegas vegas() {
        ByteBuffer in = in();
        return new Vegas(
                u32(in) != 0,
                u32(in),
                MICROSECONDS.duration(u32(in)),
                MICROSECONDS.duration(u32(in)));
    }

    private ByteBuffer in() {
        return OptionCodec.padded(told, told.length, KNOWN);
    }

    private static long u32(ByteBuffer in) {
        return Integer.toUnsignedLong(in.getInt());
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof TcpCongestionInfo that && Arrays.equals(told, that.told);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(told);
    }

    /** The bytes in hexadecimal. */
    @Override
    public String toString() {
        return "TcpCongestionInfo[" + HexFormat.of().formatHex(told) + "]";
    }
}
