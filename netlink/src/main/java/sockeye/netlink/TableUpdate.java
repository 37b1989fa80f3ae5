// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

/**
 * What one message says of one entry of a table of the kernel's: how it is now, or that it is gone.
 *
 * @param <K> what an entry is known by
 * @param <V> an entry
 */
public sealed interface TableUpdate<K, V> {
    /** What the entry is known by. */
    K key();

    /** It is there, and is so. */
    record Present<K, V>(K key, V value) implements TableUpdate<K, V> {}

    /** It is not there any more. */
    record Absent<K, V>(K key) implements TableUpdate<K, V> {}
}
