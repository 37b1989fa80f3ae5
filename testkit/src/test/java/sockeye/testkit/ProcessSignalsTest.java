// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import static sockeye.ProcessSignal.SIGCHLD;
import static sockeye.ProcessSignal.SIGIO;
import static sockeye.ProcessSignal.SIGTERM;
import static sockeye.ProcessSignal.SIGUSR1;
import static sockeye.ProcessSignal.SIGWINCH;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import sockeye.Deadline;
import sockeye.LinuxSocket;
import sockeye.ProcessDescriptor;
import sockeye.ProcessSignal;
import sockeye.ProcessSignals;
import sockeye.Readiness;
import sockeye.ReadinessKey;
import sockeye.ReadinessSelector;
import sockeye.SocketInterruptedException;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;

/** Signals that this process gets from itself, by the kernel. */
@Tag("C-13")
@ExtendWith(NoLeaks.class)
class ProcessSignalsTest {
    private static void send(ProcessSignal signal) throws IOException {
        try (var self = ProcessDescriptor.of(ProcessHandle.current().pid())) {
            self.signal(signal);
        }
    }

    /** Whether these tests run under nohup, behind a shell's &, or what is like it. */
    private static boolean isIgnored(ProcessSignal signal) throws IOException {
        return Files.readString(Path.of("/proc/self/status"))
                .lines()
                .filter(line -> line.startsWith("SigIgn:"))
                .map(line -> Long.parseUnsignedLong(line.substring("SigIgn:".length()).strip(), 16))
                .anyMatch(mask -> (mask >> (signal.number() - 1) & 1) != 0);
    }

    @ParameterizedTest
    @EnumSource(names = {"SIGHUP", "SIGINT", "SIGTERM", "SIGUSR1", "SIGCHLD", "SIGWINCH", "SIGIO"})
    void aSignalThatWasTakenIsTold(ProcessSignal signal) throws Exception {
        assumeFalse(isIgnored(signal), "nohup or &: the JVM leaves it ignored");
        try (var signals = ProcessSignals.take(signal)) {
            assertNull(signals.poll());
            Task<ProcessSignal> waiting = Task.call(() -> signals.await()).parked();
            send(signal);
            assertSame(signal, waiting.join());
            assertNull(signals.poll());
        }
    }

    @Test
    void aSignalIsSelectedAmongSockets() throws IOException {
        try (var signals = ProcessSignals.take(SIGUSR1, SIGIO);
                var pair = LinuxSocket.socketPair();
                var selector = ReadinessSelector.<String>open()) {
            selector.register(signals, Readiness.EPOLLIN, "signal");
            selector.register(pair.left(), Readiness.EPOLLIN, "socket");
            send(SIGUSR1);
            for (ReadinessKey<String> key : selector.select()) {
                assertEquals("signal", key.attachment());
            }
            assertSame(SIGUSR1, signals.await());
            assertTrue(selector.selectNow().isEmpty(), "it is taken up");
        }
    }

    @Test
    void severalSignalsAreToldOneByOne() throws IOException {
        try (var signals = ProcessSignals.take(SIGUSR1, SIGIO, SIGWINCH)) {
            assertEquals(Set.of(SIGUSR1, SIGIO, SIGWINCH), signals.signals());
            send(SIGWINCH);
            send(SIGUSR1);
            send(SIGIO);
            Set<ProcessSignal> told = EnumSet.noneOf(ProcessSignal.class);
            for (int i = 0; i < 3; i++) {
                told.add(signals.await());
            }
            assertEquals(signals.signals(), told);
        }
    }

    @Test
    void aCallbackIsRunForEach() throws Exception {
        BlockingQueue<ProcessSignal> told = new ArrayBlockingQueue<>(10);
        try (var signals = ProcessSignals.handle(told::add, SIGUSR1, SIGWINCH)) {
            send(SIGUSR1);
            assertSame(SIGUSR1, told.take());
            send(SIGWINCH);
            assertSame(SIGWINCH, told.take());
            assertNull(signals.poll());
        }
    }

    @Test
    void whoeverHandledItBeforeHandlesItAgainAfterClose() throws Exception {
        BlockingQueue<Integer> before = new ArrayBlockingQueue<>(10);
        Object ours = handleByTheJdk("USR1", () -> before.add(1));
        try {
            try (var signals = ProcessSignals.take(SIGUSR1)) {
                send(SIGUSR1);
                assertSame(SIGUSR1, signals.await());
                assertTrue(before.isEmpty());
            }
            send(SIGUSR1);
            assertEquals(1, before.take());
        } finally {
            restoreByTheJdk("USR1", ours);
        }
    }

    private static Object handleByTheJdk(String name, Runnable handler) throws Exception {
        Class<?> kind = Class.forName("sun.misc.SignalHandler");
        Object proxy =
                java.lang.reflect.Proxy.newProxyInstance(
                        ProcessSignalsTest.class.getClassLoader(),
                        new Class<?>[] {kind},
                        (p, method, arguments) -> {
                            handler.run();
                            return null;
                        });
        return restoreByTheJdk(name, proxy);
    }

    private static Object restoreByTheJdk(String name, Object handler) throws Exception {
        Class<?> kind = Class.forName("sun.misc.SignalHandler");
        Class<?> signal = Class.forName("sun.misc.Signal");
        return signal.getMethod("handle", signal, kind)
                .invoke(null, signal.getConstructor(String.class).newInstance(name), handler);
    }

    @Test
    void aSignalIsTakenByOneAtATime() throws IOException {
        try (var first = ProcessSignals.take(SIGUSR1)) {
            assertThrows(IllegalStateException.class, () -> ProcessSignals.take(SIGIO, SIGUSR1));
            assertEquals(Set.of(SIGUSR1), first.signals());
        }
        try (var again = ProcessSignals.take(SIGUSR1)) {
            assertTrue(again.isOpen());
        }
    }

    @ParameterizedTest
    @EnumSource(
            names = {
                "SIGKILL", "SIGSTOP", "SIGQUIT", "SIGSEGV", "SIGBUS", "SIGFPE", "SIGILL", "SIGPIPE",
                "SIGXFSZ", "SIGTRAP", "SIGUSR2"
            })
    void whatTheJvmNeedsIsRefusedWithTheReason(ProcessSignal signal) {
        String message =
                assertThrows(IllegalArgumentException.class, () -> ProcessSignals.take(signal))
                        .getMessage();
        assertTrue(message.startsWith(signal + " cannot be taken: "), message);
    }

    @Test
    void aWaitEndsByDeadlineInterruptAndClose() throws Exception {
        var signals = ProcessSignals.take(SIGUSR1);
        assertThrows(
                SocketTimeoutException.class,
                () -> signals.await(Deadline.after(Duration.ofMillis(1))));
        Task.call(() -> signals.await())
                .parked()
                .interrupt()
                .failure(SocketInterruptedException.class);
        Task<?> waiting = Task.call(() -> signals.await()).parked();
        signals.close();
        signals.close();
        waiting.failure(AsynchronousCloseException.class);
    }

    @Test
    void theNumbersAreThoseOfTheKernel() {
        assertEquals(Optional.of(SIGTERM), ProcessSignal.of(15));
        assertEquals(Optional.of(SIGCHLD), ProcessSignal.of(17));
        assertEquals(Optional.empty(), ProcessSignal.of(0));
        assertEquals(Optional.empty(), ProcessSignal.of(32));
    }

    // Other JVMs.

    private static List<String> java(List<String> before, List<String> flags) throws Exception {
        List<String> command = new ArrayList<>(before);
        command.add(Path.of(System.getProperty("java.home"), "bin/java").toString());
        command.addAll(flags);
        command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"));
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp"));
        String plain = System.getProperty("java.class.path");
        command.add(System.getProperty("surefire.test.class.path", plain));
        command.add(Taker.class.getName());
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        try {
            String output =
                    new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            process.waitFor();
            return output.lines().toList();
        } finally {
            process.destroyForcibly();
        }
    }

    /** What {@code takeStop} takes, and what becomes of the attempt. */
    static final class Taker {
        private Taker() {}

        public static void main(String[] args) throws IOException {
            try (var signals = ProcessSignals.takeStop()) {
                System.out.println(new java.util.TreeSet<>(signals.signals()));
            } catch (IllegalStateException refused) {
                System.out.println(refused.getMessage());
            }
        }
    }

    @Test
    void stopSignalsLeaveOutAHangUpThatNohupIgnores() throws Exception {
        List<String> fresh = List.of("env", "--default-signal=HUP");
        assertEquals(List.of("[SIGHUP, SIGINT, SIGTERM]"), java(fresh, List.of()));
        List<String> trap = List.of("/bin/sh", "-c", "trap '' HUP; exec \"$0\" \"$@\"");
        assertEquals(List.of("[SIGINT, SIGTERM]"), java(trap, List.of()));
    }

    @Test
    void underXrsTheReasonIsTold() throws Exception {
        String said = java(List.of(), List.of("-Xrs")).getLast();
        assertTrue(said.contains("is not to be had") && said.contains("-Xrs"), said);
    }
}
