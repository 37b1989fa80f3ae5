// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.reactor.ReactorAction;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** What is to be done at points of a start or of a stop, which a phase names. */
final class Actions<P> {
    private final Loop loop;
    private final List<Action> all = new ArrayList<>(0);

    Actions(Loop loop) {
        this.loop = loop;
    }

    private final class Action implements ReactorAction {
        private final P phase;
        private final Callable<? extends @Nullable CompletionStage<?>> what;

        Action(P phase, Callable<? extends @Nullable CompletionStage<?>> what) {
            this.phase = phase;
            this.what = what;
        }

        @Override
        public void remove() {
            loop.check();
            all.remove(this);
        }
    }

    ReactorAction add(P phase, Callable<? extends @Nullable CompletionStage<?>> what) {
        var action = new Action(phase, what);
        all.add(action);
        return action;
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    /** Does what is to be done at a point; completed on the loop's thread, with the last of it. */
    CompletableFuture<Void> fire(P phase) {
        var done = new CompletableFuture<Void>();
        int[] left = {1};
        for (Action each : List.copyOf(all)) {
            if (!each.phase.equals(phase)) {
                continue;
            }
            CompletionStage<?> stage;
            try {
                stage = each.what.call();
            } catch (Throwable thrown) {
                loop.report(thrown);
                continue;
            }
            if (stage != null) {
                left[0]++;
                var _ = stage.whenComplete((value, thrown) -> ended(done, left, thrown));
            }
        }
        if (--left[0] == 0) {
            done.complete(null);
        }
        return done;
    }

    /** By whatever thread. */
    private void ended(CompletableFuture<Void> done, int[] left, @Nullable Throwable thrown) {
        loop.later(() -> {
            if (thrown != null) {
                loop.report(thrown);
            }
            if (--left[0] == 0) {
                done.complete(null);
            }
        });
    }
}
