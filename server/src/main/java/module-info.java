// SPDX-License-Identifier: Apache-2.0

/** Servers with a virtual thread per connection, safe by default. */
module sockeye.server {
    requires static org.jspecify;
    requires transitive sockeye;
    requires transitive sockeye.wire;

    exports sockeye.server;
}
