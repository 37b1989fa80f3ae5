// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.util.ArrayList;
import java.util.List;

/** The options of one level, in the order in which they are declared. */
final class OptionTable {
    private final int level;
    private final List<Option<?>> options = new ArrayList<>();

    OptionTable(int level) {
        this.level = level;
    }

    <T> Option<T> readWrite(String name, int number, OptionCodec<T> codec) {
        return add(name, number, Option.Access.READ_WRITE, codec);
    }

    <T> Option<T> readOnly(String name, int number, OptionCodec<T> codec) {
        return add(name, number, Option.Access.READ_ONLY, codec);
    }

    <T> Option<T> writeOnly(String name, int number, OptionCodec<T> codec) {
        return add(name, number, Option.Access.WRITE_ONLY, codec);
    }

    private <T> Option<T> add(String name, int number, Option.Access access, OptionCodec<T> codec) {
        Option<T> option = new Option<>(name, level, number, access, codec);
        options.add(option);
        return option;
    }

    /** All of them. Only complete once the class that declares them is initialised. */
    List<Option<?>> all() {
        return List.copyOf(options);
    }
}
