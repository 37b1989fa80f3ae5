// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Handles each datagram on a virtual thread of its own, up to so many at a time. When all are busy
 * the thread that receives waits, and what comes meanwhile waits in the kernel's queue, or is lost
 * there.
 */
record ConcurrentDatagrams(DatagramHandler handler, int most) implements DatagramHandler {
    private static final ScopedValue<Turn> TURN = ScopedValue.newInstance();

    ConcurrentDatagrams {
        if (most < 1) {
            throw new IllegalArgumentException("at least 1 at a time: " + most);
        }
    }

    @Override
    public void handle(Request request) throws Exception {
        handler.handle(request);
    }

    /** The calling thread is not waited for any more, if it handles a datagram. */
    static void excuseCaller() {
        if (TURN.isBound()) {
            TURN.get().leave();
        }
    }

    /** One datagram's place, given back once. */
    private record Turn(Semaphore places, AtomicBoolean left) {
        void leave() {
            if (left.compareAndSet(false, true)) {
                places.release();
            }
        }
    }

    /** The turns at one socket. */
    static final class Turns {
        private final ConcurrentDatagrams how;
        private final Semaphore places;
        private final Set<Thread> running = ConcurrentHashMap.newKeySet();

        Turns(ConcurrentDatagrams how) {
            this.how = how;
            this.places = new Semaphore(how.most);
        }

        /** Starts one, when there is a place. */
        void start(DatagramLoop.Received request) throws InterruptedException {
            try {
                places.acquire();
            } catch (InterruptedException stopped) {
                // For those behind it too.
                Thread.currentThread().interrupt();
                throw stopped;
            }
            var turn = new Turn(places, new AtomicBoolean());
            try {
                DatagramLoop.Kept kept = request.copy();
                Thread.ofVirtual()
                        .name("request " + kept.peer())
                        .start(() -> ScopedValue.where(TURN, turn).run(() -> run(kept, turn)));
            } catch (RuntimeException | Error cannotStart) {
                turn.leave();
                throw cannotStart;
            }
        }

        private void run(DatagramLoop.Kept request, Turn turn) {
            Thread me = Thread.currentThread();
            running.add(me);
            try {
                request.serve(how.handler);
            } finally {
                running.remove(me);
                turn.leave();
            }
        }

        /** The time to drain is over. */
        void cutOff() {
            for (Thread each : running) {
                if (each != Thread.currentThread()) {
                    each.interrupt();
                }
            }
        }

        /** Waits until all have left that are waited for. */
        void awaitAll() throws InterruptedException {
            places.acquire(how.most);
        }
    }
}
