// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.kernel.CStruct;

import java.nio.ByteBuffer;

/**
 * What the kernel knows of a Multipath TCP connection: the value of {@link MptcpOption#INFO}.
 *
 * @param subflows how many paths there are besides the first one
 * @param addressesSignalled how many addresses we told the peer
 * @param addressesAccepted how many addresses of the peer we took
 * @param maxSubflows the limit of paths
 * @param fallback whether the connection fell back to plain TCP
 * @param remoteKeyReceived whether the peer's key is known
 * @param token the number of the connection, as the path manager knows it; unsigned 32 bits
 * @param writeSequence the sequence number of the next byte to be written; unsigned 64 bits
 * @param sendUnacknowledged that of the oldest byte not acknowledged; unsigned 64 bits
 * @param receiveNext that of the next byte to come; unsigned 64 bits
 * @param checksums whether data is protected by a checksum of its own
 */
public record MptcpInfo(
        int subflows,
        int addressesSignalled,
        int addressesAccepted,
        int maxSubflows,
        boolean fallback,
        boolean remoteKeyReceived,
        long token,
        long writeSequence,
        long sendUnacknowledged,
        long receiveNext,
        boolean checksums) {
    private static final int MPTCP_INFO_FLAG_FALLBACK = 1;
    private static final int MPTCP_INFO_FLAG_REMOTE_KEY_RECEIVED = 2;
    private static final int ROOM = 256;

    @CStruct("struct mptcp_info")
    static final class Layout {
        static final int SIZEOF = 48;
        static final int mptcpi_subflows = 0;
        static final int mptcpi_add_addr_signal = 1;
        static final int mptcpi_add_addr_accepted = 2;
        static final int mptcpi_subflows_max = 3;
        static final int mptcpi_flags = 8;
        static final int mptcpi_token = 12;
        static final int mptcpi_write_seq = 16;
        static final int mptcpi_snd_una = 24;
        static final int mptcpi_rcv_nxt = 32;
        static final int mptcpi_csum_enabled = 42;

        private Layout() {}
    }

    static final OptionCodec<MptcpInfo> CODEC =
            OptionCodec.report(MptcpInfo.class, Layout.SIZEOF, ROOM, MptcpInfo::read);

    private static MptcpInfo read(ByteBuffer in) {
        int flags = in.getInt(Layout.mptcpi_flags);
        return new MptcpInfo(
                in.get(Layout.mptcpi_subflows) & 0xff,
                in.get(Layout.mptcpi_add_addr_signal) & 0xff,
                in.get(Layout.mptcpi_add_addr_accepted) & 0xff,
                in.get(Layout.mptcpi_subflows_max) & 0xff,
                (flags & MPTCP_INFO_FLAG_FALLBACK) != 0,
                (flags & MPTCP_INFO_FLAG_REMOTE_KEY_RECEIVED) != 0,
                Integer.toUnsignedLong(in.getInt(Layout.mptcpi_token)),
                in.getLong(Layout.mptcpi_write_seq),
                in.getLong(Layout.mptcpi_snd_una),
                in.getLong(Layout.mptcpi_rcv_nxt),
                in.get(Layout.mptcpi_csum_enabled) != 0);
    }
}
