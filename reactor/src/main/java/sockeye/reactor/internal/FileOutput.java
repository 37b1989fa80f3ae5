// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Readiness;
import sockeye.internal.wait.Blocking;

import java.io.IOException;
import java.util.concurrent.RejectedExecutionException;

/**
 * Sends files on a connection, portion by portion: sendfile(2) by a thread that may wait for the
 * disk, and the wait for room by the loop. One portion is under way at a time, so that nobody else
 * waits for a large file.
 */
final class FileOutput implements Operation.Owner {
    private static final long PORTION = 512 << 10;

    private final Connection connection;
    private final KernelChannel channel;
    private final PollReadiness room;
    private boolean busy;

    // Written by the thread that sends, and then: done.
    private long result;
    private @Nullable Exception failure;
    private volatile boolean done;

    FileOutput(Connection connection, KernelChannel channel) {
        this.connection = connection;
        this.channel = channel;
        this.room = new PollReadiness(channel, this, false);
        room.interest = Readiness.EPOLLOUT;
    }

    /** Whether neither a thread nor the driver has anything of it. */
    boolean isIdle() {
        return !busy && room.isIdle();
    }

    /** Has a portion sent. */
    void send(FilePart part) {
        busy = true;
        failure = null;
        var _ =
                Blocking.start(() -> {
                    try {
                        result = part.send(channel, PORTION);
                    } catch (IOException | RuntimeException refused) {
                        failure = refused;
                    }
                    done = true;
                    try {
                        connection.loop.execute(this::collect);
                    } catch (RejectedExecutionException closing) {
                        // Who closes the loop looks by itself.
                    }
                    return done;
                });
    }

    private void collect() {
        if (!notice()) {
            return;
        }
        connection.enter();
        try {
            if (failure != null) {
                connection.die(failure);
            } else if (result == Operation.EAGAIN) {
                connection.loop.driverInUse().submit(room);
            } else {
                connection.fileSent(result);
            }
        } finally {
            connection.leave();
        }
    }

    /** Whether a portion was under way and is no longer. */
    boolean notice() {
        if (!done) {
            return false;
        }
        done = false;
        busy = false;
        return true;
    }

    @Override
    public void completed(Operation operation, int events) {
        connection.enter();
        try {
            if (events < 0 && events != Operation.ECANCELED) {
                connection.fileSent(events);
            }
        } finally {
            connection.leave(); // which sends the next portion
        }
    }

    /** The connection is dying. */
    void cancel() {
        if (!room.isIdle()) {
            connection.loop.driverInUse().cancel(room);
        }
    }
}
