// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.Listener;
import sockeye.MessageSocket;
import sockeye.testkit.NoLeaks;
import sockeye.wire.DaytimeService;
import sockeye.wire.EchoService;
import sockeye.wire.Framer;
import sockeye.wire.LengthFramer;
import sockeye.wire.LengthPrefix;
import sockeye.wire.LineFramer;
import sockeye.wire.MessageService;
import sockeye.wire.NetstringFramer;
import sockeye.wire.ProxyHeader;
import sockeye.wire.StreamService;
import sockeye.wire.TimeService;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** Twisted and asyncio at the other end, as clients of ours and as servers for ours. */
@ParameterizedClass
@EnumSource(
        value = Engine.class,
        names = {"EPOLL", "IO_URING"})
@ExtendWith(NoLeaks.class)
@Timeout(60)
class TwistedTest {
    private static final String PYTHON = "/usr/bin/python3";

    private static final Duration PATIENCE = Duration.ofSeconds(30);

    /** How many messages go to and fro. */
    private static final int MESSAGES = 200;

    /** One way to tell messages apart, in both worlds. */
    @SuppressWarnings("ImmutableEnumChecker") // what makes framers has no state
    enum Framing {
        LINE("LineReceiver", "sendLine", () -> new LineFramer(1_000)) {
            @Override
            byte[] framed(byte[] message) {
                return joined(message, "\r\n".getBytes(StandardCharsets.US_ASCII));
            }
        },
        NETSTRING("NetstringReceiver", "sendString", () -> new NetstringFramer(1_000)) {
            @Override
            byte[] framed(byte[] message) {
                byte[] end = ",".getBytes(StandardCharsets.US_ASCII);
                return joined(NetstringFramer.head(message.length), message, end);
            }
        },
        INT8("Int8StringReceiver", LengthPrefix.U8),
        INT16("Int16StringReceiver", LengthPrefix.U16_BE),
        INT32("Int32StringReceiver", LengthPrefix.U32_BE);

        final String receiver;
        final String send;
        final Supplier<Framer> framer;
        private final LengthPrefix prefix;

        Framing(String receiver, String send, Supplier<Framer> framer) {
            this.receiver = receiver;
            this.send = send;
            this.framer = framer;
            this.prefix = LengthPrefix.U8;
        }

        Framing(String receiver, LengthPrefix prefix) {
            this.receiver = receiver;
            this.send = "sendString";
            this.framer = () -> new LengthFramer(prefix, 255);
            this.prefix = prefix;
        }

        byte[] framed(byte[] message) {
            ByteBuffer all = ByteBuffer.allocate(16 + message.length);
            prefix.put(all, message.length);
            all.put(message).flip();
            byte[] bytes = new byte[all.remaining()];
            all.get(bytes);
            return bytes;
        }

        private static byte[] joined(byte[]... parts) {
            int length = 0;
            for (byte[] each : parts) {
                length += each.length;
            }
            ByteBuffer all = ByteBuffer.allocate(length);
            for (byte[] each : parts) {
                all.put(each);
            }
            return all.array();
        }
    }

    /** What both directions of a framing need: a receiver that is told of messages. */
    private static final String FRAMING =
            """
            import sys
            from twisted.internet import reactor, protocol
            from twisted.protocols import basic
            Receiver = getattr(basic, sys.argv[1])
            send = sys.argv[2]
            count = int(sys.argv[3])
            class Told(Receiver):
                MAX_LENGTH = 255 if sys.argv[1] == 'Int8StringReceiver' else 1000
                def lineReceived(self, line): self.message(line)
                def stringReceived(self, string): self.message(string)
            """;

    private static final String FRAMED_SERVER =
            FRAMING
                    + """
                    class Echo(Told):
                        def message(self, bytes): getattr(self, send)(bytes)
                        def connectionLost(self, reason): reactor.stop()
                    class Factory(protocol.ServerFactory):
                        protocol = Echo
                    port = reactor.listenTCP(0, Factory(), interface='127.0.0.1')
                    print(port.getHost().port, flush=True)
                    reactor.run()
                    """;

    private static final String FRAMED_CLIENT =
            FRAMING
                    + """
                    class Asker(Told):
                        heard = 0
                        def connectionMade(self):
                            for i in range(count): getattr(self, send)(b'm' * (i % 200))
                        def message(self, bytes):
                            assert bytes == b'm' * (self.heard % 200), (self.heard, bytes)
                            self.heard += 1
                            if self.heard == count: self.transport.loseConnection()
                        def connectionLost(self, reason):
                            print('heard', self.heard, reason.type.__name__, flush=True)
                            reactor.stop()
                    class Factory(protocol.ClientFactory):
                        protocol = Asker
                    reactor.connectTCP('127.0.0.1', int(sys.argv[4]), Factory())
                    reactor.run()
                    """;

    @Parameter Engine engine;

    @BeforeAll
    static void requireTwisted() throws Exception {
        int code;
        try {
            code =
                    new ProcessBuilder(PYTHON, "-c", "import twisted")
                            .redirectErrorStream(true)
                            .start()
                            .waitFor();
        } catch (IOException missing) {
            code = -1;
        }
        if (code != 0) {
            String why = "Debian's python3-twisted is not installed";
            if ("true".equals(System.getenv("CI"))) {
                fail(why);
            }
            System.err.println("*** skipped: " + why);
            abort(why);
        }
    }

    /** A program of Python's; what it prints is read to its end. */
    private static final class Python implements AutoCloseable {
        private final Process process;
        private final BufferedReader lines;

        Python(String program, Object... arguments) throws IOException {
            var command = new ArrayList<>(List.of(PYTHON, "-u", "-c", program));
            for (Object each : arguments) {
                command.add(each.toString());
            }
            process =
                    new ProcessBuilder(command)
                            .redirectError(ProcessBuilder.Redirect.INHERIT)
                            .start();
            lines = process.inputReader(StandardCharsets.UTF_8);
        }

        String line() throws IOException {
            return Objects.requireNonNull(lines.readLine(), "it has ended");
        }

        int port() throws IOException {
            return Integer.parseInt(line());
        }

        int code() throws InterruptedException {
            return process.waitFor();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }

    private interface Serving {
        Endpoint on(Reactor reactor) throws IOException;
    }

    /** Runs a program of theirs against something of ours; the line that it prints. */
    private String asked(Serving serving, String program, Object... arguments) throws Exception {
        try (Reactor reactor = engine.open()) {
            InetEndpoint at = (InetEndpoint) serving.on(reactor);
            var all = new ArrayList<Object>(List.of(arguments));
            all.add(at.port());
            var said = new String[1];
            var client =
                    Thread.ofPlatform()
                            .start(() -> {
                                try (var python = new Python(program, all.toArray())) {
                                    said[0] = python.line();
                                    said[0] += " " + python.code();
                                } catch (IOException | InterruptedException failed) {
                                    said[0] = failed.toString();
                                } finally {
                                    reactor.stop();
                                }
                            });
            reactor.run();
            client.join();
            return said[0];
        }
    }

    private static Endpoint loopback() {
        return InetEndpoint.of("127.0.0.1", 0);
    }

    @ParameterizedTest
    @EnumSource
    void theirReceiversUnderstandOurFramesAsClients(Framing framing) throws Exception {
        String said =
                asked(
                        reactor -> {
                            Listening listening =
                                    reactor.listen(
                                            loopback(),
                                            Frames.of(
                                                    framing.framer,
                                                    (frame, transport) ->
                                                            transport.write(
                                                                    framing.framed(frame.copy()))));
                            return Objects.requireNonNull(listening.local());
                        },
                        FRAMED_CLIENT,
                        framing.receiver,
                        framing.send,
                        MESSAGES);
        assertEquals("heard " + MESSAGES + " ConnectionDone 0", said);
    }

    /** Asks them, and counts what comes back as it was sent. */
    private static final class Asker implements Protocol {
        private final Framing framing;
        private final Frames frames;
        private int heard;
        private @Nullable Throwable why = new IllegalStateException("not closed");

        Asker(Framing framing) {
            this.framing = framing;
            this.frames = new Frames(framing.framer.get(), this::frame);
        }

        private static byte[] message(int i) {
            return "m".repeat(i % 200).getBytes(StandardCharsets.US_ASCII);
        }

        @Override
        public void opened(Transport transport) {
            for (int i = 0; i < MESSAGES; i++) {
                transport.write(framing.framed(message(i)));
            }
        }

        @Override
        public void received(Transport transport, ByteBuffer bytes) throws Exception {
            frames.received(transport, bytes);
        }

        private void frame(Framer frame, Transport transport) {
            assertEquals(
                    new String(message(heard), StandardCharsets.US_ASCII),
                    new String(frame.copy(), StandardCharsets.US_ASCII));
            if (++heard == MESSAGES) {
                transport.close();
            }
        }

        @Override
        public void closed(Transport transport, @Nullable Throwable reason) {
            why = reason;
            transport.reactor().stop();
        }
    }

    @ParameterizedTest
    @EnumSource
    @SuppressWarnings("FutureReturnValueIgnored") // the protocol tells how it went
    void theirReceiversUnderstandOurFramesAsServers(Framing framing) throws Exception {
        try (var python = new Python(FRAMED_SERVER, framing.receiver, framing.send, MESSAGES);
                Reactor reactor = engine.open()) {
            var asker = new Asker(framing);
            reactor.connect(InetEndpoint.of("127.0.0.1", python.port()), asker);
            reactor.after(PATIENCE, reactor::stop);
            reactor.run();
            assertNull(asker.why);
            assertEquals(MESSAGES, asker.heard);
            assertEquals(0, python.code());
        }
    }

    // Services.

    private static final String ECHO_CLIENT =
            """
            import sys
            from twisted.internet import reactor, protocol
            data = bytes(range(256)) * 2000
            class Echo(protocol.Protocol):
                heard = b''
                def connectionMade(self):
                    self.transport.write(data)
                    self.transport.loseWriteConnection()
                def dataReceived(self, bytes): self.heard += bytes
                def connectionLost(self, reason):
                    print(self.heard == data, reason.type.__name__, flush=True)
                    reactor.stop()
            class Factory(protocol.ClientFactory):
                protocol = Echo
            reactor.connectTCP('127.0.0.1', int(sys.argv[1]), Factory())
            reactor.run()
            """;

    private static Serving host(StreamService service) {
        return reactor ->
                ServiceHost.streams(
                                reactor, Listener.stream(loopback()), service, HostSettings.DEFAULT)
                        .local();
    }

    private static Serving host(MessageService service) {
        return reactor ->
                ServiceHost.datagrams(
                                reactor,
                                MessageSocket.bind(loopback()),
                                service,
                                HostSettings.DEFAULT)
                        .local();
    }

    @Test
    void theirClientGetsAnEchoOfAllItSentAndAnOrderlyEnd() throws Exception {
        StreamService service = new EchoService();
        assertEquals("True ConnectionDone 0", asked(host(service), ECHO_CLIENT));
    }

    /** Twisted's own time service; that of daytime does not run on Python 3. */
    private static final String TIME_SERVER =
            """
            from twisted.internet import reactor, protocol
            from twisted.protocols import wire
            class Factory(protocol.ServerFactory):
                protocol = wire.Time
            port = reactor.listenTCP(0, Factory(), interface='127.0.0.1')
            print(port.getHost().port, flush=True)
            reactor.run()
            """;

    /** Keeps what comes, till the end. */
    private static class Keeper extends Recorder {
        @Override
        void onClosed(Transport from) {
            from.reactor().stop();
        }
    }

    @Test
    @SuppressWarnings("FutureReturnValueIgnored") // the protocol tells how it went
    void ourClientReadsTheirTime() throws Exception {
        try (var python = new Python(TIME_SERVER);
                Reactor reactor = engine.open()) {
            var client = new Keeper();
            reactor.connect(InetEndpoint.of("127.0.0.1", python.port()), client);
            reactor.after(PATIENCE, reactor::stop);
            reactor.run();
            assertNull(client.why);
            byte[] said = client.bytes.toByteArray();
            assertEquals(4, said.length);
            // Theirs counts from 1970 and not, as RFC 868 wants it, from 1900.
            long then = Integer.toUnsignedLong(ByteBuffer.wrap(said).getInt());
            long now = System.currentTimeMillis() / 1_000;
            assertTrue(Math.abs(then - now) < 3_600, then + " at " + now);
        }
    }

    /** Twisted's own wrapper for what stands behind a proxy; it tells who it thinks is there. */
    private static final String BEHIND_A_PROXY =
            """
            from ipaddress import ip_address
            from twisted.internet import reactor, protocol, endpoints
            from twisted.protocols import basic
            class Who(basic.LineReceiver):
                def lineReceived(self, line):
                    peer, host = self.transport.getPeer(), self.transport.getHost()
                    said = [line.decode(), peer.type]
                    for each in peer, host: said += [str(ip_address(each.host)), str(each.port)]
                    self.sendLine(' '.join(said).encode())
                    self.transport.loseConnection()
            class Factory(protocol.ServerFactory):
                protocol = Who
            there = endpoints.serverFromString(reactor, 'haproxy:tcp:0:interface=127.0.0.1')
            there.listen(Factory()).addCallback(
                lambda port: print(port.getHost().port, flush=True))
            reactor.run()
            """;

    static Stream<Arguments> headers() {
        InetEndpoint client = InetEndpoint.of("203.0.113.7", 4711);
        InetEndpoint front = InetEndpoint.of("198.51.100.1", 443);
        InetEndpoint client6 = InetEndpoint.of("2001:db8::7", 4711);
        InetEndpoint front6 = InetEndpoint.of("2001:db8::1", 443);
        return Stream.of(
                Arguments.of(
                        ProxyHeader.v1(client, front), "TCP 203.0.113.7 4711 198.51.100.1 443"),
                Arguments.of(
                        ProxyHeader.v2(client, front), "TCP 203.0.113.7 4711 198.51.100.1 443"),
                Arguments.of(
                        ProxyHeader.v1(client6, front6), "TCP 2001:db8::7 4711 2001:db8::1 443"),
                Arguments.of(
                        ProxyHeader.v2(client6, front6), "TCP 2001:db8::7 4711 2001:db8::1 443"));
    }

    @ParameterizedTest
    @MethodSource("headers")
    @Tag("D3-07")
    @Tag("D4-15")
    @SuppressWarnings("FutureReturnValueIgnored") // the protocol tells how it went
    void theirWrapperBelievesWhomWeSayThatWeCarry(ProxyHeader header, String facts)
            throws Exception {
        try (var python = new Python(BEHIND_A_PROXY);
                Reactor reactor = engine.open()) {
            var client =
                    new Keeper() {
                        @Override
                        void onOpened(Transport opened) {
                            opened.write("hello\r\n");
                        }
                    };
            Protocol carried = SendProxy.of(header).over(client);
            reactor.connect(InetEndpoint.of("127.0.0.1", python.port()), carried);
            reactor.after(PATIENCE, reactor::stop);
            reactor.run();
            assertNull(client.why);
            assertEquals("hello " + facts + "\r\n", client.bytes.toString(StandardCharsets.UTF_8));
        }
    }

    private static final String LISTENER =
            """
            import sys, struct, time
            from twisted.internet import reactor, protocol
            class Listener(protocol.Protocol):
                heard = b''
                def dataReceived(self, bytes): self.heard += bytes
                def connectionLost(self, reason):
                    if sys.argv[1] == 'time':
                        then = struct.unpack('!I', self.heard)[0] - 2208988800
                    else:
                        then = time.mktime(time.strptime(self.heard.decode().strip()))
                    print(abs(then - time.time()) < 3600, reason.type.__name__, flush=True)
                    reactor.stop()
            class Factory(protocol.ClientFactory):
                protocol = Listener
            reactor.connectTCP('127.0.0.1', int(sys.argv[2]), Factory())
            reactor.run()
            """;

    @ParameterizedTest
    @ValueSource(strings = {"time", "daytime"})
    void theirClientReadsOurTime(String name) throws Exception {
        StreamService service =
                name.equals("time") ? new TimeService() : DaytimeService.in(ZoneId.systemDefault());
        assertEquals("True ConnectionDone 0", asked(host(service), LISTENER, name));
    }

    private static final String UDP_CLIENT =
            """
            import sys
            from twisted.internet import reactor, protocol
            class Asker(protocol.DatagramProtocol):
                heard = 0
                def startProtocol(self):
                    self.transport.connect('127.0.0.1', int(sys.argv[1]))
                    self.ask()
                def ask(self): self.transport.write(b'q' * self.heard)
                def datagramReceived(self, data, peer):
                    assert data == b'q' * self.heard, (self.heard, data)
                    self.heard += 1
                    if self.heard < 100:
                        self.ask()
                    else:
                        print('heard', self.heard, flush=True)
                        reactor.stop()
            reactor.listenUDP(0, Asker(), interface='127.0.0.1')
            reactor.run()
            """;

    private static final String ASYNCIO_CLIENT =
            """
            import asyncio, sys
            async def main():
                reader, writer = await asyncio.open_connection('127.0.0.1', int(sys.argv[1]))
                data = bytes(range(256)) * 2000
                writer.write(data)
                writer.write_eof()
                print(await reader.read() == data, flush=True)
                writer.close()
            asyncio.run(main())
            """;

    @Test
    void theirDatagramsAreEchoed() throws Exception {
        MessageService service = new EchoService();
        assertEquals("heard 100 0", asked(host(service), UDP_CLIENT));
    }

    @Test
    void asyncioGetsAnEchoOfAllItSentAndTheEnd() throws Exception {
        StreamService service = new EchoService();
        assertEquals("True 0", asked(host(service), ASYNCIO_CLIENT));
    }

    private static final String UDP_SERVER =
            """
            from twisted.internet import reactor, protocol
            class Echo(protocol.DatagramProtocol):
                def datagramReceived(self, data, peer): self.transport.write(data, peer)
            port = reactor.listenUDP(0, Echo(), interface='127.0.0.1')
            print(port.getHost().port, flush=True)
            reactor.run()
            """;

    @Test
    void theirServerEchoesOurDatagrams() throws Exception {
        try (var python = new Python(UDP_SERVER);
                Reactor reactor = engine.open()) {
            Endpoint server = InetEndpoint.of("127.0.0.1", python.port());
            int[] heard = {0};
            MessageTransport client =
                    reactor.bind(
                            loopback(),
                            (transport, message) -> {
                                assertEquals(heard[0], message.remaining());
                                if (++heard[0] == 100) {
                                    reactor.stop();
                                } else {
                                    transport.send(ByteBuffer.allocate(heard[0]), server);
                                }
                            });
            client.send(ByteBuffer.allocate(0), server);
            reactor.after(PATIENCE, reactor::stop);
            reactor.run();
            assertEquals(100, heard[0]);
        }
    }
}
