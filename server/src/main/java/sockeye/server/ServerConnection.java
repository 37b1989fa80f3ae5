// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import org.jspecify.annotations.Nullable;

import sockeye.ByteStream;
import sockeye.Deadline;
import sockeye.Endpoint;
import sockeye.IpProtocol;
import sockeye.Linger;
import sockeye.LinuxSocket;
import sockeye.SoOption;
import sockeye.SocketTraffic;
import sockeye.TcpInfo;
import sockeye.TcpOption;
import sockeye.wire.AccessOutcome;
import sockeye.wire.AccessRecord;
import sockeye.wire.PeerKey;
import sockeye.wire.Rejection;
import sockeye.wire.StreamMachine;
import sockeye.wire.TimeLimit;
import sockeye.wire.Vigil;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.time.Instant;
import java.util.NoSuchElementException;
import java.util.OptionalLong;

/** A connection that a server has accepted: who it is, and how it goes. For use by any thread. */
public final class ServerConnection {
    private static final Deadline PASSED = Deadline.after(Duration.ZERO);

    /** The connection whose handler runs. */
    static final ScopedValue<ServerConnection> CURRENT = ScopedValue.newInstance();

    private final Server server;
    private final long id;
    private final LinuxSocket socket;
    private final @Nullable Endpoint carrier;
    private final Endpoint carrierLocal;

    /** Who is behind the carrier, if that has said so. */
    private volatile @Nullable Presented presented;

    /** Whom it counts for. */
    private volatile @Nullable PeerKey who;

    /** How it is told that its server stops. */
    private final Conclusion conclusion;

    /** What the layers have made of the socket. */
    private volatile @Nullable ByteStream layered;

    private final Deadline lifetime;
    private final long acceptedAt = System.nanoTime();
    private volatile long closedAt;
    private volatile @Nullable Thread thread;
    private volatile boolean cutOff;
    private volatile StopReport.@Nullable Delivery delivery;
    private final Vigil vigil = new Vigil(acceptedAt);

    /** What it has taken too long for, and since when that is known. */
    private volatile @Nullable TimeLimit exceeded;

    private volatile long exceededAt;

    /** Whether all that is left is its lingering close. */
    private volatile boolean leaving;

    /** Why it broke, if it did. */
    private volatile @Nullable Throwable failure;

    /** What secures it, if a layer has said so. */
    private volatile @Nullable String protocol;

    /** Whether the counters of the server have what this one has moved. */
    private volatile boolean counted;

    /** Whether its own handler is stopping the server, so that nobody waits for it. */
    private volatile boolean excused;

    /** Who counts the messages, if that is a machine. */
    private volatile @Nullable StreamMachine machine;

    /** How many messages there were, if that is known and no machine counts them. */
    private volatile long messages = -1;

    private record Presented(@Nullable Endpoint peer, @Nullable Endpoint local) {}

    /** What makes whoever reads find the end of the input. */
    enum Conclusion {
        /** A driver of ours on the socket: its wait ends, and it looks whether the server stops. */
        END_WAIT,
        /** Anything else. */
        END_INPUT
    }

    ServerConnection(
            Server server,
            long id,
            LinuxSocket socket,
            @Nullable Endpoint carrier,
            Endpoint carrierLocal,
            Conclusion conclusion) {
        this.server = server;
        this.id = id;
        this.socket = socket;
        this.carrier = carrier;
        this.carrierLocal = carrierLocal;
        this.conclusion = conclusion;
        Duration most = server.settings().limits().times().lifetime();
        this.lifetime = most.isZero() ? Deadline.NONE : Deadline.after(most);
    }

    /**
     * The connection that the calling thread serves: in a handler, in a layer, and in what they
     * call, also on threads that they start in a structured scope.
     *
     * @throws NoSuchElementException on any other thread
     */
    public static ServerConnection current() {
        return CURRENT.orElseThrow(
                () -> new NoSuchElementException("this thread serves no connection"));
    }

    /** A number that no other connection of this server has: 1, 2, … in the order of accepting. */
    public long id() {
        return id;
    }

    /**
     * Who the client is: who connected, or whom a trusted proxy in front has named (PROXY
     * protocol); null if that is not known.
     */
    public @Nullable Endpoint peer() {
        Presented named = presented;
        return named == null ? carrier : named.peer;
    }

    /** Who connected to the socket, be it a proxy; null if the kernel did not say. */
    public @Nullable Endpoint carrier() {
        return carrier;
    }

    /** The address that the client came to: the server's, or the one that a proxy has named. */
    public Endpoint local() {
        Presented named = presented;
        Endpoint local = named == null ? null : named.local;
        return local == null ? carrierLocal : local;
    }

    /**
     * A proxy that is trusted names the client, who has to be admitted as if he had come himself.
     *
     * @param peer null if it names nobody
     * @param local where he came to; null if it does not say
     * @throws IOException if he is not: the connection ends here, once it has been told
     */
    void presents(@Nullable Endpoint peer, @Nullable Endpoint local) throws IOException {
        presented = new Presented(peer, local);
        Thread runner = thread;
        if (runner != null) {
            runner.setName(threadName());
        }
        if (peer != null) {
            Door.Verdict verdict = server.door.rejudge(who, peer);
            if (verdict.rejection() != null) {
                throw new RejectedException(verdict.rejection());
            }
            who = verdict.who();
        }
    }

    void countsFor(@Nullable PeerKey key) {
        who = key;
    }

    @Nullable PeerKey countsFor() {
        return who;
    }

    /**
     * Asks the verifier, now that all is known of the peer that will be.
     *
     * @throws RejectedException if it says no, which has been reported
     */
    void verify() throws IOException {
        if (!server.settings().hooks().verifier().admits(this)) {
            server.door.note(local(), peer(), Rejection.REFUSED);
            throw new RejectedException(Rejection.REFUSED);
        }
    }

    Door door() {
        return server.door;
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

    /**
     * When the server will cut it off, as far as that is settled: at the end of the lifetime that
     * {@linkplain sockeye.wire.TimeLimits#lifetime the limits} give it, or when the time to drain
     * is over if the server stops; {@link Deadline#NONE} if neither is near. Who asks somebody else
     * on behalf of the client had better not wait for longer.
     */
    public Deadline deadline() {
        return lifetime.orSooner(server.drained);
    }

    /**
     * Names the thread that serves it. Endpoints are percent-encoded texts: no byte of a peer's
     * name breaks a line of a thread dump.
     */
    String threadName() {
        Endpoint peer = peer();
        Endpoint named = peer == null ? carrier : peer;
        return "client " + id + (named == null ? "" : " " + named);
    }

    /** How it goes at this moment. Asks the kernel, where the socket is TCP; does not wait. */
    public ConnectionSnapshot snapshot() {
        SocketTraffic traffic = SocketTraffic.of(socket);
        Thread runner = thread;
        return new ConnectionSnapshot(
                id,
                peer(),
                carrier,
                local(),
                state(),
                age(),
                traffic.received(),
                traffic.sent(),
                messages(),
                protocol,
                runner == null ? null : runner.getName(),
                tcpInfo());
    }

    private ConnectionSnapshot.State state() {
        return closedAt != 0
                ? ConnectionSnapshot.State.CLOSED
                : stopping()
                        ? ConnectionSnapshot.State.DRAINING
                        : isEstablished()
                                ? ConnectionSnapshot.State.SERVING
                                : ConnectionSnapshot.State.HANDSHAKE;
    }

    private @Nullable TcpInfo tcpInfo() {
        if (socket.protocol() != IpProtocol.IPPROTO_TCP) {
            return null;
        }
        try {
            return socket.getOption(TcpOption.INFO);
        } catch (IOException gone) {
            return null;
        }
    }

    /** What an access log says of it when it is over. */
    AccessRecord record() {
        SocketTraffic traffic = SocketTraffic.of(socket);
        Duration age = age();
        return new AccessRecord(
                Instant.now().minus(age),
                age,
                id,
                peer(),
                carrier,
                local(),
                protocol,
                traffic.received(),
                traffic.sent(),
                messages(),
                outcome(),
                reason());
    }

    AccessOutcome outcome() {
        if (cutOff) {
            return AccessOutcome.CUT_OFF;
        }
        return switch (failure) {
            case null -> AccessOutcome.FINISHED;
            case RejectedException rejected -> AccessOutcome.REJECTED;
            case Throwable failed -> AccessOutcome.FAILED;
        };
    }

    private @Nullable String reason() {
        Throwable why = failure;
        return why == null || cutOff ? null : AccessRecord.reason(why);
    }

    void failedBy(Throwable cause) {
        failure = cause;
    }

    /** A layer tells what it secures the connection with. */
    void securedBy(String protocol) {
        this.protocol = protocol;
    }

    /** Whether nothing stands between the client and the handler any more. */
    boolean isEstablished() {
        return layered != null || server.settings().layers().isEmpty();
    }

    /** Has it counted as closed; whether it was not before. By its own thread. */
    boolean count() {
        boolean first = !counted;
        counted = true;
        return first;
    }

    boolean isCounted() {
        return counted;
    }

    @Override
    public String toString() {
        return presented == null
                ? "ServerConnection[%d from %s]".formatted(id, carrier)
                : "ServerConnection[%d from %s by %s]".formatted(id, peer(), carrier);
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

    LinuxSocket socket() {
        return socket;
    }

    /** What the handler gets, if there are layers and they are done. */
    @Nullable ByteStream layered() {
        return layered;
    }

    /** There are layers, and this is what the handler gets: it has to be told when to end. */
    void layered(ByteStream top) {
        layered = top;
        if (stopping()) {
            conclude();
        }
    }

    /** Whoever reads has to find the end of the input, for the server stops. */
    void conclude() {
        ByteStream top = layered;
        if (top != null) {
            endInput(top);
            return;
        }
        switch (conclusion) {
            case END_WAIT -> socket.readDeadline(PASSED);
            case END_INPUT -> endInput();
        }
    }

    /** What the driver does when its wait was ended. */
    void endWait(SocketTimeoutException cut) throws SocketTimeoutException {
        if (!stopping() || exceeded != null) {
            throw cut;
        }
        socket.readDeadline(Deadline.NONE);
    }

    private void endInput() {
        try {
            socket.shutdown(LinuxSocket.SHUT_RD);
        } catch (IOException gone) {
            // Then the handler knows already.
        }
    }

    private static void endInput(ByteStream top) {
        try {
            top.shutdownInput();
        } catch (IOException | UnsupportedOperationException gone) {
            // Then the handler knows already, or has the time to drain to find out.
        }
    }

    /** The rest is its lingering close, which has a time of its own. */
    void leaves() {
        leaving = true;
    }

    boolean isLeaving() {
        return leaving;
    }

    Vigil vigil() {
        return vigil;
    }

    @Nullable TimeLimit exceeded() {
        return exceeded;
    }

    long exceededAt() {
        return exceededAt;
    }

    /** Ends what it waits for with a time-out. */
    void exceed(TimeLimit limit, long now) {
        exceededAt = now;
        exceeded = limit;
        socket.readDeadline(PASSED);
        if (limit == TimeLimit.STALL || limit == TimeLimit.LIFETIME) {
            socket.writeDeadline(PASSED);
        }
    }

    /** Throws if it has exceeded a limit: for who sets deadlines of his own. */
    void checkTime() throws SocketTimeoutException {
        TimeLimit limit = exceeded;
        if (limit != null) {
            throw new SocketTimeoutException(limit.toString());
        }
    }

    /** What a handler has thrown, as what has made it throw. */
    Throwable explain(Throwable thrown) {
        TimeLimit limit = exceeded;
        return limit == null || thrown instanceof TimeLimitException
                ? thrown
                : new TimeLimitException(limit, server.watch.of(limit), thrown);
    }

    /** The handshake took too long. */
    TimeLimitException handshakeExceeded(Throwable cause) {
        server.watch.count(TimeLimit.HANDSHAKE);
        return new TimeLimitException(
                TimeLimit.HANDSHAKE, server.watch.of(TimeLimit.HANDSHAKE), cause);
    }

    /** Whether something has come that nobody has read yet. */
    boolean hasInput() {
        try {
            return socket.available() > 0;
        } catch (IOException gone) {
            return false;
        }
    }

    /** Has the close throw away what the peer does not take, which the kernel would keep. */
    void forgetOutput() {
        try {
            socket.setOption(SoOption.LINGER, Linger.RESET);
        } catch (IOException | UnsupportedOperationException gone) {
            // Then the kernel has nothing to keep.
        }
    }

    int maxMessage() {
        return server.settings().limits().maxMessage();
    }

    Arrears arrears() {
        return server.arrears;
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

    /** What has become of what was written, once the server stops; looked at once. */
    StopReport.Delivery delivery() {
        StopReport.Delivery known = delivery;
        return known == null ? StopReport.Delivery.NOTHING : known;
    }

    /** Looks what the send queue still has. To be called before the socket is closed. */
    void lookAtQueue() {
        if (delivery == null) {
            delivery = SendQueue.look(socket);
        }
    }

    /** Notes that it is about to be cut off. Under the server's lock. */
    void isToBeCutOff() {
        cutOff = true;
    }

    /** Closes it under its handler. */
    void cutOff() {
        cutOff = true;
        lookAtQueue();
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
