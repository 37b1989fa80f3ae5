// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.wait;

import java.util.Arrays;

/**
 * The gates whose waiters have a deadline: a binary heap by the time at which each wants to be
 * looked at.
 *
 * <p>Lazy, because a deadline moves with every message and is hardly ever reached: a gate that is
 * in the heap for an earlier time stays there, and is put to its later time when the earlier one
 * has come. So a connection costs one entry per idle period, not one per message.
 */
final class Deadlines {
    private Gate[] heap = new Gate[16]; // guarded by this
    private int size; // guarded by this
    private final Runnable earlier;

    /**
     * @param earlier called when the earliest time has moved forward
     */
    Deadlines(Runnable earlier) {
        this.earlier = earlier;
    }

    /** Sees to it that the gate is looked at by this time. */
    void cover(Gate gate, long time) {
        if (gate.scheduledAt <= time) {
            return;
        }
        boolean first;
        synchronized (this) {
            if (gate.scheduledAt <= time) {
                return;
            }
            place(gate, time);
            first = heap[0] == gate;
        }
        if (first) {
            earlier.run();
        }
    }

    /** Forgets a gate, for its descriptor goes. */
    void remove(Gate gate) {
        if (gate.scheduledAt == Clock.NEVER) {
            return;
        }
        synchronized (this) {
            int at = gate.scheduleIndex;
            if (at >= 0) {
                delete(at);
            }
        }
    }

    /** Wakes what is due. Returns when to come again, or {@link Clock#NEVER}. */
    synchronized long expire() {
        long now = Clock.now();
        while (size > 0 && heap[0].scheduledAt <= now) {
            Gate gate = heap[0];
            delete(0);
            // The order matters: a waiter writes its time, then reads scheduledAt; we do the
            // reverse.
            long wanted = gate.wakeAt;
            if (wanted <= now || gate.waiting() > 1) {
                // Of several, each sets its own time again.
                gate.wake();
            } else if (wanted != Clock.NEVER) {
                place(gate, wanted);
                // Its descriptor may have gone meanwhile, and remove() have found nothing.
                if (!gate.isOpen()) {
                    delete(gate.scheduleIndex);
                }
            }
        }
        return size == 0 ? Clock.NEVER : heap[0].scheduledAt;
    }

    private void place(Gate gate, long time) {
        int at = gate.scheduleIndex;
        if (at < 0) {
            if (size == heap.length) {
                heap = Arrays.copyOf(heap, size * 2);
            }
            at = size++;
        }
        gate.scheduledAt = time;
        siftUp(at, gate);
    }

    @SuppressWarnings("NullAway") // Beyond the size there is nothing.
    private void delete(int at) {
        Gate gone = heap[at];
        gone.scheduleIndex = -1;
        gone.scheduledAt = Clock.NEVER;
        Gate last = heap[--size];
        heap[size] = null;
        if (last != gone) {
            siftDown(at, last);
            if (heap[at] == last) {
                siftUp(at, last);
            }
        }
    }

    private void siftUp(int at, Gate gate) {
        while (at > 0) {
            int parent = (at - 1) >>> 1;
            if (heap[parent].scheduledAt <= gate.scheduledAt) {
                break;
            }
            set(at, heap[parent]);
            at = parent;
        }
        set(at, gate);
    }

    private void siftDown(int at, Gate gate) {
        for (int child = 2 * at + 1; child < size; child = 2 * at + 1) {
            if (child + 1 < size && heap[child + 1].scheduledAt < heap[child].scheduledAt) {
                child++;
            }
            if (gate.scheduledAt <= heap[child].scheduledAt) {
                break;
            }
            set(at, heap[child]);
            at = child;
        }
        set(at, gate);
    }

    private void set(int at, Gate gate) {
        heap[at] = gate;
        gate.scheduleIndex = at;
    }
}
