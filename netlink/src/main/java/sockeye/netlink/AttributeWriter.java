// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static sockeye.netlink.Wire.NLA_F_NESTED;
import static sockeye.netlink.Wire.NLA_F_NET_BYTEORDER;
import static sockeye.netlink.Wire.TYPE_BITS;

import sockeye.netlink.Wire.Nlattr;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Consumer;

/**
 * Writes a payload: a structure or several, and attributes behind them, each padded to 4 bytes.
 *
 * <pre>{@code
 * NetlinkRequest.of(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, payload -> payload
 *         .struct(16, link -> {})
 *         .string(IFLA_IFNAME, "d0")
 *         .nest(IFLA_LINKINFO, info -> info.string(IFLA_INFO_KIND, "dummy")));
 * }</pre>
 *
 * <p>A number that does not fit its size, an attribute of more than 65,531 bytes, a type that has
 * one of the two flag bits or more: {@link IllegalArgumentException}. For one thread.
 */
public final class AttributeWriter {
    /**
     * As the kernel's own limit for a payload: netlink refuses what its send buffer cannot hold.
     */
    private static final int MOST = 1 << 30;

    private byte[] bytes = new byte[128];
    private int size;

    /** Where the first attribute begins, behind the structures; −1 until there is one. */
    private int front = -1;

    AttributeWriter() {}

    /** The value, if it fits so many bits, signed or unsigned. */
    static long fits(long value, int bits) {
        if (value >>> bits != 0 && value >> (bits - 1) != -1) {
            throw new IllegalArgumentException(value + " does not fit in " + bits + " bits");
        }
        return value;
    }

    byte[] toBytes() {
        return Arrays.copyOf(bytes, size);
    }

    int front() {
        return front < 0 ? size : front;
    }

    /** Room at the end, zero and aligned; returns where it begins. */
    private int grow(int count) {
        int start = size;
        if (count > MOST - start) {
            throw new IllegalArgumentException("a payload of more than " + MOST + " bytes");
        }
        int end = start + Wire.align(count);
        if (end > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(end, bytes.length * 2));
        }
        size = end;
        return start;
    }

    private int attribute(int type, int flags, int length) {
        if ((type & ~TYPE_BITS) != 0) {
            throw new IllegalArgumentException("no type of an attribute: " + type);
        }
        if (length > Wire.MOST_ATTRIBUTE) {
            throw new IllegalArgumentException(
                    "an attribute of %d bytes, at most %d".formatted(length, Wire.MOST_ATTRIBUTE));
        }
        int start = grow(Nlattr.SIZEOF + length);
        front = front < 0 ? start : front;
        Wire.put16(bytes, start + Nlattr.nla_len, Nlattr.SIZEOF + length);
        Wire.put16(bytes, start + Nlattr.nla_type, type | flags);
        return start + Nlattr.SIZEOF;
    }

    /** A structure as it is, not as an attribute: what most protocols have at the front. */
    public AttributeWriter struct(int length, Consumer<StructWriter> members) {
        if (length < 0) {
            throw new IllegalArgumentException("negative size: " + length);
        }
        int start = grow(length);
        members.accept(new StructWriter(bytes, start, length));
        return this;
    }

    /** A structure as an attribute. */
    public AttributeWriter struct(int type, int length, Consumer<StructWriter> members) {
        int start = attribute(type, 0, length);
        members.accept(new StructWriter(bytes, start, length));
        return this;
    }

    /** An attribute that is there or not, without a value. */
    public AttributeWriter flag(int type) {
        attribute(type, 0, 0);
        return this;
    }

    /** {@code __u8} or {@code __s8}: −128 to 255. */
    public AttributeWriter u8(int type, int value) {
        byte fitting = (byte) fits(value, Byte.SIZE);
        int start = attribute(type, 0, 1);
        bytes[start] = fitting;
        return this;
    }

    /** {@code __u16} or {@code __s16}: −32768 to 65535. */
    public AttributeWriter u16(int type, int value) {
        int fitting = (int) fits(value, Short.SIZE);
        int start = attribute(type, 0, Short.BYTES);
        Wire.put16(bytes, start, fitting);
        return this;
    }

    /** {@code __u32} or {@code __s32}: −2147483648 to 4294967295. */
    public AttributeWriter u32(int type, long value) {
        int fitting = (int) fits(value, Integer.SIZE);
        int start = attribute(type, 0, Integer.BYTES);
        Wire.put32(bytes, start, fitting);
        return this;
    }

    /** {@code __u64} or {@code __s64}. */
    public AttributeWriter u64(int type, long value) {
        int start = attribute(type, 0, Long.BYTES);
        Wire.put64(bytes, start, value);
        return this;
    }

    /** The kernel's {@code NLA_UINT}: 4 bytes if that is enough, else 8; unsigned. */
    public AttributeWriter uint(int type, long value) {
        return value >>> Integer.SIZE == 0 ? u32(type, value) : u64(type, value);
    }

    /** {@code __be16}: 0 to 65535. */
    public AttributeWriter be16(int type, int value) {
        int fitting = (int) fits(value, Short.SIZE);
        int start = attribute(type, 0, Short.BYTES);
        Wire.putBe16(bytes, start, fitting);
        return this;
    }

    /** {@code __be32}: 0 to 4294967295. */
    public AttributeWriter be32(int type, long value) {
        int fitting = (int) fits(value, Integer.SIZE);
        int start = attribute(type, 0, Integer.BYTES);
        Wire.putBe32(bytes, start, fitting);
        return this;
    }

    /** {@code __be64}. */
    public AttributeWriter be64(int type, long value) {
        int start = attribute(type, 0, Long.BYTES);
        Wire.putBe64(bytes, start, value);
        return this;
    }

    /** Text in UTF-8 with a zero byte at its end; one within it is refused. */
    public AttributeWriter string(int type, String value) {
        if (value.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a text with a NUL in it");
        }
        byte[] text = value.getBytes(StandardCharsets.UTF_8);
        return bytes(type, Arrays.copyOf(text, text.length + 1));
    }

    /** Bytes as they are. */
    public AttributeWriter bytes(int type, byte[] value) {
        int start = attribute(type, 0, value.length);
        System.arraycopy(value, 0, bytes, start, value.length);
        return this;
    }

    /** Bytes as they are, said to be a number in network order (NLA_F_NET_BYTEORDER). */
    public AttributeWriter networkBytes(int type, byte[] value) {
        int start = attribute(type, NLA_F_NET_BYTEORDER, value.length);
        System.arraycopy(value, 0, bytes, start, value.length);
        return this;
    }

    /** Attributes in an attribute (NLA_F_NESTED). */
    public AttributeWriter nest(int type, Consumer<AttributeWriter> content) {
        return nest(type, NLA_F_NESTED, content);
    }

    /** The same without the flag, for the old parts of the kernel that do not expect it. */
    public AttributeWriter plainNest(int type, Consumer<AttributeWriter> content) {
        return nest(type, 0, content);
    }

    private AttributeWriter nest(int type, int flags, Consumer<AttributeWriter> content) {
        int start = attribute(type, flags, 0);
        content.accept(this);
        int length = size - start;
        if (length > Wire.MOST_ATTRIBUTE) {
            throw new IllegalArgumentException(
                    "a nest of %d bytes, at most %d".formatted(length, Wire.MOST_ATTRIBUTE));
        }
        Wire.put16(bytes, start - Nlattr.SIZEOF + Nlattr.nla_len, Nlattr.SIZEOF + length);
        return this;
    }
}
