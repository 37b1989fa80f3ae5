// SPDX-License-Identifier: Apache-2.0
package sockeye;

/** What a child has behind one of its descriptors; see {@link ChildCommand#with}. */
public sealed interface ChildStream {
    /** What this process has under the same number: 0, 1 or 2. */
    record Inherited() implements ChildStream {}

    /** Nothing: {@code /dev/null}. */
    record Discarded() implements ChildStream {}

    /**
     * A pipe, whose other end is {@link ChildProcess#pipe}: the child reads from number 0, and
     * writes to every other.
     */
    record Piped() implements ChildStream {}

    /** A pair of AF_UNIX stream sockets, of which the other is {@link ChildProcess#socket}. */
    record Connected() implements ChildStream {}

    /**
     * A duplicate of a descriptor of this process, which stays its own. The open file description
     * is made blocking, for that is what programs expect of standard input; sockets of ours do not
     * mind, they never wait in the kernel.
     *
     * @param source a socket, an end of a pipe, a file
     */
    record Given(HasDescriptor source) implements ChildStream {}

    /** {@link Inherited}. */
    static ChildStream inherited() {
        return new Inherited();
    }

    /** {@link Discarded}. */
    static ChildStream discarded() {
        return new Discarded();
    }

    /** {@link Piped}. */
    static ChildStream piped() {
        return new Piped();
    }

    /** {@link Connected}. */
    static ChildStream connected() {
        return new Connected();
    }

    /** {@link Given}. */
    static ChildStream of(HasDescriptor source) {
        return new Given(source);
    }
}
