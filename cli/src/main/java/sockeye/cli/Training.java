// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CountDownLatch;

/** The run that the launcher records, so that the JVM starts the command from what it then knew. */
final class Training {
    private Training() {}

    /** Does what users will do, and ends. */
    public static void main(String[] args) throws Exception {
        var stdio = Stdio.ofProcess();
        Main.run(stdio, "--version");
        Main.run(stdio, "--help");
        talk(stdio);
        System.exit(0); // as a command that fails does
    }

    private static void talk(Stdio stdio) throws IOException, InterruptedException {
        var stop = new CountDownLatch(1);
        var printed = new PipedInputStream();
        var serving =
                new Stdio(
                        InputStream.nullInputStream(), new PipedOutputStream(printed), stdio.err());
        var serve = Commands.sockeye().parseArgs("serve", "tcp:localhost:0").subcommand();
        var server =
                Thread.ofPlatform()
                        .start(() -> {
                            try {
                                Commands.serve(serve).run(serving, stop::await);
                            } catch (IOException failed) {
                                stdio.note(Complaint.of(failed));
                            }
                        });
        var lines = new BufferedReader(new InputStreamReader(printed, StandardCharsets.UTF_8));
        String waiting = String.valueOf(lines.readLine());
        String port = waiting.substring(waiting.lastIndexOf(':') + 1);
        var input = new ByteArrayInputStream("hello\n".getBytes(StandardCharsets.UTF_8));
        var connecting = new Stdio(input, OutputStream.nullOutputStream(), stdio.err());
        Main.run(connecting, "connect", "tcp:localhost:" + port);
        stop.countDown();
        server.join();
    }
}
