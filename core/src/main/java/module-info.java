// SPDX-License-Identifier: Apache-2.0

/**
 * Linux sockets of every family for Java, on {@code java.lang.foreign} alone.
 *
 * <p>All native access of Sockeye is in this module: on the module path {@code
 * --enable-native-access=sockeye} is all that it needs.
 */
@SuppressWarnings("module") // sockeye.server and its like are compiled after it.
module sockeye {
    requires static jdk.jfr; // Only who records needs it.
    requires static org.jspecify;

    exports sockeye;
    exports sockeye.internal to
            sockeye.reactor,
            sockeye.server;
    exports sockeye.internal.kernel to
            sockeye.netlink,
            sockeye.reactor,
            sockeye.server,
            sockeye.testkit;
    exports sockeye.internal.ring to
            sockeye.reactor;
    exports sockeye.internal.wait to
            sockeye.reactor;
}
