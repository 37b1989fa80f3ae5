// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Tag;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

import java.nio.ByteBuffer;
import java.util.SplittableRandom;

import javax.net.ssl.SSLException;

/**
 * Whatever comes instead of a handshake, or is done to a record, the machine refuses it as TLS
 * does, or waits for more: no other exception, no handshake that is complete, nothing decrypted.
 */
@Tag("C-14")
class DamagedTlsTest {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    private static final TlsContext CONTEXT;

    static {
        try {
            CONTEXT = TlsContext.of(TlsLink.serving());
        } catch (SSLException none) {
            throw new ExceptionInInitializerError(none);
        }
    }

    /** Feeds it to a server, and lets it say what it has to say. */
    private static void harmless(byte[] bytes) throws SSLException {
        var server = new TlsLink.End(CONTEXT.server());
        server.comes(ByteBuffer.wrap(bytes));
        try {
            TlsStep step = server.receiveAll();
            assertTrue(step == TlsStep.INPUT || step == TlsStep.OUTPUT, () -> "" + step);
        } catch (SSLException refused) {
            assertNotEquals(0, bytes.length);
        }
        try {
            server.sendAll(NOTHING);
        } catch (SSLException refused) {
            assertEquals(TlsStep.ENDED, last(server));
        }
        assertFalse(server.machine.isEstablished());
        assertEquals(0, server.plain.position());
    }

    private static TlsStep last(TlsLink.End server) throws SSLException {
        server.sendAll(NOTHING);
        return server.machine.send(NOTHING, ByteBuffer.allocate(40_000));
    }

    @Example
    void garbageOfEveryLength() throws SSLException {
        var random = new SplittableRandom(22);
        for (int length = 0; length < 2_000; length++) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            harmless(bytes);
        }
    }

    @Example
    void garbageOfEveryLengthInsideARecord() throws SSLException {
        var random = new SplittableRandom(23);
        for (int length = 0; length < 1_000; length++) {
            byte[] bytes = new byte[5 + length];
            random.nextBytes(bytes);
            bytes[0] = (byte) random.nextInt(20, 24);
            bytes[1] = 3;
            bytes[2] = (byte) random.nextInt(0, 5);
            bytes[3] = (byte) (length >> 8);
            bytes[4] = (byte) length;
            harmless(bytes);
        }
    }

    @Property(tries = 300)
    void garbageThatLooksLikeAMessage(
            @ForAll @IntRange(min = 0, max = 255) int type, @ForAll @Size(max = 600) byte[] body)
            throws SSLException {
        ByteBuffer bytes = ByteBuffer.allocate(9 + body.length);
        bytes.put((byte) 22).putShort((short) 0x303).putShort((short) (4 + body.length));
        bytes.putInt(type << 24 | body.length).put(body);
        harmless(bytes.array());
    }

    @Property(tries = 500)
    void aClientHelloWithAByteChangedOrCut(
            @ForAll @IntRange(min = 0, max = 2_000) int at, @ForAll byte value, @ForAll boolean cut)
            throws Exception {
        ByteBuffer hello = new TlsLink(TlsLink.serving(), "TLSv1.3").client.sendAll(NOTHING);
        byte[] bytes = new byte[cut ? at % hello.remaining() : hello.remaining()];
        hello.get(bytes);
        if (bytes.length > 0) {
            bytes[at % bytes.length] = value;
        }
        harmless(bytes);
    }

    @Property(tries = 300)
    void aRecordWithABitChangedIsNeverDecrypted(
            @ForAll @IntRange(min = 5, max = 2_000) int at, @ForAll @IntRange(max = 7) int bit)
            throws Exception {
        var link = TlsLink.established(bit % 2 == 0 ? "TLSv1.3" : "TLSv1.2");
        ByteBuffer record = link.client.sendAll(ByteBuffer.allocate(500));
        int where = 5 + (at % (record.limit() - 5));
        record.put(where, (byte) (record.get(where) ^ (1 << bit)));
        link.server.comes(record);
        try {
            link.server.receiveAll();
            throw new AssertionError("a forged record was taken");
        } catch (SSLException refused) {
            assertEquals(0, link.server.plain.position());
        }
    }
}
