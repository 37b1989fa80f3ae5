// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

/**
 * The queues of frames between an interface and its driver, as {@code ethtool --show-ring} shows
 * them.
 *
 * @param index the interface's index
 * @param name the interface's name
 * @param receive how many frames to be received can wait
 * @param receiveMaximum how many it could be made
 * @param transmit how many frames to be sent can wait
 * @param transmitMaximum how many it could be made
 */
public record EthtoolRings(
        int index,
        String name,
        long receive,
        long receiveMaximum,
        long transmit,
        long transmitMaximum) {
    private static final int ETHTOOL_A_RINGS_HEADER = 1;
    private static final int ETHTOOL_A_RINGS_RX_MAX = 2;
    private static final int ETHTOOL_A_RINGS_TX_MAX = 5;
    private static final int ETHTOOL_A_RINGS_RX = 6;
    private static final int ETHTOOL_A_RINGS_TX = 9;

    static EthtoolRings decode(PayloadReader payload) {
        GenericHeader.read(payload);
        EthtoolDevice device = EthtoolDevice.NONE;
        long receive = 0;
        long receiveMaximum = 0;
        long transmit = 0;
        long transmitMaximum = 0;
        for (AttributeReader at = payload.attributes(); at.next(); ) {
            switch (at.type()) {
                case ETHTOOL_A_RINGS_HEADER -> device = EthtoolDevice.decode(at.nested());
                case ETHTOOL_A_RINGS_RX_MAX -> receiveMaximum = at.u32();
                case ETHTOOL_A_RINGS_TX_MAX -> transmitMaximum = at.u32();
                case ETHTOOL_A_RINGS_RX -> receive = at.u32();
                case ETHTOOL_A_RINGS_TX -> transmit = at.u32();
                default -> {}
            }
        }
        return new EthtoolRings(
                device.index(), device.name(), receive, receiveMaximum, transmit, transmitMaximum);
    }
}
