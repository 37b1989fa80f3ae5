// SPDX-License-Identifier: Apache-2.0

/**
 * Protocols and policies without I/O: bytes in, events and bytes out; no socket, thread or clock.
 */
module sockeye.wire {
    requires static org.jspecify;
    requires transitive sockeye;

    exports sockeye.wire;
}
