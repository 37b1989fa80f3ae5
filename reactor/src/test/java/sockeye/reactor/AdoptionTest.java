// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.EndpointSpec;
import sockeye.EndpointSyntaxException;
import sockeye.InetEndpoint;
import sockeye.Listener;
import sockeye.MessageSocket;
import sockeye.PassedDescriptor;
import sockeye.Role;
import sockeye.StreamSocket;
import sockeye.UnixEndpoint;
import sockeye.reactor.testing.RecordingProtocol;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.Program;
import sockeye.testkit.TestFamily;
import sockeye.wire.EchoService;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionException;

/** Sockets that others have made: by number, by text, and from another process. */
@ExtendWith(NoLeaks.class)
@Tag("D1-08")
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // the protocols tell how it went
class AdoptionTest {
    /** Notes what it hears, and stops at the full stop. */
    private static final class Hearing implements Protocol {
        final StringBuilder heard = new StringBuilder();

        @Override
        public void received(Transport transport, ByteBuffer bytes) {
            heard.append(UTF_8.decode(bytes));
            if (heard.indexOf(".") >= 0) {
                transport.reactor().stop();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void aListenerAConnectionAndASocketOfDatagramsByTheirNumbers(Engine engine) throws Exception {
        int listening = Listener.stream(InetEndpoint.loopback(0)).socket().detach();
        int datagrams = MessageSocket.bind(InetEndpoint.loopback(0)).socket().detach();
        try (Reactor reactor = engine.open()) {
            Listening served =
                    reactor.listen(
                            EndpointSpec.parse("fd:" + listening),
                            Protocol.serving(new EchoService()));
            MessageTransport bound =
                    reactor.bind(
                            EndpointSpec.parse("fd:" + datagrams),
                            (transport, message) -> transport.reply(message));
            var client = new Hearing();
            int connected = StreamSocket.connect(served.local()).socket().detach();
            var early = new ArrayList<String>();
            // A connection that is there already: to connect to it is to adopt it.
            reactor.connect(EndpointSpec.parse("fd:" + connected), client)
                    .thenAccept(transport -> transport.write("echo."));
            Engine.run(reactor);
            assertEquals("echo.", client.heard.toString());
            reactor.connectDatagrams(
                            bound.local(),
                            (transport, message) -> {
                                early.add(UTF_8.decode(message).toString());
                                reactor.stop();
                            })
                    .thenAccept(transport -> transport.send("datagram"));
            Engine.run(reactor);
            assertEquals(List.of("datagram"), early);
            assertEquals(1, served.accepted());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void whatIsOfAnotherKindStaysTheCallers(Engine engine) throws Exception {
        try (Reactor reactor = engine.open();
                var listener = Listener.stream(InetEndpoint.loopback(0))) {
            EndpointSpec number = EndpointSpec.parse("fd:" + listener.socket().fileno());
            assertThrows(
                    EndpointSyntaxException.class,
                    () -> reactor.bind(number, (transport, message) -> {}));
            assertThrows(
                    EndpointSyntaxException.class,
                    () -> reactor.listenRecords(number, () -> (transport, message) -> {}));
            var refused = reactor.connect(number, new RecordingProtocol());
            refused.whenComplete((made, failed) -> reactor.stop());
            Engine.run(reactor);
            assertInstanceOf(
                    EndpointSyntaxException.class,
                    assertThrows(CompletionException.class, refused::join).getCause());
            try (var client = StreamSocket.connect(listener.local());
                    var accepted = listener.accept()) {
                assertEquals(client.local(), accepted.peer());
            }
        }
    }

    private static final String PYTHON =
            """
            import socket, sys
            listening = socket.create_server(('127.0.0.1', 0))
            client = socket.create_connection(listening.getsockname())
            served, _ = listening.accept()
            datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            datagrams.bind(('127.0.0.1', 0))
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as s:
                s.connect('\\0' + sys.argv[1])
                given = [listening, served, datagrams]
                socket.send_fds(s, [b'take'], [each.fileno() for each in given])
                s.recv(1)
                for each in given: each.close()
            client.sendall(b'one')
            print(client.recv(100).decode(), flush=True)
            """;

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void socketsThatAnotherProcessPassedAreServed(Engine engine) throws Exception {
        var roles = new ArrayList<Role>();
        try (Reactor reactor = engine.open()) {
            String name = TestFamily.freshName();
            reactor.listenRecords(
                    UnixEndpoint.ofAbstract(name),
                    () ->
                            new MessageProtocol() {
                                @Override
                                public void opened(MessageTransport transport) {
                                    transport
                                            .unwrap(MessagePassing.class)
                                            .orElseThrow()
                                            .receive(3, (from, passed) -> adopt(passed));
                                }

                                private void adopt(List<PassedDescriptor> passed) throws Exception {
                                    for (PassedDescriptor each : passed) {
                                        Role role = each.asRole();
                                        roles.add(role);
                                        switch (role) {
                                            case Listener<?> l ->
                                                    reactor.listen(
                                                            Listener.ofStream(l.socket()),
                                                            Protocol.serving(new EchoService()));
                                            case StreamSocket s ->
                                                    reactor.adopt(
                                                            s,
                                                            Protocol.serving(new EchoService())
                                                                    .protocol());
                                            case MessageSocket m ->
                                                    reactor.adopt(
                                                            m, (from, bytes) -> from.reply(bytes));
                                        }
                                    }
                                }

                                @Override
                                public void received(MessageTransport from, ByteBuffer message) {
                                    from.send("x");
                                }
                            });
            try (var running = new Running(reactor)) {
                assertEquals("one\n", Program.run(List.of("python3", "-c", PYTHON, name), ""));
                try (var client = StreamSocket.connect(((Listener<?>) roles.get(0)).local());
                        var asks = MessageSocket.connect(roles.get(2).socket().getSockName())) {
                    client.write("two\n");
                    assertEquals("two", client.reader().readLine());
                    asks.send("three");
                    assertEquals(
                            "three",
                            UTF_8.decode(asks.receive(ByteBuffer.allocate(9)).payload())
                                    .toString());
                }
                assertTrue(running.isAlive());
            }
        }
    }
}
