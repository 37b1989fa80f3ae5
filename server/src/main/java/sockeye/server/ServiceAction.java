// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import java.time.Duration;
import java.util.Objects;

/**
 * Something that a server does from time to time beside serving: collect, publish, look after what
 * its handlers share. It runs on a virtual thread of its own, first when the server has served for
 * that long, then again and again, never twice at a time; turns that are missed because one lasted
 * too long are left out. What it throws is told to the observer, and the next turn comes all the
 * same.
 *
 * <p>A server that stops lets the turn that runs finish, within the time to drain, and begins no
 * other. An action may stop the server.
 *
 * @param name what it is, for the name of its thread and the log
 * @param every how long from one turn to the next, more than zero
 * @param task what is done
 */
public record ServiceAction(String name, Duration every, Task task) {
    /** What is done. */
    @FunctionalInterface
    public interface Task {
        /** Does it once. */
        void run(Server server) throws Exception;
    }

    public ServiceAction {
        Objects.requireNonNull(name);
        Objects.requireNonNull(task);
        if (!every.isPositive()) {
            throw new IllegalArgumentException("not a positive time: " + every);
        }
    }
}
