// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * Whether a link of this node to another works, as this node's topology server tells it. Two nodes
 * may have several links, of which one is enough.
 *
 * @param peer the address of the node at the other end
 * @param bearer the number of this node's bearer that the link uses, as {@link TipcNode#linkName}
 *     takes it
 * @param peerBearer the number of the peer's bearer
 * @param up whether it works
 */
public record TipcLinkState(long peer, int bearer, int peerBearer, boolean up) {
    /** To subscribe to: the links, whose instance is their peer. */
    public static final TipcEndpoint.ServiceRange ALL = TipcEndpoint.all(TipcEndpoint.LINK_STATE);

    /** The state that an event tells, if it is one of a link. */
    public static Optional<TipcLinkState> of(TipcTopology.Event event) {
        return switch (event) {
            case TipcTopology.Published(var _, var service, var socket)
                    when service.type() == TipcEndpoint.LINK_STATE ->
                    Optional.of(of(service, socket, true));
            case TipcTopology.Withdrawn(var _, var service, var socket)
                    when service.type() == TipcEndpoint.LINK_STATE ->
                    Optional.of(of(service, socket, false));
            case TipcTopology.Published _, TipcTopology.Withdrawn _, TipcTopology.TimedOut _ ->
                    Optional.empty();
        };
    }

    /** The kernel puts the two bearers where a socket has its number. */
    private static TipcLinkState of(
            TipcEndpoint.ServiceRange service, TipcEndpoint.SocketId socket, boolean up) {
        int bearers = (int) socket.ref();
        return new TipcLinkState(service.lower(), bearers & 0xFFFF, bearers >>> 16, up);
    }

    /** The links of this node that work now. */
    public static List<TipcLinkState> working() throws IOException {
        return TipcTopology.lookUp(ALL).stream()
                .map(found -> of(found.service(), found.socket(), true))
                .toList();
    }

    /** {@code 1001002 by bearer 1 up}. */
    @Override
    public String toString() {
        return TipcEndpoint.nodeText(peer) + " by bearer " + bearer + (up ? " up" : " down");
    }
}
