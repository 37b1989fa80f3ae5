// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** The verbs of the BSD floor, and its ends, over every family. */
@ParameterizedClass
@MethodSource("sockeye.testkit.TestFamily#all")
@ExtendWith(NoLeaks.class)
class LinuxSocketTest extends LinuxSocketContract {
    @Parameter TestFamily family;

    @Override
    protected Fixture fixture() {
        return family;
    }
}
