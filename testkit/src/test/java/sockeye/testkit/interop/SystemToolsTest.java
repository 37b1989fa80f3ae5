// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import sockeye.Ancillary;
import sockeye.InetEndpoint;
import sockeye.Listener;
import sockeye.Message;
import sockeye.MessageSocket;
import sockeye.SoOption;
import sockeye.StreamSocket;
import sockeye.TcpInfo;
import sockeye.TcpOption;
import sockeye.UnixEndpoint;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.regex.Pattern;

/** The system's own programs: logger, systemd-notify and ss. */
@Timeout(60)
class SystemToolsTest {
    @TempDir private Path directory;

    private static String text(Message message) {
        return StandardCharsets.UTF_8.decode(message.payload()).toString();
    }

    @Test
    @Tag("A6-03")
    void loggerWritesToOurDatagramSocket() throws Exception {
        Path path = directory.resolve("log");
        try (var log = MessageSocket.bind(UnixEndpoint.of(path));
                var logger =
                        Peer.start(
                                "logger",
                                "-d",
                                "--socket",
                                path.toString(),
                                "-p",
                                "user.notice",
                                "-t",
                                "sockeye",
                                "hello, log")) {
            String line = text(log.receive(ByteBuffer.allocate(1_000)));
            assertTrue(line.startsWith("<13>"), line);
            assertTrue(line.endsWith("sockeye: hello, log"), line);
            logger.succeeds();
        }
    }

    @Test
    @Tag("A6-03")
    void loggerWritesToOurStreamSocket() throws Exception {
        Path path = directory.resolve("log");
        try (var listener = Listener.stream(UnixEndpoint.of(path));
                var logger =
                        Peer.start(
                                "logger",
                                "-T",
                                "--socket",
                                path.toString(),
                                "--octet-count",
                                "-t",
                                "sockeye",
                                "hello, log");
                var connection = listener.accept()) {
            String text =
                    new String(connection.inputStream().readAllBytes(), StandardCharsets.UTF_8);
            int blank = text.indexOf(' ');
            assertEquals(Integer.parseInt(text.substring(0, blank)), text.length() - blank - 1);
            assertTrue(text.endsWith("sockeye: hello, log"), text);
            logger.succeeds();
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"UNIX_DGRAM", "UNIX_DGRAM_ABSTRACT"})
    @Tag("A4-25")
    @Tag("A4-14")
    void systemdNotifyTellsWhoIsReadyAndWaitsForUs(Way way) throws Exception {
        var here = (UnixEndpoint) way.fresh(directory);
        String name = new String(here.nameBytes(), StandardCharsets.UTF_8);
        String place = here.isAbstract() ? "@" + name : name;
        try (var socket = MessageSocket.bind(here, SoOption.PASS_CRED.to(true));
                var notify =
                        Peer.start(
                                Map.of("NOTIFY_SOCKET", place),
                                "systemd-notify",
                                "--ready",
                                "--status=all is well",
                                "--pid=" + ProcessHandle.current().pid())) {
            int room = 1_000;
            try (Message ready = socket.receive(ByteBuffer.allocate(1_000), room)) {
                String text = text(ready);
                assertTrue(text.contains("READY=1\n"), text);
                assertTrue(text.contains("STATUS=all is well"), text);
                var sender = ready.find(Ancillary.Credentials.class).orElseThrow();
                assertEquals(ProcessHandle.current().pid(), sender.pid());
            }
            // Its second message carries a descriptor, and it waits until that is closed.
            try (Message barrier = socket.receive(ByteBuffer.allocate(1_000), room)) {
                assertEquals("BARRIER=1", text(barrier));
                assertEquals(1, barrier.descriptors().size());
                assertTrue(notify.isAlive());
            }
            notify.succeeds();
        }
    }

    @Test
    @Tag("A5-05")
    void ssSeesTheSameConnectionAsTcpInfo() throws Exception {
        try (var listener = Listener.stream(InetEndpoint.loopback(0));
                var client = StreamSocket.connect(listener.local());
                var server = listener.accept()) {
            client.write(new byte[5_000]);
            client.write(new byte[3_000]);
            server.socket().recv(1_000);
            client.write(new byte[] {1});
            // Not before the last of it was acknowledged, which the loopback does on its own.
            while (client.socket().unsent() > 0) {
                Thread.onSpinWait();
            }
            TcpInfo ours = client.socket().getOption(TcpOption.INFO);
            assertEquals(7_001, server.socket().available());
            int port = ((InetEndpoint) client.local()).port();
            try (var ss = Peer.start("ss", "-tinmH", "sport", "=", ":" + port)) {
                String line = ss.rest();
                ss.succeeds();
                assertEquals(ours.sendSegmentSize(), number(line, "mss"), line);
                assertEquals(ours.receiveSegmentSize(), number(line, "rcvmss"), line);
                assertEquals(ours.pathMtu(), number(line, "pmtu"), line);
                assertEquals(ours.congestionWindow(), number(line, "cwnd"), line);
                assertEquals(ours.bytesSent(), number(line, "bytes_sent"), line);
                assertEquals(ours.bytesAcknowledged(), number(line, "bytes_acked"), line);
                assertEquals(ours.segmentsOut(), number(line, "segs_out"), line);
                assertEquals(ours.dataSegmentsOut(), number(line, "data_segs_out"), line);
                var memory = client.socket().getOption(SoOption.MEM_INFO);
                assertTrue(line.contains("tb" + memory.sendBuffer() + ","), line);
                assertTrue(line.contains(",rb" + memory.receiveBuffer() + ","), line);
            }
            int there = ((InetEndpoint) server.local()).port();
            try (var ss =
                    Peer.start("ss", "-tnH", "state", "established", "sport", "=", ":" + there)) {
                assertEquals("7001", ss.line().strip().split(" +")[0]);
            }
        }
    }

    private static long number(String line, String name) {
        var matcher = Pattern.compile("(?<=\\s)" + name + ":(\\d+)").matcher(line);
        assertTrue(matcher.find(), () -> name + " in " + line);
        return Long.parseLong(matcher.group(1));
    }
}
