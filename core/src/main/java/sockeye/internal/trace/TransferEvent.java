// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.trace;

import jdk.jfr.DataAmount;
import jdk.jfr.Description;
import jdk.jfr.Label;

/** Bytes that went in or out. */
public abstract class TransferEvent extends SocketEvent {
    @Label("Bytes")
    @DataAmount
    public long bytes;

    @Label("Messages")
    @Description("How many messages they were; 0 for a stream")
    public int messages;

    TransferEvent() {}
}
