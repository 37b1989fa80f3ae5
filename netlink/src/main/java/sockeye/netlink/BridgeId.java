// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import sockeye.internal.kernel.CStruct;

/**
 * What identifies a bridge in a spanning tree.
 *
 * @param priority 0 to 65535; the lowest wins
 * @param address the lowest hardware address of its ports, as a rule
 */
public record BridgeId(int priority, HardwareAddress address) {
    static final BridgeId NONE = new BridgeId(0, new HardwareAddress(new byte[6]));

    @CStruct("struct ifla_bridge_id")
    private static final class Layout {
        static final int prio = 0;
        static final int addr = 2;
        static final int ADDR_BYTES = 6;

        private Layout() {}
    }

    static BridgeId read(StructReader id) {
        byte[] address = id.bytes(Layout.addr, Layout.ADDR_BYTES);
        return address.length == 0
                ? NONE
                : new BridgeId(id.be16(Layout.prio), new HardwareAddress(address));
    }

    /** As iproute2 shows it: {@code 8000.02:00:5e:10:00:01}. */
    @Override
    public String toString() {
        return "%04x.%s".formatted(priority, address);
    }
}
