// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import sockeye.Endpoint;
import sockeye.StreamSocket;
import sockeye.internal.kernel.ForwardingKernel;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.SystemCall;
import sockeye.wire.EchoService;

import java.io.IOException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** A kernel that answers every accept4(2) with an error of one connection, as seccomp may. */
@Timeout(60)
@Tag("H12")
class ForbiddenAcceptTest {
    private static final int EPERM = 1;

    /** Notes when it was asked. */
    private static final class Forbidding extends ForwardingKernel {
        final BlockingQueue<Long> asked = new LinkedBlockingQueue<>();
        volatile boolean allows;

        Forbidding(Kernel next) {
            super(next);
        }

        @Override
        protected long call(SystemCall call, long a, long b, long c, long d, long e, long f) {
            if (call == SystemCall.ACCEPT4 && !allows) {
                asked.add(System.nanoTime());
                return -EPERM;
            }
            return super.call(call, a, b, c, d, e, f);
        }
    }

    @Test
    void theServerPausesIsToldOnceAndRecovers() throws Exception {
        Kernel real = Kernel.current();
        var kernel = new Forbidding(real);
        var told = new LinkedBlockingQueue<String>();
        var observer =
                new ServerObserver() {
                    @Override
                    public void troubled(Endpoint local, IOException cause) {
                        told.add("troubled: " + cause.getMessage());
                    }

                    @Override
                    public void recovered(Endpoint local, long turnedAway) {
                        told.add("recovered: " + turnedAway);
                    }
                };
        Kernel.install(kernel);
        try (var server =
                        Server.stream(
                                Peers.tcp(),
                                ServerSettings.DEFAULT.withObserver(observer),
                                StreamHandler.of(new EchoService()));
                var client = StreamSocket.connect(server.local())) {
            assertTrue(told.take().contains("EPERM"));
            // Between two episodes of trying there is a pause of 5 ms, 10 ms, 20 ms …
            long longest = 0;
            long last = kernel.asked.take();
            for (int i = 1; i < 200; i++) {
                long next = kernel.asked.take();
                longest = Math.max(longest, next - last);
                last = next;
            }
            assertTrue(longest >= 20_000_000, "it spins: " + longest + " ns");
            kernel.allows = true;
            client.write("x");
            assertEquals(1, client.read(new byte[1]));
            assertEquals("recovered: 0", told.take());
            assertTrue(told.isEmpty(), "one episode, told once");
        } finally {
            Kernel.install(real);
        }
    }
}
