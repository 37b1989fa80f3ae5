// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import java.io.IOException;

/** Why there is no io_uring for us, in one sentence. */
final class RingRefusal extends IOException {
    RingRefusal(String why) {
        super(why);
    }

    RingRefusal(String why, IOException cause) {
        super(why, cause);
    }
}
