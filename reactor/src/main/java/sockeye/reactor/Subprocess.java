// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import sockeye.ChildExit;
import sockeye.ProcessSignal;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * A program that a reactor runs: {@link Reactor#spawn(SubprocessSettings)}. Its standard streams
 * are connections of protocols; how it has ended is told when it has, by a descriptor of the
 * process, without signals. For the reactor's own thread.
 */
public interface Subprocess {
    /** Its number. */
    long pid();

    /** Whether it has not ended, as far as the reactor has been told. */
    boolean isAlive();

    /**
     * Its standard input and output, or one of them; empty if no protocol talks to it. What it does
     * not read any more is thrown away, while what it writes is received to its end; then {@link
     * Protocol#closed} is told of EPIPE.
     */
    Optional<Transport> dialogue();

    /** Its standard error output; empty if no protocol reads it. */
    Optional<Transport> errors();

    /**
     * How it has ended, told when it has. What it has written may still be on its way to the
     * protocols.
     *
     * @return completed on the reactor's thread; failed with {@link
     *     java.nio.channels.AsynchronousCloseException} if the reactor is closed before, and with
     *     ECHILD if somebody else has reaped the process. Each call gives another future.
     */
    CompletableFuture<ChildExit> exit();

    /**
     * The same when its connections are over, too: all that it has written was received. A process
     * that it has started and left behind may keep them open.
     */
    CompletableFuture<ChildExit> end();

    /**
     * Sends it a signal: pidfd_send_signal(2). Nothing happens if it has ended.
     *
     * @throws IOException EPERM if it runs as another user
     */
    void signal(ProcessSignal signal) throws IOException;

    /**
     * Sends it SIGTERM, and SIGKILL if it has not ended when so much time has passed.
     *
     * @throws IOException as of {@link #signal}
     */
    void terminate(Duration grace) throws IOException;
}
