// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.junit.jupiter.api.Assumptions;

import java.io.Closeable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** One open socket of each kind that options are tried on, with peers where it has some. */
final class OptionSockets implements Closeable {
    static final int IPPROTO_TCP = 6;
    static final int IPPROTO_ICMP = 1;
    static final int IPPROTO_ICMPV6 = 58;
    static final int IPPROTO_RAW = 255;
    static final int IPPROTO_MPTCP = 262;

    private final Deque<Closeable> open = new ArrayDeque<>();

    /** What a kind of socket is for: the levels whose options it has. */
    static final Map<String, List<List<Option<?>>>> LEVELS = levels();

    private static Map<String, List<List<Option<?>>>> levels() {
        Map<String, List<List<Option<?>>>> levels = new LinkedHashMap<>();
        levels.put("tcp4", List.of(SoOption.all(), IpOption.all(), TcpOption.all()));
        levels.put("tcp4-listener", List.of(SoOption.all(), IpOption.all(), TcpOption.all()));
        levels.put("tcp6", List.of(SoOption.all(), Ipv6Option.all(), TcpOption.all()));
        levels.put("udp4", List.of(SoOption.all(), IpOption.all(), UdpOption.all()));
        levels.put(
                "udp6", List.of(SoOption.all(), IpOption.all(), Ipv6Option.all(), UdpOption.all()));
        levels.put("raw4", List.of(SoOption.all(), IpOption.all()));
        levels.put("raw6", List.of(SoOption.all(), Ipv6Option.all()));
        levels.put("unix", List.of(SoOption.all()));
        levels.put("unix-dgram", List.of(SoOption.all()));
        levels.put("unix-seqpacket", List.of(SoOption.all()));
        levels.put("mptcp", List.of(SoOption.all(), TcpOption.all(), MptcpOption.all()));
        levels.put("netlink", List.of(SoOption.all(), NetlinkOption.all()));
        return levels;
    }

    /** A socket of this kind; connected where the kind knows connections. */
    LinuxSocket open(String kind) throws IOException {
        return switch (kind) {
            case "tcp4" -> stream(IpAddress.LOOPBACK_IPV4, IPPROTO_TCP);
            case "tcp6" -> stream(IpAddress.LOOPBACK_IPV6, IPPROTO_TCP);
            case "mptcp" -> stream(IpAddress.LOOPBACK_IPV4, IPPROTO_MPTCP);
            case "tcp4-listener" -> listener(IpAddress.LOOPBACK_IPV4, IPPROTO_TCP);
            case "udp4" -> datagrams(IpAddress.LOOPBACK_IPV4);
            case "udp6" -> datagrams(IpAddress.LOOPBACK_IPV6);
            case "udp4-new" -> socket(AddressFamily.AF_INET, SocketType.SOCK_DGRAM, 0);
            case "udp6-new" -> socket(AddressFamily.AF_INET6, SocketType.SOCK_DGRAM, 0);
            case "tcp4-new" -> socket(AddressFamily.AF_INET, SocketType.SOCK_STREAM, 0);
            case "tcp6-mapped" -> mapped();
            case "udp4-shared" -> shared();
            case "raw4" -> socket(AddressFamily.AF_INET, SocketType.SOCK_RAW, IPPROTO_ICMP);
            case "raw6" -> socket(AddressFamily.AF_INET6, SocketType.SOCK_RAW, IPPROTO_ICMPV6);
            case "raw6-raw" -> socket(AddressFamily.AF_INET6, SocketType.SOCK_RAW, IPPROTO_RAW);
            case "raw6-other" -> socket(AddressFamily.AF_INET6, SocketType.SOCK_RAW, 200);
            case "netlink" -> socket(AddressFamily.AF_NETLINK, SocketType.SOCK_RAW, 0);
            case "unix" -> pair(SocketType.SOCK_STREAM);
            case "unix-dgram" -> pair(SocketType.SOCK_DGRAM);
            case "unix-seqpacket" -> pair(SocketType.SOCK_SEQPACKET);
            default -> throw new IllegalArgumentException(kind);
        };
    }

    LinuxSocket socket(int family, int type, int protocol) throws IOException {
        LinuxSocket socket = LinuxSocket.socket(family, type, protocol);
        open.push(socket::close);
        return socket;
    }

    private LinuxSocket listener(IpAddress address, int protocol) throws IOException {
        LinuxSocket listener = socket(address.family(), SocketType.SOCK_STREAM, protocol);
        listener.bind(InetEndpoint.of(address, 0));
        listener.listen();
        return listener;
    }

    private LinuxSocket stream(IpAddress address, int protocol) throws IOException {
        LinuxSocket listener = listener(address, protocol);
        LinuxSocket client = socket(address.family(), SocketType.SOCK_STREAM, protocol);
        client.connect(listener.getSockName());
        open.push(listener.accept().socket()::close);
        return client;
    }

    private LinuxSocket datagrams(IpAddress address) throws IOException {
        LinuxSocket peer = socket(address.family(), SocketType.SOCK_DGRAM, 0);
        peer.bind(InetEndpoint.of(address, 0));
        LinuxSocket socket = socket(address.family(), SocketType.SOCK_DGRAM, 0);
        socket.bind(InetEndpoint.of(address, 0));
        socket.connect(peer.getSockName());
        return socket;
    }

    /** A socket of AF_INET6 that is connected to an IPv4 peer. */
    private LinuxSocket mapped() throws IOException {
        LinuxSocket listener = listener(IpAddress.LOOPBACK_IPV4, IPPROTO_TCP);
        LinuxSocket client = socket(AddressFamily.AF_INET6, SocketType.SOCK_STREAM, 0);
        client.connect(listener.getSockName());
        return client;
    }

    /** A socket that others may share the address with. */
    private LinuxSocket shared() throws IOException {
        LinuxSocket socket = socket(AddressFamily.AF_INET, SocketType.SOCK_DGRAM, 0);
        socket.setOption(SoOption.REUSE_PORT, true);
        socket.bind(InetEndpoint.of(IpAddress.LOOPBACK_IPV4, 0));
        return socket;
    }

    private LinuxSocket pair(int type) throws IOException {
        LinuxSocket.Pair pair = LinuxSocket.socketPair(AddressFamily.AF_UNIX, type, 0);
        open.push(pair::close);
        return pair.left();
    }

    @Override
    public void close() throws IOException {
        while (!open.isEmpty()) {
            open.pop().close();
        }
    }

    static final int CAP_NET_ADMIN = 12;
    static final int CAP_NET_RAW = 13;

    /** Whether this process has a capability, by its number. */
    static boolean isCapable(int capability) throws IOException {
        for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
            if (line.startsWith("CapEff:")) {
                long set = Long.parseUnsignedLong(line.substring(7).strip(), 16);
                return (set >>> capability & 1) != 0;
            }
        }
        return false;
    }

    /** Skips a test of a kind that needs what this machine does not have, and says so. */
    static void assumeItCanBeOpened(String kind) throws IOException {
        String reason = whyNot(kind);
        if (!reason.isEmpty()) {
            skip(reason);
        }
    }

    static void assumeCapable(int capability, String name) throws IOException {
        if (!isCapable(capability)) {
            skip("this needs " + name);
        }
    }

    private static void skip(String reason) {
        System.err.println("*** skipped: " + reason);
        Assumptions.abort(reason);
    }

    /** What this machine lacks for a kind; empty if nothing. */
    static String whyNot(String kind) throws IOException {
        if (kind.startsWith("raw") && !isCapable(CAP_NET_RAW)) {
            return kind + " needs CAP_NET_RAW";
        }
        if (kind.equals("mptcp") && !Files.exists(Path.of("/proc/sys/net/mptcp/enabled"))) {
            return "this kernel has no Multipath TCP";
        }
        if (kind.contains("6") && !Files.exists(Path.of("/proc/net/if_inet6"))) {
            return "this kernel has no IPv6";
        }
        return "";
    }

    /** Options newer than Linux 5.4, by the version that brought them. */
    private static final Map<String, String> SINCE =
            Map.ofEntries(
                    // Known for long, but read since then; the last three at the latest.
                    Map.entry("SO_PEEK_OFF", "6.9"),
                    Map.entry("IP_ROUTER_ALERT", "6.18"),
                    Map.entry("IPV6_ROUTER_ALERT", "6.18"),
                    Map.entry("NETLINK_LISTEN_ALL_NSID", "6.18"),
                    Map.entry("SO_NETNS_COOKIE", "5.14"),
                    Map.entry("SO_BUF_LOCK", "5.14"),
                    Map.entry("SO_RESERVE_MEM", "5.16"),
                    Map.entry("SO_TXREHASH", "5.18"),
                    Map.entry("SO_RCVMARK", "5.19"),
                    Map.entry("SO_RCVPRIORITY", "6.14"),
                    Map.entry("SO_PEERPIDFD", "6.5"),
                    Map.entry("SO_PASSPIDFD", "6.5"),
                    Map.entry("SO_PASSRIGHTS", "6.16"),
                    Map.entry("SO_INQ", "6.17"),
                    Map.entry("SO_PREFER_BUSY_POLL", "5.11"),
                    Map.entry("SO_BUSY_POLL_BUDGET", "5.11"),
                    Map.entry("IP_PROTOCOL", "6.4"),
                    Map.entry("IP_LOCAL_PORT_RANGE", "6.3"),
                    Map.entry("IP_RECVERR_RFC4884", "5.9"),
                    Map.entry("IPV6_RECVERR_RFC4884", "5.9"),
                    Map.entry("TCP_RTO_MAX_MS", "6.15"),
                    Map.entry("TCP_RTO_MIN_US", "6.15"),
                    Map.entry("TCP_DELACK_MAX_US", "6.15"),
                    Map.entry("TCP_IS_MPTCP", "6.9"),
                    Map.entry("MPTCP_INFO", "5.16"));

    private static final Set<String> TOLD = ConcurrentHashMap.newKeySet();

    static boolean isKnownToThisKernel(Option<?> option) throws IOException {
        String since = SINCE.get(option.name());
        if (since == null) {
            return true;
        }
        String release = Files.readString(Path.of("/proc/sys/kernel/osrelease"));
        String[] have = release.split("[^0-9]+");
        String[] need = since.split("\\.");
        int major = Integer.compare(Integer.parseInt(have[0]), Integer.parseInt(need[0]));
        int minor = Integer.compare(Integer.parseInt(have[1]), Integer.parseInt(need[1]));
        boolean known = (major != 0 ? major : minor) >= 0;
        if (!known && TOLD.add(option.name())) {
            System.err.println("*** skipped: " + option.name() + " needs Linux " + since);
        }
        return known;
    }
}
