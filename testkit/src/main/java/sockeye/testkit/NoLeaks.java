// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import sockeye.Deadline;
import sockeye.LinuxSocket;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;

/**
 * Counts descriptors and platform threads before and after every test, and fails one that leaves
 * more than it found; the links of the descriptors are shown.
 *
 * <p>What Sockeye and the JDK make once and keep is let be: pollers, carriers, helpers, class
 * files.
 */
public final class NoLeaks implements BeforeEachCallback, AfterEachCallback {
    private static final ExtensionContext.Namespace SPACE =
            ExtensionContext.Namespace.create(NoLeaks.class);
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
    private static final String JAVA_HOME = System.getProperty("java.home");

    private static final List<String> KEPT_THREADS =
            List.of(
                    "sockeye-master",
                    "sockeye-blocking-",
                    "sockeye-lookup-",
                    "ForkJoinPool", // carriers, and the common pool of the JDK itself
                    "VirtualThread-unparker",
                    "Read-Poller",
                    "Write-Poller",
                    "Common-Cleaner",
                    "Cleaner-",
                    "process reaper",
                    "JFR ",
                    "Attach Listener",
                    "junit-timeout-thread",
                    "junit-jupiter-timeout-watcher");

    private static boolean warm; // guarded by the class

    /** What is open and runs. */
    private record Census(Map<Integer, String> descriptors, Map<Long, String> threads) {}

    /** For JUnit to make. */
    public NoLeaks() {}

    @Override
    public void beforeEach(ExtensionContext context) throws IOException {
        warm();
        context.getStore(SPACE).put("before", census());
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        Census before = context.getStore(SPACE).get("before", Census.class);
        if (before == null || context.getExecutionException().isPresent()) {
            return;
        }
        List<String> left = left(before);
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(5);
        while (!left.isEmpty() && System.nanoTime() - end < 0) {
            // Threads that were told to end are on their way.
            LockSupport.parkNanos(1_000_000);
            left = left(before);
        }
        if (!left.isEmpty()) {
            Assertions.fail("left behind: " + String.join(", ", left));
        }
    }

    /** The open descriptors of this process, by what they are: {@code socket:[1234]}. */
    public static Map<Integer, String> descriptors() throws IOException {
        Map<Integer, String> open = new TreeMap<>();
        try (Stream<Path> links = Files.list(DESCRIPTORS)) {
            for (Path link : links.toList()) {
                try {
                    String target = Files.readSymbolicLink(link).toString();
                    if (isOfTests(target)) {
                        open.put(Integer.valueOf(link.getFileName().toString()), target);
                    }
                } catch (IOException gone) {
                    // The one that listed them.
                }
            }
        }
        return open;
    }

    private static boolean isOfTests(String target) {
        return !target.startsWith(JAVA_HOME)
                && !target.endsWith(".jar")
                && !target.startsWith("/dev/")
                && !target.startsWith("/proc/");
    }

    private static Census census() throws IOException {
        Map<Long, String> threads = new TreeMap<>();
        for (Thread each : Thread.getAllStackTraces().keySet()) {
            if (KEPT_THREADS.stream().noneMatch(each.getName()::startsWith)) {
                threads.put(each.threadId(), each.getName());
            }
        }
        return new Census(descriptors(), threads);
    }

    private static List<String> left(Census before) throws IOException {
        Census now = census();
        var left = new TreeSet<String>();
        now.descriptors.forEach((number, target) -> {
            if (!target.equals(before.descriptors.get(number))) {
                left.add("descriptor " + number + " -> " + target);
            }
        });
        now.threads.forEach((id, name) -> {
            if (!before.threads.containsKey(id)) {
                left.add("thread " + name);
            }
        });
        return List.copyOf(left);
    }

    /** Has what is made once made now, by a thread that waits for a socket. */
    static synchronized void warm() throws IOException {
        if (warm) {
            return;
        }
        try (LinuxSocket.Pair pair = LinuxSocket.socketPair()) {
            pair.left().readDeadline(Deadline.after(Duration.ofMillis(1)));
            Assertions.assertThrows(SocketTimeoutException.class, () -> pair.left().recv(1));
        }
        warm = true;
    }
}
