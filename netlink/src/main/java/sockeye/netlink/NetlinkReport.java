// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import org.jspecify.annotations.Nullable;

import sockeye.AddressFamily;
import sockeye.NetlinkProtocol;
import sockeye.SocketMemory;
import sockeye.TcpInfo;
import sockeye.internal.kernel.CStruct;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;

/**
 * A netlink socket, one of the kernel's own included.
 *
 * @param type SOCK_RAW or SOCK_DGRAM
 * @param protocol {@link NetlinkProtocol}
 * @param state ESTABLISHED if it is connected, else CLOSE
 * @param portId its number, 0 for the kernel's
 * @param peer to which port it is connected, 0 for the kernel
 * @param peerGroup to which group it is connected, 0 for none
 * @param groups the multicast groups that it is in, by number, from 1
 * @param inode of the socket, 0 for the kernel's
 * @param cookie the kernel's number for it
 * @param memory how much of it the socket holds
 * @param flags how it is set
 * @param others attributes that have no name here, as they came
 */
public record NetlinkReport(
        int type,
        int protocol,
        TcpInfo.State state,
        long portId,
        long peer,
        long peerGroup,
        List<Integer> groups,
        long inode,
        long cookie,
        @Nullable SocketMemory memory,
        Set<Flag> flags,
        List<RawAttribute> others)
        implements SocketReport {

    private static final int NETLINK_DIAG_MEMINFO = 0;
    private static final int NETLINK_DIAG_GROUPS = 1;
    private static final int NETLINK_DIAG_FLAGS = 4;
    private static final int NDIAG_PROTO_ALL = 0xFF;
    private static final int NDIAG_SHOW_MEMINFO = 1;
    private static final int NDIAG_SHOW_GROUPS = 2;
    private static final int NDIAG_SHOW_FLAGS = 8;

    /** How a socket is set: NDIAG_FLAG_ and the name. */
    public enum Flag {
        /** A dump is under way. */
        CB_RUNNING(1),
        /** NETLINK_PKTINFO. */
        PKTINFO(1 << 1),
        /** NETLINK_BROADCAST_ERROR. */
        BROADCAST_ERROR(1 << 2),
        /** NETLINK_NO_ENOBUFS. */
        NO_ENOBUFS(1 << 3),
        /** NETLINK_LISTEN_ALL_NSID. */
        LISTEN_ALL_NSID(1 << 4),
        /** NETLINK_CAP_ACK. */
        CAP_ACK(1 << 5);

        private final int bit;

        Flag(int bit) {
            this.bit = bit;
        }

        /** The kernel's bit. */
        public int bit() {
            return bit;
        }
    }

    @CStruct("struct netlink_diag_req")
    private static final class NetlinkDiagReq {
        static final int SIZEOF = 20;
        static final int sdiag_family = 0;
        static final int sdiag_protocol = 1;
        static final int ndiag_show = 8;

        private NetlinkDiagReq() {}
    }

    @CStruct("struct netlink_diag_msg")
    private static final class NetlinkDiagMsg {
        static final int SIZEOF = 28;
        static final int ndiag_type = 1;
        static final int ndiag_protocol = 2;
        static final int ndiag_state = 3;
        static final int ndiag_portid = 4;
        static final int ndiag_dst_portid = 8;
        static final int ndiag_dst_group = 12;
        static final int ndiag_ino = 16;
        static final int ndiag_cookie = 20;

        private NetlinkDiagMsg() {}
    }

    /** Copies the collections. */
    public NetlinkReport {
        groups = List.copyOf(groups);
        flags = Flags.copy(Flag.class, flags);
        others = List.copyOf(others);
    }

    @Override
    public int family() {
        return AddressFamily.AF_NETLINK;
    }

    static NetlinkRequest request() {
        return NetlinkRequest.of(
                        Diag.SOCK_DIAG_BY_FAMILY,
                        0,
                        to ->
                                to.struct(
                                        NetlinkDiagReq.SIZEOF,
                                        header ->
                                                header.u8(
                                                                NetlinkDiagReq.sdiag_family,
                                                                AddressFamily.AF_NETLINK)
                                                        .u8(
                                                                NetlinkDiagReq.sdiag_protocol,
                                                                NDIAG_PROTO_ALL)
                                                        .u32(
                                                                NetlinkDiagReq.ndiag_show,
                                                                NDIAG_SHOW_MEMINFO
                                                                        | NDIAG_SHOW_GROUPS
                                                                        | NDIAG_SHOW_FLAGS)))
                .named("SOCK_DIAG_BY_FAMILY");
    }

    static @Nullable NetlinkReport read(PayloadReader payload) {
        StructReader header = payload.struct(NetlinkDiagMsg.SIZEOF);
        List<Integer> groups = List.of();
        SocketMemory memory = null;
        int flags = 0;
        List<RawAttribute> others = new ArrayList<>();
        AttributeReader at = payload.attributes();
        while (at.next()) {
            switch (at.type()) {
                case NETLINK_DIAG_MEMINFO -> memory = Diag.memory(at);
                // Words of unsigned long, on machines whose low byte comes first.
                case NETLINK_DIAG_GROUPS ->
                        groups =
                                BitSet.valueOf(at.bytes()).stream()
                                        .map(bit -> bit + 1)
                                        .boxed()
                                        .toList();
                case NETLINK_DIAG_FLAGS -> flags = at.s32();
                default -> others.add(RawAttribute.of(at));
            }
        }
        boolean connected = header.u8(NetlinkDiagMsg.ndiag_state) == 1;
        return new NetlinkReport(
                header.u8(NetlinkDiagMsg.ndiag_type),
                header.u8(NetlinkDiagMsg.ndiag_protocol),
                connected ? TcpInfo.State.ESTABLISHED : TcpInfo.State.CLOSE,
                header.u32(NetlinkDiagMsg.ndiag_portid),
                header.u32(NetlinkDiagMsg.ndiag_dst_portid),
                header.u32(NetlinkDiagMsg.ndiag_dst_group),
                groups,
                header.u32(NetlinkDiagMsg.ndiag_ino),
                Diag.cookie(header, NetlinkDiagMsg.ndiag_cookie),
                memory,
                Flags.of(Flag.class, Flag::bit, flags),
                others);
    }
}
