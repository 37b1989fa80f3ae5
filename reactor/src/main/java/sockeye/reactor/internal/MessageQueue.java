// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;

/** Messages that wait to be sent. */
final class MessageQueue {
    private @Nullable Chunk first;
    private @Nullable Chunk last;
    private long bytes;
    private int count;

    @Nullable Chunk first() {
        return first;
    }

    /** How many bytes they have in all. */
    long bytes() {
        return bytes;
    }

    /** How many they are. */
    int count() {
        return count;
    }

    void add(Chunk message) {
        Chunk tail = last;
        if (tail == null) {
            first = message;
        } else {
            tail.next = message;
        }
        last = message;
        bytes += message.length();
        count++;
    }

    /** The first is sent, or given up. */
    void drop() {
        Chunk head = poll();
        if (head != null) {
            head.release();
        }
    }

    /** The first, the caller's from now on. */
    @Nullable Chunk poll() {
        Chunk head = first;
        if (head == null) {
            return null;
        }
        bytes -= head.length();
        count--;
        first = head.next;
        if (first == null) {
            last = null;
        }
        head.next = null;
        return head;
    }

    void clear() {
        while (first != null) {
            drop();
        }
    }

    /** Gives all that have no address this one. */
    void address(Channel channel, Endpoint peer) {
        for (Chunk each = first; each != null; each = each.next) {
            if (each.nameLength == 0) {
                each.nameLength = channel.encode(peer, each);
            }
        }
    }
}
