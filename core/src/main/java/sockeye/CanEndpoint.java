// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.AddressFamily.AF_CAN;

import sockeye.internal.kernel.CStruct;

import java.io.IOException;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A network interface of CAN, and for the protocols above frames whom to reach there: {@code struct
 * sockaddr_can}. Which members count is the protocol's to say, the third argument of socket(2):
 *
 * <ul>
 *   <li>{@link #CAN_RAW}, SOCK_RAW, and {@link #CAN_BCM}, SOCK_DGRAM: the interface. BCM connects
 *       rather than binds.
 *   <li>{@link #CAN_ISOTP}, SOCK_DGRAM: two identifiers as well, of what is received and of what is
 *       sent.
 *   <li>{@link #CAN_J1939}, SOCK_DGRAM: a NAME, a parameter group and an address as well.
 * </ul>
 *
 * <p>The kernel does not say which they are, so the identifiers and the NAME, which share their
 * place, are one member here.
 *
 * @param interfaceIndex the interface; 0 is all of them
 * @param name the NAME of J1939, 64 bits, {@link #J1939_NO_NAME} for none; or both identifiers of
 *     ISO-TP, see {@link #isotp}
 * @param group the parameter group number of J1939, 0 to 4294967295, {@link #J1939_NO_PGN} for none
 * @param address the address of J1939, 0 to 255, {@link #J1939_NO_ADDR} for none
 * @see <a href="https://docs.kernel.org/networking/can.html">SocketCAN</a>
 */
public record CanEndpoint(int interfaceIndex, long name, long group, int address)
        implements Endpoint {
    /** Frames, as they are on the wire: SOCK_RAW. */
    public static final int CAN_RAW = 1;

    /** The broadcast manager, which sends and watches frames in time: SOCK_DGRAM. */
    public static final int CAN_BCM = 2;

    /** ISO 15765-2, messages of up to 4095 bytes and more: SOCK_DGRAM. Linux 5.10. */
    public static final int CAN_ISOTP = 6;

    /** SAE J1939, messages by name or address and parameter group: SOCK_DGRAM. Linux 5.4. */
    public static final int CAN_J1939 = 7;

    /** No NAME. */
    public static final long J1939_NO_NAME = 0;

    /** No parameter group. */
    public static final long J1939_NO_PGN = 0x40000;

    /** No address; as a destination, everybody. */
    public static final int J1939_NO_ADDR = 255;

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if one is out of its bounds
     */
    public CanEndpoint {
        if (interfaceIndex < 0 || !TargetGrammar.isUnsigned(group) || address >>> 8 != 0) {
            throw new IllegalArgumentException(
                    "an interface is not negative, a group 0 to 4294967295, an address 0 to 255");
        }
    }

    /** To bind or to send frames: an interface; 0 is all of them. */
    public static CanEndpoint of(int interfaceIndex) {
        return new CanEndpoint(interfaceIndex, 0, 0, 0);
    }

    /**
     * The same for an interface by name.
     *
     * @throws IOException ENODEV if there is no such interface
     */
    public static CanEndpoint of(String interfaceName) throws IOException {
        return of(InterfaceIndex.of(interfaceName));
    }

    /**
     * Two ends of ISO-TP, by the identifiers of their frames; one that needs 29 bits has {@link
     * CanFrame#CAN_EFF_FLAG}.
     */
    public static CanEndpoint isotp(int interfaceIndex, int receiving, int sending) {
        long low = Integer.toUnsignedLong(isLittle() ? receiving : sending);
        long high = Integer.toUnsignedLong(isLittle() ? sending : receiving);
        return new CanEndpoint(interfaceIndex, high << Integer.SIZE | low, 0, 0);
    }

    /** Whom to reach in J1939, or who one is. */
    public static CanEndpoint j1939(int interfaceIndex, long name, long group, int address) {
        return new CanEndpoint(interfaceIndex, name, group, address);
    }

    /** Of ISO-TP: the identifier of what is received here. */
    public int receivingId() {
        return (int) (isLittle() ? name : name >>> Integer.SIZE);
    }

    /** Of ISO-TP: the identifier of what is sent from here. */
    public int sendingId() {
        return (int) (isLittle() ? name >>> Integer.SIZE : name);
    }

    private static boolean isLittle() {
        return ByteOrder.nativeOrder() == ByteOrder.LITTLE_ENDIAN;
    }

    @Override
    public int family() {
        return AF_CAN;
    }

    @Override
    public boolean isWildcard() {
        return interfaceIndex == 0;
    }

    @Override
    public int encode(int socketFamily, byte[] sockaddr) {
        Arrays.fill(sockaddr, 0, Layout.SIZEOF, (byte) 0);
        Sockaddr.putFamily(sockaddr, AF_CAN);
        Sockaddr.putHostInt(sockaddr, Layout.can_ifindex, interfaceIndex);
        Sockaddr.putHostLong(sockaddr, Layout.can_addr_j1939_name, name);
        Sockaddr.putHostInt(sockaddr, Layout.can_addr_j1939_pgn, (int) group);
        sockaddr[Layout.can_addr_j1939_addr] = (byte) address;
        return Layout.SIZEOF;
    }

    /**
     * Decodes what {@link Endpoint#decode} found to be of AF_CAN. Each protocol gives the members
     * that it has: what is missing at the end is 0.
     */
    static Endpoint decode(byte[] sockaddr, int length) {
        byte[] whole = Arrays.copyOf(Arrays.copyOf(sockaddr, length), Layout.SIZEOF);
        int index = Sockaddr.hostInt(whole, Layout.can_ifindex);
        if (length < Layout.can_addr_j1939_name || index < 0) {
            return RawEndpoint.decode(AF_CAN, sockaddr, length);
        }
        return new CanEndpoint(
                index,
                Sockaddr.hostLong(whole, Layout.can_addr_j1939_name),
                Integer.toUnsignedLong(Sockaddr.hostInt(whole, Layout.can_addr_j1939_pgn)),
                whole[Layout.can_addr_j1939_addr] & 0xFF);
    }

    /** The interface, and what else there is, {@code if3}, {@code if3/0x1/0xee00/0x80}. */
    @Override
    public String toString() {
        return (name | group | address) == 0
                ? "if" + interfaceIndex
                : "if%d/0x%x/0x%x/0x%x".formatted(interfaceIndex, name, group, address);
    }

    /** Offsets in bytes; all members are in the byte order of the host. */
    @CStruct("struct sockaddr_can")
    static final class Layout {
        static final int SIZEOF = 24;
        static final int can_ifindex = 4;
        static final int can_addr_j1939_name = 8;
        static final int can_addr_j1939_pgn = 16;
        static final int can_addr_j1939_addr = 20;

        private Layout() {}
    }
}
