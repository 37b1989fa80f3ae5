// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static sockeye.AddressFamily.AF_NETLINK;
import static sockeye.NetlinkProtocol.NETLINK_ROUTE;
import static sockeye.NetlinkProtocol.NETLINK_USERSOCK;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.internal.kernel.ForwardingKernel;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.SystemCall;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.FutureTask;

/** AF_NETLINK through the roles and the BSD floor, without a word of what the messages mean. */
@Tag("A6-06")
class NetlinkFamilyTest {
    private static final int RTM_GETLINK = 18;
    private static final int RTM_NEWLINK = 16;
    private static final int NLMSG_ERROR = 2;

    /** A request for the link of an index. */
    private static ByteBuffer linkRequest(int index) {
        ByteBuffer request = ByteBuffer.allocate(32).order(ByteOrder.nativeOrder());
        request.putInt(32).putShort((short) RTM_GETLINK).putShort((short) 1);
        request.putInt(4711).putInt(0);
        return request.putInt(0).putInt(index).putInt(0).putInt(0).flip();
    }

    private static Message receive(MessageSocket socket) throws IOException {
        socket.readDeadline(Deadline.after(Duration.ofSeconds(10)));
        return socket.receive(ByteBuffer.allocate(65_536).order(ByteOrder.nativeOrder()), 256);
    }

    private static void assertAnswers(MessageSocket socket) throws IOException {
        socket.send(linkRequest(1));
        Message answer = receive(socket);
        ByteBuffer payload = answer.payload().order(ByteOrder.nativeOrder());
        assertEquals(NetlinkEndpoint.KERNEL, answer.peer());
        assertEquals(RTM_NEWLINK, payload.getShort(4));
        assertEquals(4711, payload.getInt(8));
        assertEquals(1, payload.getInt(20), "the index of lo");
    }

    @ParameterizedTest
    @ValueSource(ints = {SocketType.SOCK_RAW, SocketType.SOCK_DGRAM})
    void bothTypesAskTheKernelAndAreAnswered(int type) throws IOException {
        try (var socket = MessageSocket.open(AF_NETLINK, type, NETLINK_ROUTE)) {
            socket.sendTo(linkRequest(1), NetlinkEndpoint.KERNEL);
            assertEquals(NetlinkEndpoint.KERNEL, receive(socket).peer());
            socket.socket().connect(NetlinkEndpoint.KERNEL);
            assertAnswers(socket);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"netlink:route", "netlink:0", "netlink:ROUTE?groups=1,33&rcvbuf=65536"})
    void aTextConnectsToTheKernel(String text) throws IOException {
        EndpointSpec spec = EndpointSpec.parse(text);
        assertTrue(spec.isLiteral());
        try (var socket = MessageSocket.connect(spec, Deadline.NONE)) {
            assertAnswers(socket);
            assertEquals(SocketType.SOCK_RAW, socket.socket().type());
            assertEquals(NETLINK_ROUTE, socket.socket().protocol());
            int[] groups = text.contains("groups") ? new int[] {1, 33} : new int[0];
            assertArrayEquals(groups, socket.socket().getOption(NetlinkOption.LIST_MEMBERSHIPS));
        }
        try (Role role = Role.connect(spec, Deadline.NONE)) {
            assertInstanceOf(MessageSocket.class, role);
        }
    }

    @Test
    void aProtocolThatTheKernelLacksSaysSo() {
        var e =
                assertThrows(
                        SocketFailure.class,
                        () -> MessageSocket.bind(EndpointSpec.parse("netlink:31")));
        assertEquals(Errno.EPROTONOSUPPORT, e.errno());
    }

    @Test
    void theKernelChoosesAPortAndAnotherCannotHaveIt() throws IOException {
        try (var first = LinuxSocket.socket(AF_NETLINK, SocketType.SOCK_RAW, NETLINK_ROUTE);
                var second = LinuxSocket.socket(AF_NETLINK, SocketType.SOCK_RAW, NETLINK_ROUTE)) {
            first.bind(NetlinkEndpoint.ofGroups(1, 5));
            var name = assertInstanceOf(NetlinkEndpoint.class, first.getSockName());
            assertNotEquals(0, name.portId());
            assertEquals(0x11, name.groups());
            assertArrayEquals(new int[] {1, 5}, first.getOption(NetlinkOption.LIST_MEMBERSHIPS));
            var e =
                    assertThrows(
                            BindFailure.class,
                            () -> second.bind(NetlinkEndpoint.ofPort(name.portId())));
            assertTrue(
                    e.getMessage().startsWith("bind netlink:route port " + name.portId()),
                    e.getMessage());
        }
    }

    @Test
    void processesTalkToOneAnotherAndAGroupIsNamedBesideTheMessage() throws IOException {
        try (var left = MessageSocket.open(AF_NETLINK, SocketType.SOCK_RAW, NETLINK_USERSOCK);
                var right = MessageSocket.open(AF_NETLINK, SocketType.SOCK_RAW, NETLINK_USERSOCK)) {
            left.socket().bind(NetlinkEndpoint.KERNEL);
            right.socket().bind(NetlinkEndpoint.ofGroups(3));
            right.socket().setOption(NetlinkOption.PKTINFO, true);
            var from = (NetlinkEndpoint) left.socket().getSockName();
            var to = (NetlinkEndpoint) right.socket().getSockName();
            left.sendTo("to one", NetlinkEndpoint.ofPort(to.portId()));
            Message one = receive(right);
            assertEquals(NetlinkEndpoint.ofPort(from.portId()), one.peer());
            assertEquals(new NetlinkPacketInfo(0), one.ancillary().getFirst());
            var unheard =
                    assertThrows(
                            PortUnreachableFailure.class,
                            () -> left.sendTo("to all", NetlinkEndpoint.ofGroups(3)),
                            "the kernel itself does not listen");
            assertEquals(Errno.ECONNREFUSED, unheard.errno());
            Message all = receive(right);
            assertEquals("to all", StandardCharsets.UTF_8.decode(all.payload()).toString());
            assertEquals(new NetlinkEndpoint(from.portId(), 4), all.peer());
            assertEquals(new NetlinkPacketInfo(3), all.ancillary().getFirst());
        }
    }

    @Test
    void anEndpointIsBoundedAndReads() {
        assertEquals("kernel", NetlinkEndpoint.KERNEL.toString());
        assertEquals("port 7", NetlinkEndpoint.ofPort(7).toString());
        assertEquals("kernel, groups 0x80000001", NetlinkEndpoint.ofGroups(1, 32).toString());
        assertFalse(NetlinkEndpoint.ofPort(7).isKernel());
        assertThrows(IllegalArgumentException.class, () -> NetlinkEndpoint.ofGroups(33));
        assertThrows(IllegalArgumentException.class, () -> NetlinkEndpoint.ofGroups(0));
        assertThrows(IllegalArgumentException.class, () -> new NetlinkEndpoint(-1, 0));
        assertThrows(IllegalArgumentException.class, () -> new NetlinkEndpoint(0, 1L << 32));
        assertThrows(IllegalArgumentException.class, NetlinkEndpoint.KERNEL::target);
    }

    /** Notes on what kind of thread the calls are made that carry data. */
    private static final class WatchingKernel extends ForwardingKernel {
        private static final Set<SystemCall> DATA =
                Set.of(
                        SystemCall.SENDTO,
                        SystemCall.SENDMSG,
                        SystemCall.SENDMMSG,
                        SystemCall.RECVFROM,
                        SystemCall.RECVMSG,
                        SystemCall.RECVMMSG);

        final Set<String> seen = ConcurrentHashMap.newKeySet();

        WatchingKernel() {
            super(Kernel.real());
        }

        @Override
        protected long call(SystemCall call, long a, long b, long c, long d, long e, long f) {
            if (DATA.contains(call)) {
                seen.add(Thread.currentThread().isVirtual() ? "virtual" : "platform");
            }
            return super.call(call, a, b, c, d, e, f);
        }

        @Override
        protected long critical(
                SystemCall call,
                long a,
                MemorySegment b,
                long c,
                long d,
                MemorySegment e,
                MemorySegment f) {
            if (DATA.contains(call)) {
                seen.add("critical");
            }
            return super.critical(call, a, b, c, d, e, f);
        }

        @Override
        protected long critical(
                SystemCall call, long a, byte[] array, int offset, long length, long d) {
            seen.add("critical");
            return super.critical(call, a, array, offset, length, d);
        }
    }

    /** Sends and receives in each of the ways there are, on a virtual thread. */
    private static Set<String> threadsThatCarry(int family, int protocol) throws Exception {
        var watching = new WatchingKernel();
        Kernel before = Kernel.install(watching);
        try {
            var run =
                    new FutureTask<Void>(() -> {
                        try (var socket =
                                MessageSocket.open(family, SocketType.SOCK_DGRAM, protocol)) {
                            Endpoint peer;
                            if (family == AF_NETLINK) {
                                peer = NetlinkEndpoint.KERNEL;
                            } else {
                                socket.socket().bind(InetEndpoint.loopback(0));
                                peer = socket.local();
                            }
                            socket.sendTo(linkRequest(1), peer);
                            receive(socket);
                            socket.socket().connect(peer);
                            socket.send(linkRequest(1));
                            socket.socket().recv(65_536);
                            var batch = new MessageBatch(2, 32_768);
                            batch.add(linkRequest(1), null, family);
                            socket.send(batch);
                            socket.receive(batch);
                        }
                        return null;
                    });
            Thread.ofVirtual().start(run);
            run.get();
        } finally {
            Kernel.install(before);
        }
        return watching.seen;
    }

    @Test
    void noCallOfNetlinkIsCriticalOrMadeByACarrier() throws Exception {
        assertEquals(Set.of("platform"), threadsThatCarry(AF_NETLINK, NETLINK_ROUTE));
        assertEquals(
                Set.of("virtual", "critical"),
                threadsThatCarry(AddressFamily.AF_INET6, 0),
                "and another family does not pay for it");
    }

    @Test
    void anErrorOfTheKernelComesAsAMessage() throws IOException {
        try (var socket =
                MessageSocket.connect(EndpointSpec.parse("netlink:route"), Deadline.NONE)) {
            socket.send(linkRequest(Integer.MAX_VALUE));
            ByteBuffer payload = receive(socket).payload().order(ByteOrder.nativeOrder());
            assertEquals(NLMSG_ERROR, payload.getShort(4));
            assertEquals(-Errno.ENODEV.number(), payload.getInt(16));
        }
    }
}
