// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;

/**
 * A C structure within a message, its members read by offset and size.
 *
 * <p>A member beyond the end is 0 and notes an error, which {@link NetlinkMessage#decode} throws at
 * its end; for structures that grew with the kernel, {@link #has} asks first. Unsigned numbers are
 * in the next larger Java type, but unsigned 64 bits, which are in a {@code long}. For one thread.
 */
public final class StructReader {
    private final DecodeTrouble trouble;
    private final @Nullable AttributeReader in;
    private final byte[] bytes;
    private final int start;
    private final int length;

    StructReader(
            DecodeTrouble trouble,
            @Nullable AttributeReader in,
            byte[] bytes,
            int start,
            int length) {
        this.trouble = trouble;
        this.in = in;
        this.bytes = bytes;
        this.start = start;
        this.length = length;
    }

    /** How many bytes there are. */
    public int length() {
        return length;
    }

    /** Whether so many bytes at an offset are part of what came. */
    public boolean has(int offset, int size) {
        return offset >= 0 && size >= 0 && size <= length - offset;
    }

    private boolean may(int offset, int size) {
        if (trouble.isThere()) {
            return false;
        }
        if (!has(offset, size)) {
            trouble.note(
                    in,
                    start + Math.clamp(offset, 0, length),
                    "%d bytes at %d of a structure of %d".formatted(size, offset, length));
            return false;
        }
        return true;
    }

    /** {@code __u8}. */
    public int u8(int offset) {
        return may(offset, 1) ? Wire.u8(bytes, start + offset) : 0;
    }

    /** {@code __s8}. */
    public int s8(int offset) {
        return (byte) u8(offset);
    }

    /** {@code __u16}. */
    public int u16(int offset) {
        return may(offset, Short.BYTES) ? Wire.u16(bytes, start + offset) : 0;
    }

    /** {@code __u32}. */
    public long u32(int offset) {
        return Integer.toUnsignedLong(s32(offset));
    }

    /** {@code __s32}; also an unsigned number that is known to be small, and a mask. */
    public int s32(int offset) {
        return may(offset, Integer.BYTES) ? Wire.s32(bytes, start + offset) : 0;
    }

    /** {@code __u64} or {@code __s64}. */
    public long s64(int offset) {
        return may(offset, Long.BYTES) ? Wire.s64(bytes, start + offset) : 0;
    }

    /** {@code __be16}. */
    public int be16(int offset) {
        return may(offset, Short.BYTES) ? Wire.be16(bytes, start + offset) : 0;
    }

    /** {@code __be32}. */
    public long be32(int offset) {
        return may(offset, Integer.BYTES)
                ? Integer.toUnsignedLong(Wire.be32(bytes, start + offset))
                : 0;
    }

    /** So many bytes, copied; none if they are not all there. */
    public byte[] bytes(int offset, int size) {
        return may(offset, size)
                ? Arrays.copyOfRange(bytes, start + offset, start + offset + size)
                : new byte[0];
    }
}
