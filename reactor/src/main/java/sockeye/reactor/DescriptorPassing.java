// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import sockeye.HasDescriptor;
import sockeye.PassedDescriptor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Descriptors in order with the bytes of a connection of AF_UNIX: {@code
 * transport.unwrap(DescriptorPassing.class)}, which is empty for other families, and above layers
 * that change the bytes. For the reactor's own thread. {@link MessagePassing} is its sibling for
 * messages.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/unix.7.html">unix(7), SCM_RIGHTS</a>
 */
public interface DescriptorPassing {
    /** What is done with descriptors that come. */
    @FunctionalInterface
    interface Receiver {
        /**
         * Descriptors have come; the next that the protocol {@linkplain Protocol#received receives}
         * has the bytes they came with. So they are told in their order, and never later than the
         * first of the bytes that they were sent with. Sooner they may be: the kernel puts what was
         * sent before into the same piece, but nothing of what was sent after. An exception ends
         * the connection.
         *
         * @param descriptors in the sender's order, at least one, close-on-exec; the receiver's
         *     own, to be closed by him
         */
        void passed(Transport transport, List<PassedDescriptor> descriptors) throws Exception;
    }

    /**
     * Sends bytes after those that were written before, and descriptors with the first of them. The
     * descriptors are duplicated here: the caller may close his at once. What cannot be delivered
     * is closed.
     *
     * @param bytes at least one; all are consumed
     * @param descriptors at most {@link sockeye.Ancillary.Rights#MAX_DESCRIPTORS}
     * @throws IOException if one is closed already, or there are too many open: EMFILE; nothing is
     *     sent then
     * @throws IllegalArgumentException if there are no bytes, or too many descriptors
     */
    void write(ByteBuffer bytes, HasDescriptor... descriptors) throws IOException;

    /**
     * Takes descriptors from now on; best called in {@link Protocol#opened}, for without it the
     * kernel throws away what comes. Those that came and were not told when the connection ends are
     * closed.
     *
     * @param most how many may come at once, 0 to {@link sockeye.Ancillary.Rights#MAX_DESCRIPTORS};
     *     0 takes none any more. If more come, the connection fails, and none stays open.
     */
    void receive(int most, Receiver receiver);
}
