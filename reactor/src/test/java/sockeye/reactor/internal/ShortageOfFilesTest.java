// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.SocketType;
import sockeye.StreamSocket;
import sockeye.internal.kernel.ForwardingKernel;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.SystemCall;
import sockeye.reactor.DriverKind;
import sockeye.reactor.Listening;
import sockeye.reactor.ReactorSettings;
import sockeye.testkit.FaultyKernel;
import sockeye.testkit.FaultyKernel.Fault;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.UnderFaults;

import java.io.IOException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.LockSupport;

/**
 * The process has no descriptor left (EMFILE), or the system no open file (ENFILE): who comes is
 * turned away, or served later.
 */
@ExtendWith(NoLeaks.class)
@Tag("D1-14")
@Timeout(60)
class ShortageOfFilesTest {
    private static final int CLIENTS = 60;

    private interface Asking {
        void ask() throws Exception;
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

    private static boolean isServed(StreamSocket client) {
        try {
            client.write("x");
            return client.inputStream().read() == 'x';
        } catch (IOException reset) {
            return false;
        }
    }

    private static boolean isServed(Endpoint at) throws IOException {
        try (StreamSocket client = StreamSocket.connect(at)) {
            return isServed(client);
        }
    }

    private static Listening listen(Loop loop) throws IOException {
        return loop.listen(
                InetEndpoint.loopback(0), () -> (transport, bytes) -> transport.write(bytes));
    }

    private static Endpoint local(Listening listening) {
        return Objects.requireNonNull(listening.local());
    }

    /** A loop that has the kernel that is installed; nobody else shall have it. */
    private static Loop alone() throws IOException {
        try {
            return Loop.open(ReactorSettings.DEFAULT.withDriver(DriverKind.EPOLL));
        } finally {
            Kernel.install(Kernel.real());
        }
    }

    @Test
    void aReactorThatGetsNoEpollKeepsNothing() throws Exception {
        Kernel.install(
                new ForwardingKernel(Kernel.real()) {
                    @Override
                    protected long call(
                            SystemCall call, long a, long b, long c, long d, long e, long f) {
                        return call == SystemCall.EPOLL_CREATE1
                                ? -24
                                : super.call(call, a, b, c, d, e, f);
                    }
                });
        assertThrows(IOException.class, ShortageOfFilesTest::alone);
    }

    @ParameterizedTest
    @EnumSource(names = {"EMFILE", "ENFILE"})
    void whoIsNotServedIsTurnedAwayAndCounted(Fault fault) throws Exception {
        try (FaultyKernel faults = FaultyKernel.install(UnderFaults.seed());
                Loop loop = alone()) {
            Listening listening = listen(loop);
            int[] served = {0};
            run(
                    loop,
                    () -> {
                        faults.with(fault, 0.5);
                        for (int i = 0; i < CLIENTS; i++) {
                            served[0] += isServed(local(listening)) ? 1 : 0;
                        }
                        faults.with(fault, 0);
                        assertTrue(isServed(local(listening)), "not served when all is well");
                    });
            assertTrue(faults.count(fault) > 0, faults::toString);
            assertEquals(served[0] + 1, listening.accepted(), faults::toString);
            assertEquals(CLIENTS - served[0], listening.turnedAway(), faults::toString);
            assertTrue(listening.turnedAway() > 0, faults::toString);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"EMFILE", "ENFILE"})
    void whereNotEvenOneIsLeftWhoComesIsServedLaterAndTheLoopRests(Fault fault) throws Exception {
        try (FaultyKernel faults = FaultyKernel.install(UnderFaults.seed());
                Loop loop = alone()) {
            Listening listening = listen(loop);
            run(
                    loop,
                    () -> {
                        faults.with(fault, 1);
                        try (StreamSocket client = StreamSocket.connect(local(listening))) {
                            while (faults.count(fault) < 8) {
                                LockSupport.parkNanos(1_000_000);
                            }
                            faults.with(fault, 0);
                            assertTrue(isServed(client), faults::toString);
                        }
                    });
            assertEquals(1, listening.accepted());
            assertEquals(0, listening.turnedAway());
            // Each rest fails thrice: to accept, to accept by what was kept, and to keep it again.
            assertTrue(loop.turns() < 10 * faults.count(fault), loop.turns() + " turns, " + faults);
        }
    }

    /** As both drivers tell it. */
    @ParameterizedTest
    @CsvSource({"EPOLL, -23", "EPOLL, -24", "IO_URING, -23", "IO_URING, -24"})
    void whatIsKeptInReserveTurnsAwayWhoWaits(DriverKind kind, int result) throws Exception {
        try (Loop loop = IdleTest.open(kind)) {
            Listening listening = listen(loop);
            Channel other =
                    loop.driverInUse().listen(InetEndpoint.loopback(0), SocketType.SOCK_STREAM);
            var acceptor = (Acceptor) listening;
            var told = new Accept(other, acceptor);
            listening.pause();
            run(
                    loop,
                    () -> {
                        try (StreamSocket client = StreamSocket.connect(local(listening))) {
                            var done = new CompletableFuture<Long>();
                            loop.execute(() -> {
                                acceptor.completed(told, result);
                                done.complete(listening.turnedAway());
                                listening.resume();
                            });
                            assertEquals(1, done.join());
                            assertTrue(!isServed(client));
                        }
                        assertTrue(isServed(local(listening)));
                    });
            assertEquals(1, listening.accepted());
            loop.driverInUse().close(other, false);
        }
    }
}
