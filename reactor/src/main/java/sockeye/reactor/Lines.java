// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import sockeye.wire.Framer;
import sockeye.wire.LineFramer;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/**
 * A protocol of lines of text in UTF-8, which end with LF or CRLF: {@code reactor.listen(endpoint,
 * Lines.to((line, transport) -> transport.write(line.toUpperCase() + "\n")))}.
 *
 * <p>A line that is longer than the limit ends the connection. So does the peer's end, when what
 * there was of a last line has been handed over. While the transport is paused no line comes, also
 * of those that have been received.
 */
public final class Lines implements Protocol {
    /** The longest line of {@link #to(Handler)}, in bytes without its end. */
    public static final int MAX_LENGTH = 64 << 10;

    /** What is done with a line. */
    @FunctionalInterface
    public interface Handler {
        /** A line without its end; malformed UTF-8 became U+FFFD. */
        void line(String line, Transport transport) throws Exception;
    }

    private final LineFramer framer;
    private final Handler handler;

    private Lines(int maxLength, Handler handler) {
        this.framer = new LineFramer(maxLength);
        this.handler = handler;
    }

    /** Hands over lines of up to 64 KiB. */
    public static Protocol.Factory to(Handler handler) {
        return to(MAX_LENGTH, handler);
    }

    /** Hands over lines of up to so many bytes. */
    public static Protocol.Factory to(int maxLength, Handler handler) {
        return () -> new Lines(maxLength, handler);
    }

    @Override
    public void received(Transport transport, ByteBuffer bytes) throws Exception {
        while (transport.isOpen() && !transport.isPaused()) {
            switch (framer.next(bytes)) {
                case FRAME -> handler.line(text(), transport);
                case MORE -> {
                    return;
                }
                case REFUSED -> throw new IOException(framer.refusal());
            }
        }
    }

    @Override
    public void ended(Transport transport) throws Exception {
        if (framer.rest() == Framer.Found.FRAME) {
            handler.line(text(), transport);
        }
        transport.close();
    }

    private String text() {
        byte[] line = new byte[framer.length()];
        framer.bytes().get(framer.offset(), line);
        return new String(line, StandardCharsets.UTF_8);
    }
}
