// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static sockeye.netlink.Wire.NLA_F_NESTED;
import static sockeye.netlink.Wire.NLA_F_NET_BYTEORDER;
import static sockeye.netlink.Wire.TYPE_BITS;

import org.jspecify.annotations.Nullable;

import sockeye.netlink.Wire.Nlattr;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * A cursor over attributes one behind the other, each with a type, a length and a value.
 *
 * <pre>{@code
 * while (attributes.next()) {
 *     switch (attributes.type()) {
 *         case IFLA_MTU -> mtu = attributes.u32();
 *         case IFLA_IFNAME -> name = attributes.string();
 *         case IFLA_LINKINFO -> {
 *             AttributeReader info = attributes.nested();
 *             while (info.next()) { ... }
 *         }
 *         default -> {}
 *     }
 * }
 * }</pre>
 *
 * <p><b>Errors stick.</b> A length that leads out of its container, a number whose size is another,
 * nesting more than 32 deep: the first such is noted for the whole message, {@link #next} is false
 * from then on for every cursor of it, values are 0 or empty, and {@link NetlinkMessage#decode}
 * throws a {@link NetlinkDecodeException} at its end. So a decoder needs no check of its own. What
 * it does not know it passes over.
 *
 * <p>Unsigned numbers are in the next larger Java type, but unsigned 64 bits, which are in a {@code
 * long}. Nothing is allocated but what is asked for, and that is never larger than the attribute.
 * For one thread.
 */
public final class AttributeReader {
    private final DecodeTrouble trouble;
    private final @Nullable AttributeReader parent;
    private final int depth;
    private final byte[] bytes;
    private final int end;

    /** Where the next attribute begins. */
    private int next;

    private int type;

    /** Where the value begins; before the first attribute there is none. */
    private int start;

    private int length;

    AttributeReader(
            DecodeTrouble trouble,
            @Nullable AttributeReader parent,
            byte[] bytes,
            int start,
            int end) {
        this.trouble = trouble;
        this.parent = parent;
        this.depth = parent == null ? 0 : parent.depth + 1;
        this.bytes = bytes;
        this.next = start;
        this.start = start;
        this.end = end;
    }

    @Nullable AttributeReader parent() {
        return parent;
    }

    /**
     * Goes to the next attribute; false if there is none, or the message is wrong. Fewer than four
     * bytes at the end are padding.
     */
    public boolean next() {
        if (trouble.isThere() || end - next < Nlattr.SIZEOF) {
            length = 0;
            return false;
        }
        int whole = Wire.u16(bytes, next + Nlattr.nla_len);
        type = Wire.u16(bytes, next + Nlattr.nla_type);
        if (whole < Nlattr.SIZEOF || whole > end - next) {
            length = 0;
            trouble.note(
                    this,
                    next,
                    "a length of %d, where 4 to %d can be".formatted(whole, end - next));
            return false;
        }
        start = next + Nlattr.SIZEOF;
        length = whole - Nlattr.SIZEOF;
        next += Math.min(Wire.align(whole), end - next);
        return true;
    }

    /** The attribute's type, without its flags: 0 to 16383. */
    public int type() {
        return type & TYPE_BITS;
    }

    /** Whether it says that it holds attributes (NLA_F_NESTED); many that do do not say so. */
    public boolean isNested() {
        return (type & NLA_F_NESTED) != 0;
    }

    /** Whether it says that its number is in network order (NLA_F_NET_BYTEORDER). */
    public boolean isNetworkOrder() {
        return (type & NLA_F_NET_BYTEORDER) != 0;
    }

    /** How many bytes the value has: 0 to 65531. */
    public int length() {
        return length;
    }

    private boolean is(int size) {
        if (trouble.isThere()) {
            return false;
        }
        if (length != size) {
            trouble.note(this, start, "%d bytes where %d belong".formatted(length, size));
            return false;
        }
        return true;
    }

    private boolean isArrayOf(int size) {
        if (trouble.isThere()) {
            return false;
        }
        if (length % size != 0) {
            trouble.note(this, start, "%d bytes, no multiple of %d".formatted(length, size));
            return false;
        }
        return true;
    }

    /** The value as {@code __u8}. */
    public int u8() {
        return is(1) ? Wire.u8(bytes, start) : 0;
    }

    /** The value as {@code __u16}. */
    public int u16() {
        return is(Short.BYTES) ? Wire.u16(bytes, start) : 0;
    }

    /** The value as {@code __u32}. */
    public long u32() {
        return Integer.toUnsignedLong(s32());
    }

    /** The value as {@code __s8}. */
    public int s8() {
        return (byte) u8();
    }

    /** The value as {@code __s16}. */
    public int s16() {
        return (short) u16();
    }

    /**
     * The value as {@code __s32}; also an unsigned number that is known to be small, and a mask.
     */
    public int s32() {
        return is(Integer.BYTES) ? Wire.s32(bytes, start) : 0;
    }

    /** The value as {@code __u64} or {@code __s64}. */
    public long s64() {
        return is(Long.BYTES) ? Wire.s64(bytes, start) : 0;
    }

    /** An unsigned number of 1, 2, 4 or 8 bytes, as the kernel's {@code NLA_UINT} can be. */
    public long uint() {
        return switch (length) {
            case 1 -> u8();
            case Short.BYTES -> u16();
            case Integer.BYTES -> u32();
            default -> s64();
        };
    }

    /** The value as {@code __be16}. */
    public int be16() {
        return is(Short.BYTES) ? Wire.be16(bytes, start) : 0;
    }

    /** The value as {@code __be32}. */
    public long be32() {
        return is(Integer.BYTES) ? Integer.toUnsignedLong(Wire.be32(bytes, start)) : 0;
    }

    /** The value as {@code __be64}. */
    public long be64() {
        return is(Long.BYTES) ? Wire.be64(bytes, start) : 0;
    }

    /** That it is there is all it says: checks that there is no value, and is true. */
    public boolean flag() {
        return is(0);
    }

    /** Text in UTF-8, up to the first zero byte or the end. */
    public String string() {
        if (trouble.isThere()) {
            return "";
        }
        int to = start;
        while (to < start + length && bytes[to] != 0) {
            to++;
        }
        return new String(bytes, start, to - start, StandardCharsets.UTF_8);
    }

    /** Several texts, one behind the other, each with a zero byte at its end. */
    public List<String> strings() {
        List<String> all = new ArrayList<>();
        int from = start;
        for (int at = start; at < start + length && !trouble.isThere(); at++) {
            if (bytes[at] == 0) {
                all.add(new String(bytes, from, at - from, StandardCharsets.UTF_8));
                from = at + 1;
            }
        }
        return all;
    }

    /** The value as it is, copied. */
    public byte[] bytes() {
        return trouble.isThere() ? new byte[0] : Arrays.copyOfRange(bytes, start, start + length);
    }

    /** The value as an array of {@code __u8}. */
    public int[] u8s() {
        int[] all = new int[isArrayOf(1) ? length : 0];
        Arrays.setAll(all, i -> Wire.u8(bytes, start + i));
        return all;
    }

    /** The value as an array of {@code __u16}. */
    public int[] u16s() {
        int[] all = new int[isArrayOf(Short.BYTES) ? length / Short.BYTES : 0];
        Arrays.setAll(all, i -> Wire.u16(bytes, start + i * Short.BYTES));
        return all;
    }

    /** The value as an array of {@code __u32}, each in an {@code int} with the same bits. */
    public int[] s32s() {
        int[] all = new int[isArrayOf(Integer.BYTES) ? length / Integer.BYTES : 0];
        Arrays.setAll(all, i -> Wire.s32(bytes, start + i * Integer.BYTES));
        return all;
    }

    /** The value as an array of {@code __u64}. */
    public long[] s64s() {
        long[] all = new long[isArrayOf(Long.BYTES) ? length / Long.BYTES : 0];
        Arrays.setAll(all, i -> Wire.s64(bytes, start + i * Long.BYTES));
        return all;
    }

    /** The value as a structure, of whatever length; what it lacks is an error when it is read. */
    public StructReader struct() {
        return new StructReader(trouble, this.snapshot(), bytes, start, length);
    }

    /** The value as a payload of its own: structures, and attributes behind them. */
    public PayloadReader payload() {
        int to = trouble.isThere() ? start : start + length;
        return new PayloadReader(trouble, trouble.message(), snapshot(), bytes, start, to);
    }

    /**
     * The value as structures of the same size, one behind the other.
     *
     * @param size the size of the C type, more than 0
     */
    public List<StructReader> structs(int size) {
        if (size < 1) {
            throw new IllegalArgumentException("no size: " + size);
        }
        List<StructReader> all = new ArrayList<>();
        if (isArrayOf(size)) {
            AttributeReader here = snapshot();
            for (int at = 0; at < length; at += size) {
                all.add(new StructReader(trouble, here, bytes, start + at, size));
            }
        }
        return all;
    }

    /** The value as attributes, whether it says so or not. */
    public AttributeReader nested() {
        if (depth >= DecodeTrouble.DEEPEST && !trouble.isThere()) {
            trouble.note(this, start, "nested more than " + DecodeTrouble.DEEPEST + " deep");
        }
        int to = trouble.isThere() ? start : start + length;
        return new AttributeReader(trouble, snapshot(), bytes, start, to);
    }

    /**
     * The value as an array: attributes whose types are positions or say nothing, each the same
     * thing.
     *
     * @param each decodes the attribute that its argument stands at
     */
    public <T> List<T> list(Function<AttributeReader, T> each) {
        List<T> all = new ArrayList<>();
        for (AttributeReader at = nested(); at.next(); ) {
            all.add(each.apply(at));
        }
        return all;
    }

    /** This cursor as it stands, for the path of errors within. */
    private AttributeReader snapshot() {
        AttributeReader here = new AttributeReader(trouble, parent, bytes, next, next);
        here.type = type;
        return here;
    }
}
