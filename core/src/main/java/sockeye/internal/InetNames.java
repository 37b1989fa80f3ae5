// SPDX-License-Identifier: Apache-2.0
package sockeye.internal;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import sockeye.AddressFamily;
import sockeye.internal.kernel.CStruct;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/** Reads addresses of IP, as messages bring them, where they lie, without making an object. */
public final class InetNames {
    /** How many bytes an address has here, one of IPv4 in its mapped form. */
    public static final int ADDRESS = 16;

    @CStruct("struct sockaddr_in")
    static final class Ipv4 {
        static final int SIZEOF = 16;
        static final int sin_family = 0;
        static final int sin_port = 2;
        static final int sin_addr = 4;

        private Ipv4() {}
    }

    @CStruct("struct sockaddr_in6")
    static final class Ipv6 {
        static final int SIZEOF = 28;
        static final int sin6_port = 2;
        static final int sin6_addr = 8;

        private Ipv6() {}
    }

    private InetNames() {}

    private static int family(MemorySegment memory, long at) {
        return Short.toUnsignedInt(memory.get(JAVA_SHORT_UNALIGNED, at + Ipv4.sin_family));
    }

    /** The port, 0 to 65,535; −1 if it is no address of IP. */
    public static int port(MemorySegment memory, long at, int length) {
        if (length < Ipv4.sin_addr) {
            return -1;
        }
        int family = family(memory, at);
        boolean inet = family == AddressFamily.AF_INET || family == AddressFamily.AF_INET6;
        return inet
                ? Short.toUnsignedInt(
                        Short.reverseBytes(memory.get(JAVA_SHORT_UNALIGNED, at + Ipv4.sin_port)))
                : -1;
    }

    /**
     * Copies the address that {@link #port} has found to be one of IP.
     *
     * @param target gets {@value #ADDRESS} bytes at its beginning
     */
    public static void copyAddress(MemorySegment memory, long at, byte[] target) {
        if (family(memory, at) == AddressFamily.AF_INET6) {
            MemorySegment.copy(memory, JAVA_BYTE, at + Ipv6.sin6_addr, target, 0, ADDRESS);
        } else {
            Arrays.fill(target, 0, 10, (byte) 0);
            Arrays.fill(target, 10, 12, (byte) -1);
            MemorySegment.copy(memory, JAVA_BYTE, at + Ipv4.sin_addr, target, 12, 4);
        }
    }
}
