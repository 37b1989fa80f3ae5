// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

/**
 * What follows a message's header: with most protocols a structure of fixed size, and attributes
 * behind it. Made by {@link NetlinkMessage#decode}; for one thread.
 */
public final class PayloadReader {
    private final DecodeTrouble trouble;
    private final NetlinkMessage message;
    private final byte[] bytes;
    private final int start;
    private final int end;
    private int at;

    PayloadReader(DecodeTrouble trouble, NetlinkMessage message, byte[] bytes, int start, int end) {
        this.trouble = trouble;
        this.message = message;
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
                trouble.note(null, at, "%d bytes where %d are needed".formatted(remaining(), size));
            }
            return new StructReader(trouble, null, bytes, at, 0);
        }
        StructReader struct = new StructReader(trouble, null, bytes, at, size);
        at += Math.min(Wire.align(size), remaining());
        return struct;
    }

    /** The attributes that follow what was read so far, to the end of the message. */
    public AttributeReader attributes() {
        AttributeReader attributes = new AttributeReader(trouble, null, bytes, at, end);
        at = end;
        return attributes;
    }

    /** All that follows what was read so far, as one structure. */
    public StructReader rest() {
        StructReader rest = new StructReader(trouble, null, bytes, at, remaining());
        at = end;
        return rest;
    }
}
