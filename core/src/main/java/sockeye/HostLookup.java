// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import sockeye.NameService.HostEntry;
import sockeye.internal.kernel.CMemory;
import sockeye.internal.kernel.CStruct;
import sockeye.internal.kernel.LibraryFunction;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** gethostbyname(3) and its kin, made on the calling thread. */
final class HostLookup {
    private HostLookup() {}

    static HostEntry byName(String host, int family) throws IOException {
        if (family != AddressFamily.AF_INET && family != AddressFamily.AF_INET6) {
            throw new ResolveFailure(host, EaiCode.EAI_FAMILY);
        }
        try (Arena arena = Arena.ofConfined()) {
            long name = AddressLookup.string(arena, host, host, true);
            return new DatabaseCall(host, LibraryFunction.GETHOSTBYNAME2_R, Hostent.SIZEOF)
                    .host(arena, HostLookup::decode, name, family);
        }
    }

    static HostEntry byAddress(IpAddress address) throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            byte[] bytes = address.toBytes();
            MemorySegment given = arena.allocate(bytes.length, 8);
            MemorySegment.copy(bytes, 0, given, JAVA_BYTE, 0, bytes.length);
            return new DatabaseCall(
                            address.toString(), LibraryFunction.GETHOSTBYADDR_R, Hostent.SIZEOF)
                    .host(
                            arena,
                            HostLookup::decode,
                            given.address(),
                            bytes.length,
                            address.family());
        }
    }

    /** Python's getfqdn(). */
    static String qualified(String host) throws IOException {
        HostEntry entry;
        try {
            var first = AddressLookup.forward(AddressQuery.of(host, null)).getFirst();
            entry = byAddress(first.endpoint().address());
        } catch (UnknownHostException nameless) {
            return host;
        }
        return Stream.concat(Stream.of(entry.name()), entry.aliases().stream())
                .filter(name -> name.contains("."))
                .findFirst()
                .orElse(entry.name());
    }

    private static HostEntry decode(MemorySegment entry) {
        int length = entry.get(JAVA_INT, Hostent.h_length);
        List<IpAddress> addresses = new ArrayList<>();
        if (length == 4 || length == 16) {
            for (long each : DatabaseCall.pointers(entry.get(JAVA_LONG, Hostent.h_addr_list))) {
                addresses.add(IpAddress.of(CMemory.at(each, length).toArray(JAVA_BYTE)));
            }
        }
        return new HostEntry(
                DatabaseCall.text(entry.get(JAVA_LONG, Hostent.h_name)),
                DatabaseCall.texts(entry.get(JAVA_LONG, Hostent.h_aliases)),
                addresses);
    }

    @CStruct("struct hostent")
    private static final class Hostent {
        static final int SIZEOF = 32;
        static final int h_name = 0;
        static final int h_aliases = 8;
        static final int h_length = 20;
        static final int h_addr_list = 24;

        private Hostent() {}
    }
}
