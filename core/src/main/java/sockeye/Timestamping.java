// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.kernel.CStruct;

import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Which packets get time stamps, made by whom, and how they are reported: the value of {@link
 * SoOption#TIMESTAMPING}.
 *
 * @param bits the flags as the kernel has them; a bit that is no {@link Flag} is kept
 * @param clock the index of the PTP virtual clock that makes hardware stamps, with {@link
 *     Flag#BIND_PHC}; else 0. Since Linux 5.14.
 * @see <a href="https://docs.kernel.org/networking/timestamping.html">Timestamping</a>
 */
public record Timestamping(int bits, int clock) {

    /**
     * One flag: the kernel's SOF_TIMESTAMPING_ and the name. Recording flags (TX_…, RX_…) say which
     * stamps are made, SOFTWARE and RAW_HARDWARE which are reported, OPT_… how.
     */
    public enum Flag {
        /** The network card stamps packets as it sends them. */
        TX_HARDWARE(0),
        /** The driver stamps packets as it hands them to the card. */
        TX_SOFTWARE(1),
        /** The network card stamps packets as they arrive. */
        RX_HARDWARE(2),
        /** The kernel stamps packets as they arrive from the driver. */
        RX_SOFTWARE(3),
        /** Report the stamps that software made. */
        SOFTWARE(4),
        /** Without effect: the kernel no longer converts hardware stamps to system time. */
        SYS_HARDWARE(5),
        /** Report the stamps that hardware made, as the card's clock has them. */
        RAW_HARDWARE(6),
        /** Number the stamps, so that one tells which packet or byte it belongs to. */
        OPT_ID(7),
        /** Stamp packets as they enter the packet scheduler. */
        TX_SCHED(8),
        /** TCP: stamp when all data of a send call has been acknowledged. */
        TX_ACK(9),
        /** Send all control messages (addresses, interface) along with a stamp. */
        OPT_CMSG(10),
        /** Report a stamp of a sent packet without the packet. */
        OPT_TSONLY(11),
        /** TCP: report statistics along with the stamp. Needs {@link #OPT_TSONLY}. */
        OPT_STATS(12),
        /** Report along with hardware stamps the interface that received the packet. */
        OPT_PKTINFO(13),
        /** Allow a packet to get both a software and a hardware stamp when sent. */
        OPT_TX_SWHW(14),
        /** Hardware stamps by the PTP clock given. Since Linux 5.14. */
        BIND_PHC(15),
        /** TCP: numbers of {@link #OPT_ID} count bytes from where it is set. Since Linux 6.2. */
        OPT_ID_TCP(16),
        /** Report only stamps that this socket asked for. Since Linux 6.12. */
        OPT_RX_FILTER(17),
        /** Stamp packets when the card reports that they were sent. Since Linux 6.15. */
        TX_COMPLETION(18);

        private final int bit;

        Flag(int shift) {
            bit = 1 << shift;
        }

        /** The kernel's bit. */
        public int bit() {
            return bit;
        }
    }

    /** No time stamps: the default. */
    public static final Timestamping OFF = new Timestamping(0, 0);

    /**
     * The given flags.
     *
     * @param flags which
     * @return the value for {@link SoOption#TIMESTAMPING}
     */
    public static Timestamping of(Flag... flags) {
        int bits = 0;
        for (Flag flag : flags) {
            bits |= flag.bit;
        }
        return new Timestamping(bits, 0);
    }

    /**
     * The flags that are set; bits that have no name here are left out.
     *
     * @return a new set in the order of the bits
     */
    public Set<Flag> flags() {
        return EnumSet.allOf(Flag.class).stream()
                .filter(flag -> (bits & flag.bit) != 0)
                .collect(Collectors.toCollection(() -> EnumSet.noneOf(Flag.class)));
    }

    @CStruct("struct so_timestamping")
    static final class Layout {
        static final int SIZEOF = 8;
        static final int flags = 0;
        static final int bind_phc = 4;

        private Layout() {}
    }

    static final OptionCodec<Timestamping> CODEC =
            OptionCodec.struct(
                    Timestamping.class,
                    Layout.SIZEOF,
                    "",
                    Timestamping::write,
                    in -> new Timestamping(in.getInt(Layout.flags), in.getInt(Layout.bind_phc)));

    private static void write(ByteBuffer out, Timestamping value) {
        out.putInt(Layout.flags, value.bits).putInt(Layout.bind_phc, value.clock);
    }
}
