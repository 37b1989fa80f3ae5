// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import org.jspecify.annotations.Nullable;

import sockeye.AddressFamily;
import sockeye.SocketMemory;
import sockeye.TcpInfo;
import sockeye.UnixEndpoint;
import sockeye.internal.kernel.CStruct;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Set;

/**
 * A Unix socket.
 *
 * @param type SOCK_STREAM, SOCK_DGRAM or SOCK_SEQPACKET
 * @param state ESTABLISHED, LISTEN or CLOSE, of any type
 * @param local its name; {@link UnixEndpoint#unnamed} if it has none
 * @param file the file of its path; null if it has none
 * @param peer the inode of the socket that it is connected to; empty if to none, 0 if that one
 *     waits for accept
 * @param pending of a listener, the peers that wait for accept, by inode: 0 for one that is closed
 * @param inode of the socket
 * @param cookie the kernel's number for it
 * @param uid the user who made it; −1 before Linux 5.3
 * @param receiveQueue bytes received and not read; of a listener, connections that wait for accept
 * @param sendQueue bytes sent and not read; of a listener, how many may wait
 * @param memory how much of it the socket holds
 * @param shutdown what is shut down
 * @param others attributes that have no name here, as they came
 */
public record UnixReport(
        int type,
        TcpInfo.State state,
        UnixEndpoint local,
        @Nullable SocketFile file,
        OptionalLong peer,
        List<Long> pending,
        long inode,
        long cookie,
        long uid,
        long receiveQueue,
        long sendQueue,
        @Nullable SocketMemory memory,
        Set<ShutDirection> shutdown,
        List<RawAttribute> others)
        implements SocketReport {

    private static final int UNIX_DIAG_NAME = 0;
    private static final int UNIX_DIAG_VFS = 1;
    private static final int UNIX_DIAG_PEER = 2;
    private static final int UNIX_DIAG_ICONS = 3;
    private static final int UNIX_DIAG_RQLEN = 4;
    private static final int UNIX_DIAG_MEMINFO = 5;
    private static final int UNIX_DIAG_SHUTDOWN = 6;
    private static final int UNIX_DIAG_UID = 7;

    /** UDIAG_SHOW_ and every name. */
    private static final int EVERYTHING = 0x7F;

    /** The kernel's own form of a device number. */
    private static final int MINOR_BITS = 20;

    /**
     * Where the file of a path is.
     *
     * @param major the device's major number
     * @param minor and its minor number
     * @param inode the low 32 bits of the file's inode number
     */
    public record SocketFile(int major, int minor, long inode) {}

    @CStruct("struct unix_diag_req")
    private static final class UnixDiagReq {
        static final int SIZEOF = 24;
        static final int sdiag_family = 0;
        static final int udiag_states = 4;
        static final int udiag_ino = 8;
        static final int udiag_show = 12;
        static final int udiag_cookie = 16;

        private UnixDiagReq() {}
    }

    @CStruct("struct unix_diag_msg")
    private static final class UnixDiagMsg {
        static final int SIZEOF = 16;
        static final int udiag_type = 1;
        static final int udiag_state = 2;
        static final int udiag_ino = 4;
        static final int udiag_cookie = 8;

        private UnixDiagMsg() {}
    }

    @CStruct("struct unix_diag_vfs")
    private static final class UnixDiagVfs {
        static final int udiag_vfs_ino = 0;
        static final int udiag_vfs_dev = 4;

        private UnixDiagVfs() {}
    }

    @CStruct("struct unix_diag_rqlen")
    private static final class UnixDiagRqlen {
        static final int udiag_rqueue = 0;
        static final int udiag_wqueue = 4;

        private UnixDiagRqlen() {}
    }

    /** Copies the collections. */
    public UnixReport {
        pending = List.copyOf(pending);
        shutdown = Flags.copy(ShutDirection.class, shutdown);
        others = List.copyOf(others);
    }

    @Override
    public int family() {
        return AddressFamily.AF_UNIX;
    }

    /** All in some states, or one by its inode. */
    static NetlinkRequest request(int states, long inode) {
        return NetlinkRequest.of(
                        Diag.SOCK_DIAG_BY_FAMILY,
                        0,
                        to ->
                                to.struct(
                                        UnixDiagReq.SIZEOF,
                                        header -> {
                                            header.u8(
                                                    UnixDiagReq.sdiag_family,
                                                    AddressFamily.AF_UNIX);
                                            header.u32(UnixDiagReq.udiag_states, states);
                                            header.u32(UnixDiagReq.udiag_ino, inode);
                                            header.u32(UnixDiagReq.udiag_show, EVERYTHING);
                                            Diag.cookie(
                                                    header,
                                                    UnixDiagReq.udiag_cookie,
                                                    Diag.NO_COOKIE);
                                        }))
                .named("SOCK_DIAG_BY_FAMILY");
    }

    static @Nullable UnixReport read(PayloadReader payload) {
        StructReader header = payload.struct(UnixDiagMsg.SIZEOF);
        UnixEndpoint local = UnixEndpoint.unnamed();
        SocketFile file = null;
        OptionalLong peer = OptionalLong.empty();
        List<Long> pending = List.of();
        long receiveQueue = 0;
        long sendQueue = 0;
        SocketMemory memory = null;
        int shutdown = 0;
        long uid = -1;
        List<RawAttribute> others = new ArrayList<>();
        AttributeReader at = payload.attributes();
        while (at.next()) {
            switch (at.type()) {
                case UNIX_DIAG_NAME -> local = name(at.bytes());
                case UNIX_DIAG_VFS -> {
                    StructReader vfs = at.struct();
                    int device = vfs.s32(UnixDiagVfs.udiag_vfs_dev);
                    file =
                            new SocketFile(
                                    device >>> MINOR_BITS,
                                    device & (1 << MINOR_BITS) - 1,
                                    vfs.u32(UnixDiagVfs.udiag_vfs_ino));
                }
                case UNIX_DIAG_PEER -> peer = OptionalLong.of(at.u32());
                case UNIX_DIAG_ICONS ->
                        pending =
                                Arrays.stream(at.s32s()).mapToObj(Integer::toUnsignedLong).toList();
                case UNIX_DIAG_RQLEN -> {
                    StructReader lengths = at.struct();
                    receiveQueue = lengths.u32(UnixDiagRqlen.udiag_rqueue);
                    sendQueue = lengths.u32(UnixDiagRqlen.udiag_wqueue);
                }
                case UNIX_DIAG_MEMINFO -> memory = Diag.memory(at);
                case UNIX_DIAG_SHUTDOWN -> shutdown = at.u8();
                case UNIX_DIAG_UID -> uid = at.u32();
                default -> others.add(RawAttribute.of(at));
            }
        }
        return new UnixReport(
                header.u8(UnixDiagMsg.udiag_type),
                Diag.state(header.u8(UnixDiagMsg.udiag_state)),
                local,
                file,
                peer,
                pending,
                header.u32(UnixDiagMsg.udiag_ino),
                Diag.cookie(header, UnixDiagMsg.udiag_cookie),
                uid,
                receiveQueue,
                sendQueue,
                memory,
                ShutDirection.of(shutdown),
                others);
    }

    /** As in sockaddr_un: a leading zero byte makes it abstract, one behind a path ends it. */
    private static UnixEndpoint name(byte[] bytes) {
        if (bytes.length == 0) {
            return UnixEndpoint.unnamed();
        }
        if (bytes[0] == 0) {
            return UnixEndpoint.ofAbstract(Arrays.copyOfRange(bytes, 1, bytes.length));
        }
        int length = 0;
        while (length < bytes.length && bytes[length] != 0) {
            length++;
        }
        return UnixEndpoint.ofPath(Arrays.copyOf(bytes, length));
    }
}
