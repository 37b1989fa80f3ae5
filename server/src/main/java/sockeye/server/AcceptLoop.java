// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import org.jspecify.annotations.Nullable;

import sockeye.Deadline;
import sockeye.Endpoint;
import sockeye.ErrnoFailure;
import sockeye.Listener;
import sockeye.MessageSocket;
import sockeye.Role;
import sockeye.StreamSocket;
import sockeye.wire.Rejection;
import sockeye.wire.TimeLimit;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;

/**
 * Accepts connections and starts a virtual thread for each.
 *
 * <p>Failures of accept(2) that concern one connection are passed over by the listener. When
 * descriptors run out, the {@link Reserve} is spent to accept a connection and close it, so that
 * its peer is told rather than left waiting, and taken again. Everything else is tried again after
 * a pause. The observer hears of an episode once, when it begins, and once when it is over.
 *
 * @param <S> the role of a connection
 */
final class AcceptLoop<S extends Role> implements Intake {
    private static final int ENFILE = 23;
    private static final int EMFILE = 24;
    private static final Deadline PASSED = Deadline.after(Duration.ZERO);
    private static final Duration FIRST_PAUSE = Duration.ofMillis(5);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);

    /** Serves a connection, on its own thread. */
    interface Serving<S extends Role> {
        void serve(ServerConnection connection, S client) throws Exception;
    }

    private final Server server;
    private final Listener<S> listener;
    private final Endpoint local;
    private final Serving<S> serving;
    private final ServerConnection.Conclusion conclusion;
    private final Door door;
    private final Reserve reserve = new Reserve();
    private boolean troubled;
    private long turnedAway;
    private volatile long taken;
    private volatile boolean atDoor;

    /**
     * @param driven whether drivers of ours serve, straight on the sockets
     */
    AcceptLoop(Server server, Listener<S> listener, boolean driven, Serving<S> serving)
            throws IOException {
        this.server = server;
        this.listener = listener;
        this.local = listener.local();
        this.serving = serving;
        this.conclusion =
                driven
                        ? ServerConnection.Conclusion.END_WAIT
                        : ServerConnection.Conclusion.END_INPUT;
        this.door = server.door;
    }

    @Override
    public void end() {
        try {
            listener.close();
        } catch (IOException closedNevertheless) {
            // The descriptor is gone.
        }
    }

    @Override
    public Role source() {
        return listener;
    }

    @Override
    public long taken() {
        return taken;
    }

    @Override
    public boolean holdsBack() {
        return atDoor;
    }

    @Override
    public boolean drains() {
        return false;
    }

    @Override
    public void cutOff() {
        end();
    }

    /** Waits for a connection without taking it, or a place for it. */
    private void awaitConnection() {
        try {
            listener.socket().awaitInput();
        } catch (IOException told) {
            // The accept that follows says the same.
        }
    }

    @Override
    public void run() {
        Duration pause = FIRST_PAUSE;
        reserve.hold();
        try {
            while (!server.leaving()) {
                if (server.sharesPlaces()) {
                    // None of several listeners keeps a place while nobody comes to it.
                    awaitConnection();
                }
                atDoor = true;
                door.awaitPlace();
                atDoor = false;
                try {
                    accept();
                    pause = FIRST_PAUSE;
                } catch (Throwable failed) {
                    door.freePlace();
                    if (server.leaving() || !listener.isOpen()) {
                        // Closed, by the server or by whose it was: nothing comes any more.
                        return;
                    }
                    boolean gone =
                            server.sharesPlaces() && failed instanceof SocketTimeoutException;
                    if (!gone && !turnAway(failed)) {
                        Thread.sleep(pause);
                        pause = shorter(pause.multipliedBy(2), LONGEST_PAUSE);
                    }
                }
            }
        } catch (InterruptedException stopped) {
            // By the server, which is stopping.
        } finally {
            reserve.spend();
            end();
        }
    }

    private static Duration shorter(Duration a, Duration b) {
        return a.compareTo(b) < 0 ? a : b;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // by the accepting thread alone
    private void accept() throws IOException {
        S client = server.sharesPlaces() ? acceptNow() : listener.accept();
        taken++;
        if (troubled) {
            troubled = false;
            long count = turnedAway;
            server.observe(observer -> observer.recovered(local, count));
        }
        ServerConnection connection = admit(client);
        if (connection == null) {
            door.freePlace();
        } else {
            start(connection, client);
        }
    }

    private S acceptNow() throws IOException {
        listener.deadline(PASSED);
        try {
            return listener.accept();
        } finally {
            listener.deadline(Deadline.NONE);
        }
    }

    /** The connection, or null if it is rejected, and told so. */
    private @Nullable ServerConnection admit(S client) {
        Endpoint peer = peer(client);
        Door.Verdict verdict = door.judge(client.socket(), peer);
        if (verdict.rejection() != null) {
            door.note(local, peer, verdict.rejection());
            door.turnAway(client.socket(), verdict.rejection());
            return null;
        }
        var connection =
                new ServerConnection(
                        server,
                        server.ids.incrementAndGet(),
                        client.socket(),
                        peer,
                        local,
                        conclusion);
        connection.countsFor(verdict.who());
        return connection;
    }

    /**
     * Serves one connection on the calling thread, and leaves the listener open.
     *
     * @return whether one came in time, be it to be rejected
     */
    boolean serveOne(Deadline by) throws IOException {
        S client;
        listener.deadline(by);
        try {
            client = listener.accept();
        } catch (SocketTimeoutException nobody) {
            return false;
        } finally {
            listener.deadline(Deadline.NONE);
        }
        ServerConnection connection = admit(client);
        if (connection != null) {
            door.takePlace();
            Thread thread = Thread.currentThread();
            String name = thread.getName();
            connection.runsOn(thread);
            thread.setName(connection.threadName());
            try {
                server.began(connection);
                serve(connection, client);
            } finally {
                thread.setName(name);
                server.watch.end();
                server.watch.awaitEnd();
                if (connection.isCutOff()) {
                    // The interrupt was meant for the handler.
                    Thread.interrupted();
                }
            }
        }
        return true;
    }

    private void start(ServerConnection connection, S client) {
        try {
            Runnable serving = () -> serve(connection, client);
            Thread.Builder builder =
                    switch (server.settings().threads()) {
                        case ThreadMode.Virtual _, ThreadMode.OneByOne _ -> Thread.ofVirtual();
                        case ThreadMode.Platform _ -> Thread.ofPlatform().daemon();
                    };
            Thread thread = builder.name(connection.threadName()).unstarted(serving);
            connection.runsOn(thread);
            server.began(connection);
            thread.start();
        } catch (Throwable cannotStart) {
            // No memory for a thread: the connection ends here.
            close(client);
            end(connection, cannotStart);
        }
    }

    private void serve(ServerConnection connection, S client) {
        Throwable failure = null;
        try {
            server.observe(observer -> observer.accepted(connection));
            ScopedValue.where(ServerConnection.CURRENT, connection)
                    .call(() -> {
                        serving.serve(connection, client);
                        return connection;
                    });
        } catch (Throwable thrown) {
            failure = connection.explain(thrown);
        }
        if (connection.exceeded() == TimeLimit.STALL) {
            connection.forgetOutput();
        }
        if (server.leaving()) {
            connection.lookAtQueue();
        }
        close(client);
        end(connection, failure);
    }

    private void end(ServerConnection connection, @Nullable Throwable failure) {
        if (failure != null) {
            connection.failedBy(failure);
        }
        connection.closed();
        door.leave(connection.countsFor());
        if (failure != null && !(failure instanceof RejectedException) && !connection.isCutOff()) {
            server.observe(observer -> observer.failed(connection, failure));
        }
        server.observe(observer -> observer.closed(connection));
        server.ended(connection);
    }

    private static void close(Role client) {
        try {
            client.close();
        } catch (IOException closedNevertheless) {
            // The descriptor is gone, and nobody waits for the error.
        }
    }

    private static @Nullable Endpoint peer(Role client) {
        return switch (client) {
            case StreamSocket stream -> stream.peer();
            case MessageSocket messages -> messages.peer();
            case Listener<?> none -> throw new IllegalArgumentException(none.toString());
        };
    }

    /**
     * Closes what comes, where there is no descriptor for it, and waits for it if nobody has come.
     * Whether that is what failed.
     */
    @SuppressWarnings("NonAtomicVolatileUpdate") // by the accepting thread alone
    private boolean turnAway(Throwable failed) {
        if (!troubled) {
            troubled = true;
            turnedAway = 0;
            IOException why =
                    failed instanceof IOException e ? e : new IOException("accept failed", failed);
            server.observe(observer -> observer.troubled(local, why));
        }
        if (!(failed instanceof ErrnoFailure errno)
                || (errno.errno().number() != EMFILE && errno.errno().number() != ENFILE)) {
            return false;
        }
        reserve.spend();
        try {
            S client = acceptNow();
            client.close();
            turnedAway++;
            door.note(local, peer(client), Rejection.NO_DESCRIPTORS);
            taken++;
            return true;
        } catch (SocketTimeoutException nobody) {
            // accept(2) wants a descriptor before it looks whether anybody has come.
        } catch (IOException stillNone) {
            return false;
        } finally {
            reserve.hold();
        }
        if (!server.leaving()) {
            awaitConnection();
        }
        return true;
    }
}
