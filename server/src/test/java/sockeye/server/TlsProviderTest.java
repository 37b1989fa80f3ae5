// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.conscrypt.Conscrypt;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.provider.CsvSource;

import sockeye.StreamSocket;
import sockeye.testkit.Task;
import sockeye.wire.TlsClientAuth;
import sockeye.wire.TlsContext;
import sockeye.wire.TlsIdentities;
import sockeye.wire.TlsSettings;
import sockeye.wire.TlsTrust;

import java.security.Provider;
import java.util.SplittableRandom;

import javax.net.ssl.SSLException;

/** The same machine over the engine of another provider, on one side or on both. */
@Tag("C-14")
@ParameterizedClass
@CsvSource({
    "false,true,TLSv1.3",
    "true,false,TLSv1.3",
    "true,true,TLSv1.3",
    "true,true,TLSv1.2",
    "false,true,TLSv1.2",
    "true,false,TLSv1.2"
})
class TlsProviderTest {
    private static final Provider OTHER = Conscrypt.newProvider();

    @Parameter(0)
    boolean clientsOther;

    @Parameter(1)
    boolean serversOther;

    @Parameter(2)
    String protocol;

    private TlsPeers.Pair pair(TlsSettings client, TlsSettings server) throws Exception {
        return TlsPeers.pair(
                StreamSocket.pair(),
                context(TlsPeers.speaking(client, protocol), clientsOther),
                context(TlsPeers.speaking(server, protocol), serversOther));
    }

    private static TlsContext context(TlsSettings settings, boolean other) throws SSLException {
        return other ? TlsContext.of(settings, OTHER) : TlsContext.of(settings);
    }

    @Test
    void bytesGoBothWaysAndEachSideEnds() throws Exception {
        byte[] noise = new byte[1 << 20];
        new SplittableRandom(1).nextBytes(noise);
        try (var pair = pair(TlsPeers.client(), TlsPeers.server())) {
            assertEquals(protocol, pair.client().details().protocol());
            var there = Task.run(() -> pair.client().write(noise));
            var back = Task.run(() -> pair.server().write(noise));
            var got = Task.call(() -> pair.client().reader().readExactly(noise.length));
            assertArrayEquals(noise, pair.server().reader().readExactly(noise.length));
            assertArrayEquals(noise, got.join());
            there.join();
            back.join();
            pair.client().shutdownOutput();
            assertEquals(-1, pair.server().read(new byte[1]));
            pair.server().close();
            assertEquals(-1, pair.client().read(new byte[1]));
        }
    }

    @Test
    void namesAndClientsCertificatesAreHeeded() throws Exception {
        var other = TlsPeers.identity(TlsPeers.AUTHORITY.issue("DNS:other"));
        var own = TlsPeers.identity(TlsPeers.LOCALHOST);
        var server =
                TlsSettings.DEFAULT
                        .withIdentities(TlsIdentities.of(other, own))
                        .withTrust(TlsTrust.of(TlsPeers.AUTHORITY.root()))
                        .withClients(TlsClientAuth.NEED);
        var somebody = TlsPeers.identity(TlsPeers.CLIENT);
        var client = TlsPeers.client().withIdentities(somebody);
        try (var pair = pair(client, server)) {
            pair.server().write("x");
            assertEquals(1, pair.client().read(new byte[1]));
            assertEquals(own.chain(), pair.client().details().peerCertificates());
            assertEquals(somebody.chain(), pair.server().details().peerCertificates());
            assertEquals("localhost", pair.server().details().serverName());
        }
    }

    @Test
    void aStrangerAndAnotherNameAreRefused() throws Exception {
        assertThrows(SSLException.class, () -> pair(TlsSettings.DEFAULT, TlsPeers.server()));
        var other = TlsPeers.identity(TlsPeers.AUTHORITY.issue("DNS:other"));
        var refused =
                assertThrows(
                        SSLException.class,
                        () -> pair(TlsPeers.client(), TlsSettings.DEFAULT.withIdentities(other)));
        assertTrue(String.valueOf(refused.getMessage()).length() > 0);
    }
}
