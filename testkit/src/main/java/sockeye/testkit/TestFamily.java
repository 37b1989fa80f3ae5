// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import static sockeye.AddressFamily.AF_INET;
import static sockeye.AddressFamily.AF_INET6;
import static sockeye.AddressFamily.AF_NETLINK;
import static sockeye.AddressFamily.AF_TIPC;
import static sockeye.AddressFamily.AF_UNIX;
import static sockeye.AddressFamily.AF_VSOCK;
import static sockeye.IpProtocol.IPPROTO_MPTCP;
import static sockeye.IpProtocol.IPPROTO_SCTP;
import static sockeye.IpProtocol.IPPROTO_UDPLITE;
import static sockeye.SocketType.SOCK_DGRAM;
import static sockeye.SocketType.SOCK_RDM;
import static sockeye.SocketType.SOCK_SEQPACKET;
import static sockeye.SocketType.SOCK_STREAM;
import static sockeye.testkit.Ability.NOTICING_NO_READER;
import static sockeye.testkit.FamilyLacks.TIPC;
import static sockeye.testkit.FamilyLacks.TIPC_DATAGRAMS;
import static sockeye.testkit.FamilyLacks.UDP;
import static sockeye.testkit.FamilyLacks.UNIX;
import static sockeye.testkit.FamilyLacks.UNIX_DGRAM;
import static sockeye.testkit.FamilyLacks.UNIX_DGRAM_NAMELESS;
import static sockeye.testkit.FamilyLacks.UNIX_NAMELESS;

import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.LinuxSocket;
import sockeye.NetlinkEndpoint;
import sockeye.NetlinkProtocol;
import sockeye.SctpOption;
import sockeye.SctpRetransmission;
import sockeye.TipcEndpoint;
import sockeye.UnixEndpoint;
import sockeye.VsockEndpoint;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The ways to connect two sockets on one machine that the contract suites are run over: family,
 * type, protocol, and the form of the address.
 *
 * <p>A family that this kernel lacks is skipped, and the reason printed, unless it is {@linkplain
 * #isRequired() required}: then its tests fail. The system property {@code sockeye.families} names
 * those that a run is for, {@code tipc-stream,vsock}; without it a run is for all.
 */
@SuppressWarnings("ImmutableEnumChecker") // a supplier without state, an immutable map
public enum TestFamily implements Fixture {
    /** TCP over 127.0.0.1. */
    TCP4(AF_INET, SOCK_STREAM, 0, TestFamily::loopback4),
    /** TCP over ::1. */
    TCP6(AF_INET6, SOCK_STREAM, 0, TestFamily::loopback6),
    /** TCP from 127.0.0.1 to a listener on [::]. */
    TCP_DUAL(AF_INET6, SOCK_STREAM, 0, () -> InetEndpoint.any(0)),
    /** Multipath TCP over 127.0.0.1. */
    MPTCP(
            AF_INET,
            SOCK_STREAM,
            IPPROTO_MPTCP,
            TestFamily::loopback4,
            Map.of(NOTICING_NO_READER, "it hopes for another path")),
    /** AF_UNIX streams by a path name. */
    UNIX_PATH(AF_UNIX, SOCK_STREAM, 0, TestFamily::path, UNIX),
    /** AF_UNIX streams by an abstract name. */
    UNIX_ABSTRACT(AF_UNIX, SOCK_STREAM, 0, TestFamily::abstractName, UNIX),
    /** AF_UNIX streams of socketpair(2). */
    UNIX_PAIR(AF_UNIX, SOCK_STREAM, 0, TestFamily::none, UNIX_NAMELESS),
    /** UDP over 127.0.0.1. */
    UDP4(AF_INET, SOCK_DGRAM, 0, TestFamily::loopback4, UDP),
    /** UDP over ::1. */
    UDP6(AF_INET6, SOCK_DGRAM, 0, TestFamily::loopback6, UDP),
    /** AF_UNIX datagrams by path names. */
    UNIX_DGRAM_PATH(AF_UNIX, SOCK_DGRAM, 0, TestFamily::path, UNIX_DGRAM),
    /** AF_UNIX datagrams by abstract names. */
    UNIX_DGRAM_ABSTRACT(AF_UNIX, SOCK_DGRAM, 0, TestFamily::abstractName, UNIX_DGRAM),
    /** AF_UNIX datagrams by names of the kernel's choice. */
    UNIX_DGRAM_AUTOBIND(AF_UNIX, SOCK_DGRAM, 0, UnixEndpoint::unnamed, UNIX_DGRAM),
    /** AF_UNIX datagrams of socketpair(2). */
    UNIX_DGRAM_PAIR(AF_UNIX, SOCK_DGRAM, 0, TestFamily::none, UNIX_DGRAM_NAMELESS),
    /** AF_UNIX records by a path name. */
    UNIX_SEQPACKET_PATH(AF_UNIX, SOCK_SEQPACKET, 0, TestFamily::path, UNIX),
    /** AF_UNIX records by an abstract name. */
    UNIX_SEQPACKET_ABSTRACT(AF_UNIX, SOCK_SEQPACKET, 0, TestFamily::abstractName, UNIX),
    /** AF_UNIX records of socketpair(2). */
    UNIX_SEQPACKET_PAIR(AF_UNIX, SOCK_SEQPACKET, 0, TestFamily::none, UNIX_NAMELESS),
    /** AF_NETLINK between processes, NETLINK_USERSOCK, by ports of the kernel's choice. */
    NETLINK(
            AF_NETLINK,
            SOCK_DGRAM,
            NetlinkProtocol.NETLINK_USERSOCK,
            () -> NetlinkEndpoint.KERNEL,
            FamilyLacks.NETLINK),
    /** UDP-Lite over 127.0.0.1. */
    UDPLITE(AF_INET, SOCK_DGRAM, IPPROTO_UDPLITE, TestFamily::loopback4, UDP),
    /** SCTP, one socket a connection, over 127.0.0.1. */
    SCTP(AF_INET, SOCK_STREAM, IPPROTO_SCTP, TestFamily::loopback4, FamilyLacks.SCTP),
    /** AF_VSOCK streams by loopback. */
    VSOCK(AF_VSOCK, SOCK_STREAM, 0, TestFamily::loopbackVsock, FamilyLacks.VSOCK),
    /** AF_VSOCK records by loopback. */
    VSOCK_SEQPACKET(
            AF_VSOCK, SOCK_SEQPACKET, 0, TestFamily::loopbackVsock, FamilyLacks.VSOCK_SEQPACKET),
    /** TIPC streams. */
    TIPC_STREAM(AF_TIPC, SOCK_STREAM, 0, TestFamily::service, TIPC),
    /** TIPC records. */
    TIPC_SEQPACKET(AF_TIPC, SOCK_SEQPACKET, 0, TestFamily::service, TIPC),
    /** TIPC reliable datagrams. */
    TIPC_RDM(AF_TIPC, SOCK_RDM, 0, TestFamily::service, TIPC_DATAGRAMS),
    /** TIPC datagrams. */
    TIPC_DGRAM(AF_TIPC, SOCK_DGRAM, 0, TestFamily::service, TIPC_DATAGRAMS);

    private static final AtomicLong NAMES = new AtomicLong();
    private static final Map<TestFamily, Optional<String>> MISSING =
            new EnumMap<>(TestFamily.class);

    private final int family;
    private final int type;
    private final int protocol;
    private final Supplier<Endpoint> names;
    private final Map<Ability, String> lacks;

    TestFamily(int family, int type, int protocol, Supplier<Endpoint> names) {
        this(family, type, protocol, names, Map.of());
    }

    TestFamily(
            int family,
            int type,
            int protocol,
            Supplier<Endpoint> names,
            Map<Ability, String> lacks) {
        this.family = family;
        this.type = type;
        this.protocol = protocol;
        this.names = names;
        this.lacks = lacks;
    }

    @Override
    public int family() {
        return family;
    }

    @Override
    public int type() {
        return type;
    }

    @Override
    public int protocol() {
        return protocol;
    }

    @Override
    public Endpoint fresh() {
        return names.get();
    }

    @Override
    public boolean completesNames() {
        return family != AF_UNIX || this == UNIX_DGRAM_AUTOBIND;
    }

    @Override
    public Map<Ability, String> lacks() {
        return lacks;
    }

    /** Those that this run is for. */
    public static Stream<TestFamily> all() {
        String named = System.getProperty("sockeye.families");
        return Arrays.stream(values()).filter(each -> named == null || each.isAmong(named));
    }

    /** Those of them that move bytes. */
    public static Stream<TestFamily> streams() {
        return all().filter(TestFamily::isStream);
    }

    /** Those that move messages. */
    public static Stream<TestFamily> messages() {
        return all().filter(each -> !each.isStream());
    }

    /** Those whose connections are accepted. */
    public static Stream<TestFamily> listening() {
        return all().filter(TestFamily::isAccepted);
    }

    /** Whether names, separated by commas, have this one's or the beginning of it: {@code unix}. */
    private boolean isAmong(String names) {
        return Arrays.stream(names.split(","))
                .anyMatch(each -> toString().equals(each) || toString().startsWith(each + "-"));
    }

    /**
     * Whether the kernel must have it: it is among those that the environment's {@code
     * SOCKEYE_REQUIRE_FAMILIES} names, {@code tcp4,unix}. Without that, and with {@code CI} set to
     * {@code true}, TCP, UDP and AF_UNIX are.
     */
    public boolean isRequired() {
        String named = System.getenv("SOCKEYE_REQUIRE_FAMILIES");
        if (named != null) {
            return isAmong(named);
        }
        boolean common = family == AF_INET || family == AF_INET6 || family == AF_UNIX;
        return common && protocol == 0 && "true".equals(System.getenv("CI"));
    }

    /** Why this kernel cannot do it, or empty if it can. */
    public Optional<String> missing() {
        synchronized (MISSING) {
            Optional<String> known = MISSING.get(this);
            if (known == null) {
                known = probe();
                MISSING.put(this, known);
                known.ifPresent(why -> System.err.println("*** skipped: " + this + ": " + why));
            }
            return known;
        }
    }

    private Optional<String> probe() {
        try (LinuxSocket.Pair pair = connect()) {
            return pair.left().isOpen() ? Optional.empty() : Optional.of("closed at once");
        } catch (IOException lacking) {
            return Optional.of(String.valueOf(lacking.getMessage()));
        }
    }

    @Override
    public void require() {
        Optional<String> missing = missing();
        if (missing.isPresent() && isRequired()) {
            Assertions.fail(this + " is missing: " + missing.get());
        }
        Assumptions.assumeTrue(missing.isEmpty(), () -> this + ": " + missing.orElse(""));
    }

    private static Endpoint loopback4() {
        return InetEndpoint.of("127.0.0.1", 0);
    }

    private static Endpoint loopback6() {
        return InetEndpoint.of("::1", 0);
    }

    private static Endpoint loopbackVsock() {
        return VsockEndpoint.local(VsockEndpoint.VMADDR_PORT_ANY);
    }

    private static Endpoint path() {
        return UnixEndpoint.of(freshPath());
    }

    private static Endpoint abstractName() {
        return UnixEndpoint.ofAbstract(freshName());
    }

    private static Endpoint service() {
        return TipcEndpoint.service(28_888, NAMES.incrementAndGet());
    }

    private static Endpoint none() {
        throw new UnsupportedOperationException("socketpair(2) gives no names");
    }

    /** An abstract name that nobody else uses. */
    public static String freshName() {
        return "sockeye-test-" + ProcessHandle.current().pid() + "-" + NAMES.incrementAndGet();
    }

    /** A path that nobody else uses, in a directory that goes with this process. */
    public static Path freshPath() {
        return Directory.PATH.resolve("s" + NAMES.incrementAndGet());
    }

    /** One lost packet stops SCTP for a second unless it is told otherwise. */
    @Override
    public LinuxSocket socket() throws IOException {
        LinuxSocket socket = LinuxSocket.socket(family, type, protocol);
        if (this == SCTP) {
            var soon = Duration.ofMillis(20);
            socket.setOption(SctpOption.RTOINFO, new SctpRetransmission(soon, soon, soon));
        }
        return socket;
    }

    @Override
    public LinuxSocket client() throws IOException {
        return this == TCP_DUAL ? LinuxSocket.socket(AF_INET, type, protocol) : socket();
    }

    @Override
    public Endpoint reachable(Endpoint bound) {
        return this == TCP_DUAL
                ? InetEndpoint.of("127.0.0.1", ((InetEndpoint) bound).port())
                : bound;
    }

    /** The name in small letters: {@code unix-dgram-path}. */
    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    /** Where the path names are; removed when the process ends. */
    private static final class Directory {
        static final Path PATH = make();

        private static Path make() {
            try {
                Path made = Files.createTempDirectory("sockeye-test");
                Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(made)));
                return made;
            } catch (IOException failed) {
                throw new UncheckedIOException(failed);
            }
        }

        private static void remove(Path directory) {
            try (Stream<Path> files = Files.list(directory)) {
                for (Path each : files.toList()) {
                    Files.deleteIfExists(each);
                }
                Files.deleteIfExists(directory);
            } catch (IOException left) {
                System.err.println("*** left behind: " + directory);
            }
        }
    }
}
