// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import sockeye.Deadline;
import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.LinuxSocket;
import sockeye.MessageSocket;
import sockeye.SocketType;
import sockeye.testkit.Task;
import sockeye.wire.EchoService;
import sockeye.wire.MessageService;
import sockeye.wire.Moment;
import sockeye.wire.Output;
import sockeye.wire.PeerFacts;

import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A datagram costs no garbage, with the address that it came to and with all rules about answers:
 * counted by the JVM for the thread of the loop, which for that is a platform thread.
 */
@Timeout(60)
class DatagramAllocationTest {
    private static final int MOST = 200_000;
    private static final int WINDOW = 4_096;
    private static final int BURST = 16;

    /** What a stray recompilation may cost; far below a byte per datagram. */
    private static final long NOISE = 2_048;

    /** Reached by reflection, so that the module under test need not read jdk.management. */
    private static long allocated() throws ReflectiveOperationException {
        Object bean =
                Class.forName("java.lang.management.ManagementFactory")
                        .getMethod("getThreadMXBean")
                        .invoke(null);
        Method method =
                Class.forName("com.sun.management.ThreadMXBean")
                        .getMethod("getThreadAllocatedBytes", long.class);
        return (long) method.invoke(bean, Thread.currentThread().threadId());
    }

    /** What the thread allocates in its best window, which is one when all is compiled. */
    private static final class Counter {
        private int datagrams;
        private long before;
        private volatile long least = Long.MAX_VALUE;

        void count() {
            try {
                if (datagrams % WINDOW == 0 && datagrams > 0) {
                    least = Math.min(least, allocated() - before);
                }
                if (datagrams++ % WINDOW == 0) {
                    before = allocated();
                }
            } catch (ReflectiveOperationException none) {
                throw new IllegalStateException(none);
            }
        }

        boolean isDone() {
            return least < NOISE;
        }
    }

    /** A handler of the user's, and a service of ours. */
    private static DatagramHandler handler(boolean service, Counter counter) {
        var echo = new EchoService();
        return service
                ? DatagramHandler.of(
                        new MessageService() {
                            @Override
                            public void received(ByteBuffer message, Moment now, Output out) {
                                echo.received(message, PeerFacts.UNKNOWN, now, out);
                                counter.count();
                            }
                        })
                : request -> {
                    counter.count();
                    request.reply(request.payload());
                };
    }

    private static void ask(Endpoint server, Counter counter) throws Exception {
        ByteBuffer message = ByteBuffer.allocateDirect(64);
        try (var client = MessageSocket.connect(server)) {
            for (int i = 0; i < MOST && !counter.isDone(); i += BURST) {
                for (int each = 0; each < BURST; each++) {
                    client.send(message.clear());
                }
                for (int each = 0; each < BURST; each++) {
                    client.receive(message.clear());
                }
            }
        }
    }

    private static InetEndpoint reached(MessageSocket served, String address) {
        return InetEndpoint.of(address, ((InetEndpoint) served.local()).port());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anEchoAllocatesNothing(boolean service) throws Exception {
        for (String address : List.of("127.0.0.1", "::1")) {
            var counter = new Counter();
            try (var socket = MessageSocket.bind(InetEndpoint.any(0))) {
                var server =
                        new Server(
                                "receive",
                                ServerSettings.DEFAULT,
                                List.of(socket),
                                Server.datagrams(handler(service, counter)));
                var loop = (DatagramLoop) server.intake();
                var over = new AtomicBoolean();
                var client =
                        Task.callOnPlatform(() -> {
                            try {
                                ask(reached(socket, address), counter);
                                return counter.least;
                            } finally {
                                over.set(true);
                                wake(reached(socket, address));
                            }
                        });
                while (!over.get()) {
                    loop.serveOne(Deadline.NONE);
                }
                assertTrue(
                        client.join() < NOISE,
                        counter.least + " bytes for " + WINDOW + " datagrams");
            }
        }
    }

    /** Has the loop look whether it is over. */
    private static void wake(Endpoint server) throws Exception {
        try (var last = LinuxSocket.socket(server.family(), SocketType.SOCK_DGRAM)) {
            last.sendTo(new byte[1], server);
        }
    }
}
