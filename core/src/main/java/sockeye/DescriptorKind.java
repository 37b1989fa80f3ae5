// SPDX-License-Identifier: Apache-2.0
package sockeye;

/** What stands behind a descriptor, as fstat(2) and {@code /proc/self/fd} tell. */
public enum DescriptorKind {
    /** A socket of any family: {@link PassedDescriptor#asSocket()}. */
    SOCKET,
    /** A file, on a disk or in memory (memfd_create(2)): {@link PassedDescriptor#reopen}. */
    REGULAR_FILE,
    /** A directory. */
    DIRECTORY,
    /** One end of a pipe, or a FIFO. */
    PIPE,
    /** A terminal, {@code /dev/null} and the like. */
    CHARACTER_DEVICE,
    /** A disk. */
    BLOCK_DEVICE,
    /** A symbolic link itself, opened with O_PATH. */
    SYMBOLIC_LINK,
    /** A counter, eventfd(2): eight bytes are read or written at a time. */
    EVENTFD,
    /** A timer, timerfd_create(2). */
    TIMERFD,
    /** Signals, signalfd(2). */
    SIGNALFD,
    /** An epoll instance, epoll(7). */
    EPOLL,
    /** A process, pidfd_open(2): readable once it has ended. */
    PIDFD,
    /** Any other: inotify, io_uring, BPF, a namespace. */
    OTHER
}
