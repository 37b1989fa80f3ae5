// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** How a run of the command in this JVM ended, and what it printed. */
record Result(int code, ByteArrayOutputStream printed, String err) {
    static Result of(String... args) {
        return fed(new byte[0], args);
    }

    static Result fed(String input, String... args) {
        return fed(input.getBytes(StandardCharsets.UTF_8), args);
    }

    static Result fed(byte[] input, String... args) {
        return fed(new ByteArrayInputStream(input), args);
    }

    static Result fed(InputStream input, String... args) {
        var out = new ByteArrayOutputStream();
        var err = new ByteArrayOutputStream();
        int code = Main.run(new Stdio(input, out, err), args);
        return new Result(code, out, err.toString(StandardCharsets.UTF_8));
    }

    byte[] bytes() {
        return printed.toByteArray();
    }

    String out() {
        return printed.toString(StandardCharsets.UTF_8);
    }

    List<String> lines() {
        return out().lines().toList();
    }
}
