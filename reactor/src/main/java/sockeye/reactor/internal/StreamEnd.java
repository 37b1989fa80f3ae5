// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.DescriptorKind;
import sockeye.Errno;
import sockeye.ErrnoFailure;
import sockeye.PassedDescriptor;
import sockeye.SocketType;

import java.io.IOException;

/**
 * One direction of a connection over descriptors that need not be sockets. Its open file
 * description may be shared with others, a shell for instance, and so is never made non-blocking.
 *
 * <p>What can be asked not to wait for this one call is asked by the loop ({@link DirectEnd}), all
 * else by threads that may wait ({@link ThreadedEnd}).
 */
abstract sealed class StreamEnd permits DirectEnd, HangupEnd, SilentEnd, ThreadedEnd {
    /** What the driver waits at: for input as long as there may be some, for output, for room. */
    final KernelChannel channel;

    private @Nullable Runnable whenClosed;

    StreamEnd(KernelChannel channel) {
        this.channel = channel;
    }

    /**
     * The end on a descriptor, which is its own from then on; closed if that fails.
     *
     * @throws IOException EPROTOTYPE for a socket that is no stream, EBADF, EMFILE
     */
    static StreamEnd of(KernelDriver driver, PassedDescriptor own, boolean input)
            throws IOException {
        boolean done = false;
        try {
            StreamEnd made = make(driver, own, input);
            done = true;
            return made;
        } finally {
            if (!done) {
                own.close();
            }
        }
    }

    private static StreamEnd make(KernelDriver driver, PassedDescriptor own, boolean input)
            throws IOException {
        DescriptorKind kind = own.kind();
        KernelChannel at = driver.channel(own.fileno());
        if (kind == DescriptorKind.SOCKET) {
            requireStream(driver, own);
            return new DirectEnd(at, own, true);
        }
        if (kind == DescriptorKind.PIPE && DirectEnd.isPossible(at, input)) {
            return new DirectEnd(at, own, false);
        }
        return ThreadedEnd.of(driver, own, kind, input);
    }

    static void requireStream(KernelDriver driver, PassedDescriptor own) throws IOException {
        int type = SharedChannel.ofStream(driver.kernel, own.fileno()).type();
        if (type != SocketType.SOCK_STREAM) {
            throw ErrnoFailure.of("adopt", Errno.EPROTOTYPE.number(), describe(own), null, null, 0);
        }
    }

    /** The number and the kind, for messages. */
    static String describe(PassedDescriptor own) {
        String text = own.toString();
        return text.substring(text.indexOf('[') + 1, text.length() - 1);
    }

    /** Has something done when it is closed. */
    final void whenClosed(Runnable action) {
        whenClosed = action;
    }

    /**
     * Reads into a chunk; how much, 0 at the end, or a negated errno: EAGAIN to wait at the
     * channel.
     */
    abstract int read(KernelDriver driver, Chunk room);

    /** Writes of a queue; how much was taken, or a negated errno. */
    abstract int write(Chunk first);

    /** Whether there is something to be read now, or the end. */
    abstract boolean hasInput(KernelDriver driver);

    /** What it is, for messages. */
    abstract String describe();

    /** Closes it; nothing of it is with the driver. */
    final void close(KernelDriver driver) {
        driver.forget(channel);
        release();
        Runnable action = whenClosed;
        if (action != null) {
            whenClosed = null;
            action.run();
        }
    }

    /** Gives back all that it has. */
    abstract void release();

    static void quietly(PassedDescriptor own) {
        try {
            own.close();
        } catch (IOException late) {
            System.getLogger("sockeye.reactor").log(System.Logger.Level.DEBUG, "close", late);
        }
    }
}
