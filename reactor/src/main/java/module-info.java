// SPDX-License-Identifier: Apache-2.0

/**
 * Event loops on Linux sockets: protocols that are called and transports that act, over io_uring or
 * epoll, and over a simulated network for tests.
 */
module sockeye.reactor {
    requires static org.jspecify;
    requires transitive sockeye;
    requires transitive sockeye.wire;

    exports sockeye.reactor;
    exports sockeye.reactor.testing;

    uses sockeye.reactor.ServicePlugin;
}
