// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import java.util.List;

/**
 * A condition on a socket of TCP, UDP or their like, which the kernel checks while it lists them.
 *
 * <pre>{@code
 * var filter = DiagFilter.localPort(443)
 *         .and(DiagFilter.peer("10.0.0.0/8").not())
 *         .or(DiagFilter.peerPort(8000, 8099));
 * diag.tcp(InetQuery.ALL.where(filter));
 * }</pre>
 *
 * <p>It becomes a program of INET_DIAG_REQ_BYTECODE, all of whose jumps go forward: it ends. One
 * that becomes longer than 65,528 bytes (some 3,000 conditions), or is nested more than {@link
 * #DEEPEST} deep, is refused when a query is made of it, with {@link IllegalArgumentException}.
 *
 * @see <a href="https://man7.org/linux/man-pages/man7/sock_diag.7.html">sock_diag(7)</a>
 */
public sealed interface DiagFilter {
    /** How deep conditions may be nested. */
    int DEEPEST = 64;

    /** Which end of a socket. */
    enum Side {
        /** What it is bound to. */
        LOCAL,
        /** What it is connected to. */
        PEER
    }

    /**
     * The port is in a range.
     *
     * @param side whose port
     * @param from the lowest, 0 to 65535
     * @param to the highest, not below it
     */
    record Ports(Side side, int from, int to) implements DiagFilter {
        /**
         * Checks the range.
         *
         * @throws IllegalArgumentException if it is no range of ports
         */
        public Ports {
            if (from < 0 || to > 0xFFFF || from > to) {
                throw new IllegalArgumentException(
                        "ports are 0 to 65535, not %d to %d".formatted(from, to));
            }
        }
    }

    /**
     * The address is in a network. One of IPv4 is also looked for within IPv6 (::ffff:192.0.2.1),
     * where a socket for both has it; with the length 0 it means all of IPv4.
     *
     * @param side whose address
     * @param prefix the network
     */
    record Network(Side side, IpPrefix prefix) implements DiagFilter {}

    /**
     * It is bound to an interface.
     *
     * @param index the interface's, more than 0
     */
    record OnLink(int index) implements DiagFilter {
        /**
         * Checks the index.
         *
         * @throws IllegalArgumentException if it is not more than 0
         */
        public OnLink {
            if (index <= 0) {
                throw new IllegalArgumentException("no index of an interface: " + index);
            }
        }
    }

    /**
     * The bits of a mask in its SO_MARK are these. The kernel lets only who has CAP_NET_ADMIN ask
     * (EPERM); since Linux 4.7.
     *
     * @param value the bits, within the mask
     * @param mask which bits count; 0 to 4294967295, both
     */
    record Mark(long value, long mask) implements DiagFilter {
        /**
         * Checks the numbers.
         *
         * @throws IllegalArgumentException if one is not of 32 bits, or a bit is not in the mask
         */
        public Mark {
            if (mask >>> Integer.SIZE != 0 || (value & ~mask) != 0) {
                throw new IllegalArgumentException(
                        "no mark with its mask: 0x%x/0x%x".formatted(value, mask));
            }
        }
    }

    /**
     * It belongs to a control group of version 2; since Linux 5.8.
     *
     * @param id the inode number of the group's directory
     */
    record Cgroup(long id) implements DiagFilter {}

    /** The kernel chose its port. */
    record AutoBound() implements DiagFilter {}

    /**
     * All of them hold; also if there are none.
     *
     * @param conditions which
     */
    record All(List<DiagFilter> conditions) implements DiagFilter {
        /** Copies the list. */
        public All {
            conditions = List.copyOf(conditions);
        }
    }

    /**
     * One of them holds, or more; not if there are none.
     *
     * @param conditions which
     */
    record Any(List<DiagFilter> conditions) implements DiagFilter {
        /** Copies the list. */
        public Any {
            conditions = List.copyOf(conditions);
        }
    }

    /**
     * It does not hold.
     *
     * @param condition what
     */
    record Not(DiagFilter condition) implements DiagFilter {}

    /** Its own port is this. */
    static DiagFilter localPort(int port) {
        return new Ports(Side.LOCAL, port, port);
    }

    /** Its own port is in a range, both ends included. */
    static DiagFilter localPort(int from, int to) {
        return new Ports(Side.LOCAL, from, to);
    }

    /** The peer's port is this. */
    static DiagFilter peerPort(int port) {
        return new Ports(Side.PEER, port, port);
    }

    /** The peer's port is in a range, both ends included. */
    static DiagFilter peerPort(int from, int to) {
        return new Ports(Side.PEER, from, to);
    }

    /** Its own address is this, or in this network: {@code "192.0.2.1"}, {@code "10.0.0.0/8"}. */
    static DiagFilter local(String prefix) {
        return new Network(Side.LOCAL, IpPrefix.parse(prefix));
    }

    /** The peer's address is this, or in this network. */
    static DiagFilter peer(String prefix) {
        return new Network(Side.PEER, IpPrefix.parse(prefix));
    }

    /** Both hold. */
    default DiagFilter and(DiagFilter other) {
        return new All(List.of(this, other));
    }

    /** One of them holds, or both. */
    default DiagFilter or(DiagFilter other) {
        return new Any(List.of(this, other));
    }

    /** It does not hold. */
    default DiagFilter not() {
        return new Not(this);
    }
}
