// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.OptionCodec.flag;
import static sockeye.OptionCodec.integer;

import java.util.List;

/**
 * The options of level SOL_CAN_J1939, for sockets of AF_CAN and protocol {@link
 * CanEndpoint#CAN_J1939}. To send to everybody takes {@link SoOption#BROADCAST} too.
 *
 * @see <a href="https://docs.kernel.org/networking/j1939.html">J1939</a>
 */
public final class J1939Option {
    private static final int SOL_CAN_J1939 = 107;
    private static final OptionTable TABLE = new OptionTable(SOL_CAN_J1939);

    private J1939Option() {}

    /** Whether messages between others are received. Default false. */
    public static final Option<Boolean> PROMISC = TABLE.readWrite("SO_J1939_PROMISC", 2, flag());

    /** The priority of what is sent, 0 the highest. Default 6; below 2 takes CAP_NET_ADMIN. */
    public static final Option<Integer> SEND_PRIO =
            TABLE.readWrite("SO_J1939_SEND_PRIO", 3, integer("", 0, 7));

    /** Whether the error queue tells how sending goes on. Default false. */
    public static final Option<Boolean> ERRQUEUE = TABLE.readWrite("SO_J1939_ERRQUEUE", 4, flag());

    /**
     * All options of this class, in the order of their declaration.
     *
     * @return an unmodifiable list
     */
    public static List<Option<?>> all() {
        return TABLE.all();
    }
}
