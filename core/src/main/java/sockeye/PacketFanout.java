// SPDX-License-Identifier: Apache-2.0
package sockeye;

/**
 * Sockets of AF_PACKET that share the frames of an interface: {@link PacketOption#FANOUT}. All of a
 * group are bound alike, and one process's.
 *
 * @param group the number of the group, 0 to 65535, within the network namespace
 * @param mode who gets a frame
 * @param flags {@link #PACKET_FANOUT_FLAG_ROLLOVER} and its siblings, 0 to 65280
 */
public record PacketFanout(int group, Mode mode, int flags) {
    /** Who of the group gets a frame. */
    public enum Mode {
        /** By the flow that it belongs to. */
        HASH(0),
        /** Each in turn. */
        LB(1),
        /** By the processor that received it. */
        CPU(2),
        /** The first that has room. */
        ROLLOVER(3),
        /** At random. */
        RND(4),
        /** By the queue of the hardware. */
        QM(5),
        /** As a classic BPF program says, which {@code PACKET_FANOUT_DATA} sets. */
        CBPF(6),
        /** As an extended BPF program says, which {@code PACKET_FANOUT_DATA} sets. */
        EBPF(7);

        private final int number;

        Mode(int number) {
            this.number = number;
        }

        private static Mode of(int number) {
            for (Mode each : values()) {
                if (each.number == number) {
                    return each;
                }
            }
            throw new IllegalArgumentException("no mode of a fanout group: " + number);
        }
    }

    /** If the chosen one has no room, another. */
    public static final int PACKET_FANOUT_FLAG_ROLLOVER = 0x1000;

    /** The kernel chooses a group that nobody has. */
    public static final int PACKET_FANOUT_FLAG_UNIQUEID = 0x2000;

    /** Fragments are joined before. */
    public static final int PACKET_FANOUT_FLAG_DEFRAG = 0x8000;

    static final OptionCodec<PacketFanout> CODEC =
            OptionCodec.of(
                    PacketFanout.class,
                    Integer.BYTES,
                    "",
                    "",
                    value ->
                            OptionCodec.ofInt(
                                    value.group | (value.mode.number | value.flags) << Short.SIZE),
                    (bytes, length) -> read(OptionCodec.toInt(bytes, length)));

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if one is out of its bounds
     */
    public PacketFanout {
        if (group >>> Short.SIZE != 0 || (flags & ~0xFF00) != 0) {
            throw new IllegalArgumentException(
                    "a group is 0 to 65535 and flags are 0x0100 to 0xff00, not "
                            + group
                            + " and "
                            + flags);
        }
    }

    private static PacketFanout read(int value) {
        Mode mode = Mode.of(value >>> Short.SIZE & 0xFF);
        return new PacketFanout(value & 0xFFFF, mode, value >>> Short.SIZE & 0xFF00);
    }
}
