// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedStackTrace;
import jdk.jfr.consumer.RecordingFile;

import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;

/**
 * Fails a test during which a virtual thread was parked in Sockeye while it pinned its carrier:
 * JFR's {@code jdk.VirtualThreadPinned}.
 */
public final class NoPinning implements BeforeEachCallback, AfterEachCallback {
    private static final String PINNED = "jdk.VirtualThreadPinned";
    private static final ExtensionContext.Namespace SPACE =
            ExtensionContext.Namespace.create(NoPinning.class);

    /** For JUnit to make. */
    public NoPinning() {}

    @Override
    public void beforeEach(ExtensionContext context) {
        Recording recording = new Recording();
        recording.enable(PINNED).withThreshold(Duration.ZERO);
        recording.start();
        context.getStore(SPACE).put("recording", recording);
    }

    @Override
    public void afterEach(ExtensionContext context) throws IOException {
        Recording made = context.getStore(SPACE).remove("recording", Recording.class);
        if (made == null) {
            return;
        }
        Path file = Files.createTempFile("sockeye", ".jfr");
        try (Recording recording = made) {
            recording.stop();
            recording.dump(file);
            for (RecordedEvent event : RecordingFile.readAllEvents(file)) {
                RecordedStackTrace stack = event.getStackTrace();
                // Sockets record events of their own, in every recording.
                if (event.getEventType().getName().equals(PINNED)
                        && stack != null
                        && stack.getFrames().stream().anyMatch(NoPinning::isOurs)) {
                    Assertions.fail("a carrier was pinned: " + event);
                }
            }
        } finally {
            Files.delete(file);
        }
    }

    private static boolean isOurs(RecordedFrame frame) {
        String type = frame.getMethod().getType().getName();
        return type.startsWith("sockeye.") && !type.startsWith("sockeye.testkit.");
    }
}
