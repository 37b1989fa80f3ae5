// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import org.jspecify.annotations.Nullable;

/**
 * What follows a message's header: with most protocols a structure of fixed size, and attributes
 * behind it. Made by {@link NetlinkMessage#decode}; for one thread.
 */
public final class PayloadReader {
    private final DecodeTrouble trouble;
    private final NetlinkMessage message;
    private final @Nullable AttributeReader in;
    private final byte[] bytes;
    private final int start;
    private final int end;
    private int at;

    PayloadReader(DecodeTrouble trouble, NetlinkMessage message, byte[] bytes, int start, int end) {
        this(trouble, message, null, bytes, start, end);
    }

    PayloadReader(
            DecodeTrouble trouble,
            NetlinkMessage message,
            @Nullable AttributeReader in,
            byte[] bytes,
            int start,
            int end) {
        this.trouble = trouble;
        this.message = message;
        this.in = in;
        this.bytes = bytes;
        this.start = start;
        this.end = end;
        this.at = start;
    }

    /** The message whose payload it is, for its type and flags. */
    public NetlinkMessage message() {
        return message;
    }

    /** How many bytes there are in all. */
    public int length() {
        return end - start;
    }

    /** How many bytes follow what was read so far. */
    public int remaining() {
        return end - at;
    }

    /**
     * The structure at the front, or the next; what follows it is aligned to 4 bytes. If it is not
     * all there, that is noted, and its members are 0.
     *
     * @param size the size of the C type, 0 or more
     */
    public StructReader struct(int size) {
        if (size < 0) {
            throw new IllegalArgumentException("negative size: " + size);
        }
        if (size > remaining()) {
            if (!trouble.isThere()) {
                trouble.note(in, at, "%d bytes where %d are needed".formatted(remaining(), size));
            }
            return new StructReader(trouble, in, bytes, at, 0);
        }
        StructReader struct = new StructReader(trouble, in, bytes, at, size);
        at += Math.min(Wire.align(size), remaining());
        return struct;
    }

    /** The attributes that follow what was read so far, to the end of the message. */
    public AttributeReader attributes() {
        AttributeReader attributes = new AttributeReader(trouble, in, bytes, at, end);
        at = end;
        return attributes;
    }

    /** All that follows what was read so far, as one structure. */
    public StructReader rest() {
        StructReader rest = new StructReader(trouble, in, bytes, at, remaining());
        at = end;
        return rest;
    }

    /**
     * The next of several that lie one behind the other, each with its own length in its structure;
     * what follows it is aligned to 4 bytes. A length that leads out of what there is, or is less
     * than the structure's, is noted, and ends them all.
     *
     * @param lengthAt where in the structure the length is, a {@code __u16}
     * @param size the size of the structure
     */
    public PayloadReader part(int lengthAt, int size) {
        int from = at;
        int length = has(lengthAt + Short.BYTES) ? Wire.u16(bytes, from + lengthAt) : 0;
        if (length < size || length > remaining()) {
            if (!trouble.isThere()) {
                trouble.note(
                        in,
                        from,
                        "a length of %d, where %d to %d can be"
                                .formatted(length, size, remaining()));
            }
            at = end;
            return new PayloadReader(trouble, message, in, bytes, end, end);
        }
        at += Math.min(Wire.align(length), remaining());
        return new PayloadReader(trouble, message, in, bytes, from, from + length);
    }

    /** One that reads the same from where this one stands, and leaves this one there. */
    PayloadReader copy() {
        return new PayloadReader(trouble, message, in, bytes, at, end);
    }

    private boolean has(int size) {
        return !trouble.isThere() && size <= remaining();
    }
}
