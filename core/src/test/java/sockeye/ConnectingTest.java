// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static sockeye.SocketType.SOCK_STREAM;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Connecting by name. */
@Tag("A2-10")
class ConnectingTest {

    private static EndpointSpec localhost(String scheme, Endpoint listening) {
        return EndpointSpec.parse(scheme + ":localhost:" + ((InetEndpoint) listening).port());
    }

    @Test
    void aNameIsConnectedToWhicheverOfItsAddressesAnswers() throws Exception {
        for (InetAddress address : InetAddress.getAllByName("localhost")) {
            InetEndpoint local = InetEndpoint.of(IpAddress.of(address), 0);
            try (var listener = Listener.stream(local);
                    var stream =
                            StreamSocket.connect(
                                    localhost("tcp", listener.local()), Deadline.NONE);
                    var accepted = listener.accept()) {
                assertEquals(listener.local(), stream.peer());
                assertEquals(stream.local(), accepted.peer());
            }
        }
    }

    @Test
    void aPortAloneIsLocalhost() throws Exception {
        try (var listener = Listener.stream(InetEndpoint.any(0))) {
            int port = ((InetEndpoint) listener.local()).port();
            StreamSocket.connect(EndpointSpec.parse("tcp:" + port)).close();
            listener.accept().close();
        }
    }

    @Test
    void datagramsGoToANameToo() throws Exception {
        try (var bound = MessageSocket.bind(InetEndpoint.any(0));
                var connected =
                        MessageSocket.connect(localhost("udp", bound.local()), Deadline.NONE)) {
            connected.send("hello");
            assertEquals(5, bound.receive(ByteBuffer.allocate(9)).length());
        }
    }

    @Test
    void aFailureSaysTheNameAndHoldsTheFailureOfEachAddress() throws Exception {
        int port;
        // Bound and not listening: nobody else can take the port meanwhile.
        try (LinuxSocket ipv4 = LinuxSocket.socket(AddressFamily.AF_INET, SOCK_STREAM)) {
            ipv4.bind(InetEndpoint.loopback(0));
            port = ((InetEndpoint) ipv4.getSockName()).port();
            var spec = EndpointSpec.parse("tcp:localhost:" + port);
            var refused =
                    assertThrows(
                            ConnectException.class,
                            () -> StreamSocket.connect(spec, Deadline.NONE));
            String told = refused.getMessage();
            assertTrue(told.startsWith("connect tcp:localhost:" + port + " to "), told);
            assertTrue(told.endsWith(": ECONNREFUSED (111) Connection refused"), told);
            List<Endpoint> tried = new ArrayList<>();
            for (Throwable each : refused.getSuppressed()) {
                tried.add(assertInstanceOf(ErrnoFailure.class, each).peer());
            }
            List<Endpoint> addresses = new ArrayList<>();
            for (InetAddress address : InetAddress.getAllByName("localhost")) {
                addresses.add(InetEndpoint.of(IpAddress.of(address), port));
            }
            assertEquals(addresses.stream().distinct().toList(), tried);

            var literal = EndpointSpec.parse("tcp:127.0.0.1:" + port);
            var one =
                    assertThrows(
                            ConnectException.class,
                            () -> StreamSocket.connect(literal, Deadline.NONE));
            assertEquals(
                    "connect " + literal + ": ECONNREFUSED (111) Connection refused",
                    one.getMessage());
        }
    }

    @Test
    void aNameThatNobodyHasIsTold() {
        var spec = EndpointSpec.parse("tcp:no-such-host.invalid:80");
        var unknown =
                assertThrows(
                        UnknownHostException.class,
                        () -> StreamSocket.connect(spec, Deadline.NONE));
        String told = unknown.getMessage();
        assertTrue(told.startsWith("resolve no-such-host.invalid: EAI_"), told);
        assertInstanceOf(ResolveFailure.class, unknown);
        assertThrows(ResolveFailure.class, () -> Listener.stream(spec));
    }

    /** A listener whose backlog is full, so that connecting to it takes for ever. */
    private static final class Full implements AutoCloseable {
        final Listener<StreamSocket> listener;
        final List<LinuxSocket> waiting = new ArrayList<>();

        Full() throws IOException {
            listener =
                    Listener.stream(
                            InetEndpoint.loopback(0), ListenSettings.DEFAULT.withBacklog(0));
            // One fits; what comes after it is in its handshake until somebody accepts.
            for (int i = 0; i < 3; i++) {
                LinuxSocket client = LinuxSocket.socket(AddressFamily.AF_INET, SOCK_STREAM);
                client.setBlocking(false);
                client.connectEx(listener.local());
                waiting.add(client);
            }
        }

        @Override
        public void close() throws IOException {
            for (LinuxSocket client : waiting) {
                client.close();
            }
            listener.close();
        }
    }

    @Test
    void oneDeadlineIsForAll() throws Exception {
        try (var full = new Full()) {
            var spec = localhost("tcp", full.listener.local());
            Deadline passed = Deadline.after(Duration.ofMillis(100));
            var late =
                    assertThrows(
                            SocketTimeoutException.class, () -> StreamSocket.connect(spec, passed));
            assertTrue(passed.isPassed());
            assertTrue(late.getMessage().contains(spec.toString()), late.getMessage());
        }
    }

    @Test
    void theSpecItselfMayHaveATimeout() throws Exception {
        try (var full = new Full()) {
            var spec = EndpointSpec.parse("tcp:" + full.listener.local() + "?timeout=100ms");
            assertThrows(
                    SocketTimeoutException.class, () -> StreamSocket.connect(spec, Deadline.NONE));
        }
    }

    @Test
    void whatIsCancelledOrLateAtTheOutsetEndsWhereverItWaitsFirst() throws Exception {
        try (var full = new Full()) {
            var spec = localhost("tcp", full.listener.local());
            Deadline gone = Deadline.after(Duration.ZERO);
            assertThrows(SocketTimeoutException.class, () -> StreamSocket.connect(spec, gone));
            Thread.currentThread().interrupt();
            assertThrows(
                    SocketInterruptedException.class,
                    () -> StreamSocket.connect(spec, Deadline.NONE));
            assertTrue(Thread.interrupted());
        }
    }

    @Test
    void cancellingEndsTheWholeAttempt() throws Exception {
        try (var full = new Full();
                var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            var spec = localhost("tcp", full.listener.local());
            var connecting = new Thread[1];
            var started = new java.util.concurrent.CountDownLatch(1);
            Future<?> attempt =
                    threads.submit(() -> {
                        connecting[0] = Thread.currentThread();
                        started.countDown();
                        return StreamSocket.connect(spec, Deadline.NONE);
                    });
            started.await();
            connecting[0].interrupt();
            var failed = assertThrows(ExecutionException.class, attempt::get);
            assertInstanceOf(SocketInterruptedException.class, failed.getCause());
        }
    }

    @Test
    void aScopeIsKept() throws Exception {
        var spec = EndpointSpec.parse("udp:[fe80::1%1]:9");
        InetEndpoint endpoint =
                (InetEndpoint) NameResolver.current().endpoints(spec, Deadline.NONE).getFirst();
        assertEquals(1, endpoint.scopeId());
    }

    @Test
    @Tag("A2-11")
    void ofANameTheFirstAddressThatCanBeBoundIsListenedAt() throws Exception {
        try (var listener = Listener.stream(EndpointSpec.parse("tcp:localhost:0"))) {
            InetAddress first = InetAddress.getAllByName("localhost")[0];
            InetEndpoint local = (InetEndpoint) listener.local();
            assertEquals(IpAddress.of(first), local.address());
        }
    }
}
