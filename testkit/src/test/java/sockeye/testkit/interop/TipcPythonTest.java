// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static sockeye.SocketType.SOCK_DGRAM;
import static sockeye.SocketType.SOCK_RDM;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.Deadline;
import sockeye.ListenSettings;
import sockeye.Listener;
import sockeye.Message;
import sockeye.MessageSocket;
import sockeye.StreamSocket;
import sockeye.TipcEndpoint;
import sockeye.TipcTopology;
import sockeye.testkit.NoLeaks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;

/** Between ourselves and Python's AF_TIPC, both ways. */
@Tag("A6-07")
@Tag("lab-kernel")
@ExtendWith({TipcLab.class, NoLeaks.class})
class TipcPythonTest {
    private static ByteBuffer room() {
        return ByteBuffer.allocate(TipcEndpoint.MAX_MESSAGE);
    }

    private static String text(@Nullable Message message) {
        assertNotNull(message);
        return UTF_8.decode(message.payload().duplicate()).toString();
    }

    private static void end(MessageSocket socket) throws IOException {
        socket.close();
    }

    private static void awaitService(TipcEndpoint.Service service) throws Exception {
        assertTrue(
                TipcTopology.waitForService(service, Deadline.after(Duration.ofSeconds(20)))
                        .isPresent());
    }

    @ParameterizedTest
    @ValueSource(ints = {SOCK_RDM, SOCK_DGRAM})
    void pythonsMessagesToOurServiceAreAnswered(int type) throws Exception {
        var service = TipcLab.freshService();
        try (var server = MessageSocket.bind(service, type, 0, ListenSettings.DEFAULT);
                var client =
                        Peer.python(
                                """
                                kind, type, instance = ARGUMENTS
                                s = socket(AF_TIPC, kind)
                                s.sendto(b"to one", (TIPC_ADDR_NAME, type, instance, 0))
                                s.sendto(b"to all", (TIPC_ADDR_NAMESEQ, type, 0, 99))
                                for i in range(2):
                                    data, sender = s.recvfrom(100)
                                    say(data.decode(), sender[0], sender[2], sender[1])
                                """,
                                type,
                                service.type(),
                                service.instance())) {
            var own = (TipcEndpoint.SocketId) server.local();
            for (String expected : new String[] {"to one", "to all"}) {
                Message request = server.receive(room());
                assertEquals(expected, text(request));
                server.sendTo("re " + expected, request.peer());
            }
            client.says("re to one 3 " + own.ref() + " " + own.node());
            client.says("re to all 3 " + own.ref() + " " + own.node());
            client.succeeds();
        }
    }

    @Test
    void ourMessagesToPythonsServiceAreAnswered() throws Exception {
        var service = TipcLab.freshService();
        try (var server =
                        Peer.python(
                                """
                                type, instance = ARGUMENTS
                                s = socket(AF_TIPC, SOCK_RDM)
                                s.bind((TIPC_ADDR_NAMESEQ, type, 0, instance, TIPC_CLUSTER_SCOPE))
                                for i in range(2):
                                    data, sender = s.recvfrom(100)
                                    s.sendto(b"re " + data, sender)
                                """,
                                service.type(),
                                service.instance());
                var client = MessageSocket.connect(service, SOCK_RDM, Deadline.NONE)) {
            awaitService(service);
            client.send("by name");
            Message answer = client.receive(room());
            assertEquals("re by name", text(answer));
            client.sendTo("by socket", answer.peer());
            assertEquals("re by socket", text(client.receive(room())));
            server.succeeds();
        }
    }

    @Test
    void pythonConnectsToOurRecords() throws Exception {
        var service = TipcLab.freshService();
        try (var listener = Listener.seqpacket(service);
                var client =
                        Peer.python(
                                """
                                type, instance = ARGUMENTS
                                s = socket(AF_TIPC, SOCK_SEQPACKET)
                                s.connect((TIPC_ADDR_NAME, type, instance, 0))
                                s.send(b"one"); s.send(b"two")
                                say(s.recv(100).decode())
                                say(len(s.recv(100)))
                                """,
                                service.type(),
                                service.instance());
                var server = listener.accept()) {
            assertEquals("one", text(server.receive(room())));
            assertEquals("two", text(server.receive(room())));
            server.send("three");
            client.says("three");
            end(server);
            client.says("0");
            client.succeeds();
        }
    }

    @Test
    void ourStreamConnectsToPythonsAndSeesItsEnd() throws Exception {
        var service = TipcLab.freshService();
        try (var server =
                Peer.python(
                        """
                        type, instance = ARGUMENTS
                        l = socket(AF_TIPC, SOCK_STREAM)
                        l.bind((TIPC_ADDR_NAME, type, instance, 0, TIPC_NODE_SCOPE))
                        l.listen()
                        say("listening")
                        s, peer = l.accept()
                        s.sendall(s.recv(100).upper())
                        s.shutdown(SHUT_RDWR)
                        """,
                        service.type(),
                        service.instance())) {
            server.says("listening");
            try (var client = StreamSocket.connect(service)) {
                client.write("hello\n");
                assertEquals("HELLO", client.reader().readLine());
                assertNull(client.reader().readLine());
            }
            server.succeeds();
        }
    }

    @Test
    void pythonsBindingIsSeenAndItsDeathToo() throws Exception {
        var service = TipcLab.freshService();
        try (var topology = TipcTopology.open()) {
            var asked = topology.subscribe(service.all());
            TipcEndpoint.SocketId socket;
            try (var server =
                    Peer.python(
                            """
                            type, instance = ARGUMENTS
                            s = socket(AF_TIPC, SOCK_RDM)
                            s.bind((TIPC_ADDR_NAME, type, instance, 0))
                            say(s.getsockname()[2])
                            sys.stdin.read()
                            """,
                            service.type(),
                            service.instance())) {
                var up = (TipcTopology.Published) topology.next();
                socket = up.socket();
                server.says(Long.toString(socket.ref()));
            }
            assertEquals(new TipcTopology.Withdrawn(asked, service.all(), socket), topology.next());
        }
    }
}
