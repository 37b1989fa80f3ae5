// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.reactor.MessageLayer;
import sockeye.reactor.MessageProtocol;
import sockeye.reactor.MessageTransport;
import sockeye.wire.TimeLimits;

import java.nio.ByteBuffer;

/** {@link TimedTransport} for messages, of which empty ones count too. */
public final class TimedMessages extends MessageLayerTransport implements Timekeeping.Subject {
    private final Timekeeping.Rules rules;
    private @Nullable Timekeeping time;
    private long messages;
    private long received;
    private long written;

    private TimedMessages(Timekeeping.Rules rules, MessageProtocol above) {
        super(above);
        this.rules = rules;
    }

    /** Holds sockets to these. */
    public static MessageLayer layer(TimeLimits limits) {
        var rules = new Timekeeping.Rules(limits);
        return above -> new TimedMessages(rules, above);
    }

    @Override
    public void opened(MessageTransport lower) throws Exception {
        var mine = new Timekeeping(rules, this, (Loop) lower.reactor());
        time = mine;
        super.opened(lower);
        mine.awaitHandshake();
    }

    @Override
    public void received(MessageTransport lower, ByteBuffer message) throws Exception {
        messages++;
        received += 1 + message.remaining();
        super.received(lower, message);
    }

    @Override
    void pass(Chunk message) {
        written += 1 + message.length();
        super.pass(message);
    }

    @Override
    public void closed(MessageTransport lower, @Nullable Throwable why) throws Exception {
        Timekeeping mine = time;
        if (mine != null) {
            time = null;
            mine.end();
        }
        super.closed(lower, why);
    }

    // What is to be seen.

    @Override
    public long received() {
        return received;
    }

    @Override
    public long sent() {
        return written - pending();
    }

    @Override
    public long messages() {
        return messages;
    }

    @Override
    public boolean awaitsInput() {
        return isUp() && !isPaused() && pending() == 0;
    }

    @Override
    public boolean awaitsOutput() {
        return pending() > 0;
    }

    @Override
    public boolean isUp() {
        return top().isRisen();
    }

    private MessageLayerTransport top() {
        MessageLayerTransport each = this;
        while (each.isRisen() && each.protocol() instanceof MessageLayerTransport next) {
            each = next;
        }
        return each;
    }

    @Override
    public boolean hasInput() {
        return lowest().hasInput();
    }

    @Override
    public void cutOff(Throwable why) {
        fail(why);
    }

    @Override
    public void finish(Throwable why) {
        top().end(why);
    }
}
