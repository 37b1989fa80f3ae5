// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

/**
 * What stands between a socket of messages and a protocol: a limit, a log. What a {@link Layer} is
 * to streams, this is to datagrams and to records.
 *
 * <pre>{@code
 * MessageLayer layers = MessageLimits.times(TimeLimits.DEFAULT.withIdle(Duration.ofMinutes(5)))
 *         .then(ProtocolLog.to(System.getLogger("records")).forMessages());
 * reactor.listenRecords(endpoint, layers.over(protocols)); // a listener's
 * reactor.bind(endpoint, layers.over(protocol));           // a socket's
 * }</pre>
 *
 * <p>The protocol above cannot tell: it is called in the order, and keeps to the rules, that {@link
 * MessageProtocol} has, with a transport of the layer's. {@link Reactor#connectRecords} and {@link
 * Reactor#connectDatagrams} complete with that one, when the protocol has been told {@link
 * MessageProtocol#opened}. What {@link Reactor#bind} and {@link Reactor#adopt} return is the
 * socket's own transport, below all layers: send by the one that the protocol is told.
 *
 * <p>{@link MessageTransport#unwrap} finds what is below.
 */
@FunctionalInterface
public interface MessageLayer {
    /**
     * The protocol that runs on the transport below, and runs the one above on a transport of its
     * own; or on the same one, if it only watches.
     *
     * @param above of one socket; this is called once for each
     */
    MessageProtocol over(MessageProtocol above);

    /** The same for each connection of a listener. */
    default MessageProtocol.Factory over(MessageProtocol.Factory above) {
        return () -> over(above.protocol());
    }

    /** This one nearer to the socket, and the other above it. */
    default MessageLayer then(MessageLayer inner) {
        return above -> over(inner.over(above));
    }
}
