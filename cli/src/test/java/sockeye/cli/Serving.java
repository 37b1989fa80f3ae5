// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** {@code sockeye serve} in this JVM. */
final class Serving implements AutoCloseable {
    private static final Pattern WAITING = Pattern.compile("(?:\\w+: )?waiting for \\w+ on (.*)");

    private final CountDownLatch stop = new CountDownLatch(1);
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final List<String> endpoints = new ArrayList<>();
    private final List<String> said = new ArrayList<>();
    private final BufferedReader lines;
    private final FutureTask<Integer> end;

    private Serving(List<String> args) throws IOException {
        var printed = new PipedInputStream(1 << 16);
        var out =
                new PipedOutputStream(printed) {
                    @Override
                    public void write(byte[] bytes, int from, int length) throws IOException {
                        super.write(bytes, from, length);
                        flush(); // or else the reader looks again after a second
                    }
                };
        var stdio = new Stdio(InputStream.nullInputStream(), out, err);
        var parsed = Commands.sockeye().parseArgs(args.toArray(String[]::new)).subcommand();
        Callable<Integer> run =
                () -> {
                    try (out) {
                        return Commands.serve(parsed).run(stdio, stop::await);
                    }
                };
        end = new FutureTask<>(run);
        Thread.ofPlatform().daemon().name("serve").start(end);
        lines = new BufferedReader(new InputStreamReader(printed, StandardCharsets.UTF_8));
    }

    /** Serves on so many endpoints with these arguments, and waits until it does. */
    static Serving on(int count, String... args) throws IOException {
        var serving = new Serving(Stream.concat(Stream.of("serve"), Stream.of(args)).toList());
        while (serving.endpoints.size() < count) {
            var waiting = WAITING.matcher(serving.line());
            if (waiting.matches()) {
                serving.said.add(waiting.group());
                serving.endpoints.add(waiting.group(1));
            }
        }
        return serving;
    }

    /** The next line that it prints. */
    String line() throws IOException {
        String line = lines.readLine();
        if (line == null) {
            throw new IOException("serve has ended: " + err.toString(StandardCharsets.UTF_8));
        }
        return line;
    }

    /** The next line that has this in it. */
    String line(String part) throws IOException {
        while (true) {
            String line = line();
            if (line.contains(part)) {
                return line;
            }
        }
    }

    /** The lines that said where it serves. */
    List<String> said() {
        return said;
    }

    /** Where it serves, as it said. */
    String endpoint(int index) {
        return endpoints.get(index);
    }

    String endpoint() {
        return endpoint(0);
    }

    /** The port of an endpoint of IP. */
    int port() {
        return Integer.parseInt(endpoint().substring(endpoint().lastIndexOf(':') + 1));
    }

    /** Tells it to stop, and returns its exit code. */
    int stop() throws Exception {
        stop.countDown();
        return end.get();
    }

    @Override
    public void close() {
        try {
            stop();
        } catch (Exception failed) {
            throw new IllegalStateException(failed);
        }
    }
}
