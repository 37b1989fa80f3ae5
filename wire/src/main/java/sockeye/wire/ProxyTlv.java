// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;

/**
 * What a {@link ProxyHeader} of version 2 tells beside the addresses: the type-length-value vectors
 * of <a href="https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt">proxy-protocol.txt</a>,
 * section 2.2. Values; what a client could have chosen (a server name, an ALPN protocol) is shown
 * by {@code toString} with its control characters escaped.
 */
public sealed interface ProxyTlv {
    /** The application protocol that the client and the proxy agreed on. */
    int PP2_TYPE_ALPN = 0x01;

    /** The host name that the client asked for. */
    int PP2_TYPE_AUTHORITY = 0x02;

    /** A checksum of the header. */
    int PP2_TYPE_CRC32C = 0x03;

    /** Padding. */
    int PP2_TYPE_NOOP = 0x04;

    /** The proxy's name of the connection. */
    int PP2_TYPE_UNIQUE_ID = 0x05;

    /** The client's TLS connection. */
    int PP2_TYPE_SSL = 0x20;

    /** Within {@link #PP2_TYPE_SSL}: the version, {@code TLSv1.3}. */
    int PP2_SUBTYPE_SSL_VERSION = 0x21;

    /** Within {@link #PP2_TYPE_SSL}: the common name of the client's certificate. */
    int PP2_SUBTYPE_SSL_CN = 0x22;

    /** Within {@link #PP2_TYPE_SSL}: the cipher. */
    int PP2_SUBTYPE_SSL_CIPHER = 0x23;

    /** Within {@link #PP2_TYPE_SSL}: what the proxy's certificate is signed with. */
    int PP2_SUBTYPE_SSL_SIG_ALG = 0x24;

    /** Within {@link #PP2_TYPE_SSL}: the kind of key of the proxy's certificate. */
    int PP2_SUBTYPE_SSL_KEY_ALG = 0x25;

    /** Within {@link #PP2_TYPE_SSL}: the key exchange. */
    int PP2_SUBTYPE_SSL_GROUP = 0x26;

    /** Within {@link #PP2_TYPE_SSL}: how the proxy signed the handshake. */
    int PP2_SUBTYPE_SSL_SIG_SCHEME = 0x27;

    /** Within {@link #PP2_TYPE_SSL}: the client's certificate, DER. */
    int PP2_SUBTYPE_SSL_CLIENT_CERT = 0x28;

    /** The network namespace. */
    int PP2_TYPE_NETNS = 0x30;

    /** The first of 16 types for applications, 0xE0 to 0xEF. */
    int PP2_TYPE_MIN_CUSTOM = 0xE0;

    /** The last of them. */
    int PP2_TYPE_MAX_CUSTOM = 0xEF;

    /** The type, 0 to 255. */
    int type();

    /** The value as it is on the wire. */
    byte[] value();

    /**
     * The application protocol of the client's connection.
     *
     * @param protocol {@code h2}, {@code http/1.1}; a byte for each character, as {@link
     *     javax.net.ssl.SSLParameters#setApplicationProtocols} has it
     */
    record Alpn(String protocol) implements ProxyTlv {
        @Override
        public int type() {
            return PP2_TYPE_ALPN;
        }

        @Override
        public byte[] value() {
            return protocol.getBytes(StandardCharsets.ISO_8859_1);
        }

        @Override
        public String toString() {
            return "Alpn[" + ProxyVectors.shown(protocol) + "]";
        }
    }

    /**
     * The host name that the client asked for, of TLS the {@code server_name}; in UTF-8 on the
     * wire. The client's word: check it before it becomes a path or a query.
     */
    record Authority(String name) implements ProxyTlv {
        @Override
        public int type() {
            return PP2_TYPE_AUTHORITY;
        }

        @Override
        public byte[] value() {
            return name.getBytes(StandardCharsets.UTF_8);
        }

        @Override
        public String toString() {
            return "Authority[" + ProxyVectors.shown(name) + "]";
        }
    }

    /**
     * The header's CRC32C, RFC 4960 appendix B. Of a header that was read it has been checked; in
     * one that is to be encoded the value does not matter, for it is computed there.
     */
    record Crc32c(int checksum) implements ProxyTlv {
        @Override
        public int type() {
            return PP2_TYPE_CRC32C;
        }

        @Override
        public byte[] value() {
            return ByteBuffer.allocate(Integer.BYTES).putInt(checksum).array();
        }
    }

    /**
     * Padding of so many bytes, zeros when encoded.
     *
     * @param length 0 to 65,535; the vector is three longer
     */
    record Noop(int length) implements ProxyTlv {
        public Noop {
            if (length < 0 || length > 0xFFFF) {
                throw new IllegalArgumentException("padding of 0 to 65535 bytes, not " + length);
            }
        }

        @Override
        public int type() {
            return PP2_TYPE_NOOP;
        }

        @Override
        public byte[] value() {
            return new byte[length];
        }
    }

    /**
     * The proxy's name of the connection, any bytes.
     *
     * @param bytes at most {@value #MAX_LENGTH}; copied in and out
     */
    @SuppressWarnings("ArrayRecordComponent") // copied in and out, compared by content
    record UniqueId(byte[] bytes) implements ProxyTlv {
        /** The longest, in bytes. */
        public static final int MAX_LENGTH = 128;

        public UniqueId {
            if (bytes.length > MAX_LENGTH) {
                throw new IllegalArgumentException(
                        "a unique id has at most 128 bytes, not " + bytes.length);
            }
            bytes = bytes.clone();
        }

        @Override
        public byte[] bytes() {
            return bytes.clone();
        }

        /** The bytes as text, ASCII most often; what is no UTF-8 is replaced. */
        public String text() {
            return new String(bytes, StandardCharsets.UTF_8);
        }

        @Override
        public int type() {
            return PP2_TYPE_UNIQUE_ID;
        }

        @Override
        public byte[] value() {
            return bytes.clone();
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof UniqueId that && Arrays.equals(bytes, that.bytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }

        @Override
        public String toString() {
            return "UniqueId[" + ProxyVectors.shown(text()) + "]";
        }
    }

    /**
     * How the client's TLS connection to the proxy is.
     *
     * @param client which elements are there: {@link #PP2_CLIENT_SSL} and the others, or-ed
     * @param verify the result of the certificate's check, 0 for none wrong; says nothing if there
     *     was no certificate, see {@link #isClientVerified}
     * @param details the vectors within this one: {@link #PP2_SUBTYPE_SSL_VERSION} and so on
     */
    record Ssl(int client, int verify, List<Other> details) implements ProxyTlv {
        /** The client came over TLS. */
        public static final int PP2_CLIENT_SSL = 0x01;

        /** It showed a certificate in this connection. */
        public static final int PP2_CLIENT_CERT_CONN = 0x02;

        /** It showed one in this TLS session, maybe in an earlier connection. */
        public static final int PP2_CLIENT_CERT_SESS = 0x04;

        /** The bytes before the first detail. */
        static final int HEAD = 5;

        public Ssl {
            if (client < 0 || client > 0xFF) {
                throw new IllegalArgumentException("the elements are one byte, not " + client);
            }
            details = List.copyOf(details);
        }

        /** Whether the client came over TLS. */
        public boolean isTls() {
            return (client & PP2_CLIENT_SSL) != 0;
        }

        /**
         * Whether the client showed a certificate and the proxy found it good. {@link #verify}
         * alone does not tell: proxies leave it 0 for clients that showed none.
         */
        public boolean isClientVerified() {
            return isTls()
                    && (client & (PP2_CLIENT_CERT_CONN | PP2_CLIENT_CERT_SESS)) != 0
                    && verify == 0;
        }

        /** The version of TLS as OpenSSL names it: {@code TLSv1.3}. */
        public Optional<String> version() {
            return text(PP2_SUBTYPE_SSL_VERSION);
        }

        /**
         * The common name of the client's certificate; empty if there is none, or one that is not
         * UTF-8. Believe it only if {@link #isClientVerified()}.
         */
        public Optional<String> commonName() {
            return text(PP2_SUBTYPE_SSL_CN);
        }

        /** The cipher as OpenSSL names it: {@code TLS_AES_256_GCM_SHA384}. */
        public Optional<String> cipher() {
            return text(PP2_SUBTYPE_SSL_CIPHER);
        }

        /** What the proxy's certificate is signed with: {@code RSA-SHA256}. */
        public Optional<String> signatureAlgorithm() {
            return text(PP2_SUBTYPE_SSL_SIG_ALG);
        }

        /** The kind of key of the proxy's certificate: {@code RSA2048}. */
        public Optional<String> keyAlgorithm() {
            return text(PP2_SUBTYPE_SSL_KEY_ALG);
        }

        /** The key exchange: {@code secp256r1}. */
        public Optional<String> group() {
            return text(PP2_SUBTYPE_SSL_GROUP);
        }

        /** How the proxy signed the handshake: {@code rsa_pss_rsae_sha256}. */
        public Optional<String> signatureScheme() {
            return text(PP2_SUBTYPE_SSL_SIG_SCHEME);
        }

        /** The client's certificate, DER; nobody has checked that it is one. */
        public Optional<byte[]> clientCertificate() {
            return detail(PP2_SUBTYPE_SSL_CLIENT_CERT).map(Other::value);
        }

        private Optional<String> text(int type) {
            return detail(type).map(found -> ProxyVectors.utf8(found.bytes));
        }

        private Optional<Other> detail(int type) {
            return details.stream().filter(one -> one.type() == type).findFirst();
        }

        @Override
        public int type() {
            return PP2_TYPE_SSL;
        }

        @Override
        public byte[] value() {
            int length = HEAD;
            for (Other one : details) {
                length += ProxyVectors.HEAD + one.bytes.length;
            }
            ByteBuffer out = ByteBuffer.allocate(length).put((byte) client).putInt(verify);
            details.forEach(one -> ProxyVectors.put(out, one));
            return out.array();
        }
    }

    /** The name of the network namespace that the proxy accepted in, ASCII. */
    record Netns(String name) implements ProxyTlv {
        @Override
        public int type() {
            return PP2_TYPE_NETNS;
        }

        @Override
        public byte[] value() {
            return name.getBytes(StandardCharsets.US_ASCII);
        }

        @Override
        public String toString() {
            return "Netns[" + ProxyVectors.shown(name) + "]";
        }
    }

    /**
     * A vector without a record of its own: one of an application ({@link #PP2_TYPE_MIN_CUSTOM}),
     * of a cloud, of a later edition of the protocol, or a detail of {@link Ssl}.
     *
     * @param type 0 to 255
     * @param bytes at most 65,535; copied in and out
     */
    @SuppressWarnings("ArrayRecordComponent") // copied in and out, compared by content
    record Other(int type, byte[] bytes) implements ProxyTlv {
        public Other {
            if (type < 0 || type > 0xFF || bytes.length > 0xFFFF) {
                throw new IllegalArgumentException(
                        "a type of 0 to 255 and at most 65535 bytes, not %d and %d"
                                .formatted(type, bytes.length));
            }
            bytes = bytes.clone();
        }

        /** The same for text, in UTF-8. */
        public static Other of(int type, String text) {
            return new Other(type, text.getBytes(StandardCharsets.UTF_8));
        }

        @Override
        public byte[] bytes() {
            return bytes.clone();
        }

        @Override
        public byte[] value() {
            return bytes.clone();
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof Other that
                    && type == that.type
                    && Arrays.equals(bytes, that.bytes);
        }

        @Override
        public int hashCode() {
            return 31 * type + Arrays.hashCode(bytes);
        }

        @Override
        public String toString() {
            return "Other[0x%02x, %s]".formatted(type, HexFormat.of().formatHex(bytes));
        }
    }
}
