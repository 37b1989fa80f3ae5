// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.ErrnoFailure;
import sockeye.testkit.NoLeaks;

import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/** What a protocol is told from its beginning to its end, and why it ends. */
@ExtendWith(NoLeaks.class)
@Tag("D2-07")
@Timeout(60)
@SuppressWarnings("FutureReturnValueIgnored") // the protocols tell how it went
class ReasonsTest {
    /** One end of a connection; the last of two that is told its end stops the reactor. */
    private static class End implements Protocol {
        private final List<String> calls;
        private final String name;
        @Nullable Throwable why;

        End(List<String> calls, String name) {
            this.calls = calls;
            this.name = name;
        }

        private void told(String what) {
            calls.add(name + " " + what);
        }

        @Override
        public void opened(Transport transport) {
            told("opened");
        }

        @Override
        public void received(Transport transport, ByteBuffer bytes) throws Exception {
            told("received " + StandardCharsets.UTF_8.decode(bytes));
        }

        @Override
        public void ended(Transport transport) throws Exception {
            told("ended");
            transport.close();
        }

        @Override
        public void closed(Transport transport, @Nullable Throwable reason) {
            told("closed");
            why = reason;
            if (calls.stream().filter(each -> each.endsWith("closed")).count() == 2) {
                transport.reactor().stop();
            }
        }
    }

    private static List<String> of(List<String> calls, String name) {
        return calls.stream()
                .filter(each -> each.startsWith(name))
                .map(each -> each.substring(name.length() + 1))
                .toList();
    }

    private static void run(Engine engine, End client, End server) throws Exception {
        try (Reactor reactor = engine.open()) {
            Listening listening = reactor.listen(engine.fresh(), () -> server);
            reactor.connect(Objects.requireNonNull(listening.local()), client)
                    .thenAccept(transport -> transport.write("x"));
            Engine.run(reactor);
        }
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void thereIsNoReasonForAnEndInOrder(Engine engine) throws Exception {
        var calls = new ArrayList<String>();
        var client = new End(calls, "client");
        var server =
                new End(calls, "server") {
                    @Override
                    public void received(Transport transport, ByteBuffer bytes) throws Exception {
                        super.received(transport, bytes);
                        transport.close();
                    }
                };
        run(engine, client, server);
        assertEquals(List.of("opened", "ended", "closed"), of(calls, "client"));
        assertEquals(List.of("opened", "received x", "closed"), of(calls, "server"));
        assertNull(client.why);
        assertNull(server.why);
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void whoAbortsAndWhoIsResetAreToldSo(Engine engine) throws Exception {
        var calls = new ArrayList<String>();
        var client = new End(calls, "client");
        var server =
                new End(calls, "server") {
                    @Override
                    public void received(Transport transport, ByteBuffer bytes) throws Exception {
                        super.received(transport, bytes);
                        transport.abort();
                    }
                };
        run(engine, client, server);
        assertEquals(List.of("opened", "closed"), of(calls, "client"));
        assertEquals(List.of("opened", "received x", "closed"), of(calls, "server"));
        var reset = assertInstanceOf(ErrnoFailure.class, client.why);
        assertEquals("ECONNRESET", reset.errno().symbol());
        assertInstanceOf(AsynchronousCloseException.class, server.why);
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void whatAProtocolThrowsIsTheReasonOfItsEnd(Engine engine) throws Exception {
        var calls = new ArrayList<String>();
        var thrown = new IllegalStateException("no such command");
        var client = new End(calls, "client");
        var server =
                new End(calls, "server") {
                    @Override
                    public void received(Transport transport, ByteBuffer bytes) throws Exception {
                        super.received(transport, bytes);
                        throw thrown;
                    }
                };
        run(engine, client, server);
        assertEquals(thrown, server.why);
        assertInstanceOf(ErrnoFailure.class, client.why);
    }
}
