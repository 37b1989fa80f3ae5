// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import sockeye.ChildCommand;
import sockeye.ChildStream;
import sockeye.Deadline;
import sockeye.Errno;
import sockeye.ErrnoFailure;
import sockeye.EventCounter;
import sockeye.FileWatch;
import sockeye.PipePair;
import sockeye.PollSet;
import sockeye.ProcessSignal;
import sockeye.ProcessSignals;
import sockeye.ReadinessSelector;
import sockeye.TimerDescriptor;
import sockeye.testkit.FaultyKernel.Fault;

import java.io.IOException;
import java.time.Duration;

/** Where descriptors run out whatever is made is made whole or not at all. */
@Tag("H9")
@ExtendWith(NoLeaks.class)
class ScarceReadinessTest {
    private interface Attempt {
        void run() throws IOException;
    }

    /** Tries it often; how often it went well. */
    private static int attempt(int times, Attempt attempt) throws IOException {
        int well = 0;
        try (FaultyKernel faults =
                FaultyKernel.install(UnderFaults.seed()).with(Fault.EMFILE, 0.3)) {
            for (int i = 0; i < times; i++) {
                try {
                    attempt.run();
                    well++;
                } catch (IOException refused) {
                    assertEquals(Errno.EMFILE, ((ErrnoFailure) refused).errno(), faults::toString);
                }
            }
            assertTrue(faults.count(Fault.EMFILE) > 0 && well > 0, faults::toString);
        }
        return well;
    }

    @Test
    @Tag("C-03")
    void sourcesAndSelectors() throws IOException {
        attempt(50, () -> EventCounter.open().close());
        attempt(50, () -> TimerDescriptor.open().close());
        attempt(50, () -> FileWatch.open().close());
        attempt(50, () -> PipePair.open().close());
        attempt(50, () -> ReadinessSelector.<String>open().close());
        attempt(50, () -> ProcessSignals.take(ProcessSignal.SIGUSR1).close());
    }

    @Test
    @Tag("C-02")
    void aPollThatHasToWait() throws IOException {
        try (var counter = EventCounter.open()) {
            var set = new PollSet();
            set.register(counter, PollSet.POLLIN);
            attempt(50, () -> set.poll(Deadline.after(Duration.ofMillis(1))));
        }
    }

    @Test
    void aChildIsThereOrNot() throws IOException {
        long before = ProcessHandle.current().children().count();
        ChildCommand command =
                ChildCommand.of("true")
                        .with(0, ChildStream.piped())
                        .with(1, ChildStream.discarded())
                        .with(2, ChildStream.connected());
        // Seven descriptors each.
        attempt(
                200,
                () -> {
                    try (var child = command.start()) {
                        assertTrue(child.await().isSuccess());
                    }
                });
        assertEquals(before, ProcessHandle.current().children().count(), "none is a zombie");
    }
}
