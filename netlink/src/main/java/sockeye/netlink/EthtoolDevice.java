// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

/** Which interface a message of ethtool is about: ETHTOOL_A_HEADER_. */
record EthtoolDevice(int index, String name) {
    private static final int ETHTOOL_A_HEADER_DEV_INDEX = 1;
    private static final int ETHTOOL_A_HEADER_DEV_NAME = 2;

    static final EthtoolDevice NONE = new EthtoolDevice(0, "");

    static EthtoolDevice decode(AttributeReader attributes) {
        int index = 0;
        String name = "";
        while (attributes.next()) {
            switch (attributes.type()) {
                case ETHTOOL_A_HEADER_DEV_INDEX -> index = attributes.s32();
                case ETHTOOL_A_HEADER_DEV_NAME -> name = attributes.string();
                default -> {}
            }
        }
        return new EthtoolDevice(index, name);
    }

    /** Writes the request's header, whose type is 1 with every command. */
    static void write(AttributeWriter request, String name) {
        request.nest(1, header -> header.string(ETHTOOL_A_HEADER_DEV_NAME, name));
    }
}
