// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.LinuxSocket;
import sockeye.SoOption;
import sockeye.StreamSocket;
import sockeye.TcpOption;
import sockeye.UnixEndpoint;
import sockeye.wire.AccessRules;
import sockeye.wire.CheckedService;
import sockeye.wire.EchoService;
import sockeye.wire.ProxyHeader;
import sockeye.wire.ProxyTlv;

import java.io.EOFException;
import java.io.IOException;
import java.net.ProtocolException;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.LinkedBlockingQueue;

/** Servers behind a proxy that says who its clients are. */
@Tag("D4-15")
@Timeout(60)
@SuppressWarnings("try") // A client that closes before its scope ends is the point.
class ProxyLayerTest {
    private static final Endpoint CLIENT = InetEndpoint.of("192.0.2.33", 56324);
    private static final Endpoint SERVICE = InetEndpoint.of("198.51.100.1", 443);
    private static final ProxyLayer LOOPBACK = ProxyLayer.trusting("127.0.0.0/8", "::1");

    /** Says whom it serves, and then what it reads. */
    private static final StreamHandler WHO =
            client -> {
                ServerConnection connection = ServerConnection.current();
                client.write(
                        "%s %s %s\n".formatted(client.peer(), client.local(), connection.peer()));
                var lines = client.reader();
                for (String line; (line = lines.readLine()) != null; ) {
                    client.write(line + "\n");
                }
            };

    private static ServerSettings with(StreamLayer layer) {
        return ServerSettings.DEFAULT.withLayers(layer);
    }

    private static void refuses(StreamLayer layer, byte[] bytes, Class<?> why) throws Exception {
        var recorder = new Peers.Recorder();
        try (var server = Server.stream(Peers.tcp(), with(layer).withObserver(recorder), WHO);
                var client = StreamSocket.connect(server.local())) {
            client.write(bytes);
            client.shutdownOutput();
            assertEquals(-1, client.read(new byte[1]));
            assertInstanceOf(why, recorder.failed.take());
        }
    }

    @Test
    void theClientIsWhoTheProxySaysAndTheProxyIsTheCarrier() throws Exception {
        var served = new LinkedBlockingQueue<ServerConnection>();
        StreamHandler handler = client -> served.add(ServerConnection.current());
        try (var server = Server.stream(Peers.tcp(), with(LOOPBACK), handler);
                var proxy = StreamSocket.connect(server.local())) {
            proxy.write(ProxyHeader.v1(CLIENT, SERVICE).encode());
            ServerConnection connection = served.take();
            assertEquals(CLIENT, connection.peer());
            assertEquals(SERVICE, connection.local());
            assertEquals(proxy.local(), connection.carrier());
            assertTrue(connection.toString().contains("192.0.2.33:56324 by 127.0.0.1:"));
        }
    }

    @Test
    void theHandlersStreamHasTheClientsAddresses() throws Exception {
        for (ProxyHeader header :
                List.of(ProxyHeader.v1(CLIENT, SERVICE), ProxyHeader.v2(CLIENT, SERVICE))) {
            try (var server = Server.stream(Peers.tcp(), with(LOOPBACK), WHO);
                    var proxy = StreamSocket.connect(server.local())) {
                proxy.write(header.encode());
                assertEquals(CLIENT + " " + SERVICE + " " + CLIENT, proxy.reader().readLine());
            }
        }
    }

    @Test
    void whatFollowsTheHeaderInOneSegmentIsTheHandlers() throws Exception {
        byte[] header = ProxyHeader.v2(CLIENT, SERVICE).withChecksum().encode();
        byte[] both = Arrays.copyOf(header, header.length + 6);
        System.arraycopy("after\n".getBytes(US_ASCII), 0, both, header.length, 6);
        try (var server = Server.stream(Peers.tcp(), with(LOOPBACK), WHO);
                var proxy = StreamSocket.connect(server.local())) {
            proxy.write(both);
            assertTrue(proxy.reader().readLine().startsWith("192.0.2.33:56324 "));
            assertEquals("after", proxy.reader().readLine());
        }
    }

    @Test
    void aHeaderInPiecesOfOneByteIsRead() throws Exception {
        try (var server = Server.stream(Peers.tcp(), with(LOOPBACK), WHO);
                var proxy = StreamSocket.connect(server.local())) {
            for (byte one : ProxyHeader.v1(CLIENT, SERVICE).encode()) {
                proxy.write(new byte[] {one});
            }
            proxy.write("after\n");
            assertTrue(proxy.reader().readLine().startsWith("192.0.2.33:56324 "));
            assertEquals("after", proxy.reader().readLine());
        }
    }

    @Test
    void aMachineIsDrivenBehindAHeader() throws Exception {
        var echo = StreamHandler.of(new CheckedService(new EchoService()));
        try (var server = Server.stream(Peers.tcp(), with(LOOPBACK), echo);
                var proxy = StreamSocket.connect(server.local())) {
            proxy.write(ProxyHeader.v2(CLIENT, SERVICE).encode());
            proxy.write("hello\n");
            assertEquals("hello", proxy.reader().readLine());
            proxy.shutdownOutput();
            assertNull(proxy.reader().readLine());
        }
    }

    @Test
    void theHandlerCanAskForTheHeaderAndTheSocket() throws Exception {
        StreamHandler handler =
                client -> {
                    ProxyHeader header = client.unwrap(ProxyHeader.class).orElseThrow();
                    client.write(
                            header.tlv(ProxyTlv.UniqueId.class).orElseThrow().text()
                                    + " "
                                    + client.unwrap(LinuxSocket.class)
                                            .orElseThrow()
                                            .getOption(TcpOption.NO_DELAY)
                                    + "\n");
                };
        try (var server = Server.stream(Peers.tcp(), with(LOOPBACK), handler);
                var proxy = StreamSocket.connect(server.local())) {
            proxy.write(
                    ProxyHeader.v2(CLIENT, SERVICE)
                            .with(new ProxyTlv.UniqueId("id-7".getBytes(US_ASCII)))
                            .encode());
            assertEquals("id-7 true", proxy.reader().readLine());
        }
    }

    @Test
    void aMappedClientIsShownAsIpv4() throws Exception {
        try (var server = Server.stream(Peers.tcp(), with(LOOPBACK), WHO);
                var proxy = StreamSocket.connect(server.local())) {
            proxy.write("PROXY TCP6 ::ffff:192.0.2.7 ::ffff:192.0.2.8 1 2\r\n");
            assertEquals("192.0.2.7:1 192.0.2.8:2 192.0.2.7:1", proxy.reader().readLine());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "20000000",
                "2111000c 01020304 05060708 0001 0002",
                "2112000c 01020304 05060708 0001 0002",
                "21000000",
            })
    void aConnectionForNobodyElseIsTheCarriersOwn(String head) throws Exception {
        boolean relayed = head.startsWith("2111");
        byte[] header = HexFormat.of().parseHex("0d0a0d0a000d0a515549540a" + head.replace(" ", ""));
        try (var server = Server.stream(Peers.tcp(), with(LOOPBACK), WHO);
                var proxy = StreamSocket.connect(server.local())) {
            proxy.write(header);
            String who = proxy.reader().readLine();
            assertEquals(relayed, who.startsWith("1.2.3.4:1 5.6.7.8:2 "), who);
            assertEquals(!relayed, who.startsWith(proxy.local() + " " + server.local()), who);
        }
    }

    @Test
    void overAUnixSocketTheCarrierIsTrustedByItsUser() throws Exception {
        int uid;
        try (var pair = LinuxSocket.socketPair()) {
            uid = pair.left().getOption(SoOption.PEER_CRED).uid();
        }
        var client = UnixEndpoint.of("/run/client");
        var layer = ProxyLayer.trusting("127.0.0.1");
        try (var server = Server.stream(Peers.path(), with(layer.andUser(uid)), WHO);
                var proxy = StreamSocket.connect(server.local())) {
            proxy.write(ProxyHeader.v2(client, UnixEndpoint.unnamed()).encode());
            assertEquals("/run/client (unnamed) /run/client", proxy.reader().readLine());
        }
        for (ProxyLayer other : List.of(layer, layer.andUser(uid + 1))) {
            try (var server = Server.stream(Peers.path(), with(other), WHO);
                    var proxy = StreamSocket.connect(server.local())) {
                assertEquals(-1, proxy.read(new byte[1]));
            }
        }
    }

    @Test
    void whoIsNotTrustedIsRefusedWhateverHeSends() throws Exception {
        var layer = ProxyLayer.trusting("192.0.2.0/24").andUser(0);
        refuses(layer, ProxyHeader.v2(CLIENT, SERVICE).encode(), ProtocolException.class);
        refuses(layer, "hello\n".getBytes(US_ASCII), ProtocolException.class);
        refuses(layer, new byte[0], ProtocolException.class);
    }

    @Test
    void whoIsNotTrustedCanBeServedAsHimselfAndCannotSpoof() throws Exception {
        var layer = ProxyLayer.trusting("192.0.2.0/24").servingOthersDirectly();
        try (var server = Server.stream(Peers.tcp(), with(layer), WHO);
                var client = StreamSocket.connect(server.local())) {
            client.write(ProxyHeader.v1(CLIENT, SERVICE).encode());
            String me = "" + client.local();
            assertEquals(me + " " + server.local() + " " + me, client.reader().readLine());
            assertEquals(
                    "PROXY TCP4 192.0.2.33 198.51.100.1 56324 443", client.reader().readLine());
        }
    }

    @Test
    void aTrustedCarrierWithoutAHeaderIsRefused() throws Exception {
        refuses(LOOPBACK, "GET / HTTP/1.0\r\n\r\n".getBytes(US_ASCII), ProtocolException.class);
        refuses(LOOPBACK.servingOthersDirectly(), "x".getBytes(US_ASCII), ProtocolException.class);
    }

    @Test
    void whatEndsBeforeItsHeaderDoesIsRefused() throws Exception {
        byte[] header = ProxyHeader.v2(CLIENT, SERVICE).encode();
        for (int length = 0; length < header.length; length++) {
            refuses(LOOPBACK, Arrays.copyOf(header, length), EOFException.class);
        }
    }

    @Test
    void garbageOfEveryLengthIsRefused() throws Exception {
        var random = new Random(15);
        var recorder = new Peers.Recorder();
        try (var server = Server.stream(Peers.tcp(), with(LOOPBACK).withObserver(recorder), WHO)) {
            for (int length = 1; length <= 300; length++) {
                byte[] garbage = new byte[length];
                random.nextBytes(garbage);
                try (var client = StreamSocket.connect(server.local())) {
                    client.write(garbage);
                    client.shutdownOutput();
                    assertEquals(-1, client.read(new byte[1]));
                    assertInstanceOf(IOException.class, recorder.failed.take());
                }
            }
        }
    }

    @Test
    void slowHeadersEndByTheirDeadlineAndHoldUpNobody() throws Exception {
        var recorder = new Peers.Recorder();
        var settings =
                with(LOOPBACK)
                        .withObserver(recorder)
                        .withLimits(ServerLimits.DEFAULT.withHandshake(Duration.ofMillis(400)));
        byte[] header = ProxyHeader.v2(CLIENT, SERVICE).encode();
        var slow = new ArrayList<StreamSocket>();
        try (var server = Server.stream(Peers.tcp(), settings, WHO)) {
            for (int i = 0; i < 200; i++) {
                StreamSocket one = StreamSocket.connect(server.local());
                slow.add(one);
                one.write(header, 0, i % header.length);
            }
            try (var other = StreamSocket.connect(server.local())) {
                other.write(header);
                assertTrue(other.reader().readLine().startsWith("192.0.2.33:56324 "));
                for (StreamSocket one : slow) {
                    assertEquals(-1, one.read(new byte[1]));
                    assertInstanceOf(SocketTimeoutException.class, recorder.failed.take());
                }
                other.write("still here\n");
                assertEquals("still here", other.reader().readLine());
            }
        } finally {
            for (StreamSocket one : slow) {
                one.close();
            }
        }
    }

    @Test
    void aHeaderLongerThanTheLimitIsRefusedBeforeItCame() throws Exception {
        byte[] header = ProxyHeader.v2(CLIENT, SERVICE).with(new ProxyTlv.Noop(1_000)).encode();
        byte[] head = Arrays.copyOf(header, 16);
        refuses(LOOPBACK.withLimit(500), head, ProtocolException.class);
    }

    @Test
    void limitsAndRulesAreAboutTheClientAndNotTheProxy() throws Exception {
        var recorder = new Peers.Recorder();
        var limits = ServerLimits.DEFAULT.withMaxPerPeer(1);
        var settings =
                with(LOOPBACK)
                        .withObserver(recorder)
                        .withLimits(limits)
                        .withAccess(
                                AccessRules.EVERYBODY.deny("127.0.0.0/8").deny("203.0.113.0/24"));
        try (var server = Server.stream(Peers.tcp(), settings, WHO);
                var one = StreamSocket.connect(server.local());
                var two = StreamSocket.connect(server.local());
                var again = StreamSocket.connect(server.local());
                var denied = StreamSocket.connect(server.local())) {
            one.write("PROXY TCP4 192.0.2.1 192.0.2.9 1 2\r\n");
            assertTrue(one.reader().readLine().startsWith("192.0.2.1:1 "));
            two.write("PROXY TCP4 192.0.2.2 192.0.2.9 1 2\r\n");
            assertTrue(two.reader().readLine().startsWith("192.0.2.2:1 "));
            again.write("PROXY TCP4 192.0.2.1 192.0.2.9 3 2\r\n");
            assertEquals(-1, again.read(new byte[1]));
            denied.write("PROXY TCP4 203.0.113.7 192.0.2.9 3 2\r\n");
            assertEquals(-1, denied.read(new byte[1]));
        }
    }
}
