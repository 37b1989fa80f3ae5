// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.ConnectSettings;
import sockeye.Endpoint;
import sockeye.HappyEyeballs;
import sockeye.OptionSetting;
import sockeye.SocketType;
import sockeye.internal.AllFailed;
import sockeye.reactor.Protocol;
import sockeye.reactor.Transport;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;

/** Several attempts to connect, of which the first that succeeds is kept. */
@SuppressWarnings("UndefinedEquals") // a future equals itself
final class Race<T> {
    /** What becomes of the winner. */
    interface Making<T> {
        void make(Channel channel, CompletableFuture<T> result);
    }

    /** What one of several gets of the time that is left, at least. */
    private static final long FAIR_CHANCE = 2_000_000_000;

    private final Loop loop;

    /** The name that all these addresses have; null if they were given one by one. */
    private final @Nullable String name;

    private final Connector.Sockets sockets;
    private final Making<T> making;
    private final HappyEyeballs<Endpoint> policy;
    private final CompletableFuture<T> result;

    /** When all has to be done, if those who are tried one after the other have to share. */
    private final Timers.@Nullable Call shared;

    private final Set<CompletableFuture<T>> underWay = new LinkedHashSet<>();
    private final Set<Endpoint> known = new HashSet<>();
    private final Timers.Call next;
    private final List<Exception> failures = new ArrayList<>();
    private @Nullable Exception unfound;
    private int begun;
    private boolean complete;
    private boolean over;

    Race(
            Loop loop,
            @Nullable String name,
            ConnectSettings how,
            Timers.@Nullable Call limit,
            Connector.Sockets sockets,
            Making<T> making,
            CompletableFuture<T> result) {
        boolean sequential = how.attemptDelay().equals(ConnectSettings.ONE_AFTER_THE_OTHER);
        this.shared = sequential ? limit : null;
        this.loop = loop;
        this.name = name;
        this.sockets = sockets;
        this.making = making;
        this.result = result;
        this.policy = new HappyEyeballs<>(List.of(), how.attemptDelay());
        this.next = loop.timer(this::begin);
    }

    static CompletableFuture<Transport> start(
            Loop loop,
            List<? extends Endpoint> peers,
            Protocol protocol,
            OptionSetting<?>... settings) {
        if (peers.isEmpty()) {
            throw new IllegalArgumentException("no address to connect to");
        }
        var result = new CompletableFuture<Transport>();
        var race =
                new Race<>(
                        loop,
                        null,
                        ConnectSettings.DEFAULT,
                        null,
                        (driver, peer) -> driver.socket(peer, SocketType.SOCK_STREAM, settings),
                        (made, wanted) -> new Connection(loop, made, protocol, wanted),
                        result);
        var _ = result.whenComplete((made, failed) -> race.giveUp());
        race.complete = true;
        race.add(peers);
        return result;
    }

    /** Further addresses, which are tried in their turn. */
    void add(List<? extends Endpoint> peers) {
        var fresh = new ArrayList<Endpoint>(peers);
        fresh.removeIf(each -> !known.add(each));
        policy.add(fresh, all -> shared == null ? HappyEyeballs.interleaved(all) : all);
        begin();
    }

    /** How long the next attempt may take. An early one may not use up the time of all. */
    private long share() {
        Timers.Call limit = shared;
        int left = known.size() - begun;
        if (limit == null || !limit.isActive() || left <= 1) {
            return Timers.nanos(loop.settings().connectTimeout());
        }
        return Math.max(FAIR_CHANCE, (limit.due() - loop.nanos()) / left);
    }

    /** Whether no address has come yet. */
    boolean isFresh() {
        return known.isEmpty();
    }

    /**
     * No more addresses come.
     *
     * @param why a failure, of those who looked for them
     */
    void complete(@Nullable Throwable why) {
        complete = true;
        unfound = why == null ? null : asException(why);
        look();
    }

    private void begin() {
        while (!over) {
            Endpoint peer = policy.next(loop.nanos());
            if (peer == null) {
                if (policy.isWaiting()) {
                    next.reset(Math.max(0, policy.nextAt() - loop.nanos()));
                }
                return;
            }
            var attempt = new CompletableFuture<T>();
            underWay.add(attempt);
            new Connector(loop, attempt, made -> won(attempt, made)).start(peer, share(), sockets);
            begun++;
            var _ =
                    attempt.whenComplete((none, failed) -> {
                        if (failed != null) {
                            lost(attempt, failed);
                        }
                    });
        }
    }

    private void won(CompletableFuture<T> attempt, Channel made) {
        underWay.remove(attempt);
        if (over) {
            loop.driverInUse().close(made, false);
            return;
        }
        end();
        making.make(made, result);
    }

    private void lost(CompletableFuture<T> attempt, Throwable failed) {
        if (over || !underWay.remove(attempt)) {
            return;
        }
        failures.add(asException(failed));
        policy.failed(loop.nanos());
        begin();
        look();
    }

    /** Whether there is hope. */
    private void look() {
        if (over || !complete || !policy.isExhausted()) {
            return;
        }
        end();
        result.completeExceptionally(failure());
    }

    private static Exception asException(Throwable failed) {
        return failed instanceof Exception known ? known : new IOException(failed);
    }

    private Throwable failure() {
        if (unfound != null) {
            failures.add(unfound);
        }
        if (failures.isEmpty()) {
            return new IOException("no address to connect to: " + name);
        }
        if (name != null && !known.isEmpty()) {
            return AllFailed.of(name, failures);
        }
        Exception first = failures.getFirst();
        for (Exception each : failures) {
            if (!each.equals(first)) {
                first.addSuppressed(each);
            }
        }
        return first;
    }

    /** Gives up what is under way. */
    void end() {
        over = true;
        next.cancel();
        for (CompletableFuture<T> each : List.copyOf(underWay)) {
            each.cancel(false);
        }
        underWay.clear();
    }

    /** Nobody wants it any more, whichever thread says so. */
    private void giveUp() {
        if (loop.isMine()) {
            if (!over) {
                end();
            }
            return;
        }
        try {
            loop.execute(this::giveUp);
        } catch (RejectedExecutionException closed) {
            // And what was under way with it.
        }
    }
}
