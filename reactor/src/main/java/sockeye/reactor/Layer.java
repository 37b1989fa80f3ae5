// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import sockeye.reactor.internal.Starting;

/**
 * What stands between a transport and a protocol: TLS, a PROXY header, a rate limit, a log.
 *
 * <pre>{@code
 * Layer layers = proxy.then(tls);                       // the nearest to the socket first
 * reactor.listen(endpoint, layers.over(Lines.to(…)));   // a listener's
 * reactor.connect(peer, tls.over(protocol));            // a client's
 * }</pre>
 *
 * <p>The protocol above cannot tell: it is called in the order, and keeps to the rules, that {@link
 * Protocol} has. It is told {@link Protocol#opened} when the layer is ready for it, after the
 * handshake for instance, and never if it does not come to that. {@link Reactor#connect} then
 * completes as late, with the transport that the protocol has.
 *
 * <p>{@link Transport#become} on the transport above exchanges the protocol above, and no layer.
 * {@link Transport#unwrap} finds what a layer tells, and all that is below it.
 */
@FunctionalInterface
public interface Layer {
    /**
     * The protocol that runs on the transport below, and runs the one above on a transport of its
     * own; or on the same one, if it only watches.
     *
     * @param above of one connection; this is called once for each
     */
    Protocol over(Protocol above);

    /** The same for each connection of a listener. */
    default Protocol.Factory over(Protocol.Factory above) {
        return () -> over(above.protocol());
    }

    /** This one nearer to the socket, and the other above it. */
    default Layer then(Layer inner) {
        return above -> over(inner.over(above));
    }

    /**
     * Puts this on a connection in mid-stream, as STARTTLS does: from the next turn on the protocol
     * that has it now hears nothing more, what it leaves unread is the layer's, and the protocol
     * above is told {@link Protocol#opened} with a transport of its own. What is written on the
     * transport below until then goes before, as it is.
     *
     * @param below open; it is resumed if it was paused
     */
    default void start(Transport below, Protocol above) {
        Starting.start(below, over(above));
    }
}
