// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import java.io.IOException;
import java.io.UncheckedIOException;

/** A reactor that a thread runs, for peers that are not in it. */
final class Running implements AutoCloseable {
    private final Reactor reactor;
    private final Thread thread;

    Running(Reactor reactor) {
        this.reactor = reactor;
        this.thread =
                Thread.ofPlatform()
                        .start(() -> {
                            try {
                                reactor.run();
                            } catch (IOException failed) {
                                throw new UncheckedIOException(failed);
                            }
                        });
    }

    /** Whether nothing has ended it. */
    boolean isAlive() {
        return thread.isAlive();
    }

    @Override
    public void close() {
        reactor.close(); // which waits for the thread
    }
}
