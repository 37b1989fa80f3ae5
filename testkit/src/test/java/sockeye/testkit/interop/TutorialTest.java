// SPDX-License-Identifier: Apache-2.0
package sockeye.testkit.interop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import static sockeye.AddressFamily.AF_INET;
import static sockeye.LinuxSocket.socket;
import static sockeye.SocketType.SOCK_DGRAM;
import static sockeye.SocketType.SOCK_STREAM;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.LinuxSocket;
import sockeye.Message;

import java.nio.charset.StandardCharsets;
import java.util.regex.Pattern;

/**
 * The programs with which many learnt sockets in Python, a service that sends back what it gets
 * with the time in front, against the same programs of ours.
 */
@Timeout(60)
class TutorialTest {
    private static final Pattern STAMPED =
            Pattern.compile("\\[\\w{3} \\w{3} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d \\d{4}] (.*)");

    private static final String TCP_SERVER =
            """
            from time import ctime
            tcpSerSock = socket(AF_INET, SOCK_STREAM)
            tcpSerSock.bind(("", 0))
            tcpSerSock.listen(5)
            say(tcpSerSock.getsockname()[1])
            tcpCliSock, addr = tcpSerSock.accept()
            while True:
                data = tcpCliSock.recv(1024)
                if not data: break
                tcpCliSock.send(("[%s] %s" % (ctime(), data.decode())).encode())
            tcpCliSock.close()
            tcpSerSock.close()
            """;

    private static final String TCP_CLIENT =
            """
            tcpCliSock = socket(AF_INET, SOCK_STREAM)
            tcpCliSock.connect(ARGUMENTS[0])
            while True:
                data = sys.stdin.readline().rstrip()
                if not data: break
                tcpCliSock.send(data.encode())
                data = tcpCliSock.recv(1024)
                if not data: break
                say(data.decode())
            tcpCliSock.close()
            """;

    private static final String UDP_SERVER =
            """
            from time import ctime
            udpSerSock = socket(AF_INET, SOCK_DGRAM)
            udpSerSock.bind(("", 0))
            say(udpSerSock.getsockname()[1])
            while True:
                data, addr = udpSerSock.recvfrom(1024)
                udpSerSock.sendto(("[%s] %s" % (ctime(), data.decode())).encode(), addr)
            """;

    private static final String UDP_CLIENT =
            """
            udpCliSock = socket(AF_INET, SOCK_DGRAM)
            while True:
                data = sys.stdin.readline().rstrip()
                if not data: break
                udpCliSock.sendto(data.encode(), ARGUMENTS[0])
                data, addr = udpCliSock.recvfrom(1024)
                say(data.decode(), addr == ARGUMENTS[0])
            udpCliSock.close()
            """;

    private static void assertStamped(String said, String answer) {
        var matcher = STAMPED.matcher(answer);
        assertTrue(matcher.matches(), answer);
        assertEquals(said, matcher.group(1));
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static String stamp(String text) {
        return "[Sun Nov 22 10:05:00 2026] " + text;
    }

    @Test
    @Tag("A2-01")
    @Tag("A2-02")
    @Tag("A2-05")
    @Tag("A4-01")
    void ourTcpClientTalksToTheTutorialsServer() throws Exception {
        try (var server = Peer.python(TCP_SERVER);
                var tcpSocket = socket(AF_INET, SOCK_STREAM)) {
            tcpSocket.connect(InetEndpoint.loopback(server.number()));
            for (String said : new String[] {"hi", "foo bar", "x"}) {
                tcpSocket.send(bytes(said));
                byte[] answer = tcpSocket.recv(1_024);
                assertStamped(said, new String(answer, StandardCharsets.UTF_8));
            }
            tcpSocket.shutdown(LinuxSocket.SHUT_WR);
            server.succeeds();
        }
    }

    @Test
    @Tag("A2-03")
    @Tag("A4-04")
    void theTutorialsTcpClientTalksToOurServer() throws Exception {
        try (var listening = socket(AF_INET, SOCK_STREAM)) {
            listening.bind(InetEndpoint.loopback(0));
            listening.listen(5);
            try (var client = Peer.python(TCP_CLIENT, listening.getSockName())) {
                client.type("hi\n");
                try (LinuxSocket connection = listening.accept().socket()) {
                    byte[] data = connection.recv(1_024);
                    connection.send(bytes(stamp(new String(data, StandardCharsets.UTF_8))));
                    assertStamped("hi", client.line());
                    client.type("\n");
                    assertEquals(0, connection.recv(1_024).length);
                }
                client.succeeds();
            }
        }
    }

    @Test
    @Tag("A4-03")
    void ourUdpClientTalksToTheTutorialsServer() throws Exception {
        try (var server = Peer.python(UDP_SERVER);
                var udpSocket = socket(AF_INET, SOCK_DGRAM)) {
            Endpoint there = InetEndpoint.loopback(server.number());
            for (String said : new String[] {"hi", "", "foo bar"}) {
                udpSocket.sendTo(bytes(said), there);
                Message answer = udpSocket.recvFrom(1_024);
                assertStamped(said, StandardCharsets.UTF_8.decode(answer.payload()).toString());
                assertEquals(there, answer.peer());
            }
        }
    }

    @Test
    @Tag("A4-04")
    void theTutorialsUdpClientTalksToOurServer() throws Exception {
        try (var udpSocket = socket(AF_INET, SOCK_DGRAM)) {
            udpSocket.bind(InetEndpoint.loopback(0));
            try (var client = Peer.python(UDP_CLIENT, udpSocket.getSockName())) {
                client.type("hi\n\n");
                Message asked = udpSocket.recvFrom(1_024);
                String said = StandardCharsets.UTF_8.decode(asked.payload()).toString();
                udpSocket.sendTo(bytes(stamp(said)), asked.peer());
                client.says(stamp("hi") + " True").succeeds();
            }
        }
    }
}
