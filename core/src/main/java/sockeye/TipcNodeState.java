// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.io.IOException;
import java.util.List;
import java.util.Optional;

/**
 * Whether a node of the cluster can be reached, as the topology server tells it. The own node is
 * among them.
 *
 * <pre>{@code
 * topology.subscribe(TipcNodeState.ALL);
 * ...
 * TipcNodeState.of(topology.next()).ifPresent(node -> ...);
 * }</pre>
 *
 * @param node the node's address
 * @param up whether it is there
 */
public record TipcNodeState(long node, boolean up) {
    /** To subscribe to: the nodes, whose instance is their address. */
    public static final TipcEndpoint.ServiceRange ALL = TipcEndpoint.all(TipcEndpoint.NODE_STATE);

    /** The state that an event tells, if it is one of a node. */
    public static Optional<TipcNodeState> of(TipcTopology.Event event) {
        return switch (event) {
            case TipcTopology.Published(var _, var service, var _)
                    when service.type() == TipcEndpoint.NODE_STATE ->
                    Optional.of(new TipcNodeState(service.lower(), true));
            case TipcTopology.Withdrawn(var _, var service, var _)
                    when service.type() == TipcEndpoint.NODE_STATE ->
                    Optional.of(new TipcNodeState(service.lower(), false));
            case TipcTopology.Published _, TipcTopology.Withdrawn _, TipcTopology.TimedOut _ ->
                    Optional.empty();
        };
    }

    /** The nodes that can be reached now, by their addresses, this one among them. */
    public static List<Long> reachable() throws IOException {
        return TipcTopology.lookUp(ALL).stream()
                .map(found -> found.service().lower())
                .distinct()
                .toList();
    }

    /** {@code 1001002 up}. */
    @Override
    public String toString() {
        return TipcEndpoint.nodeText(node) + (up ? " up" : " down");
    }
}
