// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/**
 * The {@code sockeye} command.
 *
 * <p>The parser is told its commands by calls, not by annotations: reading annotations takes as
 * long as the rest of the start.
 */
public final class Main {
    private Main() {}

    /** Runs the command and ends the JVM with its exit code. */
    public static void main(String[] args) {
        int code = run(args);
        if (code != 0) {
            System.exit(code); // asks the platform's loggers first, which takes 13 ms
        }
    }

    static int run(String... args) {
        return new CommandLine(sockeye()).execute(args);
    }

    private static CommandSpec sockeye() {
        var spec = CommandSpec.create().name("sockeye").version("sockeye " + version());
        spec.usageMessage().description("Serve and talk over every socket family that Linux has.");
        return withHelp(spec)
                .addOption(
                        OptionSpec.builder("-V", "--version")
                                .versionHelp(true)
                                .description("Print the version and exit.")
                                .build());
    }

    private static CommandSpec withHelp(CommandSpec spec) {
        return spec.addOption(
                OptionSpec.builder("-h", "--help")
                        .usageHelp(true)
                        .description("Print this help and exit.")
                        .build());
    }

    private static String version() {
        var descriptor = Main.class.getModule().getDescriptor();
        return descriptor == null ? "(class path)" : descriptor.rawVersion().orElse("(unknown)");
    }
}
