// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.nio.ByteBuffer;
import java.util.List;

import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLProtocolException;

/** What the machine itself decides; the engine in it is the JDK's. */
@Tag("C-14")
class TlsMachineTest {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(US_ASCII));
    }

    private static String text(ByteBuffer plain) {
        String text = US_ASCII.decode(plain.flip()).toString();
        plain.clear();
        return text;
    }

    @ParameterizedTest
    @MethodSource("sockeye.wire.TlsLink#protocols")
    void bytesGoBothWays(String protocol) throws Exception {
        var link = TlsLink.established(protocol);
        link.server.comes(link.client.sendAll(text("ping")));
        assertEquals(TlsStep.INPUT, link.server.receiveAll());
        assertEquals("ping", text(link.server.plain));
        link.client.comes(link.server.sendAll(text("pong")));
        link.client.receiveAll();
        assertEquals("pong", text(link.client.plain));
        assertEquals(protocol, link.server.machine.details().protocol());
        assertEquals("example.org", link.server.machine.details().serverName());
        assertEquals(TlsLink.EXAMPLE.chain(), link.client.machine.details().peerCertificates());
    }

    @Test
    void anEngineOfTheCallersWorksAsWell() throws Exception {
        var link = TlsLink.established("TLSv1.3");
        var server = new TlsLink.End(TlsMachine.of(TlsLink.serverEngine()));
        var client = new TlsLink(TlsLink.serving(), "TLSv1.2").client;
        for (int turn = 0; turn < 4; turn++) {
            server.comes(client.sendAll(NOTHING));
            server.receiveAll();
            client.comes(server.sendAll(NOTHING));
            client.receiveAll();
        }
        assertTrue(server.machine.isEstablished());
        assertFalse(server.machine.halfCloses());
        assertTrue(link.server.machine.halfCloses());
    }

    @Test
    void workThatTakesLongLeavesAsATask() throws Exception {
        var link = new TlsLink(TlsLink.serving(), "TLSv1.3");
        link.server.comes(link.client.sendAll(NOTHING));
        assertEquals(TlsStep.TASK, link.server.machine.receive(link.server.incoming, NOTHING));
        assertEquals(TlsStep.TASK, link.server.machine.receive(link.server.incoming, NOTHING));
        assertNotNull(link.server.machine.task());
    }

    @Test
    void aRecordThatIsNotWholeIsLeftWhereItIs() throws Exception {
        var link = TlsLink.established("TLSv1.3");
        ByteBuffer record = link.client.sendAll(text("ping"));
        for (int cut = 0; cut < record.limit(); cut++) {
            ByteBuffer part = record.duplicate().limit(cut);
            assertEquals(TlsStep.INPUT, link.server.machine.receive(part, link.server.plain));
            assertEquals(0, part.position());
        }
        link.server.comes(record);
        link.server.receiveAll();
        assertEquals("ping", text(link.server.plain));
    }

    @Test
    void aRecordForWhichThereIsNoRoomIsLeftWhereItIs() throws Exception {
        var link = TlsLink.established("TLSv1.3");
        link.server.comes(link.client.sendAll(text("ping")));
        var small = ByteBuffer.allocate(1);
        assertEquals(TlsStep.ROOM, link.server.machine.receive(link.server.incoming, small));
        assertEquals(TlsStep.ROOM, link.server.machine.send(text("pong"), small));
        assertEquals(0, small.position());
        link.server.receiveAll();
        assertEquals("ping", text(link.server.plain));
    }

    @Test
    void eachSideMayEndWhileTheOtherGoesOnInTls13() throws Exception {
        var link = TlsLink.established("TLSv1.3");
        link.client.machine.close();
        link.server.comes(link.client.sendAll(NOTHING));
        assertEquals(TlsStep.ENDED, link.server.receiveAll());
        link.client.comes(link.server.sendAll(text("still here")));
        assertEquals(TlsStep.INPUT, link.client.receiveAll());
        assertEquals("still here", text(link.client.plain));
        link.server.machine.close();
        link.client.comes(link.server.sendAll(NOTHING));
        assertEquals(TlsStep.ENDED, link.client.receiveAll());
        assertEquals(TlsStep.ENDED, link.client.machine.send(text("late"), link.client.plain));
    }

    @Test
    void anEndIsAnsweredByAnEndInTls12() throws Exception {
        var link = TlsLink.established("TLSv1.2");
        link.client.machine.close();
        link.server.comes(link.client.sendAll(NOTHING));
        assertEquals(TlsStep.ENDED, link.server.receiveAll());
        link.client.comes(link.server.sendAll(NOTHING));
        assertEquals(TlsStep.ENDED, link.client.receiveAll());
    }

    @ParameterizedTest
    @MethodSource("sockeye.wire.TlsLink#protocols")
    void aStreamThatEndsWithoutCloseNotifyWasCut(String protocol) throws Exception {
        var link = TlsLink.established(protocol);
        assertThrows(TlsTruncatedException.class, () -> link.server.machine.ended(false));
        assertThrows(TlsTruncatedException.class, () -> link.server.receiveAll());
        link.client.machine.ended(true);
        assertEquals(TlsStep.ENDED, link.client.receiveAll());
        var tolerant = new TlsLink(TlsLink.serving().withTruncation(true), protocol);
        tolerant.shakeHands();
        tolerant.server.machine.ended(false);
        assertEquals(TlsStep.ENDED, tolerant.server.receiveAll());
    }

    @Test
    void anEndInTheHandshakeIsAlwaysAFailure() throws Exception {
        var link = new TlsLink(TlsLink.serving().withTruncation(true), "TLSv1.3");
        assertThrows(SSLHandshakeException.class, () -> link.server.machine.ended(true));
    }

    @Test
    void renegotiationIsRefused() throws Exception {
        var link = TlsLink.established("TLSv1.2");
        link.clientEngine.beginHandshake();
        link.server.comes(link.client.sendAll(NOTHING));
        var refused = assertThrows(SSLHandshakeException.class, () -> link.server.receiveAll());
        assertTrue(refused.getMessage().contains("renegotiate"), refused.getMessage());
        assertSame(
                refused, assertThrows(SSLHandshakeException.class, () -> link.server.receiveAll()));
        // The peer is told, and that is the last that it hears.
        assertTrue(link.server.sendAll(text("more")).hasRemaining());
        assertEquals(
                TlsStep.ENDED, link.server.machine.send(text("more"), ByteBuffer.allocate(40_000)));
    }

    /** A record with a key update that wants an answer. */
    private static ByteBuffer keyUpdate(TlsLink link) throws SSLException {
        link.clientEngine.beginHandshake();
        return link.client.sendAll(NOTHING);
    }

    @Test
    void keysAreUpdatedInMidStream() throws Exception {
        var link = TlsLink.established("TLSv1.3");
        for (int i = 0; i < 20; i++) {
            link.server.comes(keyUpdate(link));
            assertEquals(TlsStep.OUTPUT, link.server.receiveAll());
            link.client.comes(link.server.sendAll(text("x")));
            link.client.receiveAll();
        }
        assertEquals(20, text(link.client.plain).length());
    }

    @Test
    void aFloodOfKeyUpdatesEndsTheConnection() throws Exception {
        var link = TlsLink.established("TLSv1.3");
        var flood =
                assertThrows(
                        SSLProtocolException.class,
                        () -> {
                            for (int i = 0; i < 2 * TlsMachine.IDLE_RECORDS; i++) {
                                link.server.comes(keyUpdate(link));
                                link.server.receiveAll();
                                link.client.comes(link.server.sendAll(NOTHING));
                                link.client.receiveAll();
                            }
                        });
        assertTrue(flood.getMessage().contains("flood"), flood.getMessage());
    }

    @Test
    void keyUpdatesBetweenDataAreNoFloodWhileThereIsMoreData() throws Exception {
        var link = TlsLink.established("TLSv1.3");
        for (int i = 0; i < 2 * TlsMachine.IDLE_RECORDS; i++) {
            link.server.comes(keyUpdate(link));
            link.server.receiveAll();
            for (int data = 0; data < 8; data++) {
                link.server.comes(link.client.sendAll(text("x")));
                link.server.receiveAll();
                link.client.comes(link.server.sendAll(text("y")));
                link.client.receiveAll();
            }
        }
        assertEquals(16 * TlsMachine.IDLE_RECORDS, text(link.server.plain).length());
    }

    @Test
    void aPeerThatAsksAndReadsNoAnswersIsRefusedWhateverDataItSends() throws Exception {
        var link = TlsLink.established("TLSv1.3");
        var refused =
                assertThrows(
                        SSLProtocolException.class,
                        () -> {
                            for (int i = 0; i <= TlsMachine.UNANSWERED; i++) {
                                link.server.comes(keyUpdate(link));
                                for (int data = 0; data < 8; data++) {
                                    link.server.comes(link.client.sendAll(text("x")));
                                }
                                while (link.server.receiveAll() == TlsStep.OUTPUT) {
                                    // The sender is stuck.
                                }
                            }
                        });
        assertTrue(refused.getMessage().contains("answers"), refused.getMessage());
    }

    @Test
    void aHandshakeOfManySmallRecordsIsRefused() throws Exception {
        var link = new TlsLink(TlsLink.serving(), "TLSv1.3");
        // A ClientHello that claims 30,000 bytes, byte by byte.
        for (int value : new int[] {1, 0, 0x75, 0x30}) {
            link.server.comes(TlsLink.bytes(22, 3, 3, 0, 1, value));
        }
        link.server.receiveAll();
        var refused =
                assertThrows(
                        SSLProtocolException.class,
                        () -> {
                            for (int i = 0; i < TlsMachine.HANDSHAKE_RECORDS; i++) {
                                link.server.comes(TlsLink.bytes(22, 3, 3, 0, 1, 0));
                                link.server.receiveAll();
                            }
                        });
        assertTrue(refused.getMessage().contains("a handshake of more"), refused.getMessage());
    }

    @Test
    void aHandshakeMessageOfManyBytesIsRefused() throws Exception {
        var link = new TlsLink(TlsLink.serving(), "TLSv1.3");
        link.server.comes(TlsLink.bytes(22, 3, 3, 0, 4, 1, 0x10, 0, 0));
        assertThrows(SSLException.class, () -> link.server.receiveAll());
    }

    @Test
    void whatIsNoRecordIsShown() throws Exception {
        var link = new TlsLink(TlsLink.serving(), "TLSv1.3");
        link.server.comes(text("GET / HTTP/1.1\r\n"));
        var refused = assertThrows(SSLException.class, () -> link.server.receiveAll());
        assertEquals("the peer does not speak TLS: \"GET / HTTP/1.1..\"", refused.getMessage());
    }

    @Test
    void aRecordThatIsTooLongIsRefusedBeforeItHasCome() throws Exception {
        var link = new TlsLink(TlsLink.serving(), "TLSv1.3");
        link.server.comes(TlsLink.bytes(22, 3, 3, 0xff, 0xff));
        assertThrows(SSLProtocolException.class, () -> link.server.receiveAll());
    }

    @Test
    void aCertificateIsForTheNameThatIsAskedFor() throws Exception {
        assertEquals(List.of("example.org", "*.example.net"), TlsLink.EXAMPLE.names());
        assertEquals("*.example.net", ServerNames.wildcard("www.example.net"));
        assertEquals("", ServerNames.wildcard("localhost"));
        assertEquals("", ServerNames.wildcard("example.net"));
        assertEquals("example.net", ServerNames.plain("Example.NET."));
    }

    @Test
    void aServerWithoutACertificateIsRefusedBeforeAnybodyConnects() throws Exception {
        var context = TlsContext.of(TlsSettings.DEFAULT);
        assertThrows(IllegalStateException.class, context::server);
    }

    @Test
    void clientsCertificatesNeedSomebodyToVouchForThem() throws Exception {
        var context = TlsContext.of(TlsLink.serving().withClients(TlsClientAuth.NEED));
        assertThrows(IllegalStateException.class, context::server);
    }

    @Test
    void anOldProtocolAndAnUnknownCipherAreRefused() {
        assertThrows(
                IllegalArgumentException.class, () -> TlsOffer.DEFAULT.withProtocols("TLSv1.1"));
        var offer = TlsOffer.DEFAULT.withCiphers("TLS_NO_SUCH");
        assertThrows(SSLException.class, () -> TlsContext.of(TlsLink.serving().withOffer(offer)));
    }
}
