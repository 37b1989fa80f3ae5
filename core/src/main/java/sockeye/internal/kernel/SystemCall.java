// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.kernel;

/**
 * The system calls that Sockeye makes, with their numbers on x86-64 and on the generic table that
 * aarch64 uses.
 *
 * <p>They are made by number through {@code syscall(2)}, so that the layouts are the kernel's own
 * and glibc and musl do not differ. See {@code docs/design/abi.md}.
 */
public enum SystemCall {
    READ(0, 63),
    WRITE(1, 64),
    CLOSE(3, 57),
    FSTAT(5, 80),
    MMAP(9, 222),
    MUNMAP(11, 215),
    IOCTL(16, 29),
    SENDFILE(40, 71),
    SOCKET(41, 198),
    CONNECT(42, 203),
    SENDTO(44, 206),
    RECVFROM(45, 207),
    SENDMSG(46, 211),
    RECVMSG(47, 212),
    SHUTDOWN(48, 210),
    BIND(49, 200),
    LISTEN(50, 201),
    GETSOCKNAME(51, 204),
    GETPEERNAME(52, 205),
    SOCKETPAIR(53, 199),
    SETSOCKOPT(54, 208),
    GETSOCKOPT(55, 209),
    UNAME(63, 160),
    FCNTL(72, 25),
    FLOCK(73, 32),
    FCHMOD(91, 52),
    FCHOWN(93, 55),
    OPENAT(257, 56),
    NEWFSTATAT(262, 79),
    UNLINKAT(263, 35),
    RENAMEAT2(316, 276),
    FCHOWNAT(260, 54),
    FCHMODAT(268, 53),
    SETHOSTNAME(170, 161),
    READLINKAT(267, 78),
    SPLICE(275, 76),
    TEE(276, 77),
    EPOLL_PWAIT(281, 22),
    ACCEPT4(288, 242),
    EVENTFD2(290, 19),
    EPOLL_CREATE1(291, 20),
    TIMERFD_CREATE(283, 85),
    TIMERFD_SETTIME(286, 86),
    TIMERFD_GETTIME(287, 87),
    CLOCK_GETTIME(228, 113),
    INOTIFY_INIT1(294, 26),
    INOTIFY_ADD_WATCH(254, 27),
    INOTIFY_RM_WATCH(255, 28),
    PIPE2(293, 59),
    DUP3(292, 24),
    EPOLL_CTL(233, 21),
    RECVMMSG(299, 243),
    SENDMMSG(307, 269),
    PPOLL(271, 73),
    GETPID(39, 172),
    GETUID(102, 174),
    GETTID(186, 178),
    PIDFD_SEND_SIGNAL(424, 424),
    PIDFD_OPEN(434, 434),
    UNSHARE(272, 97),
    SETNS(308, 268),
    PIDFD_GETFD(438, 438),
    IO_URING_SETUP(425, 425),
    IO_URING_ENTER(426, 426),
    IO_URING_REGISTER(427, 427),
    WAITID(247, 95),
    KILL(62, 129),
    PREADV2(327, 286),
    PWRITEV2(328, 287);

    /** The number on the machine this runs on. */
    final int number;

    SystemCall(int x86_64, int generic) {
        this.number = Machine.X86_64 ? x86_64 : generic;
    }

    private static final class Machine {
        static final boolean X86_64 = System.getProperty("os.arch").equals("amd64");
    }
}
