// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.AddressFamily.AF_INET6;
import static sockeye.AddressFamily.AF_UNIX;
import static sockeye.SocketType.SOCK_DGRAM;
import static sockeye.SocketType.SOCK_SEQPACKET;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * A socket that moves messages: datagrams (SOCK_DGRAM), records on a connection (SOCK_SEQPACKET),
 * reliable datagrams (SOCK_RDM), raw packets (SOCK_RAW).
 *
 * <pre>{@code
 * try (var log = MessageSocket.connect(UnixEndpoint.of("/dev/log"))) {
 *     log.send("<14>sockeye: hello");
 * }
 * }</pre>
 *
 * <p>A message is sent whole or not at all, and received whole or {@linkplain Message#truncated()
 * truncated}, which is never silent. An empty message is a message.
 */
public final class MessageSocket implements MessageStream, Role {
    private static final int IPV6_V6ONLY = 26;
    private static final int POLLHUP = 0x10;
    private static final int POLLRDHUP = 0x2000;

    private final LinuxSocket socket;
    private final @Nullable Endpoint peer;
    private final UnixPaths.@Nullable Bound bound;
    private @Nullable Endpoint local;

    private MessageSocket(
            LinuxSocket socket, @Nullable Endpoint peer, UnixPaths.@Nullable Bound bound) {
        this.socket = socket;
        this.peer = peer;
        this.bound = bound;
    }

    /** The role over a socket of any type but SOCK_STREAM. */
    public static MessageSocket of(LinuxSocket socket) {
        return new MessageSocket(socket, null, null);
    }

    /** The role over a socket that another process made, and whose file it told of. */
    static MessageSocket inherited(LinuxSocket socket, UnixPaths.@Nullable Bound bound) {
        return new MessageSocket(socket, null, bound);
    }

    UnixPaths.@Nullable Bound bound() {
        return bound;
    }

    static MessageSocket accepted(LinuxSocket.Accepted accepted) {
        return new MessageSocket(accepted.socket(), accepted.peer(), null);
    }

    /**
     * A datagram socket without a name: it can send to anybody, and gets a name of the kernel's
     * choice for that.
     */
    public static MessageSocket open(int family, OptionSetting<?>... settings) throws IOException {
        return open(family, SOCK_DGRAM, 0, settings);
    }

    /** The same for any type and protocol. */
    public static MessageSocket open(
            int family, int type, int protocol, OptionSetting<?>... settings) throws IOException {
        LinuxSocket socket = LinuxSocket.socket(family, type, protocol);
        try {
            socket.apply(settings);
            return of(socket);
        } catch (IOException | RuntimeException | Error failed) {
            Closing.quietly(socket, failed);
            throw failed;
        }
    }

    /**
     * A datagram socket bound to an address; on {@code [::]} it receives over IPv4 too.
     *
     * @param settings options set before the bind
     */
    public static MessageSocket bind(Endpoint local, OptionSetting<?>... settings)
            throws IOException {
        return bind(local, ListenSettings.DEFAULT, settings);
    }

    /** The same, for a path name with rules about its file. */
    public static MessageSocket bind(
            Endpoint local, ListenSettings listen, OptionSetting<?>... settings)
            throws IOException {
        return bind(local, SOCK_DGRAM, 0, listen, settings);
    }

    /** The same for any type that needs no connection, and protocol: SOCK_RDM of TIPC. */
    public static MessageSocket bind(
            Endpoint local,
            int type,
            int protocol,
            ListenSettings listen,
            OptionSetting<?>... settings)
            throws IOException {
        LinuxSocket socket = LinuxSocket.socket(local.family(), type, protocol);
        try {
            if (socket.family() == AF_INET6) {
                int only = local.isWildcard() ? 0 : 1;
                socket.setOption(IpProtocol.IPPROTO_IPV6, IPV6_V6ONLY, only);
            }
            socket.apply(settings);
            return new MessageSocket(socket, null, UnixPaths.bind(socket, local, listen, false));
        } catch (IOException | RuntimeException | Error failed) {
            Closing.quietly(socket, failed);
            throw failed;
        }
    }

    /**
     * A datagram socket bound to what a text names: {@code udp:5353?reuseaddr}, {@code
     * unix-dgram:/run/x.sock?mode=0666}, {@code fd:3}. A port alone is every address, of IPv6 and
     * IPv4 where the kernel has both.
     *
     * @param settings options set after those of the text
     * @throws EndpointSyntaxException if the scheme has no datagrams, an option is not known or has
     *     a wrong value, or the descriptor moves no messages (and stays the caller's)
     * @throws java.net.UnknownHostException if a name has no address
     */
    public static MessageSocket bind(EndpointSpec local, OptionSetting<?>... settings)
            throws IOException {
        return Listening.datagrams(local, settings);
    }

    /**
     * A datagram socket that sends to one peer and receives from it alone. On AF_UNIX it is bound
     * to a name of the kernel's choice (autobind), so that the peer can answer.
     *
     * @throws IOException of AF_UNIX ENOENT, ECONNREFUSED, EPROTOTYPE; of UDP hardly any
     */
    public static MessageSocket connect(Endpoint peer, OptionSetting<?>... settings)
            throws IOException {
        return connect(peer, SOCK_DGRAM, Deadline.NONE, settings);
    }

    /**
     * A connection that keeps the boundaries of messages: SOCK_SEQPACKET of AF_UNIX, TIPC, vsock.
     */
    public static MessageSocket connectSeqpacket(Endpoint peer, OptionSetting<?>... settings)
            throws IOException {
        return connect(peer, SOCK_SEQPACKET, Deadline.NONE, settings);
    }

    /**
     * Connects to what a text names, {@code udp:localhost:53}, {@code unix-dgram:/dev/log} or
     * {@code unix-seqpacket:@name}: a host name is resolved, and its addresses are tried in turn
     * until one can be connected to, which of UDP is nearly always the first.
     *
     * @throws EndpointSyntaxException if the scheme has no messages, or an option is not known
     * @throws java.net.UnknownHostException if the name has no address
     * @throws IOException if there is none, with the errors of all of them suppressed in it
     */
    public static MessageSocket connect(
            EndpointSpec peer, Deadline deadline, OptionSetting<?>... settings) throws IOException {
        return connect(peer, ConnectSettings.DEFAULT, deadline, settings);
    }

    /** The same with a resolver or a family of one's own. */
    public static MessageSocket connect(
            EndpointSpec peer, ConnectSettings how, Deadline deadline, OptionSetting<?>... settings)
            throws IOException {
        return Connecting.messages(peer, how, deadline, settings);
    }

    /** The same for any type, to be done by a deadline. */
    public static MessageSocket connect(
            Endpoint peer, int type, Deadline deadline, OptionSetting<?>... settings)
            throws IOException {
        return connect(peer, type, 0, Origin.ANY, deadline, settings);
    }

    static MessageSocket connect(
            Endpoint peer,
            int type,
            int protocol,
            Origin from,
            Deadline deadline,
            OptionSetting<?>... settings)
            throws IOException {
        LinuxSocket socket = LinuxSocket.socket(peer.family(), type, protocol);
        UnixPaths.Bound bound = null;
        try {
            socket.apply(settings);
            bound = from.bind(socket);
            if (from.local() == null && peer.family() == AF_UNIX && type == SOCK_DGRAM) {
                socket.bind(UnixEndpoint.unnamed());
            }
            socket.writeDeadline(deadline);
            socket.connect(peer);
            socket.writeDeadline(Deadline.NONE);
            return new MessageSocket(socket, peer, bound);
        } catch (IOException | RuntimeException | Error failed) {
            if (bound != null) {
                bound.unlink();
            }
            Closing.quietly(socket, failed);
            throw failed;
        }
    }

    /** Two ends of a connection of messages. */
    public record Pair(MessageSocket left, MessageSocket right) implements AutoCloseable {
        /** Closes both. */
        @Override
        public void close() throws IOException {
            try (right) {
                left.close();
            }
        }
    }

    /**
     * Two AF_UNIX sockets that are connected to each other; socketpair(2).
     *
     * @param type SOCK_DGRAM or SOCK_SEQPACKET
     */
    public static Pair pair(int type) throws IOException {
        LinuxSocket.Pair pair = LinuxSocket.socketPair(AF_UNIX, type, 0);
        return new Pair(of(pair.left()), of(pair.right()));
    }

    /** Takes charge of an open descriptor; see {@link LinuxSocket#adopt}. */
    public static MessageSocket adopt(int fd) throws IOException {
        return of(LinuxSocket.adopt(fd));
    }

    @Override
    public LinuxSocket socket() {
        return socket;
    }

    @Override
    public @Nullable Message receive(ByteBuffer buffer) throws IOException {
        return receive(buffer, 0, 0);
    }

    /**
     * The same with what comes beside the payload.
     *
     * @param ancillarySize room for it in bytes, see {@link Ancillary#space}; 0 refuses it, and so
     *     descriptors that nobody asked for are closed by the kernel
     * @throws AncillaryTruncatedException if there was more than that; descriptors that came are
     *     closed
     */
    public @Nullable Message receive(ByteBuffer buffer, int ancillarySize) throws IOException {
        return receive(buffer, ancillarySize, 0);
    }

    /** The same with MSG_ flags: MSG_PEEK, MSG_ERRQUEUE, … */
    public @Nullable Message receive(ByteBuffer buffer, int ancillarySize, int flags)
            throws IOException {
        int start = buffer.position();
        Message received;
        try {
            received = socket.recvMsgInto(new ByteBuffer[] {buffer}, ancillarySize, flags);
        } catch (AncillaryTruncatedException truncated) {
            throw truncated.withPayload(buffer.slice(start, buffer.position() - start));
        }
        TipcConnection.requireNoReset(socket, received);
        if (received.length() == 0
                && (received.ancillary().isEmpty() || TipcConnection.is(socket))
                && socket.type() == SOCK_SEQPACKET
                && isEnded()) {
            return null;
        }
        Message message = received.withPayload(buffer.slice(start, buffer.position() - start));
        if (ancillarySize > 0 && message.ancillaryTruncated()) {
            throw new AncillaryTruncatedException(message);
        }
        return message;
    }

    /**
     * Waits for a message, and takes as many as are there and fit; returns how many, at least 1.
     */
    public int receive(MessageBatch batch) throws IOException {
        return socket.recvBatch(batch, 0);
    }

    /** Sends all messages of a batch, waiting as need be; stops at the first that fails. */
    public void send(MessageBatch batch) throws IOException {
        for (int sent = 0; sent < batch.count(); ) {
            sent += socket.sendBatch(batch, sent, 0);
        }
    }

    /**
     * Whether the peer of a connection (SOCK_SEQPACKET) has ended its sending, and all that it sent
     * was received. It tells whether a record of no bytes was the end: the kernel tells them apart
     * only in that after the end the peer has shut down and nothing follows. So an empty record
     * right before the end counts as the end.
     */
    public boolean isEnded() throws IOException {
        if ((Poll.now(socket, POLLRDHUP) & (POLLRDHUP | POLLHUP)) == 0) {
            return false;
        }
        int next =
                socket.recvInto(new byte[1], 0, 1, MessageFlag.MSG_PEEK | MessageFlag.MSG_DONTWAIT);
        // The next may be empty too, and others follow.
        return next == 0 && (socket.family() != AF_UNIX || socket.available() == 0);
    }

    /** Waits until a receive would find something. May return early. */
    public void awaitInput() throws IOException {
        socket.awaitInput();
    }

    @Override
    public void send(ByteBuffer message) throws IOException {
        socket.send(message, 0);
    }

    /** Sends one message with ancillary data: descriptors, a source address, a time to live, … */
    public void send(ByteBuffer message, List<? extends Ancillary> ancillary) throws IOException {
        socket.sendMsg(new ByteBuffer[] {message}, ancillary, 0, null);
    }

    /** Sends what remains of the buffer as one message to an address. */
    public void sendTo(ByteBuffer message, Endpoint to) throws IOException {
        socket.sendTo(message, to, 0);
    }

    /** Sends an array as one message to an address. */
    public void sendTo(byte[] message, Endpoint to) throws IOException {
        sendTo(ByteBuffer.wrap(message), to);
    }

    /** Sends text in UTF-8 as one message to an address. */
    public void sendTo(String message, Endpoint to) throws IOException {
        sendTo(message.getBytes(StandardCharsets.UTF_8), to);
    }

    /** Sends one message to an address with ancillary data. */
    public void sendTo(ByteBuffer message, Endpoint to, List<? extends Ancillary> ancillary)
            throws IOException {
        socket.sendMsg(new ByteBuffer[] {message}, ancillary, 0, to);
    }

    /** Hears a multicast group, whoever sends to it, until it is left or this is closed. */
    public void join(Membership group) throws IOException {
        socket.apply(group.join());
    }

    /** No longer hears a multicast group. */
    public void leave(Membership group) throws IOException {
        socket.apply(group.leave());
    }

    /** Hears one sender to a multicast group; more may be joined one by one. */
    public void join(SourceMembership sender) throws IOException {
        socket.apply(sender.join());
    }

    /** No longer hears one sender to a multicast group. */
    public void leave(SourceMembership sender) throws IOException {
        socket.apply(sender.leave());
    }

    /** Does not hear one sender to a group that was joined for all. */
    public void block(SourceMembership sender) throws IOException {
        socket.apply(sender.block());
    }

    /** Hears a blocked sender again. */
    public void unblock(SourceMembership sender) throws IOException {
        socket.apply(sender.unblock());
    }

    @Override
    public @Nullable Endpoint peer() {
        if (peer != null) {
            return peer;
        }
        try {
            return socket.getPeerName();
        } catch (IOException none) {
            return null;
        }
    }

    /** Names what the kernel has another name for; before anybody else knows this object. */
    void local(Endpoint endpoint) {
        local = endpoint;
    }

    @Override
    public @Nullable Endpoint local() {
        if (local != null) {
            return local;
        }
        try {
            return bound == null ? socket.getSockName() : bound.endpoint();
        } catch (IOException unknown) {
            return null;
        }
    }

    /**
     * Ends this side's sending on a connection of messages (SOCK_SEQPACKET).
     *
     * @throws UnsupportedOperationException if the family ends both directions at once: TIPC
     */
    public void shutdownOutput() throws IOException {
        Closing.half(socket, LinuxSocket.SHUT_WR);
    }

    @Override
    public void readDeadline(Deadline deadline) {
        socket.readDeadline(deadline);
    }

    @Override
    public void writeDeadline(Deadline deadline) {
        socket.writeDeadline(deadline);
    }

    @Override
    public <T> Optional<T> unwrap(Class<T> kind) {
        if (kind.isInstance(this)) {
            return Optional.of(kind.cast(this));
        }
        return kind.isInstance(socket) ? Optional.of(kind.cast(socket)) : Optional.empty();
    }

    @Override
    public boolean isOpen() {
        return socket.isOpen();
    }

    /** Closes the socket, and removes the file of its path name if that is still its own. */
    @Override
    public void close() throws IOException {
        if (bound != null && socket.isOpen()) {
            bound.unlink();
        }
        TipcConnection.endInOrder(socket);
        socket.close();
    }

    @Override
    public String toString() {
        return "MessageSocket[" + socket + "]";
    }
}
