// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.reactor.Layer;
import sockeye.reactor.Protocol;
import sockeye.reactor.Transport;
import sockeye.wire.TimeLimits;

import java.nio.ByteBuffer;

/** Counts bytes, and nothing else: what they say of the time is for {@link Timekeeping}. */
public final class TimedTransport extends LayerTransport implements Timekeeping.Subject {
    private final Timekeeping.Rules rules;
    private @Nullable Timekeeping time;
    private long received;
    private long written;

    private TimedTransport(Timekeeping.Rules rules, Protocol above) {
        super(above);
        this.rules = rules;
    }

    /** Holds connections to these. */
    public static Layer layer(TimeLimits limits) {
        var rules = new Timekeeping.Rules(limits);
        return above -> new TimedTransport(rules, above);
    }

    @Override
    public void opened(Transport lower) throws Exception {
        var mine = new Timekeeping(rules, this, (Loop) lower.reactor());
        time = mine;
        super.opened(lower);
        mine.awaitHandshake();
    }

    @Override
    public void received(Transport lower, ByteBuffer bytes) throws Exception {
        int before = bytes.remaining();
        super.received(lower, bytes);
        received += before - bytes.remaining();
    }

    @Override
    public void write(ByteBuffer bytes) {
        written += bytes.remaining();
        super.write(bytes);
    }

    @Override
    protected boolean passesBytesOn() {
        return true; // a file counts by what is pending of it
    }

    @Override
    public void closed(Transport lower, @Nullable Throwable why) throws Exception {
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
        return -1;
    }

    @Override
    public boolean awaitsInput() {
        // A handshake has a limit of its own, and may be waiting for work of ours.
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

    private LayerTransport top() {
        LayerTransport each = this;
        while (each.isRisen() && each.protocol() instanceof LayerTransport next) {
            each = next;
        }
        return each;
    }

    @Override
    public boolean hasInput() {
        Transport lowest = below();
        while (lowest instanceof LayerTransport layer) {
            lowest = layer.below();
        }
        return lowest instanceof Connection connection && connection.hasInput();
    }

    @Override
    public void cutOff(Throwable why) {
        fail(why);
    }

    @Override
    public void finish(Throwable why) {
        // From the top, for what a layer has to say at the end: TLS does.
        top().end(why);
    }
}
