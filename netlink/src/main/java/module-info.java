// SPDX-License-Identifier: Apache-2.0

/** Netlink: what the kernel tells and takes in messages, typed. */
module sockeye.netlink {
    requires static org.jspecify;
    requires transitive sockeye;

    exports sockeye.netlink;
}
