// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.ObjectInputStream;
import java.io.ObjectOutputStream;
import java.net.BindException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.stream.Stream;

@Tag("A8-02")
@Tag("A8-05")
@Tag("A8-06")
class ErrnoFailureTest {
    private static final Endpoint PEER = InetEndpoint.loopback(9);
    private static final Endpoint LOCAL = InetEndpoint.loopback(41_000);

    @ParameterizedTest
    @CsvSource({
        "connect, ECONNREFUSED, ConnectFailure",
        "connect, ETIMEDOUT, ConnectFailure",
        "connect, ECONNRESET, ConnectFailure",
        "connect, ENOENT, ConnectFailure",
        "connect, EHOSTUNREACH, NoRouteFailure",
        "connect, ENETUNREACH, NoRouteFailure",
        "connect, EADDRNOTAVAIL, BindFailure",
        "connect, EACCES, SocketFailure",
        "connect, EPROTOTYPE, SocketFailure",
        "bind, EADDRINUSE, BindFailure",
        "bind, EADDRNOTAVAIL, BindFailure",
        "bind, EACCES, BindFailure",
        "bind, ENOENT, SocketFailure",
        "listen, EADDRINUSE, BindFailure",
        "send, ECONNREFUSED, PortUnreachableFailure",
        "recvmsg, ECONNREFUSED, PortUnreachableFailure",
        "sendto, ENETUNREACH, NoRouteFailure",
        "send, EPIPE, SocketFailure",
        "recv, ECONNRESET, SocketFailure",
        "recv, ETIMEDOUT, SocketFailure",
        "accept4, EMFILE, SocketFailure",
        "socket, EAFNOSUPPORT, SocketFailure",
        "setsockopt TCP_NODELAY, ENOPROTOOPT, SocketFailure",
        "read, EIO, DescriptorFailure",
        "write, EPIPE, DescriptorFailure",
        "open, ENOENT, DescriptorFailure",
        "unlink, EACCES, DescriptorFailure",
        "fchmod, EPERM, DescriptorFailure",
        "epoll_ctl, EPERM, DescriptorFailure",
    })
    void eachFailureIsOfTheClassThatItsCallersCatch(
            String operation, String symbol, String expected) throws Exception {
        Errno errno = (Errno) Errno.class.getField(symbol).get(null);
        IOException e = ErrnoFailure.of(operation, errno.number(), null, LOCAL, PEER, 7);
        assertEquals(expected, e.getClass().getSimpleName());
        var failure = assertInstanceOf(ErrnoFailure.class, e);
        assertEquals(operation, failure.operation());
        assertEquals(errno, failure.errno());
        assertEquals(LOCAL, failure.local());
        assertEquals(PEER, failure.peer());
        assertEquals(7, failure.bytesDone());
    }

    @Test
    void eachClassIsOneThatTheJdkHas() {
        assertEquals(ConnectException.class, ConnectFailure.class.getSuperclass());
        assertEquals(BindException.class, BindFailure.class.getSuperclass());
        assertEquals(NoRouteToHostException.class, NoRouteFailure.class.getSuperclass());
        assertEquals(PortUnreachableException.class, PortUnreachableFailure.class.getSuperclass());
        assertEquals(SocketException.class, SocketFailure.class.getSuperclass());
        assertEquals(IOException.class, DescriptorFailure.class.getSuperclass());
        for (Class<?> failure : ErrnoFailure.class.getPermittedSubclasses()) {
            assertEquals(0, failure.getConstructors().length, failure.getName());
        }
    }

    @Test
    void theMessageSaysOperationEndpointSymbolNumberAndSentence() {
        String what = EndpointSpec.describe(2, 1, 0, PEER);
        assertMessage(
                "connect tcp:127.0.0.1:9: ECONNREFUSED (111) Connection refused",
                ErrnoFailure.of("connect", 111, what, null, PEER, 0));
        assertMessage(
                "send tcp:127.0.0.1:9 from 127.0.0.1:41000: EPIPE (32) Broken pipe, 7 bytes done",
                ErrnoFailure.of("send", 32, what, LOCAL, PEER, 7));
    }

    @Test
    void anEndpointIsSaidOnceAndOneThatSaysNothingNever() {
        assertMessage(
                "bind tcp:127.0.0.1:41000: EADDRINUSE (98) Address already in use",
                ErrnoFailure.of("bind", 98, "tcp:127.0.0.1:41000", LOCAL, null, 0));
        assertMessage(
                "bind 127.0.0.1:41000: EADDRINUSE (98) Address already in use",
                ErrnoFailure.of("bind", 98, null, LOCAL, null, 0));
        Stream.of(InetEndpoint.any(0), InetEndpoint.of("0.0.0.0", 0), UnixEndpoint.unnamed())
                .forEach(nowhere ->
                        assertMessage(
                                "connect tcp:127.0.0.1:9: ETIMEDOUT (110) Connection timed out",
                                ErrnoFailure.of(
                                        "connect", 110, "tcp:127.0.0.1:9", nowhere, PEER, 0)));
        assertMessage(
                "sendto udp to 127.0.0.1:9: EMSGSIZE (90) Message too long",
                ErrnoFailure.of("sendto", 90, "udp", null, PEER, 0));
        // A peer whose text merely ends alike is another one.
        assertMessage(
                "sendto udp:27.0.0.1:9 to 127.0.0.1:9: EMSGSIZE (90) Message too long",
                ErrnoFailure.of("sendto", 90, "udp:27.0.0.1:9", null, PEER, 0));
        assertMessage(
                "socket: EMFILE (24) Too many open files",
                ErrnoFailure.of("socket", 24, null, null, null, 0));
        assertMessage(
                "unlink /run/x.sock: E999 (999) Unknown error 999",
                ErrnoFailure.of("unlink", 999, "/run/x.sock", null, null, 0));
    }

    @Test
    void aFailureSurvivesSerialization() throws Exception {
        IOException e = ErrnoFailure.of("send", 32, null, UnixEndpoint.ofAbstract("a"), PEER, 5);
        var bytes = new ByteArrayOutputStream();
        try (var out = new ObjectOutputStream(bytes)) {
            out.writeObject(e);
        }
        try (var in = new ObjectInputStream(new ByteArrayInputStream(bytes.toByteArray()))) {
            var copy = assertInstanceOf(SocketFailure.class, in.readObject());
            assertEquals(e.getMessage(), copy.getMessage());
            assertEquals(Errno.EPIPE, copy.errno());
            assertEquals(UnixEndpoint.ofAbstract("a"), copy.local());
            assertEquals(PEER, copy.peer());
            assertEquals(5, copy.bytesDone());
        }
    }

    @Test
    void anInterruptIsToldApartFromAnExpiredDeadline() {
        var e = SocketInterruptedException.during("recv", "tcp:127.0.0.1:9", 12);
        assertInstanceOf(InterruptedIOException.class, e);
        assertFalse(SocketTimeoutException.class.isAssignableFrom(e.getClass()));
        assertFalse(e.getClass().isAssignableFrom(SocketTimeoutException.class));
        assertMessage("recv tcp:127.0.0.1:9: interrupted, 12 bytes done", e);
        assertEquals("recv", e.operation());
        assertEquals(12, e.bytesDone());
        assertEquals(12, e.bytesTransferred);
        assertMessage("accept: interrupted", SocketInterruptedException.during("accept", null, 0));
        assertEquals(
                Integer.MAX_VALUE,
                SocketInterruptedException.during("sendfile", null, 1L << 40).bytesTransferred);
    }

    private static void assertMessage(String expected, IOException e) {
        assertEquals(expected, e.getMessage());
    }
}
