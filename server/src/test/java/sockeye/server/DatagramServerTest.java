// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.Endpoint;
import sockeye.LinuxSocket;
import sockeye.Message;
import sockeye.MessageFlag;
import sockeye.MessageSocket;
import sockeye.SocketType;
import sockeye.wire.AnswerRules;
import sockeye.wire.EchoService;
import sockeye.wire.TimestampService;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.ZoneOffset;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;

/** Datagrams of every family. */
@Timeout(60)
@SuppressWarnings("try") // A client that closes before its scope ends is the point.
class DatagramServerTest {
    static List<Endpoint> endpoints() throws IOException {
        return Peers.endpoints();
    }

    private static String text(Message message) {
        assertNotNull(message);
        return StandardCharsets.UTF_8.decode(message.payload()).toString();
    }

    private static String receive(MessageSocket client) throws IOException {
        return text(client.receive(ByteBuffer.allocate(70_000)));
    }

    @ParameterizedTest
    @MethodSource("endpoints")
    void eachIsAnsweredToItsSender(Endpoint endpoint) throws Exception {
        for (DatagramHandler handler :
                List.<DatagramHandler>of(
                        DatagramHandler.of(new EchoService()),
                        request -> request.reply(request.payload()))) {
            try (var server = Server.datagram(endpoint, handler);
                    var one = MessageSocket.connect(server.local());
                    var two = MessageSocket.connect(server.local())) {
                for (int i = 0; i < 500; i++) {
                    one.send("one " + i);
                    two.send("two " + i);
                    assertEquals("one " + i, receive(one));
                    assertEquals("two " + i, receive(two));
                }
                one.send("");
                assertEquals("", receive(one));
                assertEquals(1_001, server.received());
                assertEquals(0, server.undelivered());
            }
        }
    }

    @ParameterizedTest
    @MethodSource("endpoints")
    void aServiceAnswersWithMoreThanItGot(Endpoint endpoint) throws Exception {
        var handler = DatagramHandler.of(TimestampService.in(ZoneOffset.UTC));
        try (var server = Server.datagram(endpoint, handler);
                var client = MessageSocket.connect(server.local())) {
            client.send("hello");
            String answer = receive(client);
            assertTrue(answer.endsWith("] hello"), answer);
        }
    }

    @ParameterizedTest
    @MethodSource("endpoints")
    void aTooLongOneIsDroppedWholeAndCounted(Endpoint endpoint) throws Exception {
        var settings = ServerSettings.DEFAULT.withLimits(ServerLimits.DEFAULT.withMaxMessage(4));
        try (var server =
                        Server.datagram(
                                endpoint, settings, request -> request.reply(request.payload()));
                var client = MessageSocket.connect(server.local())) {
            client.send("12345");
            client.send("1234");
            assertEquals("1234", receive(client));
            assertEquals(1, server.truncated());
        }
    }

    @Test
    void severalAnswersToOneKeepTheirOrder() throws Exception {
        try (var server =
                        Server.datagram(
                                Peers.tcp(),
                                request -> {
                                    for (int i = 0; i < 100; i++) {
                                        request.reply("answer " + i);
                                    }
                                });
                var client = MessageSocket.connect(server.local())) {
            client.send("?");
            for (int i = 0; i < 100; i++) {
                assertEquals("answer " + i, receive(client));
            }
        }
    }

    @Test
    void aHandlerThatThrowsHarmsNoOther() throws Exception {
        var recorder = new Peers.Recorder();
        DatagramHandler fragile =
                request -> {
                    if (!request.payload().hasRemaining()) {
                        throw new IllegalStateException("empty");
                    }
                    request.reply(request.payload());
                };
        try (var server = Server.datagram(Peers.tcp(), recorder.settings(), fragile);
                var client = MessageSocket.connect(server.local())) {
            client.send("");
            client.send("hello");
            assertEquals("hello", receive(client));
            assertEquals("empty", recorder.requestFailed.take().getMessage());
        }
    }

    @Test
    void aRequestIsOverWhenItsHandlerHasReturned() throws Exception {
        var leaked = new AtomicReference<Request>();
        try (var server =
                        Server.datagram(
                                Peers.tcp(),
                                request -> {
                                    leaked.set(request);
                                    request.reply("seen");
                                });
                var client = MessageSocket.connect(server.local())) {
            client.send("hello");
            assertEquals("seen", receive(client));
            assertThrows(IllegalStateException.class, () -> leaked.get().payload());
            assertThrows(IllegalStateException.class, () -> leaked.get().reply("late"));
        }
    }

    @Test
    void aCopyIsAnsweredAtAnyTime() throws Exception {
        var copies = new ArrayBlockingQueue<Request>(2);
        try (var server = Server.datagram(Peers.tcp(), request -> copies.add(request.copy()));
                var client = MessageSocket.connect(server.local())) {
            client.send("one");
            client.send("two");
            Request one = copies.take();
            Request two = copies.take();
            two.copy().reply(two.payload());
            one.reply(one.payload());
            assertEquals("two", receive(client));
            assertEquals("one", receive(client));
            assertEquals(client.local(), one.peer());
        }
    }

    @Test
    void whoHasNoNameGetsNoAnswer() throws Exception {
        Endpoint endpoint = Peers.abstractName();
        try (var server = Server.datagram(endpoint, DatagramHandler.of(new EchoService()));
                var nameless = MessageSocket.open(endpoint.family());
                var named = MessageSocket.connect(server.local())) {
            nameless.sendTo("hello", server.local());
            named.send("hello");
            assertEquals("hello", receive(named));
            assertEquals(1, server.undelivered());
        }
    }

    @Test
    void aPeerWhoseQueueIsFullHoldsUpNobody() throws Exception {
        Endpoint endpoint = Peers.abstractName();
        try (var server = Server.datagram(endpoint, DatagramHandler.of(new EchoService()));
                var deaf = MessageSocket.bind(Peers.abstractName());
                var other = MessageSocket.connect(server.local())) {
            for (int i = 0; i < 2_000; i++) {
                deaf.sendTo("hello", server.local());
            }
            other.send("hello");
            assertEquals("hello", receive(other));
            assertTrue(server.undelivered() > 0);
        }
    }

    @Test
    void aPeerThatIsGoneIsCounted() throws Exception {
        Endpoint endpoint = Peers.abstractName();
        var copies = new ArrayBlockingQueue<Request>(1);
        try (var server = Server.datagram(endpoint, request -> copies.add(request.copy()))) {
            try (var client = MessageSocket.connect(server.local())) {
                client.send("hello");
                copies.peek();
                while (copies.isEmpty()) {
                    Thread.onSpinWait();
                }
            }
            copies.take().reply("too late");
            assertEquals(1, server.undelivered());
        }
    }

    @Test
    void anAnswerThatNoDatagramHoldsIsCounted() throws Exception {
        var limits = ServerLimits.DEFAULT.withAnswers(AnswerRules.NONE);
        try (var server =
                        Server.datagram(
                                Peers.tcp(),
                                ServerSettings.DEFAULT.withLimits(limits),
                                request -> {
                                    request.reply(new byte[70_000]);
                                    request.reply(new byte[65_530]);
                                    request.reply("short");
                                });
                var client = MessageSocket.connect(server.local())) {
            client.send("?");
            assertEquals("short", receive(client));
            assertEquals(2, server.undelivered());
        }
    }

    @Test
    void aConnectedSocketOutlivesARefusal() throws Exception {
        try (var peer = MessageSocket.bind(Peers.tcp());
                var socket = LinuxSocket.socket(peer.socket().family(), SocketType.SOCK_DGRAM)) {
            Endpoint gone = peer.local();
            assertNotNull(gone);
            peer.close();
            socket.connect(gone);
            socket.send("anybody there?".getBytes(StandardCharsets.UTF_8));
            // The refusal is in the socket's error now, and the server's first receive gets it.
            var recorder = new Peers.Recorder();
            try (var server =
                            Server.datagram(
                                    MessageSocket.of(socket),
                                    recorder.settings(),
                                    request -> request.reply(request.payload()));
                    var again = MessageSocket.bind(gone)) {
                again.sendTo("now there is", server.local());
                assertEquals("now there is", receive(again));
            }
        }
    }

    @Test
    void whatWasQueuedIsAnsweredBeforeTheEnd() throws Exception {
        Endpoint endpoint = Peers.abstractName();
        try (var server = Server.datagram(endpoint, DatagramHandler.of(new EchoService()));
                var client = MessageSocket.connect(server.local())) {
            client.send("hello");
            server.stop();
            byte[] answer = new byte[10];
            assertEquals(5, client.socket().recvInto(answer, 0, 10, MessageFlag.MSG_DONTWAIT));
        }
    }
}
