// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

/**
 * How long answers to datagrams wait for peers whose queues are full: a moment each, but in all no
 * more than an eighth of the time, so that those who never read cost the others little.
 */
final class Patience {
    private static final long MOST = 10_000_000;

    private long left = MOST;
    private long last;
    private boolean waiting;

    /** There is no room for an answer; whether it shall wait. */
    boolean waits(long now) {
        long passed = now - last;
        left = Math.min(MOST, left + passed / 8) - (waiting ? passed : 0);
        last = now;
        waiting = left > 0;
        return waiting;
    }

    /** The answer that waited is gone. */
    void relax() {
        waiting = false;
    }
}
