// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Does an action from time to time. */
final class ServiceLoop implements ServerTask {
    private static final Duration LONGEST = Duration.ofDays(10_000);

    private final Server server;
    private final ServiceAction action;
    private final CountDownLatch ended = new CountDownLatch(1);

    ServiceLoop(Server server, ServiceAction action) {
        this.server = server;
        this.action = action;
    }

    @Override
    public void run() {
        Duration every = action.every();
        long period = (every.compareTo(LONGEST) < 0 ? every : LONGEST).toNanos();
        long next = System.nanoTime() + period;
        try {
            while (!ended.await(next - System.nanoTime(), TimeUnit.NANOSECONDS)) {
                turn();
                next = Math.max(next + period, System.nanoTime());
            }
        } catch (InterruptedException stopped) {
            // By the server, whose time to drain is over.
        }
    }

    private void turn() throws InterruptedException {
        try {
            action.task().run(server);
        } catch (InterruptedException stopped) {
            throw stopped;
        } catch (Throwable thrown) {
            server.observe(observer -> observer.actionFailed(action, thrown));
        }
    }

    @Override
    public void end() {
        ended.countDown();
    }

    @Override
    public boolean drains() {
        return true;
    }

    @Override
    public void cutOff() {
        // Its thread is interrupted.
    }
}
