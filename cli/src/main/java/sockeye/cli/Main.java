// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** The {@code sockeye} command. */
public final class Main {
    private static final int FAILED = 1;
    private static final int WRONG = 2;

    private Main() {}

    /** Runs the command and ends the JVM with its exit code. */
    public static void main(String[] args) {
        int code = run(Stdio.ofProcess(), args);
        if (code != 0) {
            System.exit(code); // asks the platform's loggers first, which takes 13 ms
        }
    }

    /**
     * Runs the command.
     *
     * @return the exit code: 0, 1 if something failed, 2 if the arguments are wrong
     */
    static int run(Stdio stdio, String... args) {
        CommandLine sockeye = Commands.sockeye();
        ParseResult parsed;
        try {
            parsed = sockeye.parseArgs(args);
        } catch (ParameterException wrong) {
            stdio.note(Complaint.of(wrong));
            return WRONG;
        }
        boolean verbose = false;
        try {
            if (parsed.isUsageHelpRequested()) {
                stdio.print(sockeye.getUsageMessage());
                return 0;
            }
            if (parsed.isVersionHelpRequested()) {
                stdio.print(sockeye.getCommandSpec().version()[0] + "\n");
                return 0;
            }
            if (!parsed.hasSubcommand()) {
                stdio.err().write(sockeye.getUsageMessage().getBytes(StandardCharsets.UTF_8));
                return WRONG;
            }
            ParseResult command = parsed.subcommand();
            if (command.isUsageHelpRequested()) {
                stdio.print(command.commandSpec().commandLine().getUsageMessage());
                return 0;
            }
            verbose = command.hasMatchedOption("--verbose");
            return switch (command.commandSpec().name()) {
                case Commands.SERVE -> Commands.serve(command).run(stdio, StopSignals.take());
                case Commands.RUN -> Commands.run(command).run(stdio);
                case Commands.CONNECT -> Commands.connect(command).run(stdio, Stdio.isTerminal());
                default -> help(stdio, sockeye, command);
            };
        } catch (IllegalArgumentException wrong) {
            stdio.note(Complaint.of(wrong));
            return WRONG;
        } catch (IOException | UncheckedIOException failed) {
            stdio.note(Complaint.of(failed));
            if (verbose) {
                Complaint.trace(failed).lines().forEach(stdio::note);
            }
            return FAILED;
        }
    }

    private static int help(Stdio stdio, CommandLine sockeye, ParseResult parsed) {
        String name = parsed.matchedPositionalValue(0, "");
        CommandLine command = name.isEmpty() ? sockeye : sockeye.getSubcommands().get(name);
        if (command == null) {
            stdio.note(Complaint.noSuchCommand(name, sockeye.getSubcommands().keySet()));
            return WRONG;
        }
        stdio.print(command.getUsageMessage());
        return 0;
    }
}
