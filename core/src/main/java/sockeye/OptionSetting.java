// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.util.Objects;

/**
 * An option and the value that it shall have, checked when it is made: {@code
 * SoOption.REUSE_PORT.to(true)}. Settings are passed where a socket is opened, and are applied in
 * the order given, after socket(2) and before bind(2) or connect(2).
 *
 * @param option the option, which can be set
 * @param value the value, within the range of the option; an array or a collection is not copied
 * @param <T> the type of the value
 */
public record OptionSetting<T>(Option<T> option, T value) {

    /**
     * Pairs an option with a value.
     *
     * @throws IllegalArgumentException if the value is out of the option's range
     * @throws UnsupportedOperationException if the option cannot be set
     */
    public OptionSetting {
        Objects.requireNonNull(option, "option");
        Objects.requireNonNull(value, "value");
        option.encode(value);
    }

    /** The bytes for setsockopt(2). */
    byte[] encode() {
        return option.encode(value);
    }

    /** The kernel's name and the value: {@code SO_REUSEPORT=true}. */
    @Override
    public String toString() {
        return option + "=" + value;
    }
}
