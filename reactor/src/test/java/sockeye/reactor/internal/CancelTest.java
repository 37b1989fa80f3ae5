// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import sockeye.LinuxSocket;
import sockeye.StreamSocket;
import sockeye.internal.kernel.Kernel;
import sockeye.reactor.Protocol;
import sockeye.reactor.ReactorSettings;
import sockeye.reactor.Transport;
import sockeye.testkit.NoLeaks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.util.Objects;
import java.util.Set;

/** What is under way on a descriptor is cancelled together, and nothing else is. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
class CancelTest {
    private static final String FEATURE = "IORING_ASYNC_CANCEL_FD";

    /** Writes more than is taken, unless it is to say nothing. */
    private static final class Full implements Protocol {
        private final byte[] first;
        private @Nullable Transport transport;
        private int received;
        private @Nullable Throwable why;

        Full(byte[] first) {
            this.first = first;
        }

        @Override
        public void opened(Transport opened) {
            transport = opened;
            opened.write(first);
        }

        @Override
        public void received(Transport from, ByteBuffer bytes) {
            received += bytes.remaining();
            bytes.position(bytes.limit());
            from.reactor().stop();
        }

        @Override
        public void closed(Transport from, @Nullable Throwable reason) {
            why = reason;
        }
    }

    private static RingDriver ring(Set<String> mask) throws IOException {
        try {
            return new RingDriver(Kernel.current(), mask, "a test", RingSizes.USUAL, Spin.never());
        } catch (RingRefusal refused) {
            System.err.println("*** skipped: io_uring: " + refused.getMessage());
            Assumptions.abort(refused.getMessage());
            throw refused;
        }
    }

    /** Two transports of one socket, by two numbers: one goes while both directions wait. */
    @ParameterizedTest
    @CsvSource({"false, 1", "true, 0"})
    void anAbortCancelsBothDirectionsAndNotThoseOfADuplicate(boolean masked, int expected)
            throws Exception {
        RingDriver driver = ring(masked ? Set.of(FEATURE) : Set.of());
        assertEquals(masked, driver.report().missing().contains(FEATURE));
        try (Loop loop = Loop.over(driver, ReactorSettings.DEFAULT);
                LinuxSocket.Pair pair = LinuxSocket.socketPair();
                LinuxSocket copy = pair.left().dup()) {
            var full = new Full(new byte[8 << 20]);
            var other = new Full(new byte[0]);
            loop.adopt(StreamSocket.of(pair.left()), full);
            loop.adopt(StreamSocket.of(copy), other);
            long[] left = new long[1];
            // When all that is wanted is with the kernel; and when all is cancelled.
            after(
                    loop,
                    4,
                    () -> {
                        Transport leaving = Objects.requireNonNull(full.transport);
                        left[0] = leaving.pending();
                        leaving.abort();
                        after(loop, 4, () -> write(pair.right()));
                    });
            loop.run();
            assertTrue(left[0] > 0, "all of it was taken");
            assertTrue(full.why instanceof AsynchronousCloseException);
            assertEquals(1, other.received);
            assertEquals(expected, driver.cancelsOfBoth());
        }
    }

    private static void after(Loop loop, int turns, Runnable task) {
        loop.execute(turns == 0 ? task : () -> after(loop, turns - 1, task));
    }

    private static void write(LinuxSocket socket) {
        try {
            socket.send(new byte[1]);
        } catch (IOException failed) {
            throw new AssertionError(failed);
        }
    }
}
