// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.wait.Blocking;
import sockeye.internal.wait.Descriptor;

import java.lang.ref.Cleaner;
import java.util.concurrent.atomic.LongAdder;

/** Closes, counts and reports what became unreachable without being closed. */
final class Leaks {
    private static final Cleaner CLEANER =
            Cleaner.create(Thread.ofVirtual().name("sockeye-cleaner").factory());
    private static final LongAdder COUNT = new LongAdder();

    private Leaks() {}

    /** Begins to watch; the handle ends it, without a report. */
    static Cleaner.Cleanable watch(Object owner, Descriptor descriptor) {
        String kind = owner.getClass().getSimpleName();
        return CLEANER.register(owner, () -> collect(kind, descriptor));
    }

    /** How many were reported so far. */
    static long count() {
        return COUNT.sum();
    }

    private static void collect(String kind, Descriptor descriptor) {
        if (descriptor.isOpen()) {
            COUNT.increment();
            System.getLogger("sockeye")
                    .log(
                            System.Logger.Level.WARNING,
                            "a {0} on descriptor {1} was never closed; closed now",
                            kind,
                            descriptor.fd);
            // With a linger time set close(2) may block.
            Blocking.call(descriptor::close);
        }
    }
}
