// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.trace;

import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Throttle;

/** A socket was closed. */
@Name("sockeye.SocketClose")
@Label("Socket Close")
@Description("A socket was closed")
@Throttle("100/s")
public final class SocketCloseEvent extends SocketEvent {
    @Label("Bytes Received")
    @Description("All that came through this socket")
    @DataAmount
    public long received;

    @Label("Bytes Sent")
    @Description("All that went through this socket")
    @DataAmount
    public long sent;
}
