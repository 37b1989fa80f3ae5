// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import sockeye.InetEndpoint;
import sockeye.reactor.DriverKind;
import sockeye.reactor.Listening;
import sockeye.reactor.Protocol;
import sockeye.reactor.ReactorSettings;
import sockeye.testkit.NoLeaks;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/** What a connection costs that has had its say and is idle: some heap, and no native memory. */
@ExtendWith(NoLeaks.class)
@Timeout(120)
class IdleTest {
    private static final int WANTED =
            Math.min(10_000, Integer.getInteger("sockeye.much", 32 << 20) >> 11);

    /** Descriptors for everything else. */
    private static final int SPARE = 200;

    private static final long MOST = 700;

    private static final String CLIENTS =
            """
            import resource, socket, sys
            _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
            port, many = int(sys.argv[1]), int(sys.argv[2])
            def answers(s):
                s.sendall(b"x")
                return s.recv(1) == b"x"
            def connected():
                s = socket.create_connection(("127.0.0.1", port))
                return s if answers(s) else None
            all = [connected() for i in range(many)]
            print(sum(s is not None for s in all), flush=True)
            sys.stdin.readline()
            print(sum(answers(s) for s in all), flush=True)
            sys.stdin.readline()
            """;

    /** As many as are wanted, or as this process, and another, may have descriptors. */
    private static int many() throws IOException {
        long limit =
                Files.readAllLines(Path.of("/proc/self/limits")).stream()
                        .filter(line -> line.startsWith("Max open files"))
                        .mapToLong(line -> Long.parseLong(line.split("\\s+")[3]))
                        .findFirst()
                        .orElseThrow();
        int many = (int) Math.min(WANTED, limit - NoLeaks.descriptors().size() - SPARE);
        if (many < WANTED) {
            System.err.println(
                    "*** %d connections, not %d: no more than %d descriptors here"
                            .formatted(many, WANTED, limit));
        }
        return many;
    }

    private static long heap() {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 3; i++) {
            System.gc();
            Runtime runtime = Runtime.getRuntime();
            least = Math.min(least, runtime.totalMemory() - runtime.freeMemory());
        }
        return least;
    }

    static Loop open(DriverKind driver) throws IOException {
        try {
            return Loop.open(ReactorSettings.DEFAULT.withDriver(driver));
        } catch (RingRefusal refused) {
            System.err.println("*** skipped: io_uring: " + refused.getMessage());
            Assumptions.abort(refused.getMessage());
            throw refused;
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "IO_URING"})
    void tenThousandIdleConnectionsCostSevenHundredBytesEachAtMostAndAllAnswer(DriverKind kind)
            throws Exception {
        Protocol echo = (transport, bytes) -> transport.write(bytes);
        try (Loop loop = open(kind)) {
            Listening listening = loop.listen(InetEndpoint.loopback(0), () -> echo);
            var local = (InetEndpoint) Objects.requireNonNull(listening.local());
            long[] each = new long[1];
            int[] chunks = new int[2];
            @Nullable Throwable[] failed = new @Nullable Throwable[1];
            Thread measuring =
                    Thread.ofPlatform()
                            .unstarted(() -> {
                                try {
                                    // Once for what is made once.
                                    measure(loop, local.port(), 100, chunks);
                                    each[0] = measure(loop, local.port(), many(), chunks);
                                } catch (Throwable thrown) {
                                    failed[0] = thrown;
                                } finally {
                                    loop.stop();
                                }
                            });
            loop.execute(measuring::start);
            loop.run();
            measuring.join();
            if (failed[0] != null) {
                throw new AssertionError(failed[0]);
            }
            System.err.println(kind + ": " + each[0] + " bytes of heap for an idle connection");
            assertTrue(each[0] > 0 && each[0] <= MOST, each[0] + " bytes for a connection");
            assertEquals(chunks[0], chunks[1], "an idle connection holds a chunk");
        }
    }

    /** Bytes of heap for each of so many. */
    private static long measure(Loop loop, int port, int many, int[] chunks) throws Exception {
        long before = heap();
        chunks[0] = chunks(loop);
        Process clients =
                new ProcessBuilder("python3", "-c", CLIENTS, "" + port, "" + many)
                        .redirectError(ProcessBuilder.Redirect.INHERIT)
                        .start();
        try (BufferedReader said = clients.inputReader(StandardCharsets.UTF_8)) {
            assertEquals("" + many, said.readLine(), "connections");
            long after = heap();
            chunks[1] = chunks(loop);
            Writer tell = clients.outputWriter(StandardCharsets.UTF_8);
            tell.write('\n');
            tell.flush();
            assertEquals("" + many, said.readLine(), "connections that still answer");
            tell.close();
            clients.waitFor();
            return (after - before) / many;
        } finally {
            clients.destroyForcibly();
        }
    }

    private static int chunks(Loop loop) throws Exception {
        var count = new CompletableFuture<Integer>();
        loop.execute(() -> count.complete(loop.driverInUse().chunks().inUse()));
        return count.get();
    }
}
