// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.trace;

import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Throttle;

/** A socket was connected, or tried to be. */
@Name("sockeye.SocketConnect")
@Label("Socket Connect")
@Description("A socket was connected, or tried to be")
@Throttle("100/s")
public final class SocketConnectEvent extends SocketEvent {
    private static final SocketConnectEvent ANY = new SocketConnectEvent();

    /** Whether a recording wants them. */
    public static boolean isWanted() {
        return ANY.isEnabled();
    }
}
