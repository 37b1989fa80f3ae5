// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Standard input, output and error as bytes, without buffers. What the command itself says goes out
 * in UTF-8 whatever the locale is: an endpoint's name is bytes, and should come out as it went in.
 */
record Stdio(InputStream in, OutputStream out, OutputStream err) {
    /** Those of this process. */
    static Stdio ofProcess() {
        return new Stdio(
                new FileInputStream(FileDescriptor.in),
                new FileOutputStream(FileDescriptor.out),
                new FileOutputStream(FileDescriptor.err));
    }

    /** Whether a person sits at both ends of this process. */
    @SuppressWarnings("SystemConsoleNull") // since JDK 25 it is null again where there is none
    static boolean isTerminal() {
        if (!mayBeTerminal()) {
            return false;
        }
        var console = System.console();
        return console != null && console.isTerminal();
    }

    /** A pipe or a file is none: that is cheaper to see than to ask for the console. */
    private static boolean mayBeTerminal() {
        try {
            return Files.readSymbolicLink(Path.of("/proc/self/fd/0")).startsWith("/dev");
        } catch (IOException unknown) {
            return true;
        }
    }

    /** Prints what was asked for: help, a version. */
    void print(String text) {
        try {
            out.write(text.getBytes(StandardCharsets.UTF_8));
        } catch (IOException closed) {
            throw new UncheckedIOException(closed);
        }
    }

    /** Says one line about what is going on, beside the output. */
    void note(String line) {
        try {
            err.write(("sockeye: " + line + "\n").getBytes(StandardCharsets.UTF_8));
        } catch (IOException closed) {
            // Nobody listens.
        }
    }
}
