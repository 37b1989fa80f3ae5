// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import org.jspecify.annotations.Nullable;

import sockeye.AddressFamily;
import sockeye.SocketMemory;
import sockeye.TcpInfo;
import sockeye.internal.kernel.CStruct;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A packet socket, as captures use them.
 *
 * @param type SOCK_RAW or SOCK_DGRAM
 * @param protocol the Ethernet protocol that it receives, 3 for all of them
 * @param link the index of the interface that it is bound to, 0 for all
 * @param version of the ring's headers: 0 is TPACKET_V1
 * @param flags how it is set
 * @param inode of the socket
 * @param cookie the kernel's number for it
 * @param uid the user who made it
 * @param fanout the group that it shares its packets with: the number in the low half, the mode in
 *     the high one; empty for none
 * @param memory how much of it the socket holds
 * @param others rings, groups and filter, as they came: PACKET_DIAG_RX_RING, PACKET_DIAG_TX_RING,
 *     PACKET_DIAG_MCLIST, PACKET_DIAG_FILTER
 */
public record PacketReport(
        int type,
        int protocol,
        int link,
        int version,
        Set<Flag> flags,
        long inode,
        long cookie,
        long uid,
        OptionalLong fanout,
        @Nullable SocketMemory memory,
        List<RawAttribute> others)
        implements SocketReport {

    private static final int PACKET_DIAG_INFO = 0;
    private static final int PACKET_DIAG_FANOUT = 4;
    private static final int PACKET_DIAG_UID = 5;
    private static final int PACKET_DIAG_MEMINFO = 6;

    /** PACKET_SHOW_ and every name; the filter is shown to root alone. */
    private static final int EVERYTHING = 0x3F;

    /** How a socket is set: PDI_ and the name. */
    public enum Flag {
        /** It receives. */
        RUNNING(1),
        /** PACKET_AUXDATA. */
        AUXDATA(1 << 1),
        /** PACKET_ORIGDEV. */
        ORIGDEV(1 << 2),
        /** PACKET_VNET_HDR. */
        VNETHDR(1 << 3),
        /** PACKET_LOSS. */
        LOSS(1 << 4);

        private final int bit;

        Flag(int bit) {
            this.bit = bit;
        }

        /** The kernel's bit. */
        public int bit() {
            return bit;
        }
    }

    @CStruct("struct packet_diag_req")
    private static final class PacketDiagReq {
        static final int SIZEOF = 20;
        static final int sdiag_family = 0;
        static final int pdiag_show = 8;

        private PacketDiagReq() {}
    }

    @CStruct("struct packet_diag_msg")
    private static final class PacketDiagMsg {
        static final int SIZEOF = 16;
        static final int pdiag_type = 1;
        static final int pdiag_num = 2;
        static final int pdiag_ino = 4;
        static final int pdiag_cookie = 8;

        private PacketDiagMsg() {}
    }

    @CStruct("struct packet_diag_info")
    private static final class PacketDiagInfo {
        static final int pdi_index = 0;
        static final int pdi_version = 4;
        static final int pdi_flags = 20;

        private PacketDiagInfo() {}
    }

    /** Copies the collections. */
    public PacketReport {
        flags = Flags.copy(Flag.class, flags);
        others = List.copyOf(others);
    }

    @Override
    public int family() {
        return AddressFamily.AF_PACKET;
    }

    /** Always {@link TcpInfo.State#CLOSE}: it cannot be connected. */
    @Override
    public TcpInfo.State state() {
        return TcpInfo.State.CLOSE;
    }

    static NetlinkRequest request() {
        return NetlinkRequest.of(
                        Diag.SOCK_DIAG_BY_FAMILY,
                        0,
                        to ->
                                to.struct(
                                        PacketDiagReq.SIZEOF,
                                        header ->
                                                header.u8(
                                                                PacketDiagReq.sdiag_family,
                                                                AddressFamily.AF_PACKET)
                                                        .u32(PacketDiagReq.pdiag_show, EVERYTHING)))
                .named("SOCK_DIAG_BY_FAMILY");
    }

    static @Nullable PacketReport read(PayloadReader payload) {
        StructReader header = payload.struct(PacketDiagMsg.SIZEOF);
        int link = 0;
        int version = 0;
        int flags = 0;
        long uid = 0;
        OptionalLong fanout = OptionalLong.empty();
        SocketMemory memory = null;
        List<RawAttribute> others = new ArrayList<>();
        AttributeReader at = payload.attributes();
        while (at.next()) {
            switch (at.type()) {
                case PACKET_DIAG_INFO -> {
                    StructReader info = at.struct();
                    link = info.s32(PacketDiagInfo.pdi_index);
                    version = info.s32(PacketDiagInfo.pdi_version);
                    flags = info.s32(PacketDiagInfo.pdi_flags);
                }
                case PACKET_DIAG_FANOUT -> fanout = OptionalLong.of(at.u32());
                case PACKET_DIAG_UID -> uid = at.u32();
                case PACKET_DIAG_MEMINFO -> memory = Diag.memory(at);
                default -> others.add(RawAttribute.of(at));
            }
        }
        return new PacketReport(
                header.u8(PacketDiagMsg.pdiag_type),
                header.u16(PacketDiagMsg.pdiag_num),
                link,
                version,
                Flags.of(Flag.class, Flag::bit, flags),
                header.u32(PacketDiagMsg.pdiag_ino),
                Diag.cookie(header, PacketDiagMsg.pdiag_cookie),
                uid,
                fanout,
                memory,
                others);
    }
}
