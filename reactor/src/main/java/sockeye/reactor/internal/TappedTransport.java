// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.reactor.Protocol;
import sockeye.reactor.Transcript.What;
import sockeye.reactor.Transport;

import java.nio.ByteBuffer;
import java.util.function.Function;

/** Changes nothing, and has a {@link Tap} see everything before it happens. */
public final class TappedTransport extends LayerTransport {
    private final Function<Transport, Tap> taps;
    private @Nullable Tap made;

    /** How many of the bytes that come next were seen already, and left unread. */
    private int seen;

    /**
     * Beneath this protocol.
     *
     * @param taps makes one for the transport below
     */
    public TappedTransport(Function<Transport, Tap> taps, Protocol above) {
        super(above);
        this.taps = taps;
    }

    private Tap tap() {
        Tap known = made;
        if (known == null) {
            known = taps.apply(below());
            made = known;
        }
        return known;
    }

    @Override
    public void opened(Transport lower) throws Exception {
        attach(lower);
        tap().sees(What.OPENED);
        rise();
    }

    @Override
    public void received(Transport lower, ByteBuffer bytes) throws Exception {
        int start = bytes.position();
        int count = bytes.remaining();
        if (count > seen) {
            bytes.position(start + seen);
            tap().sees(What.RECEIVED, bytes, null);
            bytes.position(start);
        }
        seen = Math.max(0, seen - count);
        deliver(bytes);
        seen += bytes.remaining();
    }

    @Override
    public void ended(Transport lower) throws Exception {
        tap().sees(What.ENDED);
        super.ended(lower);
    }

    @Override
    public void stopping(Transport lower) throws Exception {
        tap().sees(What.STOPPING);
        super.stopping(lower);
    }

    @Override
    public void writable(Transport lower, boolean writable) throws Exception {
        tap().sees(writable ? What.WRITABLE : What.FULL);
        super.writable(lower, writable);
    }

    @Override
    public void closed(Transport lower, @Nullable Throwable why) throws Exception {
        attach(lower);
        tap().sees(What.CLOSED, why);
        try {
            super.closed(lower, why);
        } finally {
            tap().over();
        }
    }

    @Override
    public void write(ByteBuffer bytes) {
        if (bytes.hasRemaining() && isOpen()) {
            tap().sees(What.WRITE, bytes, null);
        }
        super.write(bytes);
    }

    @Override
    public void pause() {
        tap().sees(What.PAUSE);
        super.pause();
    }

    @Override
    public void resume() {
        tap().sees(What.RESUME);
        super.resume();
    }

    @Override
    public void shutdownInput() {
        tap().sees(What.SHUTDOWN_INPUT);
        super.shutdownInput();
    }

    @Override
    public void shutdownOutput() {
        tap().sees(What.SHUTDOWN_OUTPUT);
        super.shutdownOutput();
    }

    @Override
    public void close() {
        if (isOpen()) {
            tap().sees(What.CLOSE);
        }
        super.close();
    }

    @Override
    public void abort() {
        if (isOpen()) {
            tap().sees(What.ABORT);
        }
        super.abort();
    }
}
