// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.ChildCommand;
import sockeye.ChildExit;
import sockeye.ChildStream;
import sockeye.Errno;
import sockeye.ErrnoFailure;
import sockeye.ProcessSignal;
import sockeye.testkit.NoLeaks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;

/** Programs whose streams are connections. */
@ExtendWith(NoLeaks.class)
@Tag("D2-13")
@Tag("D3-14")
@Tag("C-08")
@Timeout(60)
@SuppressWarnings({"FutureReturnValueIgnored", "try"}) // what is chained tells; to close is shown
class SubprocessTest {
    private static ChildCommand shell(String program) {
        return ChildCommand.of("sh", "-c", program);
    }

    /** Says this, and ends its side. */
    private static Recorder saying(byte[] all) {
        return new Recorder() {
            @Override
            void onOpened(Transport opened) {
                opened.write(all);
                opened.shutdownOutput();
            }
        };
    }

    /** Runs a program until all of it is over; how it has ended. */
    private static ChildExit run(Engine engine, SubprocessSettings settings) throws Exception {
        try (Reactor reactor = engine.open()) {
            CompletableFuture<ChildExit> end =
                    reactor.spawn(settings)
                            .thenCompose(Subprocess::end)
                            .whenComplete((exit, failed) -> reactor.stop());
            Engine.run(reactor);
            return end.get();
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void aProgramReadsWhatIsWrittenAndIsHeard(Engine engine) throws Exception {
        byte[] much = new byte[1_000_000];
        new Random(1).nextBytes(much);
        Recorder talker = saying(much);
        ChildExit exit =
                run(engine, SubprocessSettings.of(ChildCommand.of("cat")).withDialogue(talker));
        assertTrue(exit.isSuccess());
        assertArrayEquals(much, talker.bytes.toByteArray());
        assertNull(talker.why);
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void onlyItsEndBringsTheAnswer(Engine engine) throws Exception {
        Recorder talker = saying("pear\napple\n".getBytes(UTF_8));
        run(engine, SubprocessSettings.of(ChildCommand.of("sort")).withDialogue(talker));
        assertEquals("apple\npear\n", talker.bytes.toString(UTF_8));
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void whatItSaysIsHeardThoughItReadsNoMore(Engine engine) throws Exception {
        Recorder talker = saying(new byte[1_000_000]);
        ChildCommand command = shell("exec 0<&-; head -c 1000000 /dev/zero | tr '\\0' x");
        ChildExit exit = run(engine, SubprocessSettings.of(command).withDialogue(talker));
        assertTrue(exit.isSuccess());
        assertEquals("x".repeat(1_000_000), talker.bytes.toString(UTF_8));
        var failure = assertInstanceOf(ErrnoFailure.class, talker.why);
        assertEquals(Errno.EPIPE, failure.errno());
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void errorsAreHeardApartAndTheStatusIsTold(Engine engine) throws Exception {
        var talker = new Recorder();
        var errors = new Recorder();
        ChildExit exit =
                run(
                        engine,
                        SubprocessSettings.of(shell("echo fine; echo bad >&2; exit 3"))
                                .withDialogue(talker)
                                .withErrors(errors));
        assertEquals(new ChildExit.Exited(3), exit);
        assertEquals("fine\n", talker.bytes.toString(UTF_8));
        assertEquals("bad\n", errors.bytes.toString(UTF_8));
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void whatTheCommandNamesItselfStays(Engine engine) throws Exception {
        var talker = new Recorder();
        ChildCommand command = ChildCommand.of("cat").with(0, ChildStream.discarded());
        run(engine, SubprocessSettings.of(command).withDialogue(talker));
        assertTrue(talker.ended);
        assertEquals(0, talker.bytes.size());
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void itsExitIsToldThoughAnotherHasItsOutput(Engine engine) throws Exception {
        // What it leaves behind has the pipe until it is told to end by a line.
        var talker = new Recorder();
        try (Reactor reactor = engine.open()) {
            boolean[] endTold = {true};
            reactor.spawn(
                            SubprocessSettings.of(
                                            shell("exec 3<&0; (read line <&3; echo last) & exit 4"))
                                    .withDialogue(talker))
                    .thenAccept(child -> {
                        CompletableFuture<ChildExit> end = child.end();
                        child.exit()
                                .thenAccept(exit -> {
                                    assertEquals(new ChildExit.Exited(4), exit);
                                    assertFalse(child.isAlive());
                                    endTold[0] = end.isDone();
                                    child.dialogue().orElseThrow().write("go\n");
                                });
                        end.thenRun(reactor::stop);
                    });
            Engine.run(reactor);
            assertFalse(endTold[0]);
        }
        assertEquals("last\n", talker.bytes.toString(UTF_8));
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void aSignalEndsItAndIsTold(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            CompletableFuture<ChildExit> exit =
                    reactor.spawn(ChildCommand.of("cat"), new Recorder())
                            .thenCompose(child -> {
                                try {
                                    child.signal(ProcessSignal.SIGUSR1);
                                } catch (IOException refused) {
                                    throw new AssertionError(refused);
                                }
                                return child.exit();
                            })
                            .whenComplete((how, failed) -> reactor.stop());
            Engine.run(reactor);
            var killed = assertInstanceOf(ChildExit.Killed.class, exit.get());
            assertEquals(ProcessSignal.SIGUSR1, killed.signal().orElseThrow());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void whoIgnoresTheTermIsKilled(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            var exit = new CompletableFuture<ChildExit>();
            var child = new CompletableFuture<Subprocess>();
            reactor.spawn(
                            shell("trap '' TERM; echo ready; while :; do read x; done"),
                            new Recorder() {
                                @Override
                                void onReceived(Transport from, ByteBuffer bytes) throws Exception {
                                    super.onReceived(from, bytes);
                                    Subprocess it = child.getNow(null);
                                    it.terminate(Duration.ofMillis(20));
                                    it.exit()
                                            .whenComplete((how, failed) -> {
                                                exit.complete(how);
                                                reactor.stop();
                                            });
                                }
                            })
                    .thenAccept(child::complete);
            Engine.run(reactor);
            var killed = assertInstanceOf(ChildExit.Killed.class, exit.get());
            assertEquals(ProcessSignal.SIGKILL, killed.signal().orElseThrow());
        }
    }

    /** Spawns a program that reads for ever, and closes the reactor; its number. */
    private static long leftBehind(Engine engine, SubprocessSettings settings) throws Exception {
        try (Reactor reactor = engine.open()) {
            CompletableFuture<Subprocess> child = reactor.spawn(settings);
            child.thenRun(reactor::stop);
            Engine.run(reactor);
            CompletableFuture<ChildExit> exit = child.get().exit();
            long pid = child.get().pid();
            reactor.close();
            assertThrows(ExecutionException.class, exit::get);
            return pid;
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void whatIsToBeKilledDoesNotOutliveTheReactor(Engine engine) throws Exception {
        ChildCommand command = ChildCommand.of("sleep", "1000");
        long pid = leftBehind(engine, SubprocessSettings.of(command).withKilled(true));
        ProcessHandle.of(pid).ifPresent(process -> process.onExit().join());
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void whatIsNotGoesOn(Engine engine) throws Exception {
        ChildCommand command = ChildCommand.of("sleep", "1000");
        long pid = leftBehind(engine, SubprocessSettings.of(command));
        ProcessHandle process = ProcessHandle.of(pid).orElseThrow();
        assertTrue(process.isAlive());
        process.destroyForcibly();
        process.onExit().join();
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void whatIsNoProgramFailsAndLeavesNothing(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            CompletableFuture<Subprocess> child =
                    reactor.spawn(ChildCommand.of("no-such-program"), new Recorder());
            child.whenComplete((made, failed) -> reactor.stop());
            Engine.run(reactor);
            var failed = assertThrows(ExecutionException.class, child::get);
            var failure = assertInstanceOf(ErrnoFailure.class, failed.getCause());
            assertEquals(Errno.ENOENT, failure.errno());
        }
    }

    @Test
    void aStreamIsOneProtocolsAndEachHasOne() {
        ChildCommand cat = ChildCommand.of("cat");
        var protocol = new Recorder();
        ChildCommand without =
                cat.with(0, ChildStream.discarded()).with(1, ChildStream.discarded());
        assertThrows(
                IllegalArgumentException.class,
                () -> SubprocessSettings.of(without).withDialogue(protocol));
        ChildCommand quiet = cat.with(2, ChildStream.discarded());
        assertThrows(
                IllegalArgumentException.class,
                () -> SubprocessSettings.of(quiet).withErrors(protocol));
        ChildCommand piped = cat.with(0, ChildStream.piped());
        assertThrows(IllegalArgumentException.class, () -> SubprocessSettings.of(piped));
    }
}
