// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.reactor.Transcript.What;

import java.nio.ByteBuffer;

/** Writes a line for each event. */
public final class LogTap extends Tap {
    /**
     * How.
     *
     * @param logger where to
     * @param level at which level
     * @param shown how many bytes are shown
     */
    public record Style(System.Logger logger, System.Logger.Level level, int shown) {
        /** Whether anything is written. */
        public boolean isOn() {
            return logger.isLoggable(level);
        }
    }

    private final Style style;
    private final String prefix;

    /**
     * For one connection.
     *
     * @param prefix what each line begins with
     */
    public LogTap(Style style, String prefix) {
        this.style = style;
        this.prefix = prefix;
    }

    @Override
    void sees(What what, ByteBuffer bytes, @Nullable Endpoint peer) {
        if (!style.isOn()) {
            return;
        }
        var line = new StringBuilder(prefix).append(' ').append(what);
        int count = bytes.remaining();
        boolean reason = what == What.CLOSED || what == What.FAILED;
        if (count > 0 || peer != null) {
            if (!reason) {
                line.append(' ').append(count);
            }
            if (peer != null) {
                line.append(what.isTold() ? " from " : " to ").append(peer);
            }
            if (count > 0 && (reason || style.shown > 0)) {
                TranscriptText.quote(
                        bytes, reason ? Integer.MAX_VALUE : style.shown, line.append(' '));
            }
        }
        style.logger.log(style.level, line.toString());
    }

    @Override
    void over() {
        // The last line was written.
    }
}
