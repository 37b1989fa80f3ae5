// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import sockeye.wire.Rejection;

import java.io.IOException;

/**
 * The peer that a proxy has named is not admitted, or the verifier said no. It is reported already.
 */
final class RejectedException extends IOException {
    private static final long serialVersionUID = 1;

    private final Rejection why;

    RejectedException(Rejection why) {
        super(why.toString());
        this.why = why;
    }

    Rejection why() {
        return why;
    }
}
