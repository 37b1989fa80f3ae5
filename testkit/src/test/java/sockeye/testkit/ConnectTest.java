// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.AddressFamily;
import sockeye.Deadline;
import sockeye.Endpoint;
import sockeye.ErrnoFailure;
import sockeye.InetEndpoint;
import sockeye.LinuxSocket;
import sockeye.SocketInterruptedException;
import sockeye.SocketType;
import sockeye.StreamSocket;

import java.io.IOException;
import java.net.ConnectException;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** connect(2) in all its moods. */
@ExtendWith(NoLeaks.class)
class ConnectTest {
    private static final int EISCONN = 106;
    private static final int ECONNREFUSED = 111;
    private static final int EALREADY = 114;
    private static final int EINPROGRESS = 115;

    private static LinuxSocket tcp() throws IOException {
        return LinuxSocket.socket(AddressFamily.AF_INET, SocketType.SOCK_STREAM);
    }

    /** A port that was free a moment ago. */
    private static Endpoint nobody() throws IOException {
        try (LinuxSocket socket = tcp()) {
            socket.bind(InetEndpoint.of("127.0.0.1", 0));
            return socket.getSockName();
        }
    }

    /** A listener whose queue is full, so that a further connect has to wait. */
    private record Full(LinuxSocket listener, List<LinuxSocket> clients) implements AutoCloseable {
        static Full of(TestFamily family) throws IOException {
            Full full = new Full(family.listen(0), new ArrayList<>());
            while (true) {
                LinuxSocket client = family.client();
                client.setTimeout(Duration.ofMillis(20));
                full.clients.add(client);
                try {
                    client.connect(family.reachable(full.listener));
                } catch (SocketTimeoutException itIs) {
                    client.setTimeout(null);
                    return full;
                }
            }
        }

        /** The one whose connect has timed out. */
        LinuxSocket last() {
            return clients.getLast();
        }

        void acceptAll() throws IOException {
            for (int i = 1; i < clients.size(); i++) {
                listener.accept().socket().close();
            }
        }

        @Override
        public void close() throws IOException {
            listener.close();
            for (LinuxSocket each : clients) {
                each.close();
            }
        }
    }

    private static void end(LinuxSocket socket) throws IOException {
        socket.close();
    }

    @Test
    @Tag("A2-06")
    void connectExGivesTheNumbersOfTheKernel() throws Exception {
        try (LinuxSocket socket = tcp();
                LinuxSocket listener = TestFamily.TCP4.listen(5)) {
            assertEquals(ECONNREFUSED, socket.connectEx(nobody()));
            assertEquals(ECONNREFUSED, socket.connectEx(nobody()), "and may be tried again");
            assertEquals(0, socket.connectEx(listener.getSockName()));
            assertEquals(EISCONN, socket.connectEx(listener.getSockName()));
        }
    }

    @Test
    @Tag("A2-06")
    void connectExInNonBlockingModeIsInProgressThenAlreadyUnderWay() throws Exception {
        try (Full full = Full.of(TestFamily.TCP4);
                LinuxSocket socket = tcp()) {
            socket.setBlocking(false);
            Endpoint peer = full.listener.getSockName();
            assertEquals(EINPROGRESS, socket.connectEx(peer));
            assertEquals(EALREADY, socket.connectEx(peer));
        }
    }

    @Test
    @Tag("A2-05")
    void aRefusalIsAConnectExceptionThatNamesThePeer() throws Exception {
        Endpoint peer = nobody();
        var failure = assertThrows(ConnectException.class, () -> StreamSocket.connect(peer));
        assertEquals(
                "connect tcp:" + peer + ": ECONNREFUSED (111) Connection refused",
                failure.getMessage());
    }

    @ParameterizedTest
    @MethodSource("sockeye.testkit.TestFamily#listening")
    @Tag("A3-01")
    void aTimeoutEndsAConnectAndAFurtherOneResumesIt(TestFamily family) throws Exception {
        family.require();
        Assumptions.assumeTrue(
                family.can(Ability.EARLY_CONNECTION),
                () -> family + ": " + family.lacks().get(Ability.EARLY_CONNECTION));
        try (Full full = Full.of(family)) {
            var resumed = Task.run(() -> full.last().connect(family.reachable(full.listener)));
            full.acceptAll();
            resumed.join();
            full.last().send(new byte[] {1});
            try (LinuxSocket accepted = full.listener.accept().socket()) {
                assertEquals(1, accepted.recv(1).length);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.testkit.TestFamily#listening")
    @Tag("A3-08")
    void anInterruptCancelsAConnectWhichCanBeResumed(TestFamily family) throws Exception {
        family.require();
        try (Full full = Full.of(family);
                LinuxSocket socket = family.client()) {
            var waiting = Task.run(() -> socket.connect(family.reachable(full.listener))).parked();
            waiting.interrupt().failure(SocketInterruptedException.class);
            assertTrue(socket.isOpen());
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.testkit.TestFamily#listening")
    @Tag("A3-07")
    void aDeadlineOrACloseEndsAConnectThatWaits(TestFamily family) throws Exception {
        family.require();
        try (Full full = Full.of(family);
                LinuxSocket one = family.client();
                LinuxSocket two = family.client()) {
            Endpoint peer = family.reachable(full.listener);
            var first = Task.run(() -> one.connect(peer)).parked();
            var second = Task.run(() -> two.connect(peer)).parked();
            one.writeDeadline(Deadline.after(Duration.ZERO));
            first.failure(SocketTimeoutException.class);
            end(two);
            second.failure(AsynchronousCloseException.class);
        }
    }

    @Test
    @Tag("A2-05")
    void twoThreadsThatConnectOneSocketBothLearnOfTheRefusal() throws Exception {
        Endpoint peer = nobody();
        for (int i = 0; i < 50; i++) {
            try (LinuxSocket socket = tcp()) {
                var one = Task.call(() -> socket.connectEx(peer));
                var two = Task.call(() -> socket.connectEx(peer));
                assertEquals(ECONNREFUSED, one.join());
                assertEquals(ECONNREFUSED, two.join());
            }
        }
    }

    @Test
    @Tag("A2-09")
    void disconnectDissolvesAnAssociation() throws Exception {
        try (LinuxSocket.Pair pair = TestFamily.UDP4.connect()) {
            pair.left().disconnect();
            var failure = assertThrows(IOException.class, pair.left()::getPeerName);
            assertEquals(107, ((ErrnoFailure) failure).errno().number());
        }
    }

    @Test
    void aFullQueueOfAnUnconnectedDatagramSocketIsWaitedOut() throws Exception {
        TestFamily family = TestFamily.UNIX_DGRAM_ABSTRACT;
        try (LinuxSocket server = family.socket();
                LinuxSocket client = family.socket()) {
            server.bind(family.fresh());
            Endpoint to = server.getSockName();
            client.setTimeout(Duration.ofMillis(5));
            int sent = 0;
            try {
                while (true) {
                    client.sendTo(new byte[] {(byte) sent}, to);
                    sent++;
                }
            } catch (SocketTimeoutException full) {
                client.setTimeout(null);
            }
            var waiting = Task.call(() -> client.sendTo(new byte[] {99}, to)).parked();
            for (int i = 0; i < sent; i++) {
                assertEquals((byte) i, server.recv(1)[0]);
            }
            assertEquals(1, waiting.join());
            assertEquals(99, server.recv(1)[0]);
            assertTrue(sent > 0);
        }
    }
}
