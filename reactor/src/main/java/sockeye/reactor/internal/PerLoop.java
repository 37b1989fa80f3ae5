// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;

/**
 * What a layer has on each loop on which it has connections; each is its loop's alone, and gone
 * when the last of them is.
 */
final class PerLoop<T> {
    private final ConcurrentHashMap<Loop, T> all = new ConcurrentHashMap<>();
    private final Function<Loop, T> make;

    PerLoop(Function<Loop, T> make) {
        this.make = make;
    }

    /** That of this loop; for its thread. */
    T on(Loop loop) {
        return all.computeIfAbsent(loop, make);
    }

    /** It is not needed any more. */
    void forget(Loop loop) {
        all.remove(loop);
    }
}
