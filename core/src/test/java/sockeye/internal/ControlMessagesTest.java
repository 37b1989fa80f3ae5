// SPDX-License-Identifier: Apache-2.0
package sockeye.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static sockeye.IpProtocol.IPPROTO_IP;
import static sockeye.IpProtocol.IPPROTO_IPV6;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import sockeye.Ancillary;
import sockeye.AncillaryType;
import sockeye.Errno;
import sockeye.HasDescriptor;
import sockeye.InetEndpoint;
import sockeye.IpAddress;
import sockeye.OpenDescriptors;
import sockeye.PassedDescriptor;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;

@Tag("A4-06")
@Tag("A4-07")
class ControlMessagesTest {
    private static final Instant TIME = Instant.ofEpochSecond(1_795_352_700L);
    private static final HexFormat HEX = HexFormat.of();

    /** What Python's struct and the C library's macros make of it; see ancillary_vectors.py. */
    static Map<String, byte[]> vectors() throws IOException {
        var vectors = new LinkedHashMap<String, byte[]>();
        for (String line : resource().lines().toList()) {
            if (!line.startsWith("#") && !line.startsWith("size")) {
                String[] words = line.split(" ", -1);
                vectors.put(words[0], HEX.parseHex(words[1]));
            }
        }
        return vectors;
    }

    private static String resource() throws IOException {
        try (var in =
                ControlMessagesTest.class.getResourceAsStream("/sockeye/ancillary-vectors.txt")) {
            return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
        }
    }

    /** The records that the vectors without descriptors stand for. */
    private static Map<String, Ancillary> records() {
        var records = new LinkedHashMap<String, Ancillary>();
        records.put("credentials", new Ancillary.Credentials(4242, 1000, -2));
        records.put("security", new Ancillary.SecurityLabel("system_u:object_r:unlabeled_t:s0"));
        records.put("pidfd-gone", new Ancillary.PidFd(null, Errno.ESRCH));
        Instant micros = TIME.plusNanos(999_999_000);
        records.put("timestamp-old", new Ancillary.ReceivedTimestamp(29, micros));
        records.put("timestamp-new", new Ancillary.ReceivedTimestamp(63, micros));
        Instant nanos = TIME.plusNanos(123_456_789);
        records.put("timestampns-old", new Ancillary.ReceivedTimestamp(35, nanos));
        records.put("timestampns-new", new Ancillary.ReceivedTimestamp(64, nanos));
        Instant software = TIME.plusNanos(5);
        Instant hardware = Instant.ofEpochSecond(17, 999_999_999);
        records.put("timestamping-old", new Ancillary.Timestamps(37, software, hardware));
        records.put("timestamping-new", new Ancillary.Timestamps(65, software, hardware));
        records.put("timestamping-software", new Ancillary.Timestamps(37, software, null));
        records.put("drops", new Ancillary.Drops(4_294_967_295L));
        records.put("mark", new Ancillary.Mark(0xCAFE));
        records.put(
                "pktinfo",
                new Ancillary.PacketInfo(IPPROTO_IP, 2, ip("192.0.2.1"), ip("192.0.2.255")));
        records.put("ttl", Ancillary.TimeToLive.ipv4(64));
        records.put("tos-received", Ancillary.TrafficClass.ipv4(0xB9));
        records.put("tos-sent", Ancillary.TrafficClass.ipv4(0xB9));
        records.put(
                "error-icmp",
                new Ancillary.ExtendedError(
                        IPPROTO_IP,
                        Errno.ECONNREFUSED,
                        Ancillary.ExtendedError.SO_EE_ORIGIN_ICMP,
                        3,
                        3,
                        0,
                        0,
                        InetEndpoint.of(ip("192.0.2.7"), 0)));
        records.put(
                "error-too-big",
                new Ancillary.ExtendedError(
                        IPPROTO_IP,
                        Errno.EMSGSIZE,
                        Ancillary.ExtendedError.SO_EE_ORIGIN_LOCAL,
                        0,
                        0,
                        1280,
                        0,
                        null));
        records.put(
                "origdst",
                new Ancillary.OriginalDestination(
                        IPPROTO_IP, InetEndpoint.of(ip("192.0.2.9"), 8080)));
        IpAddress v6 = ip("2001:db8::1");
        records.put("pktinfo6", new Ancillary.PacketInfo(IPPROTO_IPV6, 3, v6, v6));
        IpAddress mapped = ip("192.0.2.1");
        records.put("pktinfo6-mapped", new Ancillary.PacketInfo(IPPROTO_IPV6, 0, mapped, mapped));
        records.put(
                "pktinfo6-multicast",
                new Ancillary.PacketInfo(IPPROTO_IPV6, 3, IpAddress.ANY_IPV6, ip("ff02::1")));
        records.put("hoplimit", Ancillary.TimeToLive.ipv6(255));
        records.put("tclass", Ancillary.TrafficClass.ipv6(0x28));
        records.put("flowinfo", new Ancillary.FlowInfo(0x0281_2345));
        records.put(
                "error-icmp6",
                new Ancillary.ExtendedError(
                        IPPROTO_IPV6,
                        Errno.EHOSTUNREACH,
                        Ancillary.ExtendedError.SO_EE_ORIGIN_ICMP6,
                        1,
                        3,
                        0,
                        0,
                        InetEndpoint.of(ip("2001:db8::7"), 0)));
        records.put(
                "error-zerocopy",
                new Ancillary.ExtendedError(
                        IPPROTO_IPV6,
                        new Errno(0),
                        Ancillary.ExtendedError.SO_EE_ORIGIN_ZEROCOPY,
                        0,
                        Ancillary.ExtendedError.SO_EE_CODE_ZEROCOPY_COPIED,
                        7,
                        4_294_967_295L,
                        null));
        records.put(
                "origdst6",
                new Ancillary.OriginalDestination(
                        IPPROTO_IPV6, new InetEndpoint(ip("fe80::9"), 53, 0, 4)));
        records.put("gro", new Ancillary.SegmentSize(AncillaryType.UDP_GRO, 1448));
        records.put("inq", new Ancillary.StillQueued(6, 70_000));
        records.put("inq-unix", new Ancillary.StillQueued(1, 3));
        records.put("unknown", new Ancillary.Unknown(263, 8, new byte[] {0, 1, 2, 3, 4}));
        return records;
    }

    /** Those that look different when they are sent, or are only ever sent. */
    private static Map<String, Ancillary> toSend() {
        var records = new LinkedHashMap<String, Ancillary>();
        for (var each : records().entrySet()) {
            if (each.getValue().sendable() && !each.getKey().equals("tos-received")) {
                records.put(each.getKey(), each.getValue());
            }
        }
        records.remove("pktinfo6-multicast");
        records.put("rights-none", new Ancillary.Rights(List.of()));
        records.put(
                "rights",
                Ancillary.Rights.of(
                        HasDescriptor.borrowed(1001),
                        HasDescriptor.borrowed(1002),
                        HasDescriptor.borrowed(1003)));
        records.put("segment", Ancillary.SegmentSize.of(65_535));
        records.put("txtime", new Ancillary.DepartureTime(1_795_352_700_123_456_789L));
        return records;
    }

    private static IpAddress ip(String text) {
        return IpAddress.parse(text);
    }

    private static MemorySegment area(byte[]... parts) {
        int length = 0;
        for (byte[] part : parts) {
            length += part.length;
        }
        MemorySegment area = Arena.ofAuto().allocate(length + 1, 8);
        long at = 0;
        for (byte[] part : parts) {
            MemorySegment.copy(part, 0, area, JAVA_BYTE, at, part.length);
            at += part.length;
        }
        return area.asSlice(0, length);
    }

    private static ControlMessages.Decoded decode(byte[]... parts) {
        MemorySegment area = area(parts);
        return ControlMessages.decode(area, area.byteSize());
    }

    @Test
    void everyKindIsDecodedFromWhatPythonWrites() throws IOException {
        Map<String, byte[]> vectors = vectors();
        records()
                .forEach((name, expected) -> {
                    byte[] vector = vectors.get(name);
                    assertNotNull(vector, name);
                    var decoded = decode(vector);
                    assertEquals(List.of(expected), decoded.ancillary(), name);
                    assertEquals(0, decoded.rest(), name);
                });
    }

    @Test
    void everySendableKindIsEncodedAsPythonWritesIt() throws IOException {
        Map<String, byte[]> vectors = vectors();
        for (var each : toSend().entrySet()) {
            byte[] expected = vectors.get(each.getKey());
            MemorySegment area = Arena.ofAuto().allocate(256, 8).fill((byte) 0xFF);
            try (var control = ControlMessages.Outgoing.of(List.of(each.getValue()), 256)) {
                control.encode(area);
                assertEquals(expected.length, control.size(), each.getKey());
            }
            String bytes = HEX.formatHex(area.asSlice(0, expected.length).toArray(JAVA_BYTE));
            assertEquals(HEX.formatHex(expected), bytes, each.getKey());
            assertEquals((byte) 0xFF, area.get(JAVA_BYTE, expected.length), each.getKey());
        }
    }

    @Test
    void allOfThemInOneAreaComeInOrder() throws IOException {
        Map<String, byte[]> vectors = vectors();
        Map<String, Ancillary> records = records();
        byte[][] parts = records.keySet().stream().map(vectors::get).toArray(byte[][]::new);
        assertEquals(List.copyOf(records.values()), decode(parts).ancillary());
    }

    @Test
    void severalAreEncodedOneBehindTheOther() throws IOException {
        List<Ancillary> all = List.copyOf(toSend().values());
        MemorySegment area = Arena.ofAuto().allocate(1024, 8);
        try (var control = ControlMessages.Outgoing.of(all, 1024)) {
            control.encode(area);
            Map<String, byte[]> vectors = vectors();
            byte[][] parts = toSend().keySet().stream().map(vectors::get).toArray(byte[][]::new);
            byte[] expected = area(parts).toArray(JAVA_BYTE);
            assertEquals(
                    HEX.formatHex(expected),
                    HEX.formatHex(area.asSlice(0, control.size()).toArray(JAVA_BYTE)));
        }
    }

    @Test
    void anEmptyAreaHoldsNothing() {
        assertEquals(List.of(), ControlMessages.decode(MemorySegment.NULL, 0).ancillary());
        assertEquals(List.of(), ControlMessages.decode(area(), -1).ancillary());
    }

    @Test
    void aMessageCutShortIsUnknownWithTheBytesThatAreThere() throws IOException {
        Map<String, byte[]> vectors = vectors();
        int cut = 0;
        for (var each : records().entrySet()) {
            Ancillary whole = each.getValue();
            MemorySegment area = area(vectors.get(each.getKey()));
            int size = (int) area.get(JAVA_LONG_UNALIGNED, 0) - 16;
            int kept =
                    switch (whole) {
                        case Ancillary.SecurityLabel _, Ancillary.Unknown _ -> -1;
                        // One byte is enough for these.
                        case Ancillary.TimeToLive _, Ancillary.TrafficClass _ -> 0;
                        case Ancillary.ExtendedError _ -> 15;
                        case Ancillary.OriginalDestination _ -> 1;
                        default -> size - 1;
                    };
            if (kept < 0) {
                continue;
            }
            area.set(JAVA_LONG_UNALIGNED, 0, 16 + kept);
            var expected =
                    new Ancillary.Unknown(
                            whole.level(),
                            area.get(JAVA_INT_UNALIGNED, 12),
                            area.asSlice(16, kept).toArray(JAVA_BYTE));
            var decoded = ControlMessages.decode(area, 16 + kept);
            assertEquals(List.of(expected), decoded.ancillary(), each.getKey());
            cut++;
        }
        assertEquals(records().size() - 2, cut);
    }

    @Test
    void timesOutOfRangeAreUnknown() throws IOException {
        for (String name : List.of("timestamp-new", "timestampns-new")) {
            MemorySegment area = area(vectors().get(name));
            area.set(JAVA_LONG_UNALIGNED, 24, 1_000_000_000);
            var decoded = ControlMessages.decode(area, area.byteSize());
            assertInstanceOf(Ancillary.Unknown.class, decoded.ancillary().getFirst(), name);
            area.set(JAVA_LONG_UNALIGNED, 24, 0);
            area.set(JAVA_LONG_UNALIGNED, 16, Long.MAX_VALUE);
            decoded = ControlMessages.decode(area, area.byteSize());
            assertInstanceOf(Ancillary.Unknown.class, decoded.ancillary().getFirst(), name);
        }
    }

    @Test
    void whatIsNoControlMessageEndsTheListAndIsReported() throws IOException {
        byte[] good = vectors().get("drops");
        assertEquals(15, decode(good, new byte[15]).rest(), "less than a header");
        for (long length : new long[] {0, 15, 17, -1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 32}) {
            MemorySegment area = area(good, good);
            area.set(JAVA_LONG_UNALIGNED, good.length, length);
            var decoded = ControlMessages.decode(area, good.length + 16);
            assertEquals(List.of(new Ancillary.Drops(4_294_967_295L)), decoded.ancillary());
            assertEquals(16, decoded.rest(), "length " + length);
        }
    }

    @Test
    void theLastMessageNeedsNoPadding() throws IOException {
        byte[] vector = vectors().get("drops");
        var decoded = ControlMessages.decode(area(vector), 20);
        assertEquals(List.of(new Ancillary.Drops(4_294_967_295L)), decoded.ancillary());
        assertEquals(0, decoded.rest());
    }

    @Test
    void aLengthBeyondTheAreaIsNotBelieved() throws IOException {
        MemorySegment area = area(vectors().get("drops"));
        var decoded = ControlMessages.decode(area, Long.MAX_VALUE);
        assertEquals(List.of(new Ancillary.Drops(4_294_967_295L)), decoded.ancillary());
    }

    @Test
    @Tag("H5")
    void descriptorsAreAdoptedInOrderOverSeveralMessages() throws IOException {
        var numbers = new ArrayList<Integer>();
        try (var keep = new Duplicates()) {
            IntFunction<PassedDescriptor> adopt =
                    number -> {
                        numbers.add(number);
                        return keep.get();
                    };
            MemorySegment area =
                    area(
                            vectors().get("rights"),
                            vectors().get("drops"),
                            vectors().get("pidfd"),
                            vectors().get("pidfd-gone"),
                            vectors().get("rights-none"),
                            vectors().get("rights"));
            List<Ancillary> all = ControlMessages.decode(area, area.byteSize(), adopt).ancillary();
            assertEquals(List.of(1001, 1002, 1003, 1004, 1001, 1002, 1003), numbers);
            assertEquals(6, all.size());
            var first = assertInstanceOf(Ancillary.Rights.class, all.get(0));
            assertEquals(keep.made.subList(0, 3), first.descriptors());
            var process = assertInstanceOf(Ancillary.PidFd.class, all.get(2));
            assertSame(keep.made.get(3), process.descriptor());
            assertNull(process.failure());
            assertEquals(new Ancillary.PidFd(null, Errno.ESRCH), all.get(3));
            assertEquals(List.of(), ((Ancillary.Rights) all.get(4)).descriptors());
            var last = assertInstanceOf(Ancillary.Rights.class, all.get(5));
            assertEquals(keep.made.subList(4, 7), last.descriptors());
        }
    }

    @Test
    @Tag("H5")
    void ifAdoptingFailsEveryDescriptorIsClosed() throws IOException {
        for (int failing = 0; failing < 6; failing++) {
            int bad = failing;
            int before = OpenDescriptors.count();
            int[] numbers = new int[6];
            byte[] area = new byte[2 * 32];
            MemorySegment segment = MemorySegment.ofArray(area);
            for (int i = 0; i < 6; i++) {
                numbers[i] = OpenDescriptors.duplicate();
                segment.set(JAVA_INT_UNALIGNED, i / 3 * 32L + 16 + i % 3 * 4L, numbers[i]);
            }
            for (int i = 0; i < 2; i++) {
                segment.set(JAVA_LONG_UNALIGNED, i * 32L, 28);
                segment.set(JAVA_INT_UNALIGNED, i * 32L + 8, AncillaryType.SOL_SOCKET);
                segment.set(JAVA_INT_UNALIGNED, i * 32L + 12, AncillaryType.SCM_RIGHTS);
            }
            assertEquals(before + 6, OpenDescriptors.count());
            assertThrows(
                    OutOfMemoryError.class,
                    () ->
                            ControlMessages.decode(
                                    segment,
                                    64,
                                    number -> {
                                        if (number == numbers[bad]) {
                                            throw new OutOfMemoryError("on purpose");
                                        }
                                        return PassedDescriptor.adopt(number);
                                    }));
            assertEquals(before, OpenDescriptors.count(), "failing at " + failing);
        }
    }

    @Test
    @Tag("A4-14")
    void moreThan253DescriptorsAreRefusedWithTheirNumber() throws IOException {
        HasDescriptor one = HasDescriptor.borrowed(0);
        var most = new Ancillary.Rights(Collections.nCopies(253, one));
        try (var control = ControlMessages.Outgoing.of(List.of(most), 4096)) {
            assertEquals(1032, control.size());
        }
        var refused =
                assertThrows(
                        IllegalArgumentException.class,
                        () ->
                                ControlMessages.Outgoing.of(
                                        List.of(most, Ancillary.Rights.of(one)), 4096));
        assertEquals(
                "254 descriptors: one message takes at most 253 (SCM_MAX_FD)",
                refused.getMessage());
    }

    @Test
    void moreThanThereIsRoomForIsRefused() {
        var big = new Ancillary.Unknown(1, 99, new byte[100]);
        var refused =
                assertThrows(
                        IllegalArgumentException.class,
                        () -> ControlMessages.Outgoing.of(List.of(big, big), 239));
        assertEquals(
                "240 bytes of control data: one message takes at most 239", refused.getMessage());
    }

    @Test
    void whatCanOnlyBeReceivedIsRefused() {
        int refused = 0;
        for (Ancillary each : records().values()) {
            if (!each.sendable()) {
                var error =
                        assertThrows(
                                IllegalArgumentException.class,
                                () -> ControlMessages.Outgoing.of(List.of(each), 4096));
                assertTrue(error.getMessage().startsWith("can only be received: "));
                refused++;
            }
        }
        assertEquals(19, refused);
    }

    @Test
    @Tag("A4-14")
    void aClosedDescriptorIsNotSentAndTheOthersAreLetGo() throws IOException {
        PassedDescriptor open = PassedDescriptor.adopt(OpenDescriptors.duplicate());
        PassedDescriptor closed = PassedDescriptor.adopt(OpenDescriptors.duplicate());
        closed.close();
        MemorySegment area = Arena.ofAuto().allocate(64, 8);
        try (var control =
                ControlMessages.Outgoing.of(List.of(Ancillary.Rights.of(open, closed)), 64)) {
            assertThrows(ClosedChannelException.class, () -> control.encode(area));
            open.close(); // would wait for ever if a lease were left
            assertFalse(open.isOpen());
        }
    }

    @Test
    @Tag("A4-14")
    void aDescriptorIsHeldBetweenEncodeAndReleaseOnly() throws Exception {
        int number = OpenDescriptors.duplicate();
        PassedDescriptor descriptor = PassedDescriptor.adopt(number);
        MemorySegment area = Arena.ofAuto().allocate(64, 8);
        try (var control =
                ControlMessages.Outgoing.of(List.of(Ancillary.Rights.of(descriptor)), 64)) {
            control.encode(area);
            Thread closer = Thread.ofPlatform().start(() -> OpenDescriptors.close(descriptor));
            while (descriptor.isOpen()) {
                Thread.onSpinWait();
            }
            assertTrue(OpenDescriptors.exists(number), "close(2) waits for the lease");
            control.release();
            closer.join();
            assertFalse(OpenDescriptors.exists(number));
        }
    }

    /** Descriptors to be found among the received ones. */
    private static final class Duplicates implements AutoCloseable {
        final List<PassedDescriptor> made = new ArrayList<>();

        PassedDescriptor get() {
            PassedDescriptor one = PassedDescriptor.adopt(OpenDescriptors.duplicate());
            made.add(one);
            return one;
        }

        @Override
        public void close() {
            made.forEach(OpenDescriptors::close);
        }
    }
}
