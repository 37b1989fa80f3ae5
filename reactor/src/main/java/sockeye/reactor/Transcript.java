// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import sockeye.reactor.internal.RecordingTap;
import sockeye.reactor.internal.TappedMessages;
import sockeye.reactor.internal.TappedTransport;
import sockeye.reactor.internal.TranscriptText;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;

/**
 * What has happened on one connection, seen from its protocol: what it was told and what it did, in
 * order, with the times and all bytes.
 *
 * <pre>{@code
 * Layer recorder = Transcript.recorder(1 << 20, transcript -> save(transcript.toString()));
 * reactor.listen(endpoint, tls.then(recorder).over(protocols)); // above TLS: what is inside
 * ...
 * Transcript seen = Transcript.read(text);
 * try (var peer = TestPeer.of(new MyProtocol())) {
 *     peer.play(seen);
 *     assertArrayEquals(seen.written(), peer.bytes());
 * }
 * }</pre>
 *
 * <p>Its text is lines, of the head and of one event each: seconds, what happened, of datagrams
 * {@code from "192.0.2.9:53"} or {@code to} whom, and bytes in quotes, with {@code \n \r \t \" \\}
 * and {@code \xHH} for what is no visible character of ASCII. {@link #toString()} and {@link #read}
 * are inverse. It holds what the peer has sent, passwords included: mind where you keep it.
 *
 * @param peer whose connection it was; null if that is not known
 * @param events in order
 * @param omitted how many events are missing at the end, for want of room; a last one, {@link
 *     What#CLOSED}, is there nevertheless
 */
public record Transcript(@Nullable String peer, List<Event> events, long omitted) {
    /** What an event is. */
    public enum What {
        /** {@link Protocol#opened}. */
        OPENED(true),
        /**
         * {@link Protocol#received}: with the bytes; what was left unread is not told twice. Or one
         * message.
         */
        RECEIVED(true),
        /** {@link MessageProtocol#failed}: with the reason as text. */
        FAILED(true),
        /** {@link Protocol#ended}. */
        ENDED(true),
        /** {@link Protocol#writable}, true. */
        WRITABLE(true),
        /** {@link Protocol#writable}, false. */
        FULL(true),
        /** {@link Protocol#stopping}. */
        STOPPING(true),
        /** {@link Protocol#closed}; with the reason as text, if there is one. */
        CLOSED(true),
        /** {@link Transport#write}, or a message that is sent: with the bytes. */
        WRITE(false),
        /** {@link Transport#pause}. */
        PAUSE(false),
        /** {@link Transport#resume}. */
        RESUME(false),
        /** {@link Transport#shutdownInput}. */
        SHUTDOWN_INPUT(false),
        /** {@link Transport#shutdownOutput}. */
        SHUTDOWN_OUTPUT(false),
        /** {@link Transport#close}. */
        CLOSE(false),
        /** {@link Transport#abort}. */
        ABORT(false);

        private final boolean told;

        What(boolean told) {
            this.told = told;
        }

        /** Whether the protocol was told it; else it is what the protocol did. */
        public boolean isTold() {
            return told;
        }

        /** As it stands in the text: {@code received}, {@code shutdown-output}. */
        @Override
        public String toString() {
            return TranscriptText.name(this);
        }
    }

    /**
     * One thing that has happened.
     *
     * @param at nanoseconds since the recording began, by the reactor's clock
     * @param what what it is
     * @param peer who has sent a datagram, or to whom one is sent, as {@link sockeye.Endpoint}s are
     *     as text; null if it is nobody else than the socket's own peer
     * @param bytes what has come or gone, or the reason in UTF-8; else empty. Read-only.
     */
    public record Event(long at, What what, @Nullable String peer, ByteBuffer bytes) {
        /** Keeps the bytes as they are now, by reference. */
        public Event {
            Objects.requireNonNull(what);
            if (at < 0) {
                throw new IllegalArgumentException("before the beginning: " + at);
            }
            bytes = bytes.asReadOnlyBuffer();
        }

        /** One of a connection, whose peer need not be said. */
        public Event(long at, What what, ByteBuffer bytes) {
            this(at, what, null, bytes);
        }

        /** With a position of its own. */
        @Override
        public ByteBuffer bytes() {
            return bytes.duplicate();
        }

        /** Its line in the text. */
        @Override
        public String toString() {
            return TranscriptText.line(this);
        }
    }

    /** Copies the list. */
    public Transcript {
        events = List.copyOf(events);
        if (omitted < 0) {
            throw new IllegalArgumentException("omitted: " + omitted);
        }
    }

    /**
     * Records each connection that this is put on, and hands over the transcript when it is over,
     * after its protocol was told; on the reactor's thread. A recording costs a copy of the bytes,
     * and memory that grows with them.
     *
     * @param most how many bytes one recording may take, 1,024 or more; an event takes 15 beside
     *     its own. What does not fit is counted and not kept
     * @param told what it throws goes to {@link ReactorSettings#failures}
     */
    public static Layer recorder(int most, Consumer<Transcript> told) {
        check(most, told);
        return above ->
                new TappedTransport(
                        below -> new RecordingTap(most, told, below.reactor(), below.peer()),
                        above);
    }

    /**
     * The same for messages: each socket of datagrams, each connection of records. An event is one
     * message, possibly empty, and of a datagram it says who has sent it, or to whom it goes, which
     * takes as many bytes as that has characters.
     */
    public static MessageLayer messageRecorder(int most, Consumer<Transcript> told) {
        check(most, told);
        return above ->
                new TappedMessages(
                        below -> new RecordingTap(most, told, below.reactor(), below.peer()),
                        above);
    }

    private static void check(int most, Consumer<Transcript> told) {
        Objects.requireNonNull(told);
        if (most < RecordingTap.LEAST) {
            throw new IllegalArgumentException("at least 1024 bytes: " + most);
        }
    }

    /**
     * Reads what {@link #toString()} has written.
     *
     * @throws IllegalArgumentException if the text is something else; which line, the message says
     */
    public static Transcript read(CharSequence text) {
        return TranscriptText.read(text.toString());
    }

    /** All bytes that the protocol was shown. */
    public byte[] received() {
        return all(What.RECEIVED);
    }

    /** All bytes that the protocol has written. */
    public byte[] written() {
        return all(What.WRITE);
    }

    private byte[] all(What what) {
        var bytes = new ByteArrayOutputStream();
        for (Event each : events) {
            if (each.what() == what) {
                byte[] some = new byte[each.bytes.remaining()];
                each.bytes().get(some);
                bytes.writeBytes(some);
            }
        }
        return bytes.toByteArray();
    }

    /** From the beginning to the last event. */
    public Duration length() {
        return events.isEmpty() ? Duration.ZERO : Duration.ofNanos(events.getLast().at());
    }

    /** The text. */
    @Override
    public String toString() {
        return TranscriptText.write(this);
    }
}
