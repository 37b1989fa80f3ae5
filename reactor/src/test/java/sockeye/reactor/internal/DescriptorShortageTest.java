// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.StreamSocket;
import sockeye.reactor.DriverKind;
import sockeye.reactor.Listening;
import sockeye.reactor.ReactorSettings;
import sockeye.testkit.NoLeaks;
import sockeye.wire.Framer;

import java.io.BufferedReader;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** A server whose process may have few descriptors: in a process of its own, under that limit. */
@ExtendWith(NoLeaks.class)
@Timeout(120)
class DescriptorShortageTest {
    private static final int LIMIT = 100;

    /** Turns of the loop that would be a spin: a rest is 20 ms, and a test two minutes at most. */
    private static final long SPIN = 20_000;

    /** The other process: an echo that tells its port, and at the end how often it turned. */
    static final class Served {
        private Served() {}

        public static void main(String[] arguments) throws IOException {
            var kind = DriverKind.valueOf(arguments[0]);
            var settings = ReactorSettings.DEFAULT.withDriver(kind);
            try (Loop loop = Loop.open(settings)) {
                Listening listening =
                        loop.listen(
                                InetEndpoint.loopback(0),
                                () -> (transport, bytes) -> transport.write(bytes));
                var local = (InetEndpoint) Objects.requireNonNull(listening.local());
                System.out.println("port " + local.port());
                Thread.ofPlatform().daemon().start(() -> stopAtTheEnd(loop));
                loop.run();
                System.out.println("turned away " + listening.turnedAway());
                System.out.println("turns " + loop.turns());
            }
        }

        private static void stopAtTheEnd(Loop loop) {
            try {
                while (System.in.read() >= 0) {}
            } catch (IOException ended) {
                // As it should.
            }
            loop.stop();
        }
    }

    private static String place(Class<?> type) throws URISyntaxException {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    }

    private static Process start(DriverKind driver) throws Exception {
        String path =
                String.join(
                        ":",
                        place(Loop.class),
                        place(Endpoint.class),
                        place(Framer.class),
                        place(Served.class));
        var command = new ArrayList<String>();
        command.addAll(List.of("sh", "-c", "ulimit -n " + LIMIT + " && exec \"$@\"", "sh"));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        command.add("--enable-native-access=ALL-UNNAMED");
        command.addAll(List.of("-cp", path, Served.class.getName(), driver.name()));
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    private static boolean isServed(StreamSocket client) {
        try {
            client.write("x");
            return client.inputStream().read() == 'x';
        } catch (IOException reset) {
            return false;
        }
    }

    private static int served(Endpoint peer, int many, List<StreamSocket> open) throws IOException {
        int served = 0;
        for (int i = 0; i < many; i++) {
            StreamSocket each = StreamSocket.connect(peer);
            if (isServed(each)) {
                served++;
                open.add(each);
            } else {
                each.close();
            }
        }
        return served;
    }

    private static void close(List<StreamSocket> open) throws IOException {
        for (StreamSocket each : open) {
            each.close();
        }
        open.clear();
    }

    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "IO_URING"})
    @Tag("D1-14")
    void whoComesWhenDescriptorsHaveRunOutIsTurnedAwayAndOthersAreServedLater(DriverKind driver)
            throws Exception {
        Process process = start(driver);
        try (BufferedReader said = process.inputReader(StandardCharsets.UTF_8)) {
            String line = said.readLine();
            assertNotNull(line);
            if (driver == DriverKind.IO_URING && line.contains("EPERM")) {
                return;
            }
            assertTrue(line.startsWith("port "), line);
            Endpoint peer = InetEndpoint.loopback(Integer.parseInt(line.substring(5)));
            var open = new ArrayList<StreamSocket>();
            int first = served(peer, 2 * LIMIT, open);
            assertTrue(first > 0 && first < LIMIT, first + " were served");
            close(open);
            int later = 0;
            while (later == 0) {
                // Until it knows that they are gone.
                later = served(peer, 1, open);
            }
            close(open);
            process.getOutputStream().close();
            List<String> rest = said.lines().toList();
            String all = String.join("\n", rest);
            assertTrue(all.contains("no descriptor is left in this process"), all);
            assertTrue(number(rest, "turned away ") >= LIMIT, all);
            assertTrue(number(rest, "turns ") < SPIN, all);
            assertEquals(0, process.waitFor(), all);
        } finally {
            process.destroyForcibly();
        }
    }

    private static long number(List<String> lines, String what) {
        return lines.stream()
                .filter(each -> each.startsWith(what))
                .mapToLong(each -> Long.parseLong(each.substring(what.length())))
                .findFirst()
                .orElseThrow();
    }
}
