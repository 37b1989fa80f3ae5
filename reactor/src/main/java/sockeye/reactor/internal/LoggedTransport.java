// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import sockeye.reactor.Protocol;
import sockeye.reactor.Transcript.What;
import sockeye.reactor.Transport;

import java.nio.ByteBuffer;
import java.util.function.Function;

/** Writes a line for each event. */
public final class LoggedTransport extends TappedTransport {
    /**
     * How.
     *
     * @param logger where to
     * @param level at which level
     * @param prefixes what each line of a connection begins with
     * @param shown how many bytes are shown
     */
    public record Style(
            System.Logger logger,
            System.Logger.Level level,
            Function<Transport, String> prefixes,
            int shown) {}

    private final Style style;
    private String prefix = "";

    /** Beneath this protocol. */
    public LoggedTransport(Style style, Protocol above) {
        super(above);
        this.style = style;
    }

    @Override
    public void opened(Transport lower) throws Exception {
        prefix = style.prefixes.apply(lower);
        super.opened(lower);
    }

    @Override
    void sees(What what, ByteBuffer bytes) {
        if (!style.logger.isLoggable(style.level)) {
            return;
        }
        var line = new StringBuilder(prefix).append(' ').append(what);
        int count = bytes.remaining();
        if (count > 0) {
            if (what != What.CLOSED) {
                line.append(' ').append(count);
            }
            if (what == What.CLOSED || style.shown > 0) {
                TranscriptText.quote(
                        bytes,
                        what == What.CLOSED ? Integer.MAX_VALUE : style.shown,
                        line.append(' '));
            }
        }
        style.logger.log(style.level, line.toString());
    }

    @Override
    void over() {
        // The last line was written.
    }
}
