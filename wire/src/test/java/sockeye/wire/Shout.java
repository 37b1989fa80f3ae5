// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.nio.ByteBuffer;

/** Sends each line back in capitals: the example of docs/wire.md. */
final class Shout implements StreamMachine {
    private final LineFramer framer = new LineFramer(400);
    private long messages;

    @Override
    public void received(ByteBuffer input, Moment now, Output out) {
        while (out.open()) {
            switch (framer.next(input)) {
                case FRAME -> {
                    if (!answer(out)) {
                        framer.back(input); // no room: the same line again, after the send
                        return;
                    }
                }
                case MORE -> {
                    return;
                }
                case REFUSED -> {
                    out.close();
                }
            }
        }
    }

    @Override
    public void ended(Moment now, Output out) {
        if (framer.rest() == Framer.Found.FRAME) {
            answer(out); // an output is empty at the start of a call, so there is room
        }
        out.close();
    }

    @Override
    public long messages() {
        return messages;
    }

    private boolean answer(Output out) {
        int whole = framer.length() + framer.endLength();
        ByteBuffer answer = out.buffer();
        if (answer.remaining() < whole) {
            return false;
        }
        for (int i = 0; i < whole; i++) {
            byte b = framer.bytes().get(framer.offset() + i);
            answer.put(b >= 'a' && b <= 'z' ? (byte) (b - 32) : b);
        }
        messages++;
        return true;
    }
}
