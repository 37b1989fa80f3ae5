// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import sockeye.wire.LineFramer;

import java.nio.charset.StandardCharsets;

/**
 * {@link Frames} of lines of text in UTF-8, which end with LF or CRLF: {@code
 * reactor.listen(endpoint, Lines.to((line, transport) -> transport.write(line.toUpperCase() +
 * "\n")))}.
 *
 * <p>A line that is longer than the limit ends the connection. So does the peer's end, when what
 * there was of a last line has been handed over.
 */
public final class Lines {
    /** The longest line of {@link #to(Handler)}, in bytes without its end. */
    public static final int MAX_LENGTH = 64 << 10;

    /** What is done with a line. */
    @FunctionalInterface
    public interface Handler {
        /** A line without its end; malformed UTF-8 became U+FFFD. */
        void line(String line, Transport transport) throws Exception;
    }

    private Lines() {}

    /** Hands over lines of up to 64 KiB. */
    public static Protocol.Factory to(Handler handler) {
        return to(MAX_LENGTH, handler);
    }

    /** Hands over lines of up to so many bytes. */
    public static Protocol.Factory to(int maxLength, Handler handler) {
        return () -> protocol(maxLength, handler);
    }

    /** The lines of one connection. */
    public static Protocol protocol(int maxLength, Handler handler) {
        return new Frames(
                new LineFramer(maxLength),
                (frame, transport) ->
                        handler.line(new String(frame.copy(), StandardCharsets.UTF_8), transport));
    }
}
