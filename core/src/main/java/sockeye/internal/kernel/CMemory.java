// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/**
 * Memory that the C library owns and has told the address of. What is read there is copied at once;
 * the caller bounds it.
 */
public final class CMemory {
    private CMemory() {}

    /** So many bytes at an address that is not 0. */
    @SuppressWarnings("restricted") // The library said that they are there.
    public static MemorySegment at(long address, long bytes) {
        if (address == 0) {
            throw new IllegalArgumentException("a null pointer");
        }
        return MemorySegment.ofAddress(address).reinterpret(bytes);
    }

    /**
     * A copy of the text at an address, up to its zero or so many bytes; malformed UTF-8 becomes
     * U+FFFD.
     */
    public static String text(long address, int most) {
        MemorySegment bytes = at(address, most);
        int length = 0;
        while (length < most && bytes.get(JAVA_BYTE, length) != 0) {
            length++;
        }
        byte[] copy = bytes.asSlice(0, length).toArray(JAVA_BYTE);
        return new String(copy, StandardCharsets.UTF_8);
    }
}
