// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import org.jspecify.annotations.Nullable;

import sockeye.wire.ProxyTlv.Alpn;
import sockeye.wire.ProxyTlv.Authority;
import sockeye.wire.ProxyTlv.Crc32c;
import sockeye.wire.ProxyTlv.Netns;
import sockeye.wire.ProxyTlv.Noop;
import sockeye.wire.ProxyTlv.Other;
import sockeye.wire.ProxyTlv.Ssl;
import sockeye.wire.ProxyTlv.UniqueId;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The vectors of a {@link ProxyHeader} as they are on the wire: type, length in 16 bits, value. */
final class ProxyVectors {
    /** The bytes before the value. */
    static final int HEAD = 3;

    private ProxyVectors() {}

    static void put(ByteBuffer out, ProxyTlv tlv) {
        byte[] value = tlv.value();
        out.put((byte) tlv.type()).putShort((short) value.length).put(value);
    }

    /**
     * The vectors that fill these bytes.
     *
     * @throws IllegalArgumentException if they are malformed; the message is half a sentence
     */
    static List<ProxyTlv> decode(ByteBuffer in) {
        var all = new ArrayList<ProxyTlv>();
        boolean summed = false;
        while (in.hasRemaining()) {
            Other raw = next(in);
            if (raw.type() == ProxyTlv.PP2_TYPE_CRC32C) {
                require(!summed, "two checksums");
                summed = true;
            }
            all.add(typed(raw));
        }
        return List.copyOf(all);
    }

    private static Other next(ByteBuffer in) {
        require(in.remaining() >= HEAD, "the last vector is cut short");
        int type = in.get() & 0xFF;
        int length = in.getShort() & 0xFFFF;
        require(length <= in.remaining(), "a vector is longer than the header");
        byte[] bytes = new byte[length];
        in.get(bytes);
        return new Other(type, bytes);
    }

    private static ProxyTlv typed(Other raw) {
        byte[] bytes = raw.value();
        return switch (raw.type()) {
            case ProxyTlv.PP2_TYPE_ALPN -> new Alpn(new String(bytes, StandardCharsets.ISO_8859_1));
            case ProxyTlv.PP2_TYPE_AUTHORITY -> {
                String name = utf8(bytes);
                if (name == null) {
                    throw new IllegalArgumentException("an authority that is not UTF-8");
                }
                yield new Authority(name);
            }
            case ProxyTlv.PP2_TYPE_CRC32C -> {
                require(bytes.length == Integer.BYTES, "a checksum that has not four bytes");
                yield new Crc32c(ByteBuffer.wrap(bytes).getInt());
            }
            case ProxyTlv.PP2_TYPE_NOOP -> new Noop(bytes.length);
            case ProxyTlv.PP2_TYPE_UNIQUE_ID -> new UniqueId(bytes);
            case ProxyTlv.PP2_TYPE_SSL -> ssl(ByteBuffer.wrap(bytes));
            case ProxyTlv.PP2_TYPE_NETNS -> {
                for (byte b : bytes) {
                    require(b > 0, "the name of a namespace that is not ASCII");
                }
                yield new Netns(new String(bytes, StandardCharsets.US_ASCII));
            }
            default -> raw;
        };
    }

    private static Ssl ssl(ByteBuffer in) {
        require(in.remaining() >= Ssl.HEAD, "an SSL vector that is cut short");
        int client = in.get() & 0xFF;
        int verify = in.getInt();
        var details = new ArrayList<Other>();
        while (in.hasRemaining()) {
            details.add(next(in));
        }
        return new Ssl(client, verify, details);
    }

    private static void require(boolean kept, String otherwise) {
        if (!kept) {
            throw new IllegalArgumentException(otherwise);
        }
    }

    /** The text, or null if the bytes are not UTF-8. */
    static @Nullable String utf8(byte[] bytes) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException malformed) {
            return null;
        }
    }

    /** Text of a stranger, in quotes and without control characters, for a log. */
    static String shown(String text) {
        var safe = new StringBuilder("\"");
        text.chars()
                .forEach(c -> {
                    if (c == '"' || c == '\\') {
                        safe.append('\\').append((char) c);
                    } else if (c < 0x20 || (c >= 0x7F && c < 0xA0) || turns(c)) {
                        safe.append("\\u%04x".formatted(c));
                    } else {
                        safe.append((char) c);
                    }
                });
        return safe.append('"').toString();
    }

    /** Line ends, and what turns the direction of text around. */
    private static boolean turns(int c) {
        return (c >= 0x2028 && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
    }
}
