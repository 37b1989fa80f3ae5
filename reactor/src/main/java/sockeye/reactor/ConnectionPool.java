// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.EndpointSpec;
import sockeye.OptionSetting;
import sockeye.reactor.internal.Aftermath;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Connections to one server that are used again and again, by one at a time:
 *
 * <pre>{@code
 * var pool = ConnectionPool.of(reactor, server, Client::new, PoolSettings.of(8));
 * pool.take().thenAccept(lease ->
 *         lease.protocol().ask("question").whenComplete((answer, failed) -> lease.close()));
 * }</pre>
 *
 * <p>There are never more than the settings say. Who finds none waits; who came first gets the
 * first that is free or made. Of idle ones the last that was used is used next, so that the others
 * grow old and are closed. One whose peer ends or breaks it while it is idle is dropped: its
 * protocol must close when it is {@linkplain Protocol#ended told of an end}, which it does unless
 * it overrides that.
 *
 * <p>A failure to connect is told to who has waited longest; it is not retried. The pool belongs to
 * one reactor; all methods are for that one's thread.
 *
 * @param <P> the connections' protocol
 */
@SuppressWarnings("UndefinedEquals") // a future equals itself
public final class ConnectionPool<P extends Protocol> {
    private final Reactor reactor;
    private final Supplier<? extends P> protocols;
    private final Function<? super P, CompletableFuture<Transport>> dial;
    private final PoolSettings<P> settings;

    private final Set<Entry> open = new LinkedHashSet<>();
    private final ArrayDeque<Entry> idle = new ArrayDeque<>();
    private final ArrayDeque<CompletableFuture<Lease<P>>> waiters = new ArrayDeque<>();
    private final Set<CompletableFuture<Transport>> dials = new LinkedHashSet<>();
    private final CompletableFuture<Void> over = new CompletableFuture<>();
    private int checking;
    private long made;
    private long reused;
    private long failed;
    private boolean closed;

    private ConnectionPool(
            Reactor reactor,
            Supplier<? extends P> protocols,
            Function<? super P, CompletableFuture<Transport>> dial,
            PoolSettings<P> settings) {
        this.reactor = reactor;
        this.protocols = protocols;
        this.dial = dial;
        this.settings = settings;
    }

    /** A pool without connections; they are made when they are wanted. */
    public static <P extends Protocol> ConnectionPool<P> of(
            Reactor reactor,
            Endpoint peer,
            Supplier<? extends P> protocols,
            PoolSettings<P> settings,
            OptionSetting<?>... options) {
        return new ConnectionPool<>(
                reactor, protocols, protocol -> reactor.connect(peer, protocol, options), settings);
    }

    /** The same to what a text names, which is looked up for each connection. */
    public static <P extends Protocol> ConnectionPool<P> of(
            Reactor reactor,
            EndpointSpec peer,
            Supplier<? extends P> protocols,
            PoolSettings<P> settings,
            OptionSetting<?>... options) {
        return new ConnectionPool<>(
                reactor, protocols, protocol -> reactor.connect(peer, protocol, options), settings);
    }

    private final class Entry {
        final P protocol;
        final Transport transport;
        final DelayedCall expiry;
        long idleSince;
        boolean leased;

        Entry(P protocol, Transport transport) {
            this.protocol = protocol;
            this.transport = transport;
            this.expiry = reactor.after(settings.idleTime(), () -> drop(this));
            expiry.cancel();
        }

        boolean isFit() {
            return transport.isOpen()
                    && !transport.isPaused()
                    && transport.protocol().equals(protocol);
        }
    }

    private final class Held implements Lease<P> {
        private final Entry entry;
        private boolean returned;

        Held(Entry entry) {
            this.entry = entry;
        }

        @Override
        public P protocol() {
            return entry.protocol;
        }

        @Override
        public Transport transport() {
            return entry.transport;
        }

        @Override
        public void close() {
            if (!returned) {
                returned = true;
                entry.leased = false;
                takeBack(entry);
            }
        }

        @Override
        public void discard() {
            if (!returned) {
                returned = true;
                entry.leased = false;
                entry.transport.abort();
            }
        }
    }

    /** The same as {@link #take(Duration)} with the settings' patience. */
    public CompletableFuture<Lease<P>> take() {
        return take(settings.patience());
    }

    /**
     * A connection.
     *
     * @param patience how long to wait; zero for ever
     * @return completed on the reactor's thread; failed with {@link
     *     java.util.concurrent.TimeoutException}, with what a connect failed of, or with {@link
     *     CancellationException} if the pool is closed. To cancel it is to wait no longer.
     */
    public CompletableFuture<Lease<P>> take(Duration patience) {
        if (closed) {
            return CompletableFuture.failedFuture(new CancellationException("the pool is closed"));
        }
        var waiter = new CompletableFuture<Lease<P>>();
        waiters.add(waiter);
        if (!patience.isZero()) {
            var _ = reactor.within(patience, waiter);
        }
        var _ =
                waiter.whenComplete((lease, thrown) -> {
                    if (thrown != null) {
                        forget(waiter);
                    }
                });
        serve();
        return waiter;
    }

    /** By whichever thread has cancelled it. */
    private void forget(CompletableFuture<Lease<P>> waiter) {
        try {
            reactor.execute(() -> waiters.remove(waiter));
        } catch (RejectedExecutionException closedMeanwhile) {
            // Nobody waits there any more.
        }
    }

    private @Nullable CompletableFuture<Lease<P>> nextWaiter() {
        CompletableFuture<Lease<P>> next;
        do {
            next = waiters.poll();
        } while (next != null && next.isDone());
        return next;
    }

    private int waiting() {
        int count = 0;
        for (CompletableFuture<Lease<P>> each : waiters) {
            count += each.isDone() ? 0 : 1;
        }
        return count;
    }

    /** As many connections as there are people who wait, from the idle ones or new. */
    private void serve() {
        while (!closed && waiting() > checking + dials.size()) {
            Entry last = idle.pollLast();
            if (last != null) {
                last.expiry.cancel();
                check(last);
            } else if (open.size() + dials.size() < settings.most()) {
                dial();
            } else {
                return;
            }
        }
    }

    private void dial() {
        P protocol;
        CompletableFuture<Transport> made;
        try {
            protocol = protocols.get();
            made = dial.apply(protocol);
        } catch (RuntimeException thrown) {
            failed++;
            CompletableFuture<Lease<P>> first = nextWaiter();
            if (first != null) {
                first.completeExceptionally(thrown);
            }
            return;
        }
        dials.add(made);
        var _ =
                made.whenComplete(
                        (transport, thrown) -> dialled(made, protocol, transport, thrown));
    }

    private void dialled(
            CompletableFuture<Transport> dialling,
            P protocol,
            @Nullable Transport transport,
            @Nullable Throwable thrown) {
        dials.remove(dialling);
        if (transport == null) {
            failed++;
            CompletableFuture<Lease<P>> first = nextWaiter();
            if (first != null && thrown != null) {
                first.completeExceptionally(thrown);
            }
            serve();
            concludeIfOver();
            return;
        }
        made++;
        var entry = new Entry(protocol, transport);
        open.add(entry);
        Aftermath.of(transport, why -> lost(entry));
        hand(entry);
    }

    private void check(Entry entry) {
        reused++;
        if (reactor.nanos() - entry.idleSince < settings.checkAfter().toNanos()) {
            hand(entry);
            return;
        }
        checking++;
        CompletionStage<Boolean> answer;
        try {
            answer = settings.check().apply(entry.protocol);
        } catch (RuntimeException thrown) {
            answer = CompletableFuture.failedFuture(thrown);
        }
        Timing.whenDone(
                reactor,
                answer,
                (usable, thrown) -> {
                    checking--;
                    if (usable != null && usable && entry.isFit()) {
                        hand(entry);
                    } else {
                        entry.transport.abort();
                        serve();
                    }
                });
    }

    /** To who has waited longest; else it is idle. */
    private void hand(Entry entry) {
        while (true) {
            CompletableFuture<Lease<P>> next = closed || !entry.isFit() ? null : nextWaiter();
            if (next == null) {
                break;
            }
            entry.leased = true;
            if (next.complete(new Held(entry))) {
                return;
            }
            entry.leased = false;
        }
        if (closed || !entry.isFit() || idle.size() >= settings.mostIdle()) {
            drop(entry);
            return;
        }
        entry.idleSince = reactor.nanos();
        idle.addLast(entry);
        entry.expiry.reset(settings.idleTime());
    }

    private void takeBack(Entry entry) {
        if (open.contains(entry)) {
            hand(entry);
            serve();
        }
    }

    private void drop(Entry entry) {
        idle.remove(entry);
        entry.expiry.cancel();
        if (entry.transport.isOpen()) {
            entry.transport.close();
        }
    }

    private void lost(Entry entry) {
        open.remove(entry);
        idle.remove(entry);
        entry.expiry.cancel();
        serve();
        concludeIfOver();
    }

    /** What there is now. */
    public PoolStatistics statistics() {
        int leased = 0;
        for (Entry each : open) {
            leased += each.leased ? 1 : 0;
        }
        return new PoolStatistics(
                leased, idle.size(), checking, dials.size(), waiting(), made, reused, failed);
    }

    /**
     * Closes what is idle, ends what is being connected, tells who waits, and closes each
     * connection that comes back.
     *
     * @return completed when the last connection is over
     */
    public CompletableFuture<Void> close() {
        closed = true;
        for (CompletableFuture<Lease<P>> each : List.copyOf(waiters)) {
            each.completeExceptionally(new CancellationException("the pool is closed"));
        }
        waiters.clear();
        for (CompletableFuture<Transport> each : List.copyOf(dials)) {
            each.cancel(false);
        }
        for (Entry each : List.copyOf(idle)) {
            drop(each);
        }
        concludeIfOver();
        return over.copy();
    }

    private void concludeIfOver() {
        if (closed && open.isEmpty() && dials.isEmpty()) {
            over.complete(null);
        }
    }
}
