// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.EndpointSpec;
import sockeye.OptionSetting;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/**
 * Bytes from one connection to another, no faster than the other takes them: while more than its
 * high mark waits there, nothing is received here. So a fast source and a slow sink cost what the
 * mark says, and one receive more.
 *
 * <p>For the reactor's thread; both connections are of one reactor.
 */
public final class Relay {
    private Relay() {}

    /**
     * Makes two connections each other's other end, whatever protocols they had. What is received
     * of one is written to the other, either's half-close is handed on, and what ends one ends the
     * other: in order, or by a reset.
     */
    public static void join(Transport left, Transport right) {
        requireTwo(left, right);
        left.become(new Side(right));
        right.become(new Side(left));
        start(left);
        start(right);
    }

    /**
     * Lets all that one connection receives flow into another. The source is the pipe's from now
     * on; the sink keeps its protocol. When the source ends, {@link Transport#shutdownOutput} is
     * called of the sink; when the sink is gone, the source is aborted.
     */
    public static void pipe(Transport source, Transport sink) {
        requireTwo(source, sink);
        source.become(new Source(sink));
        sink.become(new Sink(sink.protocol(), source));
        start(source);
    }

    private static void requireTwo(Transport left, Transport right) {
        if (left.equals(right)) {
            throw new IllegalArgumentException("a connection cannot be relayed to itself");
        }
        if (!left.reactor().equals(right.reactor())) {
            throw new IllegalArgumentException("the connections are of two reactors");
        }
    }

    private static void start(Transport transport) {
        if (transport.isPaused()) {
            transport.resume();
        }
    }

    /**
     * Relays each connection that is accepted to another place, which is connected to meanwhile; if
     * that fails, the client's connection is reset.
     */
    public static Protocol.Factory to(Endpoint peer, OptionSetting<?>... settings) {
        return () -> new Dialing((reactor, far) -> reactor.connect(peer, far, settings));
    }

    /** The same where a text says. */
    public static Protocol.Factory to(EndpointSpec peer, OptionSetting<?>... settings) {
        return () -> new Dialing((reactor, far) -> reactor.connect(peer, far, settings));
    }

    private interface Dial {
        CompletableFuture<Transport> connect(Reactor reactor, Protocol far);
    }

    /** A client whose other end is on its way. */
    private static final class Dialing implements Protocol {
        private final Dial dial;
        private @Nullable CompletableFuture<Transport> underWay;

        Dialing(Dial dial) {
            this.dial = dial;
        }

        @Override
        public void opened(Transport near) {
            near.pause();
            CompletableFuture<Transport> made = dial.connect(near.reactor(), new Side(near));
            underWay = made;
            var _ =
                    made.whenComplete((far, failed) -> {
                        if (failed != null) {
                            near.abort();
                        } else if (near.isOpen()) {
                            near.become(new Side(far));
                            near.resume();
                        } else {
                            far.abort();
                        }
                    });
        }

        @Override
        public void received(Transport near, ByteBuffer bytes) {
            // It is paused, and what came is kept.
        }

        @Override
        public void closed(Transport near, @Nullable Throwable why) {
            if (underWay != null) {
                underWay.cancel(false);
            }
        }
    }

    private static final class Side implements Protocol {
        private final Transport other;

        Side(Transport other) {
            this.other = other;
        }

        @Override
        public void received(Transport transport, ByteBuffer bytes) {
            other.write(bytes);
            if (!other.isWritable()) {
                transport.pause();
            }
        }

        @Override
        public void writable(Transport transport, boolean writable) {
            if (writable) {
                other.resume();
            } else {
                other.pause();
            }
        }

        @Override
        public void ended(Transport transport) {
            try {
                other.shutdownOutput();
            } catch (UnsupportedOperationException bothAtOnce) {
                other.close();
            }
        }

        @Override
        public void closed(Transport transport, @Nullable Throwable why) {
            if (why == null) {
                other.close();
            } else {
                other.abort();
            }
        }
    }

    /** The beginning of a pipe. */
    private static final class Source implements Protocol {
        private final Side side;

        Source(Transport sink) {
            this.side = new Side(sink);
        }

        @Override
        public void received(Transport source, ByteBuffer bytes) {
            side.received(source, bytes);
        }

        @Override
        public void ended(Transport source) {
            side.ended(source);
            source.close();
        }

        @Override
        public void closed(Transport source, @Nullable Throwable why) {
            if (why != null) {
                side.closed(source, why);
            }
        }
    }

    /** A protocol whose output another connection feeds. */
    private record Sink(Protocol own, Transport source) implements Protocol {
        @Override
        public void received(Transport transport, ByteBuffer bytes) throws Exception {
            own.received(transport, bytes);
        }

        @Override
        public void writable(Transport transport, boolean writable) throws Exception {
            if (writable) {
                source.resume();
            } else {
                source.pause();
            }
            own.writable(transport, writable);
        }

        @Override
        public void ended(Transport transport) throws Exception {
            own.ended(transport);
        }

        @Override
        public void closed(Transport transport, @Nullable Throwable why) throws Exception {
            source.abort();
            own.closed(transport, why);
        }
    }
}
