// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.kernel;

import java.util.List;
import java.util.Optional;

/**
 * What {@link Kernel#spawn} is asked for. Strings are bytes without the closing zero.
 *
 * @param words the program, looked up in PATH unless there is a slash in it, and its arguments
 * @param environment what it is to have, as {@code NAME=value}
 * @param directory where it is to start; empty for where this process is
 * @param copies descriptors of this process and the numbers that the child gets them as; no source
 *     is among the numbers
 * @param closed numbers that the child is not to have
 * @param closedFrom from where on it is to have none
 * @param defaults signals that are to do what they do by default: bit 0 is signal 1
 * @param group the process group to join, 0 for one of its own, negative to stay in this one
 * @param session whether it leads a session of its own
 */
public record SpawnRequest(
        List<byte[]> words,
        List<byte[]> environment,
        Optional<byte[]> directory,
        List<Copy> copies,
        List<Integer> closed,
        int closedFrom,
        long defaults,
        int group,
        boolean session) {
    /** A descriptor, and the number that the child gets it as. */
    public record Copy(int source, int number) {}
}
