// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static sockeye.AddressFamily.AF_INET;
import static sockeye.AddressFamily.AF_INET6;
import static sockeye.AddressFamily.AF_UNSPEC;
import static sockeye.AddressQuery.AI_ADDRCONFIG;
import static sockeye.AddressQuery.AI_ALL;
import static sockeye.AddressQuery.AI_CANONNAME;
import static sockeye.AddressQuery.AI_NUMERICHOST;
import static sockeye.AddressQuery.AI_NUMERICSERV;
import static sockeye.AddressQuery.AI_PASSIVE;
import static sockeye.AddressQuery.AI_V4MAPPED;
import static sockeye.SocketType.SOCK_DGRAM;
import static sockeye.SocketType.SOCK_STREAM;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import sockeye.NameService.HostEntry;
import sockeye.internal.kernel.ForwardingKernel;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.LibraryFunction;

import java.io.IOException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** The name service, against what Python's socket module gets from the same library. */
class NameServiceTest {
    private static final String NOBODY = "no-such-host.invalid";

    private static final List<AddressQuery> QUERIES =
            List.of(
                    AddressQuery.of("localhost", null),
                    AddressQuery.of("localhost", "80").withType(SOCK_STREAM),
                    AddressQuery.of("localhost", "http").withFlags(AI_CANONNAME),
                    AddressQuery.of("localhost", "domain").withType(SOCK_DGRAM),
                    AddressQuery.of("localhost", null).withFamily(AF_INET6),
                    AddressQuery.of("localhost", "80").withFamily(AF_INET).withFlags(AI_ADDRCONFIG),
                    AddressQuery.of("127.0.0.1", "65535").withProtocol(IpProtocol.IPPROTO_UDP),
                    AddressQuery.of("127.1", "0").withType(SOCK_STREAM),
                    AddressQuery.of("0x7f000001", null).withType(SOCK_STREAM),
                    AddressQuery.of("::1", "80"),
                    AddressQuery.of("fe80::1%lo", "80").withType(SOCK_STREAM),
                    AddressQuery.of("127.0.0.1", "1")
                            .withFamily(AF_INET6)
                            .withType(SOCK_STREAM)
                            .withFlags(AI_V4MAPPED | AI_ALL),
                    AddressQuery.of(null, "7"),
                    AddressQuery.of(null, "7").withFlags(AI_PASSIVE),
                    AddressQuery.of("", "7").withType(SOCK_STREAM),
                    // What fails.
                    AddressQuery.of(null, null),
                    AddressQuery.of(NOBODY, "80"),
                    AddressQuery.of("localhost", "80").withFlags(AI_NUMERICHOST),
                    AddressQuery.of("localhost", "http").withFlags(AI_NUMERICSERV),
                    AddressQuery.of("localhost", "no-such-service"),
                    AddressQuery.of("localhost", "http").withType(SOCK_DGRAM),
                    AddressQuery.of("localhost", "80").withFlags(0x10000),
                    AddressQuery.of("localhost", "80").withFamily(12345),
                    AddressQuery.of("localhost", "80").withType(12345),
                    AddressQuery.of(null, "80").withFlags(AI_CANONNAME),
                    AddressQuery.of("::1", "80").withFamily(AF_INET),
                    AddressQuery.of("999.1.1.1", "80").withFlags(AI_NUMERICHOST));

    private static String told(AddressQuery query) throws IOException {
        var text = new StringBuilder();
        try {
            for (AddressInfo info : NameService.getAddrInfo(query)) {
                text.append(info.family()).append(' ').append(info.type()).append(' ');
                text.append(info.protocol()).append(' ').append(info.canonicalName()).append(' ');
                InetEndpoint endpoint = info.endpoint();
                IpAddress address = endpoint.address();
                text.append(info.family() == AF_INET6 ? address.mapped() : address).append(' ');
                text.append(endpoint.port()).append(' ').append(endpoint.scopeId()).append("; ");
            }
            return text.toString();
        } catch (ResolveFailure failure) {
            assertTrue(failure.getMessage().startsWith("resolve"), failure.getMessage());
            return "failed " + failure.code().number();
        }
    }

    @Test
    @Tag("A7-01")
    void everyQueryIsAnsweredOrRefusedAsPythonHasIt() throws Exception {
        List<String> asked = new ArrayList<>();
        List<String> ours = new ArrayList<>();
        for (AddressQuery query : QUERIES) {
            asked.add(
                    String.join(
                            "\t",
                            query.host() == null ? "-" : query.host(),
                            query.service() == null ? "-" : query.service(),
                            query.family() + "",
                            query.type() + "",
                            query.protocol() + "",
                            query.flags() + ""));
            ours.add(told(query));
        }
        List<String> theirs =
                Python.run(
                        """
                        import socket, sys
                        for line in sys.stdin:
                            host, service, *numbers = line.rstrip('\\n').split('\\t')
                            numbers = [int(n) for n in numbers]
                            # Python has no "" for a host: it makes None of it.
                            host = None if host == '-' else host.encode() if host else b''
                            service = None if service == '-' else service
                            try:
                                for f, t, p, canon, addr in socket.getaddrinfo(
                                        host, service, *numbers):
                                    scope = addr[3] if len(addr) > 2 else 0
                                    name = addr[0].split('%')[0]
                                    print(int(f), int(t), p, canon, name, addr[1], scope,
                                          end='; ')
                                print()
                            except socket.gaierror as e:
                                print('failed', e.errno)
                        """,
                        asked);
        for (int i = 0; i < asked.size(); i++) {
            assertEquals(theirs.get(i), ours.get(i).stripTrailing() + end(ours, i), asked.get(i));
        }
    }

    private static String end(List<String> ours, int i) {
        return ours.get(i).endsWith(" ") ? " " : "";
    }

    @Test
    @Tag("A8-03")
    void aFailureIsAnUnknownHostExceptionWithItsCode() {
        var unknown =
                assertThrows(
                        UnknownHostException.class,
                        () ->
                                NameService.getAddrInfo(
                                        AddressQuery.of("1.2.3", "x").withFlags(AI_NUMERICSERV)));
        ResolveFailure failure = (ResolveFailure) unknown;
        assertEquals(EaiCode.EAI_NONAME, failure.code());
        assertNull(failure.errno());
        assertFalse(failure.isTemporary());
        assertEquals("1.2.3 service x", failure.name());
        assertEquals(
                "resolve 1.2.3 service x: EAI_NONAME (-2) Name or service not known",
                failure.getMessage());
        assertEquals(NameServiceTest.class.getName(), here(failure));
    }

    /** The first class of the trace that is none of the name service's own. */
    private static String here(Throwable failure) {
        for (StackTraceElement each : failure.getStackTrace()) {
            if (!each.getClassName().matches("sockeye\\.(Lookups|NameService)")) {
                return each.getClassName();
            }
        }
        return "";
    }

    @Test
    void textsThatCanBeNoNamesAreNotFound() {
        for (String host : List.of("a\0b", "x".repeat(2000), "a..\u00e4", "\u00e4".repeat(100))) {
            var failure =
                    assertThrows(
                            ResolveFailure.class,
                            () -> NameService.getAddrInfo(AddressQuery.of(host, null)));
            assertEquals(EaiCode.EAI_NONAME, failure.code(), host);
        }
    }

    /** Stands before the library. */
    private static final class Between extends ForwardingKernel implements AutoCloseable {
        private final Kernel before;
        private final int result;
        int lists;
        String asked = "";

        Between(int result) {
            super(Kernel.current());
            this.result = result;
            before = Kernel.install(this);
        }

        @Override
        protected long library(LibraryFunction function, int[] errno, long... arguments) {
            if (function == LibraryFunction.GETADDRINFO && result != 0) {
                errno[0] = Errno.EMFILE.number();
                return 0x1_0000_0000L | Integer.toUnsignedLong(result); // an int's upper half
            }
            if (function == LibraryFunction.GETADDRINFO && arguments[0] != 0) {
                asked = sockeye.internal.kernel.CMemory.text(arguments[0], 100);
            }
            long answer = super.library(function, errno, arguments);
            lists += function == LibraryFunction.GETADDRINFO && (int) answer == 0 ? 1 : 0;
            lists -= function == LibraryFunction.FREEADDRINFO ? 1 : 0;
            return answer;
        }

        @Override
        public void close() {
            Kernel.install(before);
        }
    }

    @Test
    void aSystemErrorSaysWhich() {
        try (var between = new Between(-11)) {
            var failure =
                    assertThrows(
                            ResolveFailure.class,
                            () -> NameService.getAddrInfo(AddressQuery.of("localhost", null)));
            assertEquals(EaiCode.EAI_SYSTEM, failure.code());
            assertEquals(Errno.EMFILE, failure.errno());
            assertEquals(
                    "resolve localhost: EAI_SYSTEM (-11) System error: "
                            + "EMFILE (24) Too many open files",
                    failure.getMessage());
            assertEquals(0, between.lists);
        }
    }

    @Test
    void whatTheLibraryAllocatesIsFreed() throws Exception {
        try (var between = new Between(0)) {
            for (AddressQuery query : QUERIES) {
                told(query);
                assertEquals(0, between.lists, query.toString());
            }
        }
    }

    @Test
    void aNameInOtherLettersIsEncodedAsIdna() throws Exception {
        try (var between = new Between(0)) {
            assertThrows(
                    ResolveFailure.class,
                    () -> NameService.getAddrInfo(AddressQuery.of("b\u00fccher.invalid", null)));
            assertEquals("xn--bcher-kva.invalid", between.asked);
        }
    }

    @Test
    @Tag("A7-02")
    void addressesHaveTheNamesThatPythonGets() throws Exception {
        List<String> ours = new ArrayList<>();
        List<String> asked = new ArrayList<>();
        for (String address : List.of("127.0.0.1", "::1", "192.0.2.1", "fe80::1%1")) {
            for (int port : List.of(0, 22, 53, 80, 65535)) {
                for (int flags : List.of(0, 1, 2, 3, 4, 8, 16, 8 | 1, 0x4000)) {
                    if (address.equals("192.0.2.1") && (flags & 1) == 0) {
                        continue; // would ask a server for it
                    }
                    asked.add(address + "\t" + port + "\t" + flags);
                    try {
                        NameInfo info =
                                NameService.getNameInfo(InetEndpoint.of(address, port), flags);
                        ours.add(info.host() + " " + info.service());
                    } catch (ResolveFailure failure) {
                        ours.add("failed " + failure.code().number());
                    }
                }
            }
        }
        assertEquals(
                Python.run(
                        """
                        import socket, sys
                        for line in sys.stdin:
                            address, port, flags = line.rstrip().split('\\t')
                            who = (address.split('%')[0], int(port))
                            if '%' in address:
                                who = who + (0, int(address.split('%')[1]))
                            try:
                                print(*socket.getnameinfo(who, int(flags)))
                            except socket.gaierror as e:
                                print('failed', e.errno)
                        """,
                        asked),
                ours);
    }

    private static String told(HostEntry entry) {
        return entry.name() + " " + entry.aliases() + " " + entry.addresses();
    }

    @Test
    @Tag("A7-03")
    void hostsAreWhatPythonSaysTheyAre() throws Exception {
        List<String> ours =
                List.of(
                        told(NameService.getHostByName("localhost")),
                        told(NameService.getHostByName("127.0.0.1")),
                        told(NameService.getHostByAddr(IpAddress.parse("127.0.0.1"))),
                        "" + NameService.getHostByName("localhost").addresses().getFirst());
        assertEquals(
                Python.run(
                        """
                        import socket
                        def show(entry):
                            lists = ['[' + ', '.join(each) + ']' for each in entry[1:]]
                            print(entry[0], *lists)
                        show(socket.gethostbyname_ex('localhost'))
                        show(socket.gethostbyname_ex('127.0.0.1'))
                        show(socket.gethostbyaddr('127.0.0.1'))
                        print(socket.gethostbyname('localhost'))
                        """,
                        List.of()),
                ours);
        assertEquals(
                IpAddress.LOOPBACK_IPV6,
                NameService.getHostByName("::1", AF_INET6, Deadline.NONE).addresses().getFirst());
    }

    @Test
    @Tag("A7-03")
    void aHostThatIsNotThereIsAFailureWithACode() {
        assertThrows(ResolveFailure.class, () -> NameService.getHostByName(NOBODY));
        var family =
                assertThrows(
                        ResolveFailure.class,
                        () -> NameService.getHostByName("localhost", AF_UNSPEC, Deadline.NONE));
        assertEquals(EaiCode.EAI_FAMILY, family.code());
    }

    @Test
    @Tag("A7-04")
    void thisHostIsCalledWhatPythonCallsIt() throws Exception {
        assertEquals(
                Python.run(
                        """
                        import socket
                        print(socket.gethostname())
                        for name in '', '0.0.0.0', 'localhost', '127.0.0.1', 'unknown.invalid':
                            print(socket.getfqdn(name))
                        """,
                        List.of()),
                List.of(
                        NameService.getHostName(),
                        NameService.getFqdn(),
                        NameService.getFqdn("0.0.0.0"),
                        NameService.getFqdn("localhost"),
                        NameService.getFqdn("127.0.0.1"),
                        NameService.getFqdn("unknown.invalid")));
    }

    @Test
    @Tag("A7-04")
    void aHostNameOfMoreThan64BytesIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> NameService.setHostName("x".repeat(65)));
    }

    @Test
    @Tag("A7-05")
    void servicesAndProtocolsAreThoseOfThePython() throws Exception {
        List<String> asked = new ArrayList<>();
        List<String> ours = new ArrayList<>();
        for (String protocol : List.of("tcp", "udp", "-", "sctp")) {
            String given = protocol.equals("-") ? null : protocol;
            for (String service : List.of("http", "domain", "ntp", "www", "nothing-such", "")) {
                asked.add("name\t" + service + "\t" + protocol);
                var found = NameService.getServByName(service, given);
                ours.add(found.map(entry -> "" + entry.port()).orElse("none"));
            }
            for (int port : List.of(22, 53, 80, 123, 65535)) {
                asked.add("port\t" + port + "\t" + protocol);
                ours.add(NameService.getServByPort(port, given).map(e -> e.name()).orElse("none"));
            }
        }
        for (String name : List.of("tcp", "TCP", "icmp", "ipv6-icmp", "nothing-such")) {
            asked.add("proto\t" + name + "\t-");
            var found = NameService.getProtoByName(name);
            ours.add(found.map(entry -> "" + entry.number()).orElse("none"));
        }
        assertEquals(
                Python.run(
                        """
                        import socket, sys
                        for line in sys.stdin:
                            kind, key, proto = line.rstrip('\\n').split('\\t')
                            more = () if proto == '-' else (proto,)
                            try:
                                print(socket.getservbyname(key, *more) if kind == 'name' else
                                      socket.getservbyport(int(key), *more) if kind == 'port' else
                                      socket.getprotobyname(key))
                            except OSError:
                                print('none')
                        """,
                        asked),
                ours);
        assertEquals(
                Optional.of(6),
                NameService.getProtoByNumber(6).map(NameService.ProtocolEntry::number));
        assertTrue(NameService.getProtoByName("tcp").orElseThrow().aliases().contains("TCP"));
        assertNotEquals("", NameService.getServByPort(80, "tcp").orElseThrow().protocol());
        assertTrue(NameService.getProtoByNumber(250).isEmpty());
        assertThrows(IllegalArgumentException.class, () -> NameService.getServByPort(65536, null));
    }

    /** musl's way, which glibc has too. */
    @Test
    @Tag("A7-05")
    void withoutTheReentrantFormsTheOthersServe() throws Exception {
        Kernel before =
                Kernel.install(
                        new ForwardingKernel(Kernel.current()) {
                            @Override
                            public boolean has(LibraryFunction function) {
                                return !function.name().endsWith("_R");
                            }
                        });
        try {
            assertEquals(6, NameService.getProtoByName("tcp").orElseThrow().number());
            assertEquals("udp", NameService.getProtoByNumber(17).orElseThrow().name());
            assertTrue(NameService.getProtoByName("nothing-such").isEmpty());
        } finally {
            Kernel.install(before);
        }
    }
}
