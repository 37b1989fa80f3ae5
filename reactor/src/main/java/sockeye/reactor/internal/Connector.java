// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.OptionSetting;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.util.concurrent.CompletableFuture;

/** One attempt to connect, until it is a connection, has failed, or nobody wants it any more. */
final class Connector extends Member implements Operation.Owner {
    private static final long FIRST_PAUSE = 200_000;
    private static final long LONGEST_PAUSE = 20_000_000;

    /** What becomes of a connection. */
    interface Making {
        void make(Channel channel);
    }

    /** Makes what is to be connected. */
    interface Sockets {
        Channel open(Driver driver, Endpoint peer) throws IOException;
    }

    private final CompletableFuture<?> result;
    private final Making making;
    private final Timers.Call again;
    private final Timers.Call limit;
    private long pause = FIRST_PAUSE;
    private @Nullable Channel channel;
    private @Nullable Connect connect;
    private @Nullable Throwable failure;
    private boolean waiting;
    private boolean connected;
    private boolean over;

    Connector(Loop loop, CompletableFuture<?> result, Making making) {
        super(loop);
        this.result = result;
        this.making = making;
        this.again =
                loop.timer(() -> {
                    waiting = false;
                    soon();
                });
        this.limit = loop.timer(this::timeOut);
    }

    void start(Endpoint peer, int type, OptionSetting<?>... settings) {
        long nanos = Timers.nanos(loop.settings().connectTimeout());
        start(peer, nanos, (driver, to) -> driver.socket(to, type, settings));
    }

    /**
     * Begins.
     *
     * @param nanos how long it may take; 0 for as long as the kernel tries
     */
    void start(Endpoint peer, long nanos, Sockets sockets) {
        loop.add(this);
        try {
            Channel made = sockets.open(loop.driverInUse(), peer);
            channel = made;
            connect = new Connect(made, this, peer, loop.driverInUse().chunks().small());
        } catch (IOException | RuntimeException refused) {
            failure = refused;
        }
        if (nanos > 0) {
            limit.reset(nanos);
        }
        var _ =
                result.whenComplete((value, thrown) -> {
                    if (!over && !connected) {
                        die(thrown);
                    }
                });
        soon();
    }

    private void timeOut() {
        Connect attempt = connect;
        String whom = attempt == null ? "" : " " + attempt.peer;
        die(new SocketTimeoutException("connect" + whom + ": timed out"));
    }

    @Override
    public void completed(Operation operation, int code) {
        enter();
        try {
            if (code == 0) {
                connected = true;
            } else if (code == Operation.EAGAIN) {
                // AF_UNIX with a full backlog: no event will tell that there is room.
                waiting = true;
                again.reset(pause);
                pause = Math.min(pause * 2, LONGEST_PAUSE);
            } else if (failure == null && operation instanceof Connect attempt) {
                failure = attempt.channel.failure("connect", code, attempt.peer);
            }
        } finally {
            leave();
        }
    }

    @Override
    void die(@Nullable Throwable why) {
        if (failure == null) {
            failure = why == null ? aborted() : why;
        }
        // A future may be cancelled by any thread.
        if (loop.isMine()) {
            soon();
        } else {
            loop.execute(this::soon);
        }
    }

    @Override
    void work() {
        Connect attempt = connect;
        if (over) {
            return;
        }
        if (attempt != null && !attempt.isIdle()) {
            if (failure != null) {
                loop.driverInUse().cancel(attempt);
            }
            return;
        }
        if (failure == null && !connected) {
            if (!waiting && attempt != null) {
                loop.driverInUse().submit(attempt);
            }
            return;
        }
        over = true;
        again.cancel();
        limit.cancel();
        loop.remove(this);
        if (attempt != null) {
            attempt.release();
        }
        Channel made = channel;
        Throwable failed = failure;
        if (failed == null && made != null) {
            making.make(made);
            return;
        }
        if (made != null) {
            loop.driverInUse().close(made, false);
        }
        if (failed != null) {
            result.completeExceptionally(failed);
        }
    }
}
