// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.kernel;

import org.jspecify.annotations.Nullable;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;

/**
 * A pool of things that a thread borrows for the length of one call. Nobody parks while holding
 * one, so there come to be about as many as carriers and platform threads, whatever the number of
 * connections.
 */
public final class StripedPool<T> {
    /**
     * As many as may run at a time, and no more: what was given back last is in the processor's
     * cache still, and is what the next takes.
     */
    private static final int STRIPES =
            Integer.highestOneBit(Math.max(1, Runtime.getRuntime().availableProcessors() * 2 - 1));

    private static final int PROBES = 4;

    /** Slots lie a cache line apart. */
    private static final int STRIDE = 16;

    private final AtomicReferenceArray<@Nullable T> slots =
            new AtomicReferenceArray<>((STRIPES + PROBES) * STRIDE);
    private final Supplier<T> maker;

    public StripedPool(Supplier<T> maker) {
        this.maker = maker;
    }

    /** Borrows one. */
    public T take() {
        int stripe = stripe();
        for (int probe = 0; probe < PROBES; probe++) {
            T thing = slots.getAndSet(slot(stripe + probe), null);
            if (thing != null) {
                return thing;
            }
        }
        return maker.get();
    }

    /** Gives it back; where there is no room it is left to the garbage collector. */
    public void give(T thing) {
        int stripe = stripe();
        for (int probe = 0; probe < PROBES; probe++) {
            if (slots.compareAndSet(slot(stripe + probe), null, thing)) {
                return;
            }
        }
    }

    private static int stripe() {
        long hash = Thread.currentThread().threadId() * 0x9E3779B97F4A7C15L;
        return (int) (hash >>> 32) & (STRIPES - 1);
    }

    private static int slot(int stripe) {
        return (stripe + 1) * STRIDE;
    }
}
