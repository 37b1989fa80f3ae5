// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.EndpointSpec;
import sockeye.OptionSetting;
import sockeye.reactor.ClientState.Connected;
import sockeye.reactor.ClientState.Connecting;
import sockeye.reactor.ClientState.Preparing;
import sockeye.reactor.ClientState.Stopped;
import sockeye.reactor.ClientState.Stopping;
import sockeye.reactor.ClientState.Waiting;
import sockeye.reactor.internal.Aftermath;
import sockeye.reactor.internal.Chance;
import sockeye.reactor.internal.Promised;

import java.io.EOFException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A connection that is made anew whenever it is lost or cannot be had, until the service is
 * stopped:
 *
 * <pre>{@code
 * var service = ClientService.streams(reactor, server, Client::new, ClientSettings.defaults());
 * service.start();
 * service.whenConnected().thenAccept(transport -> transport.write("hello\n"));
 * }</pre>
 *
 * <p>Its {@linkplain ClientState states} are told to the settings' observer. It belongs to one
 * reactor; all methods are for that one's thread.
 *
 * @param <T> what it is connected by: {@link Transport} or {@link MessageTransport}
 */
public final class ClientService<T> {
    /** Begins an attempt to connect. */
    interface Attempt<T> {
        CompletableFuture<T> connect() throws Exception;
    }

    /** What the kinds of connection do each in their own way. */
    interface Kind<T> {
        void close(T transport);

        void abort(T transport);

        void whenOver(T transport, Aftermath told);
    }

    /** Who waits for a connection, and for how many failures more. */
    private static final class Waiter<T> {
        final CompletableFuture<T> result = new CompletableFuture<>();
        int failuresLeft;

        Waiter(int failuresLeft) {
            this.failuresLeft = failuresLeft;
        }
    }

    private final Reactor reactor;
    private final Attempt<T> attempt;
    private final Kind<T> kind;
    private final ClientSettings<T> settings;
    private final List<Waiter<T>> waiters = new ArrayList<>();

    private ClientState<T> state = new Stopped<>(false);
    private @Nullable CompletableFuture<T> underWay;
    private long attempts;
    private @Nullable CompletionStage<?> preparing;
    private @Nullable DelayedCall again;
    private CompletableFuture<Void> stopped = CompletableFuture.completedFuture(null);
    private boolean startAfterwards;
    private boolean hurried;
    private int failures;
    private long connectedAt;

    private ClientService(
            Reactor reactor, Attempt<T> attempt, Kind<T> kind, ClientSettings<T> settings) {
        this.reactor = reactor;
        this.attempt = attempt;
        this.kind = kind;
        this.settings = settings;
    }

    /**
     * A stream to an endpoint.
     *
     * @param protocols makes the protocol of each connection; what it throws is a failure
     */
    public static ClientService<Transport> streams(
            Reactor reactor,
            Endpoint peer,
            Protocol.Factory protocols,
            ClientSettings<Transport> settings,
            OptionSetting<?>... options) {
        return new ClientService<>(
                reactor,
                () -> reactor.connect(peer, protocols.protocol(), options),
                Kinds.STREAM,
                settings);
    }

    /** A stream to what a text names, which is looked up for each attempt. */
    public static ClientService<Transport> streams(
            Reactor reactor,
            EndpointSpec peer,
            Protocol.Factory protocols,
            ClientSettings<Transport> settings,
            OptionSetting<?>... options) {
        return new ClientService<>(
                reactor,
                () -> reactor.connect(peer, protocols.protocol(), options),
                Kinds.STREAM,
                settings);
    }

    /** A connection of records, SOCK_SEQPACKET. */
    public static ClientService<MessageTransport> records(
            Reactor reactor,
            Endpoint peer,
            MessageProtocol.Factory protocols,
            ClientSettings<MessageTransport> settings,
            OptionSetting<?>... options) {
        return new ClientService<>(
                reactor,
                () -> reactor.connectRecords(peer, protocols.protocol(), options),
                Kinds.MESSAGES,
                settings);
    }

    /** A connection of records to what a text names. */
    public static ClientService<MessageTransport> records(
            Reactor reactor,
            EndpointSpec peer,
            MessageProtocol.Factory protocols,
            ClientSettings<MessageTransport> settings,
            OptionSetting<?>... options) {
        return new ClientService<>(
                reactor,
                () -> reactor.connectRecords(peer, protocols.protocol(), options),
                Kinds.MESSAGES,
                settings);
    }

    /**
     * A connected socket of datagrams. It counts as lost when the kernel says that what it is
     * connected to is gone: an AF_UNIX socket stays with a receiver that has closed (ECONNREFUSED)
     * even if another has taken its place, and an interface may be gone (ENETDOWN, ENODEV). Over
     * UDP ECONNREFUSED is no loss, for who comes back there is heard again.
     */
    public static ClientService<MessageTransport> datagrams(
            Reactor reactor,
            Endpoint peer,
            MessageProtocol.Factory protocols,
            ClientSettings<MessageTransport> settings,
            OptionSetting<?>... options) {
        return new ClientService<>(
                reactor,
                () -> {
                    var protocol = new Abandoning(peer, protocols.protocol());
                    return reactor.connectDatagrams(peer, protocol, options);
                },
                Kinds.MESSAGES,
                settings);
    }

    /** The same to what a text names, which is looked up for each attempt. */
    public static ClientService<MessageTransport> datagrams(
            Reactor reactor,
            EndpointSpec peer,
            MessageProtocol.Factory protocols,
            ClientSettings<MessageTransport> settings,
            OptionSetting<?>... options) {
        return new ClientService<>(
                reactor,
                () -> {
                    var protocol = new Abandoning(peer, protocols.protocol());
                    return reactor.connectDatagrams(peer, protocol, options);
                },
                Kinds.MESSAGES,
                settings);
    }

    // The machine.

    /** What it is doing. */
    public ClientState<T> state() {
        return state;
    }

    private void become(ClientState<T> next) {
        state = next;
        try {
            settings.observer().accept(next);
        } catch (RuntimeException | Error thrown) {
            Timing.report(reactor, thrown);
        }
    }

    /**
     * Begins. While it still stops, it begins when that is done; if it has begun already nothing
     * happens.
     */
    public void start() {
        switch (state) {
            case Stopped<T> s -> {
                failures = 0;
                connect();
            }
            case Stopping<T> s -> startAfterwards = true;
            case Connecting<T> s -> {}
            case Preparing<T> s -> {}
            case Connected<T> s -> {}
            case Waiting<T> s -> {}
        }
    }

    /**
     * Ends: an attempt is given up, a connection closed in order, and whoever waits for one hears a
     * {@link CancellationException}. It can be started again.
     *
     * @return completed when the connection is over
     */
    public CompletableFuture<Void> stop() {
        startAfterwards = false;
        switch (state) {
            case Stopped<T> s -> cancelWaiters();
            case Stopping<T> s -> {}
            case Waiting<T> s -> {
                if (again != null) {
                    again.cancel();
                }
                stopped();
            }
            case Connecting<T> s -> {
                CompletableFuture<T> attempted = underWay;
                underWay = null;
                attempts++;
                if (attempted != null) {
                    attempted.cancel(false);
                }
                stopped();
            }
            case Preparing<T>(T transport) -> close(transport);
            case Connected<T>(T transport) -> close(transport);
        }
        return stopped.copy();
    }

    private void close(T transport) {
        stopped = new CompletableFuture<>();
        preparing = null;
        become(new Stopping<>(transport));
        cancelWaiters();
        kind.close(transport);
    }

    private void stopped() {
        become(new Stopped<>(true));
        cancelWaiters();
        stopped.complete(null);
        if (startAfterwards) {
            startAfterwards = false;
            start();
        }
    }

    private void cancelWaiters() {
        for (Waiter<T> each : takeWaiters()) {
            each.result.completeExceptionally(new CancellationException("the service is stopped"));
        }
    }

    private List<Waiter<T>> takeWaiters() {
        List<Waiter<T>> taken = List.copyOf(waiters);
        waiters.clear();
        return taken;
    }

    private void connect() {
        become(new Connecting<>(failures));
        if (!(state instanceof Connecting)) {
            return; // the observer has stopped it
        }
        CompletableFuture<T> made;
        try {
            made = attempt.connect();
        } catch (Exception thrown) {
            failed(thrown);
            return;
        }
        underWay = made;
        long mine = ++attempts;
        var _ =
                made.whenComplete((transport, thrown) -> {
                    if (attempts != mine) {
                        if (transport != null) {
                            kind.abort(transport);
                        }
                        return;
                    }
                    underWay = null;
                    if (transport == null) {
                        failed(thrown);
                    } else {
                        connected(transport);
                    }
                });
    }

    private void connected(T transport) {
        connectedAt = reactor.nanos();
        become(new Preparing<>(transport));
        kind.whenOver(transport, why -> over(transport, why));
        if (!(state instanceof Preparing)) {
            return;
        }
        CompletionStage<?> preparation;
        try {
            preparation = settings.prepare().apply(transport);
        } catch (RuntimeException thrown) {
            preparation = CompletableFuture.failedFuture(thrown);
        }
        CompletionStage<?> mine = preparation;
        preparing = mine;
        Timing.whenDone(reactor, mine, (ready, thrown) -> prepared(mine, transport, thrown));
    }

    private void prepared(CompletionStage<?> mine, T transport, @Nullable Throwable thrown) {
        if (!mine.equals(preparing)) {
            return;
        }
        preparing = null;
        if (thrown != null) {
            failed(thrown);
            kind.abort(transport);
            return;
        }
        become(new Connected<>(transport));
        for (Waiter<T> each : takeWaiters()) {
            each.result.complete(transport);
        }
    }

    /** A connection is no more. */
    private void over(T transport, @Nullable Throwable why) {
        boolean present =
                switch (state) {
                    case Stopping<T>(T closing) -> closing.equals(transport);
                    case Preparing<T>(T other) -> other.equals(transport);
                    case Connected<T>(T other) -> other.equals(transport);
                    case Stopped<T> s -> false;
                    case Connecting<T> s -> false;
                    case Waiting<T> s -> false;
                };
        if (!present) {
            return;
        }
        if (state instanceof Stopping) {
            stopped();
            return;
        }
        preparing = null;
        long lasted = reactor.nanos() - connectedAt;
        if (state instanceof Connected && lasted >= settings.steadyAfter().toNanos()) {
            failures = 0;
        }
        failed(why == null ? new EOFException("the connection was closed") : why);
    }

    /** The next attempt. */
    private final class Next implements Promised {
        @Override
        public void run() {
            connect();
        }

        @Override
        public void forsaken() {
            stopped(); // with its reactor
        }
    }

    private void failed(@Nullable Throwable thrown) {
        Throwable cause = Timing.causeOf(thrown);
        Throwable why = cause == null ? new EOFException("no connection") : cause;
        failures++;
        Duration delay =
                hurried ? Duration.ZERO : settings.backoff().delay(failures, Chance.of(reactor));
        hurried = false;
        try {
            again = reactor.after(delay, new Next());
        } catch (IllegalStateException closed) {
            stopped(); // with its reactor
            return;
        }
        become(new Waiting<>(failures, why, delay));
        List<Waiter<T>> givenUp = new ArrayList<>();
        for (Waiter<T> each : waiters) {
            if (each.failuresLeft > 0 && --each.failuresLeft == 0) {
                givenUp.add(each);
            }
        }
        waiters.removeAll(givenUp);
        for (Waiter<T> each : givenUp) {
            each.result.completeExceptionally(why);
        }
    }

    /** The next connection that is ready, or the present one, however long it takes. */
    public CompletableFuture<T> whenConnected() {
        return whenConnected(0);
    }

    /**
     * The same, up to a number of failures.
     *
     * @param failures after how many, counted from now, it fails with the last of them; 0 for never
     * @return also failed, with {@link CancellationException}, if the service is stopped, or was;
     *     before the first start it waits for that. To cancel it changes nothing for others.
     */
    public CompletableFuture<T> whenConnected(int failures) {
        if (failures < 0) {
            throw new IllegalArgumentException("so many failures: " + failures);
        }
        return switch (state) {
            case Connected<T>(T transport) -> CompletableFuture.completedFuture(transport);
            case Stopped<T>(boolean wasStarted) -> wasStarted ? tooLate() : waitFor(failures);
            case Stopping<T> s -> startAfterwards ? waitFor(failures) : tooLate();
            case Connecting<T> s -> waitFor(failures);
            case Preparing<T> s -> waitFor(failures);
            case Waiting<T> s -> waitFor(failures);
        };
    }

    private static <T> CompletableFuture<T> tooLate() {
        return CompletableFuture.failedFuture(new CancellationException("the service is stopped"));
    }

    private CompletableFuture<T> waitFor(int most) {
        var waiter = new Waiter<T>(most);
        waiters.add(waiter);
        return waiter.result;
    }

    /**
     * Does not wait any longer, and starts again with the shortest wait: something has changed, a
     * network is back. A connection that there is, is closed and made anew.
     */
    public void reconnect() {
        failures = 0;
        switch (state) {
            case Waiting<T> s -> {
                if (again != null) {
                    again.reset(Duration.ZERO);
                }
            }
            case Connected<T>(T transport) -> {
                hurried = true;
                kind.close(transport);
            }
            case Stopped<T> s -> {}
            case Stopping<T> s -> {}
            case Connecting<T> s -> {}
            case Preparing<T> s -> {}
        }
    }

    @Override
    public String toString() {
        return "ClientService[" + state + "]";
    }
}
