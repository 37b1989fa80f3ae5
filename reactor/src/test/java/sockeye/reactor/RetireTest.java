// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.Deadline;
import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.Listener;
import sockeye.Message;
import sockeye.MessageSocket;
import sockeye.StreamSocket;
import sockeye.UnixEndpoint;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.TestFamily;
import sockeye.wire.EchoService;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;

/** Hosts that leave their socket to another, who has a duplicate of it here. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
@Tag("H4")
class RetireTest {
    private static final Duration LONG = Duration.ofSeconds(30);

    private static Deadline soon() {
        return Deadline.after(LONG);
    }

    private interface Maker {
        ServiceHost make(Reactor reactor) throws IOException;
    }

    /** A host that a reactor has which runs. */
    private static ServiceHost host(Reactor reactor, Maker maker) {
        return CompletableFuture.supplyAsync(
                        () -> {
                            try {
                                return maker.make(reactor);
                            } catch (IOException failed) {
                                throw new AssertionError(failed);
                            }
                        },
                        reactor)
                .join();
    }

    private static ServiceHost echo(Reactor reactor, Listener<StreamSocket> listener) {
        return host(
                reactor,
                by -> ServiceHost.streams(by, listener, new EchoService(), HostSettings.DEFAULT));
    }

    private static String ask(StreamSocket client, String question) throws IOException {
        client.readDeadline(soon());
        client.write(question + "\n");
        return String.valueOf(client.reader().readLine());
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void connectionsGoOnAndWhoComesIsTheOthers(Engine engine) throws Exception {
        var listener = Listener.stream(InetEndpoint.loopback(0));
        Endpoint at = listener.local();
        try (var successor = Listener.ofStream(listener.socket().dup());
                Reactor reactor = engine.open();
                var _ = new Running(reactor)) {
            ServiceHost host = echo(reactor, listener);
            CompletableFuture<DrainReport> end;
            try (var old = StreamSocket.connect(at, soon())) {
                assertEquals("before", ask(old, "before"));
                end = host.retire(LONG, LONG);
                while (listener.isOpen()) {
                    Thread.onSpinWait(); // who comes before that may be served by either
                }
                try (var come = StreamSocket.connect(at, soon());
                        var accepted = successor.accept()) {
                    assertEquals(come.local(), accepted.peer());
                    assertEquals("after", ask(old, "after"));
                }
                assertFalse(end.isDone());
            }
            DrainReport report = end.join();
            assertEquals(1, report.finished());
            assertEquals(0, report.cutOff());
        }
    }

    /** Of two rings that wait at one listener the kernel wakes one. */
    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void whoComesAtThatVeryMomentIsServedByEither(Engine engine) throws Exception {
        try (Reactor before = engine.open();
                Reactor after = engine.open();
                var _ = new Running(before);
                var _ = new Running(after)) {
            for (int i = 0; i < 100; i++) {
                var listener = Listener.stream(UnixEndpoint.ofAbstract(TestFamily.freshName()));
                Endpoint at = listener.local();
                var duplicate = Listener.ofStream(listener.socket().dup());
                ServiceHost old = echo(before, listener);
                ServiceHost successor = echo(after, duplicate);
                // Both wait for connections when they have answered something.
                try (var first = StreamSocket.connect(at, soon())) {
                    assertEquals("first", ask(first, "first"));
                }
                var end = old.retire(LONG, LONG);
                try (var client = StreamSocket.connect(at, soon())) {
                    assertEquals("second", ask(client, "second"));
                }
                end.join();
                successor.stop(LONG).join();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void aStopEndsThePatience(Engine engine) throws Exception {
        var listener = Listener.stream(InetEndpoint.loopback(0));
        try (var successor = Listener.ofStream(listener.socket().dup());
                Reactor reactor = engine.open();
                var _ = new Running(reactor)) {
            ServiceHost host = echo(reactor, listener);
            CompletableFuture<DrainReport> end;
            try (var old = StreamSocket.connect(successor.local(), soon())) {
                assertEquals("before", ask(old, "before"));
                end = host.retire(Duration.ofDays(1), LONG);
                assertEquals("after", ask(old, "after"));
                var _ = host.stop(LONG);
                assertNull(old.reader().readLine());
            }
            assertEquals(1, end.join().finished());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void whoStaysTooLongIsToldToEnd(Engine engine) throws Exception {
        var listener = Listener.stream(InetEndpoint.loopback(0));
        try (var successor = Listener.ofStream(listener.socket().dup());
                Reactor reactor = engine.open();
                var _ = new Running(reactor)) {
            ServiceHost host = echo(reactor, listener);
            CompletableFuture<DrainReport> end;
            try (var old = StreamSocket.connect(successor.local(), soon())) {
                assertEquals("before", ask(old, "before"));
                end = host.retire(Duration.ofMillis(1), LONG);
                assertNull(old.reader().readLine());
            }
            assertEquals(1, end.join().finished());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void datagramsThatWaitAreTheOthers(Engine engine) throws Exception {
        var socket = MessageSocket.bind(InetEndpoint.loopback(0));
        Endpoint at = at(socket);
        try (var successor = MessageSocket.of(socket.socket().dup());
                var client = MessageSocket.connect(at);
                Reactor reactor = engine.open();
                var _ = new Running(reactor)) {
            ServiceHost host =
                    host(
                            reactor,
                            by ->
                                    ServiceHost.datagrams(
                                            by, socket, new EchoService(), HostSettings.DEFAULT));
            client.readDeadline(soon());
            client.send("before");
            assertEquals("before", text(client.receive(ByteBuffer.allocate(100))));
            DrainReport report = host.retire(LONG, LONG).join();
            assertEquals(0, report.handled());
            client.send("after");
            successor.readDeadline(soon());
            assertEquals("after", text(successor.receive(ByteBuffer.allocate(100))));
            assertTrue(successor.isOpen());
        }
    }

    private static Endpoint at(MessageSocket socket) {
        Endpoint local = socket.local();
        assertNotNull(local);
        return local;
    }

    private static String text(@Nullable Message message) {
        assertNotNull(message);
        return UTF_8.decode(message.payload()).toString();
    }
}
