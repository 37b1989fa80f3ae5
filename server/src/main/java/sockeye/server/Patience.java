// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * How long a server waits for peers whose queues are full: a moment each, but in all no more than
 * an eighth of its time, so that those who never read cost the others little. For one thread.
 */
final class Patience {
    private static final long PAUSE = TimeUnit.MICROSECONDS.toNanos(100);
    private static final long MOST = TimeUnit.MILLISECONDS.toNanos(10);

    private long left = MOST;
    private long last = System.nanoTime();

    /** Pauses, if there is patience left; whether there was. */
    boolean pause() {
        long now = System.nanoTime();
        left = Math.min(MOST, left + (now - last) / 8);
        last = now;
        if (left <= 0) {
            return false;
        }
        LockSupport.parkNanos(PAUSE);
        long end = System.nanoTime();
        left -= end - now;
        last = end;
        return true;
    }
}
