// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import static java.nio.charset.StandardCharsets.UTF_8;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.reactor.Reactor;
import sockeye.reactor.Transcript;
import sockeye.reactor.Transcript.Event;
import sockeye.reactor.Transcript.What;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Keeps a recording, one event behind the other: time, kind, the lengths of the peer's name and of
 * the bytes, and these.
 */
public final class RecordingTap extends Tap {
    /** The least that a recording can do with, in bytes. */
    public static final int LEAST = 1_024;

    private static final int HEAD = Long.BYTES + Byte.BYTES + Short.BYTES + Integer.BYTES;
    private static final byte[] NOBODY = {};

    /** Kept free for the reason of the end. */
    private static final int LAST = 512;

    private static final List<What> KINDS = List.of(What.values());

    private final int most;
    private final Consumer<Transcript> told;
    private final Reactor reactor;
    private final @Nullable Endpoint peer;
    private ByteBuffer tape = ByteBuffer.allocate(LEAST);
    private boolean begun;
    private long beginning;
    private long omitted;

    /**
     * The peer whose name was last kept, and its name: datagrams often come one after the other.
     */
    private @Nullable Endpoint last;

    private byte[] lastName = NOBODY;

    /**
     * For one connection.
     *
     * @param most how many bytes it may take
     * @param peer whose connection it is; null if that is not known, or each has his own
     */
    public RecordingTap(
            int most, Consumer<Transcript> told, Reactor reactor, @Nullable Endpoint peer) {
        this.most = most;
        this.told = told;
        this.reactor = reactor;
        this.peer = peer;
    }

    @Override
    void sees(What what, ByteBuffer bytes, @Nullable Endpoint named) {
        long now = reactor.nanos();
        if (!begun) {
            begun = true;
            beginning = now;
        }
        boolean end = what == What.CLOSED;
        byte[] name = nameOf(named);
        int count = end ? Math.min(bytes.remaining(), LAST - HEAD) : bytes.remaining();
        // What is told has no gaps: after the first that does not fit none is kept.
        if (!end && (omitted > 0 || !makeRoom(name.length + count))) {
            omitted++;
            return;
        }
        if (end) {
            reserve(tape.position() + HEAD + count);
        }
        tape.putLong(now - beginning).put((byte) KINDS.indexOf(what));
        tape.putShort((short) name.length).putInt(count).put(name);
        tape.put(tape.position(), bytes, bytes.position(), count);
        tape.position(tape.position() + count);
    }

    private byte[] nameOf(@Nullable Endpoint named) {
        if (named == null) {
            return NOBODY;
        }
        if (!named.equals(last)) {
            last = named;
            lastName = named.toString().getBytes(UTF_8);
        }
        return lastName;
    }

    private boolean makeRoom(int count) {
        long needed = (long) tape.position() + HEAD + count;
        if (needed > most - LAST) {
            return false;
        }
        reserve((int) needed);
        return true;
    }

    private void reserve(int needed) {
        if (needed > tape.capacity()) {
            int size = (int) Math.min(most, Math.max(2L * tape.capacity(), needed));
            tape = ByteBuffer.allocate(size).put(tape.flip());
        }
    }

    @Override
    void over() {
        ByteBuffer all = tape.flip();
        tape = ByteBuffer.allocate(0);
        List<Event> events = new ArrayList<>();
        while (all.hasRemaining()) {
            long at = all.getLong();
            What what = KINDS.get(all.get());
            byte[] name = new byte[all.getShort()];
            int count = all.getInt();
            all.get(name);
            String named = name.length == 0 ? null : new String(name, UTF_8);
            events.add(new Event(at, what, named, all.slice(all.position(), count)));
            all.position(all.position() + count);
        }
        var transcript = new Transcript(peer == null ? null : peer.toString(), events, omitted);
        try {
            told.accept(transcript);
        } catch (Throwable thrown) {
            if (reactor instanceof Loop loop) {
                loop.report(thrown);
            }
        }
    }
}
