// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

/** How the connections of a listener come to the reactors of a {@link ReactorGroup}. */
public enum Spreading {
    /**
     * The kernel gives them out, where the family can: TCP and UDP. Each reactor has a socket of
     * its own with SO_REUSEPORT, and the kernel chooses by a hash of the addresses (socket(7)). No
     * thread hands anything to another; a few connections may be spread unevenly. Elsewhere as
     * {@link #HAND_OVER}.
     */
    BY_KERNEL,
    /**
     * One reactor accepts, and hands each connection over to the one that has the fewest, before
     * anything has been read. Even for few connections, and for every family; each costs a task in
     * another thread.
     */
    HAND_OVER
}
