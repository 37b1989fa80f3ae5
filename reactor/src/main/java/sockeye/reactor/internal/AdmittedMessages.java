// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.LinuxSocket;
import sockeye.reactor.MessageProtocol;
import sockeye.reactor.MessageTransport;
import sockeye.wire.Rejection;

import java.util.function.Function;

/** {@link AdmittedTransport} for connections of records. */
public final class AdmittedMessages extends MessageLayerTransport implements Entry.Guest {
    private final Entry.Rules rules;
    private final Function<Rejection, @Nullable MessageProtocol> overflow;
    private @Nullable Entry entry;

    /**
     * Beneath this protocol.
     *
     * @param overflow who has the connection of one who is turned away; null for nobody
     */
    public AdmittedMessages(
            Entry.Rules rules,
            Function<Rejection, @Nullable MessageProtocol> overflow,
            MessageProtocol above) {
        super(above);
        this.rules = rules;
        this.overflow = overflow;
    }

    @Override
    public void opened(MessageTransport lower) throws Exception {
        attach(lower);
        if (!lower.isConnection()) {
            throw new UnsupportedOperationException("datagrams come without being let in");
        }
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
        MessageProtocol told = cutOff ? null : overflow.apply(why);
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
    public void closed(MessageTransport lower, @Nullable Throwable why) throws Exception {
        Entry mine = entry;
        if (mine != null) {
            mine.left();
        }
        super.closed(lower, why);
    }
}
