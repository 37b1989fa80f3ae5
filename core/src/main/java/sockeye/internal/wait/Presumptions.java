// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.wait;

import java.util.Arrays;

/**
 * The gates at which somebody waits, or lately waited, on the mere presumption that nothing is
 * left. Whoever has waited so through two looks in a row, without an event between them, is made to
 * ask the kernel.
 *
 * <p>All are looked at together, by the master, and nobody who waits reads a clock: a busy gate
 * stays in here, and costs one comparison per look rather than a time per message.
 */
final class Presumptions {
    /** From one look to the next, in nanoseconds: a presumption stands for less than two. */
    static final long PERIOD = 50_000_000;

    private Gate[] gates = new Gate[16]; // guarded by this
    private int size; // guarded by this
    private long next = Clock.NEVER; // guarded by this
    private final Runnable first;

    /**
     * @param first called when there was nothing to look at, and now is
     */
    Presumptions(Runnable first) {
        this.first = first;
    }

    /** Sees to it that the gate is looked at; to be called by who waits there already. */
    void cover(Gate gate) {
        if (gate.presumptionIndex >= 0) {
            return;
        }
        boolean alone;
        synchronized (this) {
            if (gate.presumptionIndex >= 0) {
                return;
            }
            alone = size == 0;
            if (alone) {
                next = Clock.after(PERIOD);
            }
            if (size == gates.length) {
                gates = Arrays.copyOf(gates, size * 2);
            }
            gates[size] = gate;
            gate.lookedAt = gate.epoch() - 1;
            gate.presumptionIndex = size++;
        }
        if (alone) {
            first.run();
        }
    }

    /** Forgets a gate, for its descriptor goes. */
    void remove(Gate gate) {
        if (gate.presumptionIndex < 0) {
            return;
        }
        synchronized (this) {
            delete(gate);
        }
    }

    /** Looks at them if it is time to. Returns when to come again, or {@link Clock#NEVER}. */
    synchronized long look() {
        if (size > 0) {
            long now = Clock.now();
            if (now < next) {
                return next;
            }
            for (int i = size - 1; i >= 0; i--) {
                look(gates[i]);
            }
            next = now + PERIOD;
        }
        return size == 0 ? Clock.NEVER : next;
    }

    private void look(Gate gate) {
        int epoch = gate.epoch();
        if (gate.lookedAt != epoch) {
            gate.lookedAt = epoch;
            return;
        }
        // The order matters: a waiter shows itself, then reads the index; we do the reverse.
        delete(gate);
        gate.doubt(epoch);
    }

    @SuppressWarnings("NullAway") // Beyond the size there is nothing.
    private void delete(Gate gate) {
        int at = gate.presumptionIndex;
        if (at < 0) {
            return;
        }
        Gate last = gates[--size];
        gates[size] = null;
        if (last != gate) {
            gates[at] = last;
            last.presumptionIndex = at;
        }
        gate.presumptionIndex = -1;
    }
}
