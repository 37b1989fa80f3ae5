// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.LinuxSocket;
import sockeye.Listener;
import sockeye.Message;
import sockeye.MessageSocket;
import sockeye.StreamSocket;
import sockeye.UnixEndpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Locale;

/** Streams, datagrams and records between ourselves and socat, as client and as server. */
@Timeout(60)
class SocatTest {
    @TempDir private Path directory;

    private static String name(Endpoint endpoint) {
        UnixEndpoint unix = (UnixEndpoint) endpoint;
        return new String(unix.nameBytes(), StandardCharsets.UTF_8);
    }

    private static String host(InetEndpoint inet) {
        return inet.address().isIpv4() ? inet.address().toString() : "[" + inet.address() + "]";
    }

    /** What socat calls the way to an address. */
    private static String connecting(Way way, Endpoint to) {
        return switch (way) {
            case TCP4 -> "TCP4:127.0.0.1:" + ((InetEndpoint) to).port();
            case TCP6 -> "TCP6:[::1]:" + ((InetEndpoint) to).port();
            case UNIX -> "UNIX-CONNECT:" + name(to);
            case UNIX_ABSTRACT -> "ABSTRACT-CONNECT:" + name(to);
            case UNIX_SEQPACKET -> "UNIX-CONNECT:" + name(to) + ",type=5";
            case UNIX_SEQPACKET_ABSTRACT -> "ABSTRACT-CONNECT:" + name(to) + ",type=5";
            case UDP4, UDP6 ->
                    way + "-SENDTO:" + host((InetEndpoint) to) + ":" + ((InetEndpoint) to).port();
            case UNIX_DGRAM -> "UNIX-SENDTO:" + name(to) + ",bind=" + name(to) + ".socat";
            case UNIX_DGRAM_ABSTRACT ->
                    "ABSTRACT-SENDTO:" + name(to) + ",bind=" + name(to) + ".socat";
        };
    }

    private static String listening(Way way, Endpoint at) {
        return switch (way) {
            case TCP4, TCP6 -> way + "-LISTEN:0,bind=" + (way == Way.TCP4 ? "127.0.0.1" : "[::1]");
            case UNIX -> "UNIX-LISTEN:" + name(at);
            case UNIX_ABSTRACT -> "ABSTRACT-LISTEN:" + name(at);
            case UNIX_SEQPACKET -> "UNIX-LISTEN:" + name(at) + ",type=5";
            case UNIX_SEQPACKET_ABSTRACT -> "ABSTRACT-LISTEN:" + name(at) + ",type=5";
            case UDP4, UDP6 ->
                    "%s-RECVFROM:%d,bind=%s"
                            .formatted(way, ((InetEndpoint) at).port(), host((InetEndpoint) at));
            case UNIX_DGRAM -> "UNIX-RECVFROM:" + name(at);
            case UNIX_DGRAM_ABSTRACT -> "ABSTRACT-RECVFROM:" + name(at);
        };
    }

    @ParameterizedTest
    @EnumSource(names = {"TCP4", "TCP6", "UNIX", "UNIX_ABSTRACT"})
    @Tag("A2-03")
    @Tag("A2-08")
    void socatTalksToOurListener(Way way) throws Exception {
        try (var listener = Listener.stream(way.fresh(directory));
                var client = Peer.start("socat", "-t30", "-", connecting(way, listener.local()));
                var connection = listener.accept()) {
            client.type("first\nsecond\n").end();
            var lines = connection.reader();
            for (String line; (line = lines.readLine()) != null; ) {
                connection.write(line.toUpperCase(Locale.ROOT) + "\n");
            }
            connection.shutdownOutput();
            client.says("FIRST").says("SECOND").succeeds();
        }
    }

    private static Peer server(Way way, Endpoint asked) throws IOException {
        String socat = Peer.require("socat");
        String at = listening(way, asked);
        return Peer.start("sh", "-c", "exec " + socat + " -d -d -t30 '" + at + "' EXEC:cat 2>&1");
    }

    /** A port of socat's is the kernel's choice, and with -d -d it tells which. */
    private static Endpoint bound(Endpoint asked, Peer socat) throws IOException {
        String line = socat.line();
        while (!line.contains("listening on") && !line.contains("receiving on")) {
            line = socat.line();
        }
        return asked instanceof InetEndpoint
                ? Way.at(asked, Integer.parseInt(line.replaceAll(".*:", "")))
                : asked;
    }

    @ParameterizedTest
    @EnumSource(names = {"TCP4", "TCP6", "UNIX", "UNIX_ABSTRACT"})
    @Tag("A2-05")
    void weTalkToSocatsListener(Way way) throws Exception {
        Endpoint asked = way.fresh(directory);
        try (var server = server(way, asked)) {
            try (var connection = StreamSocket.connect(bound(asked, server))) {
                connection.write("hello\n");
                assertEquals("hello", connection.reader().readLine());
                connection.shutdownOutput();
                assertNull(connection.reader().readLine());
            }
            server.rest();
            server.succeeds();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"UDP4", "UDP6", "UNIX_DGRAM", "UNIX_DGRAM_ABSTRACT"})
    @Tag("A4-03")
    void socatsDatagramIsAnswered(Way way) throws Exception {
        try (var socket = MessageSocket.bind(way.fresh(directory));
                var client = Peer.start("socat", "-t30", "-", connecting(way, socket.local()))) {
            client.type("question");
            Message message = socket.receive(ByteBuffer.allocate(100));
            assertEquals("question", StandardCharsets.UTF_8.decode(message.payload()).toString());
            socket.sendTo("answer\n", message.peer());
            client.says("answer");
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"UDP4", "UDP6", "UNIX_DGRAM", "UNIX_DGRAM_ABSTRACT"})
    @Tag("A4-04")
    void socatAnswersOurDatagram(Way way) throws Exception {
        Endpoint asked;
        try (var free = MessageSocket.bind(way.fresh(directory))) {
            asked = free.local(); // socat tells the port of a listener, but not of this
        }
        try (var server = server(way, asked)) {
            Endpoint there = bound(asked, server);
            try (var socket = MessageSocket.of(LinuxSocket.socket(way.family, way.type))) {
                socket.socket().bind(way.fresh(directory));
                socket.sendTo("question", there);
                Message message = socket.receive(ByteBuffer.allocate(100));
                assertEquals(
                        "question", StandardCharsets.UTF_8.decode(message.payload()).toString());
                assertEquals(there, message.peer());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"UNIX_SEQPACKET", "UNIX_SEQPACKET_ABSTRACT"})
    @Tag("A4-12")
    void socatsRecordsAreRecords(Way way) throws Exception {
        try (var listener = Listener.seqpacket(way.fresh(directory));
                var client = Peer.start("socat", "-t30", "-", connecting(way, listener.local()));
                var connection = listener.accept()) {
            client.type("question");
            Message message = connection.receive(ByteBuffer.allocate(100));
            assertEquals("question", StandardCharsets.UTF_8.decode(message.payload()).toString());
            connection.send("ans");
            connection.send("wer\n");
            client.says("answer").end();
            assertNull(connection.receive(ByteBuffer.allocate(100)));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"UNIX_SEQPACKET", "UNIX_SEQPACKET_ABSTRACT"})
    @Tag("A4-12")
    void ourRecordsAreRecordsToSocat(Way way) throws Exception {
        Endpoint asked = way.fresh(directory);
        try (var server = server(way, asked)) {
            try (var connection = MessageSocket.connectSeqpacket(bound(asked, server))) {
                connection.send("record");
                Message message = connection.receive(ByteBuffer.allocate(100));
                assertEquals("record", StandardCharsets.UTF_8.decode(message.payload()).toString());
            }
        }
    }
}
