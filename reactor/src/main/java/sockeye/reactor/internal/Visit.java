// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.LinuxSocket;
import sockeye.reactor.HostedConnection;
import sockeye.wire.AccessOutcome;
import sockeye.wire.AccessRecord;
import sockeye.wire.PeerFacts;
import sockeye.wire.PeerKey;
import sockeye.wire.Rejection;
import sockeye.wire.TimeLimit;
import sockeye.wire.Vigil;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalLong;

/** A connection at a host: what it is to its limits. */
abstract class Visit implements HostedConnection, Vigil.View {
    final ConnectionHost host;
    private long id;
    private @Nullable Endpoint carrier;

    /** Who is behind the carrier, and where he came to, if that has said so. */
    private @Nullable Endpoint client;

    private @Nullable Endpoint clientLocal;

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

    /** Why its client, whom the carrier has named, is not served. */
    @Nullable Rejection refused;

    Visit(ConnectionHost host) {
        this.host = host;
    }

    final void came(long number, @Nullable Endpoint from, long now) {
        id = number;
        carrier = from;
        begunAt = now;
        vigil = new Vigil(now);
    }

    final void left(long now) {
        endedAt = now;
        vigil = null;
    }

    /** A proxy has named the client whose connection this is. */
    final void isOf(Endpoint named, @Nullable Endpoint to) {
        client = named;
        clientLocal = to;
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
        return client == null ? carrier : client;
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

    /** How many bytes have come over the socket, those of layers included. */
    abstract long came();

    /** How many have gone. */
    abstract long went();

    /** What secures it; null for nothing. */
    @Nullable String protocol() {
        return null;
    }

    @Override
    public AccessRecord record(@Nullable Throwable why) {
        Duration age = age();
        Instant now = Instant.EPOCH.plusNanos(host.loop.driverInUse().epochNanos());
        return new AccessRecord(
                now.minus(age),
                age,
                id,
                peer(),
                carrier,
                clientLocal == null ? local() : clientLocal,
                protocol(),
                came(),
                went(),
                OptionalLong.of(messages()),
                outcome(why),
                reason(why));
    }

    private AccessOutcome outcome(@Nullable Throwable why) {
        if (cutOff) {
            return AccessOutcome.CUT_OFF;
        }
        if (refused != null) {
            return AccessOutcome.REJECTED;
        }
        return why == null ? AccessOutcome.FINISHED : AccessOutcome.FAILED;
    }

    private @Nullable String reason(@Nullable Throwable why) {
        if (cutOff) {
            return null;
        }
        if (refused != null) {
            return refused.toString();
        }
        return why == null ? null : AccessRecord.reason(why);
    }
}
