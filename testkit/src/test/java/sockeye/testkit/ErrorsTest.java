// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.extension.ExtendWith;

import sockeye.AddressFamily;
import sockeye.Endpoint;
import sockeye.Errno;
import sockeye.ErrnoFailure;
import sockeye.InetEndpoint;
import sockeye.Linger;
import sockeye.LinuxSocket;
import sockeye.Listener;
import sockeye.MessageFlag;
import sockeye.MessageSocket;
import sockeye.SoOption;
import sockeye.SocketType;
import sockeye.StreamSocket;
import sockeye.UnixEndpoint;

import java.io.IOException;
import java.lang.reflect.Method;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * Provokes every public operation to fail, and looks at the error: its class, which callers of the
 * JDK catch, its operation, its number, and what its text names.
 */
@ExtendWith(NoLeaks.class)
class ErrorsTest {
    /** An operation that is to fail on a socket that is closed afterwards. */
    private interface Provocation {
        void on(LinuxSocket socket) throws Exception;
    }

    /** Makes the socket. */
    private interface Making {
        LinuxSocket make() throws IOException;
    }

    private record Case(
            String verb,
            Making making,
            Provocation provocation,
            Class<? extends IOException> kind,
            String operation,
            Errno errno,
            String text) {}

    private static LinuxSocket tcp() throws IOException {
        return LinuxSocket.socket(AddressFamily.AF_INET, SocketType.SOCK_STREAM);
    }

    private static LinuxSocket udp() throws IOException {
        return LinuxSocket.socket(AddressFamily.AF_INET, SocketType.SOCK_DGRAM);
    }

    private static LinuxSocket unix() throws IOException {
        return LinuxSocket.socket(AddressFamily.AF_UNIX, SocketType.SOCK_STREAM);
    }

    /** A stream whose peer has gone. */
    private static LinuxSocket widowed() throws IOException {
        try (LinuxSocket.Pair pair = TestFamily.UNIX_PAIR.connect()) {
            return pair.left().dup();
        }
    }

    /** A datagram socket whose peer is a port that nobody has; it was told so by ICMP. */
    private static LinuxSocket unreachable() throws IOException {
        try (LinuxSocket.Pair pair = TestFamily.UDP4.connect()) {
            LinuxSocket copy = pair.left().dup();
            pair.right().close();
            copy.send(new byte[1]);
            return copy;
        }
    }

    private static LinuxSocket bound() throws IOException {
        LinuxSocket socket = tcp();
        socket.bind(InetEndpoint.of("127.0.0.1", 0));
        return socket;
    }

    private static final Endpoint FAR = InetEndpoint.of("192.0.2.1", 9);
    private static final Endpoint ABSENT = UnixEndpoint.of("/nonexistent/sockeye");

    private static final List<Case> CASES =
            List.of(
                    on("bind", ErrorsTest::tcp, s -> s.bind(FAR))
                            .gives(
                                    BindException.class,
                                    "bind",
                                    Errno.EADDRNOTAVAIL,
                                    "tcp:192.0.2.1:9"),
                    on("bind", ErrorsTest::bound, s -> bindAgain(s.getSockName()))
                            .gives(BindException.class, "bind", Errno.EADDRINUSE, "tcp:127.0.0.1:"),
                    on("bind", ErrorsTest::unix, s -> s.bind(ABSENT))
                            .gives(
                                    SocketException.class,
                                    "bind",
                                    Errno.ENOENT,
                                    "unix:/nonexistent"),
                    on("listen", ErrorsTest::udp, s -> s.listen())
                            .gives(SocketException.class, "listen", Errno.EOPNOTSUPP, "listen"),
                    on("accept", ErrorsTest::bound, s -> s.accept())
                            .gives(SocketException.class, "accept", Errno.EINVAL, "tcp:127.0.0.1:"),
                    on("connect", ErrorsTest::unix, s -> s.connect(ABSENT))
                            .gives(
                                    ConnectException.class,
                                    "connect",
                                    Errno.ENOENT,
                                    "unix:/nonexistent"),
                    on("connect", ErrorsTest::bound, s -> connectTo(s.getSockName()))
                            .gives(
                                    ConnectException.class,
                                    "connect",
                                    Errno.ECONNREFUSED,
                                    "tcp:127.0.0.1:"),
                    on("connect", ErrorsTest::tcp, s -> s.connect(InetEndpoint.of("224.0.0.1", 9)))
                            .gives(
                                    NoRouteToHostException.class,
                                    "connect",
                                    Errno.ENETUNREACH,
                                    "tcp:224.0.0.1:9"),
                    on("getPeerName", ErrorsTest::tcp, LinuxSocket::getPeerName)
                            .gives(
                                    SocketException.class,
                                    "getpeername",
                                    Errno.ENOTCONN,
                                    "getpeername"),
                    on("shutdown", ErrorsTest::tcp, s -> s.shutdown(LinuxSocket.SHUT_WR))
                            .gives(SocketException.class, "shutdown", Errno.ENOTCONN, "shutdown"),
                    on("shutdown", ErrorsTest::widowed, s -> s.shutdown(7))
                            .gives(SocketException.class, "shutdown", Errno.EINVAL, "shutdown"),
                    on("recv", ErrorsTest::tcp, s -> s.recv(1))
                            .gives(SocketException.class, "recv", Errno.ENOTCONN, "recv"),
                    on("recvInto", ErrorsTest::tcp, s -> s.recvInto(ByteBuffer.allocateDirect(1)))
                            .gives(SocketException.class, "recv", Errno.ENOTCONN, "recv"),
                    on("recvFrom", ErrorsTest::tcp, s -> s.recvFrom(1))
                            .gives(SocketException.class, "recvmsg", Errno.ENOTCONN, "recvmsg"),
                    on("recvMsg", ErrorsTest::tcp, s -> s.recvMsg(1, 100, 0))
                            .gives(SocketException.class, "recvmsg", Errno.ENOTCONN, "recvmsg"),
                    on("recv", ErrorsTest::bound, s -> s.recv(1, MessageFlag.MSG_OOB))
                            .gives(SocketException.class, "recv", Errno.EINVAL, "tcp:127.0.0.1:"),
                    on("recv", ErrorsTest::unreachable, s -> s.recv(1))
                            .gives(
                                    PortUnreachableException.class,
                                    "recv",
                                    Errno.ECONNREFUSED,
                                    "udp:127.0.0.1:"),
                    on("send", ErrorsTest::widowed, s -> s.send(new byte[1]))
                            .gives(SocketException.class, "send", Errno.EPIPE, "send"),
                    on("sendAll", ErrorsTest::widowed, s -> s.sendAll(new byte[1]))
                            .gives(SocketException.class, "send", Errno.EPIPE, "send"),
                    on("sendMsg", ErrorsTest::widowed, s -> s.sendMsg(one(), List.of(), 0))
                            .gives(SocketException.class, "sendmsg", Errno.EPIPE, "sendmsg"),
                    on("send", ErrorsTest::udp, s -> s.send(new byte[1]))
                            .gives(SocketException.class, "send", Errno.EDESTADDRREQ, "send"),
                    on("sendTo", ErrorsTest::udp, s -> s.sendTo(new byte[70_000], FAR))
                            .gives(
                                    SocketException.class,
                                    "sendto",
                                    Errno.EMSGSIZE,
                                    "udp:192.0.2.1:9"),
                    on("sendTo", ErrorsTest::unixDatagram, s -> s.sendTo(new byte[1], ABSENT))
                            .gives(
                                    SocketException.class,
                                    "sendto",
                                    Errno.ENOENT,
                                    "unix-dgram:/nonexistent"),
                    on(
                                    "sendFile",
                                    ErrorsTest::widowed,
                                    s -> s.sendFile(Path.of("/etc/passwd"), 0, 9))
                            .gives(SocketException.class, "sendfile", Errno.EPIPE, "sendfile"),
                    on(
                                    "sendFile",
                                    ErrorsTest::widowed,
                                    s -> s.sendFile(Path.of("/nonexistent"), 0, 9))
                            .gives(IOException.class, "open", Errno.ENOENT, "/nonexistent"),
                    on("spliceTo", ErrorsTest::tcp, s -> s.spliceTo(s, 9))
                            .gives(SocketException.class, "splice", Errno.ENOTCONN, "splice"),
                    on("getOption", ErrorsTest::unix, s -> s.getOption(6, 11, 200))
                            .gives(
                                    SocketException.class,
                                    "getsockopt",
                                    Errno.EOPNOTSUPP,
                                    "getsockopt"),
                    on("setOption", ErrorsTest::tcp, s -> s.setOption(1, 9_999, 1))
                            .gives(
                                    SocketException.class,
                                    "setsockopt",
                                    Errno.ENOPROTOOPT,
                                    "setsockopt"),
                    on("ioctl", ErrorsTest::tcp, s -> s.ioctl(0x12345, 0))
                            .gives(IOException.class, "ioctl", Errno.ENOTTY, "ioctl"),
                    on("atMark", ErrorsTest::udp, s -> s.atMark())
                            .gives(IOException.class, "ioctl", Errno.ENOTTY, "ioctl"));

    private static LinuxSocket unixDatagram() throws IOException {
        return LinuxSocket.socket(AddressFamily.AF_UNIX, SocketType.SOCK_DGRAM);
    }

    private static ByteBuffer[] one() {
        return new ByteBuffer[] {ByteBuffer.allocate(1)};
    }

    private static void bindAgain(Endpoint name) throws IOException {
        try (LinuxSocket second = tcp()) {
            second.bind(name);
        }
    }

    private static void connectTo(Endpoint name) throws IOException {
        StreamSocket.connect(name).close();
    }

    /** A case without its outcome. */
    private record Half(String verb, Making making, Provocation provocation) {
        Case gives(Class<? extends IOException> kind, String operation, Errno errno, String text) {
            return new Case(verb, making, provocation, kind, operation, errno, text);
        }
    }

    private static Half on(String verb, Making making, Provocation provocation) {
        return new Half(verb, making, provocation);
    }

    @TestFactory
    @Tag("A8-01")
    @Tag("A8-02")
    @Tag("A8-05")
    @Tag("A8-06")
    @Tag("H10")
    Stream<DynamicTest> everyOperationFailsAsItShould() {
        return CASES.stream()
                .map(each ->
                        DynamicTest.dynamicTest(
                                each.verb + " " + each.errno.symbol(), () -> check(each)));
    }

    private static void check(Case each) throws Exception {
        try (LinuxSocket socket = each.making.make()) {
            IOException thrown = assertThrows(IOException.class, () -> each.provocation.on(socket));
            ErrnoFailure failure = assertInstanceOf(ErrnoFailure.class, thrown);
            assertEquals(each.errno, failure.errno());
            assertEquals(each.operation, failure.operation().split(" ")[0]);
            assertInstanceOf(each.kind, thrown);
            String message = thrown.getMessage();
            assertTrue(message.startsWith(each.operation), message);
            assertTrue(message.contains(each.text), message);
            assertTrue(
                    message.contains(each.errno.symbol() + " (" + each.errno.number() + ") "),
                    message);
        }
    }

    @Test
    @Tag("A8-05")
    void makingASocketFailsWithItsNumbers() {
        var failure = assertThrows(SocketException.class, () -> LinuxSocket.socket(9_999, 1, 0));
        assertEquals(
                "socket family 9999 type 1 protocol 0: EAFNOSUPPORT (97) Address family not"
                        + " supported by protocol",
                failure.getMessage());
        assertThrows(
                SocketException.class,
                () -> LinuxSocket.socketPair(AddressFamily.AF_INET, SocketType.SOCK_STREAM, 0));
        assertThrows(SocketException.class, () -> LinuxSocket.socket(2, 99, 0));
    }

    @Test
    @Tag("A1-02")
    void adoptingWhatIsNoSocketFailsAndLeavesItAlone() {
        var closed = assertThrows(IOException.class, () -> LinuxSocket.adopt(987_654));
        assertEquals(Errno.EBADF, ((ErrnoFailure) closed).errno());
        assertThrows(IOException.class, () -> LinuxSocket.adoptDuplicate(987_654));
        assertThrows(IOException.class, () -> LinuxSocket.adopt(-1));
    }

    @Test
    void theRolesPassOnWhatTheSocketSays() throws Exception {
        assertThrows(BindException.class, () -> Listener.stream(FAR));
        assertThrows(ConnectException.class, () -> StreamSocket.connect(ABSENT));
        assertThrows(ConnectException.class, () -> MessageSocket.connectSeqpacket(ABSENT));
        assertThrows(BindException.class, () -> MessageSocket.bind(FAR));
        try (var socket = MessageSocket.open(AddressFamily.AF_INET)) {
            assertThrows(SocketException.class, () -> socket.send("nobody"));
        }
        try (var pair = StreamSocket.pair()) {
            pair.right().close();
            assertThrows(SocketException.class, () -> pair.left().write("nobody"));
        }
    }

    @Test
    @Tag("A4-02")
    void aFailedSendSaysHowManyBytesHadGone() throws Exception {
        try (LinuxSocket.Pair pair = TestFamily.TCP4.connect()) {
            var sender = Task.run(() -> pair.left().sendAll(new byte[64 << 20])).parked();
            pair.right().setOption(SoOption.LINGER, Linger.RESET);
            pair.right().close();
            var failure = (ErrnoFailure) sender.failure(SocketException.class);
            assertTrue(failure.bytesDone() > 0);
        }
    }

    /** A verb that is added must be added here, or be named as one that cannot fail so. */
    @Test
    void everyVerbIsWalked() {
        var walked = new TreeSet<String>();
        CASES.forEach(each -> walked.add(each.verb));
        walked.addAll(List.of("socket", "socketPair", "adopt", "adoptDuplicate"));
        // By another name, or only a composition of those above.
        var others =
                List.of(
                        "available",
                        "unsent",
                        "connectEx",
                        "disconnect",
                        "getSockName",
                        "recvFromInto",
                        "recvMsgInto",
                        "recvBatch",
                        "sendBatch",
                        "recvNow",
                        "sendNow",
                        "awaitInput",
                        "isInheritable",
                        "setInheritable",
                        "dup",
                        "detach",
                        "close",
                        "lease",
                        "supportedOptions",
                        "apply");
        var missing = new TreeSet<String>();
        Arrays.stream(LinuxSocket.class.getMethods())
                .filter(each -> each.getDeclaringClass() == LinuxSocket.class)
                .filter(each -> each.getExceptionTypes().length > 0)
                .map(Method::getName)
                .filter(each -> !walked.contains(each) && !others.contains(each))
                .forEach(missing::add);
        assertEquals(new TreeSet<String>(), missing);
    }
}
