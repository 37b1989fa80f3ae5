// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

/**
 * A difference between what a {@link NetlinkMonitor} told before and what is.
 *
 * @param <K> what an entry is known by
 * @param <V> an entry
 */
public sealed interface TableChange<K, V> {
    /** What the entry is known by. */
    K key();

    /** There was no such entry. */
    record Added<K, V>(K key, V value) implements TableChange<K, V> {}

    /** It was otherwise. */
    record Changed<K, V>(K key, V before, V value) implements TableChange<K, V> {}

    /** It is gone. */
    record Removed<K, V>(K key, V before) implements TableChange<K, V> {}
}
