// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import org.jspecify.annotations.Nullable;

import sockeye.NameService.ServiceEntry;
import sockeye.internal.kernel.CStruct;
import sockeye.internal.kernel.LibraryFunction;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** getservbyname(3) and getservbyport(3), made on the calling thread. */
final class ServiceLookup {
    private ServiceLookup() {}

    static Optional<ServiceEntry> byName(String service, @Nullable String protocol)
            throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            long name = AddressLookup.string(arena, service, service, false);
            long of = AddressLookup.string(arena, service, protocol, false);
            return new DatabaseCall(service, LibraryFunction.GETSERVBYNAME_R, Servent.SIZEOF)
                    .entry(arena, ServiceLookup::decode, name, of);
        }
    }

    static Optional<ServiceEntry> byPort(int port, @Nullable String protocol) throws IOException {
        String what = "port " + port;
        try (Arena arena = Arena.ofConfined()) {
            long of = AddressLookup.string(arena, what, protocol, false);
            return new DatabaseCall(what, LibraryFunction.GETSERVBYPORT_R, Servent.SIZEOF)
                    .entry(arena, ServiceLookup::decode, NetworkOrder.htons(port), of);
        }
    }

    private static ServiceEntry decode(MemorySegment entry) {
        return new ServiceEntry(
                DatabaseCall.text(entry.get(JAVA_LONG, Servent.s_name)),
                DatabaseCall.texts(entry.get(JAVA_LONG, Servent.s_aliases)),
                NetworkOrder.ntohs(entry.get(JAVA_INT, Servent.s_port) & 0xFFFF),
                DatabaseCall.text(entry.get(JAVA_LONG, Servent.s_proto)));
    }

    /** The port is in network order. */
    @CStruct("struct servent")
    private static final class Servent {
        static final int SIZEOF = 32;
        static final int s_name = 0;
        static final int s_aliases = 8;
        static final int s_port = 16;
        static final int s_proto = 24;

        private Servent() {}
    }
}
