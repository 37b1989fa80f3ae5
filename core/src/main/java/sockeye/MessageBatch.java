// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import org.jspecify.annotations.Nullable;

import sockeye.MessageHeader.Iovec;
import sockeye.MessageHeader.Msghdr;
import sockeye.internal.ControlMessages;
import sockeye.internal.ControlSearch;
import sockeye.internal.InetNames;
import sockeye.internal.kernel.CStruct;
import sockeye.internal.wait.Descriptor;
import sockeye.internal.wait.Gate;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;

/**
 * Room for many messages that are received, or sent, by one system call; with a capacity of 1, a
 * reusable buffer for one. Nothing is allocated per message, unless {@link #peer} or {@link
 * #ancillary} is asked for.
 *
 * <pre>{@code
 * var batch = new MessageBatch(32, 2_048);
 * while (true) {
 *     socket.recvBatch(batch, 0);              // one or more
 *     for (int i = 0; i < batch.count(); i++) {
 *         use(batch.payload(i));               // valid until the next receive
 *     }
 *     batch.reply();                           // turn them round, as they are
 *     socket.sendBatch(batch, 0, 0);
 * }
 * }</pre>
 *
 * <p>For one thread at a time. Its native memory goes with it.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/recvmmsg.2.html">recvmmsg(2)</a>
 * @see <a href="https://man7.org/linux/man-pages/man2/sendmmsg.2.html">sendmmsg(2)</a>
 */
public final class MessageBatch {
    /** The most messages that one call takes: the kernel's UIO_MAXIOV. */
    public static final int MAX_CAPACITY = 1024;

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);
    private static final int ENOTCONN = 107;
    private static final int SOL_UDP = 17;
    private static final int UDP_SEGMENT = 103;
    private static final int UDP_GRO = 104;

    @CStruct("struct mmsghdr")
    static final class Mmsghdr {
        static final int SIZEOF = 64;
        static final int msg_hdr = 0;
        static final int msg_len = 56;

        private Mmsghdr() {}
    }

    /** A control message of one short: UDP_SEGMENT. */
    private static final int SEGMENT_CONTROL = Ancillary.space(Short.BYTES);

    /** What an answer may need: that, and the address to send from, in6_pktinfo at most. */
    private static final int ANSWER_CONTROL = SEGMENT_CONTROL + Ancillary.space(20);

    private final int capacity;
    private final int messageBytes;
    private final int ancillaryBytes;
    private final MemorySegment memory;
    private final long vectors;
    private final long names;
    private final long controls;
    private final long payloads;
    private final ByteBuffer[] views;
    private final byte[] sockaddr = new byte[Endpoint.MAX_SOCKADDR];
    private int count;

    /** What came beside each message, if it has been decoded; closes what nobody asked for. */
    private final @Nullable Message[] beside;

    /** Which of those somebody has asked for. */
    private final BitSet asked = new BitSet();

    /** How many headers from the first differ from what a receive needs. */
    private int touched;

    /**
     * Room for {@code capacity} messages of {@code messageBytes}, without ancillary data.
     *
     * @throws IllegalArgumentException if the capacity is not 1 to {@link #MAX_CAPACITY}, or the
     *     room more than 1 GiB
     */
    public MessageBatch(int capacity, int messageBytes) {
        this(capacity, messageBytes, 0);
    }

    /**
     * The same with room for ancillary data beside each message.
     *
     * @param ancillaryBytes 0 to 65,536; {@link Ancillary#space} of four bytes for UDP_GRO
     */
    public MessageBatch(int capacity, int messageBytes, int ancillaryBytes) {
        if (capacity < 1 || capacity > MAX_CAPACITY) {
            throw new IllegalArgumentException(
                    "a capacity of 1 to " + MAX_CAPACITY + ": " + capacity);
        }
        if (messageBytes < 0 || (long) messageBytes * capacity > 1 << 30) {
            throw new IllegalArgumentException(
                    "room of 0 bytes to 1 GiB: " + capacity + " times " + messageBytes);
        }
        if (ancillaryBytes < 0 || ancillaryBytes > 1 << 16) {
            throw new IllegalArgumentException(
                    "ancillary room of 0 to 65536 bytes: " + ancillaryBytes);
        }
        this.capacity = capacity;
        this.messageBytes = messageBytes;
        this.ancillaryBytes = ancillaryBytes;
        int control = align(Math.max(ancillaryBytes, ANSWER_CONTROL));
        this.vectors = (long) capacity * Mmsghdr.SIZEOF;
        this.names = vectors + (long) capacity * Iovec.SIZEOF;
        this.controls = names + (long) capacity * Endpoint.MAX_SOCKADDR;
        this.payloads = controls + (long) capacity * control;
        long stride = align(messageBytes);
        this.memory = Arena.ofAuto().allocate(payloads + capacity * stride, 64);
        this.views = new ByteBuffer[capacity];
        for (int i = 0; i < capacity; i++) {
            MemorySegment payload = memory.asSlice(payloads + i * stride, messageBytes);
            views[i] = payload.asByteBuffer();
            long header = header(i);
            memory.set(JAVA_LONG, header + Msghdr.msg_name, memory.address() + name(i));
            memory.set(JAVA_LONG, header + Msghdr.msg_iov, memory.address() + vector(i));
            memory.set(JAVA_LONG, header + Msghdr.msg_iovlen, 1);
            memory.set(JAVA_LONG, vector(i) + Iovec.iov_base, payload.address());
            memory.set(
                    JAVA_LONG,
                    header + Msghdr.msg_control,
                    memory.address() + controls + (long) i * control);
        }
        this.touched = capacity;
        this.beside = new @Nullable Message[ancillaryBytes > 0 ? capacity : 0];
    }

    private static int align(int bytes) {
        return (bytes + 7) & ~7;
    }

    private long header(int i) {
        return (long) i * Mmsghdr.SIZEOF;
    }

    private long vector(int i) {
        return vectors + (long) i * Iovec.SIZEOF;
    }

    private long name(int i) {
        return names + (long) i * Endpoint.MAX_SOCKADDR;
    }

    private long control(int i) {
        return memory.get(JAVA_LONG, header(i) + Msghdr.msg_control) - memory.address();
    }

    private int check(int i) {
        return Objects.checkIndex(i, count);
    }

    /** How many messages there is room for. */
    public int capacity() {
        return capacity;
    }

    /** How many messages it holds: received, or added to be sent. */
    public int count() {
        return count;
    }

    /** Empties it, before messages are {@linkplain #add added}. */
    public void clear() {
        forget();
        count = 0;
    }

    /** Closes received descriptors that nobody has asked for. */
    private void forget() {
        for (int i = 0; i < Math.min(beside.length, count); i++) {
            Message message = beside[i];
            if (message != null && !asked.get(i)) {
                message.close();
            }
            beside[i] = null;
        }
        asked.clear();
    }

    /**
     * The payload of a message, from 0 to its length: a view, valid until the next receive or
     * clear.
     */
    public ByteBuffer payload(int i) {
        return views[check(i)];
    }

    /** How many bytes of a received message there are, at most what there was room for. */
    public int length(int i) {
        return Math.min(memory.get(JAVA_INT, header(check(i)) + Mmsghdr.msg_len), messageBytes);
    }

    /** Who sent a message, or whom it is for; null if the kernel did not say. */
    public @Nullable Endpoint peer(int i) {
        int length = memory.get(JAVA_INT, header(check(i)) + Msghdr.msg_namelen);
        if (length == 0) {
            return null;
        }
        MemorySegment.copy(memory, JAVA_BYTE, name(i), sockaddr, 0, sockaddr.length);
        return Endpoint.decode(sockaddr, Math.min(length, sockaddr.length));
    }

    /** Whether the kernel said who sent a message; nothing is allocated. */
    public boolean hasPeer(int i) {
        return memory.get(JAVA_INT, header(check(i)) + Msghdr.msg_namelen) > 0;
    }

    /** The kernel's flags for a received message, see {@link MessageFlag}. */
    public int flags(int i) {
        int flags = memory.get(JAVA_INT, header(check(i)) + Msghdr.msg_flags);
        return flags & ~MessageFlag.MSG_CMSG_CLOEXEC;
    }

    /** Whether the end of a received message did not fit and is lost. */
    public boolean truncated(int i) {
        return (flags(i) & MessageFlag.MSG_TRUNC) != 0;
    }

    /**
     * What came beside a received message; the same list each time. Descriptors in it belong to the
     * caller from the first call on. Those of a message for which this is not called are closed by
     * the next receive or clear, and those of one with MSG_CTRUNC in its {@link #flags} are closed
     * already, since some are missing.
     */
    public List<Ancillary> ancillary(int i) {
        check(i);
        if (beside.length == 0) {
            return List.of();
        }
        Message message = beside[i];
        if (message == null) {
            message = decode(i);
            beside[i] = message;
        }
        asked.set(i);
        return message.ancillary();
    }

    private Message decode(int i) {
        long room = memory.get(JAVA_LONG, header(i) + Msghdr.msg_controllen);
        room = Math.min(room, ancillaryBytes);
        List<Ancillary> decoded =
                ControlMessages.decode(memory.asSlice(control(i), room), room).ancillary();
        return new Message(NOTHING, null, decoded, flags(i), 0);
    }

    /**
     * With UDP_GRO: how long each of the datagrams is that the kernel has put together into this
     * one, the last maybe shorter; 0 if it is one datagram.
     */
    public int segmentSize(int i) {
        long at =
                ControlSearch.find(
                        memory, control(check(i)), controlLength(i), SOL_UDP, UDP_GRO, Short.BYTES);
        return at < 0 ? 0 : Short.toUnsignedInt(memory.get(JAVA_SHORT, at));
    }

    /** How much came beside a received message. */
    private long controlLength(int i) {
        return Math.min(memory.get(JAVA_LONG, header(i) + Msghdr.msg_controllen), ancillaryBytes);
    }

    /** The port of who sent a message over IP; −1 if it did not come so. Nothing is allocated. */
    public int peerPort(int i) {
        int length = memory.get(JAVA_INT, header(check(i)) + Msghdr.msg_namelen);
        return InetNames.port(memory, name(i), length);
    }

    /**
     * Copies the address of who sent a message over IP, 16 bytes as of IPv6: one of IPv4 in its
     * mapped form, {@code ::ffff:192.0.2.1}. Nothing is allocated.
     *
     * @param target gets the 16 bytes at its beginning
     * @return whether the message came over IP; else nothing is copied
     */
    public boolean copyPeerAddress(int i, byte[] target) {
        if (peerPort(i) < 0) {
            return false;
        }
        InetNames.copyAddress(memory, name(i), target);
        return true;
    }

    // Receiving.

    /** Makes the headers ready for a receive. */
    private void prepare() {
        forget();
        for (int i = 0; i < touched; i++) {
            long header = header(i);
            memory.set(JAVA_INT, header + Msghdr.msg_namelen, Endpoint.MAX_SOCKADDR);
            memory.set(JAVA_LONG, header + Msghdr.msg_controllen, ancillaryBytes);
            memory.set(JAVA_LONG, vector(i) + Iovec.iov_len, messageBytes);
        }
        touched = 0;
        count = 0;
    }

    int receive(LinuxSocket socket, int flags, long until) throws IOException {
        return SocketTrace.reads()
                ? SocketRecorder.batch(false, socket, this, 0, () -> take(socket, flags, until))
                : take(socket, flags, until);
    }

    /** How many bytes some of the messages have in all. */
    long bytes(int from, int to) {
        long sum = 0;
        for (int i = from; i < to; i++) {
            sum += length(i);
        }
        return sum;
    }

    private int take(LinuxSocket socket, int flags, long until) throws IOException {
        Descriptor d = socket.descriptor;
        Gate gate = d.input;
        prepare();
        d.enter();
        try {
            int all = flags | MessageHeader.always(socket);
            long result;
            int seen;
            do {
                seen = gate.epoch();
                result =
                        flags == 0 && until != Descriptor.AT_ONCE && gate.isDrained(seen)
                                ? Descriptor.PRESUMED
                                : d.kernel.recvmmsg(d.fd, memory.address(), capacity, all);
                if (result == -LinuxSocket.EAGAIN && TipcConnection.isOver(socket)) {
                    result = d.kernel.recvmmsg(d.fd, memory.address(), capacity, all);
                    result = result == -LinuxSocket.EAGAIN ? -ENOTCONN : result;
                }
            } while (result < 0
                    && d.again(
                            socket.owner(), "recvmmsg", gate, seen, result, until, 0, flags == 0));
            if (result < 0) {
                throw socket.owner().failure("recvmmsg", (int) -result, 0);
            }
            count = (int) result;
            touched = count;
            long bytes = 0;
            for (int i = 0; i < count; i++) {
                int length = length(i);
                views[i].limit(length).position(0);
                bytes += length;
            }
            SocketTraffic.received(socket, bytes);
            if (beside.length > 0 && socket.family() == AddressFamily.AF_UNIX) {
                adopt();
            }
            return count;
        } finally {
            d.exit();
            Reference.reachabilityFence(this);
        }
    }

    /** The descriptors that came are ours from now on. */
    private void adopt() {
        for (int i = 0; i < count; i++) {
            Message message = decode(i);
            beside[i] = message;
            if (message.ancillaryTruncated()) {
                message.close();
            }
        }
    }

    // Sending.

    /**
     * Makes the received messages messages to be sent, each to where it came from and, if it was
     * put together from several datagrams, to be taken apart again. With the option IP_PKTINFO or
     * IPV6_RECVPKTINFO on, and ancillary room for it, each is sent from the address that it came
     * to. A changed position or limit of its payload is ignored.
     */
    public void reply() {
        for (int i = 0; i < count; i++) {
            int segment = segmentSize(i);
            long header = header(i);
            memory.set(JAVA_LONG, vector(i) + Iovec.iov_len, length(i));
            long control =
                    ControlSearch.answerFrom(
                            memory, control(i), controlLength(i), memory, control(i));
            memory.set(JAVA_LONG, header + Msghdr.msg_controllen, control);
            if (segment > 0 && segment < length(i)) {
                segment(i, segment);
            }
        }
        touched = Math.max(touched, count);
    }

    /** Behind what there is already, if anything. */
    private void segment(int i, int size) {
        long header = header(i);
        long used = memory.get(JAVA_LONG, header + Msghdr.msg_controllen);
        long to = ControlSearch.begin(memory, control(i) + used, SOL_UDP, UDP_SEGMENT, Short.BYTES);
        memory.set(JAVA_SHORT, to, (short) size);
        memory.set(JAVA_LONG, header + Msghdr.msg_controllen, used + SEGMENT_CONTROL);
    }

    /**
     * Adds a message to be sent; what remains of the buffer is copied.
     *
     * @param peer where to, or null for the connected peer
     * @param family the family of the socket that will send it
     * @throws IllegalStateException if there is no room for one more
     * @throws IllegalArgumentException if the message is longer than the room for one
     */
    public void add(ByteBuffer payload, @Nullable Endpoint peer, int family) {
        add(payload, peer, family, 0);
    }

    /**
     * The same with UDP_SEGMENT: the kernel cuts the payload into datagrams of {@code segmentSize}
     * bytes, the last maybe shorter; at most 64 (128 since Linux 6.9). 0 sends it as it is.
     */
    public void add(ByteBuffer payload, @Nullable Endpoint peer, int family, int segmentSize) {
        if (count == capacity) {
            throw new IllegalStateException("room for " + capacity + " messages");
        }
        int length = payload.remaining();
        if (length > messageBytes) {
            throw new IllegalArgumentException("at most " + messageBytes + " bytes: " + length);
        }
        if (segmentSize < 0 || segmentSize > 0xffff) {
            throw new IllegalArgumentException("a segment size of 0 to 65535: " + segmentSize);
        }
        int nameLength = peer == null ? 0 : peer.encode(family, sockaddr);
        int i = count++;
        touched = Math.max(touched, count);
        views[i].clear().put(payload).flip();
        long header = header(i);
        if (nameLength > 0) {
            MemorySegment.copy(sockaddr, 0, memory, JAVA_BYTE, name(i), nameLength);
        }
        memory.set(JAVA_INT, header + Msghdr.msg_namelen, nameLength);
        memory.set(JAVA_LONG, header + Msghdr.msg_controllen, 0);
        memory.set(JAVA_LONG, vector(i) + Iovec.iov_len, length);
        memory.set(JAVA_INT, header + Mmsghdr.msg_len, length);
        if (segmentSize > 0) {
            segment(i, segmentSize);
        }
    }

    /**
     * Adds an answer to a received message, to be sent to where that came from, and from where it
     * was sent to if it says so (IP_PKTINFO, IPV6_RECVPKTINFO); nothing is allocated. What remains
     * of the buffer is copied.
     *
     * @param received the batch, another than this one, that holds the message
     * @param to which of its messages; one whose sender the kernel did not say is answered to the
     *     connected peer
     * @throws IllegalStateException if there is no room for one more
     * @throws IllegalArgumentException if the answer is longer than the room for one
     */
    public void addReply(ByteBuffer payload, MessageBatch received, int to) {
        long theirs = received.header(received.check(to));
        add(payload, null, AddressFamily.AF_UNSPEC);
        int i = count - 1;
        int said = received.memory.get(JAVA_INT, theirs + Msghdr.msg_namelen);
        int length = Math.min(said, Endpoint.MAX_SOCKADDR);
        MemorySegment.copy(received.memory, received.name(to), memory, name(i), length);
        memory.set(JAVA_INT, header(i) + Msghdr.msg_namelen, length);
        long control =
                ControlSearch.answerFrom(
                        received.memory,
                        received.control(to),
                        received.controlLength(to),
                        memory,
                        control(i));
        memory.set(JAVA_LONG, header(i) + Msghdr.msg_controllen, control);
    }

    int send(LinuxSocket socket, int from, int flags, long until) throws IOException {
        Objects.checkFromToIndex(from, count, count);
        if (from == count) {
            return 0;
        }
        return SocketTrace.writes()
                ? SocketRecorder.batch(
                        true, socket, this, from, () -> give(socket, from, flags, until))
                : give(socket, from, flags, until);
    }

    private int give(LinuxSocket socket, int from, int flags, long until) throws IOException {
        Descriptor d = socket.descriptor;
        Gate gate = d.output;
        d.enter();
        try {
            int all = flags | MessageFlag.MSG_DONTWAIT | MessageFlag.MSG_NOSIGNAL;
            boolean patient = until != Descriptor.AT_ONCE;
            long pause = 0;
            long result;
            while (true) {
                int seen = gate.epoch();
                result =
                        d.kernel.sendmmsg(d.fd, memory.address() + header(from), count - from, all);
                if (result == -LinuxSocket.EAGAIN
                        && patient
                        && SocketData.isEventless(socket, peer(from) != null)) {
                    pause = socket.backoff("sendmmsg", gate, pause, until);
                } else if (result >= 0
                        || !d.again(socket.owner(), "sendmmsg", gate, seen, result, until)) {
                    break;
                }
            }
            if (result < 0) {
                Endpoint peer = peer(from);
                String what = peer == null ? null : socket.describe(peer);
                throw ErrnoFailure.of("sendmmsg", (int) -result, what, null, peer, 0);
            }
            SocketTraffic.sent(socket, bytes(from, from + (int) result));
            return (int) result;
        } finally {
            d.exit();
            Reference.reachabilityFence(this);
        }
    }
}
