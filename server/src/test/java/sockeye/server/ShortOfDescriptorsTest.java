// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import sockeye.InetEndpoint;
import sockeye.StreamSocket;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A server that runs out of descriptors tells its peers, survives and recovers. */
@Timeout(120)
class ShortOfDescriptorsTest {
    private static final int FEW = 70;

    @Test
    void peersAreTurnedAwayAndThenServedAgain() throws Exception {
        Process process = start();
        try (BufferedReader said = process.inputReader(StandardCharsets.UTF_8)) {
            String line = said.readLine();
            while (line != null && !line.startsWith("port ")) {
                line = said.readLine();
            }
            assertNotNull(line, "the program did not start");
            var server = InetEndpoint.of("127.0.0.1", Integer.parseInt(line.substring(5)));

            // More than it can take: each is served, or told that it is not.
            var served = new ArrayList<StreamSocket>();
            int turnedAway = 0;
            for (int i = 0; i < 2 * FEW; i++) {
                StreamSocket client = StreamSocket.connect(server);
                if (isServed(client)) {
                    served.add(client);
                } else {
                    client.close();
                    turnedAway++;
                }
            }
            assertTrue(turnedAway >= FEW, "turned away: " + turnedAway);
            assertTrue(served.size() >= 5, "served: " + served.size());
            for (StreamSocket client : served) {
                assertTrue(isServed(client), "those that were there are served on");
                client.close();
            }
            // Places are free again once the server has seen them go.
            boolean again = false;
            while (!again) {
                try (var client = StreamSocket.connect(server)) {
                    again = isServed(client);
                    turnedAway += again ? 0 : 1;
                }
            }
            assertTrue(said.readLine().contains("EMFILE"));
            assertEquals("recovered: " + turnedAway, said.readLine(), "one episode, told once");
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    private static boolean isServed(StreamSocket client) {
        try {
            client.write("x");
            return client.read(new byte[1]) == 1;
        } catch (IOException reset) {
            return false;
        }
    }

    private static Process start() throws Exception {
        var classes =
                Path.of(
                        ShortOfDescriptorsTest.class
                                .getProtectionDomain()
                                .getCodeSource()
                                .getLocation()
                                .toURI());
        String tests =
                classes.endsWith("test-classes")
                        ? classes.toString()
                        : classes.resolveSibling("test-classes").toString();
        String path =
                String.join(
                        File.pathSeparator,
                        List.of(
                                System.getProperty("jdk.module.path", ""),
                                System.getProperty("java.class.path", "")));
        return new ProcessBuilder(
                        "sh",
                        "-c",
                        "ulimit -n " + FEW + "; exec \"$@\"",
                        "sh",
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-Xshare:auto",
                        "-XX:+UseSerialGC",
                        "--enable-native-access=sockeye",
                        "--module-path",
                        path,
                        "--add-modules",
                        "sockeye.server",
                        "--patch-module",
                        "sockeye.server=" + tests,
                        "-m",
                        "sockeye.server/sockeye.server.FewDescriptors")
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
    }
}
