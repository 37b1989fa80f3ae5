// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.nio.ByteBuffer;

import javax.net.ssl.SSLException;

/** Engines are others' programs: one that does nothing is given up, and nobody spins. */
@Tag("C-14")
@Timeout(60)
class StuckEngineTest {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private StuckEngine engine;
    private TlsLink.End server;
    private TlsLink.End client;

    @BeforeEach
    void connect() throws Exception {
        engine = new StuckEngine(TlsLink.serverEngine());
        server = new TlsLink.End(TlsMachine.of(engine));
        client = new TlsLink(TlsLink.serving(), "TLSv1.3").client;
    }

    private void shakeHands() throws SSLException {
        for (int turn = 0; turn < 4; turn++) {
            server.comes(client.sendAll(NOTHING));
            server.receiveAll();
            client.comes(server.sendAll(NOTHING));
            client.receiveAll();
        }
        assertTrue(server.machine.isEstablished());
    }

    private static ByteBuffer data() {
        return ByteBuffer.wrap(new byte[] {1, 2, 3});
    }

    private void isGivenUp(SSLException failed) {
        assertEquals("the TLS engine stands still", failed.getMessage());
        assertTrue(engine.asked < 20, "asked " + engine.asked + " times");
        assertSame(failed, assertThrows(SSLException.class, () -> server.receiveAll()));
    }

    @Test
    void oneThatTakesNoHandshakeIsGivenUp() throws Exception {
        engine.deaf = true;
        server.comes(client.sendAll(NOTHING));
        isGivenUp(assertThrows(SSLException.class, () -> server.receiveAll()));
        assertFalse(server.machine.isEstablished());
    }

    @Test
    void oneThatAnswersNoHandshakeIsGivenUp() throws Exception {
        server.comes(client.sendAll(NOTHING));
        server.receiveAll();
        engine.mute = true;
        isGivenUp(assertThrows(SSLException.class, () -> server.sendAll(NOTHING)));
    }

    @Test
    void oneThatTakesNoRecordIsGivenUp() throws Exception {
        shakeHands();
        engine.deaf = true;
        server.comes(client.sendAll(data()));
        isGivenUp(assertThrows(SSLException.class, () -> server.receiveAll()));
        assertEquals(0, server.plain.position());
    }

    @Test
    void oneThatTakesNoDataIsGivenUp() throws Exception {
        shakeHands();
        engine.mute = true;
        isGivenUp(assertThrows(SSLException.class, () -> server.sendAll(data())));
        assertEquals(TlsStep.ENDED, server.machine.send(NOTHING, ByteBuffer.allocate(40_000)));
    }

    @Test
    void oneThatHesitatesIsWaitedFor() throws Exception {
        engine.hesitates = 5;
        shakeHands();
        for (int i = 0; i < 20; i++) {
            server.comes(client.sendAll(data()));
            assertEquals(TlsStep.INPUT, server.receiveAll());
            client.comes(server.sendAll(data()));
            client.receiveAll();
        }
        assertEquals(60, server.plain.position());
        assertEquals(60, client.plain.position());
    }
}
