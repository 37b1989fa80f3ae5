// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import sockeye.Deadline;
import sockeye.Errno;
import sockeye.ErrnoFailure;
import sockeye.netlink.ProcessEvent.Exec;
import sockeye.netlink.ProcessEvent.Exit;
import sockeye.netlink.ProcessEvent.Fork;
import sockeye.netlink.ProcessEvent.Name;
import sockeye.netlink.ProcessEvent.User;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.Task;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

@Tag("H8")
@ExtendWith(NoLeaks.class)
class ProcessEventSocketTest {
    private static ProcessEventSocket open() throws IOException {
        // In another pid namespace than the first the kernel tells nothing.
        if (!Files.readSymbolicLink(Path.of("/proc/self/ns/pid"))
                .toString()
                .equals("pid:[4026531836]")) {
            throw Tools.lacking("process events: not in the first pid namespace");
        }
        try {
            ProcessEventSocket events = ProcessEventSocket.open();
            events.deadline(Deadline.after(Duration.ofSeconds(Task.PATIENCE)));
            return events;
        } catch (IOException refused) {
            if (refused instanceof ErrnoFailure failure && failure.errno().equals(Errno.EPERM)) {
                throw Tools.lacking("process events need CAP_NET_ADMIN");
            }
            throw refused;
        }
    }

    /** The events of a process from its beginning to its end. */
    private static List<ProcessEvent> lifeOf(String... command) throws Exception {
        try (var events = open()) {
            Process process = new ProcessBuilder(command).start();
            List<ProcessEvent> life = new ArrayList<>();
            while (true) {
                ProcessReport report = events.receive();
                ProcessEvent event = report.event();
                if (event.process() == process.pid()) {
                    assertTrue(report.cpu() >= 0 && !report.time().isNegative());
                    life.add(event);
                    if (event instanceof Exit) {
                        process.waitFor();
                        return life;
                    }
                }
            }
        }
    }

    @Test
    void aProcessIsFollowedFromForkToExit() throws Exception {
        List<ProcessEvent> life = lifeOf("/bin/sh", "-c", "exit 7");
        assertTrue(life.getFirst() instanceof Fork fork && fork.isProcess(), () -> "" + life);
        assertTrue(life.stream().anyMatch(Exec.class::isInstance), () -> "" + life);
        Exit exit = (Exit) life.getLast();
        assertEquals(7, exit.status());
        assertEquals(0, exit.signal());
        assertEquals(17, exit.parentSignal(), "SIGCHLD");
    }

    @Test
    void aSignalThatKilledIsTold() throws Exception {
        Exit exit = (Exit) lifeOf("/bin/sh", "-c", "kill -TERM $$").getLast();
        assertEquals(15, exit.signal());
    }

    @Test
    void namesAndUsersAreTold() throws Exception {
        List<ProcessEvent> life =
                lifeOf(
                        "python3",
                        "-c",
                        "import os; open('/proc/self/comm','w').write('renamed'); os.setuid(1)");
        assertTrue(
                life.stream()
                        .anyMatch(e -> e instanceof Name name && name.name().equals("renamed")),
                () -> "" + life);
        assertTrue(
                life.stream().anyMatch(e -> e instanceof User user && user.effective() == 1),
                () -> "" + life);
    }
}
