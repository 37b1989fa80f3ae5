// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.NativeMessages;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;

/**
 * A piece of native memory with bytes in it, counted by those who use it; at zero it goes home. Its
 * buffer is made once, so that to show the bytes makes no object.
 */
public final class Chunk {
    /** In a chunk that has a message: the sender's or receiver's address is in front. */
    static final int NAME_BYTES = 128;

    /** Behind that, room for control messages. */
    static final int CONTROL_BYTES = 128;

    /** Who takes it back. */
    interface Home {
        void back(Chunk chunk);
    }

    final MemorySegment memory;
    final long address;
    final ByteBuffer view;

    /** What it is to its home. */
    final int id;

    private final Home home;
    private int users;

    /** The bytes that count, in a queue of output or of kept input. */
    int start;

    int end;

    /** The next in a queue of output. */
    @Nullable Chunk next;

    /** Of a message: where its name is, how long, and the flags that came with it. */
    int nameStart;

    int nameLength;
    int flags;

    /** How long the datagrams are that it is put together of; 0 if it is one. */
    int segment;

    /** Of a message: where its control messages are, and how long. */
    int controlStart;

    int controlLength;

    Chunk(Home home, int id, MemorySegment memory) {
        this.home = home;
        this.id = id;
        this.memory = memory;
        this.address = memory.address();
        this.view = memory.asByteBuffer();
    }

    /** How many bytes it has room for. */
    int capacity() {
        return view.capacity();
    }

    /** How many bytes count. */
    int length() {
        return end - start;
    }

    /** Descriptors that go, or came, with the first of the bytes. */
    @Nullable Passing passing;

    /** What is sent in its place. */
    @Nullable FilePart file;

    /** Fresh from home: one user, no bytes. */
    Chunk taken() {
        users = 1;
        start = 0;
        end = 0;
        nameLength = 0;
        controlLength = 0;
        flags = 0;
        segment = 0;
        return this;
    }

    /** A message has come, and so much beside it. */
    void beside(int at, int bytes) {
        controlStart = at;
        controlLength = bytes;
        segment = NativeMessages.segmentSize(memory, at, bytes);
    }

    /** One user more. */
    void retain() {
        users++;
    }

    /** One user less. */
    void release() {
        if (--users == 0) {
            passed();
            FilePart done = file;
            if (done != null) {
                file = null;
                done.close();
            }
            home.back(this);
        } else if (users < 0) {
            throw new AssertionError("a chunk was given back twice");
        }
    }

    /** What goes with the first byte is gone, or nobody wants it. */
    void passed() {
        Passing done = passing;
        if (done != null) {
            passing = null;
            done.close();
        }
    }

    /** Puts bytes behind those that count, as many as there is room for. */
    void append(ByteBuffer bytes) {
        int count = Math.min(bytes.remaining(), capacity() - end);
        view.clear().put(end, bytes, bytes.position(), count);
        bytes.position(bytes.position() + count);
        end += count;
    }

    /** The same of bytes of another, for which there is room. */
    void append(Chunk other, int from, int to) {
        MemorySegment.copy(other.memory, from, memory, end, to - from);
        end += to - from;
    }

    /** The bytes that count, as a buffer. */
    ByteBuffer show() {
        return view.clear().limit(end).position(start);
    }
}
