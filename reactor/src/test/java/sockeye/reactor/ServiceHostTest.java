// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.Listener;
import sockeye.testkit.NoLeaks;
import sockeye.wire.AccessRules;
import sockeye.wire.EchoService;
import sockeye.wire.ProxyHeader;
import sockeye.wire.ProxyTrust;
import sockeye.wire.Rejection;
import sockeye.wire.TimeLimit;
import sockeye.wire.TimeLimits;
import sockeye.wire.TlsContext;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Services behind layers, under the limits of a host. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // the protocols tell how it went
class ServiceHostTest {
    private static final Endpoint HERE = InetEndpoint.of("198.51.100.1", 7);

    private static ServiceHost echo(Reactor reactor, HostSettings how) throws IOException {
        return ServiceHost.streams(
                reactor, Listener.stream(InetEndpoint.loopback(0)), new EchoService(), how);
    }

    private static Tls server() throws IOException {
        return Tls.server(TlsContext.of(TlsPeers.server()));
    }

    private static Tls client() throws IOException {
        return Tls.client(TlsContext.of(TlsPeers.client()), "localhost");
    }

    /** Comes by a proxy, for somebody. */
    private static Layer onBehalfOf(String address) {
        return SendProxy.of(ProxyHeader.v2(InetEndpoint.of(address, 5), HERE));
    }

    private static class Asker extends Recorder {
        @Override
        void onOpened(Transport opened) {
            opened.write("hello");
        }

        @Override
        void onReceived(Transport from, ByteBuffer received) throws Exception {
            super.onReceived(from, received);
            if (bytes.size() == 5) {
                from.close();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    @Tag("D4-15")
    void aClientBehindAProxyIsAdmittedInItsOwnName(Engine engine) throws Exception {
        List<String> told = new ArrayList<>();
        var observer =
                new HostObserver() {
                    @Override
                    public void rejected(Endpoint local, @Nullable Endpoint peer, Rejection why) {
                        told.add(why.name() + " " + peer);
                    }

                    @Override
                    public void closed(HostedConnection connection, @Nullable Throwable why) {
                        told.add("closed " + connection.peer() + " " + why);
                    }
                };
        try (Reactor reactor = engine.open()) {
            ServiceHost host =
                    echo(
                            reactor,
                            HostSettings.DEFAULT
                                    .withAccess(AccessRules.EVERYBODY.deny("192.0.2.66"))
                                    .withLayers(
                                            AcceptProxy.from(ProxyTrust.EVERYBODY).then(server()))
                                    .withProxies(ProxyTrust.EVERYBODY)
                                    .withObserver(observer));
            var unwelcome =
                    new Asker() {
                        @Override
                        void onClosed(Transport from) {
                            host.stop(Duration.ofSeconds(10)).thenRun(() -> reactor.stop());
                        }
                    };
            Protocol second = onBehalfOf("192.0.2.66").then(client()).over(unwelcome);
            var welcome =
                    new Asker() {
                        @Override
                        void onClosed(Transport from) {
                            reactor.connect(host.local(), second);
                        }
                    };
            Layer first = onBehalfOf("192.0.2.1").then(client());
            reactor.connect(host.local(), first.over(welcome));
            Engine.run(reactor);
            assertEquals("hello", welcome.bytes.toString(UTF_8));
            assertEquals("", unwelcome.bytes.toString(UTF_8));
            assertTrue(unwelcome.ended, "without a close_notify");
            assertEquals(
                    Set.of(
                            "closed 192.0.2.1:5 null",
                            "DENIED 192.0.2.66:5",
                            "closed 192.0.2.66:5 null"),
                    Set.copyOf(told));
            assertEquals(Map.of(Rejection.DENIED, 1L), host.statistics().rejected());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    @Tag("D3-11")
    void whoDoesNotShakeHandsInTimeIsEnded(Engine engine) throws Exception {
        Throwable[] why = new Throwable[1];
        try (Reactor reactor = engine.open()) {
            var observer =
                    new HostObserver() {
                        @Override
                        public void closed(HostedConnection connection, @Nullable Throwable told) {
                            why[0] = told;
                        }
                    };
            TimeLimits times = TimeLimits.DEFAULT.withHandshake(Duration.ofMillis(20));
            ServiceHost host =
                    echo(
                            reactor,
                            HostSettings.DEFAULT
                                    .withLayers(server())
                                    .withTimes(times)
                                    .withObserver(observer));
            var silent =
                    new Recorder() {
                        @Override
                        void onClosed(Transport from) {
                            host.stop(Duration.ofSeconds(10)).thenRun(() -> reactor.stop());
                        }
                    };
            reactor.connect(host.local(), silent);
            Engine.run(reactor);
            assertInstanceOf(SocketTimeoutException.class, why[0]);
            assertEquals(Map.of(TimeLimit.HANDSHAKE, 1L), host.statistics().exceeded());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    @Tag("D3-11")
    void aStopEndsTlsInOrder(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            ServiceHost host = echo(reactor, HostSettings.DEFAULT.withLayers(server()));
            DrainReport[] report = new DrainReport[1];
            var client =
                    new Recorder() {
                        @Override
                        void onOpened(Transport opened) {
                            opened.write("hello");
                        }

                        @Override
                        void onReceived(Transport from, ByteBuffer received) throws Exception {
                            super.onReceived(from, received);
                            if (bytes.size() == 5) {
                                host.stop(Duration.ofSeconds(10))
                                        .thenAccept(end -> {
                                            report[0] = end;
                                            reactor.stop();
                                        });
                            }
                        }
                    };
            reactor.connect(host.local(), client().over(client));
            Engine.run(reactor);
            assertTrue(client.ended, "without a close_notify");
            assertNull(client.why);
            assertEquals(1, report[0].finished());
            assertEquals(0, report[0].cutOff());
            assertEquals(0, report[0].unsent());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    @Tag("D3-11")
    void aStopOfTheReactorEndsTlsInOrderToo(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            ServiceHost host = echo(reactor, HostSettings.DEFAULT.withLayers(server()));
            var client =
                    new Recorder() {
                        @Override
                        void onOpened(Transport opened) {
                            opened.write("hello");
                        }

                        @Override
                        void onReceived(Transport from, ByteBuffer received) throws Exception {
                            super.onReceived(from, received);
                            if (bytes.size() == 5) {
                                reactor.stop(Duration.ofSeconds(10));
                            }
                        }

                        @Override
                        public void stopping(Transport transport) {
                            // It is for the other side to end.
                        }
                    };
            reactor.connect(host.local(), client().over(client));
            reactor.run();
            assertTrue(client.ended, "without a close_notify");
            assertNull(client.why);
        }
    }
}
