// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.AddressFamily;
import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.IpProtocol;
import sockeye.LinuxSocket;
import sockeye.Listener;
import sockeye.Message;
import sockeye.MessageFlag;
import sockeye.MessageSocket;
import sockeye.SoOption;
import sockeye.SocketType;
import sockeye.UnixEndpoint;
import sockeye.internal.OwnPorts;
import sockeye.wire.AccessRules;
import sockeye.wire.AnswerRules;
import sockeye.wire.AnswerRules.Refusal;
import sockeye.wire.ChargenService;
import sockeye.wire.EchoService;
import sockeye.wire.QotdService;
import sockeye.wire.RateLimit;
import sockeye.wire.TimestampService;
import sockeye.wire.WhoService;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** Whom a server of datagrams answers, from where, and how much. */
@Tag("H12")
@Timeout(60)
class AnswersTest {
    private static final DatagramHandler ECHO = request -> request.reply(request.payload());

    private static Server serve(String address, AnswerRules rules, DatagramHandler handler)
            throws IOException {
        var limits = ServerLimits.DEFAULT.withAnswers(rules);
        return Server.datagram(
                InetEndpoint.of(address, 0), ServerSettings.DEFAULT.withLimits(limits), handler);
    }

    private static int port(Server server) {
        return ((InetEndpoint) server.local()).port();
    }

    private static MessageSocket client(String address) throws IOException {
        return MessageSocket.bind(InetEndpoint.of(address, 0));
    }

    private static void ask(MessageSocket client, Endpoint server, int size) throws IOException {
        client.socket().sendTo(ByteBuffer.allocate(size), server, 0);
    }

    private static Message answer(MessageSocket client) throws IOException {
        return client.socket().recvMsg(65_535, 0, 0);
    }

    private static String text(Message message) {
        return StandardCharsets.UTF_8.decode(message.payload()).toString();
    }

    private static long refused(Server server, Refusal why) {
        return server.statistics().datagrams().refused(why);
    }

    // From where.

    @ParameterizedTest
    @CsvSource({
        "0.0.0.0, 127.0.0.1, 127.0.0.2, false",
        "0.0.0.0, 127.0.0.1, 127.0.0.2, true",
        "::, 127.0.0.1, 127.0.0.3, false",
        "::, 127.0.0.1, 127.0.0.3, true",
        "::, ::1, ::1, false",
        "::, ::1, ::1, true",
        "127.0.0.4, 127.0.0.1, 127.0.0.4, false",
        "127.0.0.4, 127.0.0.1, 127.0.0.4, true",
    })
    void anAnswerComesFromTheAddressThatWasAskedNowOrLater(
            String bound, String from, String to, boolean later) throws Exception {
        assumeTrue(!bound.contains(":") || Listener.hasDualStack(), "no IPv6 here");
        BlockingQueue<Endpoint> asked = new LinkedBlockingQueue<>();
        DatagramHandler handler =
                request -> {
                    asked.add(request.local());
                    request.reply("x");
                };
        DatagramHandler used = later ? handler.concurrent(2) : handler;
        try (var server = serve(bound, AnswerRules.DEFAULT, used);
                var client = client(from)) {
            var local = InetEndpoint.of(to, port(server));
            ask(client, local, 1);
            assertEquals(local, answer(client).peer());
            assertEquals(local, asked.take());
        }
    }

    @Test
    void aClientThatIsConnectedToTheAddressGetsItsAnswer() throws Exception {
        try (var server =
                        serve(
                                "0.0.0.0",
                                AnswerRules.DEFAULT,
                                DatagramHandler.of(new EchoService()));
                var client = MessageSocket.connect(InetEndpoint.of("127.0.0.2", port(server)))) {
            client.send("hello");
            assertEquals("hello", text(answer(client)));
        }
    }

    // To whom.

    /** Source port 0 can be forged alone: a raw socket writes the UDP header itself. */
    @Test
    void aQuestionFromPort0IsHandledAndNotAnswered() throws Exception {
        try (var server = serve("127.0.0.1", AnswerRules.DEFAULT, ECHO);
                var forger = forger();
                var client = client("127.0.0.1")) {
            forge(forger, 0, server.local(), 8);
            ask(client, server.local(), 3);
            assertEquals(3, answer(client).payload().remaining(), "others are answered");
            assertEquals(1, refused(server, Refusal.NO_PORT));
            assertEquals(2, server.received());
            assertEquals(0, server.undelivered());
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {7, 11, 13, 17, 18, 19, 37, 53, 69, 123})
    void aQuestionFromAnotherSmallServiceIsNotAnswered(int port) throws Exception {
        try (var server = serve("127.0.0.1", AnswerRules.DEFAULT, ECHO);
                var forger = forger();
                var client = client("127.0.0.1")) {
            forge(forger, port, server.local(), 8);
            ask(client, server.local(), 3);
            answer(client);
            assertEquals(1, refused(server, Refusal.SERVICE_PORT));
        }
    }

    @Test
    void whichPortsAreServicesIsASetting() throws Exception {
        try (var client = client("127.0.0.1")) {
            int port = ((InetEndpoint) client.socket().getSockName()).port();
            var rules = AnswerRules.DEFAULT.withRefusedPorts(Set.of(port));
            try (var server = serve("127.0.0.1", rules, ECHO);
                    var other = client("127.0.0.1")) {
                ask(client, server.local(), 1);
                ask(other, server.local(), 1);
                answer(other);
                assertEquals(1, refused(server, Refusal.SERVICE_PORT));
            }
        }
    }

    /** One forged datagram would have set them going for ever. */
    @ParameterizedTest
    @CsvSource({"127.0.0.1, 127.0.0.1", "0.0.0.0, 127.0.0.2", "127.0.0.3, 127.0.0.3"})
    void twoOfOurOwnServicesDoNotTalkToEachOther(String bound, String to) throws Exception {
        var stamps = DatagramHandler.of(TimestampService.in(ZoneOffset.UTC));
        try (var one = serve(bound, AnswerRules.DEFAULT, ECHO);
                var two = serve(bound, AnswerRules.DEFAULT, stamps);
                var forger = forger();
                var client = client("127.0.0.1")) {
            forge(forger, port(one), InetEndpoint.of(to, port(two)), 8);
            forge(forger, port(two), InetEndpoint.of(to, port(two)), 8);
            ask(client, InetEndpoint.of(to, port(two)), 1);
            answer(client);
            ask(client, InetEndpoint.of(to, port(one)), 1);
            answer(client);
            assertEquals(2, refused(two, Refusal.OWN_PORT));
            assertEquals(3, two.received());
            assertEquals(1, one.received(), "its client's alone");
        }
    }

    /** Without the rule they do, which shows that the test above can fail. */
    @Test
    void withoutRulesTheyWouldTalkUntilTheRateStopsThem() throws Exception {
        var rules =
                AnswerRules.NONE
                        .withSpareLoopback(false)
                        .withPeerRate(RateLimit.per(Duration.ofHours(1), 50));
        try (var one = serve("127.0.0.1", rules, ECHO);
                var two = serve("127.0.0.1", rules, ECHO);
                var forger = forger()) {
            forge(forger, port(one), two.local(), 8);
            while (refused(one, Refusal.RATE) + refused(two, Refusal.RATE) == 0) {
                Thread.onSpinWait();
            }
            long received = one.received() + two.received();
            assertTrue(received >= 100 && received <= 102, "received " + received);
        }
    }

    @Test
    void aPortOfOursIsNoOneElsesFault() throws Exception {
        int port;
        try (var server = serve("127.0.0.1", AnswerRules.DEFAULT, ECHO)) {
            port = port(server);
            assertTrue(OwnPorts.contains(InetEndpoint.of("127.0.0.1", port)));
            assertFalse(OwnPorts.contains(InetEndpoint.of("127.0.0.9", port)));
            assertTrue(OwnPorts.isHere(InetEndpoint.of("127.0.0.9", port)));
            assertFalse(OwnPorts.isHere(InetEndpoint.of("198.51.100.9", port)));
        }
        assertFalse(OwnPorts.contains(port), "a client may have it now");
    }

    @Test
    void whoServesAllAddressesSendsFromEachOfThem() throws Exception {
        try (var server = serve("0.0.0.0", AnswerRules.DEFAULT, ECHO)) {
            assertTrue(OwnPorts.contains(InetEndpoint.of("127.0.0.9", port(server))));
            assertFalse(OwnPorts.contains(InetEndpoint.of("198.51.100.9", port(server))));
        }
    }

    @Test
    void aPortAtWhichOneRequestWasServedIsNotOursAfterwards() throws Exception {
        try (var socket = client("127.0.0.1");
                var client = client("127.0.0.1")) {
            ask(client, socket.local(), 1);
            assertTrue(
                    OneRequest.datagram(
                            socket, ServerSettings.DEFAULT, ECHO, Duration.ofMinutes(1)));
            assertEquals(1, answer(client).payload().remaining());
            assertFalse(OwnPorts.contains(((InetEndpoint) socket.local()).port()));
        }
    }

    @Test
    void aPeerIsAnsweredAtItsRateAndOthersAreNotTouched() throws Exception {
        var rules =
                AnswerRules.DEFAULT
                        .withSpareLoopback(false)
                        .withPeerRate(RateLimit.per(Duration.ofHours(1), 5));
        try (var server = serve("127.0.0.1", rules, ECHO);
                var fast = client("127.0.0.2");
                var other = client("127.0.0.3")) {
            for (int i = 0; i < 20; i++) {
                ask(fast, server.local(), 1);
            }
            ask(other, server.local(), 2);
            assertEquals(2, answer(other).payload().remaining());
            assertEquals(15, refused(server, Refusal.RATE));
            for (int i = 0; i < 5; i++) {
                answer(fast);
            }
        }
    }

    @Test
    void whoIsDeniedIsNotEvenHandled() throws Exception {
        var handled = new AtomicInteger();
        var settings = ServerSettings.DEFAULT.withAccess(AccessRules.EVERYBODY.deny("127.0.0.2"));
        try (var server =
                        Server.datagram(
                                InetEndpoint.loopback(0),
                                settings,
                                request -> {
                                    handled.incrementAndGet();
                                    request.reply("x");
                                });
                var denied = client("127.0.0.2");
                var allowed = client("127.0.0.3")) {
            ask(denied, server.local(), 1);
            ask(allowed, server.local(), 1);
            answer(allowed);
            assertEquals(1, handled.get());
            assertEquals(1, server.statistics().datagrams().denied());
        }
    }

    // How much.

    @Test
    void anAnswerIsNoLongerThanItsQuestionDeserves() throws Exception {
        DatagramHandler talkative =
                request -> {
                    int room = request.answerRoom();
                    request.reply(new byte[room + 1]);
                    request.reply(new byte[room]);
                    request.copy().reply(new byte[room + 1]);
                };
        try (var server = serve("127.0.0.1", AnswerRules.DEFAULT, talkative);
                var client = client("127.0.0.1")) {
            ask(client, server.local(), 0);
            assertEquals(56, answer(client).payload().remaining());
            ask(client, server.local(), 100);
            assertEquals(356, answer(client).payload().remaining());
            assertEquals(4, refused(server, Refusal.SIZE));
        }
    }

    @Test
    void theServicesThatCouldBeWeaponsAreBrief() throws Exception {
        for (var service : List.of(new ChargenService(), QotdService.builtIn(), new WhoService())) {
            for (int size : new int[] {0, 1, 50, 200}) {
                try (var server =
                                serve("0.0.0.0", AnswerRules.DEFAULT, DatagramHandler.of(service));
                        var client = client("127.0.0.1")) {
                    ask(client, InetEndpoint.loopback(port(server)), size);
                    int length = answer(client).payload().remaining();
                    assertTrue(length > 0 && length <= 3 * size + 56, service + " " + length);
                    assertEquals(0, refused(server, Refusal.SIZE));
                }
            }
        }
    }

    @Test
    void whereNobodyCanForgeAnswersHaveAnyLength() throws Exception {
        var at = UnixEndpoint.ofAbstract("answers-" + ProcessHandle.current().pid());
        var from = UnixEndpoint.ofAbstract("asks-" + ProcessHandle.current().pid());
        try (var server = Server.datagram(at, request -> request.reply(new byte[9_000]));
                var client = MessageSocket.bind(from)) {
            ask(client, server.local(), 0);
            assertEquals(9_000, answer(client).payload().remaining());
            assertEquals(Set.of(), server.statistics().datagrams().refused().keySet());
        }
    }

    @Test
    void theFirstRefusalOfEachKindIsTold() throws Exception {
        BlockingQueue<Refusal> told = new LinkedBlockingQueue<>();
        var observer =
                new ServerObserver() {
                    @Override
                    public void answerRefused(Endpoint local, Refusal why) {
                        told.add(why);
                    }
                };
        try (var server =
                        Server.datagram(
                                InetEndpoint.loopback(0),
                                ServerSettings.DEFAULT.withObserver(observer),
                                request -> request.reply(new byte[500]));
                var client = client("127.0.0.1")) {
            ask(client, server.local(), 0);
            ask(client, server.local(), 0);
            ask(client, server.local(), 400);
            answer(client);
            assertEquals(Refusal.SIZE, told.remove());
            assertTrue(told.isEmpty());
        }
    }

    // Who asks.

    @Test
    void overUnixTheSenderIsKnownToWhoAsks() throws Exception {
        var at = UnixEndpoint.ofAbstract("who-" + ProcessHandle.current().pid());
        var from = UnixEndpoint.ofAbstract("me-" + ProcessHandle.current().pid());
        for (boolean later : new boolean[] {false, true}) {
            var handler = DatagramHandler.of(new WhoService());
            try (var server = Server.datagram(at, later ? handler.concurrent(3) : handler);
                    var client = MessageSocket.bind(from)) {
                ask(client, server.local(), 0);
                String me = text(answer(client));
                assertTrue(me.startsWith("peer " + from + "\nlocal " + at + "\n"), me);
                assertTrue(me.contains("\npid " + ProcessHandle.current().pid() + "\n"), me);
            }
        }
    }

    @Test
    void aUserCanBeDeniedDatagrams() throws Exception {
        var at = UnixEndpoint.ofAbstract("denied-" + ProcessHandle.current().pid());
        var from = UnixEndpoint.ofAbstract("asking-" + ProcessHandle.current().pid());
        int me;
        try (var listener = Listener.stream(UnixEndpoint.ofAbstract("uid" + at.hashCode()));
                var self = sockeye.StreamSocket.connect(listener.local())) {
            me = self.socket().getOption(SoOption.PEER_CRED).uid();
        }
        for (boolean denied : new boolean[] {true, false}) {
            var rules = AccessRules.EVERYBODY.denyUid(denied ? me : me + 1);
            try (var server = Server.datagram(at, ServerSettings.DEFAULT.withAccess(rules), ECHO);
                    var client = MessageSocket.bind(from)) {
                ask(client, server.local(), 1);
                while (server.received() == 0) {
                    Thread.onSpinWait();
                }
                if (!denied) {
                    answer(client);
                }
                while (server.statistics().datagrams().denied() != (denied ? 1 : 0)) {
                    Thread.onSpinWait();
                }
            }
        }
    }

    // Overload.

    @Test
    void whileAllAreBusyNothingIsReceivedAndWhatTheKernelDropsIsCounted() throws Exception {
        var busy = new CountDownLatch(2);
        var go = new CountDownLatch(1);
        DatagramHandler slow =
                request -> {
                    busy.countDown();
                    go.await();
                    request.reply(request.payload());
                };
        var settings = ServerSettings.DEFAULT.withOptions(SoOption.RCV_BUF.to(4_096));
        try (var server = Server.datagram(InetEndpoint.loopback(0), settings, slow.concurrent(2));
                var client = client("127.0.0.1")) {
            ask(client, server.local(), 1);
            ask(client, server.local(), 1);
            busy.await();
            for (int i = 0; i < 500; i++) {
                ask(client, server.local(), 100);
            }
            long lost = server.statistics().datagrams().lost();
            assertTrue(lost > 300, "lost " + lost);
            go.countDown();
            for (long i = 502 - lost; i > 0; i--) {
                answer(client);
            }
            server.stop();
            assertEquals(502, server.received() + server.statistics().datagrams().lost());
        }
    }

    // A forger.

    private static LinuxSocket forger() throws IOException {
        try {
            return LinuxSocket.socket(
                    AddressFamily.AF_INET, SocketType.SOCK_RAW, IpProtocol.IPPROTO_UDP);
        } catch (IOException notRoot) {
            assumeTrue("true".equals(System.getenv("CI")), "raw sockets need CAP_NET_RAW");
            throw notRoot;
        }
    }

    /** Sends a datagram that says it came from another port of the same address. */
    private static void forge(LinuxSocket forger, int port, Endpoint to, int size)
            throws IOException {
        var target = (InetEndpoint) to;
        ByteBuffer packet = ByteBuffer.allocate(8 + size);
        packet.putShort((short) port).putShort((short) target.port());
        packet.putShort((short) (8 + size)).putShort((short) 0).clear();
        forger.bind(target.withPort(0)); // whence it comes, too
        forger.sendTo(packet, InetEndpoint.of(target.address(), 0), MessageFlag.MSG_DONTWAIT);
    }
}
