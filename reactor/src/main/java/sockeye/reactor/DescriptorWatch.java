// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

/**
 * A descriptor that a reactor watches: {@link Reactor#watch}. For the reactor's own thread.
 *
 * <p>It is told for as long as it is ready, in every turn: what is not read, or written, is told
 * again. Who does not want to hear of it for a while sets its interest to none.
 */
public interface DescriptorWatch {
    /** What is done when it is ready. */
    @FunctionalInterface
    interface Handler {
        /**
         * It is ready. An exception ends the watch, and is told to {@link
         * ReactorSettings#failures}.
         *
         * @param ready what for, bits of {@link sockeye.Readiness}: of what is asked for, and
         *     EPOLLERR and EPOLLHUP
         */
        void ready(DescriptorWatch watch, int ready) throws Exception;
    }

    /**
     * What is done with what a source of events tells.
     *
     * @param <E> what that is
     */
    @FunctionalInterface
    interface EventHandler<E> {
        /** It has happened. An exception is as of {@link Handler#ready}. */
        void happened(E event) throws Exception;
    }

    /** What it is watched for, bits of {@link sockeye.Readiness}. */
    int interest();

    /**
     * Watches for something else; with 0 for nothing at all, errors and hang-ups neither.
     *
     * @param interest of EPOLLIN, EPOLLPRI, EPOLLOUT and EPOLLRDHUP
     * @throws IllegalArgumentException if there are others
     */
    void interest(int interest);

    /** Whether it is neither closed nor has failed. */
    boolean isOpen();

    /** Ends it; nothing is told afterwards. A second call does nothing. */
    void close();

    /** The loop that it belongs to. */
    Reactor reactor();
}
