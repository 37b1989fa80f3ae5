// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A second process that listens at a path when it is told to. */
final class StarterProcess implements AutoCloseable {
    private final Process process;
    private final BufferedReader answers;
    private final Writer orders;

    private StarterProcess(Process process) {
        this.process = process;
        this.answers =
                new BufferedReader(
                        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
        this.orders = process.outputWriter(StandardCharsets.UTF_8);
    }

    /**
     * Starts one.
     *
     * @param before a command to run it by, as another user
     */
    static StarterProcess start(Path path, String... before) throws Exception {
        List<String> command = new ArrayList<>(List.of(before));
        command.addAll(
                List.of(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xshare:auto",
                        "-XX:TieredStopAtLevel=1",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        classes(LinuxSocket.class) + ":" + classes(StarterProcess.class),
                        StarterProcess.class.getName(),
                        path.toString()));
        return new StarterProcess(
                new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start());
    }

    private static String classes(Class<?> type) throws Exception {
        String name = type.getName().replace('.', '/') + ".class";
        String file = Path.of(type.getResource("/" + name).toURI()).toString();
        return file.substring(0, file.length() - name.length());
    }

    void tell(String order) throws IOException {
        orders.write(order + "\n");
        orders.flush();
    }

    String answer() throws IOException {
        return answers.readLine();
    }

    String ask(String order) throws IOException {
        tell(order);
        return answer();
    }

    /** As kill -9 does. */
    void kill() throws InterruptedException {
        process.destroyForcibly().waitFor();
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }

    /** Listens and closes, by the lines of its input; tells what came of it. */
    public static void main(String[] arguments) throws IOException {
        UnixEndpoint path = UnixEndpoint.of(arguments[0]);
        Listener<StreamSocket> listener = null;
        var orders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String order = orders.readLine(); order != null; order = orders.readLine()) {
            String answer;
            if (order.equals("close")) {
                if (listener != null) {
                    listener.close();
                    listener = null;
                }
                answer = "closed";
            } else {
                ListenSettings rules = ListenSettings.DEFAULT;
                if (order.startsWith("listen group ")) {
                    rules = rules.withGroup(Integer.parseInt(order.substring(13)));
                }
                try {
                    listener = Listener.stream(path, rules);
                    answer = "listening";
                } catch (IOException failed) {
                    answer =
                            failed instanceof ErrnoFailure errno
                                    ? errno.errno().symbol()
                                    : failed.toString();
                }
            }
            System.out.println(answer);
        }
    }
}
