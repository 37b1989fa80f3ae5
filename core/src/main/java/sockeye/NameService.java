// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.CStruct;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.Scratch;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * The C library's name service, as it is: hosts, services and protocols by name and by number, with
 * every flag and every error code of getaddrinfo(3) and its kin. What {@code /etc/nsswitch.conf},
 * {@code /etc/hosts}, {@code /etc/services}, {@code /etc/resolv.conf} and {@code /etc/gai.conf} say
 * holds here, as it does for every other program of the machine; nothing is remembered.
 *
 * <pre>{@code
 * for (var each : NameService.getAddrInfo(AddressQuery.of("example.org", "https"))) {
 *     System.out.println(each.endpoint());
 * }
 * System.out.println(NameService.getNameInfo(InetEndpoint.of("127.0.0.1", 80), 0));
 * }</pre>
 *
 * <p>To connect to a name none of this is needed: {@link StreamSocket#connect(EndpointSpec,
 * OptionSetting...)} asks the {@link NameResolver}.
 *
 * <p><b>Threads.</b> A look-up may take as long as the library likes. It runs on one of 32 platform
 * threads, never on the caller's, so that no virtual thread is pinned and every caller can be
 * interrupted or be late: he gets his exception at once, while the look-up goes on and its thread
 * counts as taken until it has come back. If all are taken up to 1024 look-ups wait for their turn;
 * a further one fails at once with EAI_AGAIN.
 *
 * <p><b>Errors.</b> {@link ResolveFailure}, an {@link UnknownHostException} with the code of
 * getaddrinfo(3); {@link java.net.SocketTimeoutException} if the deadline passes; {@link
 * SocketInterruptedException}. A service or protocol that is not known is an empty result.
 */
public final class NameService {
    private NameService() {}

    /**
     * A host with its other names: the answer of gethostbyname(3) and its kin.
     *
     * @param name the official name
     * @param aliases its other names
     * @param addresses at least one, in the library's order
     */
    public record HostEntry(String name, List<String> aliases, List<IpAddress> addresses) {
        /** Copies the lists. */
        public HostEntry {
            aliases = List.copyOf(aliases);
            addresses = List.copyOf(addresses);
        }
    }

    /**
     * A line of services(5).
     *
     * @param name the official name, {@code "http"}
     * @param aliases its other names
     * @param port 0 to 65535
     * @param protocol the protocol's name, {@code "tcp"}
     */
    public record ServiceEntry(String name, List<String> aliases, int port, String protocol) {
        /** Copies the list. */
        public ServiceEntry {
            aliases = List.copyOf(aliases);
        }
    }

    /**
     * A line of protocols(5).
     *
     * @param name the official name, {@code "tcp"}
     * @param aliases its other names, {@code "TCP"}
     * @param number the {@link IpProtocol}
     */
    public record ProtocolEntry(String name, List<String> aliases, int number) {
        /** Copies the list. */
        public ProtocolEntry {
            aliases = List.copyOf(aliases);
        }
    }

    /**
     * The addresses of a host and a service; getaddrinfo(3).
     *
     * @return at least one, in the order to be tried: RFC 6724, as gai.conf(5) has changed it
     */
    public static List<AddressInfo> getAddrInfo(AddressQuery query) throws IOException {
        return getAddrInfo(query, Deadline.NONE);
    }

    /** The same, to be done by a deadline. */
    public static List<AddressInfo> getAddrInfo(AddressQuery query, Deadline deadline)
            throws IOException {
        return Lookups.await(query.describe(), deadline, () -> AddressLookup.forward(query));
    }

    /**
     * The names of an address and a port; getnameinfo(3).
     *
     * @param flags of {@code NI_} in {@link NameInfo}, or-ed
     */
    public static NameInfo getNameInfo(InetEndpoint endpoint, int flags) throws IOException {
        return getNameInfo(endpoint, flags, Deadline.NONE);
    }

    /** The same, to be done by a deadline. */
    public static NameInfo getNameInfo(InetEndpoint endpoint, int flags, Deadline deadline)
            throws IOException {
        return Lookups.await(
                endpoint.toString(), deadline, () -> AddressLookup.reverse(endpoint, flags));
    }

    /**
     * The IPv4 addresses of a host, with its official name and its aliases; gethostbyname(3),
     * Python's {@code gethostbyname_ex}. The first address is what Python's {@code gethostbyname}
     * gives. New programs ask {@link #getAddrInfo}.
     */
    public static HostEntry getHostByName(String host) throws IOException {
        return getHostByName(host, AddressFamily.AF_INET, Deadline.NONE);
    }

    /** The same for AF_INET or AF_INET6, to be done by a deadline; gethostbyname2(3). */
    public static HostEntry getHostByName(String host, int family, Deadline deadline)
            throws IOException {
        return Lookups.await(host, deadline, () -> HostLookup.byName(host, family));
    }

    /** The host that has an address; gethostbyaddr(3). */
    public static HostEntry getHostByAddr(IpAddress address) throws IOException {
        return getHostByAddr(address, Deadline.NONE);
    }

    /** The same, to be done by a deadline. */
    public static HostEntry getHostByAddr(IpAddress address, Deadline deadline) throws IOException {
        return Lookups.await(address.toString(), deadline, () -> HostLookup.byAddress(address));
    }

    /**
     * The service of a name; getservbyname(3).
     *
     * @param protocol {@code "tcp"}, {@code "udp"}, …, or null for whichever comes first
     * @return empty if there is none such
     */
    public static Optional<ServiceEntry> getServByName(String name, @Nullable String protocol)
            throws IOException {
        return Lookups.await(name, Deadline.NONE, () -> ServiceLookup.byName(name, protocol));
    }

    /**
     * The service of a port; getservbyport(3).
     *
     * @param port 0 to 65535
     * @param protocol {@code "tcp"}, {@code "udp"}, …, or null for whichever comes first
     * @return empty if there is none such
     */
    public static Optional<ServiceEntry> getServByPort(int port, @Nullable String protocol)
            throws IOException {
        NetworkOrder.htons(port);
        return Lookups.await(
                "port " + port, Deadline.NONE, () -> ServiceLookup.byPort(port, protocol));
    }

    /** The protocol of a name, {@code "icmp"}; getprotobyname(3). Empty if there is none such. */
    public static Optional<ProtocolEntry> getProtoByName(String name) throws IOException {
        return Lookups.await(name, Deadline.NONE, () -> ProtocolLookup.byName(name));
    }

    /** The protocol of a number; getprotobynumber(3). Empty if there is none such. */
    public static Optional<ProtocolEntry> getProtoByNumber(int number) throws IOException {
        return Lookups.await(
                "protocol " + number, Deadline.NONE, () -> ProtocolLookup.byNumber(number));
    }

    /** This host's name: what uname(2) says, in the UTS namespace of the process. */
    public static String getHostName() throws IOException {
        try (Scratch scratch = Scratch.take()) {
            int result = Kernel.current().uname(scratch.address(Scratch.CONTROL));
            if (result < 0) {
                throw ErrnoFailure.of("uname", -result, null, null, null, 0);
            }
            MemorySegment names = scratch.memory().asSlice(Scratch.CONTROL, Utsname.SIZEOF);
            return names.getString(Utsname.nodename, StandardCharsets.UTF_8);
        }
    }

    /**
     * Gives this host another name; sethostname(2). It needs CAP_SYS_ADMIN in the user namespace
     * that owns the UTS namespace.
     *
     * @param name up to 64 bytes in UTF-8
     * @throws IllegalArgumentException if it is longer
     * @throws IOException EPERM
     */
    public static void setHostName(String name) throws IOException {
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        if (bytes.length > Utsname.MOST) {
            throw new IllegalArgumentException("a host name of more than 64 bytes: " + name);
        }
        try (Scratch scratch = Scratch.take()) {
            MemorySegment.copy(
                    MemorySegment.ofArray(bytes),
                    0,
                    scratch.memory(),
                    Scratch.CONTROL,
                    bytes.length);
            int result =
                    Kernel.current().sethostname(scratch.address(Scratch.CONTROL), bytes.length);
            if (result < 0) {
                throw ErrnoFailure.of("sethostname", -result, name, null, null, 0);
            }
        }
    }

    /**
     * This host's fully qualified name, as far as the name service knows one; else {@link
     * #getHostName}.
     */
    public static String getFqdn() throws IOException {
        return getFqdn("");
    }

    /**
     * The fully qualified name of a host: of its official name and its aliases the first that has a
     * dot in it, else its official name. A host that is not known, or whose address has no name, is
     * given back as it is; so is the behaviour of Python's {@code getfqdn}.
     *
     * @param host a name or an address as text; empty, {@code 0.0.0.0} or {@code ::} for this host
     */
    public static String getFqdn(String host) throws IOException {
        String text = host.strip();
        IpAddress literal = IpAddress.parseOrNull(text);
        boolean own = text.isEmpty() || (literal != null && literal.isUnspecified());
        String name = own ? getHostName() : text;
        return Lookups.await(name, Deadline.NONE, () -> HostLookup.qualified(name));
    }

    /** Names of this system; each has room for 64 bytes and a zero. */
    @CStruct("struct new_utsname")
    private static final class Utsname {
        static final int SIZEOF = 390;
        static final int nodename = 65;
        static final int MOST = 64;

        private Utsname() {}
    }
}
