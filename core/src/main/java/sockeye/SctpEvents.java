// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.kernel.CStruct;

import java.util.Collection;
import java.util.EnumSet;
import java.util.Set;

/**
 * Which events of SCTP are received as messages among the data, with {@link #MSG_NOTIFICATION}:
 * {@code struct sctp_event_subscribe}, RFC 6458 section 6.2.1.
 *
 * @param events those that are wanted; copied
 */
public record SctpEvents(Set<Event> events) {
    /** Received: this is an event, not data. To the kernel's senders the bit is MSG_MORE. */
    public static final int MSG_NOTIFICATION = 0x8000;

    private static final int SCTP_SN_TYPE_BASE = 0x8000;

    /** The events, in the order of the structure's members. */
    public enum Event {
        /** Not an event: each message brings a {@code struct sctp_sndrcvinfo}. */
        DATA_IO(0),
        /** A connection came, went, or began anew. */
        ASSOCIATION(1),
        /** An address of the peer became reachable, or ceased to be. */
        ADDRESS(2),
        /** What could not be sent comes back, in the older form. */
        SEND_FAILURE(3),
        /** The peer reported an error. */
        PEER_ERROR(4),
        /** The peer will send no more. */
        SHUTDOWN(5),
        /** A message that was delivered in part will not be completed. */
        PARTIAL_DELIVERY(6),
        /** What the peer says of the protocol above. */
        ADAPTATION_LAYER(7),
        /** Keys of authentication. */
        AUTHENTICATION(8),
        /** All that was sent has been acknowledged. */
        SENDER_DRY(9),
        /** Streams began to count anew. */
        STREAM_RESET(10),
        /** The connection began to count anew. */
        ASSOC_RESET(11),
        /** There are more streams. */
        STREAM_CHANGE(12),
        /** What could not be sent comes back. */
        SEND_FAILURE_EVENT(13);

        /** Where its byte is in the structure. */
        private final int at;

        Event(int at) {
            this.at = at;
        }

        /** The kernel's number of its notification: SCTP_ASSOC_CHANGE and so on. */
        int number() {
            return SCTP_SN_TYPE_BASE + at;
        }
    }

    static final OptionCodec<SctpEvents> CODEC =
            OptionCodec.struct(
                    SctpEvents.class,
                    Layout.SIZEOF,
                    "",
                    (out, value) -> {
                        for (Event each : value.events) {
                            out.put(each.at, (byte) 1);
                        }
                    },
                    in -> {
                        var found = EnumSet.noneOf(Event.class);
                        for (Event each : Event.values()) {
                            if (in.get(each.at) != 0) {
                                found.add(each);
                            }
                        }
                        return new SctpEvents(found);
                    });

    public SctpEvents {
        events = Set.copyOf(events);
    }

    /** These events and no others. */
    public static SctpEvents of(Event... events) {
        return new SctpEvents(Set.of(events));
    }

    /** The same, as a collection has them. */
    public static SctpEvents of(Collection<Event> events) {
        return new SctpEvents(Set.copyOf(events));
    }

    /** One byte for each event. */
    @CStruct("struct sctp_event_subscribe")
    static final class Layout {
        static final int SIZEOF = 14;

        private Layout() {}
    }
}
