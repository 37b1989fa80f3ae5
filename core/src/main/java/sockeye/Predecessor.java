// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.HandoverRecord.Verb.ABANDONED;
import static sockeye.HandoverRecord.Verb.DRAINING;
import static sockeye.HandoverRecord.Verb.OFFER;
import static sockeye.HandoverRecord.Verb.READY;
import static sockeye.HandoverRecord.Verb.REFUSED;
import static sockeye.HandoverRecord.Verb.REPORT;
import static sockeye.HandoverRecord.Verb.TAKE;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/**
 * The process that serves now, as its successor sees it: the one that is starting, and takes over
 * its sockets while they go on listening, so that no client is refused.
 *
 * <pre>{@code
 * Optional<Predecessor> before = Predecessor.find(place, Deadline.after(ofSeconds(10)));
 * Listener<?> listener = ... before.get().take("http") ..., or a new one
 * // begin to serve, then:
 * before.get().ready(Deadline.after(ofSeconds(10)));
 * }</pre>
 *
 * <p>Until {@link #ready} the predecessor serves as if nothing were; if this process ends before,
 * or {@linkplain #close gives up}, it goes on. From {@code ready} on it accepts no more, and
 * finishes what it has begun. In between both accept, from the same queue. The sockets are the very
 * same: connections that wait in them, and datagrams, are lost to nobody.
 *
 * <p>Both must be of the same user. Names are what the predecessor {@linkplain Handover#offer
 * offered} them by. For one thread at a time.
 *
 * @see Handover
 */
public final class Predecessor implements AutoCloseable {
    private static final Duration PAUSE = Duration.ofMillis(20);
    private static final int MOST_SOCKETS = 4_096;

    private final MessageSocket connection;
    private final long pid;
    private final @Nullable ProcessDescriptor process;
    private final List<Offered> offered = new ArrayList<>();
    private final List<UnixPaths.Bound> inherited = new ArrayList<>();
    private @Nullable Listener<MessageSocket> control;
    private boolean taken;

    /** What was received and not taken yet. */
    private record Offered(HandoverRecord record, PassedDescriptor descriptor) {
        String name() {
            return record.field("NAME");
        }

        boolean isSocket() {
            return record.verb() == HandoverRecord.Verb.SOCKET;
        }
    }

    private Predecessor(MessageSocket connection, long pid, @Nullable ProcessDescriptor process) {
        this.connection = connection;
        this.pid = pid;
        this.process = process;
    }

    /**
     * Asks the process that serves now for its sockets.
     *
     * @param place where it waits for that
     * @param until by when it has to answer
     * @return empty if nobody is there
     * @throws IOException if it refuses, or is another user's process
     * @throws SocketTimeoutException if it does not answer
     */
    public static Optional<Predecessor> find(UnixEndpoint place, Deadline until)
            throws IOException {
        while (true) {
            MessageSocket connection;
            try {
                connection = connect(place, until);
            } catch (IOException nobody) {
                if (isNobody(nobody)) {
                    return Optional.empty();
                }
                throw nobody;
            }
            boolean done = false;
            try {
                Predecessor found = ask(connection, place);
                if (found != null) {
                    done = true;
                    return Optional.of(found);
                }
            } finally {
                if (!done) {
                    connection.close();
                }
            }
            // It ended while it answered. Whoever is there now is asked, or nobody is.
            pause(until);
        }
    }

    private static MessageSocket connect(UnixEndpoint place, Deadline until) throws IOException {
        LinuxSocket socket = LinuxSocket.socket(AddressFamily.AF_UNIX, SocketType.SOCK_SEQPACKET);
        try {
            socket.readDeadline(until);
            socket.writeDeadline(until);
            socket.connect(place);
            return MessageSocket.of(socket);
        } catch (IOException | RuntimeException | Error failed) {
            Closing.quietly(socket, failed);
            throw failed;
        }
    }

    private static boolean isNobody(IOException failed) {
        return failed instanceof ErrnoFailure failure
                && (failure.errno().equals(Errno.ENOENT)
                        || failure.errno().equals(Errno.ECONNREFUSED));
    }

    private static void pause(Deadline until) throws IOException {
        if (until.isPassed()) {
            throw new SocketTimeoutException("hand-over: no answer");
        }
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException cancelled) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("cancelled");
        }
    }

    /** Null if it ended while it answered. */
    private static @Nullable Predecessor ask(MessageSocket connection, UnixEndpoint place)
            throws IOException {
        int uid = connection.socket().getOption(SoOption.PEER_CRED).uid();
        if (uid != Handover.self()) {
            throw new IOException("hand-over: at " + place + " is a process of user " + uid);
        }
        HandoverRecord offer;
        try {
            HandoverRecord.of(TAKE).with("VERSIONS", HandoverRecord.VERSION).send(connection);
            offer = HandoverRecord.receive(connection);
        } catch (SocketFailure gone) {
            return null;
        }
        if (offer == null) {
            return null;
        }
        if (offer.verb() == REFUSED) {
            throw new IOException("hand-over: refused, " + offer.field("REASON"));
        }
        if (offer.verb() != OFFER || offer.number("VERSION") != HandoverRecord.VERSION) {
            throw new HandoverRecord.Garbled("no offer: " + offer.verb());
        }
        long pid = offer.number("PID");
        var found = new Predecessor(connection, pid, process(pid));
        boolean done = false;
        try {
            done = found.receiveAll();
            return done ? found : null;
        } finally {
            if (!done) {
                found.close();
            }
        }
    }

    private static @Nullable ProcessDescriptor process(long pid) throws IOException {
        try {
            return pid > 0 ? ProcessDescriptor.of(pid) : null;
        } catch (DescriptorFailure | SocketFailure unseen) {
            return null;
        }
    }

    /** Whether all came. */
    private boolean receiveAll() throws IOException {
        while (true) {
            HandoverRecord record;
            try {
                record = HandoverRecord.receive(connection);
            } catch (SocketFailure gone) {
                return false;
            }
            if (record == null) {
                return false;
            }
            switch (record.verb()) {
                case SOCKET, STATE -> {
                    var descriptor = (PassedDescriptor) Objects.requireNonNull(record.descriptor());
                    offered.add(new Offered(record, descriptor));
                }
                case END -> {
                    takeControl();
                    return true;
                }
                case TAKE, REFUSED, OFFER, READY, DRAINING, ABANDONED, REPORT ->
                        throw new HandoverRecord.Garbled(record.verb() + " among the sockets");
            }
            if (offered.size() > MOST_SOCKETS) {
                throw new HandoverRecord.Garbled("more than " + MOST_SOCKETS + " sockets");
            }
        }
    }

    private void takeControl() throws IOException {
        for (Role role : take(Handover.CONTROL)) {
            if (!(role instanceof Listener<?> listener)
                    || role.socket().type() != SocketType.SOCK_SEQPACKET) {
                throw new HandoverRecord.Garbled("it does not wait for successors at a listener");
            }
            @SuppressWarnings("unchecked") // its type says that it makes connections of messages
            var own = (Listener<MessageSocket>) listener;
            control = own;
        }
        if (control == null) {
            throw new HandoverRecord.Garbled("the place where it waits for successors is missing");
        }
    }

    /** Its number; 0 if it is not known. */
    public long pid() {
        return Math.max(0, pid);
    }

    /** The names of the sockets that are still there to take, each once. */
    public List<String> names() {
        return offered.stream().filter(Offered::isSocket).map(Offered::name).distinct().toList();
    }

    /**
     * Takes the sockets of a name, in the order in which they were offered, each in its role; none
     * if there are none, or none any more. They are the caller's. Until {@link #ready} their close
     * leaves the files of path names alone; from then on it removes those that the predecessor's
     * would have.
     */
    public List<Role> take(String name) throws IOException {
        var roles = new ArrayList<Role>();
        for (Offered each : List.copyOf(offered)) {
            if (each.isSocket() && each.name().equals(name)) {
                offered.remove(each);
                roles.add(role(each));
            }
        }
        return roles;
    }

    private Role role(Offered one) throws IOException {
        LinuxSocket socket = one.descriptor.asSocket();
        try {
            UnixPaths.Bound bound = bound(socket, one.record);
            if (bound != null && one.record.field("UNLINK").equals("1")) {
                inherited.add(bound);
            }
            if (Listener.listens(socket)) {
                return Listener.inherited(socket, bound);
            }
            return socket.type() == SocketType.SOCK_STREAM
                    ? StreamSocket.inherited(socket, bound)
                    : MessageSocket.inherited(socket, bound);
        } catch (IOException | RuntimeException | Error failed) {
            Closing.quietly(socket, failed);
            throw failed;
        }
    }

    private static UnixPaths.@Nullable Bound bound(LinuxSocket socket, HandoverRecord record) {
        String path = record.field("PATH");
        if (path.isEmpty()) {
            return null;
        }
        EndpointTarget target = EndpointSpec.parse("unix:" + path).target();
        return target instanceof EndpointTarget.Unix(UnixEndpoint endpoint) && endpoint.isPath()
                ? UnixPaths.inherited(
                        socket, endpoint, record.number("DEVICE"), record.number("INODE"))
                : null;
    }

    /** Takes the descriptors, of whatever kind, that were offered as state by a name. */
    public List<PassedDescriptor> takeState(String name) {
        var taken = new ArrayList<PassedDescriptor>();
        for (Offered each : List.copyOf(offered)) {
            if (!each.isSocket() && each.name().equals(name)) {
                offered.remove(each);
                taken.add(each.descriptor);
            }
        }
        return taken;
    }

    /**
     * Says that this process serves, and waits until the predecessor has heard it. Sockets that
     * were not taken are closed, and the files of their path names removed.
     *
     * @throws IOException if the predecessor has given this process up, and goes on serving: then
     *     this one must not serve. If it has died instead, there is nothing to throw: this one is
     *     the only one now.
     */
    public void ready(Deadline until) throws IOException {
        connection.readDeadline(until);
        connection.writeDeadline(until);
        HandoverRecord answer = null;
        try {
            HandoverRecord.of(READY).send(connection);
            answer = HandoverRecord.receive(connection);
        } catch (SocketFailure gone) {
            // It may have said why before.
            answer = lastWord();
        }
        if (answer == null && !hasDied()) {
            throw new IOException("hand-over: the predecessor has hung up");
        }
        if (answer != null && answer.verb() == ABANDONED) {
            throw new IOException(
                    "hand-over: the predecessor goes on serving, " + answer.field("REASON"));
        }
        if (answer != null && answer.verb() != DRAINING) {
            throw new HandoverRecord.Garbled(answer.verb() + " in answer to READY");
        }
        taken = true;
        inherited.forEach(each -> each.unlinks(true));
        for (String name : names()) {
            for (Role role : take(name)) {
                UnixPaths.Bound bound = UnixPaths.boundOf(role);
                if (bound != null && inherited.contains(bound)) {
                    bound.unlinks(true);
                }
                role.close();
            }
        }
    }

    private @Nullable HandoverRecord lastWord() throws IOException {
        try {
            return HandoverRecord.receive(connection);
        } catch (SocketFailure nothing) {
            return null;
        }
    }

    /** Whether the hung-up connection is that of a process that is gone, or about to be. */
    private boolean hasDied() throws IOException {
        if (process == null) {
            return false;
        }
        try {
            process.await(Deadline.after(Duration.ofSeconds(1)));
            return true;
        } catch (SocketTimeoutException lives) {
            return false;
        }
    }

    /**
     * Waits until the predecessor has finished what it had begun.
     *
     * @return what it says about that; empty if it ended without a word
     */
    public Optional<String> awaitEnd(Deadline until) throws IOException {
        connection.readDeadline(until);
        try {
            HandoverRecord record = HandoverRecord.receive(connection);
            return record != null && record.verb() == REPORT
                    ? Optional.of(record.field("TEXT"))
                    : Optional.empty();
        } catch (SocketFailure gone) {
            return Optional.empty();
        }
    }

    /** The listener for successors, for the one who becomes a predecessor himself. */
    Listener<MessageSocket> takeControlListener() {
        Listener<MessageSocket> own = control;
        if (own == null) {
            throw new IllegalStateException("taken already");
        }
        control = null;
        return own;
    }

    /**
     * Ends the conversation. Before {@link #ready} that is to give up: the predecessor goes on
     * serving, and what was not taken is closed; what was taken the caller closes.
     */
    @Override
    public void close() throws IOException {
        offered.forEach(each -> each.descriptor.closeQuietly());
        offered.clear();
        Listener<MessageSocket> unused = control;
        control = null;
        try (connection;
                process) {
            if (unused != null) {
                unused.close();
            }
        }
    }

    @Override
    public String toString() {
        return "Predecessor[" + pid + ", " + names() + (taken ? ", draining]" : "]");
    }
}
