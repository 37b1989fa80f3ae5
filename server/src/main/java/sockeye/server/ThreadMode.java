// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

/**
 * On which threads the handlers of a server's connections run: {@code
 * settings.withThreads(ThreadMode.platform(50))}.
 *
 * <p>Whatever the mode, accepting has a thread of its own, a handshake never holds it up, a
 * connection has a thread for itself from its first byte to its last, and the thread's name tells
 * which peer it serves. No thread serves twice, so that no name, no thread-local and no interrupt
 * meant for one connection reaches another. A connection for which there is no thread waits in the
 * backlog of the socket, and is not accepted. None of the threads keeps a JVM alive.
 *
 * <p>Datagrams are handled one after another by the server's own thread, unless their handler is
 * {@linkplain DatagramHandler#concurrent(int) concurrent}.
 */
public sealed interface ThreadMode {
    /** A virtual thread for each connection: the default. */
    static ThreadMode virtual() {
        return new Virtual();
    }

    /**
     * A platform thread for each connection, for handlers that call what pins or blocks a virtual
     * thread, as native libraries do.
     *
     * @param most how many at a time, at least 1
     */
    static ThreadMode platform(int most) {
        return new Platform(most);
    }

    /**
     * One connection at a time: what a single thread does that accepts, serves and accepts again.
     * Handlers need no locks then, and every client waits for the one before.
     */
    static ThreadMode oneByOne() {
        return new OneByOne();
    }

    /** How many handlers may run at a time, of all endpoints of a server together. */
    int most();

    /** {@link #virtual()}. */
    record Virtual() implements ThreadMode {
        /** As many as the limits on connections allow. */
        @Override
        public int most() {
            return Integer.MAX_VALUE;
        }
    }

    /** {@link #platform}. */
    record Platform(int most) implements ThreadMode {
        public Platform {
            if (most < 1) {
                throw new IllegalArgumentException("at least 1 thread: " + most);
            }
        }
    }

    /** {@link #oneByOne()}. */
    record OneByOne() implements ThreadMode {
        @Override
        public int most() {
            return 1;
        }
    }
}
