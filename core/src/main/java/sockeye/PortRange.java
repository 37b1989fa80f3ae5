// SPDX-License-Identifier: Apache-2.0
package sockeye;

/**
 * The ports that the kernel picks from: the value of {@link IpOption#LOCAL_PORT_RANGE}.
 *
 * @param low the first port, 0 to 65,535; 0 for the system's own
 * @param high the last port, 0 to 65,535; 0 for the system's own
 */
public record PortRange(int low, int high) {
    /** The system's range, {@code net.ipv4.ip_local_port_range}: the default. */
    public static final PortRange SYSTEM = new PortRange(0, 0);

    /**
     * Checks the ports.
     *
     * @throws IllegalArgumentException if a port is out of range, or both are given and the first
     *     is above the last
     */
    public PortRange {
        OptionCodec.inRange(low, 0, 65_535, "");
        OptionCodec.inRange(high, 0, 65_535, "");
        if (high != 0 && low > high) {
            throw new IllegalArgumentException("the range " + low + " to " + high + " is empty");
        }
    }

    /** The first port in the lower half, the last in the upper. */
    static final OptionCodec<PortRange> CODEC =
            OptionCodec.of(
                    PortRange.class,
                    Integer.BYTES,
                    "",
                    "ports 0 to 65535",
                    value -> OptionCodec.ofInt(value.high << 16 | value.low),
                    (bytes, length) -> {
                        int pair = OptionCodec.toInt(bytes, length);
                        return new PortRange(pair & 0xffff, pair >>> 16);
                    });
}
