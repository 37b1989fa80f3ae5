// SPDX-License-Identifier: Apache-2.0

package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

class ModuleTest {
    private final Module module = Endpoint.class.getModule();

    @Test
    void theTestsRunInsideTheNamedModule() {
        assertEquals("sockeye", module.getName());
    }

    @Test
    void nativeAccessIsEnabledForTheModuleAlone() {
        assertTrue(module.isNativeAccessEnabled());
    }
}
