// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.OptionCodec.flag;

import java.util.List;

/**
 * The options of level SOL_CAN_RAW, for sockets of AF_CAN and protocol {@link CanEndpoint#CAN_RAW}.
 *
 * @see <a href="https://docs.kernel.org/networking/can.html">SocketCAN</a>
 */
public final class CanOption {
    private static final int SOL_CAN_RAW = 101;
    private static final OptionTable TABLE = new OptionTable(SOL_CAN_RAW);

    private CanOption() {}

    /** Which frames are received. Default all. */
    public static final Option<CanFilters> FILTER =
            TABLE.readWrite("CAN_RAW_FILTER", 1, CanFilters.CODEC);

    /** Which errors of the interface are received as frames: CAN_ERR_ bits. Default none. */
    public static final Option<Long> ERR_FILTER =
            TABLE.readWrite("CAN_RAW_ERR_FILTER", 2, OptionCodec.unsignedInt(""));

    /** Whether other sockets of this host receive what is sent. Default true. */
    public static final Option<Boolean> LOOPBACK = TABLE.readWrite("CAN_RAW_LOOPBACK", 3, flag());

    /** Whether this socket receives what it sends itself. Default false. */
    public static final Option<Boolean> RECV_OWN_MSGS =
            TABLE.readWrite("CAN_RAW_RECV_OWN_MSGS", 4, flag());

    /** Whether frames with a flexible data rate are received and may be sent. Default false. */
    public static final Option<Boolean> FD_FRAMES = TABLE.readWrite("CAN_RAW_FD_FRAMES", 5, flag());

    /** Whether a frame must pass every filter rather than any. Default false. */
    public static final Option<Boolean> JOIN_FILTERS =
            TABLE.readWrite("CAN_RAW_JOIN_FILTERS", 6, flag());

    /** Whether frames of CAN XL are received and may be sent. Default false. Linux 6.2. */
    public static final Option<Boolean> XL_FRAMES = TABLE.readWrite("CAN_RAW_XL_FRAMES", 7, flag());

    /** All options of the level that a protocol of CAN has. */
    static List<Option<?>> ofProtocol(int protocol) {
        return switch (protocol) {
            case CanEndpoint.CAN_RAW -> all();
            case CanEndpoint.CAN_ISOTP -> IsoTpOption.all();
            case CanEndpoint.CAN_J1939 -> J1939Option.all();
            default -> List.of();
        };
    }

    /**
     * All options of this class, in the order of their declaration.
     *
     * @return an unmodifiable list
     */
    public static List<Option<?>> all() {
        return TABLE.all();
    }
}
