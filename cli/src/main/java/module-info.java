// SPDX-License-Identifier: Apache-2.0

/** The {@code sockeye} command. */
module sockeye.cli {
    requires static org.jspecify;
    requires info.picocli;
    requires org.jline.reader;
    requires org.jline.terminal;
    requires jdk.unsupported; // for ProcessSignals
    requires org.bouncycastle.pkix; // these three for PEM files
    requires org.bouncycastle.provider;
    requires org.bouncycastle.util;
    requires sockeye;
    requires sockeye.reactor;
    requires sockeye.server;
    requires sockeye.wire;

    provides sockeye.reactor.ServicePlugin with
            sockeye.cli.ServePlugin;
}
