// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.BufferOverflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;

/** The blocks, as the draft has them and as tshark reads them. */
@Tag("A6-09")
class PcapngTest {
    private static final byte[] ARP =
            HexFormat.of()
                    .parseHex(
                            "ffffffffffff525400123456080600010800060400015254001234560a000001"
                                    + "0000000000000a000002");

    @TempDir Path directory;

    @Test
    void tsharkReadsWhatIsWritten() throws Exception {
        Path file = directory.resolve("a.pcapng");
        Files.write(file, capture());
        List<String> lines =
                tshark(
                        "-r",
                        file.toString(),
                        "-T",
                        "fields",
                        "-e",
                        "frame.time_epoch",
                        "-e",
                        "frame.len",
                        "-e",
                        "frame.cap_len",
                        "-e",
                        "frame.interface_name",
                        "-e",
                        "arp.dst.proto_ipv4",
                        "-e",
                        "frame.packet_flags_direction");
        assertEquals(2, lines.size(), lines::toString);
        String[] whole = lines.get(0).split("\t", -1);
        assertEquals("1795651200.123456789", whole[0]);
        assertEquals(List.of("42", "42", "lo", "10.0.0.2"), List.of(whole).subList(1, 5));
        assertEquals("0x00000002", whole[5]);
        String[] cut = lines.get(1).split("\t", -1);
        assertEquals(List.of("1500", "14"), List.of(cut).subList(1, 3));
    }

    @Test
    void everyBlockSaysItsLengthTwiceAndIsAMultipleOfFour() {
        ByteBuffer in = ByteBuffer.wrap(capture()).order(ByteOrder.LITTLE_ENDIAN);
        var types = new StringBuilder();
        while (in.hasRemaining()) {
            int start = in.position();
            types.append(Integer.toHexString(in.getInt(start))).append(' ');
            int length = in.getInt(start + 4);
            assertEquals(0, length % 4);
            assertEquals(length, in.getInt(start + length - 4));
            in.position(start + length);
        }
        assertEquals("a0d0d0a 1 6 6 5 ", types.toString());
    }

    @Test
    void whatFindsNoRoomIsNotWrittenInPart() {
        ByteBuffer frame = ByteBuffer.wrap(ARP);
        ByteBuffer out = ByteBuffer.allocate(Pcapng.packetLength(ARP.length) - 1);
        assertThrows(
                BufferOverflowException.class,
                () -> Pcapng.packet(out, 0, 0, frame, 42, Pcapng.Direction.UNKNOWN));
        assertEquals(0, out.position());
        assertEquals(42, frame.remaining());
        ByteBuffer enough = ByteBuffer.allocate(Pcapng.packetLength(ARP.length));
        Pcapng.packet(enough, 0, 0, frame, 42, Pcapng.Direction.UNKNOWN);
        assertEquals(0, enough.remaining());
        assertEquals(0, frame.remaining());
    }

    @Test
    void whatCannotBeIsRefused() {
        ByteBuffer out = ByteBuffer.allocate(1_000);
        ByteBuffer frame = ByteBuffer.wrap(ARP);
        var unknown = Pcapng.Direction.UNKNOWN;
        assertThrows(
                IllegalArgumentException.class, () -> Pcapng.packet(out, 0, 0, frame, 41, unknown));
        assertThrows(
                IllegalArgumentException.class,
                () -> Pcapng.packet(out, -1, 0, frame, 42, unknown));
        assertThrows(IllegalArgumentException.class, () -> Pcapng.link(out, 65_536, 0, "lo"));
        Pcapng.section(out, "é".repeat(200));
        assertEquals(12 + 16 + 4 + 256 + 4, out.position());
    }

    private static byte[] capture() {
        ByteBuffer out = ByteBuffer.allocate(2_000);
        long time = 1_795_651_200_123_456_789L;
        Pcapng.section(out, "sockeye");
        Pcapng.link(out, Pcapng.LINKTYPE_ETHERNET, 0, "lo");
        Pcapng.packet(out, 0, time, ByteBuffer.wrap(ARP), 42, Pcapng.Direction.OUTBOUND);
        Pcapng.packet(
                out, 0, time + 1, ByteBuffer.wrap(ARP, 0, 14), 1_500, Pcapng.Direction.INBOUND);
        Pcapng.statistics(out, 0, time + 2, 3, 1);
        byte[] bytes = new byte[out.position()];
        out.get(0, bytes);
        return bytes;
    }

    private static List<String> tshark(String... arguments) throws Exception {
        var command = new java.util.ArrayList<>(List.of("tshark"));
        command.addAll(List.of(arguments));
        Process process;
        try {
            process =
                    new ProcessBuilder(command)
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
        } catch (java.io.IOException missing) {
            String why = "tshark is missing: " + missing.getMessage();
            System.err.println("*** skipped: " + why);
            Assumptions.assumeTrue("true".equals(System.getenv("CI")), why);
            throw missing;
        }
        String text = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, process.waitFor());
        return text.lines().toList();
    }
}
