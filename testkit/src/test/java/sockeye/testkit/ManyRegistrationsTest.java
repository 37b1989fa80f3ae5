// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static sockeye.Readiness.EPOLLIN;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import sockeye.EventCounter;
import sockeye.ReadinessKey;
import sockeye.ReadinessSelector;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/** Thousands of descriptors in one selector. */
@Tag("C-03")
@ExtendWith(NoLeaks.class)
class ManyRegistrationsTest {
    /** 100,000 where the limit on descriptors allows it: {@code -Dregistrations=100000}. */
    private static final int COUNT = Integer.getInteger("registrations", 9_000);

    /** What one select may allocate, however much it finds. */
    private static final long PER_SELECT = 512;

    @Test
    void oneThreadWatchesThousandsAndNothingIsAllocatedPerEvent() throws Exception {
        List<EventCounter> counters = new ArrayList<>();
        try (var selector = ReadinessSelector.<Integer>open()) {
            for (int i = 0; i < COUNT; i++) {
                EventCounter counter = EventCounter.open();
                counters.add(counter);
                selector.register(counter, EPOLLIN, i);
            }
            assertEquals(COUNT, selector.size());
            assertTrue(selector.selectNow().isEmpty());
            Task<Integer> waiting =
                    Task.call(() -> selector.select().iterator().next().attachment()).parked();
            counters.get(COUNT / 2).add(1);
            assertEquals(COUNT / 2, waiting.join());

            for (EventCounter each : counters) {
                each.add(1);
            }
            BitSet found = new BitSet();
            int selects = 0;
            while (found.cardinality() < COUNT) {
                for (ReadinessKey<Integer> key : selector.select()) {
                    found.set(key.attachment());
                }
                selects++;
            }
            assertEquals((COUNT + 255) / 256, selects, "the kernel takes turns");
            assertTrue(allocatedBy(selector, 1_000) <= PER_SELECT);

            for (EventCounter each : counters) {
                each.close();
            }
            assertEquals(0, selector.size());
        } finally {
            for (EventCounter each : counters) {
                each.close();
            }
        }
    }

    /** Bytes per select of 256 events each. */
    private static long allocatedBy(ReadinessSelector<Integer> selector, int selects)
            throws Exception {
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 5; round++) {
            long before = allocated();
            int events = 0;
            for (int i = 0; i < selects; i++) {
                for (ReadinessKey<Integer> key : selector.select()) {
                    events += key.isReadable() ? 1 : 0;
                }
            }
            assertEquals(256 * selects, events);
            least = Math.min(least, (allocated() - before) / selects);
        }
        System.out.println("bytes allocated per select of 256 events: " + least);
        return least;
    }

    /** Reached by reflection, so that the module under test need not read jdk.management. */
    private static long allocated() throws ReflectiveOperationException {
        Object bean =
                Class.forName("java.lang.management.ManagementFactory")
                        .getMethod("getThreadMXBean")
                        .invoke(null);
        return (long)
                Class.forName("com.sun.management.ThreadMXBean")
                        .getMethod("getThreadAllocatedBytes", long.class)
                        .invoke(bean, Thread.currentThread().threadId());
    }
}
