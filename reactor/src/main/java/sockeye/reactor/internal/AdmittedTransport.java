// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.LinuxSocket;
import sockeye.reactor.Protocol;
import sockeye.reactor.Transport;
import sockeye.wire.Rejection;

import java.util.function.Function;

/** Has who comes judged, and is nothing but a place that is taken afterwards. */
public final class AdmittedTransport extends LayerTransport implements Entry.Guest {
    private final Entry.Rules rules;
    private final Function<Rejection, @Nullable Protocol> overflow;
    private @Nullable Entry entry;

    /**
     * Beneath this protocol.
     *
     * @param overflow who has the connection of one who is turned away; null for nobody
     */
    public AdmittedTransport(
            Entry.Rules rules, Function<Rejection, @Nullable Protocol> overflow, Protocol above) {
        super(above);
        this.rules = rules;
        this.overflow = overflow;
    }

    @Override
    public void opened(Transport lower) throws Exception {
        attach(lower);
        var mine = new Entry(rules, this, (Loop) lower.reactor());
        entry = mine;
        mine.come(lower.peer(), () -> lower.unwrap(LinuxSocket.class));
    }

    @Override
    public void hold() {
        below().pause();
    }

    @Override
    public void begin(boolean held) {
        if (below().isOpen()) {
            if (held) {
                below().resume();
            }
            rise();
        }
    }

    @Override
    public boolean turnAway(Rejection why, boolean cutOff) {
        Protocol told = cutOff ? null : overflow.apply(why);
        if (told != null) {
            become(told);
            rise();
        } else if (cutOff) {
            below().abort();
        } else {
            below().close();
        }
        return told != null;
    }

    @Override
    public void cutOff(Throwable why) {
        fail(why);
    }

    @Override
    public void closed(Transport lower, @Nullable Throwable why) throws Exception {
        Entry mine = entry;
        if (mine != null) {
            mine.left();
        }
        super.closed(lower, why);
    }

    @Override
    protected boolean passesBytesOn() {
        return true;
    }
}
