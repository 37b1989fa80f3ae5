// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import org.jspecify.annotations.Nullable;

import sockeye.Deadline;
import sockeye.Endpoint;
import sockeye.LinuxSocket;
import sockeye.wire.StreamMachine;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.OptionalLong;

/** A connection that a server has accepted: who it is, and how it goes. For use by any thread. */
public final class ServerConnection {
    private static final Deadline PASSED = Deadline.after(Duration.ZERO);

    private final Server server;
    private final long id;
    private final LinuxSocket socket;
    private final @Nullable Endpoint peer;
    private final long acceptedAt = System.nanoTime();
    private volatile long closedAt;
    private volatile @Nullable Thread thread;
    private volatile boolean cutOff;

    /** Whether its own handler is stopping the server, so that nobody waits for it. */
    private volatile boolean excused;

    /** Who counts the messages, if that is a machine. */
    private volatile @Nullable StreamMachine machine;

    /** How many messages there were, if that is known and no machine counts them. */
    private volatile long messages = -1;

    ServerConnection(Server server, long id, LinuxSocket socket, @Nullable Endpoint peer) {
        this.server = server;
        this.id = id;
        this.socket = socket;
        this.peer = peer;
    }

    /** A number that no other connection of this server has: 1, 2, … in the order of accepting. */
    public long id() {
        return id;
    }

    /** Who connected; null if the kernel did not say. */
    public @Nullable Endpoint peer() {
        return peer;
    }

    /** The server's address that it came to. */
    public Endpoint local() {
        return server.local();
    }

    /** How long it has lasted, or, once it is closed, had lasted. */
    public Duration age() {
        long end = closedAt;
        return Duration.ofNanos((end == 0 ? System.nanoTime() : end) - acceptedAt);
    }

    /**
     * How many messages the peer has sent so far, where a service of {@code sockeye.wire} runs and
     * says what a message is; empty where a handler keeps it to itself.
     */
    public OptionalLong messages() {
        StreamMachine counter = machine;
        long count = counter == null ? messages : counter.messages();
        return count < 0 ? OptionalLong.empty() : OptionalLong.of(count);
    }

    @Override
    public String toString() {
        return "ServerConnection[%d from %s]".formatted(id, peer);
    }

    void counts(StreamMachine counter) {
        machine = counter;
    }

    void counts(long count) {
        messages = count;
    }

    @SuppressWarnings("NonAtomicVolatileUpdate") // by the connection's own thread alone
    void countMessage() {
        messages++;
    }

    boolean stopping() {
        return server.stopping();
    }

    void runsOn(Thread runner) {
        thread = runner;
    }

    @Nullable Thread thread() {
        return thread;
    }

    void closed() {
        closedAt = System.nanoTime();
    }

    /** Has the driver of this connection look whether the server stops. */
    void endWait() {
        socket.readDeadline(PASSED);
    }

    /** What the driver does when its wait was ended. */
    void endWait(SocketTimeoutException cut) throws SocketTimeoutException {
        if (!stopping()) {
            throw cut;
        }
        socket.readDeadline(Deadline.NONE);
    }

    /** Ends the input for a handler that is not a driver of ours. */
    void endInput() {
        try {
            socket.shutdown(LinuxSocket.SHUT_RD);
        } catch (IOException gone) {
            // Then the handler knows already.
        }
    }

    boolean isCutOff() {
        return cutOff;
    }

    boolean isExcused() {
        return excused;
    }

    void excuse() {
        excused = true;
    }

    /** Closes it under its handler. */
    void cutOff() {
        cutOff = true;
        try {
            socket.close();
        } catch (IOException closedNevertheless) {
            // The descriptor is gone, and nobody waits for the error.
        }
        Thread runner = thread;
        if (runner != null) {
            runner.interrupt();
        }
    }
}
