// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.reactor.DelayedCall;
import sockeye.reactor.Protocol;
import sockeye.reactor.Transport;
import sockeye.wire.SocksAddress;
import sockeye.wire.SocksCall;
import sockeye.wire.SocksClientMachine;

import java.io.EOFException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;

/** Asks a SOCKS server for a connection, and is nothing but another name of the peer afterwards. */
public final class SocksTransport extends LayerTransport {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final SocksClientMachine machine;
    private final Duration patience;
    private @Nullable DelayedCall deadline;

    /** Beneath this protocol. */
    public SocksTransport(SocksCall call, Duration patience, Protocol above) {
        super(above);
        this.machine = new SocksClientMachine(call);
        this.patience = patience;
    }

    @Override
    public void opened(Transport lower) throws Exception {
        attach(lower);
        if (!patience.isZero()) {
            deadline = lower.reactor().after(patience, this::late);
        }
        converse(NOTHING);
    }

    private void late() {
        fail(
                new SocketTimeoutException(
                        "no connection to %s by SOCKS in %s"
                                .formatted(machine.call().destination(), patience)));
    }

    @Override
    public void received(Transport lower, ByteBuffer bytes) throws Exception {
        if (!isRisen()) {
            converse(bytes);
        }
        if (bytes.hasRemaining() && mayShow()) {
            deliver(bytes);
        }
    }

    private void converse(ByteBuffer bytes) throws Exception {
        while (true) {
            switch (machine.next(bytes)) {
                case MORE -> {
                    return;
                }
                case SEND -> below().write(machine.output());
                case DONE -> {
                    endWaiting();
                    rise();
                    return;
                }
                case REFUSED -> throw machine.failure();
                case LOGIN, REQUEST -> throw new AssertionError("a server's");
            }
        }
    }

    private void endWaiting() {
        if (deadline != null) {
            deadline.cancel();
        }
    }

    @Override
    public void ended(Transport lower) throws Exception {
        if (!isRisen()) {
            throw new EOFException(
                    "the SOCKS server ended before it had connected to "
                            + machine.call().destination());
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
        return switch (machine.call().destination()) {
            case SocksAddress.Numeric numeric -> numeric.endpoint();
            case SocksAddress.Name name -> null;
        };
    }

    @Override
    public <T> Optional<T> unwrap(Class<T> kind) {
        return kind.isInstance(machine) ? Optional.of(kind.cast(machine)) : super.unwrap(kind);
    }
}
