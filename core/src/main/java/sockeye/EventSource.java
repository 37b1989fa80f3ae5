// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.net.SocketTimeoutException;

/**
 * A descriptor that tells of something that happens: a counter that is no longer zero, a timer that
 * has expired, a file that has changed, a signal, a child's end.
 *
 * <p>It can be waited for by itself, {@link #await()}, which parks a virtual thread as it does any
 * other; or among many, by a {@link ReadinessSelector}, and taken by {@link #poll()} once it is
 * found readable. Several threads may wait: each thing that happens is told to one of them.
 *
 * <p>Close wakes those who wait, which throw {@link java.nio.channels.AsynchronousCloseException};
 * later calls throw {@link java.nio.channels.ClosedChannelException}. A second close does nothing.
 * One that becomes unreachable unclosed is closed by the garbage collector, and a warning is
 * logged. The descriptor is not inherited by child processes.
 *
 * @param <E> what is told
 */
public interface EventSource<E> extends HasDescriptor, AutoCloseable {
    /** What has happened since the last time, without waiting; null if nothing has. */
    @Nullable E poll() throws IOException;

    /**
     * Waits until something happens, if nothing has since the last time.
     *
     * @throws SocketInterruptedException when the thread is interrupted while it waits
     */
    default E await() throws IOException {
        return await(Deadline.NONE);
    }

    /**
     * The same, for no longer than until a deadline.
     *
     * @throws SocketTimeoutException when it has passed
     */
    E await(Deadline until) throws IOException;

    /** Whether it has not been closed. */
    boolean isOpen();

    @Override
    void close() throws IOException;
}
