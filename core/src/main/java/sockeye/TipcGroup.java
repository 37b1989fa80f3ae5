// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.AddressFamily.AF_TIPC;
import static sockeye.SocketType.SOCK_RDM;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Membership in a TIPC group: messages to all members or to some, in order and without loss, with a
 * sender held back while a member does not keep up; and the news of members that join and leave.
 *
 * <pre>{@code
 * try (var chat = TipcGroup.join(4711, 3)) {
 *     chat.broadcast("hello".getBytes(UTF_8));
 *     switch (chat.receive(ByteBuffer.allocate(TipcEndpoint.MAX_MESSAGE))) {
 *         case TipcGroup.Received(var from, var payload, var _) -> show(from, payload);
 *         case TipcGroup.Joined(var member) -> greet(member);
 *         case TipcGroup.Left(var member) -> miss(member);
 *     }
 * }
 * }</pre>
 *
 * <p>A member has an instance, a number that it chooses and that others may have as well. What one
 * member sends arrives at each receiver in the order sent, whether it was sent to all, to some or
 * to one; the news that a member has joined comes before its first message, that it has left after
 * its last.
 *
 * <p>A group is a service type, and a member a binding of it, so that the topology server tells of
 * groups too; but plain messages to that service do not reach members.
 *
 * <p><b>Threads.</b> Any thread may send; the order of what several threads send is theirs to
 * arrange. Close wakes who waits, with {@link java.nio.channels.AsynchronousCloseException}.
 */
public final class TipcGroup implements AutoCloseable {
    private final MessageSocket socket;
    private final TipcGroupRequest request;
    private final Set<TipcEndpoint.Member> members = ConcurrentHashMap.newKeySet();

    private TipcGroup(MessageSocket socket, TipcGroupRequest request) {
        this.socket = socket;
        this.request = request;
    }

    /** What a member receives. */
    public sealed interface Event {
        /** Whom it is from, or about. */
        TipcEndpoint.Member member();
    }

    /**
     * A message.
     *
     * @param member who sent it
     * @param payload a view of what was received into the buffer
     * @param truncated whether the end of it did not fit and is lost
     */
    public record Received(TipcEndpoint.Member member, ByteBuffer payload, boolean truncated)
            implements Event {}

    /** A member has joined, or was there before. */
    public record Joined(TipcEndpoint.Member member) implements Event {}

    /** A member has left, has closed its socket, or its node is lost. */
    public record Left(TipcEndpoint.Member member) implements Event {}

    /**
     * Joins a group of the whole cluster, to be told of other members and not to receive what this
     * one sends.
     *
     * @param type the group, 64 to 4294967295
     * @param instance this member's instance
     * @throws IOException EACCES if the type is below 64
     */
    public static TipcGroup join(long type, long instance) throws IOException {
        return join(new TipcGroupRequest(type, instance, TipcEndpoint.Scope.CLUSTER, false, true));
    }

    /**
     * Joins as the request says. Without {@link TipcGroupRequest#memberEvents} nothing is told of
     * members, and {@link #members} stays empty.
     *
     * @param settings options set before
     */
    public static TipcGroup join(TipcGroupRequest request, OptionSetting<?>... settings)
            throws IOException {
        MessageSocket socket = MessageSocket.open(AF_TIPC, SOCK_RDM, 0, settings);
        try {
            socket.socket().setOption(TipcOption.GROUP_JOIN, request);
            return new TipcGroup(socket, request);
        } catch (IOException | RuntimeException | Error failed) {
            Closing.quietly(socket, failed);
            throw failed;
        }
    }

    /** The group, the own instance, and how it was joined. */
    public TipcGroupRequest request() {
        return request;
    }

    /** The own socket, as other members see it. */
    public TipcEndpoint.Member self() throws IOException {
        return new TipcEndpoint.Member(
                (TipcEndpoint.SocketId) socket.socket().getSockName(),
                request.type(),
                request.instance());
    }

    /**
     * The other members of which the events have been received. No more up to date than {@link
     * #receive} has made it.
     */
    public Set<TipcEndpoint.Member> members() {
        return Set.copyOf(members);
    }

    // Sending. All wait while a receiver does not keep up.

    /**
     * Sends to all other members.
     *
     * @throws IOException EHOSTUNREACH if there is none; EMSGSIZE beyond 66,000 bytes
     */
    public void broadcast(ByteBuffer message) throws IOException {
        socket.send(message);
    }

    /** The same with an array. */
    public void broadcast(byte[] message) throws IOException {
        broadcast(ByteBuffer.wrap(message));
    }

    /**
     * Sends to one of the members with an instance, whichever keeps up best.
     *
     * @throws IOException EHOSTUNREACH if there is none
     */
    public void anycast(ByteBuffer message, long instance) throws IOException {
        socket.sendTo(message, TipcEndpoint.service(request.type(), instance));
    }

    /**
     * Sends to all members with an instance.
     *
     * @throws IOException EHOSTUNREACH if there is none
     */
    public void multicast(ByteBuffer message, long instance) throws IOException {
        socket.sendTo(message, TipcEndpoint.service(request.type(), instance).all());
    }

    /**
     * Sends to one member.
     *
     * @throws IOException EHOSTUNREACH if it is no member any more
     */
    public void unicast(ByteBuffer message, TipcEndpoint.Member member) throws IOException {
        socket.sendTo(message, member.socket());
    }

    // Receiving.

    /**
     * Waits for a message or for news of a member.
     *
     * @param buffer where a message goes; its position moves
     * @throws java.net.SocketTimeoutException if the read deadline has passed; nothing is lost
     */
    public Event receive(ByteBuffer buffer) throws IOException {
        while (true) {
            Optional<Event> event = event(socket.receive(buffer));
            if (event.isPresent()) {
                return event.get();
            }
        }
    }

    /** The kernel tells of members by messages without bytes, out of band. */
    private Optional<Event> event(@org.jspecify.annotations.Nullable Message message) {
        if (message == null || !(message.peer() instanceof TipcEndpoint.Member member)) {
            return Optional.empty();
        }
        if (!message.outOfBand()) {
            return Optional.of(new Received(member, message.payload(), message.truncated()));
        }
        if (message.endOfRecord()) {
            members.remove(member);
            return Optional.of(new Left(member));
        }
        members.add(member);
        return Optional.of(new Joined(member));
    }

    /** Sets the time by which every receive has to be done, a waiting one included. */
    public void readDeadline(Deadline deadline) {
        socket.readDeadline(deadline);
    }

    /** Sets the time by which every send has to be done, waiting ones included. */
    public void writeDeadline(Deadline deadline) {
        socket.writeDeadline(deadline);
    }

    /** The member's socket. */
    public MessageSocket socket() {
        return socket;
    }

    /** Leaves the group and closes the socket. */
    @Override
    public void close() throws IOException {
        members.clear();
        socket.close();
    }

    @Override
    public String toString() {
        return "TipcGroup[" + request.type() + "/" + request.instance() + "]";
    }
}
