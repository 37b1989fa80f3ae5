// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import sockeye.reactor.internal.LayerTransport;
import sockeye.wire.ProxyHeader;

import java.util.function.Function;

/**
 * Puts a header of the PROXY protocol before the bytes of a connection that one makes for somebody
 * else:
 *
 * <pre>{@code
 * reactor.connect(upstream,
 *         SendProxy.of(ProxyHeader.v2(client.peer(), client.local())).then(tls).over(protocol));
 * }</pre>
 *
 * <p>It is written before the protocol above is told {@link Protocol#opened}, and leaves with what
 * that writes then. Immutable.
 */
public final class SendProxy implements Layer {
    private final Function<Transport, ProxyHeader> headers;

    private SendProxy(Function<Transport, ProxyHeader> headers) {
        this.headers = headers;
    }

    /** Says this. */
    public static SendProxy of(ProxyHeader header) {
        return new SendProxy(below -> header);
    }

    /**
     * Says what is found when the connection is there.
     *
     * @param headers what to say on a transport; what it throws ends the connection
     */
    public static SendProxy of(Function<Transport, ProxyHeader> headers) {
        return new SendProxy(headers);
    }

    @Override
    public Protocol over(Protocol above) {
        return new Sending(headers, above);
    }

    private static final class Sending extends LayerTransport {
        private final Function<Transport, ProxyHeader> headers;

        Sending(Function<Transport, ProxyHeader> headers, Protocol above) {
            super(above);
            this.headers = headers;
        }

        @Override
        public void opened(Transport lower) throws Exception {
            lower.write(headers.apply(lower).encode());
            super.opened(lower);
        }

        @Override
        protected boolean passesBytesOn() {
            return true;
        }
    }

    @Override
    public String toString() {
        return "SendProxy";
    }
}
