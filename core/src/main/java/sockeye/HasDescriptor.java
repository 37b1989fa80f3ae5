// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.nio.channels.ClosedChannelException;

/**
 * Something that stands on a file descriptor: a {@link LinuxSocket}, a role on top of one, a {@link
 * PassedDescriptor}. Python asks the same of an object: that it has {@code fileno()}.
 *
 * <p>A bare number is only safe to use while nobody can close it: after close(2) the kernel gives
 * the same number to the next file that is opened, in any thread. So whoever hands the number to
 * the kernel himself, as {@link Ancillary.Rights} does to send it, takes a {@linkplain #lease()
 * lease} first.
 */
public interface HasDescriptor {

    /** The descriptor's number, or −1 after close. For showing, and for use under a lease. */
    int fileno();

    /**
     * Keeps the number from being closed, and so from being used again for another file, until the
     * lease is closed. Whoever closes the holder in the meantime waits for that; so leases are
     * short, nobody waits for anything while he has one, and nobody closes the holder under his
     * own.
     *
     * @throws ClosedChannelException if the holder is closed already
     */
    Lease lease() throws ClosedChannelException;

    /**
     * A descriptor that somebody else owns and keeps open, by its number: 0, 1 and 2, or what a
     * native library opened. Nothing is closed, counted or checked here.
     *
     * @throws IllegalArgumentException if the number is negative
     */
    static HasDescriptor borrowed(int fileno) {
        if (fileno < 0) {
            throw new IllegalArgumentException("no descriptor: " + fileno);
        }
        record Borrowed(int fileno) implements HasDescriptor, Lease {
            @Override
            public Lease lease() {
                return this;
            }

            @Override
            public void close() {}
        }
        return new Borrowed(fileno);
    }

    /** A descriptor's number, good until this is closed. For one thread at a time. */
    interface Lease extends AutoCloseable {
        /** The number; never −1, and not to be used after {@link #close()}. */
        int fileno();

        /** Gives it back; a second call does nothing. */
        @Override
        void close();
    }
}
