// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import sockeye.internal.kernel.SpawnRequest.Copy;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * One child by posix_spawn(3): its file actions and attributes put together in the library's own
 * opaque structures, of which only need be known that they fit.
 */
final class Spawn {
    /** posix_spawn_file_actions_t has 80 bytes in glibc and musl, posix_spawnattr_t 336. */
    private static final int ROOM = 1_024;

    private static final int SET_OF_SIGNALS = 128; // sigset_t

    private static final int POSIX_SPAWN_SETPGROUP = 0x02;
    private static final int POSIX_SPAWN_SETSIGDEF = 0x04;
    private static final int POSIX_SPAWN_SETSIGMASK = 0x08;
    private static final int POSIX_SPAWN_SETSID = 0x80;

    private static final int ENOSYS = 38;

    private final Kernel kernel;
    private final Arena arena;
    private final MemorySegment actions;
    private final MemorySegment attributes;

    /** The first error number. */
    private int failed;

    private Spawn(Kernel kernel, Arena arena) {
        this.kernel = kernel;
        this.arena = arena;
        this.actions = arena.allocate(ROOM, 16);
        this.attributes = arena.allocate(ROOM, 16);
    }

    /** The number of the child, or the negated errno. */
    static long run(Kernel kernel, SpawnRequest request) {
        try (Arena arena = Arena.ofConfined()) {
            return new Spawn(kernel, arena).run(request);
        }
    }

    private long run(SpawnRequest request) {
        attempt(LibraryFunction.POSIX_SPAWN_FILE_ACTIONS_INIT, actions.address());
        attempt(LibraryFunction.POSIX_SPAWNATTR_INIT, attributes.address());
        addActions(request);
        setAttributes(request);
        MemorySegment pid = arena.allocate(JAVA_INT);
        attempt(
                LibraryFunction.POSIX_SPAWNP,
                pid.address(),
                string(request.words().getFirst()),
                actions.address(),
                attributes.address(),
                strings(request.words()),
                strings(request.environment()));
        call(LibraryFunction.POSIX_SPAWN_FILE_ACTIONS_DESTROY, actions.address());
        call(LibraryFunction.POSIX_SPAWNATTR_DESTROY, attributes.address());
        return failed == 0 ? pid.get(JAVA_INT, 0) : -failed;
    }

    private int call(LibraryFunction function, long... arguments) {
        // The result is the error number; errno is not set.
        return kernel.libraryInt(function, new int[1], arguments);
    }

    private void attempt(LibraryFunction function, long... arguments) {
        if (failed == 0) {
            failed = kernel.has(function) ? call(function, arguments) : ENOSYS;
        }
    }

    private void addActions(SpawnRequest request) {
        for (Copy each : request.copies()) {
            attempt(
                    LibraryFunction.POSIX_SPAWN_FILE_ACTIONS_ADDDUP2,
                    actions.address(),
                    each.source(),
                    each.number());
        }
        for (int each : request.closed()) {
            attempt(LibraryFunction.POSIX_SPAWN_FILE_ACTIONS_ADDCLOSE, actions.address(), each);
        }
        if (kernel.has(LibraryFunction.POSIX_SPAWN_FILE_ACTIONS_ADDCLOSEFROM_NP)) {
            attempt(
                    LibraryFunction.POSIX_SPAWN_FILE_ACTIONS_ADDCLOSEFROM_NP,
                    actions.address(),
                    request.closedFrom());
        } else {
            for (int each : open(request.closedFrom())) {
                attempt(LibraryFunction.POSIX_SPAWN_FILE_ACTIONS_ADDCLOSE, actions.address(), each);
            }
        }
        request.directory()
                .ifPresent(directory ->
                        attempt(
                                LibraryFunction.POSIX_SPAWN_FILE_ACTIONS_ADDCHDIR_NP,
                                actions.address(),
                                string(directory)));
    }

    /** musl cannot close from a number on; what is opened meanwhile without O_CLOEXEC gets away. */
    private static List<Integer> open(int from) {
        try (Stream<Path> links = Files.list(Path.of("/proc/self/fd"))) {
            return links.map(link -> Integer.valueOf(link.getFileName().toString()))
                    .filter(number -> number >= from)
                    .toList();
        } catch (IOException unknown) {
            return List.of();
        }
    }

    private void setAttributes(SpawnRequest request) {
        int flags = POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK;
        if (request.session()) {
            flags |= POSIX_SPAWN_SETSID;
        }
        if (request.group() >= 0) {
            flags |= POSIX_SPAWN_SETPGROUP;
            attempt(
                    LibraryFunction.POSIX_SPAWNATTR_SETPGROUP,
                    attributes.address(),
                    request.group());
        }
        MemorySegment signals = arena.allocate(SET_OF_SIGNALS, 16);
        attempt(
                LibraryFunction.POSIX_SPAWNATTR_SETSIGMASK,
                attributes.address(),
                signals.address());
        signals.set(JAVA_LONG, 0, request.defaults());
        attempt(
                LibraryFunction.POSIX_SPAWNATTR_SETSIGDEFAULT,
                attributes.address(),
                signals.address());
        attempt(LibraryFunction.POSIX_SPAWNATTR_SETFLAGS, attributes.address(), flags);
    }

    private long string(byte[] bytes) {
        MemorySegment copy = arena.allocate(bytes.length + 1L);
        MemorySegment.copy(bytes, 0, copy, JAVA_BYTE, 0, bytes.length);
        return copy.address();
    }

    private long strings(List<byte[]> all) {
        MemorySegment pointers = arena.allocate(JAVA_LONG, all.size() + 1L);
        for (int i = 0; i < all.size(); i++) {
            pointers.setAtIndex(JAVA_LONG, i, string(all.get(i)));
        }
        return pointers.address();
    }
}
