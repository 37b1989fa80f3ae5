// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;

import sockeye.InetEndpoint;
import sockeye.StreamSocket;
import sockeye.internal.kernel.ForwardingKernel;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.SystemCall;
import sockeye.testkit.NoLeaks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** What io_uring has of its own: the choice, scarce buffers, queues that overflow. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
class RingTest {
    /** Refuses one system call, as a filter of seccomp does. */
    private static final class Refusing extends ForwardingKernel {
        private final int errno;

        Refusing(int errno) {
            super(Kernel.real());
            this.errno = errno;
        }

        @Override
        protected long call(SystemCall call, long a, long b, long c, long d, long e, long f) {
            return call == SystemCall.IO_URING_SETUP ? -errno : super.call(call, a, b, c, d, e, f);
        }
    }

    private static DriverReport reportWith(Kernel kernel) throws IOException {
        Kernel before = Kernel.install(kernel);
        try (Reactor reactor = Reactor.open()) {
            return reactor.driver();
        } finally {
            Kernel.install(before);
        }
    }

    @Test
    void whereItIsForbiddenEpollServesAndSaysWhy() throws Exception {
        DriverReport forbidden = reportWith(new Refusing(1));
        assertEquals(DriverKind.EPOLL, forbidden.kind());
        assertTrue(forbidden.why().startsWith("EPERM: io_uring is disabled by seccomp or sysctl"));
        DriverReport absent = reportWith(new Refusing(38));
        assertEquals(DriverKind.EPOLL, absent.kind());
        assertTrue(absent.why().startsWith("ENOSYS: "), absent.why());
    }

    @Test
    void whereItIsForbiddenAndMustBeTheErrorSaysWhy() throws Exception {
        Kernel before = Kernel.install(new Refusing(1));
        try {
            var settings = ReactorSettings.DEFAULT.withDriver(DriverKind.IO_URING);
            var refused = assertThrows(IOException.class, () -> Reactor.open(settings));
            assertTrue(refused.getMessage().startsWith("EPERM"), refused.getMessage());
        } finally {
            Kernel.install(before);
        }
    }

    /** Installs a filter that refuses io_uring_setup(2), then runs a JVM under it. */
    private static final String FILTER =
            """
            import ctypes, os, struct, sys
            code = [(0x20, 0, 0, 0), (0x15, 0, 1, 425), (0x06, 0, 0, 0x00050000 | 1),
                    (0x06, 0, 0, 0x7fff0000)]
            filters = b''.join(struct.pack('HBBI', *each) for each in code)
            buffer = ctypes.create_string_buffer(filters)
            program = struct.pack('HxxxxxxQ', len(code), ctypes.addressof(buffer))
            libc = ctypes.CDLL(None, use_errno=True)
            assert libc.prctl(38, 1, 0, 0, 0) == 0
            assert libc.prctl(22, 2, ctypes.create_string_buffer(program), 0, 0) == 0
            os.execv(sys.argv[1], sys.argv[1:])
            """;

    /** The other JVM's program. */
    static final class Report {
        private Report() {}

        public static void main(String[] arguments) throws IOException {
            try (Reactor reactor = Reactor.open();
                    Reactor another = Reactor.open()) {
                System.out.println(reactor.driver().kind() + " " + reactor.driver().why());
                System.out.println(another.driver().kind());
            }
        }
    }

    @Test
    void underAFilterAsDockerHasItEpollServesAndSaysWhy() throws Exception {
        var command = new ArrayList<String>(List.of("python3", "-c", FILTER));
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        command.add("--enable-native-access=ALL-UNNAMED");
        command.add("-cp");
        command.add(
                String.join(
                        ":",
                        List.of(
                                place(Reactor.class),
                                place(sockeye.Endpoint.class),
                                place(sockeye.wire.Framer.class),
                                place(RingTest.class))));
        command.add(Report.class.getName());
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(process.waitFor(30, TimeUnit.SECONDS));
        assertTrue(said.contains("EPOLL EPERM: io_uring is disabled by seccomp or sysctl"), said);
        // And so does the log, once for both, and without being asked for details.
        String told = "reactors here run on EPOLL: EPERM: io_uring is disabled by seccomp";
        assertEquals(2, said.split(told, -1).length, said);
    }

    private static String place(Class<?> type) throws Exception {
        return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    }

    @Test
    void whatIsNeededAndMaskedIsNamed() throws Exception {
        var settings = ReactorSettings.DEFAULT.withMask(Set.of("IORING_REGISTER_PBUF_RING"));
        try (Reactor reactor = Reactor.open(settings)) {
            assertEquals(DriverKind.EPOLL, reactor.driver().kind());
            if (Engine.IO_URING.isReal() && Files.exists(Path.of("/proc/self/fd"))) {
                assertTrue(
                        reactor.driver().why().contains("IORING_REGISTER_PBUF_RING")
                                || reactor.driver().why().startsWith("E"),
                        reactor.driver().why());
            }
        }
    }

    /** More connections than buffers, all of them written to at once and left unread by us. */
    @Test
    void moreDataThanBuffersAndCompletionsThanTheirQueueHasRoomFor() throws Exception {
        int many = 600;
        int each = 30_000;
        try (Reactor reactor = Engine.IO_URING.open()) {
            long[] got = {0};
            Listening listening =
                    reactor.listen(
                            InetEndpoint.of("127.0.0.1", 0),
                            () ->
                                    (transport, bytes) -> {
                                        got[0] += bytes.remaining();
                                        transport.write(bytes);
                                    });
            var clients = new ArrayList<StreamSocket>();
            for (int i = 0; i < many; i++) {
                var client = StreamSocket.connect(Objects.requireNonNull(listening.local()));
                clients.add(client);
                client.write(new byte[each]);
            }
            long[] back = {0};
            var reader =
                    Thread.ofPlatform()
                            .unstarted(() -> {
                                try {
                                    byte[] room = new byte[each];
                                    for (StreamSocket client : clients) {
                                        int left = each;
                                        while (left > 0) {
                                            int count = client.read(room, 0, left);
                                            left -= count;
                                            back[0] += count;
                                        }
                                    }
                                } catch (IOException failed) {
                                    throw new AssertionError(failed);
                                } finally {
                                    reactor.stop();
                                }
                            });
            reactor.execute(reader::start);
            reactor.run();
            reader.join();
            for (StreamSocket client : clients) {
                client.close();
            }
            assertEquals((long) many * each, got[0]);
            assertEquals(got[0], back[0]);
        }
    }

    /** Slow readers hold loans of provided buffers; others are served nevertheless. */
    @Test
    void readersThatNeverReadDoNotStarveTheRest() throws Exception {
        int slow = 300;
        try (Reactor reactor = Engine.IO_URING.open()) {
            Listening listening =
                    reactor.listen(
                            InetEndpoint.of("127.0.0.1", 0),
                            () ->
                                    new Protocol() {
                                        @Override
                                        public void received(Transport to, ByteBuffer bytes) {
                                            int count = bytes.remaining();
                                            to.write(bytes);
                                            // Far more than the peer's buffers take.
                                            if (count == 1) {
                                                to.write(new byte[8_000_000]);
                                                to.pause();
                                            }
                                        }
                                    });
            var sockets = new ArrayList<StreamSocket>();
            for (int i = 0; i < slow; i++) {
                var client = StreamSocket.connect(Objects.requireNonNull(listening.local()));
                sockets.add(client);
            }
            var brisk = StreamSocket.connect(Objects.requireNonNull(listening.local()));
            sockets.add(brisk);
            String[] answer = new String[1];
            var asker =
                    Thread.ofPlatform()
                            .unstarted(() -> {
                                try {
                                    for (int i = 0; i < 20; i++) {
                                        sockets.get(i).write("x");
                                    }
                                    brisk.write("hello");
                                    answer[0] =
                                            new String(
                                                    brisk.inputStream().readNBytes(5),
                                                    StandardCharsets.UTF_8);
                                } catch (IOException failed) {
                                    throw new AssertionError(failed);
                                } finally {
                                    reactor.stop();
                                }
                            });
            reactor.execute(asker::start);
            reactor.after(Duration.ofSeconds(20), reactor::stop);
            reactor.run();
            asker.join();
            for (StreamSocket each : sockets) {
                each.close();
            }
            assertEquals("hello", answer[0]);
        }
    }
}
