// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.MessageSocket;
import sockeye.internal.OwnPorts;
import sockeye.reactor.DrainReport;
import sockeye.reactor.HostSettings;
import sockeye.reactor.HostStatistics;
import sockeye.reactor.MessageProtocol;
import sockeye.reactor.MessageTransport;
import sockeye.reactor.Reactor;
import sockeye.reactor.ServiceHost;
import sockeye.wire.MessageService;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/** Answers the datagrams of one socket. */
public final class DatagramHost implements ServiceHost, MessageProtocol {
    /** How many that were queued when it stopped are still answered. */
    private static final int LAST = 1024;

    private static final Duration SOON = Duration.ofMillis(1);

    private final Loop loop;
    private final Endpoint local;
    private final ServiceMessages service;
    private final CompletableFuture<DrainReport> stopped = new CompletableFuture<>();
    private @Nullable MessageConnection connection;
    private boolean stopping;
    private boolean retiring;
    private long stoppedAt;
    private long deadline;
    private long before;

    private DatagramHost(Loop loop, Endpoint local, MessageService service, HostSettings settings) {
        this.loop = loop;
        this.local = local;
        this.service = new ServiceMessages(service, settings);
    }

    /** {@link ServiceHost#datagrams}. */
    public static ServiceHost of(
            Reactor reactor, MessageSocket socket, MessageService service, HostSettings settings) {
        Endpoint local = socket.local();
        if (local == null) {
            throw new IllegalArgumentException("the socket is closed");
        }
        var host = new DatagramHost((Loop) reactor, local, service, settings);
        host.connection = (MessageConnection) reactor.adopt(socket, host);
        host.count(1);
        return host;
    }

    private void count(int difference) {
        if (local instanceof InetEndpoint inet && inet.port() > 0) {
            OwnPorts.count(inet, difference);
        }
    }

    @Override
    public void opened(MessageTransport transport) {
        service.opened(transport);
    }

    @Override
    public void received(MessageTransport transport, ByteBuffer message) throws IOException {
        service.received(transport, message);
    }

    @Override
    public void writable(MessageTransport transport, boolean writable) {
        service.writable(transport, writable);
    }

    @Override
    public void failed(MessageTransport transport, IOException why) {
        service.failed(transport, why);
    }

    @Override
    public void closed(MessageTransport transport, @Nullable Throwable why) {
        count(-1);
        Duration took = Duration.ofNanos(stopping ? loop.nanos() - stoppedAt : 0);
        long last = stopping && !retiring ? service.received() - before : 0;
        stopped.complete(new DrainReport(0, 0, 0, last, took));
    }

    @Override
    public Endpoint local() {
        return local;
    }

    @Override
    public HostStatistics statistics() {
        return new HostStatistics(
                0,
                0,
                Map.of(),
                Map.of(),
                service.received(),
                service.truncated(),
                service.denied(),
                service.undelivered(),
                service.refused());
    }

    @Override
    public CompletableFuture<DrainReport> stop(Duration grace) {
        loop.execute(() -> {
            long until = loop.nanos() + Timers.nanos(grace);
            if (!stopping) {
                stopping = true;
                stoppedAt = loop.nanos();
                deadline = until;
                before = service.received();
                conclude();
            } else if (deadline - until > 0) {
                deadline = until;
                if (retiring && deadline - loop.nanos() <= 0) {
                    Objects.requireNonNull(connection).abort();
                }
            }
        });
        return stopped;
    }

    /** What is queued is the other's; what was received is answered. */
    @Override
    public CompletableFuture<DrainReport> retire(Duration patience, Duration drain) {
        loop.execute(() -> {
            if (!stopping) {
                stopping = true;
                retiring = true;
                stoppedAt = loop.nanos();
                deadline = stoppedAt + Timers.nanos(patience);
                Objects.requireNonNull(connection).handOver();
            }
        });
        return stopped;
    }

    /** What is queued is answered first. */
    private void conclude() {
        MessageConnection mine = Objects.requireNonNull(connection);
        boolean late = deadline - loop.nanos() <= 0;
        if (late) {
            mine.abort();
        } else if (mine.isOpen() && mine.hasInput() && service.received() - before < LAST) {
            loop.after(SOON, this::conclude);
        } else {
            mine.close();
        }
    }
}
