// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import sockeye.internal.kernel.NativeMessage;

import java.util.ArrayDeque;

/**
 * Headers of the vectored sends of one ring: a connection has one only while the kernel has it, and
 * a new one would be native memory with a cleaner each time.
 */
final class SendHeaders {
    /** 320 bytes each. */
    private static final int KEPT = 256;

    private final ArrayDeque<NativeMessage> spare = new ArrayDeque<>();

    NativeMessage take() {
        NativeMessage known = spare.poll();
        return known == null ? new NativeMessage() : known;
    }

    void giveBack(NativeMessage header) {
        if (spare.size() < KEPT) {
            spare.push(header);
        }
    }
}
