// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import org.jspecify.annotations.Nullable;

import sockeye.AddressFamily;
import sockeye.TcpInfo;
import sockeye.VsockEndpoint;
import sockeye.internal.kernel.CStruct;

import java.util.Set;

/**
 * A socket of AF_VSOCK.
 *
 * @param type SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET
 * @param state as TCP has them
 * @param local where it is bound
 * @param peer to what it is connected
 * @param shutdown what was shut down on this side
 * @param inode of the socket
 * @param cookie the kernel's number for it
 */
public record VsockReport(
        int type,
        TcpInfo.State state,
        VsockEndpoint local,
        VsockEndpoint peer,
        Set<ShutDirection> shutdown,
        long inode,
        long cookie)
        implements SocketReport {

    @CStruct("struct vsock_diag_req")
    private static final class VsockDiagReq {
        static final int SIZEOF = 24;
        static final int sdiag_family = 0;
        static final int vdiag_states = 4;

        private VsockDiagReq() {}
    }

    @CStruct("struct vsock_diag_msg")
    private static final class VsockDiagMsg {
        static final int SIZEOF = 32;
        static final int vdiag_type = 1;
        static final int vdiag_state = 2;
        static final int vdiag_shutdown = 3;
        static final int vdiag_src_cid = 4;
        static final int vdiag_src_port = 8;
        static final int vdiag_dst_cid = 12;
        static final int vdiag_dst_port = 16;
        static final int vdiag_ino = 20;
        static final int vdiag_cookie = 24;

        private VsockDiagMsg() {}
    }

    /** Copies the set. */
    public VsockReport {
        shutdown = Flags.copy(ShutDirection.class, shutdown);
    }

    @Override
    public int family() {
        return AddressFamily.AF_VSOCK;
    }

    static NetlinkRequest request() {
        return NetlinkRequest.of(
                        Diag.SOCK_DIAG_BY_FAMILY,
                        0,
                        to ->
                                to.struct(
                                        VsockDiagReq.SIZEOF,
                                        header ->
                                                header.u8(
                                                                VsockDiagReq.sdiag_family,
                                                                AddressFamily.AF_VSOCK)
                                                        .u32(
                                                                VsockDiagReq.vdiag_states,
                                                                Diag.ALL_STATES)))
                .named("SOCK_DIAG_BY_FAMILY");
    }

    static @Nullable VsockReport read(PayloadReader payload) {
        StructReader header = payload.struct(VsockDiagMsg.SIZEOF);
        return new VsockReport(
                header.u8(VsockDiagMsg.vdiag_type),
                Diag.state(header.u8(VsockDiagMsg.vdiag_state)),
                VsockEndpoint.of(
                        header.u32(VsockDiagMsg.vdiag_src_cid),
                        header.u32(VsockDiagMsg.vdiag_src_port)),
                VsockEndpoint.of(
                        header.u32(VsockDiagMsg.vdiag_dst_cid),
                        header.u32(VsockDiagMsg.vdiag_dst_port)),
                ShutDirection.of(header.u8(VsockDiagMsg.vdiag_shutdown)),
                header.u32(VsockDiagMsg.vdiag_ino),
                Diag.cookie(header, VsockDiagMsg.vdiag_cookie));
    }
}
