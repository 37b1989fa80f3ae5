// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import sockeye.AddressFamily;
import sockeye.ByteStream;
import sockeye.InetEndpoint;
import sockeye.LinuxSocket;
import sockeye.MessageFlag;
import sockeye.MessageSocket;
import sockeye.SoOption;
import sockeye.SocketType;
import sockeye.StreamSocket;
import sockeye.UnixEndpoint;
import sockeye.wire.ChargenService;
import sockeye.wire.CheckedService;
import sockeye.wire.DaytimeService;
import sockeye.wire.DiscardService;
import sockeye.wire.QotdService;
import sockeye.wire.StampFormat;
import sockeye.wire.StreamService;
import sockeye.wire.TimeService;
import sockeye.wire.TlsClientAuth;
import sockeye.wire.TlsContext;
import sockeye.wire.TlsTrust;
import sockeye.wire.WhoService;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneOffset;

/** The small services behind the drivers, with real sockets. */
@Tag("F1-10")
@Timeout(60)
class ServicesTest {
    private static Server serve(StreamService service) throws IOException {
        return Server.stream(
                InetEndpoint.loopback(0), StreamHandler.of(new CheckedService(service)));
    }

    private static StreamSocket connect(Server server) throws IOException {
        return StreamSocket.connect(server.local());
    }

    private static byte[] all(ByteStream stream) throws IOException {
        var all = new ByteArrayOutputStream();
        var bytes = new byte[4_096];
        for (int count; (count = stream.read(bytes)) >= 0; ) {
            all.write(bytes, 0, count);
        }
        return all.toByteArray();
    }

    private static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static String said(StreamService service) throws IOException {
        try (var server = serve(service);
                var client = connect(server)) {
            return text(all(client));
        }
    }

    @Test
    void thoseWhoSpeakOnceDoSoAndClose() throws IOException {
        long before = System.currentTimeMillis() / 1_000;
        String daytime = said(DaytimeService.in(ZoneOffset.UTC).format(StampFormat.EPOCH));
        assertTrue(Long.parseLong(daytime.strip()) - before <= 60, daytime);
        try (var server = serve(new TimeService());
                var client = connect(server)) {
            byte[] four = all(client);
            assertEquals(4, four.length);
            long now = TimeService.epochSecond(ByteBuffer.wrap(four).getInt(), before);
            assertTrue(now >= before && now <= before + 60);
        }
        assertEquals(said(QotdService.builtIn()), said(QotdService.builtIn()));
    }

    /** What was sent and not read must not become a reset that overtakes the answer. */
    @Test
    void whoTalksIsAnsweredNevertheless() throws IOException {
        try (var server = serve(QotdService.builtIn())) {
            for (int i = 0; i < 50; i++) {
                try (var client = connect(server)) {
                    client.write(new byte[100_000]);
                    assertTrue(text(all(client)).endsWith("\r\n"));
                } catch (IOException closedBeforeAllWasWritten) {
                    // Then there was nothing to see.
                }
            }
        }
    }

    @Test
    void whoTellsTheAddressThatWasAskedAndThePeer() throws IOException {
        try (var server =
                        Server.stream(
                                InetEndpoint.of("0.0.0.0", 0), StreamHandler.of(new WhoService()));
                var client =
                        StreamSocket.connect(
                                InetEndpoint.of(
                                        "127.0.0.2", ((InetEndpoint) server.local()).port()))) {
            assertEquals(
                    "peer " + client.local() + "\nlocal " + client.peer() + "\n",
                    text(all(client)));
        }
    }

    @Test
    void whoTellsProcessUserAndGroupOverUnix() throws IOException {
        var at = UnixEndpoint.ofAbstract("services-" + ProcessHandle.current().pid());
        String expected = "\npid " + ProcessHandle.current().pid() + "\nuid ";
        try (var server = Server.stream(at, StreamHandler.of(new WhoService()));
                var client = connect(server)) {
            assertTrue(text(all(client)).contains(expected));
        }
        try (var server = Server.seqpacket(at, MessageHandler.of(new WhoService()));
                var client =
                        MessageSocket.of(
                                LinuxSocket.socket(
                                        AddressFamily.AF_UNIX, SocketType.SOCK_SEQPACKET))) {
            client.socket().connect(server.local());
            client.send("?");
            var answer = client.receive(ByteBuffer.allocate(1_000));
            assertTrue(
                    StandardCharsets.UTF_8.decode(answer.payload()).toString().contains(expected));
        }
    }

    @Test
    void whoTellsWhatALayerPresentsAndWhoCarriesIt() throws IOException {
        var client = InetEndpoint.of("192.0.2.7", 4_711);
        StreamLayer proxied =
                (below, connection) -> {
                    connection.presents(client, InetEndpoint.of("192.0.2.1", 80));
                    return below;
                };
        try (var server =
                        Server.stream(
                                InetEndpoint.loopback(0),
                                ServerSettings.DEFAULT.withLayers(proxied),
                                StreamHandler.of(new WhoService()));
                var socket = connect(server)) {
            assertEquals(
                    "peer 192.0.2.7:4711\ncarrier %s\nlocal 192.0.2.1:80\n"
                            .formatted(socket.local()),
                    text(all(socket)));
        }
    }

    @Test
    void whoTellsWhatTlsHasAgreedOn() throws IOException {
        var serving =
                TlsPeers.server()
                        .withTrust(TlsTrust.of(TlsPeers.AUTHORITY.root()))
                        .withClients(TlsClientAuth.NEED)
                        .withApplications("who");
        var asking =
                TlsPeers.client()
                        .withIdentities(TlsPeers.identity(TlsPeers.CLIENT))
                        .withApplications("who");
        var settings = ServerSettings.DEFAULT.withLayers(TlsLayer.of(TlsContext.of(serving)));
        try (var server =
                        Server.stream(
                                InetEndpoint.loopback(0),
                                settings,
                                StreamHandler.of(new WhoService()));
                var socket = connect(server);
                var client = TlsStream.client(socket, asking, "localhost")) {
            String said = text(all(client));
            assertTrue(said.startsWith("peer " + socket.local() + "\n"), said);
            var tls = client.details();
            String agreed = "tls TLSv1.3\ncipher " + tls.cipher() + "\nserver-name localhost\n";
            assertTrue(said.contains(agreed + "protocol who\nsubject CN="), said);
        }
    }

    @Test
    void discardCountsTheBytesOfAConnection() throws Exception {
        var discard = new DiscardService();
        try (var server = serve(discard);
                var client = connect(server)) {
            client.write(new byte[300_000]);
            client.shutdownOutput();
            assertEquals(0, all(client).length);
            assertEquals(300_000, discard.bytes());
        }
    }

    /** Another client gets a mebibyte while the first one, which reads nothing, gets no more. */
    @Test
    void chargenDoesNotOutrunASlowReaderNorKeepOthersWaiting() throws Exception {
        var settings = ServerSettings.DEFAULT.withOptions(SoOption.SND_BUF.to(4_096));
        try (var server =
                        Server.stream(
                                InetEndpoint.loopback(0),
                                settings,
                                StreamHandler.of(new CheckedService(new ChargenService())));
                var slow = LinuxSocket.socket(AddressFamily.AF_INET, SocketType.SOCK_STREAM)) {
            slow.setOption(SoOption.RCV_BUF, 4_096);
            slow.connect(server.local());
            var first = new byte[74];
            assertEquals(74, slow.recvInto(ByteBuffer.wrap(first), MessageFlag.MSG_WAITALL));
            assertEquals(" !\"#", text(first).substring(0, 4));
            try (var fast = connect(server)) {
                fast.write(new byte[10]);
                var bytes = new byte[1 << 20];
                for (int had = 0; had < bytes.length; ) {
                    had += fast.read(bytes, had, bytes.length - had);
                }
                for (int i = 0; i < bytes.length; i++) {
                    if (i % 74 < 72) {
                        assertEquals(' ' + (i / 74 + i % 74) % 95, bytes[i]);
                    }
                }
            }
            long lines =
                    server.connections().stream()
                            .filter(each -> each.id() == 1)
                            .findFirst()
                            .orElseThrow()
                            .messages()
                            .orElseThrow();
            assertTrue(lines * 74 < 500_000, lines + " lines made");
            assertEquals(1, server.stop(Duration.ZERO).cutOff());
        }
    }

    @Test
    void aServerThatStopsEndsChargenInOrder() throws Exception {
        try (var server = serve(new ChargenService());
                var client = connect(server)) {
            assertTrue(client.read(new byte[100]) > 0);
            var stop = Thread.ofVirtual().start(() -> server.stop(Duration.ofSeconds(30)));
            all(client);
            stop.join();
            assertEquals(1, server.stop().finished());
        }
    }
}
