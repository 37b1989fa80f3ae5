// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Assumptions;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.UnixEndpoint;
import sockeye.reactor.testing.Simulator;
import sockeye.reactor.testing.SimulatorSettings;
import sockeye.testkit.TestFamily;

import java.io.IOException;
import java.time.Duration;
import java.util.Set;
import java.util.stream.Stream;

/** The ways to have a reactor that the driver contract is run on. */
enum Engine {
    EPOLL,
    IO_URING,
    /** As on Linux 5.19: single shots, no deferred work, no single issuer. */
    IO_URING_5_19,
    /** Every send is without a copy, where the kernel and the family can. */
    IO_URING_ZERO_COPY,
    SIMULATOR;

    private static final Set<String> NEWER =
            Set.of(
                    "IORING_RECV_MULTISHOT",
                    "IORING_OP_SEND_ZC",
                    "IORING_OP_SENDMSG_ZC",
                    "IORING_ACCEPT_MULTISHOT",
                    "IORING_SETUP_SINGLE_ISSUER",
                    "IORING_SETUP_DEFER_TASKRUN");

    /** What the kernel lets us have; the reason is printed for what it does not. */
    static Stream<Engine> all() {
        return Stream.of(values());
    }

    static Stream<Engine> ofTheKernel() {
        return Stream.of(EPOLL, IO_URING, IO_URING_5_19, IO_URING_ZERO_COPY);
    }

    boolean isReal() {
        return this != SIMULATOR;
    }

    Reactor open() throws IOException {
        return open(ReactorSettings.DEFAULT);
    }

    Reactor open(ReactorSettings settings) throws IOException {
        return switch (this) {
            case EPOLL -> Reactor.open(settings.withDriver(DriverKind.EPOLL));
            case IO_URING -> ring(settings);
            case IO_URING_5_19 -> ring(settings.withMask(NEWER));
            case IO_URING_ZERO_COPY -> ring(settings.withZeroCopy(1));
            case SIMULATOR ->
                    Simulator.of(
                                    1,
                                    SimulatorSettings.DEFAULT,
                                    settings.withConnectTimeout(Duration.ofSeconds(30)))
                            .reactor();
        };
    }

    private static Reactor ring(ReactorSettings settings) throws IOException {
        try {
            return Reactor.open(settings.withDriver(DriverKind.IO_URING));
        } catch (IOException refused) {
            System.err.println("*** skipped: io_uring: " + refused.getMessage());
            if ("true".equals(System.getenv("CI")) && !refused.getMessage().contains("EPERM")) {
                Assertions.fail(refused);
            }
            Assumptions.abort(refused.getMessage());
            throw refused;
        }
    }

    /** Runs until it is stopped; that nothing stops it is a failure. */
    static void run(Reactor reactor) throws IOException {
        boolean[] late = {false};
        DelayedCall limit =
                reactor.after(
                        Duration.ofSeconds(20),
                        () -> {
                            late[0] = true;
                            reactor.stop();
                        });
        reactor.run();
        limit.cancel();
        Assertions.assertFalse(late[0], "nothing stopped it");
    }

    /** A name to listen at. */
    Endpoint fresh() {
        return isReal() ? InetEndpoint.of("127.0.0.1", 0) : InetEndpoint.of("192.0.2.1", 0);
    }

    /** A name for records. */
    Endpoint freshForRecords() {
        return UnixEndpoint.ofAbstract(TestFamily.freshName());
    }
}
