// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.trace;

import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Threshold;
import jdk.jfr.Throttle;

/** Bytes or messages came from a socket, after as long a wait as this lasted. */
@Name("sockeye.SocketRead")
@Label("Socket Read")
@Description("Bytes or messages came from a socket, after as long a wait as this lasted")
@Threshold("1 ms")
@Throttle("100/s")
public final class SocketReadEvent extends TransferEvent {
    private static final SocketReadEvent ANY = new SocketReadEvent();

    /** Whether a recording wants them. */
    public static boolean isWanted() {
        return ANY.isEnabled();
    }
}
