// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import org.jspecify.annotations.Nullable;

import sockeye.AddressFamily;
import sockeye.TcpInfo;
import sockeye.TipcEndpoint;
import sockeye.internal.kernel.CStruct;

import java.util.ArrayList;
import java.util.List;

/**
 * A socket of AF_TIPC.
 *
 * @param type SOCK_STREAM, SOCK_SEQPACKET, SOCK_RDM or SOCK_DGRAM
 * @param state LISTEN, ESTABLISHED, SYN_SENT while it connects, CLOSE_WAIT while it is
 *     disconnected, else CLOSE
 * @param local its socket address
 * @param peer the address of the socket that it is connected to; null if to none
 * @param published whether it is bound to a service
 * @param inode of the socket
 * @param cookie the kernel's number for it
 * @param uid the user who made it
 * @param others connection, statistics and group, as they came
 */
public record TipcReport(
        int type,
        TcpInfo.State state,
        TipcEndpoint.SocketId local,
        TipcEndpoint.@Nullable SocketId peer,
        boolean published,
        long inode,
        long cookie,
        long uid,
        List<RawAttribute> others)
        implements SocketReport {

    private static final int TIPC_NLA_SOCK = 2;
    private static final int TIPC_NLA_SOCK_ADDR = 1;
    private static final int TIPC_NLA_SOCK_REF = 2;
    private static final int TIPC_NLA_SOCK_CON = 3;
    private static final int TIPC_NLA_SOCK_HAS_PUBL = 4;
    private static final int TIPC_NLA_SOCK_TYPE = 6;
    private static final int TIPC_NLA_SOCK_INO = 7;
    private static final int TIPC_NLA_SOCK_UID = 8;
    private static final int TIPC_NLA_SOCK_TIPC_STATE = 9;
    private static final int TIPC_NLA_SOCK_COOKIE = 10;
    private static final int TIPC_NLA_SOCK_PAD = 11;
    private static final int TIPC_NLA_CON_NODE = 2;
    private static final int TIPC_NLA_CON_SOCK = 3;

    @CStruct("struct tipc_sock_diag_req")
    private static final class TipcSockDiagReq {
        static final int SIZEOF = 8;
        static final int sdiag_family = 0;
        static final int tidiag_states = 4;

        private TipcSockDiagReq() {}
    }

    /** Copies the list. */
    public TipcReport {
        others = List.copyOf(others);
    }

    @Override
    public int family() {
        return AddressFamily.AF_TIPC;
    }

    static NetlinkRequest request() {
        return NetlinkRequest.of(
                        Diag.SOCK_DIAG_BY_FAMILY,
                        0,
                        to ->
                                to.struct(
                                        TipcSockDiagReq.SIZEOF,
                                        header ->
                                                header.u8(
                                                                TipcSockDiagReq.sdiag_family,
                                                                AddressFamily.AF_TIPC)
                                                        .u32(
                                                                TipcSockDiagReq.tidiag_states,
                                                                Diag.ALL_STATES)))
                .named("SOCK_DIAG_BY_FAMILY");
    }

    /** The message has no structure of its own: a nest is all of it. */
    static @Nullable TipcReport read(PayloadReader payload) {
        AttributeReader at = payload.attributes();
        while (at.next()) {
            if (at.type() == TIPC_NLA_SOCK) {
                return socket(at.nested());
            }
        }
        return null;
    }

    private static TipcReport socket(AttributeReader at) {
        int type = 0;
        int state = 0;
        long node = 0;
        long ref = 0;
        TipcEndpoint.SocketId peer = null;
        boolean published = false;
        long inode = 0;
        long cookie = 0;
        long uid = 0;
        List<RawAttribute> others = new ArrayList<>();
        while (at.next()) {
            switch (at.type()) {
                case TIPC_NLA_SOCK_ADDR -> node = at.u32();
                case TIPC_NLA_SOCK_REF -> ref = at.u32();
                case TIPC_NLA_SOCK_HAS_PUBL -> published = at.flag();
                case TIPC_NLA_SOCK_TYPE -> type = at.s32();
                case TIPC_NLA_SOCK_INO -> inode = at.u32();
                case TIPC_NLA_SOCK_UID -> uid = at.u32();
                case TIPC_NLA_SOCK_TIPC_STATE -> state = at.s32() & 0xFF;
                case TIPC_NLA_SOCK_COOKIE -> cookie = at.s64();
                case TIPC_NLA_SOCK_PAD -> {}
                case TIPC_NLA_SOCK_CON -> {
                    peer = peer(at.nested());
                    others.add(RawAttribute.of(at));
                }
                default -> others.add(RawAttribute.of(at));
            }
        }
        return new TipcReport(
                type,
                Diag.state(state),
                new TipcEndpoint.SocketId(ref, node),
                peer,
                published,
                inode,
                cookie,
                uid,
                others);
    }

    private static TipcEndpoint.SocketId peer(AttributeReader at) {
        long node = 0;
        long ref = 0;
        while (at.next()) {
            switch (at.type()) {
                case TIPC_NLA_CON_NODE -> node = at.u32();
                case TIPC_NLA_CON_SOCK -> ref = at.u32();
                default -> {}
            }
        }
        return new TipcEndpoint.SocketId(ref, node);
    }
}
