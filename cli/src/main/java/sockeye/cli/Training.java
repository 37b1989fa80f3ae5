// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

/** The run that the launcher records, so that the JVM starts the command from what it then knew. */
final class Training {
    private Training() {}

    /** Does what users will do, and ends. */
    public static void main(String[] args) {
        var stdio = Stdio.ofProcess();
        Main.run(stdio, "--version");
        Main.run(stdio, "--help");
        System.exit(0); // as a command that fails does
    }
}
