// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static sockeye.NetlinkProtocol.NETLINK_ROUTE;
import static sockeye.NetlinkProtocol.NETLINK_USERSOCK;
import static sockeye.netlink.Links.IFINFOMSG;
import static sockeye.netlink.Links.IFI_INDEX;
import static sockeye.netlink.Links.IFLA_MTU;
import static sockeye.netlink.Links.RTM_NEWLINK;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

import sockeye.AddressFamily;
import sockeye.Deadline;
import sockeye.Errno;
import sockeye.ErrnoFailure;
import sockeye.LinuxSocket;
import sockeye.NetlinkEndpoint;
import sockeye.SocketInterruptedException;
import sockeye.SocketType;
import sockeye.netlink.Links.Link;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.Task;
import sockeye.testkit.TestNetwork;

import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.LockSupport;

@Tag("H8")
@ExtendWith(NoLeaks.class)
class NetlinkSocketTest {
    private static NetlinkSocket open() throws Exception {
        NetlinkSocket socket = NetlinkSocket.open(NETLINK_ROUTE);
        socket.deadline(Deadline.after(Duration.ofSeconds(Task.PATIENCE)));
        return socket;
    }

    @Test
    void aDumpListsWhatTheJdkLists() throws Exception {
        try (var route = open()) {
            var names = route.dump(Links.get(0), Links::decode).stream().map(Link::name).toList();
            var jdk = NetworkInterface.networkInterfaces().map(NetworkInterface::getName).toList();
            assertTrue(names.containsAll(jdk), names + " and " + jdk);
            assertTrue(names.contains("lo"));
        }
    }

    @Test
    void oneThingIsAskedForByItself() throws Exception {
        try (var route = open()) {
            assertEquals("lo", route.get(Links.get(1), Links::decode).name());
        }
    }

    @Test
    void aRefusalIsAnErrnoFailureWithWhatTheKernelSaid() throws Exception {
        NetlinkRequest request =
                NetlinkRequest.of(
                                RTM_NEWLINK,
                                0,
                                payload ->
                                        payload.struct(IFINFOMSG, link -> link.u32(IFI_INDEX, 1))
                                                .u8(IFLA_MTU, 3))
                        .named("RTM_NEWLINK");
        try (var route = open()) {
            var refused = assertThrows(NetlinkException.class, () -> route.execute(request));
            assertInstanceOf(SocketException.class, refused);
            assertInstanceOf(ErrnoFailure.class, refused);
            assertEquals(Errno.ERANGE, refused.errno());
            assertEquals("RTM_NEWLINK", refused.operation());
            assertEquals(32, refused.ack().offset().orElseThrow());
            assertEquals(List.of(IFLA_MTU), refused.ack().attributePath());
            assertTrue(
                    refused.getMessage().startsWith("RTM_NEWLINK netlink:route: ERANGE (34)"),
                    refused.getMessage());
            assertEquals("lo", route.get(Links.get(1), Links::decode).name(), "and it goes on");
        }
    }

    @Test
    void theOffendingAttributeIsFoundInANest() throws Exception {
        int linkInfo = 18;
        NetlinkRequest request =
                NetlinkRequest.of(
                        RTM_NEWLINK,
                        NetlinkFlag.NLM_F_CREATE,
                        payload ->
                                payload.struct(IFINFOMSG, link -> {})
                                        .string(Links.IFLA_IFNAME, "x")
                                        .nest(linkInfo, info -> info.bytes(1, new byte[700])));
        assertEquals(List.of(linkInfo, 1), request.attributeAt(16 + IFINFOMSG + 8 + 4));
        assertEquals(List.of(linkInfo), request.attributeAt(16 + IFINFOMSG + 8));
        assertEquals(List.of(), request.attributeAt(3));
        assertEquals(List.of(), request.attributeAt(100_000));
    }

    @Test
    void manyVirtualThreadsTakeTurns() throws Exception {
        try (var route = open()) {
            List<Task<String>> tasks = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                tasks.add(
                        Task.call(() -> {
                            route.dump(Links.get(0), Links::decode);
                            return route.get(Links.get(1), Links::decode).name();
                        }));
            }
            for (Task<String> task : tasks) {
                assertEquals("lo", task.join());
            }
        }
    }

    @Test
    void aDeadlineReachesWhoWaitsForHisTurn() throws Exception {
        try (var route = open()) {
            var holding = new AtomicBoolean(true);
            Task<?> holder =
                    Task.run(() ->
                                    route.dumpOnce(
                                            Links.get(0),
                                            message -> {
                                                while (holding.get()) {
                                                    LockSupport.parkNanos(1_000_000);
                                                }
                                            }))
                            .parked();
            Task<?> waiter = Task.run(() -> route.get(Links.get(1), Links::decode)).parked();
            route.deadline(Deadline.after(Duration.ZERO));
            waiter.failure(SocketTimeoutException.class);
            route.deadline(Deadline.NONE);
            Task<?> cancelled = Task.run(() -> route.get(Links.get(1), Links::decode)).parked();
            cancelled.interrupt();
            cancelled.failure(SocketInterruptedException.class);
            holding.set(false);
            holder.join();
            assertEquals("lo", route.get(Links.get(1), Links::decode).name());
        }
    }

    @Test
    void closeWakesWhoWaitsForHisTurn() throws Exception {
        var route = open();
        var holding = new AtomicBoolean(true);
        Task<?> holder =
                Task.run(() ->
                                route.execute(
                                        Links.get(1),
                                        message -> {
                                            while (holding.get()) {
                                                LockSupport.parkNanos(1_000_000);
                                            }
                                        }))
                        .parked();
        Task<?> waiter = Task.run(() -> route.get(Links.get(1), Links::decode)).parked();
        route.close();
        waiter.failure(AsynchronousCloseException.class);
        holding.set(false);
        holder.failure(ClosedChannelException.class);
        assertThrows(ClosedChannelException.class, () -> route.get(Links.get(1), Links::decode));
    }

    @Test
    void whatAVisitorThrowsEndsTheRequestAndTheNextIsAnswered() throws Exception {
        try (var route = open()) {
            for (int i = 0; i < 3; i++) {
                var thrown =
                        assertThrows(
                                IllegalStateException.class,
                                () ->
                                        route.dumpOnce(
                                                Links.get(0),
                                                message -> {
                                                    throw new IllegalStateException("enough");
                                                }));
                assertEquals("enough", thrown.getMessage());
                assertEquals("lo", route.get(Links.get(1), Links::decode).name());
            }
        }
    }

    @Test
    void noOtherSocketCanAnswerInTheKernelsPlace() throws Exception {
        try (var asking = NetlinkSocket.open(NETLINK_USERSOCK);
                var liar =
                        LinuxSocket.socket(
                                AddressFamily.AF_NETLINK, SocketType.SOCK_RAW, NETLINK_USERSOCK)) {
            liar.bind(NetlinkEndpoint.KERNEL);
            var lie = ByteBuffer.wrap(new byte[32]);
            var refused =
                    assertThrows(
                            SocketException.class,
                            () -> liar.sendTo(lie, NetlinkEndpoint.ofPort(asking.portId()), 0));
            assertEquals(Errno.ECONNREFUSED, ((ErrnoFailure) refused).errno());
        }
    }

    @Test
    void aDumpThatChangedUnderWayIsMadeAnew() throws Exception {
        try (var network = TestNetwork.create();
                var dumping = network.call(() -> open());
                var changing = network.call(() -> open())) {
            for (int i = 0; i < 60; i++) {
                changing.execute(Links.addVeth("a" + i, "b" + i));
            }
            var going = new AtomicBoolean(true);
            Task<?> changes =
                    Task.run(() -> {
                        while (going.get()) {
                            changing.execute(Links.addVeth("x", "y"));
                            changing.execute(Links.delete("x"));
                        }
                    });
            boolean changed = false;
            try {
                for (int i = 0; i < 2_000 && !changed; i++) {
                    changed = !dumping.dumpOnce(Links.get(0), message -> {}).consistent();
                }
            } finally {
                going.set(false);
                changes.join();
            }
            assertTrue(changed, "no dump was disturbed");
            var names = dumping.dump(Links.get(0), Links::decode).stream().map(Link::name).toList();
            assertEquals(121, names.size());
            assertTrue(names.contains("b59"));
            assertFalse(names.contains("x"));
        }
    }
}
