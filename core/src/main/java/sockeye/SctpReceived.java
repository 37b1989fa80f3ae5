// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.AncillaryType.SCTP_RCVINFO;
import static sockeye.AncillaryType.SOL_SCTP;

/**
 * Which message of SCTP this is ({@code SCTP_RCVINFO}, {@code struct sctp_rcvinfo}), with {@link
 * SctpOption#RECVRCVINFO} on; RFC 6458 section 5.3.5.
 *
 * @param stream the stream that it came on, 0 to 65535
 * @param sequence its number within the stream, 0 to 65535
 * @param flags 1 (SCTP_UNORDERED) if it was sent without an order
 * @param payloadProtocol what the sender said that it is, as its bytes stand in the packet
 * @param transmission its transmission sequence number, 0 to 4294967295
 * @param associationId the kernel's number of the connection
 */
public record SctpReceived(
        int stream,
        int sequence,
        int flags,
        int payloadProtocol,
        long transmission,
        int associationId)
        implements Ancillary.OfFamily {
    @Override
    public int level() {
        return SOL_SCTP;
    }

    @Override
    public int type() {
        return SCTP_RCVINFO;
    }
}
