// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.MessageSocket;
import sockeye.SoOption;
import sockeye.internal.kernel.Kernel;
import sockeye.testkit.FaultyKernel;
import sockeye.testkit.FaultyKernel.Fault;
import sockeye.testkit.NoLeaks;
import sockeye.testkit.UnderFaults;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import java.util.Objects;
import java.util.Set;

/** Calls for many messages that are interrupted, refused, and take or give few. */
@ExtendWith(NoLeaks.class)
@Timeout(60)
class BatchesUnderFaultsTest {
    private static final int AT_ONCE = 60;

    /** Asks in rounds until each of the faults has happened; all is answered once and in order. */
    private static void ask(MessageSocket by, FaultyKernel faults, Set<Fault> wanted)
            throws IOException {
        for (int round = 0; wanted.stream().anyMatch(each -> faults.count(each) == 0); round++) {
            for (int i = 0; i < AT_ONCE; i++) {
                // Ever longer: none can be joined with the one before.
                by.send(ByteBuffer.allocate(8 + i).putInt(round).putInt(i).position(0));
            }
            for (int i = 0; i < AT_ONCE; i++) {
                var got = Objects.requireNonNull(by.receive(ByteBuffer.allocate(200))).payload();
                assertEquals(8 + i, got.remaining(), faults::toString);
                assertEquals(round, got.getInt(), faults::toString);
                assertEquals(i, got.getInt(), faults::toString);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void datagramsAreAnsweredOnceAndInOrderWhateverBecomesOfTheCalls(Engine engine)
            throws Exception {
        Set<Fault> wanted = EnumSet.of(Fault.EINTR, Fault.EAGAIN, Fault.ENOBUFS, Fault.SHORT_WRITE);
        if (engine == Engine.EPOLL) {
            wanted.add(Fault.SHORT_READ); // the others receive by other calls
        }
        try (FaultyKernel faults = FaultyKernel.install(UnderFaults.seed());
                Reactor reactor = engine.open()) {
            // For nobody but the reactor.
            Kernel.install(Kernel.real());
            MessageTransport echo =
                    reactor.bind(
                            engine.fresh(),
                            new MessageProtocol() {
                                @Override
                                public void received(MessageTransport from, ByteBuffer message) {
                                    from.reply(message);
                                }
                            },
                            SoOption.RCV_BUF.to(1 << 20));
            var local = (InetEndpoint) Objects.requireNonNull(echo.local());
            for (Fault each : wanted) {
                faults.with(each, 0.3);
            }
            Throwable[] failed = new Throwable[1];
            Thread asker =
                    Thread.ofPlatform()
                            .unstarted(() -> {
                                try (MessageSocket by = client(local)) {
                                    ask(by, faults, wanted);
                                } catch (Throwable thrown) {
                                    failed[0] = thrown;
                                } finally {
                                    reactor.stop();
                                }
                            });
            reactor.execute(asker::start);
            Engine.run(reactor);
            asker.join();
            if (failed[0] != null) {
                throw new AssertionError(faults.toString(), failed[0]);
            }
        }
    }

    private static MessageSocket client(Endpoint server) throws IOException {
        return MessageSocket.connect(server, SoOption.RCV_BUF.to(1 << 20));
    }
}
