// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.IpProtocol.IPPROTO_SCTP;
import static sockeye.SocketType.SOCK_SEQPACKET;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One socket of SCTP for any number of peers, each by an association that the kernel makes when
 * something is sent or comes: the one-to-many style of RFC 6458, section 3.
 *
 * <pre>{@code
 * try (var many = SctpSocket.bind(InetEndpoint.any(9899), SctpEvents.Event.ASSOCIATION)) {
 *     var buffer = ByteBuffer.allocate(64 << 10);
 *     while (true) {
 *         switch (many.receive(buffer.clear())) {
 *             case SctpSocket.Received data -> many.send(data.payload(), data.answer());
 *             case SctpSocket.Notified(SctpNotification news) -> IO.println(news);
 *         }
 *     }
 * }
 * }</pre>
 *
 * <p>For one socket a connection take {@link StreamSocket} and {@link Listener} with {@code sctp:};
 * {@link #peelOff} makes a socket of its own of an association.
 *
 * <p><b>Threads.</b> Any thread may send; one at a time receives. Deadlines, interrupts and close
 * work as in {@link MessageSocket}. Closing ends all associations in order.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/sctp.7.html">sctp(7)</a>
 */
public final class SctpSocket implements AutoCloseable {
    private static final int SOL_SCTP = 132;
    private static final int SCTP_GET_ASSOC_ID_LIST = 29;
    private static final int SCTP_SOCKOPT_PEELOFF_FLAGS = 122;
    private static final int SOCK_CLOEXEC = 0x80000;

    /** Of {@code sctp_peeloff_flags_arg_t}: association, descriptor, flags. */
    private static final int PEELOFF_BYTES = 12;

    /** Of {@code struct sctp_rcvinfo}. */
    private static final int RCVINFO_BYTES = 28;

    /** A notification is short, but for what could not be sent. */
    private static final int FIRST_NOTIFICATION = 512;

    private static final int MOST_NOTIFICATION = 1 << 20;
    private static final int MOST_OPTION = 1 << 16;

    private final MessageSocket socket;

    private SctpSocket(MessageSocket socket) {
        this.socket = socket;
    }

    /** What is received. */
    public sealed interface Incoming {}

    /**
     * Data.
     *
     * @param payload a view of what was received into the buffer
     * @param peer an address of who sent it
     * @param how by which association, on which stream and so on
     * @param complete whether the message ends here; what did not fit is received next
     */
    public record Received(
            ByteBuffer payload, @Nullable Endpoint peer, SctpReceived how, boolean complete)
            implements Incoming {
        /** To send back to where it came from, on the same stream, as the same kind of message. */
        public SctpSending answer() {
            return new SctpSending(how.stream(), 0, how.payloadProtocol(), 0, how.associationId());
        }
    }

    /** News of an association. */
    public record Notified(SctpNotification news) implements Incoming {}

    /**
     * Binds, and accepts associations.
     *
     * @param local where; port 0 for one of the kernel's choice
     * @param events of what {@link #receive} tells beside data
     * @param settings options, set before the bind
     * @throws IOException EADDRINUSE, EACCES; EPROTONOSUPPORT if the kernel lacks SCTP
     */
    public static SctpSocket bind(Endpoint local, SctpEvents events, OptionSetting<?>... settings)
            throws IOException {
        SctpSocket made = open(local.family(), events, settings);
        try {
            made.socket.socket().bind(local);
            made.socket.socket().listen(LinuxSocket.DEFAULT_BACKLOG);
            return made;
        } catch (IOException | RuntimeException | Error failed) {
            Closing.quietly(made.socket, failed);
            throw failed;
        }
    }

    /** The same with events one by one. */
    public static SctpSocket bind(Endpoint local, SctpEvents.Event... events) throws IOException {
        return bind(local, SctpEvents.of(events));
    }

    /**
     * A socket that makes associations, and accepts none.
     *
     * @param family AF_INET, or AF_INET6 for both
     */
    public static SctpSocket open(int family, SctpEvents events, OptionSetting<?>... settings)
            throws IOException {
        MessageSocket socket = MessageSocket.open(family, SOCK_SEQPACKET, IPPROTO_SCTP, settings);
        try {
            socket.socket().setOption(SctpOption.RECVRCVINFO, true);
            socket.socket().setOption(SctpOption.EVENTS, events);
            return new SctpSocket(socket);
        } catch (IOException | RuntimeException | Error failed) {
            Closing.quietly(socket, failed);
            throw failed;
        }
    }

    /**
     * Makes an association, and waits until it is there.
     *
     * @throws IOException ECONNREFUSED if nobody accepts it; ETIMEDOUT if nobody answers; EISCONN
     *     if there is one already
     */
    public void connect(Endpoint peer) throws IOException {
        socket.socket().connect(peer);
    }

    // Sending.

    /**
     * Sends one message by an association.
     *
     * @param how by which, on which stream and so on
     * @throws IOException EPIPE if the association is gone; EMSGSIZE if the message is longer than
     *     the send buffer; EINVAL if there is no such stream
     */
    public void send(ByteBuffer message, SctpSending how) throws IOException {
        socket.send(message, List.of(how.toAncillary()));
    }

    /** Sends one message to a peer, by an association that is made for it if there is none. */
    public void sendTo(ByteBuffer message, Endpoint peer, SctpSending how) throws IOException {
        socket.sendTo(message, peer, List.of(how.toAncillary()));
    }

    /** The same on the first stream. */
    public void sendTo(ByteBuffer message, Endpoint peer) throws IOException {
        socket.sendTo(message, peer);
    }

    /** Ends an association in order: what was sent is delivered first. */
    public void shutdown(int associationId) throws IOException {
        send(ByteBuffer.allocate(0), SctpSending.to(associationId).withFlags(SctpSending.SCTP_EOF));
    }

    /**
     * Ends an association at once; what was not delivered is lost.
     *
     * @param why for the peer, in its {@link SctpNotification.AssociationChange#details}
     */
    public void abort(int associationId, String why) throws IOException {
        send(
                ByteBuffer.wrap(why.getBytes(StandardCharsets.UTF_8)),
                SctpSending.to(associationId).withFlags(SctpSending.SCTP_ABORT));
    }

    // Receiving.

    /**
     * Waits for data or news of any association.
     *
     * @param buffer where data goes; its position moves
     * @throws IllegalArgumentException if the buffer has no room
     */
    public Incoming receive(ByteBuffer buffer) throws IOException {
        if (!buffer.hasRemaining()) {
            throw new IllegalArgumentException("no room to receive into");
        }
        int start = buffer.position();
        Message message =
                socket.socket()
                        .recvMsgInto(new ByteBuffer[] {buffer}, Ancillary.space(RCVINFO_BYTES), 0);
        if (SctpNotification.is(message)) {
            Incoming news = notified(message, buffer, start);
            buffer.position(start);
            return news;
        }
        var how =
                message.find(SctpReceived.class)
                        .orElseGet(() -> new SctpReceived(0, 0, 0, 0, 0, 0));
        return new Received(
                buffer.slice(start, buffer.position() - start),
                message.peer(),
                how,
                message.endOfRecord());
    }

    /** Collects a notification, of which the caller's buffer may have taken a part only. */
    private Notified notified(Message first, ByteBuffer buffer, int start) throws IOException {
        var all = ByteBuffer.allocate(Math.max(FIRST_NOTIFICATION, first.length()));
        all.put(buffer.duplicate().flip().position(start));
        Message last = first;
        while (!last.endOfRecord() && all.position() < MOST_NOTIFICATION) {
            if (!all.hasRemaining()) {
                all =
                        ByteBuffer.wrap(Arrays.copyOf(all.array(), all.capacity() * 2))
                                .position(all.position());
            }
            last = socket.socket().recvMsgInto(new ByteBuffer[] {all}, 0, 0);
        }
        return new Notified(SctpNotification.decode(all.flip()));
    }

    // Associations.

    /** The numbers of all associations there are; getsockopt(2), SCTP_GET_ASSOC_ID_LIST. */
    public List<Integer> associations() throws IOException {
        int room = FIRST_NOTIFICATION;
        while (true) {
            try {
                byte[] found = socket.socket().getOption(SOL_SCTP, SCTP_GET_ASSOC_ID_LIST, room);
                ByteBuffer in = OptionCodec.nativeOrder(found);
                List<Integer> all = new ArrayList<>();
                int count = in.getInt();
                for (int i = 0; i < count && in.remaining() >= Integer.BYTES; i++) {
                    all.add(in.getInt());
                }
                return all;
            } catch (SocketFailure tooSmall) {
                if (!tooSmall.errno().equals(Errno.EINVAL) || room >= MOST_OPTION) {
                    throw tooSmall;
                }
                room *= 2;
            }
        }
    }

    /**
     * How an association stands.
     *
     * @throws IOException EINVAL if there is none of that number
     */
    public SctpStatus status(int associationId) throws IOException {
        return socket.socket().getOption(SctpOption.statusOf(associationId));
    }

    /**
     * Makes a socket of its own of an association, which is then none of this socket any more: for
     * a thread of its own. It hears of the same events. That its association has ended is one of
     * them, {@link SctpEvents.Event#ASSOCIATION}; the kernel tells it by nothing else.
     *
     * @throws IOException EINVAL if there is no association of that number; EMFILE
     */
    public SctpSocket peelOff(int associationId) throws IOException {
        byte[] asked = new byte[PEELOFF_BYTES];
        OptionCodec.nativeOrder(asked).putInt(associationId).putInt(-1).putInt(SOCK_CLOEXEC);
        byte[] answered =
                socket.socket()
                        .getOption(
                                Option.rawBytes(SOL_SCTP, SCTP_SOCKOPT_PEELOFF_FLAGS, PEELOFF_BYTES)
                                        .asking(asked));
        int fd = OptionCodec.nativeOrder(answered).getInt(Integer.BYTES);
        return new SctpSocket(MessageSocket.adopt(fd));
    }

    /** Begins or ends to hear of an event of one association; those to come if it is 0. */
    public void listen(SctpEvents.Event event, boolean on, int associationId) throws IOException {
        socket.socket().setOption(SctpOption.EVENT, new SctpSubscription(event, on, associationId));
    }

    /** Where it is bound. */
    public Endpoint local() throws IOException {
        return socket.socket().getSockName();
    }

    /** Sets the time by which every receive has to be done, a waiting one included. */
    public void readDeadline(Deadline deadline) {
        socket.readDeadline(deadline);
    }

    /** Sets the time by which every send and connect has to be done, waiting ones included. */
    public void writeDeadline(Deadline deadline) {
        socket.writeDeadline(deadline);
    }

    /** The socket below. */
    public MessageSocket socket() {
        return socket;
    }

    /** Ends all associations in order, and closes the socket. */
    @Override
    public void close() throws IOException {
        socket.close();
    }

    @Override
    public String toString() {
        return "SctpSocket[" + socket + "]";
    }
}
