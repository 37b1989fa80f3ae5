// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.reactor.Protocol;
import sockeye.reactor.Transcript;
import sockeye.reactor.Transcript.Event;
import sockeye.reactor.Transcript.What;
import sockeye.reactor.Transport;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Keeps a recording: time, kind, length and bytes of each event, one behind the other. */
public final class RecordedTransport extends TappedTransport {
    /** The least that a recording can do with, in bytes. */
    public static final int LEAST = 1_024;

    private static final int HEAD = Long.BYTES + Byte.BYTES + Integer.BYTES;

    /** Kept free for the reason of the end. */
    private static final int LAST = 512;

    private static final List<What> KINDS = List.of(What.values());

    private final int most;
    private final Consumer<Transcript> told;
    private ByteBuffer tape = ByteBuffer.allocate(0);
    private @Nullable Endpoint peer;
    private boolean begun;
    private long beginning;
    private long omitted;

    /** Beneath this protocol. */
    public RecordedTransport(int most, Consumer<Transcript> told, Protocol above) {
        super(above);
        this.most = most;
        this.told = told;
    }

    @Override
    public void opened(Transport lower) throws Exception {
        peer = lower.peer();
        tape = ByteBuffer.allocate(LEAST);
        super.opened(lower);
    }

    @Override
    void sees(What what, ByteBuffer bytes) {
        long now = reactor().nanos();
        if (!begun) {
            begun = true;
            beginning = now;
        }
        boolean last = what == What.CLOSED;
        int count = last ? Math.min(bytes.remaining(), LAST - HEAD) : bytes.remaining();
        // What is told has no gaps: after the first that does not fit none is kept.
        if (!last && (omitted > 0 || !makeRoom(count))) {
            omitted++;
            return;
        }
        if (last) {
            reserve(tape.position() + HEAD + count);
        }
        tape.putLong(now - beginning).put((byte) KINDS.indexOf(what)).putInt(count);
        tape.put(tape.position(), bytes, bytes.position(), count);
        tape.position(tape.position() + count);
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
            int count = all.getInt();
            events.add(new Event(at, what, all.slice(all.position(), count)));
            all.position(all.position() + count);
        }
        var transcript = new Transcript(peer == null ? null : peer.toString(), events, omitted);
        try {
            told.accept(transcript);
        } catch (Throwable thrown) {
            if (reactor() instanceof Loop loop) {
                loop.report(thrown);
            }
        }
    }
}
