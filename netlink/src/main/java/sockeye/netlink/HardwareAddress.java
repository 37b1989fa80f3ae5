// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import java.util.Arrays;
import java.util.HexFormat;

/**
 * A link layer's address, of whatever length: 6 bytes for Ethernet, 20 for InfiniBand, 4 or 16 for
 * tunnels over IP, 1 to 32 in all. Two are equal if their bytes are.
 *
 * @param bytes as on the wire; copied both ways
 */
@SuppressWarnings("ArrayRecordComponent") // Copied both ways, and compared by content.
public record HardwareAddress(byte[] bytes) {
    /** MAX_ADDR_LEN of the kernel. */
    private static final int MOST = 32;

    private static final HexFormat COLONS = HexFormat.ofDelimiter(":");

    /**
     * Copies the bytes.
     *
     * @throws IllegalArgumentException if there are none, or more than 32
     */
    public HardwareAddress {
        if (bytes.length == 0 || bytes.length > MOST) {
            throw new IllegalArgumentException(
                    "a hardware address has 1 to " + MOST + " bytes, not " + bytes.length);
        }
        bytes = bytes.clone();
    }

    /**
     * Reads {@code 02:00:5e:10:00:01}: pairs of hexadecimal digits with colons between them.
     *
     * @throws IllegalArgumentException if it is something else
     */
    public static HardwareAddress parse(String text) {
        return new HardwareAddress(COLONS.parseHex(text));
    }

    @Override
    public byte[] bytes() {
        return bytes.clone();
    }

    /** How many bytes it has. */
    public int length() {
        return bytes.length;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof HardwareAddress that && Arrays.equals(bytes, that.bytes);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(bytes);
    }

    /** {@code 02:00:5e:10:00:01}. */
    @Override
    public String toString() {
        return COLONS.formatHex(bytes);
    }
}
