// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.OptionCodec.integer;

import java.util.List;

/**
 * The options of level SOL_UDPLITE, for datagram sockets of protocol IPPROTO_UDPLITE: how much of a
 * datagram its checksum covers. Damage behind that is delivered rather than the datagram dropped;
 * RFC 3828. Linux has UDP-Lite up to 6.x; 7.1 dropped it.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/udplite.7.html">udplite(7)</a>
 */
public final class UdpLiteOption {
    private static final int SOL_UDPLITE = 136;
    private static final OptionTable TABLE = new OptionTable(SOL_UDPLITE);

    private UdpLiteOption() {}

    /**
     * How many bytes of what is sent the checksum covers, the header of 8 included. Default 0, all;
     * 1 to 7 become 8.
     */
    public static final Option<Integer> SEND_CSCOV =
            TABLE.readWrite("UDPLITE_SEND_CSCOV", 10, integer("bytes", 0, 0xFFFF));

    /**
     * The least coverage that is accepted; datagrams with less are dropped. Default 0, full
     * coverage only; 1 to 7 become 8.
     */
    public static final Option<Integer> RECV_CSCOV =
            TABLE.readWrite("UDPLITE_RECV_CSCOV", 11, integer("bytes", 0, 0xFFFF));

    /**
     * All options of this class, in the order of their declaration.
     *
     * @return an unmodifiable list
     */
    public static List<Option<?>> all() {
        return TABLE.all();
    }
}
