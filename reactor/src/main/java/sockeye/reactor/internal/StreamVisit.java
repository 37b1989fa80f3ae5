// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.LinuxSocket;
import sockeye.reactor.Protocol;
import sockeye.reactor.Transport;
import sockeye.wire.StreamService;

import java.nio.ByteBuffer;
import java.util.Optional;

/** A stream at a host. */
final class StreamVisit extends Visit implements Turnwise {
    private final ServiceProtocol service;

    /** The service, under the layers that there are. */
    private final Protocol top;

    private @Nullable Connection connection;

    StreamVisit(ConnectionHost host, StreamService service) {
        super(host);
        this.service = new ServiceProtocol(service);
        this.top = this.service;
    }

    @Override
    public boolean goesByTurns() {
        return Turnwise.of(top) != null;
    }

    private Connection connection() {
        Connection mine = connection;
        if (mine == null) {
            throw new IllegalStateException("the connection is not open");
        }
        return mine;
    }

    @Override
    public void opened(Transport transport) throws Exception {
        connection = (Connection) transport;
        host.came(this);
    }

    @Override
    public void received(Transport transport, ByteBuffer bytes) throws Exception {
        if (served) {
            top.received(transport, bytes);
        } else {
            bytes.position(bytes.limit());
        }
    }

    @Override
    public void ended(Transport transport) throws Exception {
        if (served) {
            top.ended(transport);
        } else {
            transport.close();
        }
    }

    @Override
    public void writable(Transport transport, boolean writable) throws Exception {
        if (served) {
            top.writable(transport, writable);
        }
    }

    @Override
    public void quiet(TurnTransport transport) throws Exception {
        Turnwise turns = Turnwise.of(top);
        if (served && turns != null) {
            turns.quiet(transport);
        }
    }

    @Override
    public void closed(Transport transport, @Nullable Throwable why) throws Exception {
        try {
            if (served) {
                top.closed(transport, why);
            }
        } finally {
            host.left(this, why);
            connection = null;
        }
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
    void begin() throws Exception {
        served = true;
        top.opened(connection());
        connection().resume();
    }

    @Override
    void conclude() {
        service.conclude();
        connection().lookForQuiet();
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
        Connection mine = connection;
        return mine == null ? 0 : mine.pending();
    }

    @Override
    public long received() {
        return service.received();
    }

    @Override
    public long sent() {
        return service.written() - pending();
    }

    @Override
    public long messages() {
        return service.messages();
    }
}
