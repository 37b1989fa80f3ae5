// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static sockeye.AddressFamily.AF_NETLINK;
import static sockeye.netlink.NetlinkFlag.NLM_F_ACK;
import static sockeye.netlink.NetlinkFlag.NLM_F_DUMP;
import static sockeye.netlink.NetlinkFlag.NLM_F_DUMP_FILTERED;
import static sockeye.netlink.NetlinkFlag.NLM_F_DUMP_INTR;
import static sockeye.netlink.NetlinkFlag.NLM_F_REQUEST;
import static sockeye.netlink.NetlinkMessage.NLMSG_DONE;
import static sockeye.netlink.NetlinkMessage.NLMSG_ERROR;
import static sockeye.netlink.NetlinkMessage.NLMSG_NOOP;
import static sockeye.netlink.NetlinkMessage.NLMSG_OVERRUN;

import sockeye.Deadline;
import sockeye.LinuxSocket;
import sockeye.MessageSocket;
import sockeye.NetlinkEndpoint;
import sockeye.NetlinkOption;
import sockeye.NetlinkProtocol;
import sockeye.OptionSetting;
import sockeye.SocketFailure;
import sockeye.SocketType;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * A conversation with the kernel: requests, and what it answers.
 *
 * <pre>{@code
 * try (var route = NetlinkSocket.open(NetlinkProtocol.NETLINK_ROUTE)) {
 *     var request = NetlinkRequest.of(RTM_GETLINK, 0, payload -> payload.struct(16, link -> {}));
 *     List<String> names = route.dump(request, payload -> {
 *         payload.struct(16);
 *         for (var attributes = payload.attributes(); attributes.next(); ) {
 *             if (attributes.type() == IFLA_IFNAME) {
 *                 return attributes.string();
 *             }
 *         }
 *         return null;
 *     });
 * }
 * }</pre>
 *
 * <p><b>Threads.</b> Any number may share one socket; requests take turns, for that is how the
 * kernel serves a socket: one request at a time, and one dump. Whoever waits for his turn waits
 * under the same deadline and can be interrupted. No call pins a carrier: the kernel's part of it,
 * which may wait for locks, is done by platform threads.
 *
 * <p><b>What is believed.</b> Only messages that the kernel sent (port 0), to this socket's port,
 * with the number of the request. The socket is connected to the kernel, so that it accepts no
 * other sender's. Answers that come too late for a request that was given up are passed over.
 *
 * <p><b>Waiting.</b> {@link #deadline} bounds all that a call waits for. A timeout or an interrupt
 * cancels the wait, not the request, of which nobody knows then whether it was carried out; the
 * socket stays usable.
 *
 * <p><b>Errors</b> of the kernel are {@link NetlinkException}s with what it says beside the number.
 * It joins no multicast group, since it could not tell a notification from an answer; that is what
 * {@link NotificationSocket} is for.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/netlink.7.html">netlink(7)</a>
 */
public final class NetlinkSocket implements AutoCloseable {
    /**
     * How often a dump is made anew if the kernel's tables change under it, before it is an error.
     */
    public static final int DUMP_ATTEMPTS = 16;

    private final LinuxSocket socket;
    private final String name;
    private final int port;
    private final Turns turns;

    /** Used by whose turn it is. */
    private final ReceiveBuffer buffer;

    private int sequence;

    /** Whether answers to an earlier request may still come. */
    private boolean stale;

    private NetlinkSocket(LinuxSocket socket, String name) throws IOException {
        this.socket = socket;
        this.name = name;
        this.port = (int) ((NetlinkEndpoint) socket.getSockName()).portId();
        this.turns = new Turns(name);
        this.buffer = new ReceiveBuffer(socket, name);
    }

    /**
     * Opens a socket of a protocol with the kernel's number for it, connected to the kernel, with
     * extended acknowledgements and strict checking of dumps, where the kernel has them (Linux
     * 4.20).
     *
     * @param protocol one of {@link NetlinkProtocol}, or another number
     * @param settings options, set before the socket is bound
     * @throws IOException EPROTONOSUPPORT if the kernel lacks the protocol
     */
    public static NetlinkSocket open(int protocol, OptionSetting<?>... settings)
            throws IOException {
        LinuxSocket socket = LinuxSocket.socket(AF_NETLINK, SocketType.SOCK_RAW, protocol);
        return over(socket, settings);
    }

    /**
     * The same over a socket of AF_NETLINK that was made elsewhere, in another network namespace
     * for example, and is neither bound nor connected; closed if this fails.
     */
    public static NetlinkSocket over(LinuxSocket socket, OptionSetting<?>... settings)
            throws IOException {
        boolean done = false;
        try {
            socket.apply(settings);
            ReceiveBuffer.applyIfKnown(socket, NetlinkOption.CAP_ACK.to(true));
            ReceiveBuffer.applyIfKnown(socket, NetlinkOption.EXT_ACK.to(true));
            ReceiveBuffer.applyIfKnown(socket, NetlinkOption.GET_STRICT_CHK.to(true));
            socket.connect(NetlinkEndpoint.KERNEL);
            NetlinkSocket made =
                    new NetlinkSocket(
                            socket, "netlink:" + NetlinkProtocol.nameOf(socket.protocol()));
            done = true;
            return made;
        } finally {
            if (!done) {
                socket.close();
            }
        }
    }

    /** Receives an answer's messages, in order. */
    @FunctionalInterface
    public interface Visitor {
        /**
         * Called for each; what it throws ends the request, whose remaining answers are passed
         * over.
         *
         * @param message valid until this returns; {@link NetlinkMessage#copy} keeps it
         */
        void visit(NetlinkMessage message) throws IOException;
    }

    /**
     * How a dump ended.
     *
     * @param consistent whether nothing of it changed while it was made
     * @param filtered whether the kernel says that it obeyed the filter of the request; not all
     *     parts of it say so
     */
    public record DumpEnd(boolean consistent, boolean filtered) {}

    /**
     * Has a request carried out, and waits for the acknowledgement (NLM_F_ACK).
     *
     * @return what the kernel said beside "done", often a warning; mostly {@link ExtendedAck#NONE}
     * @throws NetlinkException if the kernel refuses it
     */
    public ExtendedAck execute(NetlinkRequest request) throws IOException {
        return execute(request, message -> {});
    }

    /** The same for a request that has answers before it is acknowledged. */
    public ExtendedAck execute(NetlinkRequest request, Visitor answers) throws IOException {
        turns.take();
        try {
            return exchange(request, NLM_F_ACK, answers).ack();
        } finally {
            turns.pass();
        }
    }

    /**
     * Asks for one thing.
     *
     * @return what the decoder made of the answer
     * @throws NetlinkException if the kernel refuses, ENODEV or ENOENT if there is no such thing
     * @throws NetlinkDecodeException if there was no answer, or the decoder passed it over
     */
    public <T> T get(NetlinkRequest request, PayloadDecoder<T> decoder) throws IOException {
        List<T> answers = new ArrayList<>();
        execute(request, message -> add(message, decoder, answers));
        if (answers.isEmpty()) {
            throw new NetlinkDecodeException(
                    request.type(), List.of(), 0, "done without an answer: " + request.name());
        }
        return answers.getFirst();
    }

    /**
     * Asks for all there are of a kind (NLM_F_DUMP), once more if they changed meanwhile, so that
     * the result is what there was at one time.
     *
     * @return a new list, in the kernel's order
     * @throws NetlinkException if the kernel refuses
     * @throws DumpInterruptedException if they changed during each of {@link #DUMP_ATTEMPTS} dumps
     */
    public <T> List<T> dump(NetlinkRequest request, PayloadDecoder<T> decoder) throws IOException {
        for (int attempt = 0; attempt < DUMP_ATTEMPTS; attempt++) {
            List<T> all = new ArrayList<>();
            if (dumpOnce(request, message -> add(message, decoder, all)).consistent()) {
                return all;
            }
        }
        throw new DumpInterruptedException(request.name() + " " + name, DUMP_ATTEMPTS);
    }

    /**
     * Asks for all there are of a kind, once, and hands on each message as it comes: for what is
     * too much to be held at a time. The end says whether it can be believed.
     */
    public DumpEnd dumpOnce(NetlinkRequest request, Visitor visitor) throws IOException {
        turns.take();
        try {
            return exchange(request, NLM_F_DUMP, visitor).dump();
        } finally {
            turns.pass();
        }
    }

    private static <T> void add(NetlinkMessage message, PayloadDecoder<T> decoder, List<T> to)
            throws NetlinkDecodeException {
        T value = message.decode(decoder);
        if (value != null) {
            to.add(value);
        }
    }

    /** What the end of an exchange said. */
    private record End(ExtendedAck ack, DumpEnd dump) {}

    /** One request and all that answers it. */
    private End exchange(NetlinkRequest request, int flags, Visitor visitor) throws IOException {
        if (stale) {
            buffer.drain();
            stale = false;
        }
        int number = ++sequence;
        stale = true;
        byte[] message = request.toBytes(flags | NLM_F_REQUEST, number, port);
        try {
            socket.send(message);
        } catch (SocketFailure refused) {
            // Nothing was taken, so nothing will answer.
            stale = false;
            throw refused;
        }
        boolean dumps = (flags & NLM_F_DUMP) == NLM_F_DUMP;
        boolean consistent = true;
        boolean filtered = false;
        while (true) {
            for (NetlinkMessage each : buffer.receive()) {
                if (each.sequence() != number || (int) each.port() != port) {
                    continue;
                }
                consistent &= !each.has(NLM_F_DUMP_INTR) || !dumps;
                filtered |= each.has(NLM_F_DUMP_FILTERED);
                switch (each.type()) {
                    case NLMSG_NOOP -> {}
                    case NLMSG_OVERRUN -> throw new NetlinkOverrunException(name);
                    case NLMSG_DONE, NLMSG_ERROR -> {
                        // An acknowledgement's header is that of a request, not of an answer.
                        stale = false;
                        ExtendedAck ack = end(each, request);
                        return new End(ack, new DumpEnd(consistent, filtered));
                    }
                    default -> visitor.visit(each);
                }
            }
        }
    }

    private record Verdict(int errno, ExtendedAck ack) {}

    private ExtendedAck end(NetlinkMessage message, NetlinkRequest request) throws IOException {
        Verdict verdict =
                message.decode(payload -> {
                    // A DONE of a kernel before 5.0 may have no number.
                    int error =
                            payload.remaining() == 0 && message.type() == NLMSG_DONE
                                    ? 0
                                    : payload.struct(Integer.BYTES).s32(0);
                    return new Verdict(-error, ExtendedAck.of(message, payload, request));
                });
        if (verdict != null && verdict.errno() > 0) {
            throw new NetlinkException(request, name, verdict.errno(), verdict.ack());
        }
        return verdict == null ? ExtendedAck.NONE : verdict.ack();
    }

    /** The protocol's number. */
    public int protocol() {
        return socket.protocol();
    }

    /** This socket's number, by which the kernel addresses it: 1 to 4294967295. */
    public long portId() {
        return Integer.toUnsignedLong(port);
    }

    /**
     * Sets the time by which every call has to be done, those that wait already included. It stays
     * until set anew; a call that would have to wait after it fails with {@link
     * java.net.SocketTimeoutException}.
     */
    public void deadline(Deadline deadline) {
        turns.deadline(deadline);
        socket.readDeadline(deadline);
        socket.writeDeadline(deadline);
    }

    /** The socket as a role of messages, for what is not offered here. */
    public MessageSocket messages() {
        return MessageSocket.of(socket);
    }

    /** The BSD socket below, for its options. */
    public LinuxSocket socket() {
        return socket;
    }

    /** Whether it is neither closed nor detached. */
    public boolean isOpen() {
        return socket.isOpen();
    }

    /** Closes the socket, and wakes who waits for an answer or a turn. */
    @Override
    public void close() throws IOException {
        turns.close();
        socket.close();
    }

    @Override
    public String toString() {
        return "NetlinkSocket[" + name + ", port " + portId() + "]";
    }
}
