// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.reactor.DrainReport;
import sockeye.reactor.MessageTransport;
import sockeye.reactor.Reactor;

import java.time.Duration;
import java.util.ArrayList;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;

/** A tree of services at home on a loop: it hears when that stops or is closed. */
public final class ServiceHome extends Member {
    /** Who lives there. On the loop's thread. */
    public interface Tenant {
        /**
         * The loop stops.
         *
         * @param grace how long the tree may take
         * @return what the loop waits for, however long that takes
         */
        CompletionStage<?> stop(Duration grace);

        /** It is to be done with its stop earlier. */
        void hasten(Duration grace);

        /** The loop is closed. */
        void lost();
    }

    private final Tenant tenant;
    private boolean gone;

    private ServiceHome(Loop loop, Tenant tenant) {
        super(loop);
        this.tenant = tenant;
        loop.add(this);
    }

    /** Moves in; on the reactor's thread. */
    public static ServiceHome of(Reactor reactor, Tenant tenant) {
        ((Loop) reactor).checkOpen();
        return new ServiceHome((Loop) reactor, tenant);
    }

    /** Moves out. A second call does nothing. */
    public void moveOut() {
        if (!gone) {
            gone = true;
            loop.remove(this);
        }
    }

    @Override
    void work() {}

    @Override
    void die(@Nullable Throwable why) {
        if (!gone) {
            moveOut();
            tenant.lost();
        }
    }

    @Override
    void hasten(long nanos) {
        tenant.hasten(Duration.ofNanos(nanos));
    }

    /** Stops all that live on a loop; completed when they have. */
    static CompletableFuture<Void> stopAll(Loop loop, Duration grace) {
        var all = new ArrayList<CompletableFuture<?>>();
        for (Member each = loop.firstMember(); each != null; each = each.after) {
            if (each instanceof ServiceHome home) {
                all.add(home.tenant.stop(grace).toCompletableFuture());
            }
        }
        return CompletableFuture.allOf(all.toArray(CompletableFuture<?>[]::new));
    }

    // For all of a tree.

    /**
     * Has something done by a reactor.
     *
     * @param result is failed if the reactor is closed before
     */
    public static void run(Reactor reactor, CompletableFuture<?> result, Runnable task) {
        ((Loop) reactor).hand(result, task);
    }

    /** Goes on by a reactor, in a turn of its own, when a stage is complete; never if it closes. */
    public static <T extends @Nullable Object> void then(
            Reactor reactor,
            CompletionStage<T> stage,
            BiConsumer<? super @Nullable T, ? super @Nullable Throwable> next) {
        Loop loop = (Loop) reactor;
        var _ = stage.whenComplete((value, thrown) -> loop.later(() -> next.accept(value, thrown)));
    }

    /** A time in nanoseconds: none if it is negative, a century if it is longer. */
    public static long nanos(Duration time) {
        return Timers.nanos(time);
    }

    /** Tells the reactor's observer of failures. */
    public static void report(Reactor reactor, Throwable thrown) {
        ((Loop) reactor).report(thrown);
    }

    /** Has a socket of messages end in order, as a listener has its connections. */
    public static CompletableFuture<DrainReport> drain(MessageTransport socket, Duration grace) {
        var member = (MessageConnection) socket;
        member.origin = member;
        return member.loop.stops().drain(member, grace);
    }
}
