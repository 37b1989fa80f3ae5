// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.CStruct;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.time.Duration;

/**
 * What was asked of the topology server: {@code struct tipc_subscr}. {@link TipcTopology} makes
 * them; each is one of a kind.
 */
public final class TipcSubscription {
    /** The time of a subscription that ends only when it is cancelled: TIPC_WAIT_FOREVER. */
    public static final Duration FOR_EVER = Duration.ofMillis(0xFFFF_FFFFL);

    private static final int TIPC_PUBLISHED = 1;
    private static final int TIPC_WITHDRAWN = 2;
    private static final int TIPC_SUBSCR_TIMEOUT = 3;
    private static final int TIPC_SUB_CANCEL = 4;

    /** How much is told. */
    public enum Detail {
        /** Every binding, as it comes and goes: TIPC_SUB_PORTS. */
        BINDINGS(1),
        /**
         * For each range of services only that the first came, and that the last has gone:
         * TIPC_SUB_SERVICE. The socket is that of one of them.
         */
        SERVICES(2);

        private final int filter;

        Detail(int filter) {
            this.filter = filter;
        }
    }

    private final long handle;
    private final TipcEndpoint.ServiceRange services;
    private final Detail detail;
    private final Duration time;
    private final int milliseconds;

    TipcSubscription(
            long handle, TipcEndpoint.ServiceRange services, Detail detail, Duration time) {
        long millis = OptionCodec.Unit.MILLISECONDS.roundUp(time);
        if (time.isNegative() || millis > 0xFFFF_FFFFL) {
            throw new IllegalArgumentException(
                    "the time of a subscription is 0 to 4294967295 ms, not " + time);
        }
        this.handle = handle;
        this.services = services;
        this.detail = detail;
        this.time = time;
        this.milliseconds = (int) millis;
    }

    /** The services that were asked for. */
    public TipcEndpoint.ServiceRange services() {
        return services;
    }

    /** How much is told. */
    public Detail detail() {
        return detail;
    }

    /** How long it was made for, or {@link #FOR_EVER}. */
    public Duration time() {
        return time;
    }

    /** Its number within the connection. */
    long handle() {
        return handle;
    }

    byte[] encode(boolean cancel) {
        ByteBuffer to = ByteBuffer.allocate(Request.SIZEOF).order(ByteOrder.nativeOrder());
        to.putInt(Request.seq, (int) services.type());
        to.putInt(Request.seq + Integer.BYTES, (int) services.lower());
        to.putInt(Request.seq + 2 * Integer.BYTES, (int) services.upper());
        to.putInt(Request.timeout, milliseconds);
        to.putInt(Request.filter, detail.filter | (cancel ? TIPC_SUB_CANCEL : 0));
        to.putLong(Request.usr_handle, handle);
        return to.array();
    }

    /** Room for an event, and a byte more, so that a longer one is noticed. */
    static ByteBuffer eventRoom() {
        return ByteBuffer.allocate(Event.SIZEOF + 1);
    }

    /** An event as it came, before it is known whose it is. */
    record Answer(int kind, long lower, long upper, TipcEndpoint.SocketId socket, long handle) {
        /** The event; null if its kind is not known. */
        TipcTopology.@Nullable Event toEvent(TipcSubscription subscription) {
            return switch (kind) {
                case TIPC_PUBLISHED ->
                        new TipcTopology.Published(subscription, found(subscription), socket);
                case TIPC_WITHDRAWN ->
                        new TipcTopology.Withdrawn(subscription, found(subscription), socket);
                case TIPC_SUBSCR_TIMEOUT -> new TipcTopology.TimedOut(subscription);
                default -> null;
            };
        }

        private TipcEndpoint.ServiceRange found(TipcSubscription subscription) {
            return TipcEndpoint.range(subscription.services.type(), lower, upper);
        }
    }

    static Answer decode(ByteBuffer payload) throws IOException {
        ByteBuffer from = payload.slice().order(ByteOrder.nativeOrder());
        if (from.remaining() != Event.SIZEOF) {
            throw new IOException("no event of a topology server: " + from.remaining() + " bytes");
        }
        long lower = Integer.toUnsignedLong(from.getInt(Event.found_lower));
        long upper = Integer.toUnsignedLong(from.getInt(Event.found_upper));
        if (lower > upper) {
            throw new IOException(
                    "no event of a topology server: found %d to %d".formatted(lower, upper));
        }
        return new Answer(
                from.getInt(Event.event),
                lower,
                upper,
                TipcEndpoint.socket(
                        Integer.toUnsignedLong(from.getInt(Event.port)),
                        Integer.toUnsignedLong(from.getInt(Event.port + Integer.BYTES))),
                from.getLong(Event.s + Request.usr_handle));
    }

    /** Services, time, detail; the kernel compares all 28 bytes to find what is cancelled. */
    @Override
    public String toString() {
        String end = time.equals(FOR_EVER) ? "" : " for " + time;
        return "TipcSubscription[" + services + " " + detail + end + "]";
    }

    /** Offsets in bytes; the range is three ints. */
    @CStruct("struct tipc_subscr")
    private static final class Request {
        static final int SIZEOF = 28;
        static final int seq = 0;
        static final int timeout = 12;
        static final int filter = 16;
        static final int usr_handle = 20;

        private Request() {}
    }

    /** Offsets in bytes; the socket is two ints, and last comes the subscription. */
    @CStruct("struct tipc_event")
    private static final class Event {
        static final int SIZEOF = 48;
        static final int event = 0;
        static final int found_lower = 4;
        static final int found_upper = 8;
        static final int port = 12;
        static final int s = 20;

        private Event() {}
    }
}
