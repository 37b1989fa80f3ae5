// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.OptionCodec.Unit.MILLISECONDS;
import static sockeye.OptionCodec.flag;
import static sockeye.OptionCodec.integer;

import java.time.Duration;
import java.util.List;

/**
 * The options of level SOL_TIPC. Those that can only be set are refused by the kernel to who reads
 * them, with EINVAL, and so they are here.
 *
 * @see <a href="https://docs.kernel.org/networking/tipc.html">TIPC</a>
 */
public final class TipcOption {
    private static final int SOL_TIPC = 271;
    private static final OptionTable TABLE = new OptionTable(SOL_TIPC);

    private TipcOption() {}

    /** How important what is sent is. Default low; a connection takes that of who connects. */
    public static final Option<TipcImportance> IMPORTANCE =
            TABLE.readWrite(
                    "TIPC_IMPORTANCE",
                    127,
                    OptionCodec.oneOf(TipcImportance.class, TipcImportance::number));

    /**
     * Whether a congested link may drop what is sent, rather than the sender waiting. Default true
     * of SOCK_DGRAM, false of the others; ENOPROTOOPT of a stream.
     */
    public static final Option<Boolean> SRC_DROPPABLE =
            TABLE.readWrite("TIPC_SRC_DROPPABLE", 128, flag());

    /**
     * Whether what cannot be delivered is dropped, rather than returned to the sender, who then
     * receives it as {@link TipcReturned}. Default true of SOCK_DGRAM and SOCK_RDM, false of
     * connections.
     */
    public static final Option<Boolean> DEST_DROPPABLE =
            TABLE.readWrite("TIPC_DEST_DROPPABLE", 129, flag());

    /**
     * How long connect may take, 0 to 65,535 ms; default 8 s. The kernel keeps 16 bits of it, and
     * heeds it for blocking sockets alone; here every connect does.
     */
    public static final Option<Duration> CONN_TIMEOUT =
            TABLE.readWrite(
                    "TIPC_CONN_TIMEOUT", 130, OptionCodec.duration(MILLISECONDS, 0, 0xFFFF));

    /** Always 0. Read-only. */
    public static final Option<Integer> NODE_RECVQ_DEPTH =
            TABLE.readOnly("TIPC_NODE_RECVQ_DEPTH", 131, integer("messages"));

    /** How many messages wait to be received. Read-only. */
    public static final Option<Integer> SOCK_RECVQ_DEPTH =
            TABLE.readOnly("TIPC_SOCK_RECVQ_DEPTH", 132, integer("messages"));

    /** Sends multicasts as broadcasts of the link layer, where all links can; only to true. */
    public static final Option<Boolean> MCAST_BROADCAST =
            TABLE.writeOnly("TIPC_MCAST_BROADCAST", 133, OptionCodec.noArgument());

    /** Sends multicasts as one message for each node that has a receiver; only to true. */
    public static final Option<Boolean> MCAST_REPLICAST =
            TABLE.writeOnly("TIPC_MCAST_REPLICAST", 134, OptionCodec.noArgument());

    /**
     * Joins a group, EACCES if the type is reserved or the socket is in a group. What is read is
     * the group's type, 0 for none, and nothing else of the request.
     */
    public static final Option<TipcGroupRequest> GROUP_JOIN =
            TABLE.readWrite("TIPC_GROUP_JOIN", 135, TipcGroupRequest.CODEC);

    /** Leaves the group; only to true. EINVAL if the socket is in none. */
    public static final Option<Boolean> GROUP_LEAVE =
            TABLE.writeOnly("TIPC_GROUP_LEAVE", 136, OptionCodec.noArgument());

    /** How much memory the messages hold that wait to be received. Read-only. */
    public static final Option<Integer> SOCK_RECVQ_USED =
            TABLE.readOnly("TIPC_SOCK_RECVQ_USED", 137, integer("bytes"));

    /**
     * Whether a stream sends at once, rather than joining small writes while earlier ones are not
     * acknowledged. Default false. Write-only.
     */
    public static final Option<Boolean> NODELAY = TABLE.writeOnly("TIPC_NODELAY", 138, flag());

    /**
     * All options of this class, in the order of their declaration.
     *
     * @return an unmodifiable list
     */
    public static List<Option<?>> all() {
        return TABLE.all();
    }
}
