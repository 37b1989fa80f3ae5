// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.OptionSetting;
import sockeye.SoOption;
import sockeye.StreamSocket;
import sockeye.UnixEndpoint;
import sockeye.internal.kernel.Kernel;
import sockeye.reactor.Listening;
import sockeye.reactor.Protocol;
import sockeye.reactor.ReactorSettings;
import sockeye.reactor.Transport;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.TestFamily;
import sockeye.wire.Framer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Sends without a copy: the kernel reads chunks after their send has completed, and they are nobody
 * else's before it says that it does no longer. A peer that reads nothing makes that last: what its
 * window has no room for stays with us, in our memory.
 */
@ExtendWith(NoLeaks.class)
@Timeout(60)
class ZeroCopyTest {
    /** More than the kernel takes for a peer that reads nothing. */
    private static final int MUCH = 4 << 20;

    private static final OptionSetting<Integer> OURS = SoOption.SND_BUF.to(400_000);
    private static final OptionSetting<Integer> THEIRS = SoOption.RCV_BUF.to(100_000);

    private static final int FROM = 10_000;

    private static RingDriver open(String masked) throws IOException {
        Set<String> mask = masked.isEmpty() ? Set.of() : Set.of(masked.split(","));
        Kernel kernel = Kernel.current();
        var driver = new RingDriver(kernel, mask, "a test", RingSizes.USUAL, Spin.never());
        driver.lendFrom(FROM);
        return driver;
    }

    private static RingDriver ring(String masked) throws IOException {
        try {
            return open(masked);
        } catch (RingRefusal refused) {
            return skip(refused);
        }
    }

    private static RingDriver skip(IOException why) throws IOException {
        System.err.println("*** skipped: io_uring: " + why.getMessage());
        Assumptions.abort(why.getMessage());
        throw why;
    }

    /** One whose kernel can do it. */
    private static RingDriver lending() throws IOException {
        RingDriver driver = ring("");
        if (driver.report().missing().contains("IORING_OP_SEND_ZC")) {
            driver.close();
            return skip(new IOException("IORING_OP_SEND_ZC came with Linux 6.0"));
        }
        return driver;
    }

    private static byte[] bytes(int count, int seed) {
        byte[] bytes = new byte[count];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    /** Writes so much when it is opened. */
    private static final class Writer implements Protocol {
        private final byte[] all;
        private @Nullable Transport transport;
        private @Nullable Throwable why;
        private boolean closed;

        Writer(byte[] all) {
            this.all = all;
        }

        @Override
        public void opened(Transport opened) {
            transport = opened;
            opened.write(all);
        }

        @Override
        public void received(Transport from, ByteBuffer received) {
            received.position(received.limit());
        }

        @Override
        public void closed(Transport from, @Nullable Throwable reason) {
            closed = true;
            why = reason;
        }

        Transport open() {
            return Objects.requireNonNull(transport);
        }
    }

    /** Runs until something is so. */
    private static void until(Loop loop, BooleanSupplier so) throws IOException {
        when(loop, so, loop::stop);
        loop.run();
    }

    private static void when(Loop loop, BooleanSupplier so, Runnable then) {
        loop.execute(() -> {
            if (so.getAsBoolean()) {
                then.run();
            } else {
                loop.after(Duration.ofMillis(1), () -> when(loop, so, then));
            }
        });
    }

    /** Runs while somebody else does something. */
    private static void during(Loop loop, Waiting doing) throws Exception {
        Throwable[] failed = new Throwable[1];
        Thread other =
                Thread.ofPlatform()
                        .unstarted(() -> {
                            try {
                                doing.run();
                            } catch (Throwable thrown) {
                                failed[0] = thrown;
                            } finally {
                                loop.stop();
                            }
                        });
        loop.execute(other::start);
        loop.run();
        other.join();
        if (failed[0] != null) {
            throw new AssertionError(failed[0]);
        }
    }

    private interface Waiting {
        void run() throws Exception;
    }

    private static Endpoint local(Listening listening) {
        return Objects.requireNonNull(listening.local());
    }

    /** A writer's peer that has read nothing, when the kernel has as much of it as it takes. */
    private static StreamSocket stalled(Loop loop, RingDriver driver, Writer writer)
            throws IOException {
        Listening listening = loop.listen(InetEndpoint.loopback(0), () -> writer, OURS);
        StreamSocket peer = StreamSocket.connect(local(listening), THEIRS);
        until(loop, isStalled(driver, writer));
        listening.close();
        assertTrue(writer.open().pending() > 0, "the kernel took all of it");
        return peer;
    }

    private static BooleanSupplier isStalled(RingDriver driver, Writer writer) {
        long[] last = {-1};
        int[] same = {0};
        return () -> {
            if (writer.transport == null) {
                return false;
            }
            long now = writer.open().pending();
            same[0] = now == last[0] ? same[0] + 1 : 0;
            last[0] = now;
            Lending lending = driver.lending();
            return same[0] > 20 && (lending.out() > 0 || lending.droughts() > 0);
        };
    }

    /** Has others use whatever memory is free, with other bytes. */
    private static void churn(Loop loop) throws Exception {
        Listening listening =
                loop.listen(
                        InetEndpoint.loopback(0),
                        () -> (transport, bytes) -> transport.write(bytes));
        Endpoint peer = local(listening);
        during(
                loop,
                () -> {
                    byte[] other = bytes(300_000, 99);
                    List<StreamSocket> clients = new ArrayList<>();
                    for (int i = 0; i < 8; i++) {
                        StreamSocket client = StreamSocket.connect(peer);
                        clients.add(client);
                        Thread.startVirtualThread(() -> {
                            try {
                                client.write(other);
                            } catch (IOException seenByTheReader) {
                                // It will miss something.
                            }
                        });
                    }
                    for (StreamSocket each : clients) {
                        byte[] back = each.inputStream().readNBytes(other.length);
                        assertArrayEquals(other, back);
                        each.close();
                    }
                });
        listening.close();
    }

    @Test
    void longSendsAreLentAndShortOnesAreNot() throws Exception {
        RingDriver driver = lending();
        try (Loop loop = Loop.over(driver, ReactorSettings.DEFAULT)) {
            var small = new Writer(bytes(FROM - 1, 1));
            Listening listening = loop.listen(InetEndpoint.loopback(0), () -> small);
            during(
                    loop,
                    () -> {
                        try (StreamSocket peer = StreamSocket.connect(local(listening))) {
                            assertArrayEquals(small.all, peer.inputStream().readNBytes(FROM - 1));
                        }
                    });
            assertEquals(0, driver.lending().sends());
            int chunks = driver.chunks().inUse();
            var large = new Writer(bytes(10 * FROM, 2));
            Listening other = loop.listen(InetEndpoint.loopback(0), () -> large);
            during(
                    loop,
                    () -> {
                        try (StreamSocket peer = StreamSocket.connect(local(other))) {
                            assertArrayEquals(large.all, peer.inputStream().readNBytes(10 * FROM));
                        }
                    });
            assertTrue(driver.lending().sends() > 0, "it was copied");
            assertEquals(0, driver.lending().refusals());
            until(loop, () -> driver.lending().out() == 0 && large.closed);
            assertEquals(chunks, driver.chunks().inUse());
        }
    }

    /** Over loopback it does; a kernel before 6.2 cannot say. */
    @Test
    void whetherTheKernelCopiedNeverthelessIsCounted() throws Exception {
        RingDriver driver = lending();
        try (Loop loop = Loop.over(driver, ReactorSettings.DEFAULT)) {
            var writer = new Writer(bytes(10 * FROM, 3));
            Listening listening = loop.listen(InetEndpoint.loopback(0), () -> writer);
            during(
                    loop,
                    () -> {
                        try (StreamSocket peer = StreamSocket.connect(local(listening))) {
                            peer.inputStream().readNBytes(10 * FROM);
                        }
                    });
            until(loop, () -> driver.lending().out() == 0);
            boolean told = driver.lending().copied() > 0;
            assertEquals(driver.lending().asks(), told);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"", "IORING_OP_SENDMSG_ZC", "IORING_OP_SEND_ZC", "IORING_RECV_MULTISHOT"})
    void nothingElseIsSentThanWhatWasWritten(String masked) throws Exception {
        byte[] all = bytes(MUCH, 4);
        RingDriver driver = ring(masked);
        boolean lends = !driver.report().missing().contains("IORING_OP_SEND_ZC");
        if (!lends && masked.isEmpty()) {
            driver.close();
            skip(new IOException("IORING_OP_SEND_ZC came with Linux 6.0"));
        }
        try (Loop loop = Loop.over(driver, ReactorSettings.DEFAULT)) {
            var writer = new Writer(all);
            if (!lends) {
                Listening listening = loop.listen(InetEndpoint.loopback(0), () -> writer);
                during(
                        loop,
                        () -> {
                            try (StreamSocket peer = StreamSocket.connect(local(listening))) {
                                assertArrayEquals(all, peer.inputStream().readNBytes(MUCH));
                            }
                        });
                assertEquals(0, driver.lending().sends());
                return;
            }
            StreamSocket peer = stalled(loop, driver, writer);
            churn(loop);
            assertTrue(driver.lending().out() > 0, "nothing was lent meanwhile");
            during(loop, () -> assertArrayEquals(all, peer.inputStream().readNBytes(MUCH)));
            until(loop, () -> driver.lending().out() == 0);
            peer.close();
        }
    }

    @Test
    void whatIsLentComesBackWithAnAbort() throws Exception {
        RingDriver driver = lending();
        try (Loop loop = Loop.over(driver, ReactorSettings.DEFAULT)) {
            int chunks = driver.chunks().inUse();
            var writer = new Writer(bytes(MUCH, 5));
            StreamSocket peer = stalled(loop, driver, writer);
            loop.execute(() -> writer.open().abort());
            until(loop, () -> writer.closed && driver.lending().out() == 0);
            assertEquals(chunks, driver.chunks().inUse());
            peer.close();
        }
    }

    /** With so little left that the kernel has taken all of it, and sends it on its own. */
    @Test
    void aCloseInOrderDeliversWhatIsLent() throws Exception {
        RingDriver driver = lending();
        try (Loop loop = Loop.over(driver, ReactorSettings.DEFAULT)) {
            byte[] all = bytes(MUCH, 6);
            var writer = new Writer(all);
            StreamSocket peer = stalled(loop, driver, writer);
            loop.execute(() -> writer.open().close());
            during(loop, () -> assertArrayEquals(all, peer.inputStream().readNBytes(MUCH)));
            peer.close();
            until(loop, () -> writer.closed && driver.lending().out() == 0);
            assertEquals(null, writer.why);
        }
    }

    @Test
    void aStopKeepsWhatIsLentForTheNextRunOfTheThread() throws Exception {
        RingDriver driver = lending();
        try (Loop loop = Loop.over(driver, ReactorSettings.DEFAULT)) {
            byte[] all = bytes(MUCH, 7);
            var writer = new Writer(all);
            StreamSocket peer = stalled(loop, driver, writer);
            // It has stopped, and is run again here.
            int out = driver.lending().out();
            assertTrue(out > 0);
            int lost = Lending.lost();
            churn(loop);
            assertEquals(lost, Lending.lost());
            during(loop, () -> assertArrayEquals(all, peer.inputStream().readNBytes(MUCH)));
            until(loop, () -> driver.lending().out() == 0);
            peer.close();
        }
    }

    @Test
    void whatAnotherThreadCannotHearOfIsNeverUsedAgain() throws Exception {
        RingDriver driver = lending();
        try (Loop loop = Loop.over(driver, ReactorSettings.DEFAULT)) {
            byte[] all = bytes(MUCH, 8);
            var writer = new Writer(all);
            StreamSocket[] peer = new StreamSocket[1];
            Throwable[] failed = new Throwable[1];
            Thread first =
                    Thread.ofPlatform()
                            .start(() -> {
                                try {
                                    peer[0] = stalled(loop, driver, writer);
                                } catch (Throwable thrown) {
                                    failed[0] = thrown;
                                }
                            });
            first.join();
            assertEquals(null, failed[0]);
            int lost = Lending.lost();
            int out = driver.lending().out();
            assertTrue(out > 0);
            churn(loop);
            assertTrue(Lending.lost() >= lost + out, "what the kernel reads was used again");
            during(loop, () -> assertArrayEquals(all, peer[0].inputStream().readNBytes(MUCH)));
            peer[0].close();
        }
    }

    @Test
    void aCloseOfTheReactorWaitsForWhatItsResetsFree() throws Exception {
        RingDriver driver = lending();
        int lost = Lending.lost();
        StreamSocket peer;
        try (Loop loop = Loop.over(driver, ReactorSettings.DEFAULT)) {
            peer = stalled(loop, driver, new Writer(bytes(MUCH, 9)));
            assertTrue(driver.lending().out() > 0);
        }
        assertEquals(0, driver.lending().out());
        assertEquals(lost, Lending.lost());
        peer.close();
    }

    /** The other process's program: says whether all came, what was tried, and what is missing. */
    static final class Pinning {
        private Pinning() {}

        public static void main(String[] arguments) throws Exception {
            RingDriver driver;
            try {
                // Linux 6.1 does not count what is sent in several pieces.
                driver = open("IORING_OP_SENDMSG_ZC");
            } catch (RingRefusal refused) {
                System.out.println("refused: " + refused.getMessage());
                return;
            }
            byte[] all = bytes(MUCH, 11);
            boolean[] same = new boolean[1];
            try (Loop loop = Loop.over(driver, ReactorSettings.DEFAULT)) {
                var writer = new Writer(all);
                Listening listening = loop.listen(InetEndpoint.loopback(0), () -> writer, OURS);
                var stalled = new CompletableFuture<@Nullable Void>();
                when(loop, isStalled(driver, writer), () -> stalled.complete(null));
                during(
                        loop,
                        () -> {
                            Endpoint at = local(listening);
                            try (StreamSocket peer = StreamSocket.connect(at, THEIRS)) {
                                // What is not read stays pinned, and that is more than the limit.
                                stalled.get();
                                byte[] got = peer.inputStream().readNBytes(MUCH);
                                same[0] = Arrays.equals(all, got);
                            }
                        });
                long sends = driver.lending().sends();
                System.out.println(same[0] + " " + (sends > 0) + " " + driver.lending().droughts());
            }
        }
    }

    @Test
    void whatMayNotBePinnedIsCopied() throws Exception {
        lending().close();
        var command = new ArrayList<>(List.of("prlimit", "--memlock=262144:262144"));
        if (Files.readString(Path.of("/proc/self/status")).contains("\nUid:\t0\t")) {
            // For who may pin what he likes there is no limit.
            command.addAll(List.of("setpriv", "--bounding-set=-ipc_lock", "--"));
        }
        command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        command.addAll(List.of("-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"));
        command.addAll(List.of("--enable-native-access=ALL-UNNAMED", "-cp"));
        List<String> places = new ArrayList<>();
        for (Class<?> each :
                List.of(Loop.class, Endpoint.class, Framer.class, ZeroCopyTest.class)) {
            var source = each.getProtectionDomain().getCodeSource().getLocation();
            places.add(Path.of(source.toURI()).toString());
        }
        command.add(String.join(":", places));
        command.add(Pinning.class.getName());
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        if (!process.waitFor(40, TimeUnit.SECONDS)) {
            process.destroyForcibly(); // and what it said is no good
        }
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (said.startsWith("refused: ")) {
            skip(new IOException(said.strip())); // others of this user have pinned so much
        }
        assertTrue(said.lines().toList().getLast().matches("true true [1-9][0-9]*"), said);
    }

    @Test
    void aSocketThatCannotIsAskedOnce() throws Exception {
        RingDriver driver = lending();
        try (Loop loop = Loop.over(driver, ReactorSettings.DEFAULT)) {
            byte[] all = bytes(3_000_000, 10);
            Listening listening =
                    loop.listen(
                            UnixEndpoint.ofAbstract(TestFamily.freshName()), () -> new Writer(all));
            during(
                    loop,
                    () -> {
                        try (StreamSocket peer = StreamSocket.connect(local(listening))) {
                            assertArrayEquals(all, peer.inputStream().readNBytes(all.length));
                        }
                    });
            until(loop, () -> driver.lending().out() == 0);
            assertEquals(1, driver.lending().refusals());
            assertEquals(1, driver.lending().sends());
            assertFalse(loop.isRunning());
        }
    }
}
