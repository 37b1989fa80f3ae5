// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import sockeye.ByteStream;
import sockeye.Deadline;
import sockeye.ErrnoFailure;
import sockeye.InetEndpoint;
import sockeye.reactor.Lines;
import sockeye.reactor.ReactorSettings;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/** Code that waits, over a ByteStream, in the simulator. */
@Timeout(60)
@Tag("D7-03")
@SuppressWarnings("FutureReturnValueIgnored") // the histories tell how it went
class WaitingCodeTest {
    private static final InetEndpoint SERVER = InetEndpoint.of("192.0.2.1", 7);

    /** Answers lines, as a handler of the server would. */
    private static void shout(ByteStream client) throws IOException {
        for (String line; (line = client.reader().readLine()) != null; ) {
            client.write(line.toUpperCase(Locale.ROOT) + "\n");
        }
    }

    private static <T extends @Nullable Object> T run(Simulator simulator, Callable<T> code) {
        CompletableFuture<T> result = simulator.reactor().callBlocking(code);
        simulator.settle();
        assertTrue(result.isDone(), "it waits still");
        return result.join();
    }

    @Test
    void aHandlerAnswersAClientThatWaits() throws Exception {
        try (var simulator = Simulator.of(1)) {
            simulator.serve(SERVER, WaitingCodeTest::shout);
            List<String> answers =
                    run(
                            simulator,
                            () -> {
                                var heard = new ArrayList<String>();
                                try (ByteStream server = simulator.connect(SERVER)) {
                                    for (int i = 0; i < 20; i++) {
                                        server.write("line " + i + "\n");
                                        heard.add(String.valueOf(server.reader().readLine()));
                                    }
                                    server.shutdownOutput();
                                    assertNull(server.reader().readLine());
                                }
                                return heard;
                            });
            assertEquals(20, answers.size());
            assertEquals("LINE 19", answers.getLast());
        }
    }

    @Test
    void itTalksToAProtocol() throws Exception {
        try (var simulator = Simulator.of(1)) {
            simulator
                    .reactor()
                    .listen(SERVER, Lines.to((line, client) -> client.write(line + "!\n")));
            String answer =
                    run(
                            simulator,
                            () -> {
                                try (ByteStream server = simulator.connect(SERVER)) {
                                    server.write("hello\n");
                                    return server.reader().readLine();
                                }
                            });
            assertEquals("hello!", answer);
        }
    }

    @Test
    void megabytesPassWindowsOfFewBytes() throws Exception {
        byte[] sent = new byte[1 << 20];
        new Random(1).nextBytes(sent);
        var settings = SimulatorSettings.DEFAULT.withWindow(10_000);
        try (var simulator = Simulator.of(1, settings)) {
            simulator.serve(
                    SERVER,
                    client -> {
                        byte[] all = client.reader().readAll(2 << 20);
                        client.write("" + Arrays.hashCode(all));
                    });
            String hash =
                    run(
                            simulator,
                            () -> {
                                try (ByteStream server = simulator.connect(SERVER)) {
                                    server.write(sent);
                                    server.shutdownOutput();
                                    return server.reader().readLine();
                                }
                            });
            assertEquals("" + Arrays.hashCode(sent), hash);
        }
    }

    @Test
    void deadlinesAreInTheSimulationsTime() throws Exception {
        try (var simulator = Simulator.of(1, SimulatorSettings.PLAIN)) {
            simulator.serve(SERVER, client -> client.read(new byte[1]));
            long before = simulator.reactor().nanos();
            Duration waited =
                    run(
                            simulator,
                            () -> {
                                try (ByteStream server = simulator.connect(SERVER)) {
                                    server.readDeadline(Deadline.after(Duration.ofMinutes(3)));
                                    assertThrows(
                                            SocketTimeoutException.class,
                                            () -> server.read(new byte[1]));
                                }
                                return Duration.ofNanos(simulator.reactor().nanos() - before);
                            });
            assertEquals(Duration.ofMinutes(3), waited);
        }
    }

    @Test
    void aWriteThatNobodyReadsTimesOut() throws Exception {
        try (var simulator = Simulator.of(1)) {
            simulator.serve(SERVER, client -> simulator.sleep(Duration.ofHours(1)));
            run(
                    simulator,
                    () -> {
                        try (ByteStream server = simulator.connect(SERVER)) {
                            server.writeDeadline(Deadline.after(Duration.ofSeconds(5)));
                            var late =
                                    assertThrows(
                                            SocketTimeoutException.class,
                                            () -> server.write(new byte[1 << 20]));
                            assertTrue(late.bytesTransferred > 0);
                        }
                        return "";
                    });
        }
    }

    @Test
    void anotherThreadsCloseEndsARead() throws Exception {
        try (var simulator = Simulator.of(1)) {
            simulator.serve(SERVER, client -> client.read(new byte[1]));
            var connected = new CompletableFuture<ByteStream>();
            simulator
                    .reactor()
                    .callBlocking(() -> {
                        simulator.sleep(Duration.ofSeconds(1));
                        connected.join().close();
                        return "";
                    });
            run(
                    simulator,
                    () -> {
                        ByteStream server = simulator.connect(SERVER);
                        connected.complete(server);
                        assertThrows(
                                AsynchronousCloseException.class, () -> server.read(new byte[1]));
                        return "";
                    });
        }
    }

    @Test
    void whatAHandlerThrowsResetsItsConnectionAndIsTold() throws Exception {
        var failures = new ArrayList<Throwable>();
        var settings = ReactorSettings.DEFAULT.withFailures(failures::add);
        try (var simulator = Simulator.of(1, SimulatorSettings.DEFAULT, settings)) {
            simulator.serve(
                    SERVER,
                    client -> {
                        throw new IllegalStateException("on purpose");
                    });
            run(
                    simulator,
                    () -> {
                        try (ByteStream server = simulator.connect(SERVER)) {
                            var reset =
                                    assertThrows(IOException.class, () -> server.read(new byte[1]));
                            assertInstanceOf(ErrnoFailure.class, reset);
                        }
                        return "";
                    });
            assertEquals("on purpose", failures.getFirst().getMessage());
        }
    }

    @Test
    void whereNobodyListensAConnectIsRefused() {
        try (var simulator = Simulator.of(1)) {
            run(
                    simulator,
                    () -> {
                        assertThrows(ConnectException.class, () -> simulator.connect(SERVER));
                        return "";
                    });
        }
    }

    @Test
    void othersMayNotWait() {
        try (var simulator = Simulator.of(1)) {
            var refused =
                    assertThrows(IllegalStateException.class, () -> simulator.connect(SERVER));
            assertTrue(refused.getMessage().contains("callBlocking"));
        }
    }

    @Test
    void whatStillWaitsIsCutOffByTheEnd() throws Exception {
        var cut = new ArrayList<Throwable>();
        var simulator = Simulator.of(1);
        simulator.serve(
                SERVER,
                client -> {
                    try {
                        client.read(new byte[1]);
                    } catch (IOException thrown) {
                        cut.add(thrown);
                    }
                });
        var sleeping =
                simulator
                        .reactor()
                        .callBlocking(() -> {
                            ByteStream server = simulator.connect(SERVER);
                            try {
                                simulator.sleep(Duration.ofDays(1));
                            } catch (IllegalStateException thrown) {
                                cut.add(thrown);
                            }
                            return server.isOpen();
                        });
        simulator.advance(Duration.ofMinutes(1));
        assertFalse(sleeping.isDone());
        simulator.close();
        assertEquals(2, cut.size(), cut.toString());
    }

    @Test
    void manyHandlersReplayBitForBit() {
        var settings = SimulatorSettings.DEFAULT.withResets(0.001).withRefusals(0.1);
        Seeds.Scenario scenario =
                simulator -> {
                    simulator.serve(SERVER, WaitingCodeTest::shout);
                    for (int i = 0; i < 20; i++) {
                        int mine = i;
                        simulator
                                .reactor()
                                .callBlocking(() -> {
                                    simulator.sleep(
                                            Duration.ofMillis(simulator.random().nextInt(20)));
                                    try (ByteStream server = simulator.connect(SERVER)) {
                                        server.readDeadline(Deadline.after(Duration.ofMillis(30)));
                                        for (int line = 0; line < 30; line++) {
                                            server.write(
                                                    "client %d line %d\n".formatted(mine, line));
                                            simulator.note(
                                                    String.valueOf(server.reader().readLine()));
                                        }
                                    } catch (IOException thrown) {
                                        simulator.note("client " + mine + ": " + thrown);
                                    }
                                    return "";
                                });
                    }
                    simulator.settle();
                };
        List<String> history = Seeds.replay(1, settings, scenario);
        assertTrue(history.size() > 1_000, "a short history: " + history.size());
        assertTrue(history.stream().anyMatch(line -> line.contains("timed out")), "no timeout");
    }
}
