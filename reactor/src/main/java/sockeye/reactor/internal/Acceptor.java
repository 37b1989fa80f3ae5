// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.LinuxSocket;
import sockeye.reactor.DrainReport;
import sockeye.reactor.Listening;

import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.LongAdder;

/** A listener: accepts for as long as it may, and makes a member of each connection. */
final class Acceptor extends Member implements Listening, Member.Origin, Operation.Owner {
    private static final int ENFILE = -23;
    private static final int EMFILE = -24;
    private static final int ENOBUFS = -105;
    private static final int ENOMEM = -12;
    private static final long PAUSE = 20_000_000;

    /** So many that wait are taken when the listener is left; a flood is the other's. */
    private static final int MOST_LEFT = 4_096;

    private static final long SILENCE = 10_000_000_000L;

    /** What becomes of a connection. */
    interface Making {
        void make(Channel channel, Acceptor by) throws Exception;
    }

    private final Channel channel;
    private final Making making;
    private final Accept accept;
    private final Timers.Call again;
    private final @Nullable Endpoint local;
    private boolean paused;
    private boolean resting;
    private boolean dying;
    private boolean closed;

    /** What is to be done when it is closed here, though another has it; null if none has. */
    private @Nullable Runnable leaving;

    // Counted also by the loops that it hands over to.
    private final LongAdder accepted = new LongAdder();
    private final LongAdder turnedAway = new LongAdder();
    private final LongAdder gone = new LongAdder();

    /** When the log was told that descriptors have run out; 0 for never. */
    private long toldAt;

    Acceptor(Loop loop, Channel channel, Making making) {
        this(loop, channel, making, null);
    }

    /**
     * @param origin what the connections that come here are of; null for this
     */
    Acceptor(Loop loop, Channel channel, Making making, @Nullable Object origin) {
        super(loop);
        this.origin = origin == null ? this : origin;
        this.channel = channel;
        this.making = making;
        this.accept = new Accept(channel, this);
        this.local = channel.local();
        this.again =
                loop.timer(() -> {
                    resting = false;
                    soon();
                });
        loop.add(this);
        soon();
    }

    @Override
    public void completed(Operation operation, int result) {
        enter();
        try {
            if (result >= 0) {
                accepted(result);
            } else if (!dying) {
                failed(result);
            }
        } finally {
            leave();
        }
    }

    private void accepted(int handle) {
        Channel made = loop.driverInUse().accepted(channel, handle);
        if (made == null) {
            return;
        }
        if (dying) {
            loop.driverInUse().close(made, true);
            return;
        }
        try {
            making.make(made, this);
            accepted.increment();
        } catch (Throwable refused) {
            turnedAway.increment();
            loop.driverInUse().close(made, true);
            loop.report(refused);
        }
    }

    /** One that was handed over is refused, on the loop that got it. */
    void refused() {
        accepted.decrement();
        turnedAway.increment();
    }

    private void failed(int result) {
        switch (result) {
            case EMFILE, ENFILE -> {
                if (loop.driverInUse().turnAway(channel, () -> tell(result))) {
                    turnedAway.increment();
                } else {
                    rest();
                }
            }
            case ENOBUFS, ENOMEM -> rest();
            case Operation.ECANCELED, Operation.EAGAIN -> {}
            default -> {
                // It concerns the one connection, that its peer gave up; or the listener is broken.
                rest();
            }
        }
    }

    /** Not more often than every few seconds: there may be thousands. */
    private void tell(int result) {
        long now = loop.nanos();
        if (toldAt != 0 && now - toldAt < SILENCE) {
            return;
        }
        toldAt = now == 0 ? 1 : now;
        String which = result == EMFILE ? "this process" : "the system";
        String text =
                local + ": no descriptor is left in " + which + ", connections are turned away";
        System.getLogger("sockeye.reactor").log(System.Logger.Level.WARNING, text);
    }

    private void rest() {
        resting = true;
        again.reset(PAUSE);
    }

    @Override
    void work() {
        if (closed) {
            return;
        }
        Driver driver = loop.driverInUse();
        if (dying || leaving != null) {
            if (accept.isIdle()) {
                if (!dying) {
                    takeRest();
                }
                closed = true;
                again.cancel();
                driver.close(channel, false);
                loop.remove(this);
                if (leaving != null) {
                    leaving.run();
                }
            } else {
                driver.cancel(accept);
            }
        } else if (paused || loop.starts().holdsBack()) {
            if (!accept.isIdle()) {
                driver.cancel(accept);
            }
        } else if (accept.isIdle() && !resting) {
            driver.submit(accept);
        }
    }

    /**
     * io_uring waits for connections exclusively: one that came just before the accept was
     * cancelled may have woken us alone, and the other who has the listener does not know of it.
     */
    private void takeRest() {
        Driver driver = loop.driverInUse();
        for (int i = 0; i < MOST_LEFT && driver.hasInput(channel); i++) {
            int handle = driver.acceptNow(channel);
            if (handle < 0) {
                return;
            }
            accepted(handle);
        }
    }

    @Override
    void die(@Nullable Throwable why) {
        dying = true;
        soon();
    }

    @Override
    public @Nullable Endpoint local() {
        return local;
    }

    @Override
    public void pause() {
        loop.check();
        paused = true;
        soon();
    }

    @Override
    public void resume() {
        loop.check();
        paused = false;
        soon();
    }

    @Override
    public long accepted() {
        return accepted.sum();
    }

    @Override
    public long turnedAway() {
        return turnedAway.sum();
    }

    @Override
    public void left() {
        gone.increment();
    }

    @Override
    public long connections() {
        return Math.max(0, accepted.sum() - gone.sum());
    }

    @Override
    public List<LinuxSocket> sockets() {
        return closed
                ? List.of()
                : channel.unwrap(LinuxSocket.class).map(List::of).orElse(List.of());
    }

    @Override
    public boolean isOpen() {
        return !dying && leaving == null;
    }

    /**
     * Closes it here, for somebody else has it: whom the kernel has given us by then is served, and
     * whoever still waits is the other's.
     *
     * @param then run when nobody comes any more
     */
    void handOver(Runnable then) {
        leaving = then;
        soon();
    }

    /** Whether it is closed. */
    @Override
    boolean isOver() {
        return closed;
    }

    @Override
    public void close() {
        loop.check();
        die(null);
    }

    @Override
    public CompletableFuture<DrainReport> drain(Duration grace) {
        loop.check();
        return loop.stops().drain(Objects.requireNonNull(origin), grace);
    }

    @Override
    public CompletableFuture<DrainReport> drainConnections(Duration grace) {
        loop.check();
        return loop.stops().drainConnections(Objects.requireNonNull(origin), grace);
    }

    @Override
    public String toString() {
        return "Listening[" + local + "]";
    }
}
