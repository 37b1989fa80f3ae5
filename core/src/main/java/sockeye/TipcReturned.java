// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * A message of ours that TIPC could not deliver and gave back, because {@link
 * TipcOption#DEST_DROPPABLE} is false. It comes among what is received, and is none of the peers'
 * messages:
 *
 * <pre>{@code
 * Message message = socket.receive(buffer, TipcAncillary.SPACE);
 * TipcReturned.of(message).ifPresentOrElse(
 *         returned -> retry(returned.payload(), returned.error()),
 *         () -> handle(message));
 * }</pre>
 *
 * <p>Who gives no room for ancillary data cannot tell it from a message without payload. As TIPC
 * delivers no such message to a datagram socket, it may then be passed over.
 *
 * @param error why
 * @param destination the service that it was sent to, if it was sent to a service
 * @param payload its bytes, as far as there was room
 * @param length how long it was, in bytes
 */
public record TipcReturned(
        TipcError error,
        Optional<TipcEndpoint.ServiceRange> destination,
        ByteBuffer payload,
        long length) {

    /** What was returned, if this received message is a returned one. */
    public static Optional<TipcReturned> of(Message message) {
        return message.find(TipcAncillary.ErrorInfo.class)
                .map(info ->
                        new TipcReturned(
                                info.error(),
                                message.find(TipcAncillary.Destination.class)
                                        .map(TipcAncillary.Destination::service),
                                ByteBuffer.wrap(
                                        message.find(TipcAncillary.ReturnedData.class)
                                                .map(TipcAncillary.ReturnedData::bytes)
                                                .orElse(new byte[0])),
                                info.length()));
    }
}
