// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.OptionCodec.struct;

import sockeye.internal.kernel.CStruct;

import java.util.Arrays;

/**
 * What frames an interface lets through beside those to it, as long as the socket is open: {@code
 * struct packet_mreq}, for {@link PacketOption#ADD_MEMBERSHIP} and {@link
 * PacketOption#DROP_MEMBERSHIP}; packet(7).
 *
 * @param interfaceIndex the interface
 * @param kind which frames
 * @param address the hardware address of a group or of another host, at most 8 bytes; empty for the
 *     other kinds; copied
 */
@SuppressWarnings("ArrayRecordComponent") // copied in and out, compared by content
public record PacketMembership(int interfaceIndex, Kind kind, byte[] address) {
    /** Which frames are let through. */
    public enum Kind {
        /** Those to a group. */
        MULTICAST(0),
        /** Everything on the link. */
        PROMISC(1),
        /** Those to any group. */
        ALLMULTI(2),
        /** Those to another address. */
        UNICAST(3);

        private final int number;

        Kind(int number) {
            this.number = number;
        }
    }

    private static final byte[] NO_ADDRESS = {};
    private static final int MOST = 8;

    static final OptionCodec<PacketMembership> CODEC =
            struct(
                    PacketMembership.class,
                    Layout.SIZEOF,
                    "",
                    (out, value) -> {
                        out.putInt(Layout.mr_ifindex, value.interfaceIndex);
                        out.putShort(Layout.mr_type, (short) value.kind.number);
                        out.putShort(Layout.mr_alen, (short) value.address.length);
                        out.put(Layout.mr_address, value.address);
                    },
                    in -> {
                        throw new UnsupportedOperationException();
                    });

    /**
     * Copies the address.
     *
     * @throws IllegalArgumentException if it is longer than 8 bytes, or the interface is not above
     *     0
     */
    public PacketMembership {
        if (interfaceIndex <= 0 || address.length > MOST) {
            throw new IllegalArgumentException(
                    "an interface and at most 8 bytes, not "
                            + interfaceIndex
                            + " and "
                            + address.length);
        }
        address = address.clone();
    }

    /** Everything on the link: promiscuous mode, as long as the socket is open. */
    public static PacketMembership promiscuous(int interfaceIndex) {
        return new PacketMembership(interfaceIndex, Kind.PROMISC, NO_ADDRESS);
    }

    /** What is sent to any group. */
    public static PacketMembership allMulticast(int interfaceIndex) {
        return new PacketMembership(interfaceIndex, Kind.ALLMULTI, NO_ADDRESS);
    }

    /** What is sent to one group, by its hardware address. */
    public static PacketMembership multicast(int interfaceIndex, byte[] group) {
        return new PacketMembership(interfaceIndex, Kind.MULTICAST, group);
    }

    @Override
    public byte[] address() {
        return address.clone();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PacketMembership that
                && interfaceIndex == that.interfaceIndex
                && kind == that.kind
                && Arrays.equals(address, that.address);
    }

    @Override
    public int hashCode() {
        return (31 * interfaceIndex + kind.hashCode()) * 31 + Arrays.hashCode(address);
    }

    /** Offsets in bytes. */
    @CStruct("struct packet_mreq")
    static final class Layout {
        static final int SIZEOF = 16;
        static final int mr_ifindex = 0;
        static final int mr_type = 4;
        static final int mr_alen = 6;
        static final int mr_address = 8;

        private Layout() {}
    }
}
