// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.nio.ByteBuffer;

/** The group list of SO_PEERGROUPS: as many {@code gid_t} as the peer has groups. */
final class PeerGroups {
    /** The kernel's NGROUPS_MAX. */
    private static final int NGROUPS_MAX = 65_536;

    /** Nearly always enough; the kernel answers ERANGE if not. */
    private static final int FIRST_BUFFER = 1_024 * Integer.BYTES;

    private PeerGroups() {}

    static final OptionCodec<int[]> CODEC =
            OptionCodec.of(
                            int[].class,
                            NGROUPS_MAX * Integer.BYTES,
                            "",
                            "",
                            value -> {
                                throw new UnsupportedOperationException();
                            },
                            PeerGroups::decode)
                    .asking(new byte[FIRST_BUFFER]);

    private static int[] decode(byte[] bytes, int length) {
        int[] groups = new int[Math.min(length, bytes.length) / Integer.BYTES];
        ByteBuffer in = OptionCodec.nativeOrder(bytes);
        in.asIntBuffer().get(groups);
        return groups;
    }
}
