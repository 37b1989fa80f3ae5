// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import sockeye.internal.wait.Epoll;

import java.util.Arrays;
import java.util.Iterator;
import java.util.NoSuchElementException;

/**
 * What one select found: the keys that are ready. It is reused by the next select into it, so that
 * nothing is allocated per event; it is good until then, and for one thread.
 *
 * <p>An iteration passes over keys that have become invalid since: when the handler of one event
 * closes the descriptor of another, that one's event is gone.
 *
 * @param <A> what is attached to the keys
 */
public final class ReadyKeys<A extends @Nullable Object> implements Iterable<ReadinessKey<A>> {
    final Epoll.Events events;
    private final @Nullable ReadinessKey<A>[] keys;
    private int size;

    /**
     * Room for the events of one select. Those for which there is no room are found by the next
     * one: the kernel takes turns.
     *
     * @param capacity 1 to 65,536
     */
    @SuppressWarnings({"unchecked", "rawtypes"}) // Only such keys are put in.
    public ReadyKeys(int capacity) {
        if (capacity < 1 || capacity > 1 << 16) {
            throw new IllegalArgumentException("capacity 1 to 65536: " + capacity);
        }
        this.events = new Epoll.Events(capacity);
        this.keys = new @Nullable ReadinessKey[capacity];
    }

    void clear() {
        Arrays.fill(keys, 0, size, null);
        size = 0;
    }

    void add(ReadinessKey<A> key) {
        keys[size++] = key;
    }

    /** How many were found, those counted that have become invalid since. */
    public int size() {
        return size;
    }

    /** Whether none was found: the deadline passed, or somebody woke the selector up. */
    public boolean isEmpty() {
        return size == 0;
    }

    @Override
    public Iterator<ReadinessKey<A>> iterator() {
        return new Iterator<>() {
            private int next;

            @Override
            public boolean hasNext() {
                while (next < size) {
                    ReadinessKey<A> key = keys[next];
                    if (key != null && key.isValid()) {
                        return true;
                    }
                    next++;
                }
                return false;
            }

            @Override
            public ReadinessKey<A> next() {
                ReadinessKey<A> key = hasNext() ? keys[next++] : null;
                if (key == null) {
                    throw new NoSuchElementException();
                }
                return key;
            }
        };
    }

    /** Shows the keys. */
    @Override
    public String toString() {
        return Arrays.toString(Arrays.copyOf(keys, size));
    }
}
