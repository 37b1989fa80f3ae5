// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.MethodSource;

/** Every family whose connections are accepted. */
@ParameterizedClass
@MethodSource("sockeye.testkit.TestFamily#listening")
@ExtendWith(NoLeaks.class)
class ListenerTest extends ListenerContract {
    @Parameter TestFamily family;

    @Override
    protected Fixture fixture() {
        return family;
    }
}
