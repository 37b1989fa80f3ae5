// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import org.jspecify.annotations.Nullable;

import sockeye.InetEndpoint;
import sockeye.IpAddress;
import sockeye.wire.ProxyHeader.Local;
import sockeye.wire.ProxyHeader.Origin;
import sockeye.wire.ProxyHeader.Relayed;
import sockeye.wire.ProxyHeader.Unknown;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Reads one {@link ProxyHeader}, of version 1 or 2, from the front of a stream, whatever pieces it
 * comes in. It takes the header's bytes and no more: what follows is left to whose it is.
 *
 * <pre>{@code
 * while (parser.next(input) == MORE) {
 *     input = read(parser.wanted());
 * }
 * }</pre>
 *
 * <p>Bounded: 107 bytes in version 1; in version 2 the length that the header gives is checked
 * before a byte of it is waited for, and memory is taken as bytes come. What is wrong is refused
 * with the byte that makes it wrong, and without a byte that is not needed to see it.
 *
 * <p>Strict: exactly one space, no leading zero, CR with LF; in version 2 no other version,
 * command, family or transport than those that are defined, and no malformed vector; a checksum is
 * checked. The addresses and vectors of a LOCAL or unspecified connection are ignored where they
 * make no sense, as the protocol demands, but not a wrong checksum.
 *
 * <p>Not safe for use by several threads at a time.
 */
public final class ProxyParser {
    /** The longest header that is accepted unless one says otherwise, in bytes. */
    public static final int DEFAULT_LIMIT = 16 << 10;

    /** What {@link #next} found. */
    public enum Found {
        /** The whole header; {@link #header()} has it. */
        HEADER,
        /** Not yet the whole: all input has been consumed. */
        MORE,
        /** What came is no header, or not an acceptable one: {@link #refusal()} says why. */
        REFUSED
    }

    /**
     * {@code PROXY UNKNOWN} with its end is the shortest line, and shorter than any binary header.
     */
    private static final int SHORTEST = 15;

    private static final byte[] LINE = "PROXY ".getBytes(StandardCharsets.US_ASCII);
    private static final int FIRST = 128;
    private static final int COMMAND = 12;
    private static final int TRANSPORT = 13;
    private static final int LENGTH = 14;

    private final int limit;
    private byte[] bytes = new byte[FIRST];
    private int count;
    private Found found = Found.MORE;
    private @Nullable ProxyHeader header;
    private @Nullable String refusal;

    /** A parser for one header of at most {@link #DEFAULT_LIMIT} bytes. */
    public ProxyParser() {
        this(DEFAULT_LIMIT);
    }

    /**
     * A parser for one header.
     *
     * @param limit the longest that is accepted, in bytes: {@link ProxyHeader#MAX_V1} to {@link
     *     ProxyHeader#MAX_V2}
     */
    public ProxyParser(int limit) {
        if (limit < ProxyHeader.MAX_V1 || limit > ProxyHeader.MAX_V2) {
            throw new IllegalArgumentException(
                    "a limit of %d to %d bytes, not %d"
                            .formatted(ProxyHeader.MAX_V1, ProxyHeader.MAX_V2, limit));
        }
        this.limit = limit;
    }

    /**
     * Takes what of the input is the header's.
     *
     * @param input from position to limit; the position moves behind what was taken
     */
    public Found next(ByteBuffer input) {
        while (found == Found.MORE && input.hasRemaining()) {
            take(input, Math.min(wanted(), input.remaining()));
        }
        return found;
    }

    /**
     * How many bytes certainly still belong to the header, at least 1, or 0 when it is whole or
     * refused: who reads no more than that from a stream reads nothing of what follows.
     */
    public int wanted() {
        if (found != Found.MORE) {
            return 0;
        }
        if (count == 0) {
            return SHORTEST;
        }
        if (bytes[0] != LINE[0]) {
            return (count < ProxyHeader.V2_HEAD ? ProxyHeader.V2_HEAD : total()) - count;
        }
        return count < SHORTEST ? SHORTEST - count : wantedOfLine();
    }

    /**
     * The header.
     *
     * @throws IllegalStateException if it has not been found
     */
    public ProxyHeader header() {
        if (header == null) {
            throw new IllegalStateException("no header: " + found);
        }
        return header;
    }

    /** Why what came was refused, half a sentence; null if it was not. */
    public @Nullable String refusal() {
        return refusal;
    }

    /** How many bytes of the header have come. */
    public int length() {
        return count;
    }

    private void take(ByteBuffer input, int most) {
        if (count + most > bytes.length) {
            bytes = Arrays.copyOf(bytes, Math.max(count + most, 2 * bytes.length));
        }
        int before = count;
        input.get(bytes, before, most);
        count += most;
        try {
            if (bytes[0] == LINE[0]) {
                line(before);
            } else {
                binary(before);
            }
        } catch (IllegalArgumentException wrong) {
            found = Found.REFUSED;
            refusal = wrong.getMessage();
        }
    }

    private void finish(ProxyHeader whole) {
        header = whole;
        found = Found.HEADER;
    }

    // Version 1.

    private void line(int before) {
        for (int i = before; i < Math.min(count, LINE.length); i++) {
            require(bytes[i] == LINE[i], "no header of the PROXY protocol");
        }
        for (int i = Math.max(before, 1); i < count; i++) {
            require(bytes[i] != '\n' || bytes[i - 1] == '\r', "LF without CR");
            require(bytes[i - 1] != '\r' || bytes[i] == '\n', "CR without LF");
        }
        require(
                count < ProxyHeader.MAX_V1 || bytes[count - 1] == '\n',
                "a line of more than 107 bytes");
        String text = new String(bytes, 0, count, StandardCharsets.ISO_8859_1);
        if (bytes[count - 1] == '\n') {
            finish(new ProxyHeader(1, origin(text.substring(0, count - 2)), List.of()));
        } else if (count >= SHORTEST) {
            require(isUnknown(text) || isTcp(text), "neither TCP4, TCP6 nor UNKNOWN");
        }
    }

    private static boolean isUnknown(String line) {
        return line.startsWith("PROXY UNKNOWN")
                && (line.length() == 13 || line.charAt(13) == ' ' || line.charAt(13) == '\r');
    }

    private static boolean isTcp(String line) {
        return line.startsWith("PROXY TCP4 ") || line.startsWith("PROXY TCP6 ");
    }

    /** The fewest bytes that the line still has, from the fields that it must still have. */
    private int wantedOfLine() {
        if (bytes[count - 1] == '\r') {
            return 1;
        }
        if (bytes[6] == 'U') {
            return 2;
        }
        int address = bytes[9] == '4' ? 7 : 2;
        int[] shortest = {5, 4, address, address, 1, 1};
        int field = 0;
        int inField = 0;
        for (int i = 0; i < count; i++) {
            boolean space = bytes[i] == ' ';
            field += space ? 1 : 0;
            inField = space ? 0 : inField + 1;
        }
        int least = 2;
        for (int i = field; i < shortest.length; i++) {
            least += i == field ? Math.max(0, shortest[i] - inField) : 1 + shortest[i];
        }
        return Math.min(least, ProxyHeader.MAX_V1 - count);
    }

    private static Origin origin(String line) {
        if (isUnknown(line)) {
            return new Unknown();
        }
        require(isTcp(line), "neither TCP4, TCP6 nor UNKNOWN");
        String[] fields = line.split(" ", -1);
        require(fields.length == 6, "not two addresses and two ports");
        boolean four = fields[1].equals("TCP4");
        return new Relayed(
                InetEndpoint.of(address(fields[2], four), port(fields[4])),
                InetEndpoint.of(address(fields[3], four), port(fields[5])));
    }

    private static IpAddress address(String text, boolean four) {
        IpAddress address = IpAddress.parseOrNull(text);
        if (address == null || address.isIpv4() != four) {
            throw new IllegalArgumentException(
                    four ? "an address that is not IPv4" : "an address that is not IPv6");
        }
        return address.unmapped();
    }

    private static int port(String text) {
        boolean decimal = text.chars().allMatch(c -> c >= '0' && c <= '9');
        boolean length = !text.isEmpty() && text.length() <= 5;
        require(decimal && length, "a port that is no number");
        require(text.length() == 1 || text.charAt(0) != '0', "a port with a leading zero");
        int port = Integer.parseInt(text);
        require(port <= 0xFFFF, "a port above 65535");
        return port;
    }

    // Version 2.

    private void binary(int before) {
        for (int i = before; i < Math.min(count, ProxyHeader.signatureLength()); i++) {
            require(ProxyHeader.isSignature(i, bytes[i]), "no header of the PROXY protocol");
        }
        if (count > COMMAND) {
            int versionAndCommand = bytes[COMMAND] & 0xFF;
            require(versionAndCommand >> 4 == 2, "a binary header that is not of version 2");
            require((versionAndCommand & 0xF) <= ProxyHeader.PROXY, "an unknown command");
        }
        if (count > TRANSPORT && !isLocal()) {
            require(family() <= ProxyHeader.UNIX, "an unknown address family");
            require((bytes[TRANSPORT] & 0xF) <= 2, "an unknown transport protocol");
        }
        if (count >= ProxyHeader.V2_HEAD) {
            require(total() <= limit, "a header of more than " + limit + " bytes");
            require(
                    !isSpecified()
                            || total() - ProxyHeader.V2_HEAD >= ProxyHeader.addressLength(family()),
                    "no room for the addresses");
            if (count == total()) {
                whole();
            }
        }
    }

    private boolean isLocal() {
        return (bytes[COMMAND] & 0xF) == ProxyHeader.LOCAL;
    }

    private int family() {
        return (bytes[TRANSPORT] & 0xFF) >> 4;
    }

    private boolean isSpecified() {
        return !isLocal() && family() != 0 && (bytes[TRANSPORT] & 0xF) != 0;
    }

    private int total() {
        return ProxyHeader.V2_HEAD + ((bytes[LENGTH] & 0xFF) << 8) + (bytes[LENGTH + 1] & 0xFF);
    }

    private void whole() {
        ByteBuffer in = ByteBuffer.wrap(bytes, 0, count);
        in.position(ProxyHeader.V2_HEAD);
        if (isSpecified()) {
            boolean datagram = (bytes[TRANSPORT] & 0xF) == 2;
            Origin origin = ProxyHeader.getAddresses(in, family(), datagram);
            check(ProxyVectors.decode(in), origin);
        } else {
            Origin origin = isLocal() ? new Local() : new Unknown();
            int addresses = ProxyHeader.addressLength(family());
            List<ProxyTlv> tlvs;
            try {
                in.position(in.position() + Math.min(addresses, in.remaining()));
                tlvs = ProxyVectors.decode(in);
            } catch (IllegalArgumentException ignored) {
                tlvs = List.of();
            }
            check(tlvs, origin);
        }
    }

    private void check(List<ProxyTlv> tlvs, Origin origin) {
        for (ProxyTlv tlv : tlvs) {
            if (tlv instanceof ProxyTlv.Crc32c(int said)) {
                int at = checksumAt();
                byte[] zeroed = Arrays.copyOf(bytes, count);
                Arrays.fill(zeroed, at, at + Integer.BYTES, (byte) 0);
                require(ProxyHeader.crc32c(zeroed, count) == said, "a wrong checksum");
            }
        }
        finish(new ProxyHeader(2, origin, tlvs));
    }

    /** Where the value of the checksum begins; the vectors are known to be well-formed. */
    private int checksumAt() {
        int at = ProxyHeader.V2_HEAD + ProxyHeader.addressLength(family());
        while (bytes[at] != ProxyTlv.PP2_TYPE_CRC32C) {
            at += ProxyVectors.HEAD + ((bytes[at + 1] & 0xFF) << 8) + (bytes[at + 2] & 0xFF);
        }
        return at + ProxyVectors.HEAD;
    }

    private static void require(boolean kept, String otherwise) {
        if (!kept) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
