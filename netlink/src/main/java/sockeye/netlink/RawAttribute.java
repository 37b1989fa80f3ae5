// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/**
 * An attribute as it came, for what has no name here: kernels learn new ones faster than libraries.
 * Two are equal if type and bytes are.
 *
 * @param type the kernel's number, without flags
 * @param value as it came; copied both ways
 */
@SuppressWarnings("ArrayRecordComponent") // Copied both ways, and compared by content.
public record RawAttribute(int type, byte[] value) {
    /** Copies the bytes. */
    public RawAttribute {
        value = value.clone();
    }

    static RawAttribute of(AttributeReader at) {
        return new RawAttribute(at.type(), at.bytes());
    }

    static List<RawAttribute> all(AttributeReader at) {
        List<RawAttribute> all = new ArrayList<>();
        while (at.next()) {
            all.add(of(at));
        }
        return all;
    }

    void write(AttributeWriter to) {
        to.bytes(type, value);
    }

    @Override
    public byte[] value() {
        return value.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof RawAttribute that
                && type == that.type
                && Arrays.equals(value, that.value);
    }

    @Override
    public int hashCode() {
        return 31 * type + Arrays.hashCode(value);
    }

    /** The type, and the bytes in hexadecimal. */
    @Override
    public String toString() {
        return type + "=" + HexFormat.of().formatHex(value);
    }
}
