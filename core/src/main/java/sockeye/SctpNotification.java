// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.Optional;

/**
 * What SCTP tells of an association among the data, for those {@link SctpEvents} that were asked
 * for: a message with {@link SctpEvents#MSG_NOTIFICATION}; RFC 6458 section 6.1.
 *
 * <pre>{@code
 * switch (SctpNotification.of(message).orElse(null)) {
 *     case SctpNotification.AssociationChange change when change.isUp() -> greet(change);
 *     case SctpNotification.Shutdown(int association) -> finish(association);
 *     case SctpNotification.SendFailed failed -> sendAgain(failed.data());
 *     case null, default -> {}
 * }
 * }</pre>
 *
 * <p>Numbers of errors are cause codes of the protocol, RFC 9260 section 3.3.10: 12 is an abort by
 * the user, 0 nothing. Buffers are read-only and hold what the kernel gave, no more than the
 * message had.
 */
public sealed interface SctpNotification {
    /** The kernel's number of the association; of SOCK_STREAM the only one, of whatever number. */
    int associationId();

    /**
     * An association came up or went.
     *
     * @param change what happened
     * @param error why, a cause code
     * @param outStreams how many streams there are to the peer
     * @param inStreams how many there are from it
     * @param associationId of which association
     * @param details features that the peer has, or the chunk that ended it
     */
    record AssociationChange(
            Change change,
            int error,
            int outStreams,
            int inStreams,
            int associationId,
            ByteBuffer details)
            implements SctpNotification {
        /** What happened to an association; {@code enum sctp_sac_state}. */
        public enum Change {
            // In the order of the kernel's numbers.

            /** It is there, and data can be sent. */
            COMM_UP,
            /** It is lost: the peer does not answer, or has aborted. */
            COMM_LOST,
            /** The peer has begun anew. */
            RESTART,
            /** It was closed in order. */
            SHUTDOWN_COMP,
            /** It could not be made. */
            CANT_STR_ASSOC,
            /** A number that this version does not know. */
            UNKNOWN;
        }

        /** Whether data can be sent now. */
        public boolean isUp() {
            return change == Change.COMM_UP || change == Change.RESTART;
        }
    }

    /**
     * An address of the peer became reachable, or ceased to be.
     *
     * @param address which one
     * @param condition how it is now
     * @param error why, a cause code
     * @param associationId of which association
     */
    record PeerAddressChange(Endpoint address, Condition condition, int error, int associationId)
            implements SctpNotification {
        /** How an address is; {@code enum sctp_spc_state}. */
        public enum Condition {
            // In the order of the kernel's numbers.

            /** It answers again. */
            AVAILABLE,
            /** It does not answer. */
            UNREACHABLE,
            /** It is none of the peer's any more. */
            REMOVED,
            /** It is new. */
            ADDED,
            /** What is sent goes there. */
            MADE_PRIM,
            /** It has answered for the first time. */
            CONFIRMED,
            /** It answers badly, and is used if there is no other. */
            POTENTIALLY_FAILED,
            /** A number that this version does not know. */
            UNKNOWN;
        }
    }

    /**
     * The peer reported an error.
     *
     * @param error a cause code
     * @param associationId of which association
     * @param details the error as it came
     */
    record RemoteError(int error, int associationId, ByteBuffer details)
            implements SctpNotification {}

    /**
     * A message could not be delivered, for example since the association ended.
     *
     * @param wasSent whether it was given to the network at least once: the peer may have it
     * @param error why, as the kernel has it
     * @param how it was to be sent, its context among it
     * @param associationId by which association
     * @param data the message, or a part of a long one
     */
    record SendFailed(
            boolean wasSent, int error, SctpSending how, int associationId, ByteBuffer data)
            implements SctpNotification {}

    /** The peer will send no more, and takes no more. */
    record Shutdown(int associationId) implements SctpNotification {}

    /**
     * The rest of a message that was received in part will not come.
     *
     * @param stream on which stream
     * @param associationId of which association
     */
    record PartialDeliveryAborted(int stream, int associationId) implements SctpNotification {}

    /** What the peer says of the protocol above, a number that means something to that. */
    record Adaptation(int indication, int associationId) implements SctpNotification {}

    /**
     * A key of authentication.
     *
     * @param key its number
     * @param indication 0 new, 1 no authentication, 2 no longer used
     * @param associationId of which association
     */
    record Authentication(int key, int indication, int associationId) implements SctpNotification {}

    /** All that was sent has been acknowledged. */
    record SenderDry(int associationId) implements SctpNotification {}

    /**
     * Streams began to count anew.
     *
     * @param flags 1 incoming, 2 outgoing, 4 denied, 8 failed
     * @param associationId of which association
     * @param streams which, all if empty
     */
    record StreamReset(int flags, int associationId, List<Integer> streams)
            implements SctpNotification {
        /** Copies the list. */
        public StreamReset {
            streams = List.copyOf(streams);
        }
    }

    /**
     * The association began to count anew.
     *
     * @param flags 4 denied, 8 failed
     * @param localNumber the next transmission number of this side, unsigned
     * @param remoteNumber that of the peer, unsigned
     * @param associationId of which association
     */
    record AssociationReset(int flags, long localNumber, long remoteNumber, int associationId)
            implements SctpNotification {}

    /**
     * There are more streams.
     *
     * @param flags 4 denied, 8 failed
     * @param inStreams how many there are from the peer
     * @param outStreams how many there are to it
     * @param associationId of which association
     */
    record StreamChange(int flags, int inStreams, int outStreams, int associationId)
            implements SctpNotification {}

    /**
     * One that has no name here, or is too short to be what it says.
     *
     * @param type the kernel's number
     * @param bytes all of it
     */
    record Unknown(int type, ByteBuffer bytes) implements SctpNotification {
        /** Not known. */
        @Override
        public int associationId() {
            return 0;
        }
    }

    /** Whether a received message is a notification rather than data. */
    static boolean is(Message message) {
        return (message.flags() & SctpEvents.MSG_NOTIFICATION) != 0;
    }

    /** What a received message tells; empty if it is data. */
    static Optional<SctpNotification> of(Message message) {
        return is(message) ? Optional.of(decode(message.payload())) : Optional.empty();
    }

    /** Reads a notification, from position to limit, which stay. Never fails. */
    static SctpNotification decode(ByteBuffer bytes) {
        return SctpNotifications.decode(bytes);
    }
}
