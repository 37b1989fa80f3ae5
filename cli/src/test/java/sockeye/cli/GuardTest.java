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
    void usersAreDeniedByNameAndNumber() throws Exception {
        int me = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        String unix = "unix:" + directory.resolve("x");
        try (var serving = Serving.on(1, "--deny-uid", String.valueOf(me), unix)) {
            assertTrue(!isServed(serving));
        }
        String other = me == 0 ? "nobody" : "root";
        try (var serving = Serving.on(1, "--deny-uid", other, unix)) {
            assertTrue(isServed(serving));
        }
    }

    @Test
    void anEndpointHasRulesOfItsOwn() throws Exception {
        int me = (Integer) Files.getAttribute(Path.of("/proc/self"), "unix:uid");
        try (var serving =
                Serving.on(
                        4,
                        "--max-per-peer=1",
                        "--deny=127.0.0.1",
                        "tcp:127.0.0.1:0",
                        "tcp:127.0.0.1:0?allow=10.0.0.0/8,127.0.0.0/8,127.0.0.1&max-per-peer=2",
                        "tcp:127.0.0.1:0?allow=127.0.0.1",
                        "unix:%s?deny-uid=%d".formatted(directory.resolve("x"), me))) {
            assertTrue(!isServed(serving.endpoint(0)));
            assertTrue(!isServed(serving.endpoint(3)));
            for (int endpoint = 1; endpoint <= 2; endpoint++) {
                String at = serving.endpoint(endpoint);
                try (var first = StreamSocket.connect(EndpointSpec.parse(at))) {
                    assertTrue(isServed(first));
                    assertEquals(endpoint == 1, isServed(at));
                }
            }
        }
    }

    private static boolean isServed(String endpoint) throws IOException {
        try (var client = StreamSocket.connect(EndpointSpec.parse(endpoint))) {
            return isServed(client);
        }
    }

    @Test
    void aHandshakeThatTakesTooLongIsEndedAndItIsSaidWhy() throws Exception {
        try (var serving =
                        Serving.on(
                                1,
                                "--handshake-timeout=150ms",
                                "proxy+tcp:127.0.0.1:0?trust=127.0.0.1");
                var client =
                        StreamSocket.connect(
                                EndpointSpec.parse(
                                        serving.endpoint().substring("proxy+".length())))) {
            assertEquals(-1, client.read(new byte[1]));
            assertTrue(serving.line("left after").contains("150 ms"));
        }
    }

    @Test
    void whoTakesNoAnswersIsResetAndItIsSaidWhy() throws Exception {
        String chargen = "chargen=tcp:127.0.0.1:0?stall-timeout=150ms";
        try (var serving = Serving.on(1, chargen);
                var client = connect(serving)) {
            assertTrue(serving.line("left after").contains("150 ms"));
            assertTrue(client.isOpen());
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
                "--idle-timeout=5 | is no time",
                "--deny-uid=no-such-user-here | no such user",
                "--stall-timeout=x | is no time",
                "--handshake-timeout=1 | is no time"
            })
    void whatCannotBeMeantIsRefused(String argument, String said) {
        var result = Result.of("serve", argument, "tcp:127.0.0.1:0");
        assertEquals(2, result.code());
        assertTrue(result.err().contains(said), result.err());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "tcp:127.0.0.1:0?max-connections=0 | no number from 1",
                "tcp:127.0.0.1:0?allow=10.0.0.1/8 | 10.0.0.0/8",
                "tcp:127.0.0.1:0?peer-rate=5 | is no rate",
                "tcp:127.0.0.1:0?deny-uid=0 | no such option",
                "tcp:127.0.0.1:0?idle-timeout=5 | is no time",
                "udp:127.0.0.1:0?max-connections=5 | no such option",
                "unix:/tmp/x?deny=10.0.0.0/8 | no such option",
                "unix:/tmp/x?v6only | no such option",
                "tcp:127.0.0.1:0?max-conections=5 | did you mean max-connections?"
            })
    void whatAnEndpointCannotMeanIsRefused(String endpoint, String said) {
        var result = Result.of("serve", endpoint);
        assertEquals(2, result.code());
        assertTrue(result.err().contains(said), result.err());
    }
}
