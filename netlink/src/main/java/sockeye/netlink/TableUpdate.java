// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

/**
 * What one message says of a table of the kernel's: how an entry is now, that it is gone, or that
 * nobody can tell.
 *
 * @param <K> what an entry is known by
 * @param <V> an entry
 */
public sealed interface TableUpdate<K, V> {
    /** It is there, and is so. */
    record Present<K, V>(K key, V value) implements TableUpdate<K, V> {}

    /** It is not there any more. */
    record Absent<K, V>(K key) implements TableUpdate<K, V> {}

    /**
     * Something happened with which entries come, change or go without a word, so that the table
     * has to be dumped again. In a dump it says nothing.
     */
    record Doubtful<K, V>() implements TableUpdate<K, V> {}
}
