// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.kernel.CStruct;

import java.nio.ByteBuffer;

/**
 * Who is at the other end of an AF_UNIX connection: the process that called connect(2), listen(2)
 * or socketpair(2), as it was then ({@link SoOption#PEER_CRED}). {@link UnixPeer} knows more.
 *
 * @param pid the process as seen from our pid namespace; 0 if it is not visible there, or if there
 *     is no peer
 * @param uid its effective user: C's unsigned {@code uid_t} in an int, -1 if there is no peer
 * @param gid its effective group: C's unsigned {@code gid_t} in an int, -1 if there is no peer
 */
public record PeerCredentials(int pid, int uid, int gid) {

    @CStruct("struct ucred")
    static final class Layout {
        static final int SIZEOF = 12;
        static final int pid = 0;
        static final int uid = 4;
        static final int gid = 8;

        private Layout() {}
    }

    static final OptionCodec<PeerCredentials> CODEC =
            OptionCodec.report(
                    PeerCredentials.class, Layout.SIZEOF, Layout.SIZEOF, PeerCredentials::read);

    private static PeerCredentials read(ByteBuffer in) {
        return new PeerCredentials(
                in.getInt(Layout.pid), in.getInt(Layout.uid), in.getInt(Layout.gid));
    }
}
