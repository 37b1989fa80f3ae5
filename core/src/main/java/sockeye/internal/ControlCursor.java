// SPDX-License-Identifier: Apache-2.0
package sockeye.internal;

import static sockeye.AncillaryType.SCM_PIDFD;
import static sockeye.AncillaryType.SCM_RIGHTS;
import static sockeye.AncillaryType.SOL_SOCKET;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import sockeye.IpAddress;
import sockeye.internal.ControlMessages.Header;

import java.lang.foreign.MemorySegment;

/**
 * Goes from header to header of an area; level, type, data and size are those of the current one.
 */
final class ControlCursor {
    private final MemorySegment area;
    private final long end;
    private long next;
    private long data;
    int level;
    int type;
    int size;

    ControlCursor(MemorySegment area, long end) {
        this.area = area;
        this.end = end;
    }

    void rewind() {
        next = 0;
    }

    /** False at the end, and before what cannot be a control message. */
    boolean advance() {
        if (end - next < Header.SIZEOF) {
            return false;
        }
        long length = area.get(JAVA_LONG_UNALIGNED, next + Header.cmsg_len);
        if (length < Header.SIZEOF || length > end - next || length > Integer.MAX_VALUE) {
            return false;
        }
        level = area.get(JAVA_INT_UNALIGNED, next + Header.cmsg_level);
        type = area.get(JAVA_INT_UNALIGNED, next + Header.cmsg_type);
        data = next + Header.SIZEOF;
        size = (int) length - Header.SIZEOF;
        // The kernel leaves out the padding of the last one if there was no room for it.
        next = Math.min(end, next + (length + 7 & ~7L));
        return true;
    }

    long rest() {
        return end - next;
    }

    /** How many descriptors are in the data; the numbers lie at its beginning. */
    int descriptors() {
        if (level != SOL_SOCKET) {
            return 0;
        }
        return switch (type) {
            case SCM_RIGHTS -> size / Integer.BYTES;
            // Where there is no pidfd, the negated errno stands in its place.
            case SCM_PIDFD -> size >= Integer.BYTES && getInt(0) >= 0 ? 1 : 0;
            default -> 0;
        };
    }

    byte getByte(int offset) {
        return area.get(JAVA_BYTE, data + offset);
    }

    short getShort(int offset) {
        return area.get(JAVA_SHORT_UNALIGNED, data + offset);
    }

    int getUnsignedShort(int offset) {
        return Short.toUnsignedInt(getShort(offset));
    }

    int getInt(int offset) {
        return area.get(JAVA_INT_UNALIGNED, data + offset);
    }

    long getUnsignedInt(int offset) {
        return Integer.toUnsignedLong(getInt(offset));
    }

    long getLong(int offset) {
        return area.get(JAVA_LONG_UNALIGNED, data + offset);
    }

    /** A value that the kernel gives as an int or as one byte (IP_TOS). */
    int getSmall() {
        return size >= Integer.BYTES ? getInt(0) : Byte.toUnsignedInt(getByte(0));
    }

    byte[] bytes(int offset, int count) {
        return area.asSlice(data + offset, count).toArray(JAVA_BYTE);
    }

    IpAddress address(int offset, int count) {
        return IpAddress.of(bytes(offset, count));
    }
}
