// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import org.jspecify.annotations.Nullable;

/**
 * A link whose packets a program reads and writes, through {@code /dev/net/tun}.
 *
 * @param ethernet whether they are Ethernet frames (a tap) rather than IP packets (a tun)
 * @param owner the user who may attach to it, null for nobody but the administrator
 * @param group the group that may, null for none
 * @param packetInformation whether four bytes stand before each packet
 * @param virtualHeader whether a {@code struct virtio_net_hdr} does
 * @param persistent whether it stays when the program is gone
 * @param multiQueue whether several descriptors may share it
 * @param queues how many are attached; only if {@code multiQueue}
 * @param disabledQueues how many of them are switched off; only if {@code multiQueue}
 * @see <a href="https://docs.kernel.org/networking/tuntap.html">Universal TUN/TAP device driver</a>
 */
public record TunLink(
        boolean ethernet,
        @Nullable Long owner,
        @Nullable Long group,
        boolean packetInformation,
        boolean virtualHeader,
        boolean persistent,
        boolean multiQueue,
        long queues,
        long disabledQueues)
        implements LinkKind {
    static final String NAME = "tun";

    private static final int IFLA_TUN_OWNER = 1;
    private static final int IFLA_TUN_GROUP = 2;
    private static final int IFLA_TUN_TYPE = 3;
    private static final int IFLA_TUN_PI = 4;
    private static final int IFLA_TUN_VNET_HDR = 5;
    private static final int IFLA_TUN_PERSIST = 6;
    private static final int IFLA_TUN_MULTI_QUEUE = 7;
    private static final int IFLA_TUN_NUM_QUEUES = 8;
    private static final int IFLA_TUN_NUM_DISABLED_QUEUES = 9;
    private static final int TAP = 2;

    static TunLink read(AttributeReader at) {
        boolean ethernet = false;
        Long owner = null;
        Long group = null;
        boolean packetInformation = false;
        boolean virtualHeader = false;
        boolean persistent = false;
        boolean multiQueue = false;
        long queues = 0;
        long disabledQueues = 0;
        while (at.next()) {
            switch (at.type()) {
                case IFLA_TUN_OWNER -> owner = at.u32();
                case IFLA_TUN_GROUP -> group = at.u32();
                case IFLA_TUN_TYPE -> ethernet = at.u8() == TAP;
                case IFLA_TUN_PI -> packetInformation = at.u8() != 0;
                case IFLA_TUN_VNET_HDR -> virtualHeader = at.u8() != 0;
                case IFLA_TUN_PERSIST -> persistent = at.u8() != 0;
                case IFLA_TUN_MULTI_QUEUE -> multiQueue = at.u8() != 0;
                case IFLA_TUN_NUM_QUEUES -> queues = at.u32();
                case IFLA_TUN_NUM_DISABLED_QUEUES -> disabledQueues = at.u32();
                default -> {}
            }
        }
        return new TunLink(
                ethernet,
                owner,
                group,
                packetInformation,
                virtualHeader,
                persistent,
                multiQueue,
                queues,
                disabledQueues);
    }

    @Override
    public String name() {
        return NAME;
    }
}
