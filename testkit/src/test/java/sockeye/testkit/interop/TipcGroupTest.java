// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import sockeye.ErrnoFailure;
import sockeye.TipcEndpoint;
import sockeye.TipcGroup;
import sockeye.TipcGroupRequest;
import sockeye.TipcOption;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.Task;

import java.io.IOException;
import java.net.NoRouteToHostException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.util.Set;

/** Groups, on one node. */
@Tag("A6-07")
@Tag("lab-kernel")
@ExtendWith({TipcLab.class, NoLeaks.class})
class TipcGroupTest {
    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(UTF_8));
    }

    private static ByteBuffer room() {
        return ByteBuffer.allocate(TipcEndpoint.MAX_MESSAGE);
    }

    private static void assertReceives(TipcGroup group, TipcGroup from, String text)
            throws IOException {
        var received = assertInstanceOf(TipcGroup.Received.class, group.receive(room()));
        assertEquals(from.self(), received.member());
        assertEquals(text, UTF_8.decode(received.payload()).toString());
    }

    private static void assertJoined(TipcGroup group, TipcGroup who) throws IOException {
        assertEquals(new TipcGroup.Joined(who.self()), group.receive(room()));
    }

    @Test
    void membersHearOfEachOtherAndOfWhatIsSent() throws Exception {
        long type = TipcLab.freshType();
        try (var one = TipcGroup.join(type, 1)) {
            assertThrows(NoRouteToHostException.class, () -> one.broadcast(bytes("alone")));
            var two = TipcGroup.join(type, 2);
            assertJoined(one, two);
            assertJoined(two, one);
            assertEquals(Set.of(two.self()), one.members());
            one.broadcast("to all".getBytes(UTF_8));
            assertReceives(two, one, "to all");
            var member = two.self();
            two.broadcast(bytes("farewell"));
            two.close();
            assertReceives(one, two, member, "farewell");
            assertEquals(new TipcGroup.Left(member), one.receive(room()));
            assertEquals(Set.of(), one.members());
        }
    }

    private static void assertReceives(
            TipcGroup group, TipcGroup gone, TipcEndpoint.Member from, String text)
            throws IOException {
        assertTrue(gone.members().isEmpty());
        var received = assertInstanceOf(TipcGroup.Received.class, group.receive(room()));
        assertEquals(from, received.member());
        assertEquals(text, UTF_8.decode(received.payload()).toString());
    }

    @Test
    void anycastMulticastAndUnicastReachWhomTheyName() throws Exception {
        long type = TipcLab.freshType();
        try (var sender =
                        TipcGroup.join(
                                new TipcGroupRequest(
                                        type, 1, TipcEndpoint.Scope.CLUSTER, false, true));
                var a = quiet(type, 7);
                var b = quiet(type, 7);
                var c = quiet(type, 8)) {
            for (int i = 0; i < 3; i++) {
                assertInstanceOf(TipcGroup.Joined.class, sender.receive(room()));
            }
            assertEquals(3, sender.members().size());
            sender.multicast(bytes("sevens"), 7);
            assertReceives(a, sender, "sevens");
            assertReceives(b, sender, "sevens");
            sender.anycast(bytes("eight"), 8);
            assertReceives(c, sender, "eight");
            sender.unicast(bytes("you"), b.self());
            assertReceives(b, sender, "you");
            sender.anycast(bytes("either"), 7);
            int waiting =
                    a.socket().socket().getOption(TipcOption.SOCK_RECVQ_DEPTH)
                            + b.socket().socket().getOption(TipcOption.SOCK_RECVQ_DEPTH);
            assertEquals(1, waiting);
            assertThrows(NoRouteToHostException.class, () -> sender.anycast(bytes("x"), 99));
        }
    }

    /** A member that is told of nobody. */
    private static TipcGroup quiet(long type, long instance) throws IOException {
        return TipcGroup.join(
                new TipcGroupRequest(type, instance, TipcEndpoint.Scope.CLUSTER, false, false));
    }

    @Test
    void withLoopbackAMemberHearsItself() throws Exception {
        long type = TipcLab.freshType();
        try (var one =
                        TipcGroup.join(
                                new TipcGroupRequest(
                                        type, 1, TipcEndpoint.Scope.NODE, true, true));
                var two = quiet2(type)) {
            assertJoined(one, one);
            assertJoined(one, two);
            one.broadcast(bytes("echo"));
            assertReceives(one, one, "echo");
            assertReceives(two, one, "echo");
        }
    }

    private static TipcGroup quiet2(long type) throws IOException {
        return TipcGroup.join(new TipcGroupRequest(type, 2, TipcEndpoint.Scope.NODE, false, false));
    }

    @Test
    void aSocketIsInOneGroupAndNotInAReservedOne() throws Exception {
        var reserved = assertThrows(IOException.class, () -> TipcGroup.join(63, 1));
        assertEquals(13, ((ErrnoFailure) reserved).errno().number(), "EACCES");
        long type = TipcLab.freshType();
        try (var one = TipcGroup.join(type, 1)) {
            assertEquals(type, one.socket().socket().getOption(TipcOption.GROUP_JOIN).type());
            var again =
                    assertThrows(
                            IOException.class,
                            () ->
                                    one.socket()
                                            .socket()
                                            .setOption(TipcOption.GROUP_JOIN, one.request()));
            assertEquals(13, ((ErrnoFailure) again).errno().number(), "EACCES");
            one.socket().socket().setOption(TipcOption.GROUP_LEAVE, true);
            assertEquals(0, one.socket().socket().getOption(TipcOption.GROUP_JOIN).type());
        }
    }

    @Test
    void aMemberThatDoesNotKeepUpHoldsTheSenderAndLosesNothing() throws Exception {
        long type = TipcLab.freshType();
        try (var sender = quiet(type, 1);
                var slow = quiet(type, 2)) {
            int count = 2_000;
            byte[] filler = new byte[2_000];
            var sending =
                    Task.run(() -> {
                        for (int i = 0; i < count; i++) {
                            ByteBuffer message = ByteBuffer.wrap(filler.clone());
                            message.putInt(0, i);
                            sender.broadcast(message);
                        }
                    });
            sending.parked();
            for (int i = 0; i < count; i++) {
                var received = assertInstanceOf(TipcGroup.Received.class, slow.receive(room()));
                assertEquals(i, received.payload().getInt());
            }
            sending.join();
        }
    }

    @Test
    void closeWakesWhoWaits() throws Exception {
        var group = TipcGroup.join(TipcLab.freshType(), 1);
        var waiting = Task.call(() -> group.receive(room())).parked();
        group.close();
        waiting.failure(AsynchronousCloseException.class);
    }
}
