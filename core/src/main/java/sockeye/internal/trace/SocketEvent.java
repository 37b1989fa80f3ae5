// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.trace;

import jdk.jfr.Category;
import jdk.jfr.Description;
import jdk.jfr.Event;
import jdk.jfr.Label;

import org.jspecify.annotations.Nullable;

/** What all events of sockets tell. */
@Category({"Sockeye", "Sockets"})
public abstract class SocketEvent extends Event {
    @Label("Operation")
    @Description("The system call that did it: recv, sendmsg, connect, …")
    public @Nullable String operation;

    @Label("Family")
    @Description("AF_INET, AF_UNIX, AF_TIPC, …, or a number without a name")
    public @Nullable String family;

    @Label("Descriptor")
    @Description("The descriptor's number, which the kernel uses again after a close; -1 for none")
    public int descriptor = -1;

    @Label("Local Endpoint")
    public @Nullable String local;

    @Label("Peer")
    public @Nullable String peer;

    @Label("Error")
    @Description("ECONNRESET, …, or timeout, interrupted, closed; null if it succeeded")
    public @Nullable String error;

    @Label("Error Number")
    @Description("The kernel's error number, 0 for none")
    public int errno;

    SocketEvent() {}
}
