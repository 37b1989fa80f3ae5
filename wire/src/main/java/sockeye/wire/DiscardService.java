// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.nio.ByteBuffer;
import java.util.concurrent.atomic.LongAdder;

/**
 * Throws away what comes and never answers (RFC 863 for TCP and UDP), and counts it: a sink to
 * measure senders against. At the end of the stream it closes.
 *
 * <p>On a stream {@link StreamMachine#messages()} counts the bytes of the connection; {@link
 * #bytes()} and {@link #messages()} count for all of them together.
 */
public final class DiscardService implements StreamService, MessageService {
    private final LongAdder bytes = new LongAdder();
    private final LongAdder messages = new LongAdder();

    /** A service that has counted nothing yet. */
    public DiscardService() {}

    /** How many bytes were thrown away, of all connections and messages. */
    public long bytes() {
        return bytes.sum();
    }

    /** How many datagrams and records were thrown away, empty ones too. */
    public long messages() {
        return messages.sum();
    }

    @Override
    public StreamMachine open() {
        return new Connection();
    }

    @Override
    public void received(ByteBuffer message, Moment now, Output out) {
        bytes.add(message.remaining());
        messages.increment();
        OneAnswer.ignore(message);
    }

    @Override
    public String toString() {
        return "discard";
    }

    private final class Connection implements StreamMachine {
        private long discarded;

        @Override
        public void received(ByteBuffer input, Moment now, Output out) {
            int count = input.remaining();
            bytes.add(count);
            discarded += count;
            OneAnswer.ignore(input);
        }

        @Override
        public void ended(Moment now, Output out) {
            out.close();
        }

        @Override
        public long messages() {
            return discarded;
        }
    }
}
