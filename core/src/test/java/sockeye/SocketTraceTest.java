// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;

/** Real recordings, read back. */
@Timeout(60)
class SocketTraceTest {
    private static final byte[] HELLO = "hello".getBytes(US_ASCII);

    @TempDir Path directory;

    /** What is to be recorded. */
    interface Deed {
        void run() throws Exception;
    }

    private List<RecordedEvent> record(Deed deed) throws Exception {
        Path file = directory.resolve("recording.jfr");
        try (var recording = new Recording()) {
            for (String name : List.of("Read", "Write", "Accept", "Connect", "Close", "Error")) {
                recording
                        .enable("sockeye.Socket" + name)
                        .withThreshold(Duration.ZERO)
                        .with("throttle", "off");
            }
            recording.start();
            deed.run();
            recording.stop();
            recording.dump(file);
        }
        return RecordingFile.readAllEvents(file).stream()
                .filter(each -> each.getEventType().getName().startsWith("sockeye."))
                .filter(each -> Thread.currentThread().threadId() == thread(each))
                .toList();
    }

    private static long thread(RecordedEvent event) {
        return event.getThread().getJavaThreadId();
    }

    private static RecordedEvent only(List<RecordedEvent> events, String name, String operation) {
        List<RecordedEvent> found =
                events.stream()
                        .filter(each -> each.getEventType().getName().equals("sockeye." + name))
                        .filter(each -> each.getString("operation").equals(operation))
                        .toList();
        assertEquals(1, found.size(), () -> name + " " + operation + " in " + events);
        return found.getFirst();
    }

    @Test
    void aTcpConnectionTellsItsWholeLife() throws Exception {
        var ends = new Endpoint[2];
        List<RecordedEvent> events =
                record(() -> {
                    try (var listener = Listener.stream(InetEndpoint.loopback(0));
                            var client = StreamSocket.connect(listener.local());
                            var served = listener.accept()) {
                        ends[0] = listener.local();
                        ends[1] = served.peer();
                        client.write(ByteBuffer.wrap(HELLO));
                        assertEquals(5, served.read(ByteBuffer.allocate(100)));
                    }
                });
        RecordedEvent connect = only(events, "SocketConnect", "connect");
        assertEquals("AF_INET", connect.getString("family"));
        assertEquals("tcp:" + ends[0], connect.getString("peer"));
        assertEquals("tcp:" + ends[1], connect.getString("local"));
        assertNull(connect.getString("error"));
        assertEquals(0, connect.getInt("errno"));
        RecordedEvent accept = only(events, "SocketAccept", "accept");
        assertEquals("tcp:" + ends[1], accept.getString("peer"));
        assertEquals("tcp:" + ends[0], accept.getString("local"));
        assertTrue(accept.getInt("descriptor") > 2);
        RecordedEvent write = only(events, "SocketWrite", "send");
        assertEquals(5, write.getLong("bytes"));
        assertEquals(0, write.getInt("messages"));
        assertEquals("tcp:" + ends[0], write.getString("peer"));
        RecordedEvent read = only(events, "SocketRead", "recv");
        assertEquals(5, read.getLong("bytes"));
        assertEquals("tcp:" + ends[1], read.getString("peer"));
        assertEquals(accept.getInt("descriptor"), read.getInt("descriptor"));
        List<RecordedEvent> closes =
                events.stream()
                        .filter(e -> e.getEventType().getName().equals("sockeye.SocketClose"))
                        .toList();
        assertEquals(3, closes.size());
        assertEquals(5, closes.getFirst().getLong("received"));
        assertEquals(0, closes.getFirst().getLong("sent"));
        assertEquals(5, closes.get(1).getLong("sent"));
        assertEquals("tcp:" + ends[1], closes.getFirst().getString("peer"));
        assertTrue(
                events.stream()
                        .noneMatch(e -> e.getEventType().getName().equals("sockeye.SocketError")),
                "nothing failed");
    }

    @Test
    void aUnixPairTellsItsFamily() throws Exception {
        List<RecordedEvent> events =
                record(() -> {
                    try (var pair = LinuxSocket.socketPair()) {
                        pair.left().send(HELLO);
                        pair.right().recvNow(new byte[10], 0, 10);
                        assertEquals(
                                LinuxSocket.WOULD_BLOCK, pair.right().recvNow(new byte[10], 0, 10));
                    }
                });
        RecordedEvent read = only(events, "SocketRead", "recv");
        assertEquals("AF_UNIX", read.getString("family"));
        assertEquals(5, read.getLong("bytes"));
    }

    /** nlmsghdr of an RTM_GETLINK that asks for all, with the rtgenmsg behind it. */
    private static byte[] askForLinks() {
        return ByteBuffer.allocate(20)
                .order(ByteOrder.nativeOrder())
                .putInt(20)
                .putShort((short) 18)
                .putShort((short) 0x301)
                .putInt(1)
                .putInt(0)
                .putInt(0)
                .array();
    }

    @Test
    void theKernelAnswersOverNetlinkAndThatIsToldLikeAnyOther() throws Exception {
        var sizes = new int[1];
        List<RecordedEvent> events =
                record(() -> {
                    try (var socket =
                            LinuxSocket.socket(
                                    AddressFamily.AF_NETLINK,
                                    SocketType.SOCK_RAW,
                                    NetlinkProtocol.NETLINK_ROUTE)) {
                        socket.connect(NetlinkEndpoint.KERNEL);
                        socket.send(askForLinks());
                        sizes[0] = socket.recv(32_768).length;
                    }
                });
        assertTrue(sizes[0] > 20);
        for (String name : List.of("SocketConnect", "SocketWrite", "SocketRead", "SocketClose")) {
            List<RecordedEvent> told =
                    events.stream()
                            .filter(e -> e.getEventType().getName().equals("sockeye." + name))
                            .toList();
            assertEquals(1, told.size(), () -> name + " in " + events);
            assertEquals("AF_NETLINK", told.getFirst().getString("family"), name);
        }
        assertEquals(20, only(events, "SocketWrite", "send").getLong("bytes"));
        assertEquals(sizes[0], only(events, "SocketRead", "recv").getLong("bytes"));
        assertTrue(
                only(events, "SocketWrite", "send").getString("peer").startsWith("netlink:"),
                () -> events.toString());
    }

    @Test
    void aDatagramTellsWhoSentItAndABatchHowManyThereAre() throws Exception {
        var from = new Endpoint[1];
        List<RecordedEvent> events =
                record(() -> {
                    try (var one = MessageSocket.bind(InetEndpoint.loopback(0));
                            var two = MessageSocket.bind(InetEndpoint.loopback(0))) {
                        from[0] = two.local();
                        two.sendTo(ByteBuffer.wrap(HELLO), one.local());
                        one.receive(ByteBuffer.allocate(100));
                        two.sendTo(ByteBuffer.wrap(HELLO), one.local());
                        two.sendTo(ByteBuffer.wrap(HELLO), one.local());
                        assertEquals(2, one.socket().recvBatch(new MessageBatch(8, 100), 0));
                    }
                });
        RecordedEvent read = only(events, "SocketRead", "recvmsg");
        assertEquals("udp:" + from[0], read.getString("peer"));
        assertEquals(1, read.getInt("messages"));
        assertEquals(5, read.getLong("bytes"));
        RecordedEvent batch = only(events, "SocketRead", "recvmmsg");
        assertEquals(2, batch.getInt("messages"));
        assertEquals(10, batch.getLong("bytes"));
    }

    @Test
    void aRefusalIsAnErrorAndAConnectThatFailed() throws Exception {
        var nobody = new Endpoint[1];
        List<RecordedEvent> events =
                record(() -> {
                    try (var bound = LinuxSocket.socket(AddressFamily.AF_INET, 1)) {
                        bound.bind(InetEndpoint.of("127.0.0.1", 0));
                        nobody[0] = bound.getSockName();
                        assertThrows(IOException.class, () -> StreamSocket.connect(nobody[0]));
                    }
                });
        RecordedEvent connect = only(events, "SocketConnect", "connect");
        assertEquals("ECONNREFUSED", connect.getString("error"));
        assertEquals(111, connect.getInt("errno"));
        RecordedEvent error = only(events, "SocketError", "connect");
        assertEquals("ECONNREFUSED", error.getString("error"));
        assertEquals(nobody[0].toString(), error.getString("peer"));
        assertEquals("AF_INET", error.getString("family"));
    }

    @Test
    void aTimeoutIsTheEndOfAReadAndNoError() throws Exception {
        List<RecordedEvent> events =
                record(() -> {
                    try (var pair = LinuxSocket.socketPair()) {
                        pair.left().setTimeout(Duration.ofMillis(1));
                        assertThrows(SocketTimeoutException.class, () -> pair.left().recv(1));
                        pair.left().setBlocking(false);
                        assertThrows(IOException.class, () -> pair.left().recv(1));
                    }
                });
        RecordedEvent read = only(events, "SocketRead", "recv");
        assertEquals("timeout", read.getString("error"));
        assertEquals(0, read.getLong("bytes"));
        assertFalse(read.getDuration().isZero());
        assertTrue(
                events.stream()
                        .noneMatch(each ->
                                each.getEventType().getName().equals("sockeye.SocketError")));
    }

    @Test
    void filesAndSplicedBytesAreToldWithTheirSum() throws Exception {
        Path file = Files.write(directory.resolve("file"), new byte[100_000]);
        List<RecordedEvent> events =
                record(() -> {
                    try (var pair = LinuxSocket.socketPair();
                            var other = LinuxSocket.socketPair()) {
                        assertEquals(100_000, pair.left().sendFile(file, 0, 100_000));
                        assertEquals(100_000, pair.right().spliceTo(other.left(), 100_000));
                        assertEquals(new SocketTraffic(0, 100_000), SocketTraffic.of(pair.left()));
                        assertEquals(new SocketTraffic(100_000, 0), SocketTraffic.of(pair.right()));
                        assertEquals(new SocketTraffic(0, 100_000), SocketTraffic.of(other.left()));
                    }
                });
        assertEquals(100_000, only(events, "SocketWrite", "sendfile").getLong("bytes"));
        assertEquals(100_000, only(events, "SocketWrite", "splice").getLong("bytes"));
    }

    @Test
    void whatIsOnlyLookedAtIsNotCounted() throws Exception {
        try (var pair = LinuxSocket.socketPair()) {
            pair.left().send(HELLO);
            pair.right().recv(10, MessageFlag.MSG_PEEK);
            pair.right().recvFrom(10, MessageFlag.MSG_PEEK);
            assertEquals(new SocketTraffic(0, 0), SocketTraffic.of(pair.right()));
            pair.right().recv(3);
            pair.right().recvFrom(10);
            assertEquals(new SocketTraffic(5, 0), SocketTraffic.of(pair.right()));
            assertEquals(new SocketTraffic(0, 5), SocketTraffic.of(pair.left()));
            pair.left().close();
            assertEquals(5, SocketTraffic.of(pair.left()).sent());
        }
    }

    /** A program that does something of everything that is recorded. */
    static final class Program {
        private Program() {}

        public static void main(String[] args) throws Exception {
            try (var listener = Listener.stream(InetEndpoint.loopback(0));
                    var client = StreamSocket.connect(listener.local());
                    var served = listener.accept();
                    var datagram = MessageSocket.bind(InetEndpoint.loopback(0))) {
                client.write("hello");
                served.read(ByteBuffer.allocate(100));
                datagram.sendTo("hello", Objects.requireNonNull(datagram.local()));
                datagram.receive(ByteBuffer.allocate(100));
                datagram.socket().connect(InetEndpoint.of("255.255.255.255", 9));
            } catch (IOException refused) {
                System.out.println(((ErrnoFailure) refused).errno().symbol());
            }
        }
    }

    @Test
    void whereThereIsNoRecorderAllGoesOnWithoutIt() throws Exception {
        String classes = location(LinuxSocket.class) + ":" + location(SocketTraceTest.class);
        Process program =
                new ProcessBuilder(
                                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                                "--limit-modules=java.base",
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                classes,
                                Program.class.getName())
                        .redirectErrorStream(true)
                        .start();
        assertEquals("EACCES\n", new String(program.getInputStream().readAllBytes(), US_ASCII));
        assertEquals(0, program.waitFor());
    }

    private static Path location(Class<?> type) throws Exception {
        String name = type.getName().replace('.', '/') + ".class";
        Path file = Path.of(type.getResource("/" + name).toURI());
        return Path.of(file.toString().substring(0, file.toString().length() - name.length()));
    }
}
