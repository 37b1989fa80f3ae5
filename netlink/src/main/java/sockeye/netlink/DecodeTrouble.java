// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import org.jspecify.annotations.Nullable;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** The first thing that was wrong with a message; all readers of the message share it. */
final class DecodeTrouble {
    /** What a decoder that calls itself for each nest can bear; the kernel's own are below 10. */
    static final int DEEPEST = 32;

    private final NetlinkMessage message;
    private @Nullable NetlinkDecodeException first;

    DecodeTrouble(NetlinkMessage message) {
        this.message = message;
    }

    NetlinkMessage message() {
        return message;
    }

    boolean isThere() {
        return first != null;
    }

    /**
     * Notes it, unless there was something before.
     *
     * @param in the reader of the attribute in question, or null for the message itself
     * @param at where in the array of the message
     */
    void note(@Nullable AttributeReader in, int at, String problem) {
        if (first == null) {
            List<Integer> path = new ArrayList<>();
            for (AttributeReader each = in; each != null; each = each.parent()) {
                path.add(each.type());
            }
            Collections.reverse(path);
            first = new NetlinkDecodeException(message.type(), path, message.offsetOf(at), problem);
        }
    }

    void check() throws NetlinkDecodeException {
        if (first != null) {
            throw first;
        }
    }
}
