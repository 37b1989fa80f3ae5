// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.OptionCodec.Unit;

import java.time.Duration;
import java.util.List;

/**
 * The options of level SOL_CAN_ISOTP, for sockets of AF_CAN and protocol {@link
 * CanEndpoint#CAN_ISOTP}: ISO 15765-2, messages that are longer than a frame. All are set before
 * the socket is bound; after it, EISCONN.
 *
 * @see <a href="https://docs.kernel.org/networking/iso15765-2.html">ISO 15765-2</a>
 */
public final class IsoTpOption {
    private static final int SOL_CAN_ISOTP = 106;
    private static final OptionTable TABLE = new OptionTable(SOL_CAN_ISOTP);

    private IsoTpOption() {}

    /** Addressing, padding and the like. */
    public static final Option<IsoTpSettings> OPTS =
            TABLE.readWrite("CAN_ISOTP_OPTS", 1, IsoTpSettings.CODEC);

    /** What this receiver asks of who sends to it. Default: everything at once. */
    public static final Option<IsoTpFlowControl> RECV_FC =
            TABLE.readWrite("CAN_ISOTP_RECV_FC", 2, IsoTpFlowControl.CODEC);

    /**
     * The time between two frames that are sent, whatever the receiver asks for, 0 to 4.294967295
     * s; with {@link IsoTpSettings.Flag#FORCE_TXSTMIN}.
     */
    public static final Option<Duration> TX_STMIN =
            TABLE.readWrite("CAN_ISOTP_TX_STMIN", 3, nanoseconds());

    /**
     * Frames that come sooner after another are ignored, 0 to 4.294967295 s; with {@link
     * IsoTpSettings.Flag#FORCE_RXSTMIN}.
     */
    public static final Option<Duration> RX_STMIN =
            TABLE.readWrite("CAN_ISOTP_RX_STMIN", 4, nanoseconds());

    /** Which frames are made. Default: classical ones of 8 bytes. */
    public static final Option<IsoTpLinkLayer> LL_OPTS =
            TABLE.readWrite("CAN_ISOTP_LL_OPTS", 5, IsoTpLinkLayer.CODEC);

    private static OptionCodec<Duration> nanoseconds() {
        return OptionCodec.duration(Unit.NANOSECONDS, 0, 0xFFFF_FFFFL);
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
