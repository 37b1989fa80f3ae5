// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.reactor.DelayedCall;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What is to be done later, the earliest first: a heap with four children to a node, where each
 * entry knows its place. To arm, move and cancel is logarithmic, and makes no object but the call.
 * Those that are due at the same time come in the order in which they were armed.
 */
final class Timers {
    private static final int FEW = 16;

    private final Loop loop;
    private @Nullable Call[] heap = new @Nullable Call[FEW];
    private int size;
    private long sequence;

    Timers(Loop loop) {
        this.loop = loop;
    }

    /** One call. */
    static final class Call implements DelayedCall {
        private static final int NOWHERE = -1;

        private final Timers timers;
        private final Runnable task;
        private int place = NOWHERE;
        private long due;
        private long order;

        private Call(Timers timers, Runnable task) {
            this.timers = timers;
            this.task = task;
        }

        @Override
        public boolean isActive() {
            return place != NOWHERE;
        }

        @Override
        public boolean cancel() {
            timers.loop.check();
            if (place == NOWHERE) {
                return false;
            }
            timers.remove(this);
            return true;
        }

        @Override
        public void reset(Duration delay) {
            timers.loop.check();
            reset(nanos(delay));
        }

        void reset(long nanos) {
            if (place != NOWHERE) {
                timers.remove(this);
            }
            timers.add(this, nanos);
        }

        @Override
        public long due() {
            return due;
        }

        private boolean isBefore(Call other) {
            long difference = due - other.due;
            return difference < 0 || (difference == 0 && order - other.order < 0);
        }
    }

    /** At most some 146 years. */
    static long nanos(Duration delay) {
        try {
            return Math.clamp(delay.toNanos(), 0, Long.MAX_VALUE / 2);
        } catch (ArithmeticException tooLong) {
            return delay.isNegative() ? 0 : Long.MAX_VALUE / 2;
        }
    }

    /** A call that is not armed yet. */
    Call call(Runnable task) {
        return new Call(this, task);
    }

    /** Disarms all; of their tasks those that somebody waits for. */
    List<Promised> end() {
        List<Promised> promised = new ArrayList<>();
        for (int i = 0; i < size; i++) {
            Call each = at(i);
            each.place = Call.NOWHERE;
            if (each.task instanceof Promised task) {
                promised.add(task);
            }
        }
        heap = new @Nullable Call[FEW];
        size = 0;
        return promised;
    }

    /** How long until the first, 0 if it is due, {@link Long#MAX_VALUE} if there is none. */
    long untilFirst() {
        Call first = heap[0];
        return first == null ? Long.MAX_VALUE : Math.max(0, first.due - loop.nanos());
    }

    int size() {
        return size;
    }

    /** Runs what is due now; not what becomes due by that. */
    void run() {
        if (size == 0) {
            return;
        }
        long now = loop.nanos();
        long last = sequence;
        while (true) {
            Call first = heap[0];
            if (first == null || first.due - now > 0 || first.order > last) {
                return;
            }
            remove(first);
            loop.run(first.task);
        }
    }

    private void add(Call call, long delay) {
        call.due = loop.nanos() + delay;
        call.order = ++sequence;
        if (size == heap.length) {
            heap = Arrays.copyOf(heap, size * 2);
        }
        up(call, size++);
    }

    private void remove(Call call) {
        int place = call.place;
        call.place = Call.NOWHERE;
        Call last = at(--size);
        heap[size] = null;
        if (last != call) {
            up(last, place);
            if (last.place == place) {
                down(last, place);
            }
        }
    }

    private Call at(int place) {
        Call call = heap[place];
        if (call == null) {
            throw new AssertionError("a hole in the heap");
        }
        return call;
    }

    private void up(Call call, int from) {
        int place = from;
        while (place > 0) {
            int parent = (place - 1) >> 2;
            Call above = at(parent);
            if (!call.isBefore(above)) {
                break;
            }
            put(above, place);
            place = parent;
        }
        put(call, place);
    }

    private void down(Call call, int from) {
        int place = from;
        while (true) {
            int first = (place << 2) + 1;
            if (first >= size) {
                break;
            }
            int least = first;
            for (int i = first + 1; i < Math.min(first + 4, size); i++) {
                if (at(i).isBefore(at(least))) {
                    least = i;
                }
            }
            Call below = at(least);
            if (!below.isBefore(call)) {
                break;
            }
            put(below, place);
            place = least;
        }
        put(call, place);
    }

    private void put(Call call, int place) {
        heap[place] = call;
        call.place = place;
    }
}
