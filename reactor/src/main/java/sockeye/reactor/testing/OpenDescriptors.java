// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.testing;

import sockeye.Deadline;
import sockeye.LinuxSocket;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * What this process has open, by the descriptors' numbers, but for what the JDK itself opens when
 * it needs it: classes, devices, {@code /proc}.
 */
record OpenDescriptors(Map<Integer, String> links) {
    private static final Path PLACE = Path.of("/proc/self/fd");
    private static final String JDK = System.getProperty("java.home");
    private static final long PATIENCE = TimeUnit.SECONDS.toNanos(5);

    private static boolean warm; // guarded by the class

    /** Has what the library makes once and keeps made now, by a thread that waits for a socket. */
    static synchronized void warm() throws IOException {
        if (warm) {
            return;
        }
        try (LinuxSocket.Pair pair = LinuxSocket.socketPair()) {
            pair.left().readDeadline(Deadline.after(Duration.ofMillis(1)));
            pair.left().recv(1);
        } catch (SocketTimeoutException asItShould) {
            warm = true;
        }
    }

    static OpenDescriptors now() throws IOException {
        Map<Integer, String> links = new TreeMap<>();
        try (Stream<Path> all = Files.list(PLACE)) {
            for (Path each : all.toList()) {
                try {
                    String link = Files.readSymbolicLink(each).toString();
                    if (!isOfTheJdk(link)) {
                        links.put(Integer.valueOf(each.getFileName().toString()), link);
                    }
                } catch (IOException closedMeanwhile) {
                    // Of whoever lists, for one.
                }
            }
        }
        return new OpenDescriptors(links);
    }

    private static boolean isOfTheJdk(String link) {
        return link.startsWith(JDK)
                || link.endsWith(".jar")
                || link.startsWith("/dev/")
                || link.startsWith("/proc/");
    }

    /** Fails if there are others; what another thread is about to close is waited for. */
    void requireNoMore() throws IOException {
        long until = System.nanoTime() + PATIENCE;
        String more = more();
        while (!more.isEmpty() && System.nanoTime() - until < 0) {
            LockSupport.parkNanos(1_000_000);
            more = more();
        }
        if (!more.isEmpty()) {
            throw new AssertionError("left open: " + more);
        }
    }

    private String more() throws IOException {
        return now().links.entrySet().stream()
                .filter(each -> !each.getValue().equals(links.get(each.getKey())))
                .map(each -> each.getKey() + " -> " + each.getValue())
                .collect(Collectors.joining(", "));
    }
}
