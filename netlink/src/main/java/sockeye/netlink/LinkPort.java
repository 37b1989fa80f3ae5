// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import java.util.List;

/** What a link is to its master: IFLA_INFO_SLAVE_DATA. */
public sealed interface LinkPort permits BridgePort, LinkPort.Other {
    /** The kernel's word for the master's kind: {@code bridge}, {@code bond}. */
    String masterKind();

    /**
     * A port of a master of a kind that has no type here.
     *
     * @param masterKind the kernel's word for the master's kind
     * @param data the attributes as they came
     */
    record Other(String masterKind, List<RawAttribute> data) implements LinkPort {
        /** Copies the list. */
        public Other {
            data = List.copyOf(data);
        }
    }
}
