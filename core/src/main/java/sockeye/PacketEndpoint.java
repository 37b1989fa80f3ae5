// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.AddressFamily.AF_PACKET;

import sockeye.internal.kernel.CStruct;

import java.io.IOException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * A network interface and a protocol of its frames, or where a frame came from or goes to: {@code
 * struct sockaddr_ll}; packet(7). To open a socket takes CAP_NET_RAW.
 *
 * <p>To bind, protocol and interface count, and the rest is ignored. To send with SOCK_DGRAM, which
 * lets the kernel make the link layer's header, protocol, interface and hardware address count;
 * with SOCK_RAW, where the frame has its header, the interface alone. Of what is received all
 * members tell.
 *
 * @param protocol one of {@link EtherType} or another number, 0 to 65535; 0 to bind without a
 *     change of the protocol
 * @param interfaceIndex the interface; 0 to receive from all
 * @param hardwareType the ARPHRD_ number of the interface, 0 to 65535; 1 is Ethernet, 772 the
 *     loopback
 * @param packetType {@link #PACKET_HOST} and its siblings, 0 to 255
 * @param address the hardware address, at most 32 bytes; copied
 */
@SuppressWarnings("ArrayRecordComponent") // copied in and out, compared by content
public record PacketEndpoint(
        int protocol, int interfaceIndex, int hardwareType, int packetType, byte[] address)
        implements Endpoint {
    /** MAX_ADDR_LEN: the longest hardware address. */
    public static final int MAX_ADDRESS = 32;

    /** To this host. */
    public static final int PACKET_HOST = 0;

    /** To everybody on the link. */
    public static final int PACKET_BROADCAST = 1;

    /** To a group. */
    public static final int PACKET_MULTICAST = 2;

    /** To another host, seen because the interface is promiscuous. */
    public static final int PACKET_OTHERHOST = 3;

    /** From this host. */
    public static final int PACKET_OUTGOING = 4;

    private static final byte[] NO_ADDRESS = {};

    /**
     * Checks the numbers, and copies the address.
     *
     * @throws IllegalArgumentException if one is out of its bounds
     */
    public PacketEndpoint {
        if ((protocol | hardwareType) >>> 16 != 0 || packetType >>> 8 != 0 || interfaceIndex < 0) {
            throw new IllegalArgumentException(
                    "protocol and hardware type are 0 to 65535, a packet type 0 to 255, an"
                            + " interface not negative");
        }
        if (address.length > MAX_ADDRESS) {
            throw new IllegalArgumentException(
                    "a hardware address has at most "
                            + MAX_ADDRESS
                            + " bytes, not "
                            + address.length);
        }
        address = address.clone();
    }

    /** To bind: the frames of a protocol on an interface; 0 is all interfaces. */
    public static PacketEndpoint of(int protocol, int interfaceIndex) {
        return new PacketEndpoint(protocol, interfaceIndex, 0, 0, NO_ADDRESS);
    }

    /**
     * The same for an interface by name.
     *
     * @throws IOException ENODEV if there is no such interface
     */
    public static PacketEndpoint of(int protocol, String interfaceName) throws IOException {
        return of(protocol, InterfaceIndex.of(interfaceName));
    }

    /** To send with SOCK_DGRAM: to a hardware address. */
    public static PacketEndpoint to(int protocol, int interfaceIndex, byte[] address) {
        return new PacketEndpoint(protocol, interfaceIndex, 0, 0, address);
    }

    @Override
    public byte[] address() {
        return address.clone();
    }

    @Override
    public int family() {
        return AF_PACKET;
    }

    @Override
    public boolean isWildcard() {
        return interfaceIndex == 0;
    }

    @Override
    public int encode(int socketFamily, byte[] sockaddr) {
        Sockaddr.putFamily(sockaddr, AF_PACKET);
        Sockaddr.putNetworkShort(sockaddr, Layout.sll_protocol, protocol);
        Sockaddr.putHostInt(sockaddr, Layout.sll_ifindex, interfaceIndex);
        Sockaddr.putHostShort(sockaddr, Layout.sll_hatype, hardwareType);
        sockaddr[Layout.sll_pkttype] = (byte) packetType;
        sockaddr[Layout.sll_halen] = (byte) address.length;
        int length = Math.max(Layout.SIZEOF, Layout.sll_addr + address.length);
        Arrays.fill(sockaddr, Layout.sll_addr, length, (byte) 0);
        System.arraycopy(address, 0, sockaddr, Layout.sll_addr, address.length);
        return length;
    }

    /**
     * Decodes what {@link Endpoint#decode} found to be of AF_PACKET. The kernel may give a length
     * that ends with the address, short of the structure's.
     */
    static Endpoint decode(byte[] sockaddr, int length) {
        int addressLength = length < Layout.sll_addr ? 0 : sockaddr[Layout.sll_halen] & 0xFF;
        int index = length < Layout.sll_addr ? -1 : Sockaddr.hostInt(sockaddr, Layout.sll_ifindex);
        if (index < 0 || addressLength > Math.min(MAX_ADDRESS, length - Layout.sll_addr)) {
            return RawEndpoint.decode(AF_PACKET, sockaddr, length);
        }
        return new PacketEndpoint(
                Sockaddr.networkShort(sockaddr, Layout.sll_protocol),
                index,
                Sockaddr.hostShort(sockaddr, Layout.sll_hatype),
                sockaddr[Layout.sll_pkttype] & 0xFF,
                Arrays.copyOfRange(sockaddr, Layout.sll_addr, Layout.sll_addr + addressLength));
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PacketEndpoint that
                && protocol == that.protocol
                && interfaceIndex == that.interfaceIndex
                && hardwareType == that.hardwareType
                && packetType == that.packetType
                && Arrays.equals(address, that.address);
    }

    @Override
    public int hashCode() {
        return (31 * protocol + interfaceIndex) * 31 + Arrays.hashCode(address);
    }

    /** Interface, protocol and address, {@code if2/0x0800/52:54:00:12:34:56}. */
    @Override
    public String toString() {
        String where = "if%d/0x%04x".formatted(interfaceIndex, protocol);
        return address.length == 0
                ? where
                : where + "/" + HexFormat.ofDelimiter(":").formatHex(address);
    }

    /** Offsets in bytes; the protocol is in the byte order of the network, all else the host's. */
    @CStruct("struct sockaddr_ll")
    static final class Layout {
        static final int SIZEOF = 20;
        static final int sll_protocol = 2;
        static final int sll_ifindex = 4;
        static final int sll_hatype = 8;
        static final int sll_pkttype = 10;
        static final int sll_halen = 11;
        static final int sll_addr = 12;

        private Layout() {}
    }
}
