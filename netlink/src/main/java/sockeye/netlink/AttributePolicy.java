// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import java.util.OptionalInt;
import java.util.OptionalLong;

/**
 * What the kernel wants of an attribute's value: its type, and bounds as far as there are some.
 *
 * @param type the type; UNKNOWN for one that is newer than this
 * @param minimum the least value; as unsigned 64 bits unless the type is signed
 * @param maximum the greatest value; the same
 * @param minimumLength the shortest length in bytes, of strings and binary values
 * @param maximumLength the longest; of a string without its zero byte
 * @param mask the bits that may be set
 * @param nestedPolicy of a nest: which policy of the same list describes its attributes
 * @param nestedMaximum of a nest: the greatest type of an attribute in it
 */
public record AttributePolicy(
        ValueType type,
        OptionalLong minimum,
        OptionalLong maximum,
        OptionalInt minimumLength,
        OptionalInt maximumLength,
        OptionalLong mask,
        OptionalInt nestedPolicy,
        OptionalInt nestedMaximum) {
    private static final int NL_POLICY_TYPE_ATTR_TYPE = 1;
    private static final int NL_POLICY_TYPE_ATTR_MIN_VALUE_S = 2;
    private static final int NL_POLICY_TYPE_ATTR_MAX_VALUE_S = 3;
    private static final int NL_POLICY_TYPE_ATTR_MIN_VALUE_U = 4;
    private static final int NL_POLICY_TYPE_ATTR_MAX_VALUE_U = 5;
    private static final int NL_POLICY_TYPE_ATTR_MIN_LENGTH = 6;
    private static final int NL_POLICY_TYPE_ATTR_MAX_LENGTH = 7;
    private static final int NL_POLICY_TYPE_ATTR_POLICY_IDX = 8;
    private static final int NL_POLICY_TYPE_ATTR_POLICY_MAXTYPE = 9;
    private static final int NL_POLICY_TYPE_ATTR_BITFIELD32_MASK = 10;
    private static final int NL_POLICY_TYPE_ATTR_MASK = 12;

    /** The types of values, by the kernel's names in {@code enum netlink_attribute_type}. */
    public enum ValueType {
        /** None of those below, or not allowed at all (NL_ATTR_TYPE_INVALID). */
        UNKNOWN,
        /** There or not. */
        FLAG,
        /** Unsigned, 8 bits. */
        U8,
        /** Unsigned, 16 bits. */
        U16,
        /** Unsigned, 32 bits. */
        U32,
        /** Unsigned, 64 bits. */
        U64,
        /** Signed, 8 bits. */
        S8,
        /** Signed, 16 bits. */
        S16,
        /** Signed, 32 bits. */
        S32,
        /** Signed, 64 bits. */
        S64,
        /** Bytes. */
        BINARY,
        /** Text. */
        STRING,
        /** Text that must end with a zero byte. */
        NUL_STRING,
        /** Attributes. */
        NESTED,
        /** An array of nests. */
        NESTED_ARRAY,
        /** A value and a mask of 32 bits. */
        BITFIELD32,
        /** Signed, 32 or 64 bits. */
        SINT,
        /** Unsigned, 32 or 64 bits. */
        UINT;

        private static final ValueType[] ALL = values();
    }

    /** Decodes the attributes NL_POLICY_TYPE_ATTR_ of a nest. */
    static AttributePolicy of(AttributeReader attributes) {
        ValueType type = ValueType.UNKNOWN;
        OptionalLong minimum = OptionalLong.empty();
        OptionalLong maximum = OptionalLong.empty();
        OptionalInt minimumLength = OptionalInt.empty();
        OptionalInt maximumLength = OptionalInt.empty();
        OptionalLong mask = OptionalLong.empty();
        OptionalInt nestedPolicy = OptionalInt.empty();
        OptionalInt nestedMaximum = OptionalInt.empty();
        while (attributes.next()) {
            switch (attributes.type()) {
                case NL_POLICY_TYPE_ATTR_TYPE -> {
                    int number = attributes.s32();
                    boolean known = number > 0 && number < ValueType.ALL.length;
                    type = known ? ValueType.ALL[number] : ValueType.UNKNOWN;
                }
                case NL_POLICY_TYPE_ATTR_MIN_VALUE_S, NL_POLICY_TYPE_ATTR_MIN_VALUE_U ->
                        minimum = OptionalLong.of(attributes.s64());
                case NL_POLICY_TYPE_ATTR_MAX_VALUE_S, NL_POLICY_TYPE_ATTR_MAX_VALUE_U ->
                        maximum = OptionalLong.of(attributes.s64());
                case NL_POLICY_TYPE_ATTR_MIN_LENGTH ->
                        minimumLength = OptionalInt.of(attributes.s32());
                case NL_POLICY_TYPE_ATTR_MAX_LENGTH ->
                        maximumLength = OptionalInt.of(attributes.s32());
                case NL_POLICY_TYPE_ATTR_POLICY_IDX ->
                        nestedPolicy = OptionalInt.of(attributes.s32());
                case NL_POLICY_TYPE_ATTR_POLICY_MAXTYPE ->
                        nestedMaximum = OptionalInt.of(attributes.s32());
                case NL_POLICY_TYPE_ATTR_BITFIELD32_MASK ->
                        mask = OptionalLong.of(attributes.u32());
                case NL_POLICY_TYPE_ATTR_MASK -> mask = OptionalLong.of(attributes.s64());
                default -> {}
            }
        }
        return new AttributePolicy(
                type,
                minimum,
                maximum,
                minimumLength,
                maximumLength,
                mask,
                nestedPolicy,
                nestedMaximum);
    }

    private boolean isSigned() {
        return switch (type) {
            case S8, S16, S32, S64, SINT -> true;
            default -> false;
        };
    }

    private String show(long value) {
        return isSigned() ? Long.toString(value) : Long.toUnsignedString(value);
    }

    /** {@code U32 of 68 to 65535}, {@code STRING of at most 15 bytes}. */
    @Override
    public String toString() {
        var text = new StringBuilder(type.toString());
        if (minimum.isPresent() && maximum.isPresent()) {
            text.append(
                    " of %s to %s".formatted(show(minimum.getAsLong()), show(maximum.getAsLong())));
        }
        if (minimumLength.isPresent()) {
            text.append(" of at least ").append(minimumLength.getAsInt()).append(" bytes");
        }
        if (maximumLength.isPresent()) {
            text.append(" of at most ").append(maximumLength.getAsInt()).append(" bytes");
        }
        if (mask.isPresent()) {
            text.append(" within 0x").append(Long.toHexString(mask.getAsLong()));
        }
        return text.toString();
    }
}
