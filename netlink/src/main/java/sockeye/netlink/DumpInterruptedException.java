// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import java.io.IOException;
import java.io.Serial;

/**
 * What was dumped changed while it was dumped (NLM_F_DUMP_INTR), each time it was tried. {@link
 * NetlinkSocket#dumpOnce} takes what there is, consistent or not.
 */
public final class DumpInterruptedException extends IOException {
    @Serial private static final long serialVersionUID = 1;

    DumpInterruptedException(String what, int attempts) {
        super(what + ": what is dumped changed during each of " + attempts + " dumps");
    }
}
