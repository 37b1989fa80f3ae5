// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.reactor.DelayedCall;
import sockeye.reactor.Protocol;
import sockeye.reactor.Transport;
import sockeye.wire.ProxyHeader;
import sockeye.wire.ProxyParser;
import sockeye.wire.ProxyTrust;

import java.io.EOFException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;

/** Waits for the header, and is nothing but another name of the peer afterwards. */
public final class ProxyTransport extends LayerTransport {
    /**
     * What is asked of a header.
     *
     * @param trust of whom it is believed
     * @param othersDirectly whether others are served, without one
     * @param bytes how long it may be
     * @param patience how long it may take, zero for ever
     */
    public record Rules(ProxyTrust trust, boolean othersDirectly, int bytes, Duration patience) {}

    private final Rules rules;
    private @Nullable ProxyParser parser;
    private @Nullable DelayedCall deadline;
    private @Nullable ProxyHeader header;
    private ProxyHeader.@Nullable Relayed origin;

    /** Beneath this protocol. */
    public ProxyTransport(Rules rules, Protocol above) {
        super(above);
        this.rules = rules;
    }

    @Override
    public void opened(Transport lower) throws Exception {
        attach(lower);
        if (rules.trust.trusts(new TransportFacts(lower))) {
            parser = new ProxyParser(rules.bytes);
            if (!rules.patience.isZero()) {
                deadline = lower.reactor().after(rules.patience, this::late);
            }
        } else if (rules.othersDirectly) {
            rise();
        } else {
            throw new ProtocolException(lower.peer() + " is not trusted to speak for others");
        }
    }

    private void late() {
        fail(
                new SocketTimeoutException(
                        "no PROXY header of %s in %s".formatted(peer(), rules.patience)));
    }

    @Override
    public void received(Transport lower, ByteBuffer bytes) throws Exception {
        ProxyParser reading = parser;
        if (reading != null) {
            switch (reading.next(bytes)) {
                case MORE -> {
                    return;
                }
                case REFUSED ->
                        throw new ProtocolException("from " + peer() + ": " + reading.refusal());
                case HEADER -> found(reading.header());
            }
        }
        if (bytes.hasRemaining() && mayShow()) {
            deliver(bytes);
        }
    }

    private void found(ProxyHeader whole) {
        parser = null;
        endWaiting();
        header = whole;
        if (whole.origin() instanceof ProxyHeader.Relayed relayed && !relayed.datagram()) {
            origin = relayed;
        }
        rise();
    }

    private void endWaiting() {
        if (deadline != null) {
            deadline.cancel();
        }
    }

    @Override
    public void ended(Transport lower) throws Exception {
        ProxyParser reading = parser;
        if (reading != null) {
            throw new EOFException(
                    "%s ended after %d bytes, before its PROXY header did"
                            .formatted(peer(), reading.length()));
        }
        super.ended(lower);
    }

    @Override
    public void closed(Transport lower, @Nullable Throwable why) throws Exception {
        endWaiting();
        super.closed(lower, why);
    }

    @Override
    protected boolean passesBytesOn() {
        return true;
    }

    @Override
    public @Nullable Endpoint peer() {
        return origin == null ? super.peer() : origin.source();
    }

    @Override
    public @Nullable Endpoint local() {
        return origin == null ? super.local() : origin.destination();
    }

    @Override
    public <T> Optional<T> unwrap(Class<T> kind) {
        return kind.isInstance(header) ? Optional.of(kind.cast(header)) : super.unwrap(kind);
    }
}
