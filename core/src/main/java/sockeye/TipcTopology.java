// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.SocketType.SOCK_SEQPACKET;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * A connection to TIPC's topology server, which tells who offers which service, now and as it
 * changes: the cluster's own registry, without anything to run or to configure.
 *
 * <pre>{@code
 * try (var topology = TipcTopology.open()) {
 *     topology.subscribe(TipcEndpoint.all(18888));
 *     while (true) {
 *         switch (topology.next()) {
 *             case TipcTopology.Published up -> add(up.service(), up.socket());
 *             case TipcTopology.Withdrawn down -> remove(down.service(), down.socket());
 *             case TipcTopology.TimedOut end -> {}
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>What is offered at the time of a subscription is reported at once, and then each change; the
 * server begins with it soon after {@code subscribe}, which does not wait for that. A socket's
 * services are withdrawn when it unbinds or closes, when its process dies, and when its node is
 * lost, which takes as long as the link's tolerance: 1.5 seconds by default.
 *
 * <p>Nodes and links are services too, published by the kernel: {@link TipcNodeState} and {@link
 * TipcLinkState} read their events.
 *
 * <p><b>Threads.</b> Any thread may subscribe and cancel; one at a time calls {@link #next}. Close
 * wakes it with {@link java.nio.channels.AsynchronousCloseException}.
 *
 * @see <a href="https://docs.kernel.org/networking/tipc.html">TIPC</a>
 */
public final class TipcTopology implements AutoCloseable {
    /** The most subscriptions of one connection. */
    public static final int MAX_SUBSCRIPTIONS = 10_000;

    private static final Duration PATIENCE = Duration.ofSeconds(10);

    private final MessageSocket server;
    private final Map<Long, TipcSubscription> subscriptions = new HashMap<>(); // guards itself
    private final ByteBuffer room = TipcSubscription.eventRoom(); // of who calls next
    private long last; // guarded by subscriptions

    private TipcTopology(MessageSocket server) {
        this.server = server;
    }

    /** What the server tells of one subscription. */
    public sealed interface Event {
        /** The subscription that it answers. */
        TipcSubscription subscription();
    }

    /**
     * A socket offers a range of services that overlaps the subscription's, from now on or already.
     *
     * @param service the range that it is bound to, as far as the subscription covers it
     * @param socket the socket, or for the kernel's own services what they say it is
     */
    public record Published(
            TipcSubscription subscription,
            TipcEndpoint.ServiceRange service,
            TipcEndpoint.SocketId socket)
            implements Event {}

    /**
     * A socket no longer offers a range of services.
     *
     * @param service the range that it was bound to, as far as the subscription covers it
     * @param socket the socket
     */
    public record Withdrawn(
            TipcSubscription subscription,
            TipcEndpoint.ServiceRange service,
            TipcEndpoint.SocketId socket)
            implements Event {}

    /** The time of the subscription is over: this is its last event. */
    public record TimedOut(TipcSubscription subscription) implements Event {}

    /** Connects to this node's server. */
    public static TipcTopology open() throws IOException {
        return open(0, Deadline.after(PATIENCE));
    }

    /**
     * Connects to a node's server, which tells what that node knows.
     *
     * @param node the node's address, or 0 for this one
     * @throws IOException EHOSTUNREACH if there is no such node
     */
    public static TipcTopology open(long node, Deadline deadline) throws IOException {
        TipcEndpoint server = TipcEndpoint.service(TipcEndpoint.TOPOLOGY_SERVER, 1).at(node);
        return new TipcTopology(MessageSocket.connect(server, SOCK_SEQPACKET, deadline));
    }

    // Asking once.

    /**
     * Who offers which of some services now, as far as this node knows.
     *
     * @return one for each binding, of those that overlap the range
     */
    public static List<Published> lookUp(TipcEndpoint.ServiceRange services) throws IOException {
        List<Published> found = new ArrayList<>();
        try (var topology = open()) {
            topology.readDeadline(Deadline.after(PATIENCE));
            // All that there is comes before the end of even the shortest time.
            topology.subscribe(services, Duration.ofMillis(1));
            while (topology.next() instanceof Published published) {
                found.add(published);
            }
        }
        return found;
    }

    /**
     * Waits until somebody in the cluster offers a service.
     *
     * @return who does; nothing if the time is over
     */
    public static Optional<TipcEndpoint.SocketId> waitForService(
            long type, long instance, Duration timeout) throws IOException {
        return waitForService(TipcEndpoint.service(type, instance), Deadline.after(timeout));
    }

    /**
     * The same by a deadline, and for a service with a domain on that node alone.
     *
     * @return who offers it; nothing if the deadline has passed
     * @throws SocketInterruptedException if the thread is interrupted while waiting
     */
    public static Optional<TipcEndpoint.SocketId> waitForService(
            TipcEndpoint.Service service, Deadline deadline) throws IOException {
        try (var topology = open(0, deadline)) {
            topology.readDeadline(deadline);
            topology.subscribe(service.all());
            while (true) {
                if (topology.next() instanceof Published(var _, var _, var socket)
                        && (service.domain() == 0 || service.domain() == socket.node())) {
                    return Optional.of(socket);
                }
            }
        } catch (SocketTimeoutException over) {
            return Optional.empty();
        }
    }

    // Subscribing.

    /** Asks for each binding that overlaps a range, until cancelled. */
    public TipcSubscription subscribe(TipcEndpoint.ServiceRange services) throws IOException {
        return subscribe(services, TipcSubscription.Detail.BINDINGS, TipcSubscription.FOR_EVER);
    }

    /** The same for some time only, after which {@link TimedOut} comes. */
    public TipcSubscription subscribe(TipcEndpoint.ServiceRange services, Duration time)
            throws IOException {
        return subscribe(services, TipcSubscription.Detail.BINDINGS, time);
    }

    /**
     * Asks what happens to a range of services; returns at once, and the answers come from {@link
     * #next}.
     *
     * @param services the range; its scope has no meaning here
     * @param time how long, rounded up to milliseconds, up to some 49 days; {@link
     *     TipcSubscription#FOR_EVER} without end
     * @throws IllegalStateException if there are {@link #MAX_SUBSCRIPTIONS} already
     */
    public TipcSubscription subscribe(
            TipcEndpoint.ServiceRange services, TipcSubscription.Detail detail, Duration time)
            throws IOException {
        TipcSubscription made;
        synchronized (subscriptions) {
            if (subscriptions.size() >= MAX_SUBSCRIPTIONS) {
                throw new IllegalStateException(
                        "one connection has at most " + MAX_SUBSCRIPTIONS + " subscriptions");
            }
            made = new TipcSubscription(++last, services, detail, time);
            subscriptions.put(made.handle(), made);
        }
        boolean sent = false;
        try {
            server.send(made.encode(false));
            sent = true;
            return made;
        } finally {
            if (!sent) {
                forget(made);
            }
        }
    }

    /**
     * Ends a subscription: no event of it comes from {@link #next} any more. One that has ended
     * already is left alone.
     */
    public void cancel(TipcSubscription subscription) throws IOException {
        if (forget(subscription)) {
            server.send(subscription.encode(true));
        }
    }

    private boolean forget(TipcSubscription subscription) {
        synchronized (subscriptions) {
            return subscriptions.remove(subscription.handle(), subscription);
        }
    }

    /** Those that have neither ended nor been cancelled. */
    public List<TipcSubscription> subscriptions() {
        synchronized (subscriptions) {
            return List.copyOf(subscriptions.values());
        }
    }

    /**
     * Waits for the next event of any subscription.
     *
     * @throws SocketTimeoutException if the read deadline has passed; nothing is lost
     * @throws SocketInterruptedException if the thread is interrupted while waiting
     * @throws IOException ECONNRESET, or the text says so, if the server has ended the connection:
     *     its node is lost, or it has refused a subscription
     */
    public Event next() throws IOException {
        while (true) {
            Message message = server.receive(room.clear());
            if (message == null) {
                throw new IOException("the topology server has ended the connection");
            }
            TipcSubscription.Answer answer = TipcSubscription.decode(message.payload());
            TipcSubscription subscription;
            synchronized (subscriptions) {
                subscription = subscriptions.get(answer.handle());
            }
            Event event = subscription == null ? null : answer.toEvent(subscription);
            if (event instanceof TimedOut) {
                // The kernel keeps it, silent, until it is cancelled.
                cancel(Objects.requireNonNull(subscription));
            }
            if (event != null) {
                return event;
            }
        }
    }

    /** Sets the time by which every {@link #next} has to be done, a waiting one included. */
    public void readDeadline(Deadline deadline) {
        server.readDeadline(deadline);
    }

    /** The connection to the server. */
    public MessageSocket socket() {
        return server;
    }

    /** Ends the connection, and with it all subscriptions. */
    @Override
    public void close() throws IOException {
        server.close();
    }

    @Override
    public String toString() {
        return "TipcTopology[" + server.socket() + "]";
    }
}
