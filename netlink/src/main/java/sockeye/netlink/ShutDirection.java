// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import java.util.Set;

/** A direction in which a socket was shut down, by shutdown(2) or by its peer. */
public enum ShutDirection {
    /** Nothing more is received. */
    RECEIVE(1),
    /** Nothing more is sent. */
    SEND(2);

    private final int bit;

    ShutDirection(int bit) {
        this.bit = bit;
    }

    /** The kernel's bit. */
    public int bit() {
        return bit;
    }

    static Set<ShutDirection> of(int bits) {
        return Flags.of(ShutDirection.class, ShutDirection::bit, bits);
    }
}
