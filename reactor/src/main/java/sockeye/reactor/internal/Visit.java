// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.LinuxSocket;
import sockeye.reactor.HostedConnection;
import sockeye.wire.PeerFacts;
import sockeye.wire.PeerKey;
import sockeye.wire.TimeLimit;
import sockeye.wire.Vigil;

import java.time.Duration;
import java.util.Optional;

/** A connection at a host: what it is to its limits. */
abstract class Visit implements HostedConnection, Vigil.View {
    final ConnectionHost host;
    private long id;
    private @Nullable Endpoint peer;
    private long begunAt;
    private long endedAt;

    /** Whom it counts for. */
    @Nullable PeerKey who;

    /** What it has taken too long for. */
    @Nullable TimeLimit exceeded;

    /** When it was told, while it is there. */
    long exceededAt;

    @Nullable Vigil vigil;
    boolean served;
    boolean rejected;
    boolean cutOff;

    Visit(ConnectionHost host) {
        this.host = host;
    }

    final void came(long number, @Nullable Endpoint from, long now) {
        id = number;
        peer = from;
        begunAt = now;
        vigil = new Vigil(now);
    }

    final void left(long now) {
        endedAt = now;
        vigil = null;
    }

    /** A proxy has named the client whose connection this is. */
    final void isOf(Endpoint client) {
        peer = client;
    }

    /** What is known of who holds the other end. */
    abstract PeerFacts facts();

    /** The socket, to be asked who is at its other end. */
    abstract Optional<LinuxSocket> socket();

    /** Whom the socket is connected to; it is open. */
    abstract @Nullable Endpoint connectedTo();

    /** It has no place yet. */
    abstract void hold();

    /** It has a place: the service begins. */
    abstract void begin() throws Exception;

    /** The host stops: what has come is answered, then it ends. */
    abstract void conclude();

    /** Ends in order, what was written being sent. */
    abstract void end();

    abstract void abort();

    /** Whether something has come that was not looked at. */
    abstract boolean hasInput();

    /** How many bytes wait to be sent. */
    abstract long pending();

    @Override
    public boolean awaitsInput() {
        return pending() == 0;
    }

    @Override
    public boolean awaitsOutput() {
        return pending() > 0;
    }

    @Override
    public long id() {
        return id;
    }

    @Override
    public @Nullable Endpoint peer() {
        return peer;
    }

    @Override
    public Endpoint local() {
        return host.local();
    }

    @Override
    public Duration age() {
        long end = vigil == null ? endedAt : host.loop.nanos();
        return Duration.ofNanos(end - begunAt);
    }
}
