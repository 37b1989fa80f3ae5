// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import sockeye.SctpEvents.Event;
import sockeye.SctpNotification.AssociationChange;
import sockeye.SctpNotification.AssociationChange.Change;
import sockeye.SctpNotification.PeerAddressChange;
import sockeye.SctpNotification.SendFailed;
import sockeye.SctpNotification.SenderDry;
import sockeye.SctpSocket.Notified;
import sockeye.SctpSocket.Received;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** One socket for many peers, and the news of them; with Python and lksctp's tools, in the lab. */
@Tag("lab-kernel")
@Tag("A6-01")
class SctpInTheLabTest {
    private static final InetEndpoint ANYWHERE = InetEndpoint.loopback(0);
    private static final int USER_ABORT = 12;

    @BeforeEach
    void haveSctp() {
        try {
            LinuxSocket.socket(AddressFamily.AF_INET, SocketType.SOCK_SEQPACKET, 132).close();
        } catch (IOException lacking) {
            System.err.println("*** skipped: SCTP: " + lacking.getMessage());
            Assumptions.abort(lacking.getMessage());
        }
    }

    private static SctpSocket bind(Event... events) throws IOException {
        SctpSocket socket = SctpSocket.bind(ANYWHERE, events);
        socket.readDeadline(Deadline.after(Duration.ofSeconds(30)));
        return socket;
    }

    private static int port(SctpSocket socket) throws IOException {
        return ((InetEndpoint) socket.local()).port();
    }

    private static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(US_ASCII));
    }

    private static String text(Received received) {
        return US_ASCII.decode(received.payload().duplicate()).toString();
    }

    private static <T extends SctpNotification> T news(SctpSocket socket, Class<T> kind)
            throws IOException {
        var notified = assertInstanceOf(Notified.class, socket.receive(ByteBuffer.allocate(9)));
        return assertInstanceOf(kind, notified.news());
    }

    private static Received data(SctpSocket socket) throws IOException {
        return assertInstanceOf(Received.class, socket.receive(ByteBuffer.allocate(1_000)));
    }

    @Test
    void manyPeersAreServedByOneSocketAndItHearsOfThem() throws Exception {
        try (var many = bind(Event.ASSOCIATION, Event.SHUTDOWN)) {
            for (int i = 0; i < 3; i++) {
                try (var peer =
                        PythonPeer.run(
                                """
                                import socket, sys
                                s = socket.socket(socket.AF_INET, socket.SOCK_STREAM, 132)
                                s.connect(('127.0.0.1', int(sys.argv[1])))
                                s.send(b'ping ' + sys.argv[2].encode())
                                print(s.recv(100).decode())
                                """,
                                "" + port(many),
                                "" + i)) {
                    var up = news(many, AssociationChange.class);
                    assertEquals(Change.COMM_UP, up.change());
                    assertEquals(10, up.inStreams());
                    Received ping = data(many);
                    assertEquals("ping " + i, text(ping));
                    assertTrue(ping.complete());
                    assertEquals(up.associationId(), ping.how().associationId());
                    assertEquals(List.of(up.associationId()), many.associations());
                    SctpStatus status = many.status(up.associationId());
                    assertEquals(up.associationId(), status.associationId());
                    assertEquals(4, status.state());
                    many.send(text("pong " + i), ping.answer());
                    assertEquals("pong " + i, peer.output().strip());
                    var end = news(many, SctpNotification.Shutdown.class);
                    assertEquals(up.associationId(), end.associationId());
                    assertEquals(
                            Change.SHUTDOWN_COMP, news(many, AssociationChange.class).change());
                }
            }
            assertEquals(List.of(), many.associations());
        }
    }

    @Test
    void anAssociationIsMadeByASendAndEndedByAnAbortThatSaysWhy() throws Exception {
        try (var left = bind(Event.ASSOCIATION);
                var right = bind(Event.ASSOCIATION)) {
            left.sendTo(text("hello"), right.local(), SctpSending.on(7));
            var up = news(left, AssociationChange.class);
            assertEquals(up.outStreams(), news(right, AssociationChange.class).inStreams());
            Received hello = data(right);
            assertEquals(7, hello.how().stream());
            assertEquals(left.local(), hello.peer());
            left.abort(up.associationId(), "enough");
            var lost = news(right, AssociationChange.class);
            assertEquals(Change.COMM_LOST, lost.change());
            assertEquals(USER_ABORT, lost.error());
            String details = US_ASCII.decode(lost.details()).toString();
            assertTrue(details.contains("enough"), details);
        }
    }

    @Test
    void whatCouldNotBeSentComesBackWithItsContext() throws Exception {
        try (var left = bind(Event.ASSOCIATION, Event.SEND_FAILURE_EVENT);
                var right = bind(Event.ASSOCIATION)) {
            left.sendTo(text("hello"), right.local());
            int id = news(left, AssociationChange.class).associationId();
            news(right, AssociationChange.class);
            data(right);
            // More than the receiver takes: the rest of it is never acknowledged.
            left.writeDeadline(Deadline.after(Duration.ofMillis(500)));
            var block = ByteBuffer.allocate(60_000);
            assertThrows(
                    SocketTimeoutException.class,
                    () -> {
                        while (true) {
                            left.send(
                                    block.duplicate(),
                                    SctpSending.to(id).withContext(4711).withStream(3));
                        }
                    });
            left.writeDeadline(Deadline.NONE);
            left.abort(id, "");
            SctpNotification next = null;
            while (!(next instanceof SendFailed)) {
                next = ((Notified) left.receive(ByteBuffer.allocate(100))).news();
            }
            var failed = (SendFailed) next;
            assertEquals(4711, failed.how().context());
            assertEquals(3, failed.how().stream());
            assertEquals(id, failed.associationId());
            assertTrue(failed.data().remaining() > 0, failed::toString);
        }
    }

    @Test
    void anEventOfOneAssociationIsHeardOf() throws Exception {
        try (var left = bind(Event.ASSOCIATION, Event.ADDRESS);
                var right = bind()) {
            left.sendTo(text("hello"), right.local());
            var up = news(left, AssociationChange.class);
            data(right);
            left.listen(Event.SENDER_DRY, true, up.associationId());
            left.send(text("more"), SctpSending.to(up.associationId()));
            Set<Class<?>> heard = new HashSet<>();
            while (!heard.contains(SenderDry.class)) {
                var notified = (Notified) left.receive(ByteBuffer.allocate(200));
                heard.add(notified.news().getClass());
                if (notified.news() instanceof PeerAddressChange address) {
                    assertEquals(right.local(), address.address());
                }
                assertEquals(up.associationId(), notified.news().associationId());
            }
        }
    }

    @Test
    void anAssociationIsPeeledOff() throws Exception {
        try (var many = bind(Event.ASSOCIATION);
                var one = LinuxSocket.socket(AddressFamily.AF_INET, SocketType.SOCK_STREAM, 132)) {
            one.connect(many.local());
            int id = news(many, AssociationChange.class).associationId();
            try (SctpSocket peeled = many.peelOff(id)) {
                peeled.readDeadline(Deadline.after(Duration.ofSeconds(30)));
                assertEquals(List.of(), many.associations());
                one.sendAll("to you alone".getBytes(US_ASCII));
                Received received = data(peeled);
                assertEquals("to you alone", text(received));
                peeled.send(text("and back"), received.answer());
                assertEquals("and back", new String(one.recv(100), US_ASCII));
                one.shutdown(1);
                assertEquals(Change.SHUTDOWN_COMP, news(peeled, AssociationChange.class).change());
                assertEquals(List.of(), peeled.associations());
            }
            var none = assertThrows(SocketFailure.class, () -> many.peelOff(id));
            assertEquals(Errno.EINVAL, none.errno());
        }
    }

    @Test
    void aMessageThatDoesNotFitIsReceivedInParts() throws Exception {
        try (var left = bind();
                var right = bind()) {
            left.sendTo(text("x".repeat(2_500)), right.local());
            var lengths = new ArrayList<Integer>();
            boolean complete = false;
            while (!complete) {
                Received part = data(right);
                lengths.add(part.payload().remaining());
                complete = part.complete();
            }
            assertEquals(List.of(1_000, 1_000, 500), lengths);
        }
    }

    @Test
    void theToolsOfLksctpAreAnswered() throws Exception {
        try (var many = bind(Event.ASSOCIATION)) {
            var port = "" + port(many);
            Process darn;
            try {
                darn =
                        new ProcessBuilder(
                                        "sctp_darn",
                                        "-H",
                                        "127.0.0.1",
                                        "-P",
                                        "0",
                                        "-h",
                                        "127.0.0.1",
                                        "-p",
                                        port,
                                        "-s")
                                .redirectErrorStream(true)
                                .start();
            } catch (IOException lacking) {
                Assumptions.abort("lksctp-tools: " + lacking.getMessage());
                return;
            }
            try {
                try (var input = darn.getOutputStream()) {
                    input.write("from darn\n".getBytes(US_ASCII));
                }
                assertEquals(Change.COMM_UP, news(many, AssociationChange.class).change());
                Received said = data(many);
                assertTrue(text(said).startsWith("from darn"), text(said));
            } finally {
                darn.destroyForcibly().waitFor();
            }
        }
    }
}
