// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.nio.ByteBuffer;

/**
 * Says one thing on a stream, unasked and at once, and closes. What the peer sends is thrown away;
 * the connection itself is the one message that counts.
 */
final class OneAnswer implements StreamMachine {
    private final MessageService service;
    private final PeerFacts facts;
    private boolean said;

    /**
     * @param service answers no matter what it is asked, within {@link Output#MINIMUM} bytes
     */
    OneAnswer(MessageService service, PeerFacts facts) {
        this.service = service;
        this.facts = facts;
    }

    @Override
    public void received(ByteBuffer input, Moment now, Output out) {
        say(input, now, out);
    }

    @Override
    public void quiet(Moment now, Output out) {
        say(NOTHING, now, out);
    }

    @Override
    public void ended(Moment now, Output out) {
        say(NOTHING, now, out);
    }

    private void say(ByteBuffer input, Moment now, Output out) {
        service.received(input, facts, now, out);
        out.close();
        said = true;
    }

    @Override
    public long wakeAt() {
        return said ? NEVER : AT_ONCE;
    }

    @Override
    public long messages() {
        return said ? 1 : 0;
    }

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    /** Reads over what a message says. */
    static void ignore(ByteBuffer message) {
        message.position(message.limit());
    }
}
