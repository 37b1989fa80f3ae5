// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.nio.ByteBuffer;

/**
 * A service over messages (datagrams, seqpacket and rdm records): one message in, at most one
 * message out. It remembers nothing from one message to the next; safe for use by any number of
 * threads and drivers.
 */
@FunctionalInterface
public interface MessageService {
    /**
     * A whole message has come. The answer is what is in the output afterwards, collected and
     * passed bytes together as <em>one</em> message to the sender; there is none if {@link
     * Output#answered()} is false. An {@link Output#ending() ending} concerns connected records
     * only; a driver of datagrams ignores it.
     *
     * <p>A driver does not feed a message that its buffer cut short (MSG_TRUNC), and counts an
     * answer that the transport refuses for its length (EMSGSIZE) as not delivered.
     *
     * @param message from position to limit, possibly empty; the driver's again when the call has
     *     returned and its output has been sent
     * @param now the present time; asked only during the call
     * @param out empty at the start of the call
     */
    void received(ByteBuffer message, Moment now, Output out);

    /**
     * The same for a service that wants to know who the peer is, or how much it may answer. This is
     * what a driver calls.
     *
     * @param facts about the sender of this message; asked only during the call
     */
    default void received(ByteBuffer message, PeerFacts facts, Moment now, Output out) {
        received(message, now, out);
    }

    /**
     * Whether it asks for {@link PeerFacts#credentials}: over datagrams of AF_UNIX they come with
     * each message and cost a little, so that a driver has them sent only then (SO_PASSCRED).
     */
    default boolean asksCredentials() {
        return false;
    }
}
