// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import sockeye.reactor.internal.ThrottledTransport;
import sockeye.reactor.internal.TimedTransport;
import sockeye.wire.AccessRules;
import sockeye.wire.AdmissionLimits;
import sockeye.wire.ThroughputBudgets;
import sockeye.wire.ThroughputLimits;
import sockeye.wire.TimeLimits;

/**
 * Limits of {@code sockeye.wire} as layers, for any protocol, in either role:
 *
 * <pre>{@code
 * Layer limits = Limits.times(TimeLimits.DEFAULT.withIdle(Duration.ofMinutes(5)))
 *         .then(Limits.throughput(ThroughputLimits.NONE
 *                 .withPeer(Throughput.of(ByteRate.perSecond(1_000_000)))));
 * reactor.listen(endpoint, limits.then(tls).over(protocols));
 * }</pre>
 *
 * <p>What a layer counts by peer or in all, it counts for all connections that it is put on: of one
 * listener or of several, and of all reactors of a group. So make it once, and not for each
 * connection.
 *
 * <p>{@link MessageLimits} are the same for datagrams and records.
 *
 * <p>A service that strangers reach has the same limits, and more, by {@link ServiceHost}.
 */
public final class Limits {
    private Limits() {}

    /**
     * Ends a connection that takes longer than it may; best as the layer nearest to the socket.
     * Nothing is done for it when a message comes or goes but to count its bytes: one timer of each
     * reactor looks at all connections, {@link TimeLimits#lookEvery()} apart.
     *
     * <p>What is exceeded is told to the protocol as a {@link java.net.SocketTimeoutException}, in
     * {@link Protocol#closed}. A connection with nothing left to send is closed in order, TLS
     * saying so; any other is aborted.
     *
     * @param limits {@link TimeLimits#handshake} is from the connection's beginning until the
     *     protocol above the last layer is told {@link Protocol#opened}; time before that, and time
     *     in which the connection is paused, is not {@link TimeLimits#idle}, for the peer is not to
     *     be blamed; {@link TimeLimits#message} lasts until something is written
     */
    public static Layer times(TimeLimits limits) {
        return TimedTransport.layer(limits);
    }

    /**
     * Holds what is read and written to rates.
     *
     * <p><b>Reading:</b> what comes too fast stays in the kernel, and then with the peer, while the
     * transport below is paused; the protocol above does not see that, {@link Transport#isPaused()}
     * being what it has asked for. Its end and a reset are seen as late as what came before them.
     *
     * <p><b>Writing:</b> what is written too fast is held here. It counts in {@link
     * Transport#pending()}, and beyond the high mark {@link Protocol#writable} is told; {@link
     * Transport#close()} delivers it, at its rate. A file is read in pieces and not sent by the
     * kernel. Of bytes that carry descriptors none are counted, so there is no {@link
     * DescriptorPassing} above.
     *
     * <p>All budgets are full at first. Peers are told apart by {@link Transport#peer()}, which is
     * the client's after {@link AcceptProxy}; on AF_UNIX by user.
     */
    public static Layer throughput(ThroughputLimits limits) {
        return throughput(new ThroughputBudgets(limits));
    }

    /**
     * The same with budgets that another layer has too, or that are inside others: a tree.
     *
     * @param budgets safe for all reactors
     * @throws IllegalArgumentException if they count messages
     */
    public static Layer throughput(ThroughputBudgets budgets) {
        if (budgets.countsMessages()) {
            throw new IllegalArgumentException("a stream has no messages to count");
        }
        return above -> new ThrottledTransport(budgets, above);
    }

    /**
     * Lets those in who may come, and as many as may; the others are closed.
     *
     * @param access who may come
     * @param limits how many connections there may be, in all and of one peer, and how fast they
     *     may come
     */
    public static Doorkeeper admission(AccessRules access, AdmissionLimits limits) {
        return Doorkeeper.of(access, limits);
    }
}
