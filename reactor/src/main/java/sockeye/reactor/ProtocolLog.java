// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import sockeye.reactor.internal.LoggedTransport;

import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Function;

/**
 * Logs what a protocol is told and does, a line each, with a prefix by which the lines of one
 * connection are found again:
 *
 * <pre>
 * [7 tcp:192.0.2.1:4711] received 6 "HELO x"
 * [7 tcp:192.0.2.1:4711] write 10 "250 hello\n"
 * </pre>
 *
 * <p>The words are those of {@link Transcript.What}; bytes are escaped as in a {@link Transcript},
 * so that no peer can forge a line. Put it where you want to look: below TLS it shows records,
 * above it what is in them. On a connection that begins while the logger does not log at that level
 * there is no layer, and nothing to pay for.
 *
 * <p>Immutable, but for the number of connections.
 */
public final class ProtocolLog implements Layer {
    private static final int SHOWN = 64;

    private final LoggedTransport.Style style;

    private ProtocolLog(LoggedTransport.Style style) {
        this.style = style;
    }

    /** At DEBUG, the first 64 bytes of each piece, with the connection's number and its peer. */
    public static ProtocolLog to(System.Logger logger) {
        var count = new AtomicLong();
        return new ProtocolLog(
                new LoggedTransport.Style(
                        Objects.requireNonNull(logger),
                        System.Logger.Level.DEBUG,
                        below -> "[%d %s]".formatted(count.incrementAndGet(), below.peer()),
                        SHOWN));
    }

    /** The same at another level. */
    public ProtocolLog at(System.Logger.Level level) {
        return new ProtocolLog(
                new LoggedTransport.Style(style.logger(), level, style.prefixes(), style.shown()));
    }

    /**
     * The same with other prefixes.
     *
     * @param prefixes what the lines of a connection begin with; asked once for each, with the
     *     transport below
     */
    public ProtocolLog withPrefix(Function<Transport, String> prefixes) {
        return new ProtocolLog(
                new LoggedTransport.Style(style.logger(), style.level(), prefixes, style.shown()));
    }

    /** The same showing so many bytes of each piece, 0 for none. */
    public ProtocolLog showing(int bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes: " + bytes);
        }
        return new ProtocolLog(
                new LoggedTransport.Style(style.logger(), style.level(), style.prefixes(), bytes));
    }

    @Override
    public Protocol over(Protocol above) {
        return style.logger().isLoggable(style.level()) ? new LoggedTransport(style, above) : above;
    }
}
