// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A program to be started, and what it is to have: above all, which descriptors. Immutable.
 *
 * <pre>{@code
 * // What inetd does: the connection is standard input and output.
 * try (var client = listener.accept();
 *         var child = ChildCommand.of("cat")
 *                 .with(0, ChildStream.of(client))
 *                 .with(1, ChildStream.of(client))
 *                 .start()) {
 *     client.close();
 *     child.await();
 * }
 * }</pre>
 *
 * <p>The child has the descriptors named here, 0, 1 and 2 of this process where nothing else is
 * named, and no other, whether they are marked close-on-exec or not. All signals do what they do by
 * default and none is blocked, but for SIGHUP, SIGINT and SIGQUIT where this process ignores them,
 * as nohup(1) has it.
 *
 * @param words the program and its arguments, at least one; a program without a slash is looked up
 *     in this process's PATH
 * @param environment its environment
 * @param directory where it starts, and a relative name of the program is looked up; null for where
 *     this process is
 * @param streams what it has behind its descriptors, by their numbers
 * @param group the process group that it joins, 0 for one of its own, negative for this process's
 * @param session whether it leads a session of its own, without a terminal
 */
public record ChildCommand(
        List<String> words,
        Map<String, String> environment,
        @Nullable Path directory,
        Map<Integer, ChildStream> streams,
        int group,
        boolean session) {
    /** The highest number that a child can be given a descriptor as. */
    public static final int HIGHEST = 255;

    /**
     * Copies lists and maps.
     *
     * @throws IllegalArgumentException if there is no program, a zero character, a name of a
     *     variable that is empty or has {@code =}, a number out of 0 to {@link #HIGHEST}, or one
     *     above 2 that is inherited
     */
    public ChildCommand {
        words = List.copyOf(words);
        environment = Map.copyOf(environment);
        streams = Map.copyOf(streams);
        if (words.isEmpty() || words.getFirst().isEmpty()) {
            throw new IllegalArgumentException("no program");
        }
        words.forEach(ChildCommand::requireNoZero);
        environment.forEach((name, value) -> {
            requireNoZero(name);
            requireNoZero(value);
            // Windows has names that begin so, and they come by way of some shells.
            if (name.isEmpty() || name.indexOf('=', 1) > 0) {
                throw new IllegalArgumentException("no name of a variable: '" + name + "'");
            }
        });
        streams.forEach((number, stream) -> {
            if (number < 0 || number > HIGHEST) {
                throw new IllegalArgumentException("descriptor 0 to 255: " + number);
            }
            if (number > 2 && stream instanceof ChildStream.Inherited) {
                throw new IllegalArgumentException("only 0, 1 and 2 are inherited: " + number);
            }
        });
    }

    private static void requireNoZero(String text) {
        if (text.indexOf('\0') >= 0) {
            throw new IllegalArgumentException("a zero in '" + text + "'");
        }
    }

    /** A program with this process's environment, directory, input, output and errors. */
    public static ChildCommand of(String program, String... arguments) {
        var words = new java.util.ArrayList<String>(List.of(program));
        words.addAll(List.of(arguments));
        return new ChildCommand(words, System.getenv(), null, Map.of(), -1, false);
    }

    /** The same with something else behind a descriptor. */
    public ChildCommand with(int number, ChildStream stream) {
        var more = new TreeMap<>(streams);
        more.put(number, stream);
        return new ChildCommand(words, environment, directory, more, group, session);
    }

    /** The same with another environment. */
    public ChildCommand withEnvironment(Map<String, String> environment) {
        return new ChildCommand(words, environment, directory, streams, group, session);
    }

    /** The same with one variable more, or of another value. */
    public ChildCommand withVariable(String name, String value) {
        var more = new TreeMap<>(environment);
        more.put(name, value);
        return withEnvironment(more);
    }

    /** The same in another directory. */
    public ChildCommand withDirectory(Path directory) {
        return new ChildCommand(words, environment, directory, streams, group, session);
    }

    /** The same in a process group, 0 for a new one of its own. */
    public ChildCommand withGroup(int group) {
        return new ChildCommand(words, environment, directory, streams, group, session);
    }

    /** The same in a session of its own. */
    public ChildCommand withSession() {
        return new ChildCommand(words, environment, directory, streams, -1, true);
    }

    /**
     * Starts it: posix_spawn(3). Returns when the program is running; a virtual thread parks for
     * that long.
     *
     * @throws IOException ENOENT if there is no such program or directory, EACCES, E2BIG, ENOEXEC
     *     and so on from execve(2); EAGAIN, ENOMEM; EMFILE, ENFILE; ENOSYS if the C library cannot
     *     do what was asked
     */
    public ChildProcess start() throws IOException {
        return Spawning.start(this);
    }
}
