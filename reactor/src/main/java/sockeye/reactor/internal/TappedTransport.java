// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.reactor.Protocol;
import sockeye.reactor.Transcript.What;
import sockeye.reactor.Transport;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;

/** Changes nothing, and has somebody see everything before it happens. */
abstract class TappedTransport extends LayerTransport {
    static final ByteBuffer NOTHING = ByteBuffer.allocate(0).asReadOnlyBuffer();

    /** How many of the bytes that come next were seen already, and left unread. */
    private int seen;

    TappedTransport(Protocol above) {
        super(above);
    }

    /**
     * Something happens.
     *
     * @param bytes what comes or goes; not to be consumed or kept
     */
    abstract void sees(What what, ByteBuffer bytes);

    private void sees(What what) {
        sees(what, NOTHING);
    }

    /** The protocol above was told that it is over. */
    abstract void over();

    @Override
    public void opened(Transport lower) throws Exception {
        attach(lower);
        sees(What.OPENED);
        rise();
    }

    @Override
    public void received(Transport lower, ByteBuffer bytes) throws Exception {
        int start = bytes.position();
        int count = bytes.remaining();
        if (count > seen) {
            bytes.position(start + seen);
            sees(What.RECEIVED, bytes);
            bytes.position(start);
        }
        seen = Math.max(0, seen - count);
        deliver(bytes);
        seen += bytes.remaining();
    }

    @Override
    public void ended(Transport lower) throws Exception {
        sees(What.ENDED);
        super.ended(lower);
    }

    @Override
    public void stopping(Transport lower) throws Exception {
        sees(What.STOPPING);
        super.stopping(lower);
    }

    @Override
    public void writable(Transport lower, boolean writable) throws Exception {
        sees(writable ? What.WRITABLE : What.FULL);
        super.writable(lower, writable);
    }

    @Override
    public void closed(Transport lower, @Nullable Throwable why) throws Exception {
        attach(lower);
        sees(
                What.CLOSED,
                why == null
                        ? NOTHING
                        : ByteBuffer.wrap(why.toString().getBytes(StandardCharsets.UTF_8)));
        try {
            super.closed(lower, why);
        } finally {
            over();
        }
    }

    @Override
    public void write(ByteBuffer bytes) {
        if (bytes.hasRemaining() && isOpen()) {
            sees(What.WRITE, bytes);
        }
        super.write(bytes);
    }

    @Override
    public void pause() {
        sees(What.PAUSE);
        super.pause();
    }

    @Override
    public void resume() {
        sees(What.RESUME);
        super.resume();
    }

    @Override
    public void shutdownInput() {
        sees(What.SHUTDOWN_INPUT);
        super.shutdownInput();
    }

    @Override
    public void shutdownOutput() {
        sees(What.SHUTDOWN_OUTPUT);
        super.shutdownOutput();
    }

    @Override
    public void close() {
        if (isOpen()) {
            sees(What.CLOSE);
        }
        super.close();
    }

    @Override
    public void abort() {
        if (isOpen()) {
            sees(What.ABORT);
        }
        super.abort();
    }
}
