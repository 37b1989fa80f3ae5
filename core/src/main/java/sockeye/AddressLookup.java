// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.CMemory;
import sockeye.internal.kernel.CStruct;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.LibraryFunction;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.IDN;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** getaddrinfo(3) and getnameinfo(3), made on the calling thread. What they give is copied. */
final class AddressLookup {
    /** The longest name that is read, in bytes: NI_MAXHOST of glibc. */
    static final int LONGEST_NAME = 1025;

    private static final int LONGEST_SERVICE = 64;

    /** More answers than any name has. */
    private static final int MOST = 8192;

    private AddressLookup() {}

    static List<AddressInfo> forward(AddressQuery query) throws IOException {
        Kernel kernel = Kernel.current();
        int[] errno = new int[1];
        try (Arena arena = Arena.ofConfined()) {
            String what = query.describe();
            boolean idn = (query.flags() & AddressQuery.AI_IDN) != 0;
            long host = string(arena, what, query.host(), !idn);
            long service = string(arena, what, query.service(), false);
            MemorySegment hints = arena.allocate(Addrinfo.SIZEOF, 8);
            hints.set(JAVA_INT, Addrinfo.ai_flags, query.flags());
            hints.set(JAVA_INT, Addrinfo.ai_family, query.family());
            hints.set(JAVA_INT, Addrinfo.ai_socktype, query.type());
            hints.set(JAVA_INT, Addrinfo.ai_protocol, query.protocol());
            MemorySegment first = arena.allocate(JAVA_LONG);
            int result =
                    kernel.libraryInt(
                            LibraryFunction.GETADDRINFO,
                            errno,
                            host,
                            service,
                            hints.address(),
                            first.address());
            check(what, result, errno[0]);
            long list = first.get(JAVA_LONG, 0);
            try {
                return copy(list);
            } finally {
                if (list != 0) {
                    kernel.libraryPointer(LibraryFunction.FREEADDRINFO, errno, list);
                }
            }
        }
    }

    private static List<AddressInfo> copy(long list) {
        List<AddressInfo> all = new ArrayList<>();
        byte[] sockaddr = new byte[Endpoint.MAX_SOCKADDR];
        long next = list;
        while (next != 0 && all.size() < MOST) {
            MemorySegment info = CMemory.at(next, Addrinfo.SIZEOF);
            int length = info.get(JAVA_INT, Addrinfo.ai_addrlen);
            long address = info.get(JAVA_LONG, Addrinfo.ai_addr);
            if (address != 0 && length > 0 && length <= sockaddr.length) {
                MemorySegment.copy(CMemory.at(address, length), JAVA_BYTE, 0, sockaddr, 0, length);
                InetEndpoint endpoint = InetEndpoint.decodeOrNull(sockaddr, length);
                if (endpoint != null) {
                    all.add(answer(info, endpoint));
                }
            }
            next = info.get(JAVA_LONG, Addrinfo.ai_next);
        }
        return List.copyOf(all);
    }

    private static AddressInfo answer(MemorySegment info, InetEndpoint endpoint) {
        long name = info.get(JAVA_LONG, Addrinfo.ai_canonname);
        return new AddressInfo(
                info.get(JAVA_INT, Addrinfo.ai_family),
                info.get(JAVA_INT, Addrinfo.ai_socktype),
                info.get(JAVA_INT, Addrinfo.ai_protocol),
                name == 0 ? "" : CMemory.text(name, LONGEST_NAME),
                endpoint);
    }

    static NameInfo reverse(InetEndpoint endpoint, int flags) throws IOException {
        int[] errno = new int[1];
        try (Arena arena = Arena.ofConfined()) {
            byte[] bytes = new byte[Endpoint.MAX_SOCKADDR];
            int length = endpoint.encode(AddressFamily.AF_UNSPEC, bytes);
            MemorySegment sockaddr = arena.allocate(bytes.length, 8);
            MemorySegment.copy(bytes, 0, sockaddr, JAVA_BYTE, 0, bytes.length);
            MemorySegment host = arena.allocate(LONGEST_NAME);
            MemorySegment service = arena.allocate(LONGEST_SERVICE);
            int result =
                    Kernel.current()
                            .libraryInt(
                                    LibraryFunction.GETNAMEINFO,
                                    errno,
                                    sockaddr.address(),
                                    length,
                                    host.address(),
                                    LONGEST_NAME,
                                    service.address(),
                                    LONGEST_SERVICE,
                                    flags);
            check(endpoint.toString(), result, errno[0]);
            return new NameInfo(
                    CMemory.text(host.address(), LONGEST_NAME),
                    CMemory.text(service.address(), LONGEST_SERVICE));
        }
    }

    private static void check(String what, int result, int errno) throws ResolveFailure {
        if (result != 0) {
            EaiCode code = EaiCode.of(Math.min(result, 0));
            boolean system = code.equals(EaiCode.EAI_SYSTEM);
            throw new ResolveFailure(what, code, system ? Errno.of(errno) : null, "");
        }
    }

    /**
     * The address of a text with a zero behind it, or 0 for none.
     *
     * @param ascii whether it is a host name that has to be in ASCII
     * @throws ResolveFailure EAI_NONAME, for a text that can be no name
     */
    static long string(Arena arena, String what, @Nullable String text, boolean ascii)
            throws ResolveFailure {
        if (text == null) {
            return 0;
        }
        String name = text;
        if (ascii && !name.chars().allMatch(c -> c < 0x80)) {
            try {
                name = IDN.toASCII(name);
            } catch (IllegalArgumentException malformed) {
                var failure =
                        new ResolveFailure(
                                what, EaiCode.EAI_NONAME, null, "no name in IDNA's sense");
                failure.initCause(malformed);
                throw failure;
            }
        }
        if (name.indexOf('\0') >= 0 || name.length() >= LONGEST_NAME) {
            throw new ResolveFailure(what, EaiCode.EAI_NONAME);
        }
        return arena.allocateFrom(name, StandardCharsets.UTF_8).address();
    }

    /** A node of the list; glibc and musl have it alike. */
    @CStruct("struct addrinfo")
    private static final class Addrinfo {
        static final int SIZEOF = 48;
        static final int ai_flags = 0;
        static final int ai_family = 4;
        static final int ai_socktype = 8;
        static final int ai_protocol = 12;
        static final int ai_addrlen = 16;
        static final int ai_addr = 24;
        static final int ai_canonname = 32;
        static final int ai_next = 40;

        private Addrinfo() {}
    }
}
