// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.trace;

import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Label;
import jdk.jfr.Name;
import jdk.jfr.Throttle;

/** A system call failed, and an exception says so. */
@Name("sockeye.SocketError")
@Label("Socket Error")
@Description("A system call failed, and an exception says so; not for EAGAIN and EINPROGRESS")
@Throttle("100/s")
public final class SocketErrorEvent extends SocketEvent {
    @Label("Bytes Done")
    @Description("What the operation had moved before it failed")
    @DataAmount
    public long bytesDone;
}
