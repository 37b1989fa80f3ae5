// SPDX-License-Identifier: Apache-2.0

/** Gives tests of JUnit's a reactor or a simulated network, one for each seed. */
module sockeye.junit {
    requires sockeye.testkit;
    requires static org.jspecify;
    requires transitive org.junit.jupiter.api;
    requires transitive sockeye.reactor;

    exports sockeye.junit;
}
