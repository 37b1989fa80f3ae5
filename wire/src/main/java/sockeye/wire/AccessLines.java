// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.io.Flushable;
import java.io.IOException;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * Writes access records as lines: whole, each at once, in the order in which they are given. For
 * any thread.
 */
public final class AccessLines {
    private final AccessFormat format;
    private final Appendable out;
    private final Consumer<? super IOException> trouble;
    private boolean broken; // guarded by this

    /**
     * Lines for somebody who takes them.
     *
     * @param out stays the caller's and is never closed; a {@link Flushable} is flushed after each
     *     line
     * @param trouble told when it throws, and so loses lines: once, until it takes one again, for a
     *     full disk shall not fill another log, too
     */
    public AccessLines(AccessFormat format, Appendable out, Consumer<? super IOException> trouble) {
        this.format = Objects.requireNonNull(format);
        this.out = Objects.requireNonNull(out);
        this.trouble = Objects.requireNonNull(trouble);
    }

    /** Writes one. */
    public synchronized void write(AccessRecord record) {
        try {
            out.append(format.line(record) + "\n");
            if (out instanceof Flushable flushable) {
                flushable.flush();
            }
            broken = false;
        } catch (IOException lost) {
            if (!broken) {
                broken = true;
                trouble.accept(lost);
            }
        }
    }
}
