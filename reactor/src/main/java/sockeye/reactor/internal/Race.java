// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.HappyEyeballs;
import sockeye.OptionSetting;
import sockeye.SocketType;
import sockeye.reactor.Protocol;
import sockeye.reactor.Transport;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;

/** Several attempts to connect, of which the first that succeeds is kept. */
@SuppressWarnings("UndefinedEquals") // a future equals itself
final class Race {
    private final Loop loop;
    private final Protocol protocol;
    private final OptionSetting<?>[] settings;
    private final HappyEyeballs<Endpoint> policy;
    private final CompletableFuture<Transport> result = new CompletableFuture<>();
    private final Set<CompletableFuture<Transport>> underWay = new LinkedHashSet<>();
    private final Timers.Call next;
    private @Nullable Throwable failure;
    private boolean over;

    private Race(
            Loop loop,
            List<? extends Endpoint> peers,
            Protocol protocol,
            OptionSetting<?>... settings) {
        this.loop = loop;
        this.protocol = protocol;
        this.settings = settings;
        this.policy = new HappyEyeballs<>(HappyEyeballs.interleaved(peers), HappyEyeballs.DELAY);
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
        var race = new Race(loop, peers, protocol, settings);
        var _ = race.result.whenComplete((made, failed) -> race.giveUp());
        race.begin();
        return race.result;
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
            var attempt = new CompletableFuture<Transport>();
            underWay.add(attempt);
            new Connector(loop, attempt, made -> won(attempt, made))
                    .start(peer, SocketType.SOCK_STREAM, settings);
            var _ =
                    attempt.whenComplete((none, failed) -> {
                        if (failed != null) {
                            lost(attempt, failed);
                        }
                    });
        }
    }

    private void won(CompletableFuture<Transport> attempt, Channel made) {
        underWay.remove(attempt);
        if (over) {
            loop.driverInUse().close(made, false);
            return;
        }
        end();
        new Connection(loop, made, protocol, result);
    }

    private void lost(CompletableFuture<Transport> attempt, Throwable failed) {
        if (over || !underWay.remove(attempt)) {
            return;
        }
        Throwable before = failure;
        if (before == null) {
            failure = failed;
        } else if (!before.equals(failed)) {
            before.addSuppressed(failed);
        }
        policy.failed(loop.nanos());
        if (policy.isExhausted()) {
            end();
            result.completeExceptionally(before == null ? failed : before);
        } else {
            begin();
        }
    }

    private void end() {
        over = true;
        next.cancel();
        for (CompletableFuture<Transport> each : List.copyOf(underWay)) {
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
