// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import sockeye.Deadline;
import sockeye.EndpointSpec;
import sockeye.StreamSocket;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Whom {@code serve} lets in, how many, and for how long. */
@ParameterizedClass
@EnumSource
@Timeout(60)
@Tag("H12")
class GuardTest {
    @Parameter EngineUnderTest engine;

    @TempDir private Path directory;

    private static StreamSocket connect(Serving serving) throws IOException {
        return StreamSocket.connect(EndpointSpec.parse(serving.endpoint()), Deadline.NONE);
    }

    private static boolean isServed(StreamSocket client) {
        try {
            client.write("x\n");
            return client.reader().readLine() != null;
        } catch (IOException reset) {
            return false;
        }
    }

    private static boolean isServed(Serving serving) throws IOException {
        try (var client = connect(serving)) {
            return isServed(client);
        }
    }

    @Test
    void whoIsOneTooManyIsTurnedAwayAndCounted() throws Exception {
        try (var serving = engine.on(1, "--max-per-peer", "1", "tcp:127.0.0.1:0")) {
            try (var first = connect(serving)) {
                assertTrue(isServed(first));
                assertTrue(!isServed(serving));
                assertTrue(isServed(first));
            }
            serving.line("left after");
            assertEquals(0, serving.stop());
            assertTrue(serving.line("stopped").endsWith(", 1 turned away"));
        }
    }

    @Test
    void networksAreAllowedAndDeniedInWhateverOrder() throws Exception {
        try (var serving =
                engine.on(1, "--allow", "127.0.0.1", "--deny", "127.0.0.0/8", "tcp:127.0.0.1:0")) {
            assertTrue(isServed(serving));
        }
        try (var serving =
                engine.on(1, "--deny=127.0.0.1", "--allow=127.0.0.0/8", "tcp:127.0.0.1:0")) {
            assertTrue(!isServed(serving));
        }
        try (var serving = engine.on(1, "--allow=10.0.0.0/8", "--allow=::1", "tcp:127.0.0.1:0")) {
            assertTrue(!isServed(serving));
        }
    }

    @Test
    void usersAreAllowedByNameAndNumber() throws Exception {
        int me = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        String unix = "unix:" + directory.resolve("x");
        try (var serving = engine.on(1, "--allow-uid", String.valueOf(me), unix)) {
            assertTrue(isServed(serving));
        }
        String other = me == 0 ? "nobody" : "root";
        try (var serving = engine.on(1, "--allow-uid", other, unix)) {
            assertTrue(!isServed(serving));
        }
    }

    @Test
    void whoIsSilentTooLongIsLetGoAndItIsSaidWhy() throws Exception {
        try (var serving = engine.on(1, "--idle-timeout", "200ms", "tcp:127.0.0.1:0");
                var client = connect(serving)) {
            assertTrue(isServed(client));
            assertEquals(-1, client.read(new byte[1]));
            assertTrue(serving.line("left after").endsWith("; silent for 200 ms"));
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--allow=10.0.0.1/8 | 10.0.0.0/8",
                "--deny=host | not an IP address",
                "--allow-uid=no-such-user-here | no such user",
                "--peer-rate=5 | is no rate",
                "--peer-rate=0/s | at least 1",
                "--max-connections=0 | no number from 1",
                "--idle-timeout=5 | is no time"
            })
    void whatCannotBeMeantIsRefused(String argument, String said) {
        var result = Result.of("serve", argument, "tcp:127.0.0.1:0");
        assertEquals(2, result.code());
        assertTrue(result.err().contains(said), result.err());
    }
}
