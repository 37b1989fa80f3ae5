// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.trace;

import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Throttle;

/** A listening socket was waited at, and gave a connection. */
@Name("sockeye.SocketAccept")
@Label("Socket Accept")
@Description("A listening socket was waited at, and gave a connection")
@Throttle("100/s")
public final class SocketAcceptEvent extends SocketEvent {
    private static final SocketAcceptEvent ANY = new SocketAcceptEvent();

    /** Whether a recording wants them. */
    public static boolean isWanted() {
        return ANY.isEnabled();
    }
}
