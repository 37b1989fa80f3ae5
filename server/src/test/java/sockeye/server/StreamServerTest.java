// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.Deadline;
import sockeye.Endpoint;
import sockeye.Linger;
import sockeye.LinuxSocket;
import sockeye.Listener;
import sockeye.SoOption;
import sockeye.StreamSocket;
import sockeye.wire.CheckedService;
import sockeye.wire.EchoService;
import sockeye.wire.Moment;
import sockeye.wire.Output;
import sockeye.wire.StampFormat;
import sockeye.wire.StreamMachine;
import sockeye.wire.StreamService;
import sockeye.wire.TimestampService;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import java.util.Random;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.TimeUnit;

/** Streams of every family, by handlers and by services. */
@Timeout(60)
@SuppressWarnings("try") // A client that closes before its scope ends is the point.
class StreamServerTest {
    private static final StreamService ECHO = new CheckedService(new EchoService());
    private static final StreamService STAMP =
            new CheckedService(TimestampService.in(ZoneOffset.UTC).format(StampFormat.EPOCH));
    private static final StreamHandler LINES =
            client -> {
                var lines = client.reader();
                for (String line; (line = lines.readLine()) != null; ) {
                    client.write("<" + line + ">\n");
                }
            };

    static List<Endpoint> endpoints() throws IOException {
        return Peers.endpoints();
    }

    @ParameterizedTest
    @MethodSource("endpoints")
    void aHandlerServesUntilTheEndOfItsInput(Endpoint endpoint) throws Exception {
        try (var server = Server.stream(endpoint, LINES);
                var client = StreamSocket.connect(server.local())) {
            client.write("one\ntwo\n\nthree");
            client.shutdownOutput();
            String answer = new String(client.inputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertEquals("<one>\n<two>\n<>\n<three>\n", answer);
        }
    }

    @ParameterizedTest
    @MethodSource("endpoints")
    void megabytesAreEchoedWhole(Endpoint endpoint) throws Exception {
        byte[] sent = new byte[8 << 20];
        new Random(1).nextBytes(sent);
        try (var server = Server.stream(endpoint, StreamHandler.of(ECHO));
                var client = StreamSocket.connect(server.local())) {
            Thread writer =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    client.write(sent);
                                    client.shutdownOutput();
                                } catch (IOException failed) {
                                    throw new AssertionError(failed);
                                }
                            });
            byte[] got = client.inputStream().readAllBytes();
            writer.join();
            assertArrayEquals(sent, got);
        }
    }

    @ParameterizedTest
    @MethodSource("endpoints")
    void pipelinedLinesAreAnsweredInOrder(Endpoint endpoint) throws Exception {
        int many = 20_000;
        try (var server = Server.stream(endpoint, StreamHandler.of(STAMP));
                var client = StreamSocket.connect(server.local())) {
            Thread writer =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    for (int i = 0; i < many; i++) {
                                        client.write(i + "\n");
                                    }
                                    client.shutdownOutput();
                                } catch (IOException failed) {
                                    throw new AssertionError(failed);
                                }
                            });
            var lines = client.reader();
            for (int i = 0; i < many; i++) {
                String line = lines.readLine();
                assertNotNull(line);
                assertEquals(String.valueOf(i), line.substring(line.indexOf(' ') + 1));
            }
            assertNull(lines.readLine());
            writer.join();
        }
    }

    @Test
    void aServiceRunsOnAnyByteStream() throws Exception {
        try (var pair = StreamSocket.pair()) {
            Thread server =
                    Thread.ofVirtual()
                            .start(() -> {
                                try {
                                    StreamHandler.of(ECHO).handle(pair.right());
                                    pair.right().close();
                                } catch (Exception failed) {
                                    throw new AssertionError(failed);
                                }
                            });
            pair.left().write("hello\n");
            assertEquals("hello", pair.left().reader().readLine());
            pair.left().shutdownOutput();
            assertNull(pair.left().reader().readLine());
            server.join();
        }
    }

    @Test
    void silenceEndsAMessageOnAnyByteStream() throws Exception {
        var service =
                new CheckedService(
                        TimestampService.in(ZoneOffset.UTC).flushAfter(Duration.ofMillis(1)));
        try (var pair = StreamSocket.pair()) {
            Thread.ofVirtual()
                    .start(() -> {
                        try {
                            StreamHandler.of(service).handle(pair.right());
                        } catch (Exception closed) {
                            // By the end of the test.
                        }
                    });
            pair.left().write("hello");
            byte[] answer = new byte[100];
            int count = pair.left().read(answer);
            String text = new String(answer, 0, count, StandardCharsets.UTF_8);
            assertTrue(text.endsWith("] hello"), text);
        }
    }

    @Test
    void aTooLongLineIsToldWhyBeforeTheEnd() throws Exception {
        StreamService small = TimestampService.in(ZoneOffset.UTC).maxMessage(1_000);
        try (var server = Server.stream(Peers.tcp(), StreamHandler.of(small));
                var client = StreamSocket.connect(server.local())) {
            // Four times what one receive takes: closed at once, it would be answered by a reset.
            byte[] line = new byte[256 << 10];
            Arrays.fill(line, (byte) 'x');
            client.write(line);
            client.shutdownOutput();
            String answer = new String(client.inputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertTrue(answer.startsWith("error: "), answer);
        }
    }

    @Test
    void aHandlerThatLeavesInputUnreadStillHasItsAnswerArrive() throws Exception {
        try (var server =
                        Server.stream(
                                Peers.tcp(),
                                client -> {
                                    client.reader().readLine();
                                    client.write("no\n");
                                });
                var client = StreamSocket.connect(server.local())) {
            client.write("a\n");
            assertEquals("no", client.reader().readLine());
            client.write(new byte[100_000]);
            assertNull(client.reader().readLine());
        }
    }

    @Test
    void aHandlerThatThrowsHarmsNoOther() throws Exception {
        var recorder = new Peers.Recorder();
        StreamHandler fragile =
                client -> {
                    String line = client.reader().readLine();
                    if ("die".equals(line)) {
                        throw new IllegalStateException("as asked");
                    }
                    if ("overflow".equals(line)) {
                        throw new StackOverflowError("as asked");
                    }
                    client.write("alive\n");
                };
        try (var server = Server.stream(Peers.tcp(), recorder.settings(), fragile)) {
            for (String poison : List.of("die", "overflow")) {
                try (var client = StreamSocket.connect(server.local())) {
                    client.write(poison + "\n");
                    assertNull(client.reader().readLine());
                }
                assertEquals("as asked", recorder.failed.take().getMessage());
            }
            try (var client = StreamSocket.connect(server.local())) {
                client.write("hello\n");
                assertEquals("alive", client.reader().readLine());
            }
        }
    }

    @Test
    void anObserverThatThrowsHarmsNobody() throws Exception {
        var hostile =
                new ServerObserver() {
                    @Override
                    public void accepted(ServerConnection connection) {
                        throw new IllegalStateException("observer");
                    }
                };
        var settings = ServerSettings.DEFAULT.withObserver(hostile);
        try (var server = Server.stream(Peers.tcp(), settings, LINES);
                var client = StreamSocket.connect(server.local())) {
            client.write("hello\n");
            assertEquals("<hello>", client.reader().readLine());
        }
    }

    @Test
    void aResetInMidLineIsReportedAndForgotten() throws Exception {
        var recorder = new Peers.Recorder();
        try (var server =
                Server.stream(Peers.tcp(), recorder.settings(), StreamHandler.of(STAMP))) {
            try (var client = StreamSocket.connect(server.local())) {
                client.write("whole\nhalf a li");
                assertNotNull(client.reader().readLine());
                client.socket().setOption(SoOption.LINGER, Linger.of(Duration.ZERO));
            }
            assertNotNull(recorder.failed.take());
            assertEquals(OptionalLong.of(1), recorder.closed.take().messages());
            awaitNoConnections(server);
        }
    }

    @Test
    void aPeerThatNeverReadsHoldsUpNobody() throws Exception {
        try (var server = Server.stream(Peers.tcp(), StreamHandler.of(ECHO));
                var deaf = StreamSocket.connect(server.local());
                var other = StreamSocket.connect(server.local())) {
            byte[] some = new byte[1 << 16];
            // Until nobody takes any more: the server waits in its send, and so reads no more.
            deaf.writeDeadline(Deadline.after(Duration.ofMillis(300)));
            try {
                while (true) {
                    deaf.write(some);
                }
            } catch (java.net.SocketTimeoutException full) {
                other.write("hello\n");
                assertEquals("hello", other.reader().readLine());
            }
        }
    }

    @Test
    void aServiceThatSpeaksFirstAndForeverIsStopped() throws Exception {
        StreamService chargen = new CheckedService(Chatter::new);
        var server = Server.stream(Peers.tcp(), StreamHandler.of(chargen));
        try (var client = StreamSocket.connect(server.local())) {
            InputStream in = client.inputStream();
            assertEquals('x', in.read());
            StopReport report = server.stop(Duration.ofSeconds(30));
            assertEquals(0, report.cutOff());
            in.readAllBytes();
        }
    }

    /** Sends for as long as there is room, from the start, until the end is told. */
    private static final class Chatter implements StreamMachine {
        @Override
        public void received(ByteBuffer input, Moment now, Output out) {
            input.position(input.limit());
        }

        @Override
        public void quiet(Moment now, Output out) {
            out.buffer().put("xxxxxxxx".getBytes(StandardCharsets.US_ASCII));
        }

        @Override
        public void ended(Moment now, Output out) {
            out.close();
        }

        @Override
        public long wakeAt() {
            return AT_ONCE;
        }

        @Override
        public long messages() {
            return 0;
        }
    }

    @Test
    void atTheLimitOthersWaitUntilOneEnds() throws Exception {
        var settings = ServerSettings.DEFAULT.withMaxConnections(1);
        try (var server = Server.stream(Peers.tcp(), settings, LINES);
                var first = StreamSocket.connect(server.local());
                var second = StreamSocket.connect(server.local())) {
            first.write("a\n");
            assertEquals("<a>", first.reader().readLine());
            second.write("b\n");
            assertEquals(1, server.connections().size());
            first.close();
            assertEquals("<b>", second.reader().readLine());
        }
    }

    @Test
    void theObserverHearsOfEachConnectionOnce() throws Exception {
        var recorder = new Peers.Recorder();
        try (var server =
                Server.stream(Peers.tcp(), recorder.settings(), StreamHandler.of(STAMP))) {
            Endpoint local;
            try (var client = StreamSocket.connect(server.local())) {
                local = client.local();
                client.write("a\nb\nc\n");
                for (int i = 0; i < 3; i++) {
                    assertNotNull(client.reader().readLine());
                }
            }
            ServerConnection closed = recorder.closed.take();
            assertEquals(recorder.accepted.take(), closed);
            assertEquals(local, closed.peer());
            assertEquals(server.local(), closed.local());
            assertEquals(OptionalLong.of(3), closed.messages());
            assertEquals(closed.age(), closed.age());
            assertTrue(recorder.failed.isEmpty());
            assertTrue(recorder.closed.isEmpty());
        }
    }

    @Test
    void theNameOfAThreadTellsWhomItServes() throws Exception {
        var names = new SynchronousQueue<String>();
        try (var server =
                        Server.stream(
                                Peers.tcp(),
                                client -> names.put(Thread.currentThread().getName()));
                var client = StreamSocket.connect(server.local())) {
            String name = names.poll(30, TimeUnit.SECONDS);
            assertNotNull(name);
            assertTrue(name.contains(String.valueOf(client.local())), name);
        }
    }

    @Test
    void aListenerOfOnesOwnIsServed() throws Exception {
        Listener<StreamSocket> listener = Listener.stream(Peers.tcp());
        try (var server = Server.stream(listener, ServerSettings.DEFAULT, LINES);
                var client = StreamSocket.connect(server.local())) {
            client.write("mine\n");
            assertEquals("<mine>", client.reader().readLine());
        }
        assertFalse(listener.isOpen());
    }

    @Test
    void aListenerClosedUnderItEndsTheServer() throws Exception {
        Listener<StreamSocket> listener = Listener.stream(Peers.tcp());
        try (var server = Server.stream(listener, ServerSettings.DEFAULT, LINES)) {
            listener.close();
            server.join();
        }
    }

    @Test
    void thousandsOfConnectionsLeaveNothingBehind() throws Exception {
        var recorder = new Peers.Recorder();
        try (var server = Server.stream(Peers.tcp(), recorder.settings(), StreamHandler.of(ECHO))) {
            cycle(server, recorder, 100);
            long descriptors = Peers.descriptors();
            long threads = Peers.threads();
            cycle(server, recorder, 3_000);
            assertTrue(server.connections().isEmpty());
            assertEquals(descriptors, Peers.descriptors());
            assertTrue(Peers.threads() <= threads + 4, "carriers may come, no more");
        }
    }

    private static void cycle(Server server, Peers.Recorder recorder, int times)
            throws IOException, InterruptedException {
        byte[] some = {1, 2, 3};
        for (int i = 0; i < times; i++) {
            try (LinuxSocket client = StreamSocket.connect(server.local()).socket()) {
                client.sendAll(some);
                if (i % 3 != 0) {
                    client.recv(3);
                }
            }
        }
        for (int i = 0; i < times; i++) {
            recorder.closed.take();
        }
        awaitNoConnections(server);
    }

    /** A connection is forgotten after its observer has been told, so not quite at once. */
    private static void awaitNoConnections(Server server) {
        while (!server.connections().isEmpty()) {
            Thread.onSpinWait();
        }
    }
}
