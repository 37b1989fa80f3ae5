// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.OptionCodec.flag;
import static sockeye.OptionCodec.integer;

import java.util.List;

/**
 * The options of level SOL_SCTP, for sockets of protocol IPPROTO_SCTP: SOCK_STREAM, one socket a
 * connection, and SOCK_SEQPACKET, one socket for any number of peers. Set on a socket without a
 * connection they hold for those to come; where the kernel's structure has room for the number of
 * one connection it is left 0, that of the socket. RFC 6458 section 8.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/sctp.7.html">sctp(7)</a>
 */
public final class SctpOption {
    private static final int SOL_SCTP = 132;
    private static final OptionTable TABLE = new OptionTable(SOL_SCTP);

    private SctpOption() {}

    /** When what was not acknowledged is sent again. */
    public static final Option<SctpRetransmission> RTOINFO =
            TABLE.readWrite("SCTP_RTOINFO", 0, SctpRetransmission.CODEC);

    /** What is proposed when a connection is made; to be set before. */
    public static final Option<SctpInit> INITMSG =
            TABLE.readWrite("SCTP_INITMSG", 2, SctpInit.CODEC);

    /** Whether small messages go at once rather than in one packet with others. Default false. */
    public static final Option<Boolean> NODELAY = TABLE.readWrite("SCTP_NODELAY", 3, flag());

    /**
     * After how many idle seconds a connection ends; 0, the default, for never. SOCK_SEQPACKET
     * only, else EOPNOTSUPP.
     */
    public static final Option<Integer> AUTOCLOSE =
            TABLE.readWrite("SCTP_AUTOCLOSE", 4, integer("seconds", 0, Integer.MAX_VALUE));

    /** Whether a message that needs more than one packet is refused, EMSGSIZE. Default false. */
    public static final Option<Boolean> DISABLE_FRAGMENTS =
            TABLE.readWrite("SCTP_DISABLE_FRAGMENTS", 8, flag());

    /** Which events are received among the data. Default none. */
    public static final Option<SctpEvents> EVENTS =
            TABLE.readWrite("SCTP_EVENTS", 11, SctpEvents.CODEC);

    /** Whether IPv4 peers of an AF_INET6 socket are shown mapped. Default true. */
    public static final Option<Boolean> I_WANT_MAPPED_V4_ADDR =
            TABLE.readWrite("SCTP_I_WANT_MAPPED_V4_ADDR", 12, flag());

    /** How many bytes of data go into one packet at most; 0, the default, as the path allows. */
    public static final Option<Integer> MAXSEG =
            TABLE.readWrite("SCTP_MAXSEG", 13, ofAssociation("bytes"));

    /** How the connection stands; EINVAL if there is none. Read-only. */
    public static final Option<SctpStatus> STATUS =
            TABLE.readOnly("SCTP_STATUS", 14, SctpStatus.CODEC);

    /** A number that comes back with what could not be sent, and in nothing else. */
    public static final Option<Integer> CONTEXT =
            TABLE.readWrite("SCTP_CONTEXT", 17, ofAssociation(""));

    /** Whether parts of messages of several peers may be received in turn: 0, 1 or 2. */
    public static final Option<Integer> FRAGMENT_INTERLEAVE =
            TABLE.readWrite("SCTP_FRAGMENT_INTERLEAVE", 18, integer("", 0, 2));

    /** From how many bytes on a message is delivered in parts; 0, the default: as must be. */
    public static final Option<Integer> PARTIAL_DELIVERY_POINT =
            TABLE.readWrite(
                    "SCTP_PARTIAL_DELIVERY_POINT", 19, integer("bytes", 0, Integer.MAX_VALUE));

    /** How many packets may be sent in a row. Default 4. */
    public static final Option<Integer> MAX_BURST =
            TABLE.readWrite("SCTP_MAX_BURST", 20, ofAssociation("packets"));

    /**
     * Begins or ends to hear of one event, of the socket or of one association; only set. What
     * {@link #EVENTS} does for all at once. Linux 5.0.
     */
    public static final Option<SctpSubscription> EVENT =
            TABLE.writeOnly("SCTP_EVENT", 127, SctpSubscription.CODEC);

    /** Whether each message brings a {@link SctpReceived}. Default false. Linux 3.17. */
    public static final Option<Boolean> RECVRCVINFO =
            TABLE.readWrite("SCTP_RECVRCVINFO", 32, flag());

    /** Whether other sockets with this option may bind to the same port; not with a backlog. */
    public static final Option<Boolean> REUSE_PORT = TABLE.readWrite("SCTP_REUSE_PORT", 36, flag());

    /**
     * {@link #STATUS} of one association of a SOCK_SEQPACKET socket.
     *
     * @param associationId as {@link SctpReceived} and the notifications have it
     */
    public static Option<SctpStatus> statusOf(int associationId) {
        return STATUS.asking(SctpStatus.question(associationId));
    }

    /** A number of the socket or of one connection: an association, left 0, and the value. */
    private static OptionCodec<Integer> ofAssociation(String unit) {
        return OptionCodec.struct(
                Integer.class,
                2 * Integer.BYTES,
                unit,
                (out, value) -> out.putInt(Integer.BYTES, value),
                in -> in.getInt(Integer.BYTES));
    }

    /**
     * All options of this class, in the order of their declaration.
     *
     * @return an unmodifiable list
     */
    public static List<Option<?>> all() {
        return TABLE.all();
    }
}
