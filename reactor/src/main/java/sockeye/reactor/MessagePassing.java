// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import sockeye.Endpoint;
import sockeye.HasDescriptor;
import sockeye.PassedDescriptor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Descriptors beside datagrams and records of AF_UNIX: {@code
 * transport.unwrap(MessagePassing.class)}, which is empty for other families. What {@link
 * DescriptorPassing} is to streams. For the reactor's own thread.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/unix.7.html">unix(7), SCM_RIGHTS</a>
 */
public interface MessagePassing {
    /** What is done with descriptors that come. */
    @FunctionalInterface
    interface Receiver {
        /**
         * Descriptors have come; the next that the protocol {@linkplain MessageProtocol#received
         * receives} is the message that they came with, and {@link MessageTransport#sender()} tells
         * here already whose it is. An exception closes the socket.
         *
         * @param descriptors in the sender's order, at least one, close-on-exec; the receiver's
         *     own, to be closed by him
         */
        void passed(MessageTransport transport, List<PassedDescriptor> descriptors)
                throws Exception;
    }

    /**
     * Sends what remains as one message, possibly empty, to the peer that the socket is connected
     * to, with descriptors. They are duplicated here: the caller may close his at once. What cannot
     * be delivered is closed.
     *
     * @param descriptors at most {@link sockeye.Ancillary.Rights#MAX_DESCRIPTORS}
     * @throws IOException if one is closed already, or there are too many open: EMFILE; nothing is
     *     sent then
     * @throws IllegalArgumentException if there are too many descriptors, or the message is too
     *     long
     */
    void send(ByteBuffer message, HasDescriptor... descriptors) throws IOException;

    /** The same to an address. */
    void send(ByteBuffer message, Endpoint peer, HasDescriptor... descriptors) throws IOException;

    /**
     * The same to the sender of the message that is being handled; see {@link
     * MessageTransport#reply}.
     *
     * @throws IllegalStateException outside {@link MessageProtocol#received}
     */
    void reply(ByteBuffer message, HasDescriptor... descriptors) throws IOException;

    /**
     * Takes descriptors from now on; best called in {@link MessageProtocol#opened}, for without it
     * the kernel throws away what comes. Those that came and were not told when the socket is
     * closed are closed.
     *
     * <p>If more come with a message than are taken, or than this process may have open, none of
     * them stays open, the message is not shown, and the protocol is told instead: {@link
     * MessageProtocol#failed} with an {@link sockeye.AncillaryTruncatedException}, which has the
     * message. The socket goes on.
     *
     * @param most how many may come with one message, 0 to {@link
     *     sockeye.Ancillary.Rights#MAX_DESCRIPTORS}; 0 takes none any more
     */
    void receive(int most, Receiver receiver);
}
