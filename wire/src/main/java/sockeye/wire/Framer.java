// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import org.jspecify.annotations.Nullable;

import java.nio.ByteBuffer;

/**
 * Cuts a stream of bytes into frames, whatever pieces the stream comes in; bounded, and each byte
 * is looked at once.
 *
 * <p>Pulled: {@code while (framer.next(input) == FRAME)} handle the frame. A frame that lies whole
 * in the input is shown there, without a copy; one that came in pieces is collected in an array of
 * the framer's own, which grows with what has really come, never beyond the longest frame, and is
 * given up afterwards unless it is small. A framer that holds no unfinished frame holds no bytes.
 *
 * <p>A frame is seen through {@link #bytes()}, {@link #offset()}, {@link #length()} and {@link
 * #endLength()}: no object is made for it. It is valid until the framer is called next, or the
 * input buffer is changed.
 *
 * <p>Sealed: each framing is a subclass in this package. Not safe for use by several threads at a
 * time.
 */
public abstract sealed class Framer
        permits DelimiterFramer,
                FixedFramer,
                LengthFramer,
                LineFramer,
                NetstringFramer,
                RestFramer {
    /** What {@link #next} or {@link #rest} found. */
    public enum Found {
        /** A frame; it has been consumed from the input, and can be looked at now. */
        FRAME,
        /** No whole frame: all input has been consumed, and what of a frame there is, is held. */
        MORE,
        /**
         * What came is no frame of this kind, or too long: {@link #refusal()} says why. The state
         * is final and the input is left as it is; the stream cannot be cut any further.
         */
        REFUSED
    }

    private static final int SMALLEST = 128;
    private static final int KEPT = 1024;
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    final int maxLength;

    /** How many bytes may stand around a frame that is held. */
    private final int overhead;

    private ByteBuffer held = NOTHING;
    private int heldLength;
    private boolean heldTaken;

    private ByteBuffer frame = NOTHING;
    private int frameHead;
    private int frameOffset;
    private int frameLength;
    private int frameEnd;

    private boolean putBack;
    private @Nullable String refusal;

    Framer(int maxLength, int overhead) {
        if (maxLength < 1 || maxLength > 1 << 30) {
            throw new IllegalArgumentException(
                    "the longest frame has 1 to 1073741824 bytes, not " + maxLength);
        }
        this.maxLength = maxLength;
        this.overhead = overhead;
    }

    /**
     * Looks for the next frame.
     *
     * @param input from position to limit, heap or direct, of either byte order; the position moves
     *     behind the frame, or to the limit if there is none
     */
    public final Found next(ByteBuffer input) {
        if (refusal != null) {
            return Found.REFUSED;
        }
        if (putBack) {
            putBack = false;
            if (!heldTaken) {
                // The input may be another buffer now, or compacted: the same bytes, elsewhere.
                frame = input;
                frameOffset = input.position() + frameHead;
                input.position(frameOffset + frameLength + frameEnd);
            }
            return Found.FRAME;
        }
        release();
        return find(input);
    }

    /**
     * What is held of an unfinished frame, as a frame without an end, for a stream that has ended
     * or a peer that has fallen silent: FRAME, or MORE if nothing is held, or REFUSED if that is no
     * frame.
     */
    public final Found rest() {
        if (refusal != null) {
            return Found.REFUSED;
        }
        if (putBack) {
            throw new IllegalStateException("a frame was put back and has not been read again");
        }
        release();
        return heldLength == 0 ? Found.MORE : finish();
    }

    /**
     * Puts the frame just found back, for when there is no room now to handle it: {@link #next}
     * will find it again without looking for it. The position of the input moves back before it,
     * unless the frame came in pieces: then it is still held, and nothing of it is in the input.
     *
     * @param input the buffer that {@link #next} found it in
     */
    public final void back(ByteBuffer input) {
        if (!heldTaken) {
            input.position(input.position() - frameHead - frameLength - frameEnd);
        }
        putBack = true;
    }

    /** The buffer that has the frame; its position and limit say nothing about it. */
    public final ByteBuffer bytes() {
        return frame;
    }

    /** Where the frame begins, an index into {@link #bytes()}. */
    public final int offset() {
        return frameOffset;
    }

    /** How many bytes the frame has, without what ends or announces it. */
    public final int length() {
        return frameLength;
    }

    /** A copy of the frame, without what ends or announces it. */
    public final byte[] copy() {
        byte[] copy = new byte[frameLength];
        frame.get(frameOffset, copy);
        return copy;
    }

    /** How many bytes right behind the frame end it (LF 1, CRLF 2), 0 if nothing does. */
    public final int endLength() {
        return frameEnd;
    }

    /** How many bytes of an unfinished frame are held. */
    public final int held() {
        return heldTaken ? 0 : heldLength;
    }

    /** The most bytes that a frame may have. */
    public final int maxLength() {
        return maxLength;
    }

    /** Why the stream was refused, half a sentence; null if it was not. */
    public final @Nullable String refusal() {
        return refusal;
    }

    /** Looks for a frame in what is held and this input, and consumes it. */
    abstract Found find(ByteBuffer input);

    /** What is held, at least one byte, becomes a frame. */
    abstract Found finish();

    final int heldLength() {
        return heldLength;
    }

    /** One byte of what is held and this input behind it, 0 to 255. */
    final int byteAt(ByteBuffer input, int index) {
        int ofInput = index - heldLength;
        return Byte.toUnsignedInt(
                ofInput < 0 ? held.get(index) : input.get(input.position() + ofInput));
    }

    final byte lastHeld() {
        return held.get(heldLength - 1);
    }

    final Found refuse(String why) {
        refusal = why;
        return Found.REFUSED;
    }

    /**
     * A frame that begins with what is held, or with the input: consumes as much of it as there is.
     *
     * @param head how many bytes announce it
     * @param end how many bytes end it
     */
    final Found whole(ByteBuffer input, int head, int length, int end) {
        int missing = head + length + end - heldLength;
        if (missing > input.remaining()) {
            hold(input, input.remaining());
            return Found.MORE;
        }
        if (heldLength == 0) {
            return frameIn(input, head, length, end);
        }
        hold(input, missing);
        return frameHeld(head, length, end);
    }

    /** The frame lies in the input: consumes it and what announces and ends it. */
    final Found frameIn(ByteBuffer input, int head, int length, int end) {
        frame = input;
        frameHead = head;
        frameOffset = input.position() + head;
        frameLength = length;
        frameEnd = end;
        input.position(frameOffset + length + end);
        return Found.FRAME;
    }

    /** The frame is all that is held. */
    final Found frameHeld(int head, int length, int end) {
        frame = held;
        frameHead = head;
        frameOffset = head;
        frameLength = length;
        frameEnd = end;
        heldTaken = true;
        return Found.FRAME;
    }

    /** Consumes so many bytes of the input into what is held. */
    final void hold(ByteBuffer input, int count) {
        int length = heldLength + count;
        if (length > held.capacity()) {
            // Doubling, up to what the longest frame and its end may need.
            long capacity = Math.max(SMALLEST, Math.max(length, 2L * held.capacity()));
            ByteBuffer larger =
                    ByteBuffer.allocate((int) Math.min(capacity, (long) maxLength + overhead));
            larger.put(0, held, 0, heldLength);
            held = larger;
        }
        held.put(heldLength, input, input.position(), count);
        heldLength = length;
        input.position(input.position() + count);
    }

    private void release() {
        frame = NOTHING;
        if (heldTaken) {
            heldTaken = false;
            heldLength = 0;
            if (held.capacity() > KEPT) {
                held = NOTHING;
            }
        }
    }
}
