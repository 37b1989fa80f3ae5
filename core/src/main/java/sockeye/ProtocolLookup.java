// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import sockeye.NameService.ProtocolEntry;
import sockeye.internal.kernel.CMemory;
import sockeye.internal.kernel.CStruct;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.LibraryFunction;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * getprotobyname(3) and getprotobynumber(3), made on the calling thread. musl has only the forms
 * whose answer lies in memory that all callers share: there one call follows another.
 */
final class ProtocolLookup {
    private static final Object ONE_AT_A_TIME = new Object();

    private ProtocolLookup() {}

    static Optional<ProtocolEntry> byName(String protocol) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            return find(
                    arena,
                    protocol,
                    LibraryFunction.GETPROTOBYNAME_R,
                    LibraryFunction.GETPROTOBYNAME,
                    AddressLookup.string(arena, protocol, protocol, false));
        }
    }

    static Optional<ProtocolEntry> byNumber(int number) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            return find(
                    arena,
                    "protocol " + number,
                    LibraryFunction.GETPROTOBYNUMBER_R,
                    LibraryFunction.GETPROTOBYNUMBER,
                    number);
        }
    }

    private static Optional<ProtocolEntry> find(
            Arena arena, String what, LibraryFunction own, LibraryFunction shared, long key)
            throws IOException {
        if (Kernel.current().has(own)) {
            return new DatabaseCall(what, own, Protoent.SIZEOF)
                    .entry(arena, ProtocolLookup::decode, key);
        }
        synchronized (ONE_AT_A_TIME) {
            long answer = Kernel.current().libraryPointer(shared, new int[1], key);
            return answer == 0
                    ? Optional.empty()
                    : Optional.of(decode(CMemory.at(answer, Protoent.SIZEOF)));
        }
    }

    private static ProtocolEntry decode(MemorySegment entry) {
        return new ProtocolEntry(
                DatabaseCall.text(entry.get(JAVA_LONG, Protoent.p_name)),
                DatabaseCall.texts(entry.get(JAVA_LONG, Protoent.p_aliases)),
                entry.get(JAVA_INT, Protoent.p_proto));
    }

    @CStruct("struct protoent")
    private static final class Protoent {
        static final int SIZEOF = 24;
        static final int p_name = 0;
        static final int p_aliases = 8;
        static final int p_proto = 16;

        private Protoent() {}
    }
}
