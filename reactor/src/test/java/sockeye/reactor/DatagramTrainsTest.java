// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.Message;
import sockeye.MessageSocket;
import sockeye.SoOption;
import sockeye.UdpOption;
import sockeye.reactor.MessageCalls.Sent;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.TestFamily;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Datagrams that leave together (UDP_SEGMENT) and come together (UDP_GRO): nobody sees a difference
 * but the system calls.
 */
@ExtendWith(NoLeaks.class)
@Timeout(60)
class DatagramTrainsTest {
    private static final int EIO = 5;
    private static final int EINVAL = 22;
    private static final int EMSGSIZE = 90;

    static Stream<Arguments> enginesAndRefusals() {
        return Engine.ofTheKernel()
                .flatMap(e -> Stream.of(EINVAL, EIO, EMSGSIZE).map(no -> Arguments.of(e, no)));
    }

    /** Nothing but what failed. */
    private static class Sender implements MessageProtocol {
        final List<IOException> failures = new ArrayList<>();

        @Override
        public void received(MessageTransport from, ByteBuffer message) throws Exception {}

        @Override
        public void failed(MessageTransport from, IOException failure) {
            failures.add(failure);
        }

        @Override
        public void closed(MessageTransport from, @Nullable Throwable why) {
            from.reactor().stop();
        }
    }

    private static MessageSocket peer() throws IOException {
        return MessageSocket.bind(InetEndpoint.loopback(0), SoOption.RCV_BUF.to(1 << 20));
    }

    private static Endpoint local(MessageSocket socket) {
        return Objects.requireNonNull(socket.local());
    }

    /** Of this size, and like no other of that size. */
    private static byte[] datagram(int number, int size) {
        byte[] bytes = new byte[size];
        for (int i = 0; i < size; i++) {
            bytes[i] = (byte) (i * 7 + number);
        }
        return bytes;
    }

    private static byte[] received(MessageSocket by) throws IOException {
        Message message = Objects.requireNonNull(by.receive(ByteBuffer.allocate(70_000)));
        byte[] bytes = new byte[message.payload().remaining()];
        message.payload().get(bytes);
        return bytes;
    }

    private static void send(MessageTransport by, Endpoint to, int... sizes) {
        for (int i = 0; i < sizes.length; i++) {
            by.send(ByteBuffer.wrap(datagram(i, sizes[i])), to);
        }
    }

    /** These, in this order, and nothing else. */
    private static void assertReceived(MessageSocket by, int... sizes) throws IOException {
        for (int i = 0; i < sizes.length; i++) {
            assertArrayEquals(datagram(i, sizes[i]), received(by), "datagram " + i);
        }
        try (MessageSocket last = MessageSocket.connect(local(by))) {
            last.send(ByteBuffer.wrap(new byte[] {'l', 'a', 's', 't'}));
        }
        assertArrayEquals(new byte[] {'l', 'a', 's', 't'}, received(by), "one too many");
    }

    private static int[] times(int count, int size) {
        int[] sizes = new int[count];
        Arrays.fill(sizes, size);
        return sizes;
    }

    private static int[] then(int[] first, int... second) {
        return IntStream.concat(Arrays.stream(first), Arrays.stream(second)).toArray();
    }

    /** Sends datagrams of these sizes in one turn; what the kernel is asked for. */
    private static List<Sent> sent(Engine engine, int... sizes) throws IOException {
        try (var calls = MessageCalls.install();
                Reactor reactor = engine.open();
                MessageSocket peer = peer()) {
            var sender = new Sender();
            MessageTransport by = reactor.bind(engine.fresh(), sender);
            Endpoint to = local(peer);
            reactor.execute(() -> {
                send(by, to, sizes);
                by.close();
            });
            Engine.run(reactor);
            assertEquals(List.of(), sender.failures);
            assertReceived(peer, sizes);
            return calls.sent();
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void datagramsOfOneSizeToOnePeerLeaveAsOne(Engine engine) throws Exception {
        assertEquals(List.of(new Sent(20, 500, 0)), sent(engine, times(20, 500)));
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void aShorterOneIsTheLast(Engine engine) throws Exception {
        assertEquals(
                List.of(new Sent(6, 100, 0), new Sent(2, 100, 0)),
                sent(engine, then(then(times(5, 100), 50), 100, 100)));
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void aLongerOneAndAnEmptyOneBeginAnew(Engine engine) throws Exception {
        assertEquals(List.of(new Sent(1, 0, 0), new Sent(2, 200, 0)), sent(engine, 100, 200, 200));
        assertEquals(
                List.of(new Sent(1, 0, 0), new Sent(1, 0, 0), new Sent(2, 7, 0)),
                sent(engine, 0, 0, 7, 7));
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void noMoreAreJoinedThanTheKernelCuts(Engine engine) throws Exception {
        assertEquals(
                List.of(new Sent(64, 1_000, 0), new Sent(36, 1_000, 0)),
                sent(engine, times(100, 1_000)));
        assertEquals(
                List.of(new Sent(6, 10_000, 0), new Sent(4, 10_000, 0)),
                sent(engine, times(10, 10_000)));
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void datagramsToSeveralPeersLeaveByOneCall(Engine engine) throws Exception {
        try (var calls = MessageCalls.install();
                Reactor reactor = engine.open();
                MessageSocket one = peer();
                MessageSocket other = peer()) {
            MessageTransport by = reactor.bind(engine.fresh(), new Sender());
            Endpoint first = local(one);
            Endpoint second = local(other);
            reactor.execute(() -> {
                send(by, first, times(3, 80));
                send(by, second, times(4, 80));
                by.close();
            });
            Engine.run(reactor);
            assertReceived(one, times(3, 80));
            assertReceived(other, times(4, 80));
            assertEquals(List.of(new Sent(3, 80, 0), new Sent(4, 80, 0)), calls.sent());
            assertEquals(1, calls.calls());
        }
    }

    @ParameterizedTest
    @MethodSource("enginesAndRefusals")
    void whereTheKernelCannotCutTheyLeaveOneByOneAndItIsNotAskedAgain(Engine engine, int errno)
            throws Exception {
        try (var calls = MessageCalls.install();
                Reactor reactor = engine.open();
                MessageSocket one = peer();
                MessageSocket other = peer()) {
            calls.refuse(errno);
            var sender = new Sender();
            MessageTransport by = reactor.bind(engine.fresh(), sender);
            Endpoint first = local(one);
            Endpoint second = local(other);
            reactor.execute(() -> {
                send(by, first, 9);
                send(by, second, times(40, 500));
                // In a turn of its own.
                reactor.execute(() -> {
                    send(by, first, times(10, 9));
                    by.close();
                });
            });
            Engine.run(reactor);
            assertEquals(List.of(), sender.failures);
            assertArrayEquals(datagram(0, 9), received(one));
            assertReceived(one, times(10, 9));
            assertReceived(other, times(40, 500));
            assertEquals(1, calls.refused());
            assertEquals(51, calls.sent().size());
            for (Sent each : calls.sent()) {
                assertEquals(new Sent(1, 0, 0), each);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void whatFailsAloneAsWellIsNoReasonToSendOneByOne(Engine engine) throws Exception {
        try (var calls = MessageCalls.install();
                Reactor reactor = engine.open();
                MessageSocket peer = peer()) {
            var sender = new Sender();
            MessageTransport by = reactor.bind(engine.fresh(), sender);
            Endpoint to = local(peer);
            reactor.execute(() -> {
                by.send(ByteBuffer.allocate(66_000), to); // EMSGSIZE
                send(by, InetEndpoint.loopback(0), times(5, 30)); // EINVAL: there is no port 0
                send(by, to, times(20, 500));
                by.close();
            });
            Engine.run(reactor);
            assertEquals(6, sender.failures.size(), sender.failures::toString);
            assertReceived(peer, times(20, 500));
            assertEquals(List.of(new Sent(20, 500, 0)), calls.sent());
        }
    }

    // Answers.

    @ParameterizedTest
    @CsvSource({
        "EPOLL, UDP4, 0.0.0.0, 127.0.0.2, 32",
        "IO_URING, UDP4, 0.0.0.0, 127.0.0.2, 32",
        "IO_URING_5_19, UDP4, 0.0.0.0, 127.0.0.2, 0",
        "EPOLL, UDP6, ::, ::1, 40",
        "IO_URING, UDP6, ::, ::1, 40",
        "IO_URING_5_19, UDP6, ::, ::1, 0",
        "EPOLL, UDP6, ::, 127.0.0.2, 32",
        "IO_URING, UDP6, ::, 127.0.0.2, 32",
        "IO_URING_5_19, UDP6, ::, 127.0.0.2, 0"
    })
    void answersFromOneOfManyAddressesLeaveAsOneTooAndFromThere(
            Engine engine, TestFamily family, String local, String asked, int beside)
            throws Exception {
        family.require();
        int many = 5;
        try (var calls = MessageCalls.install();
                Reactor reactor = engine.open()) {
            int[] left = {many};
            MessageTransport server =
                    reactor.bind(
                            InetEndpoint.of(local, 0),
                            new Sender() {
                                @Override
                                public void received(MessageTransport from, ByteBuffer message) {
                                    from.reply(message);
                                    if (--left[0] == 0) {
                                        from.close();
                                    }
                                }
                            });
            var bound = (InetEndpoint) Objects.requireNonNull(server.local());
            // A connected socket hears none but the address that it has asked.
            try (MessageSocket client =
                    MessageSocket.connect(InetEndpoint.of(asked, bound.port()))) {
                for (int i = 0; i < many; i++) {
                    client.send(ByteBuffer.wrap(datagram(i, 40)));
                }
                Engine.run(reactor);
                for (int i = 0; i < many; i++) {
                    assertArrayEquals(datagram(i, 40), received(client));
                }
            }
            // Where each is received by a poll of its own, each is answered alone.
            if (beside > 0) {
                assertEquals(List.of(new Sent(many, 40, beside)), calls.sent());
            }
        }
    }

    // What comes together.

    private static final int[] TRAIN = then(times(10, 1_000), 300);

    /** Sends all of the train by one call. */
    private static MessageSocket train(Endpoint to) throws IOException {
        MessageSocket made = MessageSocket.connect(to, UdpOption.SEGMENT.to(1_000));
        ByteBuffer all = ByteBuffer.allocate(10_300);
        for (int i = 0; i < TRAIN.length; i++) {
            all.put(datagram(i, TRAIN[i]));
        }
        made.send(all.flip());
        return made;
    }

    /** Notes what it is shown; ends when all has come. */
    private static class Listener extends Sender {
        final List<byte[]> heard = new ArrayList<>();
        final List<Boolean> truncated = new ArrayList<>();

        @Override
        public void received(MessageTransport from, ByteBuffer message) throws Exception {
            byte[] bytes = new byte[message.remaining()];
            message.duplicate().get(bytes);
            heard.add(bytes);
            truncated.add(from.isTruncated());
            if (heard.size() == TRAIN.length) {
                from.close();
            }
        }

        void assertHeard(int... sizes) {
            assertEquals(sizes.length, heard.size());
            for (int i = 0; i < sizes.length; i++) {
                byte[] whole = datagram(i, TRAIN[i]);
                assertArrayEquals(Arrays.copyOf(whole, sizes[i]), heard.get(i), "datagram " + i);
            }
        }
    }

    private static MessageTransport listen(Reactor reactor, Engine engine, Listener listener)
            throws IOException {
        return reactor.bind(
                engine.fresh(), listener, UdpOption.GRO.to(true), SoOption.RCV_BUF.to(1 << 20));
    }

    private static Endpoint local(MessageTransport transport) {
        return Objects.requireNonNull(transport.local());
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void whatComesAsOneIsShownAsItWasSent(Engine engine) throws Exception {
        try (MessageSocket plain =
                        MessageSocket.bind(InetEndpoint.loopback(0), UdpOption.GRO.to(true));
                MessageSocket sender = train(local(plain))) {
            assertEquals(10_300, received(plain).length, "it does not come as one");
            assertTrue(sender.local() instanceof InetEndpoint);
        }
        try (Reactor reactor = engine.open()) {
            List<@Nullable Endpoint> senders = new ArrayList<>();
            var listener =
                    new Listener() {
                        @Override
                        public void received(MessageTransport from, ByteBuffer message)
                                throws Exception {
                            senders.add(from.sender());
                            super.received(from, message);
                        }
                    };
            try (MessageSocket sender = train(local(listen(reactor, engine, listener)))) {
                Engine.run(reactor);
                listener.assertHeard(TRAIN);
                for (int i = 0; i < TRAIN.length; i++) {
                    assertEquals(sender.local(), senders.get(i));
                    assertEquals(false, listener.truncated.get(i));
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void whoPausesInTheMiddleIsShownTheRestLater(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            int[] pauses = {0};
            var listener =
                    new Listener() {
                        @Override
                        public void received(MessageTransport from, ByteBuffer message)
                                throws Exception {
                            assertTrue(!from.isPaused());
                            super.received(from, message);
                            if (heard.size() % 3 == 0) {
                                pauses[0]++;
                                from.pause();
                                reactor.execute(from::resume);
                            }
                        }
                    };
            try (MessageSocket sender = train(local(listen(reactor, engine, listener)))) {
                Engine.run(reactor);
                listener.assertHeard(TRAIN);
                assertEquals(3, pauses[0], sender::toString);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void whoClosesInTheMiddleIsShownNoMore(Engine engine) throws Exception {
        try (Reactor reactor = engine.open()) {
            var listener =
                    new Listener() {
                        @Override
                        public void received(MessageTransport from, ByteBuffer message)
                                throws Exception {
                            super.received(from, message);
                            if (heard.size() == 4) {
                                from.close();
                            }
                        }
                    };
            try (MessageSocket sender = train(local(listen(reactor, engine, listener)))) {
                Engine.run(reactor);
                assertEquals(4, listener.heard.size(), sender::toString);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void theAnswersToWhatCameAsOneLeaveAsOne(Engine engine) throws Exception {
        try (var calls = MessageCalls.install();
                Reactor reactor = engine.open()) {
            var listener =
                    new Listener() {
                        @Override
                        public void received(MessageTransport from, ByteBuffer message)
                                throws Exception {
                            from.reply(message.duplicate());
                            super.received(from, message);
                        }
                    };
            try (MessageSocket sender = train(local(listen(reactor, engine, listener)))) {
                Engine.run(reactor);
                for (int i = 0; i < TRAIN.length; i++) {
                    assertArrayEquals(datagram(i, TRAIN[i]), received(sender));
                }
                assertEquals(List.of(new Sent(11, 1_000, 0)), calls.sent());
            }
        }
    }

    /** A ring's own receives cannot be cut off from here; theirs is the same way from there on. */
    @ParameterizedTest
    @EnumSource(names = {"EPOLL", "IO_URING_5_19"})
    void ifTheEndIsCutOffTheLastIsTruncatedAndNoOther(Engine engine) throws Exception {
        try (var calls = MessageCalls.install();
                Reactor reactor = engine.open()) {
            calls.cutOff(150);
            var listener = new Listener();
            try (MessageSocket sender = train(local(listen(reactor, engine, listener)))) {
                Engine.run(reactor);
                listener.assertHeard(then(times(10, 1_000), 150));
                for (int i = 0; i < TRAIN.length; i++) {
                    boolean last = i == TRAIN.length - 1;
                    assertEquals(last, listener.truncated.get(i), sender::toString);
                }
            }
        }
    }
}
