// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.nio.ByteOrder;

/**
 * Numbers between this machine's byte order and the network's, which is big-endian; byteorder(3).
 *
 * <p>No address, port or option of ours needs it: they are numbers, and their codecs know the
 * order. It is for bytes that a program lays out itself. A value that does not fit is refused,
 * where C would cut it.
 */
public final class NetworkOrder {
    private static final boolean SWAPS = ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;

    private NetworkOrder() {}

    /**
     * A 16-bit number in network order.
     *
     * @param host 0 to 65535
     * @throws IllegalArgumentException if it is another
     */
    public static int htons(int host) {
        if ((host & ~0xFFFF) != 0) {
            throw new IllegalArgumentException("a 16-bit number is 0 to 65535, not " + host);
        }
        return SWAPS ? Short.toUnsignedInt(Short.reverseBytes((short) host)) : host;
    }

    /** A 16-bit number out of network order; the same as {@link #htons}. */
    public static int ntohs(int network) {
        return htons(network);
    }

    /**
     * A 32-bit number in network order.
     *
     * @param host 0 to 4294967295
     * @throws IllegalArgumentException if it is another
     */
    public static long htonl(long host) {
        if ((host & ~0xFFFF_FFFFL) != 0) {
            throw new IllegalArgumentException("a 32-bit number is 0 to 4294967295, not " + host);
        }
        return SWAPS ? Integer.toUnsignedLong(Integer.reverseBytes((int) host)) : host;
    }

    /** A 32-bit number out of network order; the same as {@link #htonl}. */
    public static long ntohl(long network) {
        return htonl(network);
    }
}
