// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** Families that many kernels lack, against Python's sockets and the JDK: in the lab kernel. */
@Tag("lab-kernel")
class FamiliesInTheLabTest {
    private static final byte[] HELLO = "hello".getBytes(StandardCharsets.US_ASCII);

    /** A socket, or the test is skipped with the kernel's reason. */
    private static LinuxSocket socket(int family, int type, int protocol) {
        try {
            return LinuxSocket.socket(family, type, protocol);
        } catch (IOException lacking) {
            String why = AddressFamily.nameOf(family) + ": " + lacking.getMessage();
            System.err.println("*** skipped: " + why);
            return Assumptions.abort(why);
        }
    }

    private static int vcan() throws IOException {
        try {
            return CanEndpoint.of("vcan0").interfaceIndex();
        } catch (IOException lacking) {
            return Assumptions.abort("no vcan0: " + lacking.getMessage());
        }
    }

    // AF_VSOCK.

    @Test
    @Tag("A6-08")
    void pythonConnectsByVsockAndIsAnswered() throws Exception {
        socket(AddressFamily.AF_VSOCK, SocketType.SOCK_STREAM, 0).close();
        for (int type : new int[] {SocketType.SOCK_STREAM, SocketType.SOCK_SEQPACKET}) {
            try (var listener = LinuxSocket.socket(AddressFamily.AF_VSOCK, type)) {
                listener.setTimeout(Duration.ofSeconds(30));
                bindVsock(listener);
                listener.listen(1);
                long port = ((VsockEndpoint) listener.getSockName()).port();
                try (var peer =
                        PythonPeer.run(
                                """
                                import socket, sys
                                s = socket.socket(socket.AF_VSOCK, int(sys.argv[1]))
                                s.connect((1, int(sys.argv[2])))
                                s.send(b'ping')
                                print(s.recv(100).decode())
                                """,
                                "" + type,
                                "" + port)) {
                    try (var client = listener.accept().socket()) {
                        assertArrayEquals(
                                "ping".getBytes(StandardCharsets.US_ASCII), client.recv(10));
                        assertEquals(1, ((VsockEndpoint) client.getPeerName()).cid());
                        client.sendAll(HELLO);
                        assertEquals("hello", peer.output().strip());
                    }
                }
            }
        }
    }

    private static void bindVsock(LinuxSocket socket) throws IOException {
        try {
            socket.bind(VsockEndpoint.local(VsockEndpoint.VMADDR_PORT_ANY));
        } catch (IOException lacking) {
            Assumptions.abort("no loopback of vsock: " + lacking.getMessage());
        }
    }

    @Test
    @Tag("A6-08")
    void vsockKeepsItsOptionsAndKnowsItsNumber() throws Exception {
        try (var socket = socket(AddressFamily.AF_VSOCK, SocketType.SOCK_STREAM, 0)) {
            bindVsock(socket);
            socket.setOption(VsockOption.BUFFER_MAX_SIZE, 1L << 20);
            socket.setOption(VsockOption.BUFFER_SIZE, 1L << 19);
            assertEquals(1L << 19, socket.getOption(VsockOption.BUFFER_SIZE));
            socket.setOption(VsockOption.BUFFER_SIZE, 1L << 21);
            assertEquals(1L << 20, socket.getOption(VsockOption.BUFFER_SIZE), "the most");
            assertEquals(128, socket.getOption(VsockOption.BUFFER_MIN_SIZE));
            assertEquals(Duration.ofSeconds(2), socket.getOption(VsockOption.CONNECT_TIMEOUT_OLD));
            socket.setOption(VsockOption.CONNECT_TIMEOUT_NEW, Duration.ofMillis(1_500));
            assertEquals(
                    Duration.ofMillis(1_500), socket.getOption(VsockOption.CONNECT_TIMEOUT_NEW));
            var none =
                    assertThrows(SocketFailure.class, () -> socket.getOption(VsockOption.TRUSTED));
            assertEquals(Errno.ENOPROTOOPT, none.errno());
        }
        assertEquals(VsockEndpoint.VMADDR_CID_LOCAL, VsockEndpoint.localCid());
    }

    @Test
    @Tag("A6-08")
    void aPortOfVsockThatNobodyListensAtResetsWhoConnects() throws Exception {
        try (var bound = socket(AddressFamily.AF_VSOCK, SocketType.SOCK_STREAM, 0);
                var client = LinuxSocket.socket(AddressFamily.AF_VSOCK, SocketType.SOCK_STREAM)) {
            bindVsock(bound);
            var nobody = bound.getSockName();
            var refused = assertThrows(IOException.class, () -> client.connect(nobody));
            assertEquals(Errno.ECONNRESET, ((ErrnoFailure) refused).errno());
            assertTrue(refused.getMessage().startsWith("connect vsock:1:"), refused.getMessage());
            var again = assertThrows(IOException.class, () -> client.connect(nobody));
            assertEquals(Errno.EALREADY, ((ErrnoFailure) again).errno());
        }
    }

    // SCTP.

    @Test
    @Tag("A6-01")
    void sctpSaysOnWhichStreamAMessageCame() throws Exception {
        try (var many = socket(AddressFamily.AF_INET, SocketType.SOCK_SEQPACKET, 132);
                var one = LinuxSocket.socket(AddressFamily.AF_INET, SocketType.SOCK_STREAM, 132)) {
            many.bind(InetEndpoint.loopback(0));
            many.setOption(SctpOption.RECVRCVINFO, true);
            many.setOption(SctpOption.EVENTS, SctpEvents.of(SctpEvents.Event.ASSOCIATION));
            many.listen(5);
            one.setOption(SctpOption.INITMSG, new SctpInit(7, 0, 0, Duration.ZERO));
            one.setOption(SctpOption.NODELAY, true);
            one.connect(many.getSockName());
            var status = one.getOption(SctpOption.STATUS);
            assertEquals(7, status.outStreams());
            assertEquals(4, status.state());
            var how = new SctpSending(5, 0, 0x01020304, 0, 0);
            one.sendMsg(new ByteBuffer[] {ByteBuffer.wrap(HELLO)}, List.of(how.toAncillary()), 0);
            Message event = many.recvMsg(1_000, 200, 0);
            assertTrue((event.flags() & SctpEvents.MSG_NOTIFICATION) != 0, event::toString);
            Message message = many.recvMsg(1_000, 200, 0);
            assertEquals(ByteBuffer.wrap(HELLO), message.payload());
            assertEquals(one.getSockName(), message.peer());
            var received = message.find(SctpReceived.class).orElseThrow();
            assertEquals(5, received.stream());
            assertEquals(0x01020304, received.payloadProtocol());
            many.sendTo(HELLO, message.peer());
            assertArrayEquals(HELLO, one.recv(100));
        }
    }

    @Test
    @Tag("A6-16")
    void udpLiteCoversAsMuchAsItIsAskedTo() throws Exception {
        try (var left = socket(AddressFamily.AF_INET, SocketType.SOCK_DGRAM, 136);
                var right = LinuxSocket.socket(AddressFamily.AF_INET, SocketType.SOCK_DGRAM, 136)) {
            right.bind(InetEndpoint.loopback(0));
            left.setOption(UdpLiteOption.SEND_CSCOV, 8);
            right.setOption(UdpLiteOption.RECV_CSCOV, 20);
            assertEquals(20, right.getOption(UdpLiteOption.RECV_CSCOV));
            left.sendTo(HELLO, right.getSockName());
            left.setOption(UdpLiteOption.SEND_CSCOV, 0);
            left.sendTo(new byte[] {7}, right.getSockName());
            assertArrayEquals(new byte[] {7}, right.recv(10), "the first covers too little");
        }
    }

    // AF_CAN.

    @Test
    @Tag("A6-10")
    void framesOfCanGoToPythonAndComeFromIt() throws Exception {
        int index = vcan();
        try (var socket = socket(AddressFamily.AF_CAN, SocketType.SOCK_RAW, CanEndpoint.CAN_RAW)) {
            socket.setTimeout(Duration.ofSeconds(30));
            socket.setOption(CanOption.FD_FRAMES, true);
            socket.setOption(
                    CanOption.FILTER, CanFilters.only(0x7F, 0x123456 | CanFrame.CAN_EFF_FLAG));
            assertEquals(2, socket.getOption(CanOption.FILTER).filters().size());
            socket.bind(CanEndpoint.of("vcan0"));
            assertEquals(CanEndpoint.of(index), socket.getSockName());
            try (var peer =
                    PythonPeer.run(
                            """
                            import socket, struct
                            s = socket.socket(socket.AF_CAN, socket.SOCK_RAW, socket.CAN_RAW)
                            s.setsockopt(socket.SOL_CAN_RAW, socket.CAN_RAW_FD_FRAMES, 1)
                            s.bind(('vcan0',))
                            s.send(struct.pack('=IB3x8s', 0x99, 1, b'x'))
                            s.send(struct.pack('=IB3x8s', 0x7f, 3, b'abc'))
                            s.send(struct.pack('=IBB2x64s', 0x80123456, 64, 1, b'y' * 64))
                            print(s.recv(100).hex(), flush=True)
                            """)) {
                var first = socket.recvMsg(100, 0, 0);
                assertEquals("07F#616263", CanFrame.decode(first.payload()).toString());
                assertEquals(CanEndpoint.of(index), first.peer());
                var second = CanFrame.decode(ByteBuffer.wrap(socket.recv(100)));
                assertTrue(second.fd() && second.isExtended(), second::toString);
                assertEquals(CanFrame.CANFD_BRS, second.flags() & CanFrame.CANFD_BRS);
                assertEquals(64, second.data().length);
                var sent = CanFrame.of(0x321, HELLO);
                socket.send(sent.encode(), 0);
                byte[] seen = HexFormat.of().parseHex(peer.output().strip());
                assertEquals(sent, CanFrame.decode(ByteBuffer.wrap(seen)));
            }
        }
    }

    @Test
    @Tag("A6-10")
    void theBroadcastManagerSendsInTimeAndTellsOfWhatComes() throws Exception {
        int index = vcan();
        try (var raw = socket(AddressFamily.AF_CAN, SocketType.SOCK_RAW, CanEndpoint.CAN_RAW);
                var sender =
                        socket(AddressFamily.AF_CAN, SocketType.SOCK_DGRAM, CanEndpoint.CAN_BCM);
                var watcher =
                        socket(AddressFamily.AF_CAN, SocketType.SOCK_DGRAM, CanEndpoint.CAN_BCM)) {
            raw.setTimeout(Duration.ofSeconds(30));
            watcher.setTimeout(Duration.ofSeconds(30));
            raw.setOption(CanOption.FILTER, CanFilters.only(0x42));
            raw.bind(CanEndpoint.of(index));
            sender.connect(CanEndpoint.of(index));
            watcher.connect(CanEndpoint.of(index));
            watcher.send(CanBroadcast.watch(0x42).encode(), 0);
            var frame = CanFrame.of(0x42, HELLO);
            sender.send(CanBroadcast.every(Duration.ofMillis(10), frame).encode(), 0);
            for (int i = 0; i < 3; i++) {
                assertEquals(frame, CanFrame.decode(ByteBuffer.wrap(raw.recv(100))));
            }
            var told = CanBroadcast.decode(ByteBuffer.wrap(watcher.recv(1_000)));
            assertEquals(CanBroadcast.RX_CHANGED, told.opcode());
            assertEquals(List.of(frame), told.frames());
            sender.send(CanBroadcast.stop(0x42).encode(), 0);
        }
    }

    @Test
    @Tag("A6-10")
    void j1939ReachesPythonByAddressAndGroup() throws Exception {
        int index = vcan();
        try (var socket =
                socket(AddressFamily.AF_CAN, SocketType.SOCK_DGRAM, CanEndpoint.CAN_J1939)) {
            socket.setTimeout(Duration.ofSeconds(30));
            socket.setOption(J1939Option.SEND_PRIO, 3);
            assertEquals(3, socket.getOption(J1939Option.SEND_PRIO));
            socket.bind(
                    CanEndpoint.j1939(
                            index, CanEndpoint.J1939_NO_NAME, CanEndpoint.J1939_NO_PGN, 0x20));
            try (var peer =
                    PythonPeer.run(
                            """
                            import socket
                            s = socket.socket(socket.AF_CAN, socket.SOCK_DGRAM, socket.CAN_J1939)
                            s.bind(('vcan0', 0, socket.J1939_NO_PGN, 0x30))
                            s.sendto(b'to twenty', ('vcan0', 0, 0xef00, 0x20))
                            data, peer = s.recvfrom(100)
                            print(data.decode(), peer[2], peer[3])
                            """)) {
                var message = socket.recvMsg(100, 100, 0);
                assertEquals(
                        "to twenty", StandardCharsets.UTF_8.decode(message.payload()).toString());
                var from = (CanEndpoint) message.peer();
                // The kernel does not say by which interface.
                assertEquals(CanEndpoint.j1939(0, 0, 0xEF00, 0x30), from);
                socket.sendTo(HELLO, CanEndpoint.j1939(index, 0, 0xEF00, 0x30));
                assertEquals("hello " + 0xEF00 + " 32", peer.output().strip());
            }
        }
    }

    // The open door.

    @Test
    @Tag("A6-17")
    void anAddressOfCanGoesAsRawBytesToo() throws Exception {
        int index = vcan();
        try (var left = socket(AddressFamily.AF_CAN, SocketType.SOCK_RAW, CanEndpoint.CAN_RAW);
                var right =
                        socket(AddressFamily.AF_CAN, SocketType.SOCK_RAW, CanEndpoint.CAN_RAW)) {
            byte[] sockaddr = new byte[Endpoint.MAX_SOCKADDR];
            int length = CanEndpoint.of(index).encode(AddressFamily.AF_CAN, sockaddr);
            var raw =
                    new RawEndpoint(AddressFamily.AF_CAN, Arrays.copyOfRange(sockaddr, 2, length));
            left.bind(raw);
            right.bind(CanEndpoint.of(index));
            left.sendTo(CanFrame.of(1, HELLO).encode(), raw, 0);
            assertEquals(16, right.recv(100).length);
        }
    }

    @Test
    @Tag("A6-17")
    void aFamilyThatIsNotKnownHereNamesItsSocketsInRawBytes() throws Exception {
        try (var socket = socket(AddressFamily.AF_X25, SocketType.SOCK_SEQPACKET, 0)) {
            byte[] address = Arrays.copyOf("123456789".getBytes(StandardCharsets.US_ASCII), 16);
            var name = new RawEndpoint(AddressFamily.AF_X25, address);
            socket.bind(name);
            assertEquals(name, socket.getSockName());
        }
    }

    @Test
    @Tag("A4-15")
    @Tag("A6-11")
    void theKernelsHashIsThatOfTheJdk() throws Exception {
        byte[] sockaddr = new byte[14 + 8 + 64];
        System.arraycopy("hash".getBytes(StandardCharsets.US_ASCII), 0, sockaddr, 0, 4);
        System.arraycopy("sha256".getBytes(StandardCharsets.US_ASCII), 0, sockaddr, 22, 6);
        try (var algorithm = socket(AddressFamily.AF_ALG, SocketType.SOCK_SEQPACKET, 0)) {
            algorithm.bind(new RawEndpoint(AddressFamily.AF_ALG, sockaddr));
            try (var operation = algorithm.accept().socket()) {
                operation.sendAll(HELLO);
                assertArrayEquals(
                        MessageDigest.getInstance("SHA-256").digest(HELLO), operation.recv(64));
            }
        }
    }
}
