// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Set;
import java.util.function.ToLongFunction;

/** Sets of named bits, and the masks that the kernel makes of them. */
final class Flags {
    private Flags() {}

    /** Those of the enum's constants whose bits are set, in order; bits without a name are lost. */
    static <E extends Enum<E>> Set<E> of(Class<E> type, ToLongFunction<E> mask, long bits) {
        var set = EnumSet.noneOf(type);
        for (E each : type.getEnumConstants()) {
            if ((bits & mask.applyAsLong(each)) != 0) {
                set.add(each);
            }
        }
        return Collections.unmodifiableSet(set);
    }

    /** The bits of all. */
    static <E extends Enum<E>> long bits(Set<E> set, ToLongFunction<E> mask) {
        return set.stream().mapToLong(mask).reduce(0, (a, b) -> a | b);
    }

    /** A copy that nobody changes, in the order of the constants. */
    static <E extends Enum<E>> Set<E> copy(Class<E> type, Set<E> set) {
        var copy = EnumSet.noneOf(type);
        copy.addAll(set);
        return Collections.unmodifiableSet(copy);
    }
}
