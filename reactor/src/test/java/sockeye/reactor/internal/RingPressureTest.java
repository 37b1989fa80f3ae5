// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.MessageSocket;
import sockeye.SoOption;
import sockeye.StreamSocket;
import sockeye.internal.kernel.Kernel;
import sockeye.reactor.Listening;
import sockeye.reactor.MessageProtocol;
import sockeye.reactor.MessageTransport;
import sockeye.reactor.ReactorSettings;
import sockeye.testkit.NoLeaks;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/** Rings that are far too small for what comes: slower, and nothing is lost. */
@ExtendWith(NoLeaks.class)
@Timeout(120)
class RingPressureTest {
    private static final int CLIENTS = 150;
    private static final int BYTES = 20_000;

    private static RingDriver ring(RingSizes sizes, String masked) throws IOException {
        try {
            Set<String> mask = masked.isEmpty() ? Set.of() : Set.of(masked.split(","));
            return new RingDriver(Kernel.current(), mask, "a test", sizes, Spin.never());
        } catch (RingRefusal refused) {
            System.err.println("*** skipped: io_uring: " + refused.getMessage());
            Assumptions.abort(refused.getMessage());
            throw refused;
        }
    }

    private interface Asking {
        void ask() throws IOException;
    }

    /** Runs the loop while somebody asks. */
    private static void run(Loop loop, Asking asking) throws Exception {
        Throwable[] failed = new Throwable[1];
        Thread asker =
                Thread.ofPlatform()
                        .unstarted(() -> {
                            try {
                                asking.ask();
                            } catch (Throwable thrown) {
                                failed[0] = thrown;
                            } finally {
                                loop.stop();
                            }
                        });
        loop.execute(asker::start);
        loop.run();
        asker.join();
        if (failed[0] != null) {
            throw new AssertionError(failed[0]);
        }
    }

    /** Connects and writes before anybody is served, so that all comes at once. */
    private static List<StreamSocket> crowd(Endpoint peer) throws IOException {
        List<StreamSocket> all = new ArrayList<>();
        for (int i = 0; i < CLIENTS; i++) {
            StreamSocket each = StreamSocket.connect(peer);
            all.add(each);
            each.write(bytes(i));
        }
        return all;
    }

    private static byte[] bytes(int seed) {
        byte[] bytes = new byte[BYTES];
        for (int i = 0; i < BYTES; i++) {
            bytes[i] = (byte) (i * 31 + seed);
        }
        return bytes;
    }

    private static void echoToACrowd(RingDriver driver) throws Exception {
        try (Loop loop = Loop.over(driver, ReactorSettings.DEFAULT)) {
            Listening listening =
                    loop.listen(
                            InetEndpoint.loopback(0),
                            () -> (transport, bytes) -> transport.write(bytes));
            List<StreamSocket> clients = crowd(Objects.requireNonNull(listening.local()));
            run(
                    loop,
                    () -> {
                        for (int i = 0; i < CLIENTS; i++) {
                            StreamSocket each = clients.get(i);
                            assertArrayEquals(bytes(i), each.inputStream().readNBytes(BYTES));
                        }
                    });
            for (StreamSocket each : clients) {
                each.close();
            }
            assertEquals(CLIENTS, listening.accepted());
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "IORING_SETUP_DEFER_TASKRUN",
                "IORING_SETUP_SINGLE_ISSUER,IORING_RECV_MULTISHOT,IORING_ACCEPT_MULTISHOT"
            })
    void completionsThatOverflowTheirQueueAreAllTold(String masked) throws Exception {
        RingDriver driver = ring(new RingSizes(2, 2, 256, 64), masked);
        echoToACrowd(driver);
        assertTrue(driver.overflows() > 0, "the queue was never too short");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "IORING_SETUP_DEFER_TASKRUN", "IORING_OP_SENDMSG_ZC"})
    void noticesThatOverflowAreAllTold(String masked) throws Exception {
        RingDriver driver = ring(new RingSizes(2, 2, 16, 64), masked);
        driver.lendFrom(1);
        echoToACrowd(driver);
        assertTrue(driver.overflows() > 0, "the queue was never too short");
        assertEquals(0, driver.lending().out());
        assertEquals(0, driver.chunks().inUse());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "IORING_RECV_MULTISHOT"})
    void receivesThatFindNoBufferGetOneLater(String masked) throws Exception {
        RingDriver driver = ring(new RingSizes(256, 1024, 2, 2), masked);
        echoToACrowd(driver);
        assertTrue(driver.droughts() > 0, "there was always a buffer");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "IORING_RECV_MULTISHOT"})
    void moreDatagramsThanBuffersAreAllAnswered(String masked) throws Exception {
        int many = 100;
        RingDriver driver = ring(new RingSizes(2, 2, 2, 2), masked);
        try (Loop loop = Loop.over(driver, ReactorSettings.DEFAULT)) {
            var echo =
                    new MessageProtocol() {
                        @Override
                        public void received(MessageTransport transport, ByteBuffer message) {
                            transport.reply(message);
                        }
                    };
            var room = SoOption.RCV_BUF.to(1 << 20);
            MessageTransport server = loop.bind(InetEndpoint.loopback(0), echo, room);
            MessageSocket client = MessageSocket.connect(Objects.requireNonNull(server.local()));
            for (int i = 0; i < many; i++) {
                client.send(ByteBuffer.wrap(new byte[] {(byte) i, 1, 2}));
            }
            List<Integer> heard = new ArrayList<>();
            run(
                    loop,
                    () -> {
                        for (int i = 0; i < many; i++) {
                            var got = client.receive(ByteBuffer.allocate(10));
                            heard.add((int) got.payload().get(0));
                        }
                    });
            client.close();
            for (int i = 0; i < many; i++) {
                assertEquals(i, heard.get(i));
            }
        }
    }
}
