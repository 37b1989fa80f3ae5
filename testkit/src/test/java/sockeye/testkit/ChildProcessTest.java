// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

import sockeye.ChildCommand;
import sockeye.ChildExit;
import sockeye.ChildProcess;
import sockeye.ChildStream;
import sockeye.Deadline;
import sockeye.Errno;
import sockeye.ErrnoFailure;
import sockeye.EventCounter;
import sockeye.InetEndpoint;
import sockeye.LinuxSocket;
import sockeye.Listener;
import sockeye.ProcessDescriptor;
import sockeye.ProcessSignal;
import sockeye.Readiness;
import sockeye.ReadinessSelector;
import sockeye.StreamSocket;

import java.io.IOException;
import java.io.InputStream;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Children that have what they were given, and processes held by a descriptor. */
@Tag("H9")
@ExtendWith(NoLeaks.class)
@SuppressWarnings("try") // some are closed early on purpose
class ChildProcessTest {
    @TempDir Path directory;

    private static ChildCommand shell(String script, String... arguments) {
        var words = new java.util.ArrayList<String>();
        words.add("-c");
        words.add(script);
        words.addAll(java.util.List.of(arguments));
        return ChildCommand.of("sh", words.toArray(new String[0]));
    }

    private static String output(ChildCommand command) throws IOException {
        try (ChildProcess child = command.with(1, ChildStream.piped()).start();
                InputStream stream = Channels.newInputStream(child.pipe(1))) {
            String said = new String(stream.readAllBytes(), StandardCharsets.UTF_8);
            child.await();
            return said.strip();
        }
    }

    @Test
    void theStatusOfTheEndIsTold() throws Exception {
        try (ChildProcess child = shell("exit 7").start()) {
            assertEquals(new ChildExit.Exited(7), child.await());
            assertEquals(new ChildExit.Exited(7), child.poll());
            assertFalse(child.isAlive());
            assertEquals(7, child.await().shellStatus());
            assertFalse(child.await().isSuccess());
        }
        try (ChildProcess child = ChildCommand.of("true").start()) {
            assertTrue(child.await().isSuccess());
        }
    }

    @Test
    void theSignalThatEndedItIsTold() throws Exception {
        try (ChildProcess child = ChildCommand.of("cat").with(0, ChildStream.piped()).start()) {
            assertNull(child.poll());
            assertTrue(child.isAlive());
            Task<ChildExit> waiting = Task.call(() -> child.await()).parked();
            child.signal(ProcessSignal.SIGTERM);
            var killed = assertInstanceOf(ChildExit.Killed.class, waiting.join());
            assertEquals(Optional.of(ProcessSignal.SIGTERM), killed.signal());
            assertEquals(143, killed.shellStatus());
            IOException gone =
                    assertThrows(IOException.class, () -> child.signal(ProcessSignal.SIGTERM));
            assertEquals(Errno.ESRCH, ((ErrnoFailure) gone).errno());
        }
    }

    @Test
    void aWaitForTheEndHasADeadline() throws Exception {
        try (ChildProcess child = ChildCommand.of("cat").with(0, ChildStream.piped()).start()) {
            assertThrows(
                    SocketTimeoutException.class,
                    () -> child.await(Deadline.after(Duration.ofMillis(1))));
            child.pipe(0).close();
            assertEquals(new ChildExit.Exited(0), child.await());
        }
    }

    @Test
    void pipesGoBothWays() throws Exception {
        try (ChildProcess child =
                ChildCommand.of("tr", "a-z", "A-Z")
                        .with(0, ChildStream.piped())
                        .with(1, ChildStream.piped())
                        .start()) {
            child.pipe(0).write(ByteBuffer.wrap("hello".getBytes(StandardCharsets.UTF_8)));
            child.pipe(0).close();
            InputStream output = Channels.newInputStream(child.pipe(1));
            assertEquals("HELLO", new String(output.readAllBytes(), StandardCharsets.UTF_8));
            assertThrows(IllegalArgumentException.class, () -> child.pipe(2));
        }
    }

    @Test
    void anAcceptedSocketIsItsInputAndOutputAsWithInetd() throws Exception {
        try (Listener<StreamSocket> listener = Listener.stream(InetEndpoint.of("127.0.0.1", 0));
                StreamSocket client = StreamSocket.connect(listener.local());
                StreamSocket accepted = listener.accept();
                ChildProcess child =
                        ChildCommand.of("cat")
                                .with(0, ChildStream.of(accepted))
                                .with(1, ChildStream.of(accepted))
                                .start()) {
            accepted.close();
            client.write("through cat\n");
            assertEquals("through cat", client.reader().readLine());
            client.socket().shutdown(LinuxSocket.SHUT_WR);
            assertEquals(new ChildExit.Exited(0), child.await());
            assertNull(client.reader().readLine());
        }
    }

    @Test
    void aSocketPairLeadsToIt() throws Exception {
        try (ChildProcess child =
                shell("read line <&3; echo \"got $line\" >&3")
                        .with(3, ChildStream.connected())
                        .start()) {
            child.socket(3).write("this\n");
            assertEquals("got this", child.socket(3).reader().readLine());
            assertTrue(child.await().isSuccess());
        }
    }

    @Test
    void numbersMayBeCrossedAndNothingElseIsInherited() throws Exception {
        try (var one = LinuxSocket.socketPair();
                var inheritable = EventCounter.open();
                var copy = sockeye.PassedDescriptor.duplicate(inheritable)) {
            copy.setInheritable(true);
            ChildCommand command =
                    shell("cd /proc/self/fd && echo *")
                            .with(2, ChildStream.discarded())
                            .with(one.left().fileno() + 1, ChildStream.of(one.left()))
                            .with(one.left().fileno(), ChildStream.of(one.right()));
            int low = one.left().fileno();
            Set<String> open = Set.of(output(command).split(" "));
            assertTrue(open.contains("" + low) && open.contains("" + (low + 1)), open::toString);
            // The shell opens the directory for the pattern.
            assertEquals(3 + 2 + 1, open.size(), open::toString);
        }
    }

    @Test
    void itHasTheEnvironmentAndTheDirectoryThatItWasGiven() throws Exception {
        ChildCommand command = shell("echo \"$A:$HOME:$(pwd)\"").withDirectory(directory);
        String home = System.getenv("HOME");
        String here = directory.toRealPath().toString();
        assertEquals("ä:" + home + ":" + here, output(command.withVariable("A", "ä")));
        String path = System.getenv("PATH");
        assertEquals("::" + here, output(command.withEnvironment(Map.of("PATH", path))));
    }

    @Test
    void itMayLeadASessionOrAGroup() throws Exception {
        String ids =
                "read pid name state parent group session rest < /proc/self/stat;"
                        + " test $group = $1 && echo group;"
                        + " test $session = $1 && echo session; true";
        // In the shell, /proc/self is the shell.
        String script = "set -- $$; " + ids;
        assertEquals("group\nsession", output(shell(script).withSession()));
        assertEquals("group", output(shell(script).withGroup(0)));
        assertEquals("", output(shell(script)));
    }

    @Test
    void signalsAreAsInAFreshProcess() throws Exception {
        // What nohup or a shell's & has ignored for this process stays ignored for what it starts.
        String look = "exec env --default-signal=HUP,INT,QUIT grep '^Sig[BI]' /proc/self/status";
        String status = output(shell(look));
        assertEquals("SigBlk:\t0000000000000000\nSigIgn:\t0000000000000000", status);
    }

    @Test
    void aProgramThatCannotBeStartedSaysWhy() throws Exception {
        assertEquals(Errno.ENOENT, refused(ChildCommand.of("no-such-program-at-all")));
        assertEquals(Errno.EACCES, refused(ChildCommand.of(directory.toString())));
        assertEquals(
                Errno.ENOENT,
                refused(ChildCommand.of("true").withDirectory(directory.resolve("no"))));
    }

    private static Errno refused(ChildCommand command) {
        IOException failed = assertThrows(IOException.class, command::start);
        return ((ErrnoFailure) failed).errno();
    }

    @Test
    void aCommandThatMakesNoSenseIsRefused() {
        ChildCommand good = ChildCommand.of("true");
        assertThrows(IllegalArgumentException.class, () -> ChildCommand.of(""));
        assertThrows(IllegalArgumentException.class, () -> ChildCommand.of("a\0b"));
        assertThrows(IllegalArgumentException.class, () -> good.withVariable("", ""));
        assertThrows(IllegalArgumentException.class, () -> good.withVariable("a=b", ""));
        assertThrows(IllegalArgumentException.class, () -> good.with(256, ChildStream.discarded()));
        assertThrows(IllegalArgumentException.class, () -> good.with(-1, ChildStream.discarded()));
        assertThrows(IllegalArgumentException.class, () -> good.with(3, ChildStream.inherited()));
    }

    @Test
    void anEndIsSelectedAndAChildThatWasLetGoIsReaped() throws Exception {
        ChildProcess child = ChildCommand.of("cat").with(0, ChildStream.piped()).start();
        try (var selector = ReadinessSelector.<String>open();
                ProcessDescriptor same = ProcessDescriptor.of(child.pid())) {
            selector.register(same, Readiness.EPOLLIN, "ended");
            assertTrue(selector.selectNow().isEmpty());
            assertTrue(same.isAlive());
            child.close();
            child.close();
            assertFalse(child.isOpen());
            assertEquals(1, selector.select().size());
            same.await();
            assertFalse(same.isAlive());
            Task.until("it is reaped", () -> ProcessHandle.of(same.pid()).isEmpty());
        }
    }

    @Test
    void theJdkReapsItsOwnAndWeOurs() throws Exception {
        for (int i = 0; i < 5; i++) {
            Process theirs = new ProcessBuilder("sh", "-c", "exit 3").start();
            try (ChildProcess ours = shell("exit 4").start();
                    ProcessDescriptor held = ProcessDescriptor.of(ours.pid())) {
                assertEquals(3, theirs.waitFor());
                held.await();
                assertEquals(new ChildExit.Exited(4), ours.await());
            }
        }
    }

    // Any process.

    @Test
    void aProcessOfAnotherIsHeldByItsHandle() throws Exception {
        Process process = new ProcessBuilder("cat").start();
        try (ProcessDescriptor held = ProcessDescriptor.of(process.toHandle())) {
            assertEquals(process.pid(), held.pid());
            Task<?> waiting = Task.run(held::await).parked();
            held.signal(0);
            held.signal(ProcessSignal.SIGKILL);
            waiting.join();
            assertEquals(128 + 9, process.waitFor());
            assertThrows(IOException.class, () -> ProcessDescriptor.of(process.toHandle()));
        }
    }

    @Test
    void aDescriptorIsTakenOutOfAProcess() throws Exception {
        try (ChildProcess child = ChildCommand.of("cat").with(0, ChildStream.connected()).start();
                ProcessDescriptor held = ProcessDescriptor.of(child.pid());
                var taken = held.descriptor(0);
                LinuxSocket theirs = taken.asSocket()) {
            child.signal(ProcessSignal.SIGKILL);
            child.await();
            theirs.send("x".getBytes(StandardCharsets.UTF_8));
            assertEquals(1, child.socket(0).read(new byte[8], 0, 8));
            IOException none = assertThrows(IOException.class, () -> held.descriptor(0));
            assertInstanceOf(ErrnoFailure.class, none);
        }
    }
}
