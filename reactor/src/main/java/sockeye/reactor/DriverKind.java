// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

/** What a reactor asks the kernel by, or something else in its place. */
public enum DriverKind {
    /** io_uring: operations are submitted and completed in rings shared with the kernel. */
    IO_URING,
    /** epoll: operations are attempted when the kernel says that they are worth it. */
    EPOLL,
    /** A network in memory, its accidents from a seed. */
    SIMULATOR
}
