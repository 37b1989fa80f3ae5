// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import sockeye.wire.Framer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Supplier;

/**
 * A protocol of frames, of any framing of {@code sockeye.wire}: {@code Frames.of(() -> new
 * LengthFramer(LengthPrefix.U32_BE, 1 << 20), handler)}. Nothing is allocated per frame but what
 * the handler does.
 *
 * <p>What is no frame, and a stream that ends inside one, ends the connection. While the transport
 * is paused no frame comes, also of those that have been received. A handler that gives the
 * transport {@linkplain Transport#become to another protocol} ends the framing there: what follows
 * the frame is that one's.
 */
public final class Frames implements Protocol {
    /** What is done with a frame. */
    @FunctionalInterface
    public interface Handler {
        /**
         * A frame has come.
         *
         * @param frame shows the frame: {@link Framer#bytes()}, {@link Framer#offset()}, {@link
         *     Framer#length()}, or a {@link Framer#copy()}; valid until this returns
         */
        void frame(Framer frame, Transport transport) throws Exception;
    }

    private final Framer framer;
    private final Handler handler;

    /** The frames of one connection. */
    public Frames(Framer framer, Handler handler) {
        this.framer = framer;
        this.handler = handler;
    }

    /** Hands over the frames of each connection. */
    public static Protocol.Factory of(Supplier<? extends Framer> framers, Handler handler) {
        return () -> new Frames(framers.get(), handler);
    }

    @Override
    public void received(Transport transport, ByteBuffer bytes) throws Exception {
        // This one, or what it is wrapped in.
        Protocol outermost = transport.protocol();
        while (transport.isOpen()
                && !transport.isPaused()
                && outermost.equals(transport.protocol())) {
            switch (framer.next(bytes)) {
                case FRAME -> handler.frame(framer, transport);
                case MORE -> {
                    return;
                }
                case REFUSED -> throw new IOException(framer.refusal());
            }
        }
    }

    @Override
    public void ended(Transport transport) throws Exception {
        Protocol outermost = transport.protocol();
        switch (framer.rest()) {
            case FRAME -> handler.frame(framer, transport);
            case MORE -> {}
            case REFUSED -> throw new IOException(framer.refusal());
        }
        if (outermost.equals(transport.protocol())) {
            transport.close();
        }
    }
}
