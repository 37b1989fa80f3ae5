// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

import javax.net.ssl.SSLException;
import javax.net.ssl.SSLProtocolException;

/** The header of a record, which is never encrypted: type, version, length (RFC 8446, 5.1). */
final class TlsRecord {
    static final int HANDSHAKE = 22;

    /** The longest there is: that of TLS 1.2, with what compression might have added. */
    static final int LONGEST = 5 + (1 << 14) + 2048;

    private static final int HEADER = 5;
    private static final int SHOWN = 16;

    private TlsRecord() {}

    static int type(ByteBuffer records) {
        return records.get(records.position());
    }

    /**
     * The length of the first record with its header, or −1 if that is not there yet. What cannot
     * be one is refused at its first byte, so that nobody waits for the rest of it.
     */
    static int length(ByteBuffer records) throws SSLException {
        int at = records.position();
        int count = records.remaining();
        if (count == 0) {
            return -1;
        }
        int type = records.get(at);
        if (type < 20 || type > 23 || (count > 1 && records.get(at + 1) != 3)) {
            throw new SSLException("the peer does not speak TLS: \"" + shown(records) + '"');
        }
        if (count < HEADER) {
            return -1;
        }
        int length = HEADER + (records.getShort(at + 3) & 0xffff);
        if (length > LONGEST) {
            throw new SSLProtocolException(
                    "a record of %d bytes; the longest has %d".formatted(length, LONGEST));
        }
        return length;
    }

    private static String shown(ByteBuffer records) {
        byte[] some = new byte[Math.min(SHOWN, records.remaining())];
        records.get(records.position(), some);
        var text = new StringBuilder(new String(some, StandardCharsets.ISO_8859_1));
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (c < ' ' || c > '~') {
                text.setCharAt(i, '.');
            }
        }
        return text.toString();
    }
}
