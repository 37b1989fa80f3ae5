// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import org.jspecify.annotations.Nullable;

import sockeye.InetEndpoint;
import sockeye.IpAddress;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Objects;

/** The parts of SOCKS's messages: addresses, and texts that end with a NUL. */
final class SocksBytes {
    /** The length of a name, and a letter. */
    static final int SHORTEST_NAME = 2;

    private static final int IPV4 = 1;
    private static final int DOMAIN = 3;
    private static final int IPV6 = 4;

    private SocksBytes() {}

    /** Something is wrong with what has come. */
    static final class Malformed extends RuntimeException {
        private static final long serialVersionUID = 1;

        private final SocksReply reply;

        /**
         * Says so.
         *
         * @param reply what a server answers, if it was a request
         */
        Malformed(String why, SocksReply reply) {
            super(why, null, false, false);
            this.reply = reply;
        }

        Malformed(String why) {
            this(why, SocksReply.FAILED);
        }

        String why() {
            return Objects.requireNonNull(getMessage());
        }

        SocksReply reply() {
            return reply;
        }
    }

    // Addresses of version 5: their kind, themselves, and a port.

    /**
     * How many bytes an address of a kind takes, without kind and port.
     *
     * @param first its first byte, which is the length of a name
     */
    static int length(int kind, int first) {
        return switch (kind) {
            case IPV4 -> 4;
            case IPV6 -> 16;
            case DOMAIN -> {
                if (first == 0) {
                    throw new Malformed("a name without a letter");
                }
                yield 1 + first;
            }
            default ->
                    throw new Malformed(
                            "a kind of address that does not exist, " + kind,
                            SocksReply.ADDRESS_NOT_SUPPORTED);
        };
    }

    /** The address of which the kind stands here, all of it. */
    static SocksAddress getAddress(byte[] bytes, int at) {
        int kind = bytes[at];
        int from = at + 1;
        int to = from + length(kind, bytes[from] & 0xFF);
        int port = (bytes[to] & 0xFF) << 8 | (bytes[to + 1] & 0xFF);
        return kind == DOMAIN
                ? name(bytes, from + 1, to, port)
                : new SocksAddress.Numeric(IpAddress.of(Arrays.copyOfRange(bytes, from, to)), port);
    }

    /** A name, or an address that somebody wrote as one. */
    static SocksAddress name(byte[] bytes, int from, int to, int port) {
        try {
            return SocksAddress.of(
                    new String(bytes, from, to - from, StandardCharsets.ISO_8859_1), port);
        } catch (IllegalArgumentException none) {
            throw new Malformed("a name that no host can have");
        }
    }

    /** How many bytes an address takes, with kind and port. */
    static int length(SocksAddress address) {
        return switch (address) {
            case SocksAddress.Name name -> 1 + 1 + name.host().length() + Short.BYTES;
            case SocksAddress.Numeric numeric -> 1 + numeric.address().bits() / 8 + Short.BYTES;
        };
    }

    /** Puts an address, with kind and port. */
    static void put(ByteBuffer out, SocksAddress address) {
        switch (address) {
            case SocksAddress.Name name ->
                    out.put((byte) DOMAIN).put((byte) name.host().length()).put(ascii(name.host()));
            case SocksAddress.Numeric numeric ->
                    out.put((byte) (numeric.address().isIpv4() ? IPV4 : IPV6))
                            .put(numeric.address().toBytes());
        }
        out.putShort((short) address.port());
    }

    /** The address to show where there is none to tell: {@code 0.0.0.0:0}. */
    static SocksAddress orNone(@Nullable SocksAddress address) {
        return address == null ? SocksAddress.of(InetEndpoint.of(IpAddress.ANY_IPV4, 0)) : address;
    }

    // Version 4.

    /** The IPv4 address and the port of a message of version 4, either side's. */
    static SocksAddress getAddress4(byte[] message) {
        ByteBuffer in = ByteBuffer.wrap(message);
        return new SocksAddress.Numeric(IpAddress.ipv4(in.getInt(4)), in.getShort(2) & 0xFFFF);
    }

    /** What a server of version 4 says; of an address that is not IPv4, nothing but the port. */
    static byte[] answer4(SocksReply reply, SocksAddress bound) {
        ByteBuffer out = ByteBuffer.allocate(SocksMachine.HEAD_4);
        out.put(1, (byte) reply.code(4)).putShort(2, (short) bound.port());
        if (bound instanceof SocksAddress.Numeric numeric && numeric.address().isIpv4()) {
            out.put(4, numeric.address().toBytes());
        }
        return out.array();
    }

    static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    /** Where the NUL is behind a text; -1 if it has not come. */
    static int end(byte[] bytes, int from, int count) {
        for (int i = from; i < count; i++) {
            if (bytes[i] == 0) {
                return i;
            }
        }
        return -1;
    }

    /** Whether there is a byte that is no part of a text. */
    static boolean hasControls(byte[] bytes, int from, int to) {
        for (int i = from; i < to; i++) {
            int each = bytes[i] & 0xFF;
            if (each < ' ' || each == 0x7F) {
                return true;
            }
        }
        return false;
    }
}
