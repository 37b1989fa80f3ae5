// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.IpAddress;
import sockeye.UnixEndpoint;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.zip.CRC32C;

/**
 * The header of the PROXY protocol, which a proxy puts in front of a connection's bytes to say for
 * whom it connects: versions 1 and 2 of <a
 * href="https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt">proxy-protocol.txt</a>. {@link
 * ProxyParser} reads one.
 *
 * <pre>{@code
 * upstream.write(ProxyHeader.v2(client.peer(), client.local()).withChecksum().encode());
 * }</pre>
 *
 * <p>Believe a header only from who may send one: whoever can, can be anybody.
 *
 * @param version 1, a line of text, or 2, binary
 * @param origin for whom the connection is; of a header that was read, IPv4-mapped addresses are
 *     the IPv4 addresses that they stand for
 * @param tlvs what else the proxy tells, in the order of the wire; none in version 1
 */
public record ProxyHeader(int version, Origin origin, List<ProxyTlv> tlvs) {
    /** The longest header of version 1, in bytes. */
    public static final int MAX_V1 = 107;

    /** The longest header of version 2, in bytes: 16 and what 16 bits can count. */
    public static final int MAX_V2 = 16 + 0xFFFF;

    static final int V2_HEAD = 16;
    static final int UNIX_BYTES = 108;
    static final int LOCAL = 0;
    static final int PROXY = 1;
    static final int INET = 1;
    static final int INET6 = 2;
    static final int UNIX = 3;

    private static final byte[] SIGNATURE = {
        '\r', '\n', '\r', '\n', 0, '\r', '\n', 'Q', 'U', 'I', 'T', '\n'
    };

    /** For whom a connection is. */
    public sealed interface Origin {}

    /**
     * For nobody: the proxy itself connects, to see whether the server is well. The connection's
     * own addresses are the true ones. Command LOCAL; version 2 alone has it.
     */
    public record Local() implements Origin {}

    /**
     * For somebody whose address the protocol cannot say, or the proxy does not know: {@code PROXY
     * UNKNOWN}, AF_UNSPEC. The connection's own addresses are all there is.
     */
    public record Unknown() implements Origin {}

    /**
     * For this client.
     *
     * @param source the client: an {@link InetEndpoint}, or a {@link UnixEndpoint} of at most 108
     *     bytes
     * @param destination where it connected to, of the same family
     * @param datagram whether that was a datagram and no connection
     */
    public record Relayed(Endpoint source, Endpoint destination, boolean datagram)
            implements Origin {
        /**
         * Checks the addresses.
         *
         * @throws IllegalArgumentException if the protocol has no form for them
         */
        public Relayed {
            if (!fits(source, destination)) {
                throw new IllegalArgumentException(
                        "the PROXY protocol cannot say " + source + " to " + destination);
            }
        }

        /** Of a connection. */
        public Relayed(Endpoint source, Endpoint destination) {
            this(source, destination, false);
        }

        private static boolean fits(@Nullable Endpoint source, @Nullable Endpoint destination) {
            return (source instanceof InetEndpoint && destination instanceof InetEndpoint)
                    || (source instanceof UnixEndpoint from
                            && destination instanceof UnixEndpoint to
                            && from.fitsSockaddr()
                            && to.fitsSockaddr());
        }
    }

    /**
     * Checks that the version can say it.
     *
     * @throws IllegalArgumentException if the version is neither 1 nor 2, or it is 1 and the origin
     *     is {@link Local} or not of the Internet, or it has vectors; or the whole would be longer
     *     than {@link #MAX_V2}
     */
    public ProxyHeader {
        tlvs = List.copyOf(tlvs);
        if (version == 1) {
            boolean said =
                    switch (origin) {
                        case Local local -> false;
                        case Unknown unknown -> true;
                        case Relayed relayed ->
                                relayed.source instanceof InetEndpoint && !relayed.datagram;
                    };
            if (!said || !tlvs.isEmpty()) {
                throw new IllegalArgumentException(
                        "version 1 cannot say " + origin + (tlvs.isEmpty() ? "" : " " + tlvs));
            }
        } else if (version != 2) {
            throw new IllegalArgumentException("version 1 or 2, not " + version);
        } else {
            int length = V2_HEAD + addressLength(origin);
            for (ProxyTlv tlv : tlvs) {
                length += ProxyVectors.HEAD + tlv.value().length;
                if (length > MAX_V2 || tlv.value().length > 0xFFFF) {
                    throw new IllegalArgumentException(
                            "more than " + MAX_V2 + " bytes in one header");
                }
            }
            if (tlvs.stream().filter(ProxyTlv.Crc32c.class::isInstance).count() > 1) {
                throw new IllegalArgumentException("two checksums in one header");
            }
        }
    }

    /**
     * A header of version 1, a line of text.
     *
     * @param source the client; null if that is not known
     * @param destination where it connected to; null if that is not known
     * @return with the origin {@link Unknown} unless both are of the Internet
     */
    public static ProxyHeader v1(@Nullable Endpoint source, @Nullable Endpoint destination) {
        Origin origin = origin(source, destination);
        boolean inet = origin instanceof Relayed && source instanceof InetEndpoint;
        return new ProxyHeader(1, inet ? origin : new Unknown(), List.of());
    }

    /**
     * A header of version 2.
     *
     * @param source the client; null if that is not known
     * @param destination where it connected to; null if that is not known
     * @return with the origin {@link Unknown} unless both are of the Internet, or both of Unix
     */
    public static ProxyHeader v2(@Nullable Endpoint source, @Nullable Endpoint destination) {
        return new ProxyHeader(2, origin(source, destination), List.of());
    }

    /** A header of version 2 for a connection of the proxy's own, command LOCAL. */
    public static ProxyHeader local() {
        return new ProxyHeader(2, new Local(), List.of());
    }

    private static Origin origin(@Nullable Endpoint source, @Nullable Endpoint destination) {
        return source != null && destination != null && Relayed.fits(source, destination)
                ? new Relayed(source, destination)
                : new Unknown();
    }

    /**
     * The same with these vectors after those it has.
     *
     * @throws IllegalArgumentException as the constructor
     */
    public ProxyHeader with(ProxyTlv... more) {
        var all = new ArrayList<>(tlvs);
        all.addAll(Arrays.asList(more));
        return new ProxyHeader(version, origin, all);
    }

    /**
     * The same with a checksum, unless it has one.
     *
     * @throws IllegalArgumentException of version 1, which has none
     */
    public ProxyHeader withChecksum() {
        return tlv(ProxyTlv.Crc32c.class).isPresent() ? this : with(new ProxyTlv.Crc32c(0));
    }

    /** The first vector of a kind: {@code header.tlv(ProxyTlv.Authority.class)}. */
    public <T extends ProxyTlv> Optional<T> tlv(Class<T> kind) {
        return tlvs.stream().filter(kind::isInstance).map(kind::cast).findFirst();
    }

    /** The client; null if the proxy names none. */
    public @Nullable Endpoint source() {
        return origin instanceof Relayed relayed ? relayed.source : null;
    }

    /** Where the client connected to; null if the proxy names nothing. */
    public @Nullable Endpoint destination() {
        return origin instanceof Relayed relayed ? relayed.destination : null;
    }

    /** The bytes of the header, to be sent before all others and in one send. */
    public byte[] encode() {
        return version == 1 ? line().getBytes(StandardCharsets.US_ASCII) : binary();
    }

    private String line() {
        return switch (origin) {
            case Local none -> throw new AssertionError("the constructor refused it");
            case Unknown unknown -> "PROXY UNKNOWN\r\n";
            case Relayed relayed -> {
                InetEndpoint from = (InetEndpoint) relayed.source;
                InetEndpoint to = (InetEndpoint) relayed.destination;
                boolean four = from.address().isIpv4() && to.address().isIpv4();
                IpAddress source = four ? from.address() : from.address().mapped();
                IpAddress destination = four ? to.address() : to.address().mapped();
                yield "PROXY %s %s %s %d %d\r\n"
                        .formatted(
                                four ? "TCP4" : "TCP6",
                                source,
                                destination,
                                from.port(),
                                to.port());
            }
        };
    }

    private byte[] binary() {
        int length = V2_HEAD + addressLength(origin);
        for (ProxyTlv tlv : tlvs) {
            length += ProxyVectors.HEAD + tlv.value().length;
        }
        ByteBuffer out = ByteBuffer.allocate(length).put(SIGNATURE);
        out.put((byte) (0x20 | (origin instanceof Local ? LOCAL : PROXY)));
        out.put((byte) transport(origin)).putShort((short) (length - V2_HEAD));
        if (origin instanceof Relayed relayed) {
            putAddresses(out, relayed);
        }
        int checksum = -1;
        for (ProxyTlv tlv : tlvs) {
            if (tlv instanceof ProxyTlv.Crc32c) {
                checksum = out.position() + ProxyVectors.HEAD;
                ProxyVectors.put(out, new ProxyTlv.Crc32c(0));
            } else {
                ProxyVectors.put(out, tlv);
            }
        }
        if (checksum >= 0) {
            out.putInt(checksum, crc32c(out.array(), length));
        }
        return out.array();
    }

    static int crc32c(byte[] bytes, int length) {
        var crc = new CRC32C();
        crc.update(bytes, 0, length);
        return (int) crc.getValue();
    }

    /** Whether a byte is the one that a header of version 2 has at this place of its first 12. */
    static boolean isSignature(int at, byte value) {
        return SIGNATURE[at] == value;
    }

    static int signatureLength() {
        return SIGNATURE.length;
    }

    private static boolean isIpv4(Relayed relayed) {
        return relayed.source instanceof InetEndpoint from
                && relayed.destination instanceof InetEndpoint to
                && from.address().isIpv4()
                && to.address().isIpv4();
    }

    /** The 14th byte. */
    private static int transport(Origin origin) {
        if (!(origin instanceof Relayed relayed)) {
            return 0;
        }
        int family = relayed.source instanceof UnixEndpoint ? UNIX : isIpv4(relayed) ? INET : INET6;
        return family << 4 | (relayed.datagram ? 2 : 1);
    }

    private static int addressLength(Origin origin) {
        return addressLength(transport(origin) >> 4);
    }

    /** How many bytes the addresses of a family take; 0 for a family without. */
    static int addressLength(int family) {
        return switch (family) {
            case INET -> 12;
            case INET6 -> 36;
            case UNIX -> 2 * UNIX_BYTES;
            default -> 0;
        };
    }

    private static void putAddresses(ByteBuffer out, Relayed relayed) {
        if (relayed.source instanceof InetEndpoint from
                && relayed.destination instanceof InetEndpoint to) {
            boolean four = isIpv4(relayed);
            for (InetEndpoint one : List.of(from, to)) {
                out.put((four ? one.address() : one.address().mapped()).toBytes());
            }
            out.putShort((short) from.port()).putShort((short) to.port());
        } else {
            putUnix(out, (UnixEndpoint) relayed.source);
            putUnix(out, (UnixEndpoint) relayed.destination);
        }
    }

    /** An abstract name has a NUL before it, as in {@code sun_path}; what is left is zeros. */
    private static void putUnix(ByteBuffer out, UnixEndpoint endpoint) {
        byte[] name = endpoint.nameBytes();
        byte[] path = new byte[UNIX_BYTES];
        System.arraycopy(name, 0, path, endpoint.isAbstract() ? 1 : 0, name.length);
        out.put(path);
    }

    /** Reads the addresses of a family; the buffer has them. */
    static Relayed getAddresses(ByteBuffer in, int family, boolean datagram) {
        if (family == UNIX) {
            return new Relayed(getUnix(in), getUnix(in), datagram);
        }
        IpAddress source = getAddress(in, family);
        IpAddress destination = getAddress(in, family);
        int from = in.getShort() & 0xFFFF;
        int to = in.getShort() & 0xFFFF;
        return new Relayed(
                InetEndpoint.of(source, from), InetEndpoint.of(destination, to), datagram);
    }

    private static IpAddress getAddress(ByteBuffer in, int family) {
        return family == INET
                ? IpAddress.ipv4(in.getInt())
                : IpAddress.ipv6(in.getLong(), in.getLong()).unmapped();
    }

    /**
     * A path ends at its first NUL; an abstract name, whose length is not told, at its last byte.
     */
    private static UnixEndpoint getUnix(ByteBuffer in) {
        byte[] path = new byte[UNIX_BYTES];
        in.get(path);
        int end = 0;
        if (path[0] != 0) {
            while (end < UNIX_BYTES && path[end] != 0) {
                end++;
            }
            return UnixEndpoint.ofPath(Arrays.copyOf(path, end));
        }
        for (int i = 1; i < UNIX_BYTES; i++) {
            end = path[i] == 0 ? end : i + 1;
        }
        return end == 0
                ? UnixEndpoint.unnamed()
                : UnixEndpoint.ofAbstract(Arrays.copyOfRange(path, 1, end));
    }
}
