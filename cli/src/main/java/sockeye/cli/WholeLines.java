// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import org.jspecify.annotations.Nullable;

import java.util.function.Consumer;

/**
 * Gives on what is appended in whole lines, each without its end.
 *
 * @param line takes them; does not wait
 */
record WholeLines(Consumer<String> line) implements Appendable {
    @Override
    public Appendable append(@Nullable CharSequence text) {
        line.accept(String.valueOf(text).stripTrailing());
        return this;
    }

    @Override
    public Appendable append(@Nullable CharSequence text, int start, int end) {
        return append(String.valueOf(text).substring(start, end));
    }

    @Override
    public Appendable append(char only) {
        return append(String.valueOf(only));
    }
}
