// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.AddressFamily.AF_TIPC;

import java.util.Map;

/**
 * An address of AF_TIPC, {@code struct sockaddr_tipc}: a service, whoever offers it and wherever in
 * the cluster; a range of services, whose every member is meant; or one socket.
 *
 * <pre>{@code
 * TipcEndpoint.service(18888, 17)                   // bound: offers it; sent to: one who does
 * TipcEndpoint.service(18888, 17).at(node)          // one who does on that node
 * TipcEndpoint.range(18888, 0, 99)                  // bound: offers all; sent to: all who do
 * TipcEndpoint.range(18888, 0, 99).with(Scope.NODE) // bound: for this node alone
 * }</pre>
 *
 * <p>All numbers are unsigned 32 bits. Service types below {@link #RESERVED_TYPES} are the kernel's
 * own. Nodes are written as the {@code tipc} command does, in hexadecimal: {@link #nodeText}.
 *
 * @see <a href="https://man7.org/linux/man-pages/man8/tipc.8.html">tipc(8)</a>
 */
public sealed interface TipcEndpoint extends Endpoint {
    /** The lowest service type that a program may bind: TIPC_RESERVED_TYPES. */
    long RESERVED_TYPES = 64;

    /**
     * The service type under which each node of the cluster is published, its instance the node.
     */
    long NODE_STATE = 0;

    /** The service type of each node's topology server, instance 1. */
    long TOPOLOGY_SERVER = 1;

    /** The service type under which each link of this node is published, its instance the peer. */
    long LINK_STATE = 2;

    /** The most bytes of one message: TIPC_MAX_USER_MSG_SIZE. A stream has no such limit. */
    int MAX_MESSAGE = 66_000;

    /** Who can find what is bound. */
    enum Scope {
        /** All nodes of the cluster: TIPC_CLUSTER_SCOPE. */
        CLUSTER(2),
        /** This node alone: TIPC_NODE_SCOPE. */
        NODE(3);

        private final int number;

        Scope(int number) {
            this.number = number;
        }

        /** The kernel's number. */
        int number() {
            return number;
        }

        /** The kernel takes all but one for the cluster. */
        static Scope of(int number) {
            return number == NODE.number ? NODE : CLUSTER;
        }
    }

    /**
     * A service. Bound, the socket offers it, beside any others that do. Connected or sent to, the
     * kernel chooses one of them, in turn and wherever they are; a node that was given an address
     * ({@code tipc node set address}) rather than an identity takes its own first.
     *
     * @param type the service type
     * @param instance the instance of the service
     * @param domain the one node to look at, or 0 for anywhere; of no meaning to bind
     * @param scope who can find it when it is bound; of no meaning to connect and send
     */
    record Service(long type, long instance, long domain, Scope scope) implements TipcEndpoint {
        /** Checks the numbers. */
        public Service {
            TipcSockaddr.check("service type", type);
            TipcSockaddr.check("instance", instance);
            TipcSockaddr.check("node", domain);
        }

        /** The same, to be looked for on one node alone. */
        public Service at(long node) {
            return new Service(type, instance, node, scope);
        }

        /** The same, to be bound with that scope. */
        public Service with(Scope newScope) {
            return new Service(type, instance, domain, newScope);
        }

        /** All sockets that offer it, rather than one: sent to, a multicast. */
        public ServiceRange all() {
            return new ServiceRange(type, instance, instance, scope);
        }

        @Override
        public int encode(int socketFamily, byte[] sockaddr) {
            TipcSockaddr.put(
                    sockaddr,
                    TipcSockaddr.TIPC_SERVICE_ADDR,
                    scope.number(),
                    type,
                    instance,
                    domain);
            return TipcSockaddr.SIZEOF;
        }

        @Override
        public String toString() {
            return TipcText.of(this);
        }
    }

    /**
     * All services of a type from one instance to another. Bound, the socket offers each of them.
     * Sent to, every socket that offers any of them gets the message once: a multicast. Not for
     * connect (EINVAL).
     *
     * @param type the service type
     * @param lower the first instance
     * @param upper the last, not below the first
     * @param scope who can find them when they are bound; of no meaning to send
     */
    record ServiceRange(long type, long lower, long upper, Scope scope) implements TipcEndpoint {
        /** Checks the numbers. */
        public ServiceRange {
            TipcSockaddr.check("service type", type);
            TipcSockaddr.check("instance", lower);
            TipcSockaddr.check("instance", upper);
            if (lower > upper) {
                throw new IllegalArgumentException(
                        "a range that ends before it begins: " + lower + "-" + upper);
            }
        }

        /** The same, to be bound with that scope. */
        public ServiceRange with(Scope newScope) {
            return new ServiceRange(type, lower, upper, newScope);
        }

        /** Whether the two have an instance in common. */
        public boolean overlaps(ServiceRange other) {
            return type == other.type && lower <= other.upper && other.lower <= upper;
        }

        @Override
        public int encode(int socketFamily, byte[] sockaddr) {
            TipcSockaddr.put(
                    sockaddr, TipcSockaddr.TIPC_SERVICE_RANGE, scope.number(), type, lower, upper);
            return TipcSockaddr.SIZEOF;
        }

        @Override
        public String toString() {
            return TipcText.of(this);
        }
    }

    /**
     * One socket: what getsockname(2), getpeername(2) and a received message give. Not for bind
     * (EAFNOSUPPORT).
     *
     * @param ref the socket's number on its node, new for each socket
     * @param node the node's address
     */
    record SocketId(long ref, long node) implements TipcEndpoint {
        /** Checks the numbers. */
        public SocketId {
            TipcSockaddr.check("socket", ref);
            TipcSockaddr.check("node", node);
        }

        @Override
        public int encode(int socketFamily, byte[] sockaddr) {
            TipcSockaddr.put(sockaddr, TipcSockaddr.TIPC_SOCKET_ADDR, 0, ref, node, 0);
            return TipcSockaddr.SIZEOF;
        }

        @Override
        public String toString() {
            return TipcText.of(this);
        }
    }

    /**
     * A member of a group, as a message received in the group gives it: a socket, and the instance
     * by which it joined. As an address to send to it is that socket.
     *
     * @param socket the member's socket
     * @param group the type of the group
     * @param instance the instance that the member has in it
     */
    record Member(SocketId socket, long group, long instance) implements TipcEndpoint {
        /** Checks the numbers. */
        public Member {
            TipcSockaddr.check("group", group);
            TipcSockaddr.check("instance", instance);
        }

        @Override
        public int encode(int socketFamily, byte[] sockaddr) {
            return TipcSockaddr.putMember(sockaddr, this);
        }

        @Override
        public String toString() {
            return TipcText.of(this);
        }
    }

    /**
     * A service anywhere in the cluster, bound for the whole cluster.
     *
     * @throws IllegalArgumentException if a number is not 0 to 4294967295
     */
    static Service service(long type, long instance) {
        return new Service(type, instance, 0, Scope.CLUSTER);
    }

    /**
     * All services of a type from one instance to another, bound for the whole cluster.
     *
     * @throws IllegalArgumentException if a number is not 0 to 4294967295, or the last is below the
     *     first
     */
    static ServiceRange range(long type, long lower, long upper) {
        return new ServiceRange(type, lower, upper, Scope.CLUSTER);
    }

    /** All services of a type. */
    static ServiceRange all(long type) {
        return range(type, 0, 0xFFFF_FFFFL);
    }

    /**
     * One socket of one node.
     *
     * @throws IllegalArgumentException if a number is not 0 to 4294967295
     */
    static SocketId socket(long ref, long node) {
        return new SocketId(ref, node);
    }

    /**
     * Reads {@code 18888/17}, {@code 18888/0-99}, {@code 1527097438@1001001} or {@code
     * 4711/3#1527097438@1001001} (a member of a group); the first two may have {@code ?scope=node},
     * the first {@code ?domain=1001001}. The inverse of {@code toString}. The text of an {@link
     * EndpointSpec} is that, behind its scheme.
     *
     * @throws IllegalArgumentException if the text is no TIPC address
     */
    static TipcEndpoint parse(String text) {
        return TipcText.parse(text);
    }

    /**
     * A node's address as text: its hash in hexadecimal, {@code 1001001}, as the {@code tipc}
     * command shows it.
     *
     * @throws IllegalArgumentException if it is not 0 to 4294967295
     */
    static String nodeText(long node) {
        TipcSockaddr.check("node", node);
        return Long.toHexString(node);
    }

    /**
     * A node's address from its hash in hexadecimal, {@code 1001001}, or from the older form with
     * zone, cluster and node in decimal, {@code 1.1.1} or {@code <1.1.1>}.
     *
     * @throws IllegalArgumentException if the text is neither
     */
    static long parseNode(String text) {
        long node = TipcText.node(text);
        if (node < 0) {
            throw new IllegalArgumentException(
                    "not a TIPC node, as 1001001 or 1.1.1: " + Percent.quote(text));
        }
        return node;
    }

    @Override
    default int family() {
        return AF_TIPC;
    }

    /** The address without scope and domain; of a member of a group, its socket. */
    @Override
    default EndpointTarget target() {
        return new EndpointTarget.Tipc(TipcText.bare(this));
    }

    /** Scope and domain, as far as they are not the usual ones. */
    @Override
    default Map<String, String> options() {
        return TipcText.options(this);
    }
}
