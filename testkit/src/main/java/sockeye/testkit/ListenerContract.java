// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import sockeye.Deadline;
import sockeye.Endpoint;
import sockeye.ErrnoFailure;
import sockeye.LinuxSocket;
import sockeye.Listener;
import sockeye.Role;
import sockeye.SocketInterruptedException;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;

/** What a listener does, over every family whose connections are accepted. */
public abstract class ListenerContract implements Suite {
    private static final Deadline PASSED = Deadline.after(Duration.ZERO);

    private Fixture family;

    /** For a suite to extend. */
    protected ListenerContract() {}

    /** How two sockets find each other here. */
    protected abstract Fixture fixture();

    @Override
    public Map<Ability, String> lacks() {
        return fixture().lacks();
    }

    @BeforeEach
    void require() {
        family = fixture();
        family.require();
    }

    private Listener<?> open(int backlog) throws IOException {
        return Listener.of(family.listen(backlog));
    }

    private LinuxSocket connect(Listener<?> listener) throws IOException {
        LinuxSocket client = family.client();
        try {
            client.connect(family.reachable(listener.local()));
            return client;
        } catch (IOException | RuntimeException failed) {
            client.close();
            throw failed;
        }
    }

    /** The two at once, for a family whose connect is done only then. */
    private void acceptOne(Listener<?> listener) throws Exception {
        var connecting = Task.call(() -> connect(listener));
        listener.accept().close();
        connecting.join().close();
    }

    @Test
    @Tag("A2-03")
    void anAcceptedConnectionCarriesBytesAndKnowsItsPeer() throws Exception {
        try (var listener = open(5)) {
            var connecting = Task.call(() -> connect(listener));
            try (var accepted = listener.accept();
                    var client = connecting.join()) {
                client.send(new byte[] {7});
                assertEquals(1, accepted.socket().recv(10).length);
                Endpoint seen = accepted.socket().getPeerName();
                if (family.can(Ability.OWN_NAME)) {
                    assertEquals(client.getSockName(), seen);
                } else {
                    assertEquals(family.family(), seen.family());
                }
                assertFalse(accepted.socket().isInheritable());
                assertTrue(accepted.socket().getBlocking());
            }
        }
    }

    @Test
    @Tag("A2-03")
    void anAcceptWaits() throws Exception {
        try (var listener = open(5)) {
            var virtual = Task.call(listener::accept).parked();
            try (var client = connect(listener);
                    var accepted = virtual.join()) {
                assertTrue(client.isOpen() && accepted.socket().isOpen());
            }
            var platform = Task.callOnPlatform(listener::accept).parked();
            try (var client = connect(listener);
                    var accepted = platform.join()) {
                assertTrue(client.isOpen() && accepted.socket().isOpen());
            }
        }
    }

    @Test
    @Tag("A3-07")
    void aDeadlineEndsAnAcceptThatWaits() throws Exception {
        try (var listener = open(5)) {
            var waiting = Task.call(listener::accept).parked();
            listener.deadline(PASSED);
            waiting.failure(SocketTimeoutException.class);
            listener.deadline(Deadline.NONE);
            acceptOne(listener);
        }
    }

    @Test
    @Tag("A3-08")
    void anInterruptCancelsAnAcceptAndTheListenerGoesOn() throws Exception {
        try (var listener = open(5)) {
            var waiting = Task.call(listener::accept).parked();
            waiting.interrupt().failure(SocketInterruptedException.class);
            acceptOne(listener);
        }
    }

    @Test
    @Tag("A1-08")
    void closeWakesAllWhoAccept() throws Exception {
        try (var listener = open(5)) {
            List<Task<?>> waiting = new ArrayList<>();
            for (int i = 0; i < 5; i++) {
                waiting.add(Task.call(listener::accept).parked());
            }
            waiting.add(Task.callOnPlatform(listener::accept).parked());
            end(listener);
            for (Task<?> each : waiting) {
                each.failure(AsynchronousCloseException.class);
            }
            assertThrows(ClosedChannelException.class, listener::accept);
            end(listener);
        }
    }

    @Test
    void everyConnectionFindsOneOfSeveralWhoAccept() throws Exception {
        try (var listener = open(64)) {
            int count = 40;
            var accepted = new AtomicInteger();
            List<Task<?>> waiting = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                waiting.add(
                        Task.run(() -> {
                            while (true) {
                                Role made = listener.accept();
                                accepted.incrementAndGet();
                                made.close();
                            }
                        }));
            }
            for (int i = 0; i < count; i += 2) {
                // Two at once give one edge.
                try (var one = connect(listener);
                        var two = connect(listener)) {
                    assertTrue(one.isOpen() && two.isOpen());
                }
            }
            Task.until("all are accepted", () -> accepted.get() == count);
            end(listener);
            for (Task<?> each : waiting) {
                each.failure(ClosedChannelException.class);
            }
        }
    }

    @Test
    void aPeerThatLeftBeforeItWasAcceptedHarmsNobody() throws Exception {
        need(Ability.EARLY_CONNECTION);
        try (var listener = open(5)) {
            connect(listener).close();
            try (var client = connect(listener);
                    var first = listener.accept()) {
                assertEquals(0, first.socket().recv(10).length);
                try (var second = listener.accept()) {
                    client.send(new byte[] {7});
                    assertEquals(1, second.socket().recv(10).length);
                }
            }
        }
    }

    @Test
    @ExactKernel // after an EAGAIN that never was, not every family has an event to go on with
    void acceptOnWhatDoesNotListenFailsAtOnce() throws Exception {
        try (var listener = Listener.of(family.socket())) {
            assertTrue(assertThrows(IOException.class, listener::accept) instanceof ErrnoFailure);
        }
    }

    @Test
    @Tag("A1-02")
    void anAdoptedListenerIsKnownAsOne() throws Exception {
        try (var listener = open(5)) {
            int number = listener.socket().detach();
            try (Role role = Role.adopt(number)) {
                assertTrue(role instanceof Listener<?>);
                assertEquals(family.family(), role.socket().family());
                assertEquals(family.type(), role.socket().type());
            }
        }
    }

    @Test
    @ExactKernel
    @Tag("A3-05")
    void inNonBlockingModeAcceptSaysSo() throws Exception {
        try (var listener = open(5)) {
            listener.socket().setBlocking(false);
            var failure = assertThrows(IOException.class, listener::accept);
            assertEquals(11, ((ErrnoFailure) failure).errno().number());
            need(Ability.EARLY_CONNECTION);
            connect(listener).close();
            try (var accepted = listener.accept()) {
                assertTrue(accepted.socket().getBlocking());
            }
        }
    }

    private static void end(Listener<?> listener) throws IOException {
        listener.close();
    }
}
