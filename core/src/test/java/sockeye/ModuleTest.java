// SPDX-License-Identifier: Apache-2.0

package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;

class ModuleTest {
    private final Module module = Endpoint.class.getModule();

    @Test
    void theTestsRunInsideTheNamedModule() {
        Assumptions.assumeTrue(System.getenv("TIPC_LAB") == null, "the lab uses the class path");
        assertEquals("sockeye", module.getName());
    }

    @Test
    void nativeAccessIsEnabledForTheModuleAlone() {
        assertTrue(module.isNativeAccessEnabled());
    }
}
