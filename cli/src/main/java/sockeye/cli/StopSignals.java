// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import sockeye.ProcessSignal;
import sockeye.ProcessSignals;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The signals that ask to stop: the first is waited for, the second ends the JVM at once. The JVM
 * by itself would end with 128 and the signal's number at the first.
 */
final class StopSignals implements Serve.Stop {
    private final CountDownLatch first = new CountDownLatch(1);
    private final AtomicBoolean asked = new AtomicBoolean();

    private StopSignals() {}

    /** From now on they are ours, to the end. */
    static StopSignals take() throws IOException {
        var signals = new StopSignals();
        try {
            ProcessSignals.handleStop(signals::came);
        } catch (IllegalStateException notOurs) {
            // With -Xrs the first one ends the JVM.
        }
        return signals;
    }

    private void came(ProcessSignal signal) {
        if (asked.getAndSet(true)) {
            Runtime.getRuntime().halt(128 + signal.number());
        }
        first.countDown();
    }

    @Override
    public void await() throws InterruptedException {
        first.await();
    }
}
