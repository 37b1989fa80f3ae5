// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;

/** Messages that wait to be sent. */
final class MessageQueue {
    private @Nullable Chunk first;
    private @Nullable Chunk last;
    private long bytes;

    @Nullable Chunk first() {
        return first;
    }

    /** How many bytes they have in all. */
    long bytes() {
        return bytes;
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
    }

    /** The first is sent, or given up. */
    void drop() {
        Chunk head = first;
        if (head == null) {
            return;
        }
        bytes -= head.length();
        first = head.next;
        if (first == null) {
            last = null;
        }
        head.next = null;
        head.release();
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
