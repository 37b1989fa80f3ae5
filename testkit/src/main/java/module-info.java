// SPDX-License-Identifier: Apache-2.0

/** Contract suites, socket pairs and a fault injector, for JUnit. */
module sockeye.testkit {
    requires jdk.jfr;
    requires static org.jspecify;
    requires transitive org.junit.jupiter.api;
    requires transitive org.junit.jupiter.params;
    requires transitive sockeye;

    exports sockeye.testkit;

    opens sockeye.testkit to
            org.junit.platform.commons;
}
