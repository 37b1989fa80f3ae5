// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The signals of Linux on x86-64 and aarch64 by their names and numbers, the real-time ones apart,
 * which have none.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/signal.7.html">signal(7)</a>
 */
public enum ProcessSignal {
    /** The terminal is gone; to a service: read your configuration again. */
    SIGHUP(1),
    /** Ctrl-C. */
    SIGINT(2),
    /** Ctrl-\; a JVM prints its threads. */
    SIGQUIT(3),
    /** An instruction that there is not. */
    SIGILL(4),
    /** A break point. */
    SIGTRAP(5),
    /** abort(3). */
    SIGABRT(6),
    /** Memory that there is not. */
    SIGBUS(7),
    /** Arithmetic that cannot be. */
    SIGFPE(8),
    /** The end, which cannot be handled. */
    SIGKILL(9),
    /** The program's own. */
    SIGUSR1(10),
    /** Memory that is not the program's. */
    SIGSEGV(11),
    /** The program's own; a JVM's own, unless told otherwise. */
    SIGUSR2(12),
    /** A write to a pipe or socket that nobody reads. */
    SIGPIPE(13),
    /** alarm(2). */
    SIGALRM(14),
    /** Please end. */
    SIGTERM(15),
    /** Unused. */
    SIGSTKFLT(16),
    /** A child has ended, stopped or gone on. */
    SIGCHLD(17),
    /** Go on. */
    SIGCONT(18),
    /** Stop, which cannot be handled. */
    SIGSTOP(19),
    /** Ctrl-Z. */
    SIGTSTP(20),
    /** A read from the terminal, in the background. */
    SIGTTIN(21),
    /** A write to the terminal, in the background. */
    SIGTTOU(22),
    /** Urgent data has come. */
    SIGURG(23),
    /** Too much processor time. */
    SIGXCPU(24),
    /** Too large a file. */
    SIGXFSZ(25),
    /** setitimer(2) by the process's time. */
    SIGVTALRM(26),
    /** setitimer(2) by the process's and the kernel's time. */
    SIGPROF(27),
    /** The terminal has another size. */
    SIGWINCH(28),
    /** A descriptor is ready, fcntl(2) O_ASYNC. */
    SIGIO(29),
    /** The power fails. */
    SIGPWR(30),
    /** A system call that there is not, or that is forbidden. */
    SIGSYS(31);

    private static final ProcessSignal[] ALL = values();

    private final int number;

    ProcessSignal(int number) {
        this.number = number;
    }

    /** The number. */
    public int number() {
        return number;
    }

    /** The signal of a number; empty for real-time signals and what is none. */
    public static Optional<ProcessSignal> of(int number) {
        return number < 1 || number > ALL.length ? Optional.empty() : Optional.of(ALL[number - 1]);
    }

    /**
     * Whether this process ignores it now; nohup(1) starts one that ignores {@link #SIGHUP}, a
     * shell's {@code &} one that ignores {@link #SIGINT}. proc_pid_status(5).
     */
    public boolean isIgnored() {
        try (var lines = Files.lines(Path.of("/proc/self/status"))) {
            return lines.filter(line -> line.startsWith("SigIgn:"))
                    .map(line -> new BigInteger(line.substring("SigIgn:".length()).strip(), 16))
                    .anyMatch(mask -> mask.testBit(number - 1));
        } catch (IOException | NumberFormatException unknown) {
            return false;
        }
    }
}
