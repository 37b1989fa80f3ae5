// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.BindException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;

/** What a spec's options and schemes make of sockets. */
class SpecSettingsTest {
    @TempDir Path directory;

    private static LinuxSocket listening(String spec) throws Exception {
        return Role.listen(EndpointSpec.parse(spec)).socket();
    }

    @Test
    void theOptionsOfAListenerAreInForce() throws Exception {
        String spec =
                "tcp:127.0.0.1:0?reuseport&rcvbuf=20000&sndbuf=30000&nodelay=false&keepalive"
                        + "&keepidle=30s&keepintvl=5s&keepcnt=3&ttl=9&tos=16&device=lo&mark=7"
                        + "&priority=3&freebind&transparent&user-timeout=1500ms&defer-accept=3s"
                        + "&fastopen=5&congestion=reno&backlog=7&reuseaddr=no";
        try (LinuxSocket socket = listening(spec)) {
            assertTrue(socket.getOption(SoOption.REUSE_PORT));
            assertEquals(false, socket.getOption(SoOption.REUSE_ADDR));
            assertEquals(40_000, socket.getOption(SoOption.RCV_BUF));
            assertEquals(60_000, socket.getOption(SoOption.SND_BUF));
            assertEquals(false, socket.getOption(TcpOption.NO_DELAY));
            assertTrue(socket.getOption(SoOption.KEEP_ALIVE));
            assertEquals(Duration.ofSeconds(30), socket.getOption(TcpOption.KEEP_IDLE));
            assertEquals(Duration.ofSeconds(5), socket.getOption(TcpOption.KEEP_INTVL));
            assertEquals(3, socket.getOption(TcpOption.KEEP_CNT));
            assertEquals(9, socket.getOption(IpOption.TTL));
            assertEquals(16, socket.getOption(IpOption.TOS));
            assertEquals("lo", socket.getOption(SoOption.BIND_TO_DEVICE));
            assertEquals(7, socket.getOption(SoOption.MARK));
            assertEquals(3, socket.getOption(SoOption.PRIORITY));
            assertTrue(socket.getOption(IpOption.FREE_BIND));
            assertTrue(socket.getOption(IpOption.TRANSPARENT));
            assertEquals(Duration.ofMillis(1_500), socket.getOption(TcpOption.USER_TIMEOUT));
            assertEquals(Duration.ofSeconds(3), socket.getOption(TcpOption.DEFER_ACCEPT));
            assertEquals(5, socket.getOption(TcpOption.FAST_OPEN));
            assertEquals("reno", socket.getOption(TcpOption.CONGESTION));
            assertEquals(7, socket.getOption(TcpOption.INFO).selectivelyAcknowledged());
        }
    }

    @Test
    @Tag("A2-11")
    @Tag("A2-12")
    void aPortAloneServesBothFamiliesUnlessTold() throws Exception {
        try (var both = Listener.stream(EndpointSpec.parse("tcp:0"))) {
            int port = ((InetEndpoint) both.local()).port();
            assertTrue(both.socket().getOption(SoOption.REUSE_ADDR));
            if (Listener.hasDualStack()) {
                assertEquals(InetEndpoint.any(port), both.local());
                assertEquals(false, both.socket().getOption(Ipv6Option.V6_ONLY));
                StreamSocket.connect(InetEndpoint.of(IpAddress.LOOPBACK_IPV6, port)).close();
            }
            StreamSocket.connect(InetEndpoint.loopback(port)).close();
        }
        if (Listener.hasDualStack()) {
            try (var ipv6 = Listener.stream(EndpointSpec.parse("tcp:0?v6only&ttl=9&tos=8"))) {
                assertTrue(ipv6.socket().getOption(Ipv6Option.V6_ONLY));
                assertEquals(9, ipv6.socket().getOption(Ipv6Option.UNICAST_HOPS));
                assertEquals(8, ipv6.socket().getOption(Ipv6Option.TCLASS));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "tcp:127.0.0.1:0, sockeye.Listener",
        "mptcp:127.0.0.1:0, sockeye.Listener",
        "udp:127.0.0.1:0, sockeye.MessageSocket",
        "unix:@sockeye-spec, sockeye.Listener",
        "unix-seqpacket:@sockeye-spec, sockeye.Listener",
        "unix-dgram:@sockeye-spec, sockeye.MessageSocket",
    })
    void eachSchemeHasItsRole(String text, Class<? extends Role> kind) throws Exception {
        EndpointSpec spec = EndpointSpec.parse(text);
        if (spec.scheme() == EndpointScheme.MPTCP) {
            OptionSockets.assumeItCanBeOpened("mptcp");
        }
        try (Role listening = Role.listen(spec)) {
            assertInstanceOf(kind, listening);
            assertEquals(spec.scheme().type(), listening.socket().type());
            Endpoint local = listening.socket().getSockName();
            EndpointSpec named = EndpointSpec.of(spec.scheme(), local);
            try (Role connected = Role.connect(named, Deadline.NONE)) {
                assertEquals(spec.scheme().isStream(), connected instanceof StreamSocket);
                assertEquals(local, connected.socket().getPeerName());
                assertEquals(listening.socket().protocol(), connected.socket().protocol());
            }
        }
    }

    @Test
    void aDescriptorIsAdoptedInItsRole() throws Exception {
        int fd = LinuxSocket.socket(AddressFamily.AF_INET, SocketType.SOCK_STREAM).detach();
        EndpointSpec spec = EndpointSpec.parse("fd:" + fd + "?rcvbuf=20000");
        var refused = assertThrows(EndpointSyntaxException.class, () -> Listener.stream(spec));
        assertEquals("descriptor " + fd + " is another kind of socket", refused.problem());
        try (Role adopted = Role.listen(spec)) {
            assertInstanceOf(StreamSocket.class, adopted);
            assertEquals(40_000, adopted.socket().getOption(SoOption.RCV_BUF));
        }

        int listening = Listener.stream(InetEndpoint.loopback(0)).socket().detach();
        EndpointSpec listener = EndpointSpec.parse("fd:" + listening);
        assertThrows(EndpointSyntaxException.class, () -> Listener.seqpacket(listener));
        assertThrows(EndpointSyntaxException.class, () -> MessageSocket.bind(listener));
        assertThrows(
                EndpointSyntaxException.class, () -> StreamSocket.connect(listener, Deadline.NONE));
        try (Listener<StreamSocket> adopted = Listener.stream(listener)) {
            StreamSocket.connect(adopted.local()).close();
            adopted.accept().close();
        }
    }

    @Test
    void anAddressToConnectFromIsUsed() throws Exception {
        try (var listener = Listener.stream(InetEndpoint.loopback(0))) {
            String text = "tcp:" + listener.local() + "?timeout=30s&ttl=8&bind=";
            var spec = EndpointSpec.parse(text + "127.0.0.5");
            try (var stream = StreamSocket.connect(spec, Deadline.NONE);
                    var accepted = listener.accept()) {
                InetEndpoint from = (InetEndpoint) accepted.peer();
                assertEquals(IpAddress.parse("127.0.0.5"), from.address());
                assertEquals(8, stream.socket().getOption(IpOption.TTL));
                var taken = EndpointSpec.parse(text + from);
                assertThrows(BindException.class, () -> StreamSocket.connect(taken, Deadline.NONE));
            }
        }
    }

    @Test
    void aDatagramClientGetsItsOwnPath() throws Exception {
        Path server = directory.resolve("server");
        Path client = directory.resolve("client");
        try (var bound = MessageSocket.bind(EndpointSpec.parse("unix-dgram:" + server))) {
            var spec = EndpointSpec.parse("unix-dgram:" + server + "?bind=" + client);
            try (var connected = MessageSocket.connect(spec, Deadline.NONE)) {
                connected.send("hello");
                Message message = bound.receive(ByteBuffer.allocate(9));
                assertEquals(UnixEndpoint.of(client), message.peer());
            }
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "unix:/tmp/x?nodelay",
                "unix:@x?mode=0600",
                "udp:0?backlog=3",
                "udp:0?nodelay",
                "unix-dgram:/tmp/x?backlog=3",
                "tcp:0?mode=0600",
                "tcp:0?broadcast",
                "tcp:0?bind=127.0.0.1",
                "tcp:0?timeout=3s",
                "fd:0?backlog=3",
                "tcp:0?backlog=many",
                "tcp:0?ttl=0",
                "tcp:0?ttl=256",
                "tcp:0?keepidle=500ms",
                "tcp:0?defer-accept=1500ms",
                "tcp:0?user-timeout=700h",
                "tcp:0?mark=4294967296",
                "tcp:0?device=a-name-of-16-char",
                "tcp:0?congestion=a-name-of-16-chr",
                "unix:/tmp/x?mode=0888",
                "unix:/tmp/x?owner=nobody-has-this-name",
                "unix:/tmp/x?owner=",
                "unix:/tmp/x?group=--help",
                "unix:/tmp/x?group=4294967295",
                "tls+tcp:0",
                "netlink:route?backlog=3",
                "netlink:route?groups=0",
                "netlink:route?groups=1,",
            })
    void whatCannotBeMeantIsRefusedBeforeThereIsASocket(String text) {
        EndpointSpec spec = EndpointSpec.parse(text);
        assertThrows(EndpointSyntaxException.class, () -> Role.listen(spec));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "tcp:1?backlog=3",
                "tcp:1?reuseport",
                "tcp:1?timeout=0s",
                "tcp:1?timeout=soon",
                "tcp:1?bind=localhost",
                "unix:/tmp/x?mode=0600",
                "unix:/tmp/x?bind=@y&mode=0600",
                "unix-seqpacket:/tmp/x?bind=",
                "unix-dgram:/tmp/x?bind=",
            })
    void whatCannotBeMeantIsRefusedWhenConnecting(String text) {
        EndpointSpec spec = EndpointSpec.parse(text);
        assertThrows(EndpointSyntaxException.class, () -> Role.connect(spec, Deadline.NONE));
    }

    @Test
    void aProgramTakesItsOwnOptionsFirst() throws Exception {
        EndpointSpec spec = EndpointSpec.parse("tcp:127.0.0.1:0?max-clients=3&backlog=9");
        var refused = assertThrows(EndpointSyntaxException.class, () -> Role.listen(spec));
        assertEquals("no such option: \"max-clients\"", refused.problem());
        EndpointOptions options = spec.readOptions();
        assertEquals(3, options.takeInt("max-clients", 1, 9, 1));
        Role.listen(spec, options).close();
    }

    @Test
    void usersAndGroupsAreFoundByNameAndByNumber() {
        assertEquals(0, AccountNames.USERS.find("root").getAsInt());
        assertEquals(0, AccountNames.GROUPS.find("root").getAsInt());
        assertEquals(4_000_000_000L, Integer.toUnsignedLong(id("4000000000")));
        assertTrue(AccountNames.USERS.find("nobody-has-this-name").isEmpty());
        assertTrue(AccountNames.USERS.find("root:x:0").isEmpty());
    }

    private static int id(String text) {
        return AccountNames.USERS.find(text).getAsInt();
    }
}
