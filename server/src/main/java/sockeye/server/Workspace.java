// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.StripedPool;
import sockeye.wire.Moment;
import sockeye.wire.Output;

import java.nio.ByteBuffer;

/**
 * What a driver needs while there is something to do, and borrows for that long: a connection that
 * waits for input has none of it.
 */
final class Workspace {
    /** How much of a stream one receive takes. */
    static final int INPUT = 64 << 10;

    private static final int OUTPUT = 64 << 10;

    /** About what one takes of the heap. */
    static final int BYTES = INPUT + OUTPUT;

    private static final StripedPool<Workspace> POOL = new StripedPool<>(Workspace::new);

    /** One byte longer, so that a record which fills it is known to be longer than INPUT. */
    final byte[] bytes = new byte[INPUT + 1];

    final ByteBuffer input = ByteBuffer.wrap(bytes);
    final Output output = Output.ofCapacity(OUTPUT);
    final Now now = new Now();

    private Workspace() {}

    static Workspace borrow() {
        return POOL.take();
    }

    void giveBack() {
        output.clear();
        POOL.give(this);
    }

    /** The bytes just received, as the machine wants them. */
    ByteBuffer received(int count) {
        now.reset();
        return input.clear().limit(count);
    }

    /** A copy of what of the output has not been sent. */
    byte[] unsent() {
        byte[] copy = new byte[output.remaining()];
        ByteBuffer collected = output.collected();
        int first = collected.remaining();
        collected.get(copy, 0, first);
        ByteBuffer passed = output.passed();
        if (passed != null) {
            passed.get(copy, first, passed.remaining());
        }
        return copy;
    }

    /** A copy of what of the input the machine has not consumed. */
    byte[] unread() {
        byte[] copy = new byte[input.remaining()];
        input.get(copy);
        return copy;
    }

    /** Puts back what {@link #unread} has copied, maybe from another space. */
    void receivedBefore(byte[] unread) {
        System.arraycopy(unread, 0, bytes, 0, unread.length);
        received(unread.length);
    }

    /**
     * What a message service has answered, as one message; null if it has not answered. It may be
     * the received message itself, or stand where that stood.
     */
    @Nullable ByteBuffer answer() {
        if (!output.answered()) {
            return null;
        }
        ByteBuffer collected = output.collected();
        ByteBuffer passed = output.passed();
        if (passed == null) {
            return collected;
        }
        if (!collected.hasRemaining()) {
            return passed;
        }
        int length = collected.remaining() + passed.remaining();
        // A direct one is a datagram's, which did not come into our own bytes.
        ByteBuffer whole =
                passed.isDirect() && length <= bytes.length
                        ? input.clear()
                        : ByteBuffer.allocate(length);
        return whole.put(collected).put(passed).flip();
    }

    /** The time of one turn; a clock is read when it is asked first. */
    static final class Now implements Moment {
        private boolean monotonic;
        private boolean wall;
        private long nanos;
        private long epochNanos;

        void reset() {
            monotonic = false;
            wall = false;
        }

        @Override
        public long nanos() {
            if (!monotonic) {
                monotonic = true;
                nanos = System.nanoTime();
            }
            return nanos;
        }

        @Override
        public long epochNanos() {
            if (!wall) {
                wall = true;
                epochNanos = WallClock.epochNanos();
            }
            return epochNanos;
        }
    }
}
