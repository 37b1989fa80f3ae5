// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.LinuxSocket;
import sockeye.reactor.Protocol;
import sockeye.reactor.Transport;
import sockeye.wire.PeerFacts;
import sockeye.wire.StreamService;
import sockeye.wire.TimeLimit;
import sockeye.wire.TlsDetails;

import java.nio.ByteBuffer;
import java.util.Optional;

/** A stream at a host. */
final class StreamVisit extends Visit implements Turnwise {
    private final ServiceProtocol service;

    /** The service, under the layers that there are. */
    private final Protocol top;

    private @Nullable Connection connection;

    /** What the service has, from the time when the layers are done and it is let in. */
    private @Nullable Transport admitted;

    private @Nullable String protocol;
    private long came;

    /** When the layers have to be done. */
    private Timers.@Nullable Call patience;

    StreamVisit(ConnectionHost host, StreamService service) {
        super(host);
        this.service = new ServiceProtocol(service);
        this.top = host.settings.layers().over(new Served());
    }

    /** The service, above all layers: only here is it known who the client is. */
    private final class Served implements Turnwise {
        @Override
        public void opened(Transport transport) {
            endPatience();
            Endpoint client = transport.peer();
            if (client != null
                    && !client.equals(peer())
                    && !host.isOf(StreamVisit.this, client, transport.local())) {
                transport.close();
            } else {
                admitted = transport;
                protocol =
                        transport.unwrap(TlsDetails.class).map(TlsDetails::protocol).orElse(null);
                service.opened(transport);
            }
        }

        @Override
        public void received(Transport transport, ByteBuffer bytes) {
            if (admitted == null) {
                bytes.position(bytes.limit());
            } else {
                service.received(transport, bytes);
            }
        }

        @Override
        public void ended(Transport transport) {
            if (admitted == null) {
                transport.close();
            } else {
                service.ended(transport);
            }
        }

        @Override
        public void quiet(TurnTransport transport) {
            if (admitted != null) {
                service.quiet(transport);
            }
        }

        @Override
        public void closed(Transport transport, @Nullable Throwable why) {
            service.closed(transport, why);
        }
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
        came += bytes.remaining();
        if (served) {
            top.received(transport, bytes);
        } else {
            bytes.position(bytes.limit());
        }
        came -= bytes.remaining();
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
    public void stopping(Transport transport) throws Exception {
        if (served) {
            top.stopping(transport);
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
        endPatience();
        try {
            if (served) {
                top.closed(transport, why);
            }
        } finally {
            host.left(this, why);
            connection = null;
        }
    }

    private void endPatience() {
        if (patience != null) {
            patience.cancel();
        }
    }

    @Override
    PeerFacts facts() {
        return new TransportFacts(connection());
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
        Connection mine = connection();
        served = true;
        mine.resume();
        try {
            top.opened(mine);
        } catch (Throwable refused) {
            mine.die(refused);
            return;
        }
        long nanos = Timers.nanos(host.settings.times().handshake());
        if (admitted == null && nanos > 0 && mine.isOpen()) {
            Timers.Call limit =
                    host.loop.timer(
                            () -> host.exceeds(this, TimeLimit.HANDSHAKE, host.loop.nanos()));
            patience = limit;
            limit.reset(nanos);
        }
    }

    @Override
    void conclude() {
        if (admitted == null) {
            connection().close();
        } else {
            service.conclude();
            connection().lookForQuiet();
        }
    }

    @Override
    void end() {
        Transport highest = admitted;
        if (highest == null) {
            connection().close();
        } else {
            highest.close();
        }
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
        // What is pending may be more than was written: records of TLS have headers.
        return Math.max(0, service.written() - pending());
    }

    @Override
    public long messages() {
        return service.messages();
    }

    @Override
    long came() {
        return came;
    }

    @Override
    long went() {
        Connection mine = connection;
        return mine == null ? 0 : mine.output.gone();
    }

    @Override
    @Nullable String protocol() {
        return protocol;
    }
}
