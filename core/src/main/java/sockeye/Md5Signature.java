// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.kernel.CStruct;

import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * A secret that the segments from and to a peer are signed with (RFC 2385): the value of {@link
 * TcpOption#MD5_SIG} and {@link TcpOption#MD5_SIG_EXT}. Immutable; {@link #toString()} does not
 * show the key.
 *
 * <p>For an IPv4 peer of a socket of AF_INET6 give the address as {@link IpAddress#mapped()}.
 */
public final class Md5Signature {
    /** TCP_MD5SIG_MAXKEYLEN: the longest key, in bytes. */
    public static final int MAX_KEY = 80;

    private static final int TCP_MD5SIG_FLAG_PREFIX = 1;
    private static final int TCP_MD5SIG_FLAG_IFINDEX = 2;

    private final IpAddress peer;
    private final int prefixLength;
    private final int interfaceIndex;
    private final byte[] key;

    private Md5Signature(IpAddress peer, int prefixLength, int interfaceIndex, byte[] key) {
        OptionCodec.inRange(prefixLength, 0, peer.bits(), "bits");
        OptionCodec.inRange(interfaceIndex, 0, Integer.MAX_VALUE, "");
        OptionCodec.inRange(key.length, 0, MAX_KEY, "bytes");
        this.peer = peer;
        this.prefixLength = prefixLength;
        this.interfaceIndex = interfaceIndex;
        this.key = key.clone();
    }

    /**
     * The key for one peer.
     *
     * @param peer the address of the peer; its port does not matter
     * @param key 1 to {@link #MAX_KEY} bytes; none to take the peer's key away
     * @throws IllegalArgumentException if the key is too long
     */
    public static Md5Signature of(IpAddress peer, byte[] key) {
        return new Md5Signature(peer, peer.bits(), 0, key);
    }

    /**
     * The key for the peers of a prefix, on one interface or all; for {@link
     * TcpOption#MD5_SIG_EXT}.
     *
     * @param network an address of the prefix
     * @param prefixLength the number of bits that count, 0 to 32 or 128
     * @param interfaceIndex the interface (a virtual routing domain) by its index; 0 for any
     * @param key 1 to {@link #MAX_KEY} bytes; none to take the key away
     * @throws IllegalArgumentException if the key is too long or a number out of range
     */
    public static Md5Signature of(
            IpAddress network, int prefixLength, int interfaceIndex, byte[] key) {
        return new Md5Signature(network, prefixLength, interfaceIndex, key);
    }

    /** The address of the peer, or one of the prefix. */
    public IpAddress peer() {
        return peer;
    }

    /** The number of bits of the address that count. */
    public int prefixLength() {
        return prefixLength;
    }

    /** The interface by its index; 0 for any. */
    public int interfaceIndex() {
        return interfaceIndex;
    }

    @CStruct("struct tcp_md5sig")
    static final class Layout {
        static final int SIZEOF = 216;
        static final int tcpm_addr = 0;
        static final int tcpm_flags = 128;
        static final int tcpm_prefixlen = 129;
        static final int tcpm_keylen = 130;
        static final int tcpm_ifindex = 132;
        static final int tcpm_key = 136;

        private Layout() {}
    }

    static final OptionCodec<Md5Signature> HOST = codec(false);
    static final OptionCodec<Md5Signature> EXTENDED = codec(true);

    private static OptionCodec<Md5Signature> codec(boolean extended) {
        return OptionCodec.struct(
                Md5Signature.class,
                Layout.SIZEOF,
                "",
                (out, value) -> value.write(out, extended),
                in -> {
                    throw new UnsupportedOperationException();
                });
    }

    private void write(ByteBuffer out, boolean extended) {
        InetBytes.putStorage(out, Layout.tcpm_addr, peer);
        if (extended) {
            int flags =
                    TCP_MD5SIG_FLAG_PREFIX | (interfaceIndex != 0 ? TCP_MD5SIG_FLAG_IFINDEX : 0);
            out.put(Layout.tcpm_flags, (byte) flags);
            out.put(Layout.tcpm_prefixlen, (byte) prefixLength);
            out.putInt(Layout.tcpm_ifindex, interfaceIndex);
        } else if (prefixLength != peer.bits() || interfaceIndex != 0) {
            throw new IllegalArgumentException(
                    "one peer on any interface; TCP_MD5SIG_EXT takes a prefix and an interface");
        }
        out.putShort(Layout.tcpm_keylen, (short) key.length);
        out.put(Layout.tcpm_key, key);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Md5Signature that
                && peer.equals(that.peer)
                && prefixLength == that.prefixLength
                && interfaceIndex == that.interfaceIndex
                && Arrays.equals(key, that.key);
    }

    @Override
    public int hashCode() {
        return 31 * peer.hashCode() + Arrays.hashCode(key);
    }

    /** The peer, without the key. */
    @Override
    public String toString() {
        return "Md5Signature[" + peer + "/" + prefixLength + "]";
    }
}
