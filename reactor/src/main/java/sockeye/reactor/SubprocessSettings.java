// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import sockeye.ChildCommand;
import sockeye.ChildStream;

import java.util.List;

/**
 * A program to be run by a reactor, and who talks to it. Immutable.
 *
 * @param command the program; a stream that a protocol is to have is not named in it
 * @param dialogue has the program's standard input and output, by pipes; null if nobody has
 * @param errors receives what comes from its standard error output; null if that is as the command
 *     has it
 * @param killed whether the program is killed when the reactor is closed, if it runs then; else it
 *     goes on
 */
public record SubprocessSettings(
        ChildCommand command,
        @Nullable Protocol dialogue,
        @Nullable Protocol errors,
        boolean killed) {
    private static final List<Integer> TALKED = List.of(0, 1);

    /**
     * Checks that each protocol has a stream.
     *
     * @throws IllegalArgumentException if the command names something else for both standard input
     *     and output and there is a dialogue, or for the error output and somebody is to receive
     *     that; or if it wants pipes or sockets whose other ends nobody would have: {@link
     *     ChildStream#piped()}, {@link ChildStream#connected()}
     */
    public SubprocessSettings {
        if (dialogue != null && command.streams().keySet().containsAll(TALKED)) {
            throw new IllegalArgumentException("no stream is left for the dialogue");
        }
        if (errors != null && command.streams().containsKey(2)) {
            throw new IllegalArgumentException("the errors go elsewhere");
        }
        command.streams()
                .forEach((number, stream) -> {
                    if (stream instanceof ChildStream.Piped
                            || stream instanceof ChildStream.Connected) {
                        throw new IllegalArgumentException("nobody has the other end of " + number);
                    }
                });
    }

    /** A program that nobody talks to, with the streams that the command gives it. */
    public static SubprocessSettings of(ChildCommand command) {
        return new SubprocessSettings(command, null, null, false);
    }

    /** The same talked to by a protocol. */
    public SubprocessSettings withDialogue(Protocol dialogue) {
        return new SubprocessSettings(command, dialogue, errors, killed);
    }

    /** The same with a protocol for what it says of errors. */
    public SubprocessSettings withErrors(Protocol errors) {
        return new SubprocessSettings(command, dialogue, errors, killed);
    }

    /** The same, killed when the reactor is closed, or not. */
    public SubprocessSettings withKilled(boolean killed) {
        return new SubprocessSettings(command, dialogue, errors, killed);
    }
}
