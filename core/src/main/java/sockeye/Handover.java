// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.HandoverRecord.Verb.ABANDONED;
import static sockeye.HandoverRecord.Verb.DRAINING;
import static sockeye.HandoverRecord.Verb.END;
import static sockeye.HandoverRecord.Verb.OFFER;
import static sockeye.HandoverRecord.Verb.READY;
import static sockeye.HandoverRecord.Verb.REFUSED;
import static sockeye.HandoverRecord.Verb.SOCKET;
import static sockeye.HandoverRecord.Verb.STATE;
import static sockeye.HandoverRecord.Verb.TAKE;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Waits for a process that will take over this one's sockets, alive, so that a service is started
 * anew, in another version maybe, and no client notices: not one connection is refused, not one
 * datagram lost.
 *
 * <pre>{@code
 * try (Handover handover = Handover.at(place)) {
 *     handover.offer("http", listener);
 *     try (Successor successor = handover.await()) {
 *         // accept no more: close the listener, finish the connections
 *         successor.report("all done");
 *     }
 * }
 * }</pre>
 *
 * <p>The place is a Unix socket, by default for this user alone; a process of another user is
 * refused whatever the file's mode is. Descriptors travel by SCM_RIGHTS (unix(7)). The place itself
 * goes to the successor as well: there is no moment without one to ask.
 *
 * <p>{@link #await} gives each candidate its sockets and returns for the first that says that it
 * serves. One that dies before, says nothing for {@linkplain #withPatience a time} or talks
 * nonsense is let go, and this process goes on as if nothing had been. Until {@code await} returns,
 * and after it throws, the sockets are to be served here.
 *
 * <p>When it returns, closing the sockets that were offered does not remove the files of their path
 * names any more: they are the successor's.
 *
 * <p>{@code docs/design/restart.md} has the conversation, record by record.
 *
 * @see Predecessor the other side
 */
public final class Handover implements AutoCloseable {
    /** The name by which the place itself is offered. */
    static final String CONTROL = ".control";

    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final Duration FIRST_WORD = Duration.ofSeconds(5);
    private static final Duration PAUSE = Duration.ofMillis(50);

    private final Listener<MessageSocket> place;
    private final List<Offer> offers = new ArrayList<>(); // guarded by itself
    private volatile Duration patience = PATIENCE;
    private volatile @Nullable MessageSocket candidate;

    private record Offer(String name, HasDescriptor holder) {}

    private Handover(Listener<MessageSocket> place) {
        this.place = place;
    }

    /**
     * Waits at a place from now on; its file is for this user alone (mode 0600).
     *
     * @throws IOException EADDRINUSE if somebody waits there already: see {@link Predecessor#find}
     */
    public static Handover at(UnixEndpoint place) throws IOException {
        return at(
                place,
                place.isPath() ? ListenSettings.DEFAULT.withMode(0600) : ListenSettings.DEFAULT);
    }

    /** The same with other rules for the file. */
    public static Handover at(UnixEndpoint place, ListenSettings listen) throws IOException {
        return new Handover(Listener.seqpacket(place, listen));
    }

    /** Waits where the predecessor did. To be called once, before or after {@code ready}. */
    public static Handover after(Predecessor before) {
        return new Handover(before.takeControlListener());
    }

    /** The same with another time that a candidate has to become ready; a minute if not. */
    public Handover withPatience(Duration time) {
        patience = time;
        return this;
    }

    /**
     * Offers a socket to successors, by a name; several may have the same. A text that says where
     * it listens is a good one. It stays the caller's.
     *
     * @throws IllegalArgumentException if the name begins with a full stop
     */
    public Handover offer(String name, Role role) {
        return add(name, role);
    }

    /**
     * Offers any other descriptor: a file in memory with what the successor should know, a pipe, a
     * connection.
     */
    public Handover offerState(String name, HasDescriptor descriptor) {
        return add(name, descriptor instanceof Role role ? role.socket() : descriptor);
    }

    private Handover add(String name, HasDescriptor holder) {
        if (name.startsWith(".")) {
            throw new IllegalArgumentException("a name that begins with a full stop: " + name);
        }
        synchronized (offers) {
            offers.add(new Offer(name, holder));
        }
        return this;
    }

    /**
     * Waits until a successor serves.
     *
     * @throws java.nio.channels.ClosedChannelException if this is closed, meanwhile or before
     * @throws SocketInterruptedException if the thread is interrupted; the candidate that there may
     *     be is let go
     */
    public Successor await() throws IOException {
        while (true) {
            MessageSocket connection;
            try {
                connection = place.accept();
            } catch (SocketFailure | DescriptorFailure shortage) {
                pause(shortage);
                continue;
            }
            Successor found = null;
            candidate = connection;
            try {
                found = talk(connection);
                if (found != null) {
                    return found;
                }
            } catch (SocketInterruptedException cancelled) {
                throw cancelled;
            } catch (IOException failed) {
                abandon(connection, String.valueOf(failed.getMessage()));
            } finally {
                candidate = null;
                if (found == null) {
                    connection.close();
                }
            }
        }
    }

    /** Without descriptors or memory there is no successor, and no reason to give up either. */
    private void pause(IOException shortage) throws IOException {
        if (!place.isOpen()) {
            throw shortage;
        }
        try {
            Thread.sleep(PAUSE);
        } catch (InterruptedException cancelled) {
            Thread.currentThread().interrupt();
            throw shortage;
        }
    }

    private static void abandon(MessageSocket connection, String reason) {
        try {
            HandoverRecord.of(ABANDONED).with("REASON", reason).send(connection);
        } catch (IOException gone) {
            // Then there is nobody to tell.
        }
    }

    /** Null for one who leaves, or is refused. */
    private @Nullable Successor talk(MessageSocket connection) throws IOException {
        connection.readDeadline(Deadline.after(FIRST_WORD));
        connection.writeDeadline(Deadline.after(patience));
        PeerCredentials peer = connection.socket().getOption(SoOption.PEER_CRED);
        if (peer.uid() != self()) {
            refuse(connection, "user " + peer.uid() + " is not the one that serves");
            return null;
        }
        HandoverRecord first = HandoverRecord.receive(connection);
        if (first == null) {
            return null;
        }
        if (first.verb() != TAKE) {
            throw new HandoverRecord.Garbled(first.verb() + " for a beginning");
        }
        if (!speaks(first.field("VERSIONS"))) {
            refuse(connection, "version " + HandoverRecord.VERSION + " is what is spoken here");
            return null;
        }
        connection.readDeadline(Deadline.after(patience));
        List<Offer> all;
        synchronized (offers) {
            all = List.copyOf(offers);
        }
        HandoverRecord.of(OFFER)
                .with("VERSION", HandoverRecord.VERSION)
                .with("PID", ProcessHandle.current().pid())
                .send(connection);
        record(CONTROL, place).send(connection);
        for (Offer each : all) {
            record(each.name, each.holder).send(connection);
        }
        HandoverRecord.of(END).send(connection);

        HandoverRecord answer = HandoverRecord.receive(connection);
        if (answer == null) {
            return null;
        }
        if (answer.verb() != READY) {
            throw new HandoverRecord.Garbled(answer.verb() + " in place of READY");
        }
        // First the names, then the word: there is no moment at which both would remove them.
        letGo(all, false);
        boolean done = false;
        try {
            HandoverRecord.of(DRAINING).send(connection);
            done = true;
        } finally {
            if (!done) {
                letGo(all, true);
            }
        }
        return new Successor(connection, peer.pid());
    }

    private static boolean speaks(String versions) {
        return Arrays.asList(versions.split(" ", -1))
                .contains(Integer.toString(HandoverRecord.VERSION));
    }

    private static void refuse(MessageSocket connection, String reason) throws IOException {
        HandoverRecord.of(REFUSED)
                .with("REASON", reason)
                .with("VERSIONS", HandoverRecord.VERSION)
                .send(connection);
    }

    private static HandoverRecord record(String name, HasDescriptor holder) {
        if (!(holder instanceof Role role)) {
            return HandoverRecord.of(STATE).with("NAME", name).with(holder);
        }
        HandoverRecord record = HandoverRecord.of(SOCKET).with("NAME", name);
        UnixPaths.Bound bound = UnixPaths.boundOf(role);
        if (bound != null) {
            record =
                    record.with("PATH", bound.endpoint())
                            .with("DEVICE", bound.made().device())
                            .with("INODE", bound.made().inode())
                            .with("UNLINK", bound.unlinks() ? 1 : 0);
        }
        return record.with(role.socket());
    }

    /** Who cares for the files of path names: nobody here, or those who did. */
    private void letGo(List<Offer> all, boolean back) {
        unlinks(place, back);
        for (Offer each : all) {
            if (each.holder instanceof Role role) {
                unlinks(role, back);
            }
        }
    }

    private final List<UnixPaths.Bound> letGo = new ArrayList<>();

    private void unlinks(Role role, boolean back) {
        UnixPaths.Bound bound = UnixPaths.boundOf(role);
        if (bound == null) {
            return;
        }
        if (back) {
            if (letGo.remove(bound)) {
                bound.unlinks(true);
            }
        } else if (bound.unlinks()) {
            bound.unlinks(false);
            letGo.add(bound);
        }
    }

    /** The user that this process acts as. */
    static int self() throws IOException {
        try (LinuxSocket.Pair pair = LinuxSocket.socketPair()) {
            return pair.left().getOption(SoOption.PEER_CRED).uid();
        }
    }

    /** Whether it has not been closed. */
    public boolean isOpen() {
        return place.isOpen();
    }

    /** Waits for successors no more; one that is on its way is let go. */
    @Override
    public void close() throws IOException {
        MessageSocket late = candidate;
        try (late) {
            if (late != null) {
                abandon(late, "it is ending");
            }
            place.close();
        }
    }

    @Override
    public String toString() {
        return "Handover[" + place + "]";
    }
}
