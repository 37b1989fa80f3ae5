// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static sockeye.IpProtocol.IPPROTO_SCTP;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import sockeye.AddressFamily;
import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.LinuxSocket;
import sockeye.SoOption;
import sockeye.SocketType;
import sockeye.TcpInfo;
import sockeye.TipcEndpoint;
import sockeye.VsockEndpoint;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.Task;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/**
 * Sockets of families that many kernels lack, compared with what {@code ss} and {@code tipc} say of
 * them: in the lab kernel, in its own network namespace, the only one that has vsock.
 */
@Tag("H8")
@Tag("lab-kernel")
@ExtendWith(NoLeaks.class)
class DiagInTheLabTest {
    private static final byte[] SOME = new byte[700];

    private DiagSocket diag;

    @BeforeEach
    void open() throws IOException {
        diag = DiagSocket.open();
    }

    @AfterEach
    void close() throws IOException {
        diag.close();
    }

    /** A socket, or the test is skipped with the kernel's reason. */
    private static LinuxSocket socket(int family, int type, int protocol) {
        try {
            return LinuxSocket.socket(family, type, protocol);
        } catch (IOException lacking) {
            String why = AddressFamily.nameOf(family) + ": " + lacking.getMessage();
            System.err.println("*** skipped: " + why);
            return Assumptions.abort(why);
        }
    }

    /** A listener, and both ends of a connection to it. */
    private record Connected(LinuxSocket listener, LinuxSocket left, LinuxSocket right)
            implements AutoCloseable {
        static Connected of(int family, int type, int protocol, Endpoint name) throws Exception {
            var listener = socket(family, type, protocol);
            try {
                listener.bind(name);
            } catch (IOException lacking) {
                listener.close();
                return Assumptions.abort(lacking.getMessage());
            }
            listener.listen(3);
            var left = LinuxSocket.socket(family, type, protocol);
            // A service of TIPC is connected to by its name, whose socket accepts meanwhile.
            var to = family == AddressFamily.AF_TIPC ? name : listener.getSockName();
            Task<?> connecting = Task.run(() -> left.connect(to));
            var right = listener.accept().socket();
            connecting.join();
            return new Connected(listener, left, right);
        }

        @Override
        public void close() throws IOException {
            left.shutdown(2);
            left.close();
            right.close();
            listener.close();
        }
    }

    /** Lines of ss with single blanks, in order. */
    private static List<String> ss(String... options) throws Exception {
        var command = new ArrayList<>(List.of("ss", "-H", "-O", "-n", "-a"));
        command.addAll(List.of(options));
        return Tools.run(command.toArray(String[]::new))
                .lines()
                .map(line -> line.strip().replaceAll("[ \t]+", " "))
                .sorted()
                .toList();
    }

    private static String state(TcpInfo.State state) {
        return switch (state) {
            case ESTABLISHED -> "ESTAB";
            case CLOSE -> "UNCONN";
            default -> state.name();
        };
    }

    @Test
    void vsockSocketsAreAsSsShowsThem() throws Exception {
        int stream = SocketType.SOCK_STREAM;
        var name = VsockEndpoint.local(VsockEndpoint.VMADDR_PORT_ANY);
        try (var both = Connected.of(AddressFamily.AF_VSOCK, stream, 0, name)) {
            List<VsockReport> ours = diag.vsock();
            assertEquals(
                    ss("--vsock"),
                    ours.stream()
                            .map(each ->
                                    "v_str %s 0 0 %s %s"
                                            .formatted(
                                                    state(each.state()),
                                                    asSs(each.local()),
                                                    asSs(each.peer())))
                            .sorted()
                            .toList());
            VsockReport right = of(ours, both.right);
            assertEquals(both.listener.getSockName(), right.local());
            assertEquals(TcpInfo.State.ESTABLISHED, right.state());
            both.left.shutdown(1);
            assertEquals(Set.of(ShutDirection.SEND), of(diag.vsock(), both.left).shutdown());
        }
    }

    private static String asSs(VsockEndpoint end) {
        boolean nobody = end.port() == VsockEndpoint.VMADDR_PORT_ANY;
        return (end.cid() == VsockEndpoint.VMADDR_CID_ANY ? "*" : "" + end.cid())
                + ":"
                + (nobody ? "*" : "" + end.port());
    }

    private static <T extends SocketReport> T of(List<T> reports, LinuxSocket socket)
            throws IOException {
        long cookie = socket.getOption(SoOption.COOKIE);
        return reports.stream().filter(each -> each.cookie() == cookie).findFirst().orElseThrow();
    }

    @Test
    void tipcSocketsAreAsSsAndTipcShowThem() throws Exception {
        int type = SocketType.SOCK_SEQPACKET;
        var name = TipcEndpoint.service(28_999, 5);
        try (var both = Connected.of(AddressFamily.AF_TIPC, type, 0, name);
                var idle = LinuxSocket.socket(AddressFamily.AF_TIPC, SocketType.SOCK_RDM)) {
            List<TipcReport> ours = diag.tipc();
            assertEquals(
                    ss("-e", "--tipc"),
                    ours.stream()
                            .map(each ->
                                    "%s 0 0 %s %s ino:%d sk:%x"
                                            .formatted(
                                                    state(each.state()),
                                                    asSs(each.local()),
                                                    each.peer() == null ? "-" : asSs(each.peer()),
                                                    each.inode(),
                                                    each.cookie()))
                            .sorted()
                            .toList());
            TipcReport listens = of(ours, both.listener);
            assertTrue(listens.published());
            assertEquals(type, listens.type());
            assertEquals(SocketType.SOCK_RDM, of(ours, idle).type());
            assertEquals(both.right.getSockName(), of(ours, both.left).peer());

            // The other tool counts the same sockets, and knows who is bound to the service.
            var listed = new TreeSet<String>();
            String bound = "";
            String last = "";
            for (String line : Tools.run("tipc", "socket", "list").lines().toList()) {
                if (line.startsWith("socket ")) {
                    last = line.split(" ")[1];
                    listed.add(last);
                } else if (line.contains("bound to {28999,5")) {
                    bound = last;
                }
            }
            var refs = new TreeSet<String>();
            ours.forEach(each -> refs.add("" + each.local().ref()));
            assertEquals(listed, refs);
            assertEquals(bound, "" + listens.local().ref());
        }
    }

    private static String asSs(TipcEndpoint.SocketId id) {
        return id.node() + ":" + id.ref();
    }

    @Test
    void sctpSocketsAndTheirAssociationsAreAsSsShowsThem() throws Exception {
        int stream = SocketType.SOCK_STREAM;
        var name = InetEndpoint.loopback(0);
        try (var both = Connected.of(AddressFamily.AF_INET, stream, IPPROTO_SCTP, name)) {
            both.left.sendAll(SOME);
            var links = new HashMap<Integer, String>();
            try (var route = RouteSocket.open()) {
                route.links().forEach(each -> links.put(each.index(), "%" + each.name()));
            }
            List<InetReport> ours = diag.inet(IPPROTO_SCTP, InetQuery.ALL);
            assertEquals(
                    // A line of an association stands below that of its socket, with a mark.
                    ss("-S").stream().map(line -> line.replace("`- ", "")).sorted().toList(),
                    ours.stream()
                            .map(each ->
                                    "%s %d %d %s %s"
                                            .formatted(
                                                    state(each.state()),
                                                    each.receiveQueue(),
                                                    each.sendQueue(),
                                                    asSs(
                                                            each.local(),
                                                            links.getOrDefault(each.link(), "")),
                                                    asSs(each.peer(), "")))
                            .sorted()
                            .toList());
            assertTrue(
                    ours.stream().anyMatch(each -> each.receiveQueue() >= SOME.length),
                    ours::toString);
        }
    }

    private static String asSs(InetEndpoint end, String link) {
        return end.address() + link + ":" + (end.port() == 0 ? "*" : "" + end.port());
    }
}
