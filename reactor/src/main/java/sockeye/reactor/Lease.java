// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

/**
 * A connection that a {@link ConnectionPool} has handed out, until it is closed: that gives it
 * back. For the reactor's thread.
 *
 * @param <P> its protocol
 */
public interface Lease<P extends Protocol> extends AutoCloseable {
    /** The connection's protocol: the same object as long as the connection lives. */
    P protocol();

    /** The connection. */
    Transport transport();

    /**
     * Gives the connection back. It is kept if it is open, not paused and has its protocol still; a
     * connection in the middle of something is not fit for others: {@link #discard()}. A second
     * call does nothing.
     */
    @Override
    void close();

    /** Gives it back and has it aborted. */
    void discard();
}
