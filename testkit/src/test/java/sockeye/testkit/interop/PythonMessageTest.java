// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit.interop;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import sockeye.AddressFamily;
import sockeye.Ancillary;
import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.LinuxSocket;
import sockeye.Listener;
import sockeye.Message;
import sockeye.MessageSocket;
import sockeye.UdpOption;
import sockeye.UnixEndpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Datagrams and records between ourselves and Python's socket module, in both directions. */
@Timeout(60)
class PythonMessageTest {
    @TempDir private Path directory;

    private static Message receive(MessageSocket socket) throws IOException {
        return whole(socket.receive(ByteBuffer.allocate(70_000)));
    }

    private static Message whole(Message message) {
        assertNotNull(message);
        return message;
    }

    private static String text(Message message) {
        return StandardCharsets.UTF_8.decode(message.payload()).toString();
    }

    @ParameterizedTest
    @EnumSource(names = {"UDP4", "UDP6", "UNIX_DGRAM", "UNIX_DGRAM_ABSTRACT"})
    @Tag("A4-03")
    @Tag("A4-04")
    @Tag("A4-11")
    void pythonsDatagramsArriveWholeAndAreAnswered(Way way) throws Exception {
        try (var socket = MessageSocket.bind(way.fresh(directory));
                var client =
                        Peer.python(
                                """
                                family, kind, ours, theirs = ARGUMENTS
                                s = socket(family, kind)
                                s.bind(ours)
                                say(repr(s.getsockname()))
                                s.sendto(b"", theirs)
                                s.sendto(b"second", theirs)
                                s.sendto(b"x" * 60000, theirs)
                                for i in range(3):
                                    data, sender = s.recvfrom(70000)
                                    say(len(data), repr(sender))
                                """,
                                way.family,
                                way.type,
                                way.fresh(directory),
                                socket.local())) {
            String name = client.line();
            int[] lengths = {0, 6, 60_000};
            for (int length : lengths) {
                Message message = receive(socket);
                assertEquals(length, message.length());
                assertEquals(name, Way.python(message.peer()));
                assertFalse(message.truncated());
                socket.sendTo(message.payload(), message.peer());
            }
            for (int length : lengths) {
                client.says(length + " " + Way.python(socket.local()));
            }
            client.succeeds();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"UDP4", "UDP6", "UNIX_DGRAM", "UNIX_DGRAM_ABSTRACT"})
    @Tag("A2-05")
    @Tag("A4-10")
    void aConnectedSocketTalksToPythonAndSeesWhatWasCutOff(Way way) throws Exception {
        Endpoint asked = way.fresh(directory);
        try (var server =
                Peer.python(
                        """
                        family, kind, ours = ARGUMENTS
                        s = socket(family, kind)
                        s.bind(ours)
                        say(s.getsockname()[1] if family != AF_UNIX else 0)
                        data, sender = s.recvfrom(100)
                        say(data)
                        if sender is not None: say(repr(sender))
                        s.sendto(b"0123456789", sender)
                        s.sendto(b"", sender)
                        """,
                        way.family,
                        way.type,
                        asked)) {
            Endpoint there = Way.at(asked, server.number());
            try (var socket = MessageSocket.of(LinuxSocket.socket(way.family, way.type))) {
                socket.socket().bind(way.fresh(directory));
                socket.socket().connect(there);
                socket.send("hello");
                server.says("b'hello'").says(Way.python(socket.local()));
                Message cut = socket.receive(ByteBuffer.allocate(4));
                assertEquals("0123", text(cut));
                assertTrue(cut.truncated());
                Message empty = receive(socket);
                assertEquals(0, empty.length());
                assertFalse(empty.truncated());
                server.succeeds();
            }
        }
    }

    @Test
    @Tag("A6-05")
    void pythonAnswersANameOfTheKernelsChoice() throws Exception {
        Endpoint asked = Way.UNIX_DGRAM_ABSTRACT.fresh(directory);
        try (var server =
                        Peer.python(
                                """
                                s = socket(AF_UNIX, SOCK_DGRAM)
                                s.bind(ARGUMENTS[0])
                                say("bound")
                                data, sender = s.recvfrom(100)
                                say(len(sender), sender[:1])
                                s.sendto(data.upper(), sender)
                                """,
                                asked);
                var socket = MessageSocket.open(AddressFamily.AF_UNIX)) {
            server.says("bound");
            socket.socket().bind(UnixEndpoint.unnamed());
            socket.sendTo("who am I", asked);
            server.says("6 b'\\x00'");
            assertEquals("WHO AM I", text(receive(socket)));
            server.succeeds();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"UNIX_SEQPACKET", "UNIX_SEQPACKET_ABSTRACT"})
    @Tag("A4-12")
    void pythonsRecordsKeepTheirBoundaries(Way way) throws Exception {
        try (var listener = Listener.seqpacket(way.fresh(directory));
                var client =
                        Peer.python(
                                """
                                family, kind, address = ARGUMENTS
                                s = socket(family, kind)
                                s.connect(address)
                                s.send(b"one"); s.send(b"two"); s.send(b"x" * 50000)
                                say(s.recv(100), s.recv(100), len(s.recv(70000)))
                                s.shutdown(SHUT_WR)
                                say(s.recv(100))
                                """,
                                way.family,
                                way.type,
                                listener.local());
                var connection = listener.accept()) {
            for (Message message;
                    (message = connection.receive(ByteBuffer.allocate(70_000))) != null; ) {
                connection.send(message.payload());
            }
            connection.shutdownOutput();
            client.says("b'one' b'two' 50000").says("b''").succeeds();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"UNIX_SEQPACKET", "UNIX_SEQPACKET_ABSTRACT"})
    @Tag("A4-11")
    void ourRecordsKeepTheirBoundariesAtPython(Way way) throws Exception {
        Endpoint asked = way.fresh(directory);
        try (var server =
                Peer.python(
                        """
                        family, kind, address = ARGUMENTS
                        listener = socket(family, kind)
                        listener.bind(address)
                        listener.listen(1)
                        say("listens")
                        s, peer = listener.accept()
                        say(s.recv(100), s.recv(100), s.recv(100))
                        s.send(b"answer")
                        """,
                        way.family,
                        way.type,
                        asked)) {
            server.says("listens");
            try (var connection = MessageSocket.connectSeqpacket(asked)) {
                connection.send("a");
                connection.send("");
                connection.send("bc");
                server.says("b'a' b'' b'bc'");
                assertEquals("answer", text(receive(connection)));
                assertNull(connection.receive(ByteBuffer.allocate(10)));
                server.succeeds();
            }
        }
    }

    @Test
    @Tag("A4-19")
    void whatWeSendInSegmentsArrivesAtPythonAsDatagrams() throws Exception {
        try (var server =
                        Peer.python(
                                """
                                s = socket(AF_INET, SOCK_DGRAM)
                                s.bind(("127.0.0.1", 0))
                                say(s.getsockname()[1])
                                say([len(s.recv(70000)) for i in range(4)])
                                """);
                var socket = MessageSocket.connect(InetEndpoint.loopback(server.number()))) {
            socket.send(ByteBuffer.allocate(3_500), List.of(Ancillary.SegmentSize.of(1_000)));
            server.says("[1000, 1000, 1000, 500]").succeeds();
        }
    }

    @Test
    @Tag("A4-19")
    void whatPythonSendsInSegmentsMayArriveInOnePiece() throws Exception {
        try (var socket = MessageSocket.bind(InetEndpoint.loopback(0), UdpOption.GRO.to(true));
                var client =
                        Peer.python(
                                """
                                s = socket(AF_INET, SOCK_DGRAM)
                                s.connect(ARGUMENTS[0])
                                UDP_SEGMENT = 103
                                s.sendmsg([bytes(range(250)) * 14],
                                          [(IPPROTO_UDP, UDP_SEGMENT, struct.pack("H", 1000))])
                                """,
                                socket.local())) {
            byte[] expected = new byte[3_500];
            for (int i = 0; i < expected.length; i++) {
                expected[i] = (byte) (i % 250);
            }
            Message message = whole(socket.receive(ByteBuffer.allocate(70_000), 512));
            assertEquals(1_000, message.find(Ancillary.SegmentSize.class).orElseThrow().size());
            byte[] received = new byte[message.payload().remaining()];
            message.payload().get(received);
            assertArrayEquals(expected, received);
            client.succeeds();
        }
    }

    @Test
    @Tag("A4-24")
    void pythonSeesTheTimeToLiveAndTheTrafficClassThatWeGive() throws Exception {
        try (var server =
                        Peer.python(
                                """
                                IP_RECVTTL = 12
                                s = socket(AF_INET, SOCK_DGRAM)
                                s.setsockopt(IPPROTO_IP, IP_RECVTTL, 1)
                                s.setsockopt(IPPROTO_IP, IP_RECVTOS, 1)
                                s.bind(("127.0.0.1", 0))
                                say(s.getsockname()[1])
                                data, ancillary, flags, peer = s.recvmsg(100, 200)
                                say(sorted((kind, value[0]) for level, kind, value in ancillary))
                                """);
                var socket = MessageSocket.connect(InetEndpoint.loopback(server.number()))) {
            socket.send(
                    ByteBuffer.allocate(1),
                    List.of(Ancillary.TimeToLive.ipv4(7), Ancillary.TrafficClass.ipv4(0x28)));
            server.says("[(1, 40), (2, 7)]").succeeds();
        }
    }
}
