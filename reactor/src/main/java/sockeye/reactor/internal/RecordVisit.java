// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.LinuxSocket;
import sockeye.reactor.MessageProtocol;
import sockeye.reactor.MessageTransport;
import sockeye.wire.MessageService;
import sockeye.wire.PeerFacts;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Optional;

/** A connection of messages at a host. */
final class RecordVisit extends Visit implements MessageProtocol {
    private static final Duration SOON = Duration.ofMillis(1);

    private final ServiceMessages service;
    private @Nullable MessageConnection connection;

    RecordVisit(ConnectionHost host, MessageService service) {
        super(host);
        this.service = new ServiceMessages(service, host.settings);
    }

    private MessageConnection connection() {
        MessageConnection mine = connection;
        if (mine == null) {
            throw new IllegalStateException("the connection is not open");
        }
        return mine;
    }

    @Override
    public void opened(MessageTransport transport) throws Exception {
        connection = (MessageConnection) transport;
        host.came(this);
    }

    @Override
    public void received(MessageTransport transport, ByteBuffer message) throws IOException {
        if (served) {
            service.received(transport, message);
        }
    }

    @Override
    public void writable(MessageTransport transport, boolean writable) {
        service.writable(transport, writable);
    }

    @Override
    public void closed(MessageTransport transport, @Nullable Throwable why) {
        host.left(this, why);
        connection = null;
    }

    @Override
    PeerFacts facts() {
        return PeerFacts.UNKNOWN;
    }

    @Override
    Optional<LinuxSocket> socket() {
        return connection().unwrap(LinuxSocket.class);
    }

    @Override
    @Nullable Endpoint connectedTo() {
        return connection().peer();
    }

    @Override
    void hold() {
        connection().pause();
    }

    @Override
    void begin() {
        served = true;
        service.opened(connection());
        connection().resume();
    }

    /** What is queued is answered first. */
    @Override
    void conclude() {
        MessageConnection mine = connection;
        if (mine == null || !mine.isOpen()) {
            return;
        }
        if (mine.hasInput()) {
            host.loop.after(SOON, this::conclude);
        } else {
            mine.close();
        }
    }

    @Override
    void end() {
        connection().close();
    }

    @Override
    void abort() {
        connection().abort();
    }

    @Override
    boolean hasInput() {
        return connection().hasInput();
    }

    @Override
    long pending() {
        MessageConnection mine = connection;
        return mine == null ? 0 : mine.pending();
    }

    @Override
    public long received() {
        return service.receivedBytes();
    }

    @Override
    public long sent() {
        return service.answeredBytes() - pending();
    }

    @Override
    public long messages() {
        return service.received();
    }

    @Override
    long came() {
        return received();
    }

    @Override
    long went() {
        return sent();
    }
}
