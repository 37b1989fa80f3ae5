// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import org.jspecify.annotations.Nullable;

import sockeye.ProcessSignal;
import sockeye.ProcessSignals;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The signals that ask to stop: the first is waited for, the second cuts off what is still in
 * flight, the third ends the JVM at once. The JVM by itself would end with 128 and the signal's
 * number at the first; that is the exit code after the second, too.
 */
final class StopSignals implements Serve.Stop {
    private final CountDownLatch first = new CountDownLatch(1);
    private final AtomicInteger asked = new AtomicInteger();
    private volatile @Nullable Runnable hurry;
    private volatile @Nullable ProcessSignal last;

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
        int times = asked.incrementAndGet();
        Runnable cut = hurry;
        if (times > 2 || (times == 2 && cut == null)) {
            Runtime.getRuntime().halt(code(signal));
        }
        if (times == 2) {
            last = signal;
            Thread.ofPlatform().daemon().start(cut);
        }
        first.countDown();
    }

    private static int code(ProcessSignal signal) {
        return 128 + signal.number();
    }

    @Override
    public void hurry(Runnable cut) {
        hurry = cut;
    }

    @Override
    public int code() {
        ProcessSignal second = last;
        return second == null ? 0 : code(second);
    }

    @Override
    public void await() throws InterruptedException {
        first.await();
    }
}
