// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import sockeye.Role;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;

/** A task that brings something to a loop, which must not be forgotten if the loop is closed. */
final class Handed implements Promised {
    private final CompletableFuture<?> result;
    private final Runnable taking;
    private final Runnable givingUp;

    /**
     * @param result of whom it is; if that is done, nobody wants it any more
     * @param taking what is to be done by the loop
     * @param givingUp what is to be done instead, by whatever thread
     */
    Handed(CompletableFuture<?> result, Runnable taking, Runnable givingUp) {
        this.result = result;
        this.taking = taking;
        this.givingUp = givingUp;
    }

    void to(Loop loop) {
        try {
            loop.execute(this);
        } catch (RejectedExecutionException closed) {
            forsaken();
        }
    }

    @Override
    public void run() {
        if (result.isDone()) {
            givingUp.run();
        } else {
            taking.run();
        }
    }

    /** The loop was closed before. */
    @Override
    public void forsaken() {
        givingUp.run();
        result.completeExceptionally(new RejectedExecutionException("the reactor is closed"));
    }

    static void quietly(Role role) {
        try {
            role.close();
        } catch (IOException closedNevertheless) {
            // The descriptor is gone.
        }
    }
}
