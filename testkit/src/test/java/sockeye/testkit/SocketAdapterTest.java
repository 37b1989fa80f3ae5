// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.US_ASCII;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import sockeye.EndpointServerSocket;
import sockeye.EndpointServerSocketFactory;
import sockeye.EndpointSocket;
import sockeye.EndpointSocketFactory;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.file.Path;
import java.util.Arrays;

import javax.net.ServerSocketFactory;
import javax.net.SocketFactory;

/**
 * What java.net promises of a Socket and a ServerSocket, asked of ours over several families, and
 * of the JDK's own, which has to pass it too.
 */
@Tag("H7")
@ExtendWith(NoLeaks.class)
@SuppressWarnings("AddressSelection") // literal addresses
class SocketAdapterTest {
    @TempDir Path directory;

    /** The JDK's sockets open descriptors for good when they are first used. */
    @BeforeAll
    static void letTheJdkOpenItsOwn() throws Exception {
        try (var server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress());
                var client = new Socket(server.getInetAddress(), server.getLocalPort())) {
            client.setSoTimeout(1);
            Task.call(() -> client.getInputStream().read()).failure(SocketTimeoutException.class);
        }
    }

    /** Whose sockets, and over what. */
    enum Kind {
        JDK,
        TCP,
        TCP6,
        UNIX,
        ABSTRACT;

        boolean isInet() {
            return this != UNIX && this != ABSTRACT;
        }
    }

    private String text(Kind kind) {
        return switch (kind) {
            case JDK, TCP -> "tcp:127.0.0.1:0";
            case TCP6 -> "tcp:[::1]:0";
            case UNIX -> "unix:" + directory.resolve("socket");
            case ABSTRACT -> "unix:@" + directory.getFileName();
        };
    }

    private ServerSocketFactory servers(Kind kind) {
        return kind == Kind.JDK
                ? ServerSocketFactory.getDefault()
                : new EndpointServerSocketFactory(text(kind));
    }

    private ServerSocket server(Kind kind) throws IOException {
        return servers(kind).createServerSocket(0, 50, InetAddress.getLoopbackAddress());
    }

    private static SocketFactory clients(Kind kind) {
        return kind == Kind.JDK ? SocketFactory.getDefault() : new EndpointSocketFactory();
    }

    /** Both ends of a connection, and the server between them. */
    private record Pair(ServerSocket server, Socket client, Socket accepted)
            implements AutoCloseable {
        @Override
        public void close() throws IOException {
            try (server;
                    client) {
                accepted.close();
            }
        }
    }

    private Pair pair(Kind kind) throws IOException {
        ServerSocket server = server(kind);
        Socket client = clients(kind).createSocket();
        client.connect(server.getLocalSocketAddress(), 10_000);
        return new Pair(server, client, server.accept());
    }

    @ParameterizedTest
    @EnumSource
    void bytesGoBothWaysAndEachDirectionEndsByItself(Kind kind) throws Exception {
        try (var pair = pair(kind)) {
            byte[] much = new byte[1 << 20];
            Arrays.fill(much, (byte) 7);
            var writing =
                    Task.run(() -> {
                        pair.client.getOutputStream().write(much);
                        pair.client.shutdownOutput();
                    });
            assertArrayEquals(much, pair.accepted.getInputStream().readAllBytes());
            writing.join();
            pair.accepted.getOutputStream().write('x');
            assertEquals('x', pair.client.getInputStream().read());
            pair.accepted.close();
            assertEquals(-1, pair.client.getInputStream().read());
            assertEquals(-1, pair.client.getInputStream().read(new byte[9]));
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsClosedSaysSo(Kind kind) throws Exception {
        try (var pair = pair(kind)) {
            Socket client = pair.client;
            var input = client.getInputStream();
            var output = client.getOutputStream();
            int port = client.getPort();
            client.close();
            client.close();
            assertTrue(client.isClosed());
            assertTrue(client.isConnected());
            assertTrue(client.isBound());
            assertEquals(port, client.getPort());
            assertThrows(SocketException.class, input::read);
            assertThrows(SocketException.class, input::available);
            assertThrows(SocketException.class, () -> output.write(1));
            assertThrows(SocketException.class, client::getInputStream);
            assertThrows(SocketException.class, client::getOutputStream);
            assertThrows(SocketException.class, client::shutdownInput);
            assertThrows(SocketException.class, () -> client.setTcpNoDelay(true));
            assertThrows(SocketException.class, client::getSoTimeout);
            assertThrows(SocketException.class, () -> client.setKeepAlive(true));
            assertThrows(
                    SocketException.class,
                    () -> client.connect(pair.server.getLocalSocketAddress()));
            assertThrows(SocketException.class, () -> client.bind(null));
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsNotConnectedSaysSo(Kind kind) throws Exception {
        try (Socket socket = clients(kind).createSocket()) {
            assertFalse(socket.isConnected());
            assertFalse(socket.isBound());
            assertNull(socket.getInetAddress());
            assertNull(socket.getRemoteSocketAddress());
            assertNull(socket.getLocalSocketAddress());
            assertTrue(socket.getLocalAddress().isAnyLocalAddress());
            assertEquals(0, socket.getPort());
            assertEquals(-1, socket.getLocalPort());
            assertThrows(SocketException.class, socket::getInputStream);
            assertThrows(SocketException.class, socket::getOutputStream);
            assertThrows(SocketException.class, socket::shutdownOutput);
            assertThrows(IllegalArgumentException.class, () -> socket.connect(null));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> socket.connect(new InetSocketAddress("127.0.0.1", 1), -1));
            assertThrows(
                    IllegalArgumentException.class, () -> socket.connect(new SocketAddress() {}));
            assertThrows(IllegalArgumentException.class, () -> socket.setSoTimeout(-1));
        }
    }

    @ParameterizedTest
    @EnumSource
    void closingTheInputClosesTheSocket(Kind kind) throws Exception {
        try (var pair = pair(kind)) {
            assertSame(pair.client.getInputStream(), pair.client.getInputStream());
            pair.client.getInputStream().close();
            assertTrue(pair.client.isClosed());
            pair.accepted.getOutputStream().close();
            assertTrue(pair.accepted.isClosed());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aReadTimesOutAndTheSocketGoesOn(Kind kind) throws Exception {
        try (var pair = pair(kind)) {
            pair.client.setSoTimeout(30);
            assertEquals(30, pair.client.getSoTimeout());
            var input = pair.client.getInputStream();
            assertThrows(SocketTimeoutException.class, input::read);
            // SO_TIMEOUT is no limit for writing.
            pair.client.getOutputStream().write(new byte[1 << 10]);
            pair.accepted.getOutputStream().write('x');
            assertEquals('x', input.read());
            pair.client.setSoTimeout(0);
            var waiting = Task.call(input::read);
            waiting.parked();
            pair.accepted.getOutputStream().write('y');
            assertEquals('y', waiting.join());
        }
    }

    @ParameterizedTest
    @EnumSource
    void closeWakesWhoReads(Kind kind) throws Exception {
        try (var pair = pair(kind)) {
            var input = pair.client.getInputStream();
            var reading =
                    Task.call(() -> assertThrows(SocketException.class, input::read).getMessage());
            reading.parked();
            pair.client.close();
            assertEquals("Socket closed", reading.join());
        }
    }

    @ParameterizedTest
    @EnumSource
    void closeWakesWhoWrites(Kind kind) throws Exception {
        try (var pair = pair(kind)) {
            var output = pair.client.getOutputStream();
            var writing =
                    Task.run(() ->
                            assertThrows(
                                    SocketException.class, () -> output.write(new byte[64 << 20])));
            writing.parked();
            pair.client.close();
            writing.join();
        }
    }

    @ParameterizedTest
    @EnumSource
    void closeWakesWhoAccepts(Kind kind) throws Exception {
        ServerSocket server = server(kind);
        var accepting =
                Task.call(() -> assertThrows(SocketException.class, server::accept).getMessage());
        accepting.parked();
        server.close();
        server.close();
        assertEquals("Socket closed", accepting.join());
        assertTrue(server.isClosed());
        assertTrue(server.isBound());
        assertThrows(SocketException.class, server::accept);
    }

    @ParameterizedTest
    @EnumSource
    void anAcceptTimesOut(Kind kind) throws Exception {
        try (ServerSocket server = server(kind)) {
            server.setSoTimeout(30);
            assertEquals(30, server.getSoTimeout());
            assertThrows(SocketTimeoutException.class, server::accept);
            try (Socket client = clients(kind).createSocket()) {
                client.connect(server.getLocalSocketAddress());
                server.accept().close();
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void shutdownInputIsTheEnd(Kind kind) throws Exception {
        try (var pair = pair(kind)) {
            var input = pair.client.getInputStream();
            var reading = Task.call(input::read);
            reading.parked();
            pair.client.shutdownInput();
            assertEquals(-1, reading.join());
            assertTrue(pair.client.isInputShutdown());
            assertEquals(-1, input.read());
            assertEquals(0, input.available());
            assertThrows(SocketException.class, pair.client::getInputStream);
            assertThrows(SocketException.class, pair.client::shutdownInput);
            pair.client.getOutputStream().write('x');
            assertEquals('x', pair.accepted.getInputStream().read());
        }
    }

    @ParameterizedTest
    @EnumSource
    void afterShutdownOutputNothingIsWritten(Kind kind) throws Exception {
        try (var pair = pair(kind)) {
            var output = pair.client.getOutputStream();
            pair.client.shutdownOutput();
            assertTrue(pair.client.isOutputShutdown());
            assertThrows(IOException.class, () -> output.write(1));
            assertThrows(SocketException.class, pair.client::getOutputStream);
            assertThrows(SocketException.class, pair.client::shutdownOutput);
        }
    }

    @ParameterizedTest
    @EnumSource
    void availableCountsWhatWaits(Kind kind) throws Exception {
        try (var pair = pair(kind)) {
            var input = pair.client.getInputStream();
            assertEquals(0, input.available());
            pair.accepted.getOutputStream().write(new byte[5]);
            assertEquals(0, input.read());
            assertEquals(4, input.available());
            assertEquals(0, input.read(new byte[3], 0, 0));
            assertThrows(IndexOutOfBoundsException.class, () -> input.read(new byte[3], 2, 2));
            assertEquals(4, input.read(new byte[9]));
        }
    }

    @ParameterizedTest
    @EnumSource
    void optionsKeepTheirValuesBeforeAndAfterTheConnection(Kind kind) throws Exception {
        try (ServerSocket server = server(kind);
                Socket client = clients(kind).createSocket()) {
            setAndSeeAll(client, true);
            client.connect(server.getLocalSocketAddress());
            seeAll(client, true);
            setAndSeeAll(client, false);
            setAndSeeAll(client, true);
        }
    }

    private static void setAndSeeAll(Socket socket, boolean on) throws IOException {
        socket.setTcpNoDelay(on);
        socket.setKeepAlive(on);
        socket.setReuseAddress(on);
        socket.setOOBInline(on);
        socket.setSoLinger(on, 7);
        socket.setTrafficClass(on ? 0x10 : 0);
        socket.setSendBufferSize(on ? 30_000 : 40_000);
        socket.setReceiveBufferSize(on ? 30_000 : 40_000);
        socket.setPerformancePreferences(1, 2, 3);
        seeAll(socket, on);
    }

    private static void seeAll(Socket socket, boolean on) throws IOException {
        assertEquals(on, socket.getTcpNoDelay());
        assertEquals(on, socket.getOption(StandardSocketOptions.TCP_NODELAY));
        assertEquals(on, socket.getKeepAlive());
        assertEquals(on, socket.getReuseAddress());
        assertEquals(on, socket.getOOBInline());
        assertEquals(on ? 7 : -1, socket.getSoLinger());
        assertEquals(on ? 7 : -1, socket.getOption(StandardSocketOptions.SO_LINGER));
        assertEquals(on ? 30_000 : 40_000, socket.getSendBufferSize());
        assertEquals(on ? 30_000 : 40_000, socket.getReceiveBufferSize());
        assertTrue(socket.supportedOptions().contains(StandardSocketOptions.TCP_NODELAY));
    }

    /**
     * What jdk.net has, and Apache HttpClient sets without asking; this module does not read it.
     */
    private static final SocketOption<?> KEEP_IDLE = extended("TCP_KEEPIDLE");

    private static SocketOption<?> extended(String name) {
        try {
            return (SocketOption<?>)
                    Class.forName("jdk.net.ExtendedSocketOptions").getField(name).get(null);
        } catch (ReflectiveOperationException none) {
            throw new LinkageError("no " + name, none);
        }
    }

    @ParameterizedTest
    @EnumSource
    @SuppressWarnings("unchecked") // its type is Integer
    void theJdksExtendedOptionsAreKept(Kind kind) throws Exception {
        var idle = (SocketOption<Integer>) KEEP_IDLE;
        try (ServerSocket server = server(kind);
                Socket client = clients(kind).createSocket()) {
            client.setOption(idle, 77);
            assertEquals(77, client.getOption(idle));
            client.connect(server.getLocalSocketAddress());
            assertEquals(77, client.getOption(idle));
            client.setOption(idle, 78);
            assertEquals(78, client.getOption(idle));
            assertThrows(
                    UnsupportedOperationException.class,
                    () -> client.setOption(new Unheard(), "of"));
        }
    }

    private record Unheard() implements SocketOption<String> {
        @Override
        public String name() {
            return "UNHEARD";
        }

        @Override
        public Class<String> type() {
            return String.class;
        }
    }

    @ParameterizedTest
    @EnumSource
    void anOptionOutOfRangeIsRefused(Kind kind) throws Exception {
        try (Socket socket = clients(kind).createSocket()) {
            assertThrows(IllegalArgumentException.class, () -> socket.setSendBufferSize(0));
            assertThrows(IllegalArgumentException.class, () -> socket.setReceiveBufferSize(-1));
            assertThrows(IllegalArgumentException.class, () -> socket.setTrafficClass(256));
            assertThrows(IllegalArgumentException.class, () -> socket.setSoLinger(true, -1));
        }
    }

    @ParameterizedTest
    @EnumSource
    void whereNobodyListensTheSocketIsClosed(Kind kind) throws Exception {
        SocketAddress gone;
        try (ServerSocket server = server(kind)) {
            gone = server.getLocalSocketAddress();
        }
        try (Socket client = clients(kind).createSocket()) {
            var refused = assertThrows(IOException.class, () -> client.connect(gone, 10_000));
            if (kind != Kind.UNIX) {
                assertInstanceOf(ConnectException.class, refused);
            }
            assertTrue(client.isClosed());
            assertFalse(client.isConnected());
        }
    }

    @ParameterizedTest
    @EnumSource
    void addressesAreTold(Kind kind) throws Exception {
        try (var pair = pair(kind)) {
            assertEquals(pair.server.getLocalSocketAddress(), pair.client.getRemoteSocketAddress());
            assertNotNull(pair.client.getLocalSocketAddress());
            assertEquals(
                    pair.client.getLocalSocketAddress(), pair.accepted.getRemoteSocketAddress());
            assertTrue(pair.client.getInetAddress().isLoopbackAddress());
            assertTrue(pair.client.getLocalAddress().isLoopbackAddress());
            assertTrue(pair.server.getInetAddress().isLoopbackAddress());
            if (kind.isInet()) {
                assertEquals(pair.server.getLocalPort(), pair.client.getPort());
                assertEquals(pair.client.getLocalPort(), pair.accepted.getPort());
                assertTrue(pair.client.getLocalPort() > 0);
            }
            assertNull(pair.client.getChannel());
            assertNull(pair.server.getChannel());
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"JDK", "TCP", "TCP6"})
    void aSocketIsBoundBeforeItConnects(Kind kind) throws Exception {
        try (ServerSocket server = server(kind);
                Socket client = clients(kind).createSocket()) {
            client.bind(new InetSocketAddress(server.getInetAddress(), 0));
            int port = client.getLocalPort();
            assertTrue(client.isBound());
            assertTrue(port > 0);
            assertThrows(SocketException.class, () -> client.bind(null));
            client.connect(server.getLocalSocketAddress(), 10_000);
            try (Socket accepted = server.accept()) {
                assertEquals(port, accepted.getPort());
                assertEquals(port, client.getLocalPort());
            }
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"JDK", "TCP", "TCP6"})
    void anUrgentByteIsReadInItsPlace(Kind kind) throws Exception {
        try (var pair = pair(kind)) {
            pair.accepted.setOOBInline(true);
            pair.client.getOutputStream().write('a');
            pair.client.sendUrgentData('b');
            pair.client.getOutputStream().write('c');
            assertEquals("abc", new String(pair.accepted.getInputStream().readNBytes(3), US_ASCII));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aServerIsBoundOnce(Kind kind) throws Exception {
        try (ServerSocket server = servers(kind).createServerSocket()) {
            assertFalse(server.isBound());
            assertEquals(-1, server.getLocalPort());
            assertNull(server.getInetAddress());
            assertNull(server.getLocalSocketAddress());
            assertThrows(SocketException.class, server::accept);
            server.setReuseAddress(true);
            server.setReceiveBufferSize(30_000);
            server.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 5);
            assertTrue(server.isBound());
            assertTrue(server.getReuseAddress());
            assertEquals(30_000, server.getReceiveBufferSize());
            assertThrows(SocketException.class, () -> server.bind(null));
            assertThrows(IllegalArgumentException.class, () -> server.setSoTimeout(-1));
            assertThrows(IllegalArgumentException.class, () -> server.setReceiveBufferSize(0));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"TCP", "UNIX"})
    void theTextOfAnEndpointIsAllThatIsNeeded(Kind kind) throws Exception {
        try (var server = EndpointServerSocket.listen(text(kind))) {
            String where =
                    kind == Kind.UNIX ? text(kind) : "tcp:127.0.0.1:" + server.getLocalPort();
            var factory = new EndpointSocketFactory(where);
            try (var client = EndpointSocket.connect(where);
                    Socket accepted = server.accept();
                    Socket elsewhere = factory.createSocket("db.invalid", 5432);
                    Socket second = server.accept()) {
                client.getOutputStream().write(1);
                assertEquals(1, accepted.getInputStream().read());
                elsewhere.getOutputStream().write(2);
                assertEquals(2, second.getInputStream().read());
                assertEquals(server.getLocalSocketAddress(), elsewhere.getRemoteSocketAddress());
                assertEquals(kind == Kind.UNIX ? 5432 : server.getLocalPort(), elsewhere.getPort());
            }
        }
    }
}
