// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import sockeye.LinuxSocket;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Thousands of virtual threads, each blocked in a receive on a socket of its own. */
@ExtendWith({NoLeaks.class, NoPinning.class})
class ManyThreadsTest {
    private static final int THREADS = 9_000;

    /** Beside those of the sockets. */
    private static final int OTHER_DESCRIPTORS = 500;

    @Test
    @Tag("H2")
    void nineThousandThreadsWaitOnThreePollersAtMostAndNeverPin() throws Exception {
        Assumptions.assumeTrue(
                descriptorLimit() >= 2 * THREADS + OTHER_DESCRIPTORS,
                "too few descriptors: " + descriptorLimit());
        List<LinuxSocket.Pair> pairs = new ArrayList<>();
        try {
            // Where a class is first used, further users wait in the JVM, and are pinned there.
            LinuxSocket.Pair first = LinuxSocket.socketPair();
            pairs.add(first);
            Task<byte[]> warming = Task.call(() -> first.right().recv(1)).parked();
            first.left().send(new byte[1]);
            assertEquals(1, warming.join().length);
            List<Task<Integer>> waiting = new ArrayList<>();
            for (int i = 0; i < THREADS; i++) {
                LinuxSocket.Pair pair = LinuxSocket.socketPair();
                pairs.add(pair);
                waiting.add(Task.call(() -> (int) pair.right().recv(1)[0]));
            }
            Task.until("all wait", () -> waiting.stream().allMatch(Task::isParked));
            assertTrue(platformThreads() <= 2, "threads: " + platformThreads());
            assertEquals(42, Task.call(() -> 42).join(), "another makes progress");
            for (int i = 0; i < THREADS; i++) {
                pairs.get(i + 1).left().send(new byte[] {(byte) (i % 100)});
            }
            for (int i = 0; i < THREADS; i++) {
                assertEquals(i % 100, waiting.get(i).join());
            }
        } finally {
            for (LinuxSocket.Pair pair : pairs) {
                pair.close();
            }
        }
    }

    /**
     * Those that wait for events; beside them there is one virtual thread for each poller, one by
     * default. Other tests may have left threads that look up names or close sockets.
     */
    private static int platformThreads() {
        return (int)
                Thread.getAllStackTraces().keySet().stream()
                        .filter(each -> each.getName().startsWith("sockeye-"))
                        .filter(each -> !each.getName().startsWith("sockeye-blocking-"))
                        .filter(each -> !each.getName().startsWith("sockeye-lookup-"))
                        .count();
    }

    private static long descriptorLimit() throws Exception {
        for (String line : Files.readAllLines(Path.of("/proc/self/limits"))) {
            if (line.startsWith("Max open files")) {
                String soft = line.substring(26).strip().split("\\s+")[0];
                return soft.equals("unlimited") ? Long.MAX_VALUE : Long.parseLong(soft);
            }
        }
        return 0;
    }
}
