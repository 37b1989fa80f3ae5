// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.Deadline;
import sockeye.LinuxSocket;
import sockeye.StreamSocket;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.Task;
import sockeye.testkit.TestAuthority;
import sockeye.wire.TlsClientAuth;
import sockeye.wire.TlsContext;
import sockeye.wire.TlsDetails;
import sockeye.wire.TlsIdentities;
import sockeye.wire.TlsIdentity;
import sockeye.wire.TlsMachine;
import sockeye.wire.TlsOffer;
import sockeye.wire.TlsSettings;
import sockeye.wire.TlsTruncatedException;
import sockeye.wire.TlsTrust;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.TrustManagerFactory;

/** Who is shown to whom, who is refused, and how a stream begins and ends in TLS. */
@Tag("C-14")
@ExtendWith(NoLeaks.class)
class TlsHandshakeTest {
    private static TlsIdentity localhost;
    private static TlsIdentity shop;
    private static TlsIdentity wild;
    private static TlsIdentity shopRsa;

    @BeforeAll
    static void issue() throws IOException {
        TestAuthority authority = TlsPeers.AUTHORITY;
        localhost = TlsPeers.identity(TlsPeers.LOCALHOST);
        shop = TlsPeers.identity(authority.issue("DNS:shop.example.org"));
        wild = TlsPeers.identity(authority.issue("DNS:*.example.org"));
        shopRsa = TlsPeers.identity(authority.issueRsa("DNS:shop.example.org"));
    }

    private static TlsDetails seenBy(TlsSettings client, TlsIdentities identities, String asked)
            throws Exception {
        var server = TlsContext.of(TlsSettings.DEFAULT.withIdentities(identities));
        try (var below = StreamSocket.pair()) {
            var serving = Task.call(() -> TlsStream.server(below.right(), server));
            var machine = TlsContext.of(client).client(asked, "localhost", 1);
            var stream = TlsStream.over(below.left(), machine, Deadline.NONE);
            serving.join();
            return stream.details();
        }
    }

    private static TlsIdentity shown(TlsIdentities identities, String asked) throws Exception {
        var client = TlsPeers.client();
        var anyName = client.withTrust(client.trust().withoutHostNames());
        TlsDetails details = seenBy(anyName, identities, asked);
        return identities.all().stream()
                .filter(each -> each.chain().equals(details.peerCertificates()))
                .findFirst()
                .orElseThrow();
    }

    @Test
    void theCertificateIsTheOneForTheNameThatIsAskedFor() throws Exception {
        var all = TlsIdentities.of(localhost, wild, shop);
        assertEquals(shop, shown(all, "shop.example.org"));
        assertEquals(shop, shown(all, "SHOP.Example.Org"));
        assertEquals(wild, shown(all, "blog.example.org"));
        assertEquals(localhost, shown(all, "localhost"));
    }

    @Test
    void otherNamesAndNoneGetTheFirst() throws Exception {
        var all = TlsIdentities.of(localhost, wild);
        assertEquals(localhost, shown(all, "a.b.example.org"));
        assertEquals(localhost, shown(all, "example.net"));
        assertEquals(localhost, shown(all, ""));
    }

    @ParameterizedTest
    @ValueSource(strings = {"example.net", ""})
    void otherNamesAndNoneAreRefusedByAStrictServer(String asked) throws Exception {
        var strict = TlsIdentities.of(localhost, wild).strictly();
        assertEquals(wild, shown(strict, "blog.example.org"));
        var refused = assertThrows(SSLException.class, () -> shown(strict, asked));
        String alert = asked.isEmpty() ? "handshake_failure" : "unrecognized_name";
        assertTrue(refused.getMessage().contains(alert), refused.getMessage());
    }

    @Test
    void ofTwoForOneNameTheKindIsTheOneThatTheClientTakes() throws Exception {
        var all = TlsIdentities.of(localhost, shop, shopRsa);
        assertEquals(shop, shown(all, "shop.example.org"));
        var client = TlsPeers.client();
        var old =
                client.withTrust(client.trust().withoutHostNames())
                        .withOffer(
                                TlsOffer.DEFAULT
                                        .withProtocols("TLSv1.2")
                                        .withCiphers("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"));
        var details = seenBy(old, all, "shop.example.org");
        assertEquals(shopRsa.chain(), details.peerCertificates());
    }

    @ParameterizedTest
    @CsvSource({"TLSv1.3,'h2,http/1.1',h2", "TLSv1.2,http/1.1,http/1.1", "TLSv1.3,'',''"})
    void theApplicationProtocolIsAgreedOn(String protocol, String offered, String agreed)
            throws Exception {
        String[] names = offered.isEmpty() ? new String[0] : offered.split(",");
        try (var pair =
                TlsPeers.pair(
                        TlsPeers.speaking(TlsPeers.client(), protocol).withApplications(names),
                        TlsPeers.server().withApplications("h2", "http/1.1"))) {
            assertEquals(agreed, pair.client().details().application());
            assertEquals(agreed, pair.server().details().application());
            assertEquals(protocol, pair.server().details().protocol());
            assertEquals("localhost", pair.server().details().serverName());
            assertEquals(List.of(), pair.server().details().peerCertificates());
        }
    }

    @Test
    void aServerWithoutTheApplicationProtocolsThatAreOfferedRefuses() throws Exception {
        var refused =
                assertThrows(
                        SSLException.class,
                        () ->
                                TlsPeers.pair(
                                        TlsPeers.client().withApplications("gopher"),
                                        TlsPeers.server().withApplications("h2")));
        assertTrue(refused.getMessage().contains("no_application_protocol"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void aClientShowsItsCertificate(String protocol) throws Exception {
        var identity = TlsPeers.identity(TlsPeers.CLIENT);
        var server =
                TlsPeers.server()
                        .withTrust(TlsTrust.of(TlsPeers.AUTHORITY.root()))
                        .withClients(TlsClientAuth.NEED);
        var client = TlsPeers.speaking(TlsPeers.client().withIdentities(identity), protocol);
        try (var pair = TlsPeers.pair(client, server)) {
            assertEquals(identity.chain(), pair.server().details().peerCertificates());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void aClientWithoutACertificateIsRefusedWhereOneIsNeeded(String protocol) throws Exception {
        var server =
                TlsPeers.server()
                        .withTrust(TlsTrust.of(TlsPeers.AUTHORITY.root()))
                        .withClients(TlsClientAuth.NEED);
        var context = TlsContext.of(server);
        try (var below = StreamSocket.pair()) {
            var serving = Task.call(() -> TlsStream.server(below.right(), context));
            assertThrows(
                    SSLException.class,
                    () -> {
                        var settings = TlsPeers.speaking(TlsPeers.client(), protocol);
                        TlsStream.client(below.left(), settings, "localhost").read(new byte[1]);
                    });
            serving.failure(SSLHandshakeException.class);
        }
    }

    @Test
    void aClientWithoutACertificateIsServedWhereOneIsWanted() throws Exception {
        var server =
                TlsPeers.server()
                        .withTrust(TlsTrust.of(TlsPeers.AUTHORITY.root()))
                        .withClients(TlsClientAuth.WANT);
        try (var pair = TlsPeers.pair(TlsPeers.client(), server)) {
            assertEquals(List.of(), pair.server().details().peerCertificates());
        }
    }

    @Test
    void aServerIsRefusedWhomNobodyVouchesFor() throws Exception {
        assertThrows(
                SSLHandshakeException.class,
                () -> TlsPeers.pair(TlsSettings.DEFAULT, TlsPeers.server()));
    }

    @Test
    void aServerOfAnotherNameIsRefused() throws Exception {
        var other = TlsSettings.DEFAULT.withIdentities(shop);
        assertThrows(SSLHandshakeException.class, () -> TlsPeers.pair(TlsPeers.client(), other));
        var anyName = TlsPeers.client().withTrust(TlsPeers.client().trust().withoutHostNames());
        TlsPeers.pair(anyName, other).close();
        TlsPeers.pair(TlsSettings.DEFAULT.withTrust(TlsTrust.ANYONE), other).close();
    }

    @Test
    void certificatesChangeWhileConnectionsGoOn() throws Exception {
        var server = TlsContext.of(TlsPeers.server());
        var client = TlsContext.of(TlsPeers.client());
        var renewed = TlsPeers.identity(TlsPeers.AUTHORITY.issue("DNS:localhost"));
        try (var before = TlsPeers.pair(StreamSocket.pair(), client, server)) {
            server.replace(TlsSettings.DEFAULT.withIdentities(renewed));
            try (var after = TlsPeers.pair(StreamSocket.pair(), client, server)) {
                assertEquals(renewed.chain(), after.client().details().peerCertificates());
                assertEquals(localhost.chain(), before.client().details().peerCertificates());
                before.client().write("still\n");
                assertEquals("still", before.server().reader().readLine());
            }
            assertThrows(
                    SSLException.class,
                    () ->
                            server.replace(
                                    TlsPeers.server()
                                            .withOffer(TlsOffer.DEFAULT.withCiphers("NONE"))));
            assertEquals(List.of(renewed), server.settings().identities().all());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.3", "TLSv1.2"})
    void whoComesBackResumesItsSession(String protocol) throws Exception {
        var server = TlsContext.of(TlsPeers.server());
        var client = TlsContext.of(TlsPeers.speaking(TlsPeers.client(), protocol));
        long[] created = new long[2];
        for (int i = 0; i < 2; i++) {
            try (var pair = TlsPeers.pair(StreamSocket.pair(), client, server)) {
                pair.server().write("x");
                pair.client().read(new byte[1]); // and the ticket before it
                created[i] = pair.client().machine().session().getCreationTime();
            }
        }
        assertEquals(created[0], created[1]);
    }

    // Starting in mid-stream.

    @Test
    void tlsStartsInMidStreamWithWhatTheReaderHolds() throws Exception {
        try (var below = StreamSocket.pair()) {
            var context = TlsContext.of(TlsPeers.server());
            // A client that does not wait for the answer: its handshake comes with the command.
            var serving =
                    Task.call(() -> {
                        assertEquals("STARTTLS", below.right().reader().readLine());
                        below.right().write("220 go ahead\n");
                        return TlsStream.server(below.right(), context);
                    });
            below.left().write("STARTTLS\n");
            assertEquals("220 go ahead", below.left().reader().readLine());
            var client = TlsStream.client(below.left(), TlsPeers.client(), "localhost");
            try (var server = serving.join()) {
                client.write("inside\n");
                assertEquals("inside", server.reader().readLine());
            }
        }
    }

    @Test
    void aHandshakeThatCameWithTheCommandIsFound() throws Exception {
        try (var below = StreamSocket.pair();
                var relay = StreamSocket.pair()) {
            var client =
                    Task.call(() -> TlsStream.client(relay.left(), TlsPeers.client(), "localhost"));
            byte[] hello = new byte[16 << 10];
            int count = relay.right().read(hello);
            byte[] both =
                    Arrays.copyOf("STARTTLS\n".getBytes(StandardCharsets.US_ASCII), 9 + count);
            System.arraycopy(hello, 0, both, 9, count);
            below.left().write(both);
            assertEquals("STARTTLS", below.right().reader().readLine());
            assertEquals(count, below.right().reader().available());
            var server =
                    Task.call(() ->
                            TlsStream.server(below.right(), TlsContext.of(TlsPeers.server())));
            var back = Task.run(() -> copy(below.left(), relay.right()));
            var there = Task.run(() -> copy(relay.right(), below.left()));
            assertEquals("TLSv1.3", server.join().details().protocol());
            client.join();
            below.left().shutdownInput();
            relay.right().shutdownInput();
            back.join();
            there.join();
        }
    }

    private static void copy(StreamSocket from, StreamSocket to) throws IOException {
        byte[] some = new byte[1 << 10];
        for (int count; (count = from.read(some)) >= 0; ) {
            to.write(some, 0, count);
        }
    }

    @Test
    void whatWasSaidInPlainBeforeIsNeverTakenForWhatIsSaidInTls() throws Exception {
        try (var below = StreamSocket.pair()) {
            // The injection of CVE-2011-0411: a command behind STARTTLS, to be run later.
            below.left().write("STARTTLS\nMAIL FROM:<mallory>\n");
            assertEquals("STARTTLS", below.right().reader().readLine());
            var context = TlsContext.of(TlsPeers.server());
            var refused =
                    assertThrows(
                            SSLException.class, () -> TlsStream.server(below.right(), context));
            assertTrue(refused.getMessage().contains("MAIL FROM"), refused.getMessage());
        }
    }

    // Ends.

    @Test
    void aStreamThatIsCutIsNotTakenForAnEnd() throws Exception {
        try (var pair = TlsPeers.pair(TlsPeers.client(), TlsPeers.server())) {
            pair.client().write("half a ");
            pair.below().left().shutdownOutput();
            byte[] some = new byte[100];
            assertEquals(7, pair.server().read(some));
            assertThrows(TlsTruncatedException.class, () -> pair.server().read(some));
        }
    }

    @Test
    void aStreamThatIsCutIsAnEndWhereThatIsAllRight() throws Exception {
        try (var pair = TlsPeers.pair(TlsPeers.client(), TlsPeers.server().withTruncation(true))) {
            pair.below().left().shutdownOutput();
            assertEquals(-1, pair.server().read(new byte[1]));
        }
    }

    @Test
    void anInputThatWeEndedOurselvesWasNotCut() throws Exception {
        try (var pair = TlsPeers.pair(TlsPeers.client(), TlsPeers.server())) {
            pair.client().write("last words");
            var reader = Task.call(() -> pair.server().reader().readAll(100));
            Task.until("read", () -> pair.server().reader().available() == 10);
            pair.server().shutdownInput();
            assertArrayEquals("last words".getBytes(StandardCharsets.US_ASCII), reader.join());
        }
    }

    @Test
    void nothingIsWrittenAfterTheEnd() throws Exception {
        try (var pair = TlsPeers.pair(TlsPeers.client(), TlsPeers.server())) {
            pair.client().shutdownOutput();
            pair.client().shutdownOutput();
            assertThrows(IOException.class, () -> pair.client().write("more"));
            assertEquals(-1, pair.server().read(new byte[1]));
            pair.server().write("still\n");
            assertEquals("still", pair.client().reader().readLine());
            pair.server().close();
            assertNull(pair.client().reader().readLine());
        }
    }

    // Waiting.

    @Test
    void aSilentPeerIsWaitedForNoLongerThanTheDeadline() throws Exception {
        try (var below = StreamSocket.pair()) {
            var machine = TlsContext.of(TlsPeers.client()).client("localhost", 1);
            var passed = Deadline.after(Duration.ofMillis(1));
            assertThrows(
                    SocketTimeoutException.class,
                    () -> TlsStream.over(below.left(), machine, passed));
        }
    }

    @Test
    void aReaderNeverWaitsBehindABlockedWriter() throws Exception {
        var client = TlsContext.of(TlsPeers.client());
        try (var pair =
                TlsPeers.pair(StreamSocket.pair(), client, TlsContext.of(TlsPeers.server()))) {
            byte[] much = new byte[8 << 20];
            Arrays.fill(much, (byte) 7);
            var writer = Task.run(() -> pair.server().write(much)).parked();
            // The client reads nothing, but writes.
            for (int i = 0; i < 10; i++) {
                pair.client().write("line " + i + "\n");
                assertEquals("line " + i, pair.server().reader().readLine());
            }
            assertFalse(writer.isDone());
            long count = 0;
            byte[] some = new byte[64 << 10];
            while (count < much.length) {
                int read = pair.client().read(some);
                for (int i = 0; i < read; i++) {
                    assertEquals(7, some[i]);
                }
                count += read;
            }
            writer.join();
        }
    }

    @Test
    void aKeyUpdateThatCannotBeAnsweredNowIsAnsweredByTheWriter() throws Exception {
        SSLEngine engine = clientEngine();
        try (var below = StreamSocket.pair()) {
            var serverContext = TlsContext.of(TlsPeers.server());
            var serving = Task.call(() -> TlsStream.server(below.right(), serverContext));
            var client = TlsStream.over(below.left(), TlsMachine.of(engine), Deadline.NONE);
            var server = serving.join();
            byte[] much = new byte[8 << 20];
            var writer = Task.run(() -> server.write(much)).parked();
            for (int i = 0; i < 5; i++) {
                engine.beginHandshake(); // in TLS 1.3 a key update that wants one in return
                client.write("line " + i + "\n");
                assertEquals("line " + i, server.reader().readLine());
            }
            assertFalse(writer.isDone());
            byte[] some = new byte[64 << 10];
            for (long left = much.length; left > 0; ) {
                left -= client.read(some);
            }
            writer.join();
            server.write("after\n");
            assertEquals("after", client.reader().readLine());
            client.close();
            server.close();
        }
    }

    /** An engine that the test can have do more than a stream would. */
    private static SSLEngine clientEngine() throws GeneralSecurityException, IOException {
        var store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("authority", TlsPeers.AUTHORITY.root());
        var trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(store);
        var context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        SSLEngine engine = context.createSSLEngine("localhost", 1);
        engine.setUseClientMode(true);
        return engine;
    }

    @Test
    void unwrapFindsTheStreamTheMachineAndTheSocket() throws Exception {
        try (var pair = TlsPeers.pair(TlsPeers.client(), TlsPeers.server())) {
            var stream = pair.client();
            assertEquals(stream, stream.unwrap(TlsStream.class).orElseThrow());
            assertEquals(stream.machine(), stream.unwrap(TlsMachine.class).orElseThrow());
            assertEquals(
                    pair.below().left().socket(), stream.unwrap(LinuxSocket.class).orElseThrow());
        }
    }
}
