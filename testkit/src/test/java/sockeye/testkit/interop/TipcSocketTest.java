// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit.interop;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static sockeye.AddressFamily.AF_TIPC;
import static sockeye.SocketType.SOCK_DGRAM;
import static sockeye.SocketType.SOCK_RDM;
import static sockeye.SocketType.SOCK_SEQPACKET;
import static sockeye.SocketType.SOCK_STREAM;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.Deadline;
import sockeye.EndpointSpec;
import sockeye.ErrnoFailure;
import sockeye.LinuxSocket;
import sockeye.ListenSettings;
import sockeye.Listener;
import sockeye.Message;
import sockeye.MessageFlag;
import sockeye.MessageSocket;
import sockeye.Role;
import sockeye.StreamSocket;
import sockeye.TipcAncillary;
import sockeye.TipcEndpoint;
import sockeye.TipcError;
import sockeye.TipcImportance;
import sockeye.TipcNames;
import sockeye.TipcOption;
import sockeye.TipcReturned;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.Task;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What TIPC has beside the contracts, on one node. */
@Tag("A6-07")
@Tag("lab-kernel")
@ExtendWith({TipcLab.class, NoLeaks.class})
class TipcSocketTest {
    private static ByteBuffer room() {
        return ByteBuffer.allocate(TipcEndpoint.MAX_MESSAGE);
    }

    private static String text(@Nullable Message message) {
        assertNotNull(message);
        return UTF_8.decode(message.payload().duplicate()).toString();
    }

    private static void end(AutoCloseable socket) throws Exception {
        socket.close();
    }

    private static int errno(IOException failure) {
        return ((ErrnoFailure) failure).errno().number();
    }

    private static MessageSocket bind(TipcEndpoint name) throws IOException {
        return MessageSocket.bind(name, SOCK_RDM, 0, ListenSettings.DEFAULT);
    }

    private static MessageSocket open() throws IOException {
        return MessageSocket.open(AF_TIPC, SOCK_RDM, 0);
    }

    // Names.

    @Test
    void aServiceIsFoundByItsName() throws Exception {
        var service = TipcLab.freshService();
        try (var server = bind(service);
                var client = open()) {
            client.sendTo("hello", service);
            Message request = server.receive(room(), TipcAncillary.SPACE);
            assertEquals("hello", text(request));
            assertEquals(
                    Optional.of(new TipcAncillary.Destination(service.all())),
                    request.find(TipcAncillary.Destination.class));
            assertEquals(client.local(), request.peer());
            server.sendTo("answer", request.peer());
            assertEquals("answer", text(client.receive(room())));
        }
    }

    @Test
    void aServiceThatNobodyOffersIsNoRoute() throws Exception {
        var service = TipcLab.freshService();
        try (var client = open()) {
            var failure =
                    assertThrows(NoRouteToHostException.class, () -> client.sendTo("x", service));
            assertTrue(
                    failure.getMessage().startsWith("sendto tipc-rdm:" + service + ":"),
                    failure.getMessage());
        }
        assertThrows(NoRouteToHostException.class, () -> StreamSocket.connect(service));
    }

    @Test
    void namesComeAndGoWhileTheSocketLives() throws Exception {
        var one = TipcLab.freshService();
        var range = TipcEndpoint.range(TipcLab.freshType(), 100, 199);
        try (var server = bind(one);
                var client = open()) {
            var names = TipcNames.of(server);
            names.bind(range);
            names.bind(range.with(TipcEndpoint.Scope.NODE));
            client.sendTo("a", TipcEndpoint.service(range.type(), 150));
            client.sendTo("b", one);
            assertEquals("a", text(server.receive(room())));
            assertEquals("b", text(server.receive(room())));
            names.unbind(range);
            client.sendTo("c", TipcEndpoint.service(range.type(), 100));
            names.unbind(range.with(TipcEndpoint.Scope.NODE));
            assertThrows(
                    NoRouteToHostException.class,
                    () -> client.sendTo("x", TipcEndpoint.service(range.type(), 100)));
            assertEquals("c", text(server.receive(room())));
            assertEquals(
                    22,
                    errno(assertThrows(IOException.class, () -> names.unbind(range))),
                    "EINVAL");
            names.unbindAll();
            assertThrows(NoRouteToHostException.class, () -> client.sendTo("x", one));
        }
    }

    @Test
    void reservedTypesAndSocketsCannotBeBound() throws Exception {
        try (var socket = LinuxSocket.socket(AF_TIPC, SOCK_RDM)) {
            var reserved =
                    assertThrows(IOException.class, () -> socket.bind(TipcEndpoint.service(63, 1)));
            assertEquals(13, errno(reserved), "EACCES");
            assertTrue(reserved.getMessage().contains("tipc-rdm:63/1"), reserved.getMessage());
            assertEquals(
                    97,
                    errno(
                            assertThrows(
                                    IOException.class,
                                    () -> socket.bind(TipcEndpoint.socket(1, 0)))),
                    "EAFNOSUPPORT");
        }
    }

    @Test
    void anycastGoesToOneOfThoseWhoOfferInTurn() throws Exception {
        var service = TipcLab.freshService();
        try (var first = bind(service);
                var second = bind(service);
                var client = open()) {
            for (int i = 0; i < 10; i++) {
                client.sendTo("x", service);
            }
            int firsts = first.socket().getOption(TipcOption.SOCK_RECVQ_DEPTH);
            int seconds = second.socket().getOption(TipcOption.SOCK_RECVQ_DEPTH);
            assertEquals(10, firsts + seconds);
            assertEquals(firsts, seconds);
            assertTrue(first.socket().getOption(TipcOption.SOCK_RECVQ_USED) > 0);
        }
    }

    @Test
    void multicastGoesOnceToEachWhoseRangeOverlaps() throws Exception {
        long type = TipcLab.freshType();
        try (var low = bind(TipcEndpoint.range(type, 0, 9));
                var high = bind(TipcEndpoint.range(type, 10, 19));
                var far = bind(TipcEndpoint.range(type, 100, 109));
                var client = open()) {
            var range = TipcEndpoint.range(type, 5, 15);
            client.sendTo("all", range);
            client.sendTo("one", TipcEndpoint.service(type, 7).all());
            Message received = low.receive(room(), TipcAncillary.SPACE);
            assertEquals("all", text(received));
            assertEquals(
                    range, received.find(TipcAncillary.Destination.class).orElseThrow().service());
            assertEquals("one", text(low.receive(room())));
            assertEquals("all", text(high.receive(room())));
            assertEquals(0, high.socket().getOption(TipcOption.SOCK_RECVQ_DEPTH));
            assertEquals(0, far.socket().getOption(TipcOption.SOCK_RECVQ_DEPTH));
            assertThrows(
                    NoRouteToHostException.class,
                    () -> client.sendTo("x", TipcEndpoint.range(type, 200, 300)));
        }
    }

    @Test
    void aDefaultDestinationIsStoredAndForgotten() throws Exception {
        var service = TipcLab.freshService();
        try (var server = bind(service);
                var client = MessageSocket.connect(service, SOCK_RDM, Deadline.NONE)) {
            client.send("there");
            assertEquals("there", text(server.receive(room())));
            assertEquals(service, client.peer());
            client.socket().disconnect();
            var failure = assertThrows(IOException.class, () -> client.send("nowhere"));
            assertEquals(89, errno(failure), "EDESTADDRREQ");
        }
    }

    @Test
    void aMessageCanBeReadInParts() throws Exception {
        var service = TipcLab.freshService();
        try (var server = bind(service);
                var client = open()) {
            client.sendTo("0123456789", service);
            Message first = server.receive(ByteBuffer.allocate(4), 0, MessageFlag.MSG_EOR);
            assertEquals("0123", text(first));
            assertFalse(first.truncated() || first.endOfRecord());
            Message rest = server.receive(room(), 0, MessageFlag.MSG_EOR);
            assertEquals("456789", text(rest));
            assertTrue(rest.endOfRecord());
        }
    }

    @Test
    void aMessageBeyond66000BytesIsRefused() throws Exception {
        var service = TipcLab.freshService();
        try (var server = bind(service);
                var client = open()) {
            client.sendTo(new byte[TipcEndpoint.MAX_MESSAGE], service);
            assertEquals(
                    TipcEndpoint.MAX_MESSAGE,
                    server.receive(ByteBuffer.allocateDirect(70_000)).length());
            var failure =
                    assertThrows(
                            IOException.class,
                            () -> client.sendTo(new byte[TipcEndpoint.MAX_MESSAGE + 1], service));
            assertEquals(90, errno(failure), "EMSGSIZE");
        }
    }

    // What comes back.

    @Test
    void aMessageThatCannotBeDeliveredComesBackIfAskedTo() throws Exception {
        var service = TipcLab.freshService();
        try (var client =
                MessageSocket.open(AF_TIPC, SOCK_RDM, 0, TipcOption.DEST_DROPPABLE.to(false))) {
            var server = bind(service);
            client.sendTo("unread", service);
            server.close();
            Message message = client.receive(room(), TipcAncillary.SPACE);
            var returned = TipcReturned.of(message).orElseThrow();
            assertEquals(TipcError.NO_PORT, returned.error());
            assertEquals("unread", UTF_8.decode(returned.payload().duplicate()).toString());
            assertEquals(6, returned.length());
            assertEquals(0, message.length());
        }
    }

    @Test
    void aMessageToADeadSocketComesBackAndOthersArriveAsUsual() throws Exception {
        TipcEndpoint dead;
        try (var gone = open()) {
            dead = (TipcEndpoint) gone.local();
        }
        try (var client =
                        MessageSocket.open(
                                AF_TIPC, SOCK_DGRAM, 0, TipcOption.DEST_DROPPABLE.to(false));
                var friend = open()) {
            client.sendTo("lost", dead);
            friend.sendTo("news", client.local());
            Message first = client.receive(room(), TipcAncillary.SPACE);
            Message second = client.receive(room(), TipcAncillary.SPACE);
            assertEquals(TipcError.NO_PORT, TipcReturned.of(first).orElseThrow().error());
            assertEquals(Optional.empty(), TipcReturned.of(second));
            assertEquals("news", text(second));
        }
    }

    // Connections.

    @Test
    void aConnectionByNameKnowsItAtBothEnds() throws Exception {
        var service = TipcLab.freshService();
        try (var listener = Listener.seqpacket(service)) {
            var connecting = Task.call(() -> MessageSocket.connectSeqpacket(service));
            try (var server = listener.accept();
                    var client = connecting.join()) {
                assertEquals(service, client.peer());
                assertInstanceOf(TipcEndpoint.SocketId.class, server.peer());
                client.send("question");
                Message question = server.receive(room(), TipcAncillary.SPACE);
                assertEquals("question", text(question));
                assertEquals(
                        service.all(),
                        question.find(TipcAncillary.Destination.class).orElseThrow().service());
                server.send("answer");
                assertEquals("answer", text(client.receive(room(), TipcAncillary.SPACE)));
            }
        }
    }

    @Test
    void aConnectThatNobodyAcceptsTimesOutInTheLibrary() throws Exception {
        var service = TipcLab.freshService();
        try (var listener = Listener.stream(service)) {
            var failure =
                    assertThrows(
                            ConnectException.class,
                            () ->
                                    StreamSocket.connect(
                                            service,
                                            TipcOption.CONN_TIMEOUT.to(Duration.ofMillis(50))));
            assertTrue(failure.getMessage().contains("ETIMEDOUT"), failure.getMessage());
            assertTrue(failure.getMessage().contains("tipc-stream:" + service));
            // It is stale in the listener's queue, and passed over.
            var connecting = Task.call(() -> StreamSocket.connect(service));
            try (var server = listener.accept();
                    var client = connecting.join()) {
                client.write("x");
                assertEquals(1, server.read(new byte[10]));
            }
        }
    }

    @Test
    void aDeadlineBeforeThatIsATimeoutOfItsOwn() throws Exception {
        var service = TipcLab.freshService();
        try (var listener = Listener.stream(service)) {
            assertTrue(listener.isOpen());
            assertThrows(
                    java.net.SocketTimeoutException.class,
                    () -> StreamSocket.connect(service, Deadline.after(Duration.ofMillis(20))));
        }
    }

    @Test
    void aConnectThatRanOutOfTimeCanBeResumed() throws Exception {
        var service = TipcLab.freshService();
        try (var listener = Listener.stream(service);
                var client = LinuxSocket.socket(AF_TIPC, SOCK_STREAM)) {
            client.setTimeout(Duration.ofMillis(5));
            assertThrows(java.net.SocketTimeoutException.class, () -> client.connect(service));
            client.setTimeout(null);
            var resumed = Task.run(() -> client.connect(service)).parked();
            try (var server = listener.accept()) {
                resumed.join();
                client.send(new byte[] {1});
                assertEquals(1, server.read(new byte[10]));
            }
        }
    }

    @Test
    void aDeadSocketRefusesAndARangeCannotBeConnectedTo() throws Exception {
        TipcEndpoint dead;
        try (var gone = LinuxSocket.socket(AF_TIPC, SOCK_STREAM)) {
            dead = (TipcEndpoint) gone.getSockName();
        }
        var refused = assertThrows(ConnectException.class, () -> StreamSocket.connect(dead));
        assertTrue(refused.getMessage().contains("ECONNREFUSED"), refused.getMessage());
        var range =
                assertThrows(
                        IOException.class, () -> StreamSocket.connect(TipcEndpoint.all(50_000)));
        assertEquals(22, errno(range), "EINVAL");
        try (var bound = LinuxSocket.socket(AF_TIPC, SOCK_STREAM)) {
            var service = TipcLab.freshService();
            bound.bind(service);
            assertEquals(
                    95,
                    errno(assertThrows(IOException.class, () -> bound.connect(service))),
                    "EOPNOTSUPP");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whoCloseInOrderIsSeenToHaveEndedAndWhoDoesNotIsAReset(boolean inOrder) throws Exception {
        var service = TipcLab.freshService();
        try (var listener = Listener.seqpacket(service)) {
            var connecting = Task.call(() -> MessageSocket.connectSeqpacket(service));
            try (var server = listener.accept();
                    var client = connecting.join()) {
                client.send("last");
                end(inOrder ? client : client.socket());
                assertEquals("last", text(server.receive(room())));
                if (inOrder) {
                    assertNull(server.receive(room(), TipcAncillary.SPACE));
                    assertNull(server.receive(room()));
                    assertTrue(server.isEnded());
                    var failure = assertThrows(IOException.class, () -> server.send("x"));
                    assertEquals(32, errno(failure), "EPIPE");
                } else {
                    for (int space : new int[] {0, TipcAncillary.SPACE}) {
                        var failure =
                                assertThrows(
                                        IOException.class, () -> server.receive(room(), space));
                        assertEquals(104, errno(failure), "ECONNRESET");
                        assertTrue(
                                failure.getMessage().contains("tipc-seqpacket:"),
                                failure.getMessage());
                    }
                }
            }
        }
    }

    @Test
    void aPassedConnectionIsNotEndedByWhoPassedIt() throws Exception {
        var service = TipcLab.freshService();
        try (var listener = Listener.stream(service)) {
            var connecting = Task.call(() -> StreamSocket.connect(service));
            try (var server = listener.accept();
                    var client = connecting.join();
                    var copy = client.socket().dup()) {
                end(client);
                copy.send(new byte[] {7});
                assertEquals(1, server.read(new byte[10]));
            }
        }
    }

    @Test
    void halfCloseIsRefusedInWords() throws Exception {
        try (var pair = LinuxSocket.socketPair(AF_TIPC, SOCK_STREAM, 0)) {
            var stream = StreamSocket.of(pair.left());
            var refused = assertThrows(UnsupportedOperationException.class, stream::shutdownOutput);
            assertTrue(refused.getMessage().startsWith("tipc-stream ends both"), "" + refused);
            assertThrows(UnsupportedOperationException.class, stream::shutdownInput);
            pair.left().send(new byte[] {1});
            assertEquals(1, pair.right().recv(10).length);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {SOCK_STREAM, SOCK_SEQPACKET})
    void dataConnectsAndTheFirstAnswerCompletes(int type) throws Exception {
        var service = TipcLab.freshService();
        try (var listening = LinuxSocket.socket(AF_TIPC, type);
                var client = LinuxSocket.socket(AF_TIPC, type)) {
            listening.bind(service);
            listening.listen();
            assertEquals(5, client.sendTo("first".getBytes(UTF_8), service));
            assertEquals(
                    107, errno(assertThrows(IOException.class, client::getPeerName)), "ENOTCONN");
            try (Role server = Listener.of(listening).accept()) {
                assertArrayEquals("first".getBytes(UTF_8), server.socket().recv(10));
                server.socket().send("answer".getBytes(UTF_8));
                assertArrayEquals("answer".getBytes(UTF_8), client.recv(10));
                assertEquals(server.socket().getSockName(), client.getPeerName());
                client.send(new byte[] {1});
                assertEquals(1, server.socket().recv(10).length);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_RDM, SOCK_DGRAM})
    void pairsOfEveryTypeAreConnected(int type) throws Exception {
        try (var pair = LinuxSocket.socketPair(AF_TIPC, type, 0)) {
            pair.left().send("x".getBytes(UTF_8));
            assertEquals(1, pair.right().recv(10).length);
            pair.right().send("y".getBytes(UTF_8));
            assertEquals(1, pair.left().recv(10).length);
        }
    }

    @Test
    void aFullConnectionHoldsItsSenderAndCloseDoesNotHoldTheOthers() throws Exception {
        try (var pair = LinuxSocket.socketPair(AF_TIPC, SOCK_STREAM, 0)) {
            var writer =
                    Task.run(() -> StreamSocket.of(pair.left()).write(new byte[32 << 20])).parked();
            // On a virtual thread that pins no carrier while the kernel waits.
            var closing = Task.run(() -> StreamSocket.of(pair.left()).close());
            writer.failure(java.nio.channels.ClosedChannelException.class);
            StreamSocket.of(pair.right()).close();
            closing.join();
        }
    }

    // Options.

    @ParameterizedTest
    @ValueSource(ints = {SOCK_STREAM, SOCK_SEQPACKET, SOCK_RDM, SOCK_DGRAM})
    void theDefaultsAreTheKernels(int type) throws Exception {
        try (var socket = LinuxSocket.socket(AF_TIPC, type)) {
            boolean datagrams = type == SOCK_RDM || type == SOCK_DGRAM;
            assertEquals(TipcImportance.LOW, socket.getOption(TipcOption.IMPORTANCE));
            assertEquals(datagrams, socket.getOption(TipcOption.DEST_DROPPABLE));
            assertEquals(Duration.ofSeconds(8), socket.getOption(TipcOption.CONN_TIMEOUT));
            assertEquals(0, socket.getOption(TipcOption.NODE_RECVQ_DEPTH));
            assertEquals(0, socket.getOption(TipcOption.SOCK_RECVQ_DEPTH));
            assertEquals(0, socket.getOption(TipcOption.SOCK_RECVQ_USED));
            assertEquals(0, socket.getOption(TipcOption.GROUP_JOIN).type());
            if (type == SOCK_STREAM) {
                assertEquals(
                        92,
                        errno(
                                assertThrows(
                                        IOException.class,
                                        () -> socket.setOption(TipcOption.SRC_DROPPABLE, true))),
                        "ENOPROTOOPT");
            } else {
                assertEquals(type == SOCK_DGRAM, socket.getOption(TipcOption.SRC_DROPPABLE));
            }
        }
    }

    @Test
    void optionsAreSetAndReadBack() throws Exception {
        try (var socket = LinuxSocket.socket(AF_TIPC, SOCK_RDM)) {
            for (TipcImportance each : TipcImportance.values()) {
                socket.setOption(TipcOption.IMPORTANCE, each);
                assertEquals(each, socket.getOption(TipcOption.IMPORTANCE));
            }
            socket.setOption(TipcOption.CONN_TIMEOUT, Duration.ofMillis(65_535));
            assertEquals(Duration.ofMillis(65_535), socket.getOption(TipcOption.CONN_TIMEOUT));
            socket.apply(
                    TipcOption.SRC_DROPPABLE.to(true),
                    TipcOption.DEST_DROPPABLE.to(false),
                    TipcOption.MCAST_REPLICAST.to(true));
            assertTrue(socket.getOption(TipcOption.SRC_DROPPABLE));
            assertFalse(socket.getOption(TipcOption.DEST_DROPPABLE));
        }
        try (var socket = LinuxSocket.socket(AF_TIPC, SOCK_STREAM)) {
            socket.setOption(TipcOption.NODELAY, true);
        }
    }

    @Test
    void aSpecSetsThemToo() throws Exception {
        long type = TipcLab.freshType();
        var spec = EndpointSpec.parse("tipc-rdm:" + type + "/3?scope=node&importance=high");
        try (var server = MessageSocket.bind(spec);
                var client =
                        MessageSocket.connect(
                                EndpointSpec.parse("tipc-rdm:" + type + "/3"), Deadline.NONE)) {
            assertEquals(TipcImportance.HIGH, server.socket().getOption(TipcOption.IMPORTANCE));
            assertEquals(SOCK_RDM, server.socket().type());
            client.send("found");
            assertEquals("found", text(server.receive(room())));
        }
        var stream = EndpointSpec.parse("tipc-stream:" + type + "/4?nodelay");
        try (var listener = Listener.stream(stream)) {
            var connecting = Task.call(() -> StreamSocket.connect(stream));
            try (var server = listener.accept();
                    var client = connecting.join()) {
                client.write("x");
                assertEquals(1, server.read(new byte[10]));
            }
        }
    }

    // Waiting.

    @Test
    void manyRoundTripsBetweenVirtualThreadsLoseNoWakeUp() throws Exception {
        var service = TipcLab.freshService();
        try (var server = bind(service)) {
            var echo =
                    Task.run(() -> {
                        ByteBuffer buffer = room();
                        for (int i = 0; i < 4 * 200; i++) {
                            Message request = server.receive(buffer.clear());
                            server.sendTo(request.payload(), request.peer());
                        }
                    });
            List<Task<?>> clients = new ArrayList<>();
            for (int c = 0; c < 4; c++) {
                clients.add(
                        Task.run(() -> {
                            try (var client = open()) {
                                ByteBuffer buffer = room();
                                for (int i = 0; i < 200; i++) {
                                    client.sendTo("" + i, service);
                                    assertEquals("" + i, text(client.receive(buffer.clear())));
                                }
                            }
                        }));
            }
            for (Task<?> each : clients) {
                each.join();
            }
            echo.join();
        }
    }
}
