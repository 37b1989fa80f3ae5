// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static sockeye.AddressFamily.AF_NETLINK;

import sockeye.Deadline;
import sockeye.LinuxSocket;
import sockeye.NetlinkEndpoint;
import sockeye.NetlinkOption;
import sockeye.NetlinkProtocol;
import sockeye.OptionSetting;
import sockeye.SocketType;

import java.io.IOException;

/**
 * Hears what the kernel tells of itself: a member of multicast groups of one protocol.
 *
 * <pre>{@code
 * try (var events = NotificationSocket.open(NetlinkProtocol.NETLINK_ROUTE)) {
 *     events.join(RTNLGRP_LINK);
 *     while (true) {
 *         events.receive(message -> IO.println(message));
 *     }
 * }
 * }</pre>
 *
 * <p><b>Losses.</b> The kernel does not wait for a slow reader: what does not fit the receive
 * buffer is lost, and {@link #receive} says so, once, by {@link NetlinkOverrunException}. While
 * messages wait in a buffer that overran, the kernel adds none and reports no further loss; so they
 * are thrown away before the exception is thrown. What is received after it is complete from then
 * on: whoever takes a dump then, and applies what is received from then on, has the truth. That is
 * what {@link NetlinkMonitor} does. A larger {@link sockeye.SoOption#RCV_BUF} makes it rarer.
 *
 * <p><b>What is believed.</b> Only messages of the kernel (port 0); those of processes are passed
 * over.
 *
 * <p><b>Threads.</b> One thread receives at a time; others wait for their turn. {@link #deadline}
 * reaches who waits already, an interrupt cancels the wait and leaves the socket usable, and close
 * wakes all.
 */
public final class NotificationSocket implements AutoCloseable {
    private final LinuxSocket socket;
    private final String name;
    private final Turns turns;
    private final ReceiveBuffer buffer;

    private NotificationSocket(LinuxSocket socket) {
        this.socket = socket;
        this.name = "netlink:" + NetlinkProtocol.nameOf(socket.protocol());
        this.turns = new Turns(name);
        this.buffer = new ReceiveBuffer(socket, name);
    }

    /**
     * Opens a socket of a protocol, in no group yet.
     *
     * @param protocol one of {@link NetlinkProtocol}, or another number
     * @param settings options, set before the socket is bound
     * @throws IOException EPROTONOSUPPORT if the kernel lacks the protocol
     */
    public static NotificationSocket open(int protocol, OptionSetting<?>... settings)
            throws IOException {
        LinuxSocket socket = LinuxSocket.socket(AF_NETLINK, SocketType.SOCK_RAW, protocol);
        return over(socket, settings);
    }

    /**
     * The same over a socket of AF_NETLINK that was made elsewhere, in another network namespace
     * for example, and is not bound; closed if this fails.
     */
    public static NotificationSocket over(LinuxSocket socket, OptionSetting<?>... settings)
            throws IOException {
        boolean done = false;
        try {
            socket.apply(settings);
            socket.bind(NetlinkEndpoint.KERNEL);
            done = true;
            return new NotificationSocket(socket);
        } finally {
            if (!done) {
                socket.close();
            }
        }
    }

    /**
     * Joins a multicast group by its number, from 1.
     *
     * @throws IOException EINVAL if the protocol has no such group; EPERM without CAP_NET_ADMIN,
     *     for those groups that not everybody may hear
     */
    public void join(int group) throws IOException {
        socket.setOption(NetlinkOption.ADD_MEMBERSHIP, group);
    }

    /** Leaves a multicast group; what it sent before may still be received. */
    public void leave(int group) throws IOException {
        socket.setOption(NetlinkOption.DROP_MEMBERSHIP, group);
    }

    /**
     * Waits for the next datagram of the kernel, and hands on its messages, at least one.
     *
     * @param visitor called for each message in order
     * @throws NetlinkOverrunException if messages were lost before those that come next
     * @throws NetlinkDecodeException if the datagram holds no messages; it is gone then
     */
    public void receive(NetlinkSocket.Visitor visitor) throws IOException {
        turns.take();
        try {
            int heard = 0;
            while (heard == 0) {
                for (NetlinkMessage each : next()) {
                    visitor.visit(each);
                    heard++;
                }
            }
        } finally {
            turns.pass();
        }
    }

    /** The same without waiting for a first one; false if nothing has come. */
    boolean poll(NetlinkSocket.Visitor visitor) throws IOException {
        turns.take();
        try {
            if (!hasMore()) {
                return false;
            }
            for (NetlinkMessage each : next()) {
                visitor.visit(each);
            }
            return true;
        } finally {
            turns.pass();
        }
    }

    private boolean hasMore() throws IOException {
        try {
            return buffer.hasMore();
        } catch (NetlinkOverrunException lost) {
            buffer.drainOverrun();
            throw lost;
        }
    }

    private Iterable<NetlinkMessage> next() throws IOException {
        try {
            return buffer.receive();
        } catch (NetlinkOverrunException lost) {
            buffer.drainOverrun();
            throw lost;
        }
    }

    /** The protocol's number. */
    public int protocol() {
        return socket.protocol();
    }

    /** Sets the time by which a receive has to be done; as {@link NetlinkSocket#deadline}. */
    public void deadline(Deadline deadline) {
        turns.deadline(deadline);
        socket.readDeadline(deadline);
    }

    /** The BSD socket below, for its options. */
    public LinuxSocket socket() {
        return socket;
    }

    /** Whether it is neither closed nor detached. */
    public boolean isOpen() {
        return socket.isOpen();
    }

    /** Closes the socket, and wakes who waits. */
    @Override
    public void close() throws IOException {
        turns.close();
        socket.close();
    }

    @Override
    public String toString() {
        return "NotificationSocket[" + name + "]";
    }
}
