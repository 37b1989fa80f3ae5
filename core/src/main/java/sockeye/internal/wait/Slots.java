// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.wait;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.function.Consumer;

/**
 * What is registered with an epoll instance, by slot. A slot that was left is given to another with
 * the next generation, and a token is both, so that an event under way for the one is never taken
 * for the other's. Not for several threads at once.
 *
 * @param <T> what is registered
 */
public final class Slots<T> {
    private @Nullable Object[] things = new @Nullable Object[16];
    private int[] generations = new int[16];
    private int[] free = new int[16]; // a stack
    private int freeCount;
    private int used;

    public Slots() {}

    /** Takes a slot. */
    public int add(T thing) {
        int slot;
        if (freeCount > 0) {
            slot = free[--freeCount];
        } else {
            slot = used++;
            if (slot == things.length) {
                things = Arrays.copyOf(things, slot * 2);
                generations = Arrays.copyOf(generations, slot * 2);
                free = Arrays.copyOf(free, slot * 2);
            }
        }
        things[slot] = thing;
        return slot;
    }

    /** What stands for the slot's present generation; never negative. */
    public long token(int slot) {
        return (long) (generations[slot] & Integer.MAX_VALUE) << 32 | slot;
    }

    /** Puts another thing into a slot that is taken; its token stands for that from now on. */
    public void put(int slot, T thing) {
        things[slot] = thing;
    }

    /** Leaves a slot; tokens of it find nothing from now on. */
    public void remove(int slot) {
        things[slot] = null;
        generations[slot]++;
        free[freeCount++] = slot;
    }

    /** What a token stands for, or null if that has left. */
    @SuppressWarnings("unchecked") // Only T are put in.
    public @Nullable T at(long token) {
        int slot = (int) token;
        return token(slot) == token ? (T) things[slot] : null;
    }

    /** How many there are. */
    public int size() {
        return used - freeCount;
    }

    /** All there are; none may be added or removed by it. */
    @SuppressWarnings("unchecked") // Only T are put in.
    public void each(Consumer<? super T> consumer) {
        for (int i = 0; i < used; i++) {
            if (things[i] != null) {
                consumer.accept((T) things[i]);
            }
        }
    }
}
