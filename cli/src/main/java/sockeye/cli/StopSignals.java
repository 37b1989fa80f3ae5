// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import org.jline.utils.Signals;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * The signals that ask to stop: the first is waited for, the second ends the JVM at once. The JVM
 * by itself would end with 128 and the signal's number at the first.
 */
final class StopSignals implements Serve.Stop {
    private static final int SIGHUP = 1;
    private static final int SIGINT = 2;
    private static final int SIGTERM = 15;

    private final CountDownLatch first = new CountDownLatch(1);
    private final AtomicBoolean asked = new AtomicBoolean();

    private StopSignals() {}

    /** From now on they are ours. */
    static StopSignals take() {
        var signals = new StopSignals();
        signals.take("INT", SIGINT);
        signals.take("TERM", SIGTERM);
        if (!isIgnored(SIGHUP)) { // as nohup(1) has it
            signals.take("HUP", SIGHUP);
        }
        return signals;
    }

    private void take(String name, int number) {
        Signals.register(
                name,
                () -> {
                    if (asked.getAndSet(true)) {
                        Runtime.getRuntime().halt(128 + number);
                    }
                    first.countDown();
                });
    }

    @Override
    public void await() throws InterruptedException {
        first.await();
    }

    /** Whether this process was started to ignore a signal; proc_pid_status(5). */
    private static boolean isIgnored(int signal) {
        try (var lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith("SigIgn:"))
                    .map(line -> new BigInteger(line.substring("SigIgn:".length()).strip(), 16))
                    .anyMatch(mask -> mask.testBit(signal - 1));
        } catch (IOException | NumberFormatException unknown) {
            return false;
        }
    }
}
