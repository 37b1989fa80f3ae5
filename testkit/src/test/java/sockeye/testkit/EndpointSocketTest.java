// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.Endpoint;
import sockeye.EndpointServerSocket;
import sockeye.EndpointServerSocketFactory;
import sockeye.EndpointSocket;
import sockeye.EndpointSocketAddress;
import sockeye.EndpointSocketFactory;
import sockeye.EndpointSpec;
import sockeye.EndpointSyntaxException;
import sockeye.LinuxSocket;
import sockeye.ListenSettings;
import sockeye.Listener;
import sockeye.SocketInterruptedException;
import sockeye.StreamSocket;
import sockeye.UnixEndpoint;
import sockeye.VsockEndpoint;

import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnixDomainSocketAddress;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.security.KeyStore;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Set;

import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/** What a socket of java.net is, over an endpoint: beyond what java.net promises. */
@Tag("H7")
@ExtendWith(NoLeaks.class)
@SuppressWarnings({"try", "AddressSelection"}) // closing early is meant; localhost is what it is
class EndpointSocketTest {
    @TempDir Path directory;

    /**
     * Those of the JDK, of which JSSE's are, open a descriptor for good when they are first used.
     */
    @BeforeAll
    static void letTheJdkOpenItsOwn() throws Exception {
        new ServerSocket(0).close();
    }

    private Endpoint path() {
        return UnixEndpoint.of(directory.resolve("socket"));
    }

    @ParameterizedTest
    @ValueSource(classes = {EndpointSocket.class, EndpointServerSocket.class})
    void nothingIsLeftToTheSuperclass(Class<?> adapter) {
        var inherited = new ArrayList<String>();
        for (Method method : adapter.getMethods()) {
            Class<?> owner = method.getDeclaringClass();
            if ((owner == Socket.class || owner == ServerSocket.class)
                    && !Modifier.isStatic(method.getModifiers())) {
                inherited.add(method.toString());
            }
        }
        assertEquals(new ArrayList<>(), inherited);
    }

    @Test
    void aSocketTakesChargeOfAStream() throws Exception {
        try (var pair = StreamSocket.pair();
                var socket = EndpointSocket.of(pair.left())) {
            assertTrue(socket.isConnected());
            pair.right().write("x");
            assertEquals('x', socket.getInputStream().read());
            assertEquals(pair.left(), socket.stream().orElseThrow());
            socket.close();
            assertFalse(pair.left().isOpen());
        }
    }

    @Test
    void aDescriptorIsAdopted() throws Exception {
        try (var pair = LinuxSocket.socketPair()) {
            try (var socket = EndpointSocket.connect("fd:" + pair.left().detach())) {
                pair.right().sendAll(new byte[] {9});
                assertEquals(9, socket.getInputStream().read());
            }
        }
    }

    @Test
    void addressesWithoutAJdkClassAreEndpoints() throws Exception {
        var name = UnixEndpoint.ofAbstract("sockeye-adapter-" + ProcessHandle.current().pid());
        try (var server = new EndpointServerSocket();
                var client = new EndpointSocket()) {
            server.bind(new EndpointSocketAddress(name));
            client.connect(server.getLocalSocketAddress());
            assertEquals(new EndpointSocketAddress(name), client.getRemoteSocketAddress());
            assertEquals(name, Endpoint.of(client.getRemoteSocketAddress()));
            assertEquals(UnixDomainSocketAddress.of(""), client.getLocalSocketAddress());
        }
        var vsock = VsockEndpoint.of(2, 1024);
        assertEquals(vsock, Endpoint.of(vsock.toSocketAddress()));
        var odd = UnixEndpoint.ofPath(new byte[] {'/', (byte) 0xFF});
        assertEquals(odd, Endpoint.of(odd.toSocketAddress()));
    }

    @Test
    void anInterruptCancelsAndLeavesTheSocketUsable() throws Exception {
        try (var pair = StreamSocket.pair();
                var socket = EndpointSocket.of(pair.left())) {
            var reading = Task.callOnPlatform(() -> socket.getInputStream().read()).parked();
            reading.interrupt().failure(SocketInterruptedException.class);
            assertFalse(socket.isClosed());
            pair.right().write("x");
            assertEquals('x', socket.getInputStream().read());
        }
    }

    /** A listener with a full backlog, where connect(2) waits. */
    private static final class Full implements AutoCloseable {
        final Listener<StreamSocket> listener;
        final ArrayList<StreamSocket> queued = new ArrayList<>();

        Full(Endpoint endpoint) throws IOException {
            listener = Listener.stream(endpoint, ListenSettings.DEFAULT.withBacklog(0));
            queued.add(StreamSocket.connect(endpoint));
        }

        @Override
        public void close() throws IOException {
            for (StreamSocket one : queued) {
                one.close();
            }
            listener.close();
        }
    }

    @Test
    void aConnectTimesOutAndTheSocketIsClosed() throws Exception {
        try (var full = new Full(path());
                var socket = new EndpointSocket()) {
            var address = full.listener.local().toSocketAddress();
            assertThrows(SocketTimeoutException.class, () -> socket.connect(address, 50));
            assertTrue(socket.isClosed());
        }
    }

    @Test
    void closeWakesWhoConnects() throws Exception {
        try (var full = new Full(path());
                var socket = new EndpointSocket()) {
            var address = full.listener.local().toSocketAddress();
            var connecting =
                    Task.callOnPlatform(() -> {
                        var woken =
                                assertThrows(SocketException.class, () -> socket.connect(address));
                        return woken.getMessage() + Thread.interrupted();
                    });
            connecting.parked();
            socket.close();
            assertEquals("Socket closedfalse", connecting.join());
        }
    }

    @Test
    void aHostNameIsResolved() throws Exception {
        try (var server = EndpointServerSocket.listen("tcp:127.0.0.1:0");
                Socket socket =
                        new EndpointSocketFactory()
                                .createSocket("localhost", server.getLocalPort())) {
            assertTrue(socket.isConnected());
        }
        try (var socket = new EndpointSocket()) {
            var nowhere = InetSocketAddress.createUnresolved("no.such.host.invalid", 1);
            assertThrows(UnknownHostException.class, () -> socket.connect(nowhere, 10_000));
        }
    }

    @Test
    void theOptionsOfATextHold() throws Exception {
        try (var server = EndpointServerSocket.listen("unix:" + path() + "?mode=0600&backlog=3");
                var socket = EndpointSocket.connect("unix:" + path() + "?sndbuf=20000")) {
            assertEquals(20_000, socket.getSendBufferSize());
            assertEquals(
                    UnixDomainSocketAddress.of(directory.resolve("socket")),
                    server.getLocalSocketAddress());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"udp:127.0.0.1:1", "unix-dgram:/x", "tls+tcp:a:1", "nonsense"})
    void aFactoryOfWhatIsNoStreamIsNotMade(String text) {
        assertThrows(EndpointSyntaxException.class, () -> new EndpointSocketFactory(text));
        assertThrows(EndpointSyntaxException.class, () -> new EndpointServerSocketFactory(text));
    }

    @Test
    void aSocketBoundToAnotherFamilyIsNotConnected() throws Exception {
        try (var server = EndpointServerSocket.listen("unix:" + path());
                var socket = new EndpointSocket(EndpointSpec.parse("unix:" + path()))) {
            socket.bind(new InetSocketAddress("127.0.0.1", 0));
            assertThrows(IOException.class, () -> socket.connect(server.getLocalSocketAddress()));
            assertTrue(socket.isClosed());
        }
    }

    @Test
    void theJdksTlsRunsOnIt() throws Exception {
        SSLContext tls = selfSigned();
        var factory = new EndpointSocketFactory("unix:" + path());
        try (ServerSocket server =
                new EndpointServerSocketFactory("unix:" + path()).createServerSocket(0)) {
            var serving =
                    Task.run(() -> {
                        try (Socket plain = server.accept();
                                var secure =
                                        (SSLSocket)
                                                tls.getSocketFactory()
                                                        .createSocket(plain, null, true)) {
                            secure.getInputStream().transferTo(secure.getOutputStream());
                        }
                    });
            try (Socket plain = factory.createSocket("localhost", 443);
                    var secure =
                            (SSLSocket)
                                    tls.getSocketFactory()
                                            .createSocket(plain, "localhost", 443, true)) {
                secure.setSoTimeout(10_000);
                secure.startHandshake();
                byte[] much = new byte[200_000];
                Arrays.fill(much, (byte) 'm');
                var writing =
                        Task.run(() -> {
                            secure.getOutputStream().write(much);
                            secure.shutdownOutput();
                        });
                assertEquals(much.length, secure.getInputStream().readNBytes(much.length).length);
                writing.join();
                assertEquals(-1, secure.getInputStream().read());
                assertEquals("TLSv1.3", secure.getSession().getProtocol());
            }
            serving.join();
        }
    }

    private SSLContext selfSigned() throws Exception {
        Path file = directory.resolve("keys.p12");
        String keytool = Path.of(System.getProperty("java.home"), "bin", "keytool").toString();
        Process made =
                new ProcessBuilder(
                                keytool,
                                "-genkeypair",
                                "-alias",
                                "a",
                                "-keyalg",
                                "EC",
                                "-dname",
                                "CN=localhost",
                                "-storepass",
                                "secret",
                                "-keystore",
                                file.toString())
                        .inheritIO()
                        .start();
        assertEquals(0, made.waitFor());
        char[] secret = "secret".toCharArray();
        KeyStore keys = KeyStore.getInstance(file.toFile(), secret);
        var own = KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
        own.init(keys, secret);
        var trusted = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trusted.init(keys);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(own.getKeyManagers(), trusted.getTrustManagers(), null);
        return context;
    }

    @Test
    void manyCyclesLeaveNothingBehind() throws Exception {
        Set<Integer> before = NoLeaks.descriptors().keySet();
        try (var server = EndpointServerSocket.listen("unix:" + path())) {
            for (int i = 0; i < 1_000; i++) {
                try (var client = EndpointSocket.connect("unix:" + path());
                        Socket accepted = server.accept()) {
                    client.getOutputStream().write(1);
                    assertEquals(1, accepted.getInputStream().read());
                }
            }
            assertInstanceOf(EndpointServerSocket.class, server);
        }
        assertEquals(before, NoLeaks.descriptors().keySet());
    }
}
