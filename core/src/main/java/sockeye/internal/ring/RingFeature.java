// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.ring;

import java.util.EnumSet;
import java.util.Set;

/**
 * What a kernel may have of io_uring, by the kernel's names, in the order of its versions. A
 * feature can be masked: then it is treated as if the kernel had it not.
 */
public enum RingFeature {
    /** What does not fit into the completion queue is kept in the kernel. Linux 5.5. */
    IORING_FEAT_NODROP,
    /** Receives wait for readiness without a worker thread. Linux 5.7. */
    IORING_FEAT_FAST_POLL,
    /** Waiting takes a timeout. Linux 5.11. */
    IORING_FEAT_EXT_ARG,
    /** A ring is made disabled, and enabled by the thread that is to use it. Linux 5.10. */
    IORING_SETUP_R_DISABLED,
    /** One bad entry does not hold up those behind it. Linux 5.18. */
    IORING_SETUP_SUBMIT_ALL,
    /** The ring itself need not be looked for whenever it is entered. Linux 5.18. */
    IORING_REGISTER_RING_FDS,
    /** No interrupt to a thread that will come by itself. Linux 5.19. */
    IORING_SETUP_COOP_TASKRUN,
    /** A ring of buffers from which the kernel takes at arrival. Linux 5.19. */
    IORING_REGISTER_PBUF_RING,
    /** One entry accepts again and again. Linux 5.19. */
    IORING_ACCEPT_MULTISHOT,
    /** All that is under way on a descriptor is cancelled by one entry. Linux 5.19. */
    IORING_ASYNC_CANCEL_FD,
    /** One thread alone submits. Linux 6.0. */
    IORING_SETUP_SINGLE_ISSUER,
    /** One entry receives again and again. Linux 6.0. */
    IORING_RECV_MULTISHOT,
    /** What is sent is not copied: send(2). Linux 6.0. */
    IORING_OP_SEND_ZC,
    /** The same for sendmsg(2), of several pieces. Linux 6.1. */
    IORING_OP_SENDMSG_ZC,
    /** Completions are made when the thread asks for them. Linux 6.1. */
    IORING_SETUP_DEFER_TASKRUN;

    /** Without these there is no reactor on a ring. */
    public static final Set<RingFeature> NEEDED =
            Set.copyOf(
                    EnumSet.of(
                            IORING_FEAT_NODROP,
                            IORING_FEAT_FAST_POLL,
                            IORING_FEAT_EXT_ARG,
                            IORING_REGISTER_PBUF_RING));
}
