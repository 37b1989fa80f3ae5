// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.lang.reflect.Method;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import java.util.stream.Stream;

/**
 * Every decoder of the module, over datagrams that a kernel sent, cut short at every place. A
 * decoder throws nothing but its own error, ends, and allocates no more than the input justifies.
 * {@link DamagedDatagramsTest} has the damage that is left to chance.
 *
 * <p>The corpus was taken from Linux 6.18 by {@link CorpusCapture}. What once failed is added to
 * it.
 */
@Tag("H8")
class DecoderFuzzTest {
    /** Of the JVM; by reflection, for the module under test does not read that of the JVM. */
    private static final LongSupplier ALLOCATED = allocated();

    private static LongSupplier allocated() {
        try {
            Object threads =
                    Class.forName("java.lang.management.ManagementFactory")
                            .getMethod("getThreadMXBean")
                            .invoke(null);
            Method bytes =
                    Class.forName("com.sun.management.ThreadMXBean")
                            .getMethod("getCurrentThreadAllocatedBytes");
            return () -> {
                try {
                    return (long) bytes.invoke(threads);
                } catch (ReflectiveOperationException unknown) {
                    throw new LinkageError(unknown.getMessage(), unknown);
                }
            };
        } catch (ReflectiveOperationException unknown) {
            throw new LinkageError(unknown.getMessage(), unknown);
        }
    }

    /** What each decoder may allocate whatever it is given, its classes and errors included. */
    private static final long BASE = 256 << 10;

    /** And for each byte of the input: a property of an event is two strings in a map. */
    private static final long PER_BYTE = 256;

    /** A decoder by its name. */
    private interface Decoder {
        void decode(byte[] datagram) throws IOException;
    }

    private static Decoder messages(PayloadDecoder<?> decoder) {
        return datagram -> {
            for (NetlinkMessage message : NetlinkMessage.split(datagram, datagram.length)) {
                message.decode(decoder);
            }
        };
    }

    /** The same but for the end of a dump, which never gets to a decoder of answers. */
    private static Decoder answers(PayloadDecoder<?> decoder) {
        return datagram -> {
            for (NetlinkMessage message : NetlinkMessage.split(datagram, datagram.length)) {
                if (message.type() != NetlinkMessage.NLMSG_DONE) {
                    message.decode(decoder);
                }
            }
        };
    }

    private static final NetlinkRequest REQUEST =
            NetlinkRequest.of(16, 0, payload -> payload.struct(16, s -> {}).u32(1, 1));

    /** All that there are; whoever writes a decoder adds it. */
    private static final Map<String, Decoder> DECODERS = decoders();

    private static Map<String, Decoder> decoders() {
        Map<String, Decoder> all = new TreeMap<>();
        all.put("every attribute", messages(DecoderFuzzTest::walk));
        all.put("acknowledgement", messages(DecoderFuzzTest::acknowledgement));
        all.put("generic family", answers(GenericFamily::decode));
        all.put("ethtool link", answers(EthtoolLink::decode));
        all.put("ethtool features", answers(EthtoolFeatures::decode));
        all.put("ethtool rings", answers(EthtoolRings::decode));
        all.put("diag of tcp", answers(InetReport.decoder(6)));
        all.put("diag of unix", answers(UnixReport::read));
        all.put("diag of netlink", answers(NetlinkReport::read));
        all.put("diag of packet", answers(PacketReport::read));
        all.put("diag of vsock", answers(VsockReport::read));
        all.put("diag of tipc", answers(TipcReport::read));
        all.put("link", answers(Link::read));
        all.put("address", answers(LinkAddress::read));
        all.put("route", answers(RouteMessage::read));
        all.put("neighbour", answers(Neighbour::read));
        all.put("rule", answers(RuleMessage::read));
        all.put("fdb", answers(FdbEntry::read));
        all.put("bridge vlan", answers(BridgeVlan::read));
        all.put("process event", messages(ProcessEventDecoder::decode));
        all.put("uevent", datagram -> Uevent.decode(datagram, datagram.length));
        return all;
    }

    private static ExtendedAck acknowledgement(PayloadReader payload) {
        payload.struct(4);
        return ExtendedAck.of(payload.message(), payload, REQUEST);
    }

    /** Behind a structure of each usual size, all attributes as everything that they could be. */
    private static Integer walk(PayloadReader payload) {
        int seen = 0;
        payload.struct(Math.min(payload.remaining(), payload.message().type() % 8 * 4));
        for (AttributeReader at = payload.attributes(); at.next(); ) {
            seen += walk(at, 0);
        }
        assertTrue(seen <= payload.length() * DecodeTrouble.DEEPEST, "more than there can be");
        return seen;
    }

    private static int walk(AttributeReader at, int depth) {
        assertTrue(depth <= DecodeTrouble.DEEPEST, "too deep");
        Objects.requireNonNull(at.string());
        Objects.requireNonNull(at.strings());
        assertEquals(at.length(), at.bytes().length);
        Objects.requireNonNull(at.struct().bytes(0, at.length() / 2));
        switch (at.length()) {
            case 1 -> at.u8();
            case 2 -> at.be16();
            case 4 -> at.u32();
            case 8 -> at.s64();
            default -> at.uint();
        }
        int seen = 1;
        for (AttributeReader in = at.nested(); in.next(); ) {
            seen += walk(in, depth + 1);
        }
        return seen;
    }

    static Path corpus() throws URISyntaxException {
        return Path.of(Objects.requireNonNull(DecoderFuzzTest.class.getResource("corpus")).toURI());
    }

    static Map<String, byte[]> seeds() throws Exception {
        Map<String, byte[]> seeds = new TreeMap<>();
        try (Stream<Path> files = Files.list(corpus())) {
            for (Path file : files.toList()) {
                seeds.put(file.getFileName().toString(), Files.readAllBytes(file));
            }
        }
        assertTrue(seeds.size() > 10, "where is the corpus?");
        return seeds;
    }

    static void tryAll(String what, byte[] datagram) {
        DECODERS.forEach((name, decoder) -> {
            long most = BASE + PER_BYTE * datagram.length;
            long used = allocatedBy(what, name, decoder, datagram);
            if (used > most) {
                // The first run of a path also loads classes.
                used = allocatedBy(what, name, decoder, datagram);
            }
            long found = used;
            assertTrue(
                    found <= most,
                    () -> "%s of %s allocated %d bytes".formatted(name, what, found));
        });
    }

    private static long allocatedBy(String what, String name, Decoder decoder, byte[] datagram) {
        long before = ALLOCATED.getAsLong();
        try {
            decoder.decode(datagram);
        } catch (NetlinkDecodeException ownError) {
            assertFalse(ownError.getCause() instanceof AssertionError, () -> name + " of " + what);
        } catch (IOException | RuntimeException | Error other) {
            throw new AssertionError(name + " of " + what, other);
        }
        return ALLOCATED.getAsLong() - before;
    }

    @Test
    void theCorpusItselfIsDecodedByItsOwnDecoder() throws Exception {
        int decoded = 0;
        for (var seed : seeds().entrySet()) {
            String kind = seed.getKey().replaceFirst("\\.\\d+\\.bin$", "").replace('-', ' ');
            Decoder decoder = DECODERS.get(kind);
            if (decoder != null) {
                decoder.decode(seed.getValue());
                decoded++;
            }
        }
        assertTrue(decoded > 5, "only " + decoded);
    }

    @Test
    void aDatagramThatIsCutShortIsDecodedOrRefused() throws Exception {
        for (var seed : seeds().entrySet()) {
            byte[] whole = seed.getValue();
            int step = Math.max(1, whole.length / 300);
            for (int length = 0; length <= whole.length; length += step) {
                byte[] cut = Arrays.copyOf(whole, length);
                tryAll(seed.getKey() + " cut to " + length, cut);
                // With an honest length in the header the decoder itself meets the end.
                if (length >= 16) {
                    Wire.put32(cut, 0, length);
                    tryAll(seed.getKey() + " shortened to " + length, cut);
                }
            }
        }
    }

    @Test
    void attributesInAttributesAllTheWayAreRefused() {
        byte[] bytes = new byte[65_532];
        Wire.put32(bytes, 0, bytes.length);
        Wire.put16(bytes, 4, 16);
        for (int at = 16; at + 4 <= bytes.length; at += 4) {
            Wire.put16(bytes, at, bytes.length - at);
            Wire.put16(bytes, at + 2, 1);
        }
        tryAll("a well", bytes);
        for (int at = 16; at + 4 <= bytes.length; at += 4) {
            Wire.put16(bytes, at, 4);
        }
        tryAll("only headers", bytes);
    }
}
