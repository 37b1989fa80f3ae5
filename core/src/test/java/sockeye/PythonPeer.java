// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A Python program at the other end, with our arguments in {@code sys.argv}. */
final class PythonPeer implements AutoCloseable {
    private final Process process;

    private PythonPeer(Process process) {
        this.process = process;
    }

    static PythonPeer run(String program, String... arguments) throws IOException {
        List<String> command = new ArrayList<>(List.of("python3", "-c", program));
        command.addAll(List.of(arguments));
        return new PythonPeer(
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    }

    boolean isAlive() {
        return process.isAlive();
    }

    long pid() {
        return process.pid();
    }

    /** The next line that it prints, without its end. */
    String readLine() throws IOException {
        var line = new java.io.ByteArrayOutputStream();
        for (int b = process.getInputStream().read(); b >= 0 && b != '\n'; ) {
            line.write(b);
            b = process.getInputStream().read();
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    /** What it printed, once it has ended well. */
    String output() throws IOException, InterruptedException {
        process.getOutputStream().close();
        byte[] output = process.getInputStream().readAllBytes();
        int status = process.waitFor();
        if (status != 0) {
            throw new IOException("python3 ended with " + status);
        }
        return new String(output, StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
