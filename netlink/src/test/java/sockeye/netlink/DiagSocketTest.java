// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static sockeye.IpProtocol.IPPROTO_TCP;
import static sockeye.IpProtocol.IPPROTO_UDP;
import static sockeye.TcpInfo.State.CLOSE;
import static sockeye.TcpInfo.State.ESTABLISHED;
import static sockeye.TcpInfo.State.LISTEN;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import sockeye.AddressFamily;
import sockeye.Errno;
import sockeye.ErrnoFailure;
import sockeye.InetEndpoint;
import sockeye.IpOption;
import sockeye.LinuxSocket;
import sockeye.Listener;
import sockeye.MessageSocket;
import sockeye.NetlinkEndpoint;
import sockeye.NetlinkProtocol;
import sockeye.PacketEndpoint;
import sockeye.SoOption;
import sockeye.SocketType;
import sockeye.StreamSocket;
import sockeye.TcpOption;
import sockeye.UnixEndpoint;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.TestNetwork;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** The sockets of a network of the test's own, compared with what {@code ss} says of them. */
@Tag("H8")
@ExtendWith(NoLeaks.class)
class DiagSocketTest {
    private TestNetwork network;
    private DiagSocket diag;

    @BeforeEach
    void open() throws IOException {
        network = TestNetwork.create();
        diag = network.call(DiagSocket::open);
    }

    @AfterEach
    void close() throws IOException {
        if (network != null) {
            diag.close();
            network.close();
        }
    }

    /** A line of ss in words, of the socket with a cookie. */
    private Map<Long, String> ss(String options) throws IOException {
        Map<Long, String> lines = new HashMap<>();
        for (String line : network.run("ss", "-H", "-O", "-n", "-e", options).lines().toList()) {
            String cookie = value(line, "sk:");
            if (!cookie.isEmpty()) {
                lines.put(Long.parseUnsignedLong(cookie, 16), line);
            }
        }
        return lines;
    }

    private static String value(String line, String key) {
        return Arrays.stream(line.split("[ \t]+"))
                .filter(word -> word.startsWith(key))
                .map(word -> word.substring(key.length()))
                .findFirst()
                .orElse("");
    }

    private static long cookie(LinuxSocket socket) throws IOException {
        return socket.getOption(SoOption.COOKIE);
    }

    /** State, queues and addresses, as ss prints them. */
    private static String asSs(InetReport report) {
        String state =
                switch (report.state()) {
                    case ESTABLISHED -> "ESTAB";
                    case CLOSE -> "UNCONN";
                    default -> report.state().name();
                };
        return String.join(
                " ",
                state,
                "" + report.receiveQueue(),
                "" + report.sendQueue(),
                asSs(report.local()),
                asSs(report.peer()));
    }

    private static String asSs(InetEndpoint endpoint) {
        String address = endpoint.address().toString();
        return (endpoint.address().isIpv6() ? "[" + address + "]" : address)
                + ":"
                + (endpoint.port() == 0 ? "*" : endpoint.port());
    }

    private static String firstWords(String line, int count) {
        String[] words = line.strip().split("[ \t]+");
        return String.join(" ", List.of(words).subList(0, count)).replace("*:*", "[::]:*");
    }

    @Test
    @Tag("F1-08")
    void everyTcpSocketIsAsSsShowsIt() throws Exception {
        try (var four = network.call(() -> Listener.stream(InetEndpoint.of("127.0.0.1", 0)));
                var six = network.call(() -> Listener.stream(InetEndpoint.of("::1", 0)));
                var left = network.call(() -> StreamSocket.connect(four.local()));
                var accepted = four.accept();
                var waits = network.call(() -> StreamSocket.connect(six.local()))) {
            left.write(ByteBuffer.allocate(1_234));
            Map<Long, String> theirs = ss("-tami");
            List<InetReport> ours = diag.tcp();
            assertEquals(6, ours.size());
            assertEquals(
                    theirs.keySet(), Set.copyOf(ours.stream().map(InetReport::cookie).toList()));
            for (InetReport each : ours) {
                String line = theirs.get(each.cookie());
                assertEquals(firstWords(line, 5), asSs(each), line);
                if (each.inode() != 0) {
                    assertEquals("" + each.inode(), value(line, "ino:"), line);
                }
                assertEquals(value(line, "cgroup:").isEmpty(), each.cgroup().isEmpty(), line);
                assertTrue(line.contains(" " + each.congestionControl()), line);
                assertTrue(line.contains("rb" + each.memory().receiveBuffer() + ","), line);
                assertTrue(line.contains("d" + each.memory().drops() + ")"), line);
                if (each.state() == ESTABLISHED) {
                    assertTrue(line.contains(" cwnd:" + each.tcp().congestionWindow()), line);
                    assertTrue(line.contains(" mss:" + each.tcp().sendSegmentSize()), line);
                }
            }
            InetReport received = diag.find(IPPROTO_TCP, cookie(accepted.socket())).orElseThrow();
            assertEquals(1_234, received.receiveQueue());
            assertEquals(0, received.uid());
            assertEquals(left.local(), received.peer());
            assertEquals(1_234, received.tcp().bytesReceived());
            assertTrue(received.settings().contains(InetReport.Setting.IS_ICSK));
            InetReport listens = diag.find(IPPROTO_TCP, cookie(six.socket())).orElseThrow();
            assertEquals(1, listens.receiveQueue(), "waits for accept");
            assertEquals(LISTEN, listens.state());
            assertNotNull(waits.local());
        }
    }

    @Test
    @Tag("F1-08")
    void everyUdpSocketIsAsSsShowsIt() throws Exception {
        try (var bound = network.call(() -> MessageSocket.bind(InetEndpoint.of("127.0.0.1", 0)));
                var peer = network.call(() -> MessageSocket.connect(bound.local()))) {
            bound.socket().setOption(IpOption.TOS, 0x10);
            peer.send(ByteBuffer.allocate(100));
            Map<Long, String> theirs = ss("-uam");
            List<InetReport> ours = diag.udp();
            assertEquals(2, ours.size());
            for (InetReport each : ours) {
                String line = theirs.get(each.cookie());
                assertEquals(firstWords(line, 5), asSs(each), line);
            }
            InetReport waiting = diag.find(IPPROTO_UDP, cookie(bound.socket())).orElseThrow();
            assertEquals(CLOSE, waiting.state());
            assertEquals(waiting.memory().receiveQueue(), waiting.receiveQueue());
            assertEquals(0x10, waiting.trafficClass().orElseThrow());
            assertEquals(
                    cookie(peer.socket()),
                    diag.find(
                                    IPPROTO_UDP,
                                    (InetEndpoint) peer.local(),
                                    (InetEndpoint) bound.local())
                            .orElseThrow()
                            .cookie());
        }
    }

    @Test
    void aFilterOfTheKernelFindsExactlyThose() throws Exception {
        List<AutoCloseable> open = new ArrayList<>();
        try {
            List<Integer> ports = new ArrayList<>();
            for (int i = 0; i < 40; i++) {
                int host = i % 4 + 1;
                int port = 20_000 + i;
                var address = InetEndpoint.of(i % 5 == 0 ? "::1" : "127.0.0." + host, port);
                var listener = network.call(() -> Listener.stream(address));
                open.add(listener);
                ports.add(port);
            }
            Map<DiagFilter, String> same = new HashMap<>();
            same.put(DiagFilter.localPort(20_007), "sport = 20007");
            same.put(DiagFilter.localPort(20_010, 20_019), "sport >= 20010 and sport <= 20019");
            same.put(
                    DiagFilter.localPort(0, 20_003).or(DiagFilter.localPort(20_030, 65_535)),
                    "sport <= 20003 or sport >= 20030");
            same.put(DiagFilter.local("127.0.0.2").not(), "not src 127.0.0.2");
            same.put(DiagFilter.local("::1"), "src [::1]");
            same.put(
                    DiagFilter.local("127.0.0.0/30")
                            .and(DiagFilter.localPort(20_020).not())
                            .and(DiagFilter.localPort(20_000, 20_025)),
                    "src 127.0.0.0/30 and not sport = 20020 and sport <= 20025");
            same.put(
                    DiagFilter.local("127.0.0.1")
                            .or(DiagFilter.local("127.0.0.3"))
                            .and(DiagFilter.localPort(20_000, 20_009).not())
                            .not()
                            .not(),
                    "( src 127.0.0.1 or src 127.0.0.3 ) and ( sport > 20009 )");
            same.put(new DiagFilter.All(List.of()), "sport >= 0");
            same.put(new DiagFilter.Any(List.of()), "sport = 1");
            same.put(new DiagFilter.All(List.of()).not(), "sport = 1");
            same.put(DiagFilter.peerPort(1, 65_535), "dport >= 1");
            for (var each : same.entrySet()) {
                Set<String> theirs = new TreeSet<>();
                String[] words = ("ss -H -n -l -t " + each.getValue()).split(" ");
                network.run(words).lines().forEach(line -> theirs.add(firstWords(line, 5)));
                Set<String> ours = new TreeSet<>();
                diag.tcp(InetQuery.ALL.inStates(LISTEN).where(each.getKey()))
                        .forEach(report -> ours.add(asSs(report)));
                assertEquals(theirs, ours, each.toString());
            }
            assertEquals(40, diag.tcp().size());
            assertEquals(32, diag.tcp(InetQuery.ALL.withFamily(AddressFamily.AF_INET)).size());
            assertEquals(0, diag.tcp(InetQuery.ALL.inStates(ESTABLISHED)).size());
            DiagFilter many =
                    new DiagFilter.Any(
                            ports.stream()
                                    .filter(port -> port % 2 == 0)
                                    .map(DiagFilter::localPort)
                                    .toList());
            assertEquals(20, diag.tcp(InetQuery.ALL.where(many)).size());
        } finally {
            for (AutoCloseable each : open) {
                each.close();
            }
        }
    }

    @Test
    void linksAndMarksAreFilteredToo() throws Exception {
        var marked = SoOption.MARK.to(77L);
        var onLo = SoOption.BIND_TO_DEVICE.to("lo");
        try (var one = network.call(() -> Listener.stream(InetEndpoint.any(0), marked));
                var two = network.call(() -> Listener.stream(InetEndpoint.any(0), onLo))) {
            var mark = InetQuery.ALL.where(new DiagFilter.Mark(77, 0xFF));
            List<InetReport> found = diag.tcp(mark);
            assertEquals(List.of(cookie(one.socket())), cookies(found));
            assertEquals(77, found.getFirst().mark().orElseThrow());
            var link = InetQuery.ALL.where(new DiagFilter.OnLink(1));
            assertEquals(List.of(cookie(two.socket())), cookies(diag.tcp(link)));
            InetReport first = diag.find(IPPROTO_TCP, cookie(one.socket())).orElseThrow();
            if (first.cgroup().isPresent()) {
                var group = new DiagFilter.Cgroup(first.cgroup().getAsLong());
                assertEquals(2, diag.tcp(InetQuery.ALL.where(group)).size());
            }
            assertEquals(2, diag.tcp(InetQuery.ALL.where(new DiagFilter.AutoBound())).size());
        }
    }

    private static List<Long> cookies(List<? extends SocketReport> reports) {
        return reports.stream().map(SocketReport::cookie).toList();
    }

    @Test
    void whatIsTooLargeOrTooDeepIsRefused() {
        List<DiagFilter> many = new ArrayList<>();
        for (int port = 1; port <= 5_000; port++) {
            many.add(DiagFilter.localPort(port));
        }
        var wide = InetQuery.ALL.where(new DiagFilter.Any(many));
        assertThrows(IllegalArgumentException.class, () -> diag.tcp(wide));
        DiagFilter deep = DiagFilter.localPort(1);
        for (int i = 0; i <= DiagFilter.DEEPEST; i++) {
            deep = deep.not();
        }
        var nested = InetQuery.ALL.where(deep);
        assertThrows(IllegalArgumentException.class, () -> diag.tcp(nested));
        assertThrows(IllegalArgumentException.class, () -> DiagFilter.localPort(2, 1));
    }

    @Test
    void theLargestFilterIsTakenByTheKernel() throws Exception {
        List<DiagFilter> many = new ArrayList<>();
        for (int port = 1; port <= 3_200; port++) {
            many.add(DiagFilter.localPort(port));
        }
        try (var listener = network.call(() -> Listener.stream(InetEndpoint.any(3_200)))) {
            var query = InetQuery.ALL.where(new DiagFilter.Any(many));
            assertEquals(List.of(cookie(listener.socket())), cookies(diag.tcp(query)));
        }
    }

    @Test
    void oneSocketIsFoundByItsAddresses() throws Exception {
        try (var listener = network.call(() -> Listener.stream(InetEndpoint.of("::1", 0)));
                var left = network.call(() -> StreamSocket.connect(listener.local()));
                var right = listener.accept()) {
            var here = (InetEndpoint) left.local();
            var there = (InetEndpoint) listener.local();
            var found = diag.find(IPPROTO_TCP, there, here).orElseThrow();
            assertEquals(cookie(right.socket()), found.cookie());
            assertEquals(
                    cookie(listener.socket()),
                    diag.find(IPPROTO_TCP, there, InetEndpoint.of("::", 0)).orElseThrow().cookie());
            assertTrue(diag.find(IPPROTO_TCP, here.withPort(1), there.withPort(1)).isEmpty());
            assertTrue(diag.find(IPPROTO_TCP, 1).isEmpty());
        }
    }

    @Test
    void aConnectionIsDestroyed() throws Exception {
        try (var listener = network.call(() -> Listener.stream(InetEndpoint.of("127.0.0.1", 0)));
                var left = network.call(() -> StreamSocket.connect(listener.local()));
                var right = listener.accept();
                var other = network.call(() -> StreamSocket.connect(listener.local()))) {
            var victim = diag.find(IPPROTO_TCP, cookie(left.socket())).orElseThrow();
            try {
                diag.destroy(victim);
            } catch (NetlinkException refused) {
                assertEquals(Errno.EOPNOTSUPP, refused.errno());
                assertTrue(refused.getMessage().contains("CONFIG_INET_DIAG_DESTROY"));
                throw Tools.lacking(refused.getMessage());
            }
            var aborted = assertThrows(IOException.class, () -> left.read(ByteBuffer.allocate(1)));
            assertEquals(Errno.ECONNABORTED, ((ErrnoFailure) aborted).errno());
            var reset = assertThrows(IOException.class, () -> right.read(ByteBuffer.allocate(1)));
            assertEquals(Errno.ECONNRESET, ((ErrnoFailure) reset).errno());
            assertTrue(diag.find(IPPROTO_TCP, cookie(other.socket())).isPresent());
            var gone = assertThrows(NetlinkException.class, () -> diag.destroy(victim));
            assertEquals(Errno.ENOENT, gone.errno());
            assertTrue(gone.getMessage().contains("no such socket"), gone.getMessage());
        }
    }

    @Test
    @Tag("F1-08")
    void unixSocketsAreAsSsShowsThem() throws Exception {
        Path path = Files.createTempDirectory("diag").resolve("socket");
        try (var listener = network.call(() -> Listener.stream(UnixEndpoint.of(path)));
                var left = network.call(() -> StreamSocket.connect(UnixEndpoint.of(path)));
                var named =
                        network.call(() -> MessageSocket.bind(UnixEndpoint.ofAbstract("di\0ag")))) {
            List<UnixReport> ours = diag.unix();
            Map<Long, String> theirs = new HashMap<>();
            for (String line : network.run("ss", "-HOnxam").lines().toList()) {
                theirs.put(Long.valueOf(line.split(" +")[5]), line);
            }
            assertEquals(
                    theirs.keySet(), Set.copyOf(ours.stream().map(UnixReport::inode).toList()));
            UnixReport listens = of(ours, cookie(listener.socket()));
            assertEquals(LISTEN, listens.state());
            assertEquals(UnixEndpoint.of(path), listens.local());
            assertEquals(Files.getAttribute(path, "unix:ino"), listens.file().inode());
            long dev = (long) Files.getAttribute(path, "unix:dev");
            assertEquals(dev, (listens.file().minor() & 0xFF) | (long) listens.file().major() << 8);
            UnixReport connected = of(ours, cookie(left.socket()));
            assertEquals(List.of(connected.inode()), listens.pending());
            assertEquals(1, listens.receiveQueue());
            assertEquals(0, connected.uid());
            assertEquals(ESTABLISHED, connected.state());
            assertEquals(
                    UnixEndpoint.ofAbstract("di\0ag"), of(ours, cookie(named.socket())).local());
            for (UnixReport each : ours) {
                String line = theirs.get(each.inode());
                assertTrue(line.contains("rb" + each.memory().receiveBuffer() + ","), line);
            }
            try (var right = listener.accept()) {
                UnixReport accepted = diag.unix(connected.peer().orElse(-1)).orElse(null);
                if (accepted == null) {
                    connected = diag.unix(connected.inode()).orElseThrow();
                    accepted = diag.unix(connected.peer().getAsLong()).orElseThrow();
                }
                assertEquals(cookie(right.socket()), accepted.cookie());
                assertEquals(connected.inode(), accepted.peer().getAsLong());
                left.shutdownOutput();
                assertEquals(
                        Set.of(ShutDirection.SEND),
                        diag.unix(connected.inode()).orElseThrow().shutdown());
            }
            assertTrue(diag.unix(0).isEmpty());
        } finally {
            Files.deleteIfExists(path);
            Files.delete(path.getParent());
        }
    }

    private static <T extends SocketReport> T of(List<T> reports, long cookie) {
        return reports.stream().filter(each -> each.cookie() == cookie).findFirst().orElseThrow();
    }

    @Test
    @Tag("F1-08")
    void netlinkSocketsAreAsProcShowsThem() throws Exception {
        List<NetlinkReport> ours = diag.netlink();
        NetlinkReport self = of(ours, cookie(diag.socket().socket()));
        assertEquals(diag.socket().portId(), self.portId());
        assertEquals(NetlinkProtocol.NETLINK_SOCK_DIAG, self.protocol());
        assertTrue(self.flags().contains(NetlinkReport.Flag.CAP_ACK), self::toString);
        Set<String> proc = new TreeSet<>();
        network.run("cat", "/proc/net/netlink")
                .lines()
                .skip(1)
                .map(line -> line.strip().split(" +"))
                .forEach(words -> proc.add(words[1] + " " + words[2]));
        Set<String> said = new TreeSet<>();
        ours.forEach(each -> said.add(each.protocol() + " " + each.portId()));
        assertEquals(proc, said);
        try (var heard =
                network.call(() ->
                        LinuxSocket.socket(AddressFamily.AF_NETLINK, SocketType.SOCK_RAW, 0))) {
            heard.bind(NetlinkEndpoint.ofGroups(1, 5));
            assertEquals(List.of(1, 5), of(diag.netlink(), cookie(heard)).groups());
        }
    }

    @Test
    @Tag("F1-08")
    void packetSocketsAreTold() throws Exception {
        int all = 3;
        try (var capture =
                network.call(() ->
                        LinuxSocket.socket(
                                AddressFamily.AF_PACKET,
                                SocketType.SOCK_RAW,
                                Short.reverseBytes((short) all) & 0xFFFF))) {
            capture.bind(PacketEndpoint.of(all, 1));
            PacketReport report = of(diag.packet(), cookie(capture));
            assertEquals(SocketType.SOCK_RAW, report.type());
            assertEquals(all, report.protocol());
            assertEquals(1, report.link());
            assertEquals(Set.of(PacketReport.Flag.RUNNING), report.flags());
            assertTrue(ss("-0a").containsKey(report.cookie()));
        }
    }

    @Test
    void whatTheKernelLacksIsSaid() throws Exception {
        try {
            diag.tipc();
        } catch (NetlinkException lacking) {
            assertEquals(Errno.ENOENT, lacking.errno());
            assertTrue(lacking.getMessage().endsWith("the kernel has no tipc_diag"));
        }
        try {
            diag.vsock();
        } catch (NetlinkException lacking) {
            assertTrue(lacking.getMessage().endsWith("the kernel has no vsock_diag"));
        }
        var lacking = assertThrows(NetlinkException.class, () -> diag.inet(250, InetQuery.ALL));
        assertEquals(Errno.ENOENT, lacking.errno());
    }

    @Test
    void theProcessThatHasASocketIsFound() throws Exception {
        try (var listener = network.call(() -> Listener.stream(InetEndpoint.any(0)))) {
            var report = diag.find(IPPROTO_TCP, cookie(listener.socket())).orElseThrow();
            SocketOwners owners = SocketOwners.scan();
            assertTrue(owners.isComplete());
            var owner = owners.of(report).getFirst();
            assertEquals(ProcessHandle.current().pid(), owner.pid());
            assertEquals(Files.readString(Path.of("/proc/self/comm")).strip(), owner.command());
            try (var held = listener.socket().lease()) {
                assertEquals(held.fileno(), owner.descriptor());
            }
            assertTrue(owners.of(0).isEmpty());
            assertFalse(SocketOwners.scan(1).isComplete());
        }
    }

    @Test
    void tcpInfoIsWhatTheSocketItselfSays() throws Exception {
        try (var listener = network.call(() -> Listener.stream(InetEndpoint.of("127.0.0.1", 0)));
                var left = network.call(() -> StreamSocket.connect(listener.local()))) {
            var told = diag.find(IPPROTO_TCP, cookie(left.socket())).orElseThrow();
            var asked = left.socket().getOption(TcpOption.INFO);
            assertEquals(asked.length(), told.tcp().length());
            assertEquals(asked.rto(), told.tcp().rto());
            assertEquals(asked.pathMtu(), told.tcp().pathMtu());
            assertEquals(left.socket().getOption(TcpOption.CONGESTION), told.congestionControl());
        }
    }
}
