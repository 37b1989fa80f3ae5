// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.kernel.CStruct;

/**
 * {@code struct sockaddr_tipc}: offsets in bytes, everything in the byte order of the host.
 *
 * <p>A message of a group comes with two of them, the socket's and the member's.
 */
@CStruct("struct sockaddr_tipc")
final class TipcSockaddr {
    static final int SIZEOF = 16;
    static final int addrtype = 2;
    static final int scope = 3;
    static final int addr_id_ref = 4;
    static final int addr_id_node = 8;
    static final int addr_nameseq_type = 4;
    static final int addr_nameseq_lower = 8;
    static final int addr_nameseq_upper = 12;
    static final int addr_name_name_type = 4;
    static final int addr_name_name_instance = 8;
    static final int addr_name_domain = 12;

    static final int TIPC_SERVICE_RANGE = 1;
    static final int TIPC_SERVICE_ADDR = 2;
    static final int TIPC_SOCKET_ADDR = 3;

    private TipcSockaddr() {}

    static void check(String what, long number) {
        if (!TargetGrammar.isUnsigned(number)) {
            throw new IllegalArgumentException(
                    "a TIPC " + what + " is 0 to 4294967295, not " + number);
        }
    }

    /** Writes one of the three kinds, each of which has up to three numbers. */
    static void put(byte[] to, int kind, int itsScope, long first, long second, long third) {
        Sockaddr.putFamily(to, AddressFamily.AF_TIPC);
        to[addrtype] = (byte) kind;
        to[scope] = (byte) itsScope;
        Sockaddr.putHostInt(to, addr_nameseq_type, (int) first);
        Sockaddr.putHostInt(to, addr_nameseq_lower, (int) second);
        Sockaddr.putHostInt(to, addr_nameseq_upper, (int) third);
    }

    /** Writes the pair, of which the kernel heeds the first when it is sent to. */
    static int putMember(byte[] to, TipcEndpoint.Member member) {
        put(to, TIPC_SERVICE_ADDR, 0, member.group(), member.instance(), 0);
        System.arraycopy(to, 0, to, SIZEOF, SIZEOF);
        return SIZEOF + member.socket().encode(AddressFamily.AF_TIPC, to);
    }

    /** Decodes what {@link Endpoint#decode} found to be of AF_TIPC. */
    static Endpoint decode(byte[] from, int length) {
        if (length < SIZEOF) {
            return RawEndpoint.decode(AddressFamily.AF_TIPC, from, length);
        }
        TipcEndpoint.Scope itsScope = TipcEndpoint.Scope.of(from[scope]);
        return switch (from[addrtype]) {
            case TIPC_SERVICE_ADDR ->
                    new TipcEndpoint.Service(
                            unsigned(from, addr_name_name_type),
                            unsigned(from, addr_name_name_instance),
                            unsigned(from, addr_name_domain),
                            itsScope);
            case TIPC_SERVICE_RANGE -> {
                long lower = unsigned(from, addr_nameseq_lower);
                long upper = unsigned(from, addr_nameseq_upper);
                yield lower > upper
                        ? RawEndpoint.decode(AddressFamily.AF_TIPC, from, length)
                        : new TipcEndpoint.ServiceRange(
                                unsigned(from, addr_nameseq_type), lower, upper, itsScope);
            }
            case TIPC_SOCKET_ADDR -> {
                var socket =
                        new TipcEndpoint.SocketId(
                                unsigned(from, addr_id_ref), unsigned(from, addr_id_node));
                yield length < 2 * SIZEOF
                        ? socket
                        : new TipcEndpoint.Member(
                                socket,
                                unsigned(from, SIZEOF + addr_name_name_type),
                                unsigned(from, SIZEOF + addr_name_name_instance));
            }
            default -> RawEndpoint.decode(AddressFamily.AF_TIPC, from, length);
        };
    }

    private static long unsigned(byte[] from, int at) {
        return Integer.toUnsignedLong(Sockaddr.hostInt(from, at));
    }
}
