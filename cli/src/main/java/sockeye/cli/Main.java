// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** The {@code sockeye} command. */
@Command(
        name = "sockeye",
        description = "Serve and talk over every socket family that Linux has.",
        mixinStandardHelpOptions = true,
        version = "sockeye 0.1.0-SNAPSHOT")
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.exit(new CommandLine(new Main()).execute(args));
    }
}
