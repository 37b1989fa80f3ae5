// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.reactor.internal.LogTap;
import sockeye.reactor.internal.TappedMessages;
import sockeye.reactor.internal.TappedTransport;

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

    private final LogTap.Style style;
    private final Function<Transport, String> prefixes;
    private final Function<MessageTransport, String> socketPrefixes;

    private ProtocolLog(
            LogTap.Style style,
            Function<Transport, String> prefixes,
            Function<MessageTransport, String> socketPrefixes) {
        this.style = style;
        this.prefixes = prefixes;
        this.socketPrefixes = socketPrefixes;
    }

    /** At DEBUG, the first 64 bytes of each piece, with the connection's number and its peer. */
    public static ProtocolLog to(System.Logger logger) {
        var count = new AtomicLong();
        return new ProtocolLog(
                new LogTap.Style(Objects.requireNonNull(logger), System.Logger.Level.DEBUG, SHOWN),
                below -> prefix(count, below.peer()),
                below -> prefix(count, below.peer() == null ? below.local() : below.peer()));
    }

    private static String prefix(AtomicLong count, @Nullable Endpoint whose) {
        return "[%d %s]".formatted(count.incrementAndGet(), whose);
    }

    /** The same at another level. */
    public ProtocolLog at(System.Logger.Level level) {
        return new ProtocolLog(
                new LogTap.Style(style.logger(), level, style.shown()), prefixes, socketPrefixes);
    }

    /**
     * The same with other prefixes.
     *
     * @param prefixes what the lines of a connection begin with; asked once for each, with the
     *     transport below
     */
    public ProtocolLog withPrefix(Function<Transport, String> prefixes) {
        return new ProtocolLog(style, prefixes, socketPrefixes);
    }

    /** The same with other prefixes of sockets of messages. */
    public ProtocolLog withSocketPrefix(Function<MessageTransport, String> prefixes) {
        return new ProtocolLog(style, this.prefixes, prefixes);
    }

    /** The same showing so many bytes of each piece, 0 for none. */
    public ProtocolLog showing(int bytes) {
        if (bytes < 0) {
            throw new IllegalArgumentException("bytes: " + bytes);
        }
        return new ProtocolLog(
                new LogTap.Style(style.logger(), style.level(), bytes), prefixes, socketPrefixes);
    }

    @Override
    public Protocol over(Protocol above) {
        return style.isOn()
                ? new TappedTransport(below -> new LogTap(style, prefixes.apply(below)), above)
                : above;
    }

    /**
     * The same for messages: a line for each, and of a datagram from whom or to whom; what failed,
     * too. The prefix of a socket that is connected to nobody has its own address.
     *
     * <pre>
     * [3 [::]:53] received 29 from 192.0.2.1:4711 "..."
     * </pre>
     */
    public MessageLayer forMessages() {
        return above ->
                style.isOn()
                        ? new TappedMessages(
                                below -> new LogTap(style, socketPrefixes.apply(below)), above)
                        : above;
    }
}
