// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import sockeye.Endpoint;
import sockeye.testkit.NoLeaks;
import sockeye.wire.TlsContext;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeoutException;
import java.util.function.BiConsumer;

/**
 * A server that takes the first bytes of TLS and says nothing: whoever gives up waiting for the
 * connection leaves none behind.
 */
@ExtendWith(NoLeaks.class)
@Timeout(60)
class HangingHandshakeTest {
    private static final Layer NONE = above -> above;

    /** For as long as it takes: it is not this limit that ends it. */
    private static Tls client() throws IOException {
        return Tls.client(TlsContext.of(TlsPeers.client()), "localhost")
                .withHandshake(Duration.ZERO);
    }

    /** Hears the beginning of the handshake, and then has the client give up. */
    private static final class Deaf extends Recorder {
        private final Runnable givingUp;

        Deaf(Runnable givingUp) {
            this.givingUp = givingUp;
        }

        @Override
        void onReceived(Transport from, ByteBuffer received) {
            received.position(received.limit());
            givingUp.run();
        }

        @Override
        void onClosed(Transport from) {
            from.reactor().stop();
        }
    }

    /** What the future tells whose owner has given up so; the server has seen the end by then. */
    private static Throwable told(
            Engine engine,
            Layer here,
            Layer there,
            BiConsumer<Reactor, CompletableFuture<?>> givingUp)
            throws IOException {
        try (Reactor reactor = engine.open()) {
            List<CompletableFuture<Transport>> opening = new ArrayList<>();
            var server = new Deaf(() -> givingUp.accept(reactor, opening.getFirst()));
            Listening listening = reactor.listen(engine.fresh(), () -> there.over(server));
            Endpoint at = Objects.requireNonNull(listening.local());
            var client = new Recorder();
            opening.add(reactor.connect(at, here.over(client)));
            Engine.run(reactor);
            assertTrue(server.closed);
            assertEquals(List.of(), client.calls);
            return assertThrows(Throwable.class, opening.getFirst()::join);
        }
    }

    private static void within(Reactor reactor, CompletableFuture<?> opening) {
        var _ = reactor.within(Duration.ofMillis(1), opening);
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void whatIsNotThereWithinItsTimeLeavesNoConnection(Engine engine) throws Exception {
        Throwable told = told(engine, client(), NONE, HangingHandshakeTest::within);
        assertInstanceOf(CompletionException.class, told);
        assertInstanceOf(TimeoutException.class, told.getCause());
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void norDoesItIfTheHandshakeInsideAnotherHangs(Engine engine) throws Exception {
        Throwable told =
                told(
                        engine,
                        client().then(client()),
                        Tls.server(TlsContext.of(TlsPeers.server())),
                        HangingHandshakeTest::within);
        assertInstanceOf(TimeoutException.class, told.getCause());
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#all")
    void norDoesWhatIsCancelled(Engine engine) throws Exception {
        Throwable told = told(engine, client(), NONE, (reactor, opening) -> opening.cancel(false));
        assertInstanceOf(CancellationException.class, told);
    }

    @ParameterizedTest
    @MethodSource("sockeye.reactor.Engine#ofTheKernel")
    void norDoesWhatAnotherThreadCancels(Engine engine) throws Exception {
        Throwable told =
                told(
                        engine,
                        client(),
                        NONE,
                        (reactor, opening) ->
                                Thread.startVirtualThread(() -> opening.cancel(false)));
        assertInstanceOf(CancellationException.class, told);
    }
}
