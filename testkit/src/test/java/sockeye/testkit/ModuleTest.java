// SPDX-License-Identifier: Apache-2.0

package sockeye.testkit;

import static org.junit.jupiter.api.Assertions.assertFalse;

import org.junit.jupiter.api.Test;

class ModuleTest {
    private final Module module = TestFamily.class.getModule();

    @Test
    void theTestsRunOnTheClassPath() {
        assertFalse(module.isNamed());
    }
}
