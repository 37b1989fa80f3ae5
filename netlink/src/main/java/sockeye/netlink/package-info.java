// SPDX-License-Identifier: Apache-2.0

/**
 * Netlink, the kernel's interface of messages: {@link sockeye.netlink.NetlinkSocket} sends requests
 * and receives answers, and the other sockets here know one protocol of it each.
 */
@NullMarked
package sockeye.netlink;

import org.jspecify.annotations.NullMarked;
