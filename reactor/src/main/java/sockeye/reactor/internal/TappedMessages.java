// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.reactor.MessageProtocol;
import sockeye.reactor.MessageTransport;
import sockeye.reactor.Transcript.What;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.function.Function;

/** {@link TappedTransport} for messages. */
public final class TappedMessages extends MessageLayerTransport {
    private final Function<MessageTransport, Tap> taps;
    private @Nullable Tap made;

    /**
     * Beneath this protocol.
     *
     * @param taps makes one for the transport below
     */
    public TappedMessages(Function<MessageTransport, Tap> taps, MessageProtocol above) {
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
    public void opened(MessageTransport lower) throws Exception {
        attach(lower);
        tap().sees(What.OPENED);
        rise();
    }

    @Override
    public void received(MessageTransport lower, ByteBuffer message) throws Exception {
        tap().sees(What.RECEIVED, message, isConnection() ? null : sender());
        super.received(lower, message);
    }

    @Override
    public void failed(MessageTransport lower, IOException why) throws Exception {
        tap().sees(What.FAILED, why);
        super.failed(lower, why);
    }

    @Override
    public void ended(MessageTransport lower) throws Exception {
        tap().sees(What.ENDED);
        super.ended(lower);
    }

    @Override
    public void stopping(MessageTransport lower) throws Exception {
        tap().sees(What.STOPPING);
        super.stopping(lower);
    }

    @Override
    public void writable(MessageTransport lower, boolean writable) throws Exception {
        tap().sees(writable ? What.WRITABLE : What.FULL);
        super.writable(lower, writable);
    }

    @Override
    public void closed(MessageTransport lower, @Nullable Throwable why) throws Exception {
        attach(lower);
        tap().sees(What.CLOSED, why);
        try {
            super.closed(lower, why);
        } finally {
            tap().over();
        }
    }

    @Override
    void pass(Chunk message) {
        Endpoint peer = message.nameLength == 0 ? null : lowest().channel.decode(message);
        tap().sees(What.WRITE, message.show(), peer);
        super.pass(message);
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
