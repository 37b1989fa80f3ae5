// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;

import sockeye.InetEndpoint;
import sockeye.IpAddress;
import sockeye.IpOption;
import sockeye.Membership;
import sockeye.Message;
import sockeye.MessageSocket;
import sockeye.MulticastInterface;
import sockeye.SoOption;
import sockeye.SourceMembership;

import java.io.IOException;
import java.net.NetworkInterface;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * Multicast and broadcast between ourselves and Python on one interface. As a main program it does
 * so in whatever network namespace it was started in.
 */
final class GroupConversation {
    private static final IpAddress GROUP = IpAddress.parse("239.255.7.7");
    private static final IpAddress SOURCE_GROUP = IpAddress.parse("232.7.7.7");

    /** Sends to a group when told where, and then what. */
    private static final String SENDER =
            """
            s = socket(AF_INET, SOCK_DGRAM)
            s.setsockopt(SOL_SOCKET, SO_BROADCAST, 1)
            s.bind((ARGUMENTS[0], 0))
            s.setsockopt(IPPROTO_IP, IP_MULTICAST_IF, inet_aton(ARGUMENTS[0]))
            for line in sys.stdin:
                host, port, text = line.split()
                s.sendto(text.encode(), (host, int(port)))
            """;

    private final IpAddress address;
    private final int index;

    GroupConversation(String interfaceName, String address) throws IOException {
        this.address = IpAddress.parse(address);
        this.index = NetworkInterface.getByName(interfaceName).getIndex();
    }

    public static void main(String... arguments) throws Exception {
        var conversation = new GroupConversation(arguments[0], arguments[1]);
        conversation.anySource();
        conversation.oneSource();
        conversation.pythonJoins();
        conversation.broadcast(arguments[2]);
        System.out.println("done");
    }

    private static String text(Message message) {
        return StandardCharsets.UTF_8.decode(message.payload()).toString();
    }

    private static MessageSocket receiver() throws IOException {
        return MessageSocket.bind(
                InetEndpoint.of(IpAddress.ANY_IPV4, 0), IpOption.MULTICAST_ALL.to(false));
    }

    private static int port(MessageSocket socket) {
        return ((InetEndpoint) socket.local()).port();
    }

    private Peer sender() throws IOException {
        return Peer.python(SENDER, address);
    }

    private static void tell(Peer sender, Object host, int port, String text) throws IOException {
        sender.type(host + " " + port + " " + text + "\n");
    }

    /** What comes first shows whether what was sent before has come too. */
    private static void receives(MessageSocket socket, String text) throws IOException {
        assertEquals(text, text(socket.receive(ByteBuffer.allocate(100))));
    }

    void anySource() throws Exception {
        try (var socket = receiver();
                var sender = sender()) {
            socket.join(Membership.of(GROUP, index));
            tell(sender, GROUP, port(socket), "joined");
            receives(socket, "joined");
            socket.block(SourceMembership.of(GROUP, address, index));
            tell(sender, GROUP, port(socket), "blocked");
            tell(sender, address, port(socket), "after-block");
            receives(socket, "after-block");
            socket.unblock(SourceMembership.of(GROUP, address, index));
            tell(sender, GROUP, port(socket), "unblocked");
            receives(socket, "unblocked");
            socket.leave(Membership.of(GROUP, index));
            tell(sender, GROUP, port(socket), "left");
            tell(sender, address, port(socket), "after-leave");
            receives(socket, "after-leave");
            sender.end().succeeds();
        }
    }

    void oneSource() throws Exception {
        var other = IpAddress.parse("192.0.2.1");
        try (var socket = receiver();
                var sender = sender()) {
            socket.join(SourceMembership.of(SOURCE_GROUP, other, index));
            tell(sender, SOURCE_GROUP, port(socket), "from-a-stranger");
            tell(sender, address, port(socket), "after-the-stranger");
            receives(socket, "after-the-stranger");
            socket.join(SourceMembership.of(SOURCE_GROUP, address, index));
            tell(sender, SOURCE_GROUP, port(socket), "from-the-source");
            receives(socket, "from-the-source");
            socket.leave(SourceMembership.of(SOURCE_GROUP, address, index));
            tell(sender, SOURCE_GROUP, port(socket), "left");
            tell(sender, address, port(socket), "after-leave");
            receives(socket, "after-leave");
            sender.end().succeeds();
        }
    }

    void pythonJoins() throws Exception {
        try (var member =
                        Peer.python(
                                """
                                group, address = ARGUMENTS
                                s = socket(AF_INET, SOCK_DGRAM)
                                s.bind((group, 0))
                                s.setsockopt(IPPROTO_IP, IP_ADD_MEMBERSHIP,
                                             inet_aton(group) + inet_aton(address))
                                say(s.getsockname()[1])
                                say(s.recv(100))
                                """,
                                GROUP,
                                address);
                var socket =
                        MessageSocket.bind(
                                InetEndpoint.of(address, 0),
                                IpOption.MULTICAST_IF.to(MulticastInterface.of(index)),
                                IpOption.MULTICAST_TTL.to(0))) {
            socket.sendTo("to the group", InetEndpoint.of(GROUP, member.number()));
            member.says("b'to the group'").succeeds();
        }
    }

    void broadcast(String to) throws Exception {
        try (var socket =
                        MessageSocket.bind(
                                InetEndpoint.of(IpAddress.ANY_IPV4, 0),
                                SoOption.BROADCAST.to(true));
                var sender = sender();
                var hearer =
                        Peer.python(
                                """
                                s = socket(AF_INET, SOCK_DGRAM)
                                s.bind(("", 0))
                                say(s.getsockname()[1])
                                say(s.recv(100))
                                """)) {
            tell(sender, to, port(socket), "to-all");
            receives(socket, "to-all");
            socket.sendTo("to all", InetEndpoint.of(to, hearer.number()));
            hearer.says("b'to all'").succeeds();
            sender.end().succeeds();
        }
    }
}
