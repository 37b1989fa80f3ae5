// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.CMemory;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.LibraryFunction;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * One call of the family of {@code getXbyY_r}: the answer is a struct that the caller gives room
 * for, and what it points to lies in a buffer of the caller's, which is made larger until it fits.
 */
final class DatabaseCall {
    private static final int ENOENT = 2;
    private static final int ERANGE = 34;

    private static final int FIRST_BUFFER = 1 << 10;
    private static final int LARGEST_BUFFER = 1 << 20;

    /** More pointers than any entry has. */
    private static final int MOST = 1024;

    private final String what;
    private final LibraryFunction function;
    private final int sizeof;

    /**
     * @param what what is looked for, for errors
     * @param sizeof of the answer's struct
     */
    DatabaseCall(String what, LibraryFunction function, int sizeof) {
        this.what = what;
        this.function = function;
        this.sizeof = sizeof;
    }

    interface Decoder<T> {
        T decode(MemorySegment entry);
    }

    /**
     * Makes the call.
     *
     * @param key the arguments before the answer
     * @return empty if there is no such entry
     */
    <T> Optional<T> entry(Arena arena, Decoder<T> decoder, long... key) throws IOException {
        return find(arena, null, decoder, key);
    }

    /**
     * Makes a call that tells why there is no entry, in h_errno.
     *
     * @throws ResolveFailure with the code that getaddrinfo(3) has for that reason
     */
    <T> T host(Arena arena, Decoder<T> decoder, long... key) throws IOException {
        MemorySegment reason = arena.allocate(JAVA_INT);
        Optional<T> found = find(arena, reason, decoder, key);
        if (found.isPresent()) {
            return found.get();
        }
        EaiCode code =
                switch (reason.get(JAVA_INT, 0)) {
                    case 2 -> EaiCode.EAI_AGAIN; // TRY_AGAIN
                    case 3 -> EaiCode.EAI_FAIL; // NO_RECOVERY
                    case 4 -> EaiCode.EAI_NODATA; // NO_DATA
                    default -> EaiCode.EAI_NONAME; // HOST_NOT_FOUND
                };
        throw new ResolveFailure(what, code);
    }

    private <T> Optional<T> find(
            Arena arena, @Nullable MemorySegment reason, Decoder<T> decoder, long... key)
            throws IOException {
        int[] errno = new int[1];
        MemorySegment entry = arena.allocate(sizeof, 8);
        MemorySegment answer = arena.allocate(JAVA_LONG);
        int tail = reason == null ? 4 : 5;
        for (int size = FIRST_BUFFER; ; size *= 4) {
            long[] arguments = Arrays.copyOf(key, key.length + tail);
            arguments[key.length] = entry.address();
            arguments[key.length + 1] = arena.allocate(size, 8).address();
            arguments[key.length + 2] = size;
            arguments[key.length + 3] = answer.address();
            if (reason != null) {
                arguments[key.length + 4] = reason.address();
            }
            int result = Kernel.current().libraryInt(function, errno, arguments);
            if (answer.get(JAVA_LONG, 0) != 0 && result == 0) {
                return Optional.of(decoder.decode(entry));
            }
            if (result == ERANGE && size < LARGEST_BUFFER) {
                continue;
            }
            // musl says ENOENT where glibc says that all went well, only without an answer.
            if (result == 0 || result == ENOENT || (reason != null && result != ERANGE)) {
                return Optional.empty();
            }
            throw new ResolveFailure(what, EaiCode.EAI_SYSTEM, Errno.of(Math.abs(result)), "");
        }
    }

    /** The pointers of an array that ends with a null pointer. */
    static List<Long> pointers(long array) {
        List<Long> all = new ArrayList<>();
        if (array == 0) {
            return all;
        }
        MemorySegment pointers = CMemory.at(array, MOST * 8L);
        for (int i = 0; i < MOST; i++) {
            long pointer = pointers.getAtIndex(JAVA_LONG, i);
            if (pointer == 0) {
                break;
            }
            all.add(pointer);
        }
        return all;
    }

    /** The texts that such an array points to. */
    static List<String> texts(long array) {
        return pointers(array).stream().map(DatabaseCall::text).toList();
    }

    static String text(long address) {
        return address == 0 ? "" : CMemory.text(address, AddressLookup.LONGEST_NAME);
    }
}
