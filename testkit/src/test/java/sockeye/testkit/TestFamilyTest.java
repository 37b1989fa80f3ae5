// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.api.parallel.Resources;

import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/** Which families a run is for. */
class TestFamilyTest {
    @Test
    @ResourceLock(Resources.SYSTEM_PROPERTIES)
    void aRunIsForTheFamiliesThatItsPropertyNames() {
        String before = System.getProperty("sockeye.families");
        System.clearProperty("sockeye.families");
        try {
            assertEquals(EnumSet.allOf(TestFamily.class), all());
            System.setProperty("sockeye.families", "tcp4,unix-dgram");
            assertEquals(
                    Set.of(
                            TestFamily.TCP4,
                            TestFamily.UNIX_DGRAM_PATH,
                            TestFamily.UNIX_DGRAM_ABSTRACT,
                            TestFamily.UNIX_DGRAM_AUTOBIND,
                            TestFamily.UNIX_DGRAM_PAIR),
                    all());
            assertTrue(TestFamily.streams().allMatch(each -> each == TestFamily.TCP4));
        } finally {
            if (before == null) {
                System.clearProperty("sockeye.families");
            } else {
                System.setProperty("sockeye.families", before);
            }
        }
    }

    private static Set<TestFamily> all() {
        return TestFamily.all().collect(Collectors.toSet());
    }
}
