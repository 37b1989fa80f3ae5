// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.testing;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.reactor.MessageProtocol;
import sockeye.reactor.MessageTransport;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A protocol of messages that keeps what it is told. For the reactor's thread, and for a test when
 * the reactor does not run.
 */
public final class RecordingMessages implements MessageProtocol {
    /**
     * A message that came or went.
     *
     * @param peer who sent it, or where it was sent; null where nobody says
     * @param payload what was in it
     */
    @SuppressWarnings("ArrayRecordComponent") // as it came; nobody compares messages
    public record Passed(@Nullable Endpoint peer, byte[] payload) {
        /** The payload as text in UTF-8. */
        public String text() {
            return new String(payload, StandardCharsets.UTF_8);
        }
    }

    private final List<Passed> messages = new ArrayList<>();
    private final List<IOException> failures = new ArrayList<>();
    private @Nullable MessageTransport transport;
    private @Nullable Throwable why;
    private boolean closed;

    /** One that has heard nothing. */
    public RecordingMessages() {}

    /** What has come. */
    public List<Passed> messages() {
        return List.copyOf(messages);
    }

    /** What has come, as texts. */
    public List<String> texts() {
        return messages.stream().map(Passed::text).toList();
    }

    /** What has failed. */
    public List<IOException> failures() {
        return List.copyOf(failures);
    }

    /**
     * Its transport.
     *
     * @throws IllegalStateException before it was opened
     */
    public MessageTransport transport() {
        MessageTransport known = transport;
        if (known == null) {
            throw new IllegalStateException("it has not been opened");
        }
        return known;
    }

    /** Whether it has been told that it is over. */
    public boolean isClosed() {
        return closed;
    }

    /** Why it is over, if not in order. */
    public @Nullable Throwable why() {
        return why;
    }

    @Override
    public void opened(MessageTransport opened) {
        transport = opened;
    }

    @Override
    public void received(MessageTransport from, ByteBuffer message) {
        byte[] payload = new byte[message.remaining()];
        message.get(payload);
        messages.add(new Passed(from.sender(), payload));
    }

    @Override
    public void failed(MessageTransport from, IOException failure) {
        failures.add(failure);
    }

    @Override
    public void closed(MessageTransport from, @Nullable Throwable reason) {
        closed = true;
        why = reason;
    }
}
