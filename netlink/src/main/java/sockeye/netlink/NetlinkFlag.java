// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

/**
 * The flags of a netlink message, by their kernel names. Some bits mean one thing in a request to
 * get, another in a request to make, to delete, or in an answer.
 *
 * <p>Source: {@code linux/netlink.h}, netlink(7).
 */
public final class NetlinkFlag {
    /** A request; set by every method that sends one. */
    public static final int NLM_F_REQUEST = 0x1;

    /** One of several messages, ended by NLMSG_DONE. */
    public static final int NLM_F_MULTI = 0x2;

    /** Asks for an acknowledgement; set by those methods that wait for one. */
    public static final int NLM_F_ACK = 0x4;

    /** Asks for a notification of one's own change as an answer. */
    public static final int NLM_F_ECHO = 0x8;

    /** In an answer: what is dumped has changed while it was dumped. */
    public static final int NLM_F_DUMP_INTR = 0x10;

    /** In an answer: the dump obeyed the filter of the request. */
    public static final int NLM_F_DUMP_FILTERED = 0x20;

    /** To get: all, not only what matches. */
    public static final int NLM_F_ROOT = 0x100;

    /** To get: all that match. */
    public static final int NLM_F_MATCH = 0x200;

    /** To get: a snapshot; needs CAP_NET_ADMIN, and is obsolete. */
    public static final int NLM_F_ATOMIC = 0x400;

    /** To get: a dump; set by every method that makes one. */
    public static final int NLM_F_DUMP = NLM_F_ROOT | NLM_F_MATCH;

    /** To make: in place of what is there. */
    public static final int NLM_F_REPLACE = 0x100;

    /** To make: only if there is none yet. */
    public static final int NLM_F_EXCL = 0x200;

    /** To make: if there is none yet. */
    public static final int NLM_F_CREATE = 0x400;

    /** To make: behind those that are there. */
    public static final int NLM_F_APPEND = 0x800;

    /** To delete: not only this but what is below it. */
    public static final int NLM_F_NONREC = 0x100;

    /** To delete: several at once. */
    public static final int NLM_F_BULK = 0x200;

    /** In an acknowledgement: the request is not repeated in full. */
    public static final int NLM_F_CAPPED = 0x100;

    /** In an acknowledgement: attributes follow that explain it. */
    public static final int NLM_F_ACK_TLVS = 0x200;

    private NetlinkFlag() {}
}
