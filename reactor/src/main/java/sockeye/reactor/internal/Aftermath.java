// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.reactor.MessageTransport;
import sockeye.reactor.Transport;

/** Told when a connection is over, whatever protocol it has then. */
@FunctionalInterface
public interface Aftermath {
    /** It is over, and its protocol has been told; see {@code Protocol.closed}. */
    void over(@Nullable Throwable why);

    /** Has somebody told; at once if it is over already. Through all layers. */
    static void of(Transport transport, Aftermath told) {
        tell(transport.unwrap(Connection.class).orElse(null), told);
    }

    /** The same of messages. */
    static void of(MessageTransport transport, Aftermath told) {
        tell(transport.unwrap(MessageConnection.class).orElse(null), told);
    }

    private static void tell(@Nullable Member member, Aftermath told) {
        if (member == null) {
            throw new IllegalArgumentException("no connection of a reactor's");
        }
        if (member.isOver()) {
            told.over(null);
        } else {
            member.whenOver(told);
        }
    }
}
