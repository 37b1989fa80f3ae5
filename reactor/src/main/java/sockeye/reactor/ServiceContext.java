// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import java.util.Optional;

/** Where a {@link Service} runs, from its start to its stop. */
public interface ServiceContext {
    /** The reactor that starts and stops it, on whose thread it is called. */
    Reactor reactor();

    /** The group that the tree was started on, if it was; the reactor is one of its. */
    Optional<ReactorGroup> group();

    /** The names on the way to it from the tree that was started: {@code net/echo}. */
    String path();

    /**
     * Says that it has failed by itself and does not do its work any more: it is then {@link
     * ServiceState.Failed}, the reactor's {@linkplain ReactorSettings#failures() observer of
     * failures} is told, and the others go on. It is stopped when its tree is. Before its start is
     * complete the start has failed by that; after its stop nothing happens. Any thread.
     */
    void fail(Throwable why);
}
