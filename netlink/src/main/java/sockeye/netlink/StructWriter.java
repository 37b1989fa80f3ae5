// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import java.util.Objects;

/**
 * A C structure being written, its members by offset and size; what is not written is zero.
 *
 * <p>Numbers are checked to fit, signed or unsigned. A member beyond the end is an {@link
 * IndexOutOfBoundsException}. For one thread.
 */
public final class StructWriter {
    private final byte[] bytes;
    private final int start;
    private final int length;

    StructWriter(byte[] bytes, int start, int length) {
        this.bytes = bytes;
        this.start = start;
        this.length = length;
    }

    private int at(int offset, int size) {
        return start + Objects.checkFromIndexSize(offset, size, length);
    }

    /** {@code __u8} or {@code __s8}: −128 to 255. */
    public StructWriter u8(int offset, int value) {
        bytes[at(offset, 1)] = (byte) AttributeWriter.fits(value, Byte.SIZE);
        return this;
    }

    /** {@code __u16} or {@code __s16}: −32768 to 65535. */
    public StructWriter u16(int offset, int value) {
        int at = at(offset, Short.BYTES);
        Wire.put16(bytes, at, (int) AttributeWriter.fits(value, Short.SIZE));
        return this;
    }

    /** {@code __u32} or {@code __s32}: −2147483648 to 4294967295. */
    public StructWriter u32(int offset, long value) {
        int at = at(offset, Integer.BYTES);
        Wire.put32(bytes, at, (int) AttributeWriter.fits(value, Integer.SIZE));
        return this;
    }

    /** {@code __u64} or {@code __s64}. */
    public StructWriter u64(int offset, long value) {
        Wire.put64(bytes, at(offset, Long.BYTES), value);
        return this;
    }

    /** {@code __be16}: 0 to 65535. */
    public StructWriter be16(int offset, int value) {
        int at = at(offset, Short.BYTES);
        Wire.putBe16(bytes, at, (int) AttributeWriter.fits(value, Short.SIZE));
        return this;
    }

    /** {@code __be32}: 0 to 4294967295. */
    public StructWriter be32(int offset, long value) {
        int at = at(offset, Integer.BYTES);
        Wire.putBe32(bytes, at, (int) AttributeWriter.fits(value, Integer.SIZE));
        return this;
    }

    /** Bytes as they are. */
    public StructWriter bytes(int offset, byte[] value) {
        System.arraycopy(value, 0, bytes, at(offset, value.length), value.length);
        return this;
    }
}
