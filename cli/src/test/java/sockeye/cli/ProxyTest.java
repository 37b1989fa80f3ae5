// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.InetEndpoint;
import sockeye.Listener;
import sockeye.wire.ProxyHeader;
import sockeye.wire.ProxyParser;
import sockeye.wire.ProxyTlv;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/** {@code proxy+…} in both commands. */
@Tag("D4-15")
@Timeout(60)
class ProxyTest {
    private static Serving echo(String options) throws Exception {
        return Serving.on(1, "--service", "echo", "proxy+tcp:127.0.0.1:0?" + options);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "proxy=v2",
                "proxy=v1",
                "proxy=v2&proxy-source=192.0.2.1:5&proxy-destination=198.51.100.1:443",
                "proxy-checksum&proxy-id=id-7&proxy-authority=example.org&proxy-tlv=e0:00ff",
                "proxy=local",
            })
    void bothCommandsSpeakIt(String options) throws Exception {
        try (var serving = echo("trust=127.0.0.0/8,::1")) {
            var result = Result.fed("hello\n", "connect", serving.endpoint() + "?" + options);
            assertEquals("hello\n", result.out(), result.err());
            assertEquals(0, result.code());
        }
    }

    @Test
    void whoIsNotTrustedIsNotServed() throws Exception {
        try (var serving = echo("trust=192.0.2.0/24")) {
            var result = Result.fed("hello\n", "connect", serving.endpoint());
            assertEquals("", result.out());
        }
        try (var serving = echo("trust=192.0.2.0/24&others=direct")) {
            String plain = serving.endpoint().substring("proxy+".length());
            assertEquals("hello\n", Result.fed("hello\n", "connect", plain).out());
        }
    }

    @Test
    void theHeaderIsWhatTheOptionsSay() throws Exception {
        try (var listener = Listener.stream(InetEndpoint.loopback(0))) {
            var header =
                    CompletableFuture.supplyAsync(() -> {
                        try (var client = listener.accept()) {
                            var parser = new ProxyParser();
                            byte[] bytes = client.reader().readAll(10_000);
                            parser.next(ByteBuffer.wrap(bytes));
                            return parser.header();
                        } catch (IOException failed) {
                            throw new UncheckedIOException(failed);
                        }
                    });
            var result =
                    Result.fed(
                            "hello\n",
                            "connect",
                            "proxy+tcp:"
                                    + listener.local()
                                    + "?proxy-source=192.0.2.1:5&proxy-destination=[::1]:6"
                                    + "&proxy-alpn=h2&proxy-checksum&proxy-tlv=e0:00ff");
            assertEquals(0, result.code(), result.err());
            ProxyHeader said = header.get();
            assertEquals("192.0.2.1:5", "" + said.source());
            assertEquals("[::1]:6", "" + said.destination());
            assertEquals("h2", said.tlv(ProxyTlv.Alpn.class).orElseThrow().protocol());
            assertTrue(said.tlv(ProxyTlv.Crc32c.class).isPresent());
        }
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "serve|proxy+tcp:127.0.0.1:0|trust=NETWORK",
                "serve|proxy+tcp:127.0.0.1:0?trust=nonsense|expected networks",
                "serve|proxy+tcp:127.0.0.1:0?trust=all&others=maybe|expected refuse or direct",
                "serve|proxy+udp:127.0.0.1:0?trust=all|no wrapper can be used here",
                "connect|proxy+tcp:127.0.0.1:1?proxy=v3|expected v1, v2 or local",
                "connect|proxy+tcp:127.0.0.1:1?proxy=v1&proxy-checksum|addresses alone",
                "connect|proxy+tcp:127.0.0.1:1?proxy-source=nowhere|expected ADDRESS:PORT",
                "connect|proxy+tcp:127.0.0.1:1?proxy-tlv=e0|in hex",
            })
    void whatCannotBeMeantIsRefused(String command, String endpoint, String why) throws Exception {
        var result = Result.fed("", command, endpoint);
        assertEquals(2, result.code(), result.err());
        assertTrue(result.err().contains(why), result.err());
    }
}
