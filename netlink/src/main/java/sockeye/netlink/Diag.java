// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import org.jspecify.annotations.Nullable;

import sockeye.SoOption;
import sockeye.SocketMemory;
import sockeye.TcpInfo;

import java.util.List;
import java.util.Set;

/** What the reports of all families have in common. */
final class Diag {
    static final int SOCK_DIAG_BY_FAMILY = 20;
    static final int SOCK_DESTROY = 21;

    /** Both halves of a cookie of whoever does not know it. */
    static final long NO_COOKIE = -1;

    /** In the order of the kernel's numbers. */
    private static final List<TcpInfo.State> STATES = List.of(TcpInfo.State.values());

    private Diag() {}

    /** The state of a number, 0 or more. */
    static TcpInfo.State state(int number) {
        return number < STATES.size() ? STATES.get(number) : TcpInfo.State.UNKNOWN;
    }

    /** All states, those included that have no name here. */
    static final int ALL_STATES = -1;

    static int mask(Set<TcpInfo.State> states) {
        return (int) Flags.bits(states, state -> 1L << STATES.indexOf(state));
    }

    static long cookie(StructReader struct, int offset) {
        return struct.u32(offset) | struct.u32(offset + Integer.BYTES) << Integer.SIZE;
    }

    static void cookie(StructWriter struct, int offset, long cookie) {
        struct.u32(offset, cookie & 0xFFFF_FFFFL);
        struct.u32(offset + Integer.BYTES, cookie >>> Integer.SIZE);
    }

    static @Nullable SocketMemory memory(AttributeReader at) {
        byte[] bytes = at.bytes();
        return bytes.length == 0 ? null : SoOption.MEM_INFO.decode(bytes, bytes.length);
    }
}
