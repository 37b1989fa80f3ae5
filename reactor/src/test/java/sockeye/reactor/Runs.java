// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.time.Duration;

/** Runs of a reactor that end also if nothing stops it. */
final class Runs {
    private Runs() {}

    /** Runs until it is stopped, or too much time has passed. */
    static void untilStopped(Reactor reactor) throws IOException {
        boolean[] late = {false};
        DelayedCall limit =
                reactor.after(
                        Duration.ofSeconds(30),
                        () -> {
                            late[0] = true;
                            reactor.stop();
                        });
        reactor.run();
        limit.cancel();
        assertFalse(late[0], "nothing stopped it");
    }
}
