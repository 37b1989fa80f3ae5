// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.OptionCodec.flag;
import static sockeye.OptionCodec.integer;

import java.util.List;

/**
 * The options of level IPPROTO_UDP. CORK is described in udp(7), the others in the kernel's
 * networking documentation alone.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/udp.7.html">udp(7)</a>
 */
public final class UdpOption {
    /** In {@link #ENCAP}: ESP, RFC 3948. */
    public static final int UDP_ENCAP_ESPINUDP = 2;

    /** In {@link #ENCAP}: L2TP, RFC 2661. */
    public static final int UDP_ENCAP_L2TPINUDP = 3;

    /** In {@link #ENCAP}: GTP version 0, 3GPP TS 09.60. */
    public static final int UDP_ENCAP_GTP0 = 4;

    /** In {@link #ENCAP}: GTP version 1 user plane, 3GPP TS 29.060. */
    public static final int UDP_ENCAP_GTP1U = 5;

    /** In {@link #ENCAP}: RxRPC. */
    public static final int UDP_ENCAP_RXRPC = 6;

    private static final int IPPROTO_UDP = 17;
    private static final OptionTable TABLE = new OptionTable(IPPROTO_UDP);

    private UdpOption() {}

    /** Whether all that is sent becomes one datagram, sent when this is set to false. */
    public static final Option<Boolean> CORK = TABLE.readWrite("UDP_CORK", 1, flag());

    /**
     * The size of the datagrams that a larger send is cut into by the kernel or the card (generic
     * segmentation offload): 0 to 65,535 bytes of payload, 0, the default, for no cutting. The last
     * datagram may be shorter; up to 64 datagrams in a send, 128 on newer kernels. EINVAL when
     * sending if a datagram is larger than the path takes.
     */
    public static final Option<Integer> SEGMENT =
            TABLE.readWrite("UDP_SEGMENT", 103, integer("bytes", 0, 0xffff));

    /**
     * Whether the kernel may hand over several datagrams of one sender as one message, whose
     * ancillary data tells their size (UDP_GRO). Default false.
     */
    public static final Option<Boolean> GRO = TABLE.readWrite("UDP_GRO", 104, flag());

    /** Whether datagrams over IPv6 are sent without checksum. Default false. RFC 6935. */
    public static final Option<Boolean> NO_CHECK6_TX =
            TABLE.readWrite("UDP_NO_CHECK6_TX", 101, flag());

    /** Whether datagrams over IPv6 without checksum are taken. Default false. RFC 6935. */
    public static final Option<Boolean> NO_CHECK6_RX =
            TABLE.readWrite("UDP_NO_CHECK6_RX", 102, flag());

    /**
     * Which tunnel of the kernel takes the datagrams, one of the UDP_ENCAP_ numbers; 0, the
     * default, for none. ENOPROTOOPT if the kernel does not know it.
     */
    public static final Option<Integer> ENCAP = TABLE.readWrite("UDP_ENCAP", 100, integer(""));

    /**
     * All options of this class, in the order of their declaration.
     *
     * @return an unmodifiable list
     */
    public static List<Option<?>> all() {
        return TABLE.all();
    }
}
