// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.testing;

import org.jspecify.annotations.Nullable;

import sockeye.reactor.Protocol;
import sockeye.reactor.Transport;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/**
 * A protocol that keeps what it is told, and, if it has another inside, hands it on. Alone, it
 * receives all there is, does not close at the peer's end, and closes when its reactor stops.
 *
 * <p>For the reactor's thread, and for a test when the reactor does not run.
 */
public final class RecordingProtocol implements Protocol {
    private final @Nullable Protocol inside;
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final List<String> calls = new ArrayList<>();
    private @Nullable Transport transport;
    private @Nullable Throwable why;
    private boolean ended;
    private boolean closed;

    /** One that only listens. */
    public RecordingProtocol() {
        this(null);
    }

    private RecordingProtocol(@Nullable Protocol inside) {
        this.inside = inside;
    }

    /** One that hands on to another. */
    public static RecordingProtocol around(Protocol inside) {
        return new RecordingProtocol(inside);
    }

    /** All bytes that have come. */
    public byte[] bytes() {
        return bytes.toByteArray();
    }

    /** The same, as text in UTF-8. */
    public String text() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    /** Forgets the bytes so far. */
    public void clear() {
        bytes.reset();
    }

    /**
     * What was called, in order: {@code opened}, {@code received 5}, {@code writable}, {@code
     * full}, {@code ended}, {@code stopping}, {@code closed}.
     */
    public List<String> calls() {
        return List.copyOf(calls);
    }

    /**
     * Its transport.
     *
     * @throws IllegalStateException before it was opened
     */
    public Transport transport() {
        Transport known = transport;
        if (known == null) {
            throw new IllegalStateException("it has not been opened");
        }
        return known;
    }

    /** Whether the peer has ended its sending. */
    public boolean isEnded() {
        return ended;
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
    public void opened(Transport opened) throws Exception {
        transport = opened;
        calls.add("opened");
        if (inside != null) {
            inside.opened(opened);
        }
    }

    @Override
    public void received(Transport from, ByteBuffer received) throws Exception {
        int start = received.position();
        ByteBuffer seen = received.duplicate();
        if (inside == null) {
            received.position(received.limit());
        } else {
            inside.received(from, received);
        }
        // What is left unread comes again.
        byte[] copy = new byte[received.position() - start];
        seen.get(copy);
        bytes.writeBytes(copy);
        calls.add("received " + copy.length);
    }

    @Override
    public void ended(Transport from) throws Exception {
        ended = true;
        calls.add("ended");
        if (inside != null) {
            inside.ended(from);
        }
    }

    @Override
    public void writable(Transport from, boolean writable) throws Exception {
        calls.add(writable ? "writable" : "full");
        if (inside != null) {
            inside.writable(from, writable);
        }
    }

    @Override
    public void stopping(Transport from) throws Exception {
        calls.add("stopping");
        if (inside != null) {
            inside.stopping(from);
        } else {
            from.close();
        }
    }

    @Override
    public void closed(Transport from, @Nullable Throwable reason) throws Exception {
        closed = true;
        why = reason;
        calls.add("closed");
        if (inside != null) {
            inside.closed(from, reason);
        }
    }
}
