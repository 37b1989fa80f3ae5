// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import java.util.StringJoiner;

/**
 * The flags of send(2), recv(2) and their kin, by their kernel names; what arrives in {@code
 * msg_flags} uses the same numbers.
 *
 * <p>Source: send(2), recv(2), {@code linux/socket.h}.
 */
public final class MessageFlag {
    /** Both ways: out-of-band data; TCP's urgent byte, AF_UNIX stream's too (Linux 5.15). */
    public static final int MSG_OOB = 0x1;

    /** Receive: leave the data in the queue. */
    public static final int MSG_PEEK = 0x2;

    /** Send: only to hosts on directly attached networks. */
    public static final int MSG_DONTROUTE = 0x4;

    /** Received: ancillary data did not fit and was cut. */
    public static final int MSG_CTRUNC = 0x8;

    /** Unused by the kernel's own families. */
    public static final int MSG_PROXY = 0x10;

    /**
     * Received: the message did not fit and was cut. As an argument: return the real length of a
     * message; on TCP discard the bytes instead of copying them.
     */
    public static final int MSG_TRUNC = 0x20;

    /** Both ways: fail with EAGAIN instead of waiting, for this call only. */
    public static final int MSG_DONTWAIT = 0x40;

    /** Both ways: the end of a record. */
    public static final int MSG_EOR = 0x80;

    /** Receive: wait until the whole buffer is filled (streams). */
    public static final int MSG_WAITALL = 0x100;

    /** Internal to the kernel. */
    public static final int MSG_FIN = 0x200;

    /** Internal to the kernel. */
    public static final int MSG_SYN = 0x400;

    /** Send: the neighbour answered, no ARP probe is needed. */
    public static final int MSG_CONFIRM = 0x800;

    /** Internal to the kernel. */
    public static final int MSG_RST = 0x1000;

    /** Receive: from the error queue; ip(7), IP_RECVERR. */
    public static final int MSG_ERRQUEUE = 0x2000;

    /** Send: EPIPE without the signal SIGPIPE. */
    public static final int MSG_NOSIGNAL = 0x4000;

    /** Send: more follows; TCP holds back a partial segment, UDP joins into one datagram. */
    public static final int MSG_MORE = 0x8000;

    /** recvmmsg(2): wait for the first message only. */
    public static final int MSG_WAITFORONE = 0x10000;

    /** sendmmsg(2): more messages follow. */
    public static final int MSG_BATCH = 0x40000;

    /** Send: from the caller's pages; needs SO_ZEROCOPY, completion by the error queue. */
    public static final int MSG_ZEROCOPY = 0x4000000;

    /** Send: connect and send data in the SYN; RFC 7413. */
    public static final int MSG_FASTOPEN = 0x20000000;

    /** Receive: passed descriptors are closed on execve(2). */
    public static final int MSG_CMSG_CLOEXEC = 0x40000000;

    private static final @Nullable String[] NAMES = new String[31];

    static {
        NAMES[Integer.numberOfTrailingZeros(MSG_OOB)] = "MSG_OOB";
        NAMES[Integer.numberOfTrailingZeros(MSG_PEEK)] = "MSG_PEEK";
        NAMES[Integer.numberOfTrailingZeros(MSG_DONTROUTE)] = "MSG_DONTROUTE";
        NAMES[Integer.numberOfTrailingZeros(MSG_CTRUNC)] = "MSG_CTRUNC";
        NAMES[Integer.numberOfTrailingZeros(MSG_PROXY)] = "MSG_PROXY";
        NAMES[Integer.numberOfTrailingZeros(MSG_TRUNC)] = "MSG_TRUNC";
        NAMES[Integer.numberOfTrailingZeros(MSG_DONTWAIT)] = "MSG_DONTWAIT";
        NAMES[Integer.numberOfTrailingZeros(MSG_EOR)] = "MSG_EOR";
        NAMES[Integer.numberOfTrailingZeros(MSG_WAITALL)] = "MSG_WAITALL";
        NAMES[Integer.numberOfTrailingZeros(MSG_FIN)] = "MSG_FIN";
        NAMES[Integer.numberOfTrailingZeros(MSG_SYN)] = "MSG_SYN";
        NAMES[Integer.numberOfTrailingZeros(MSG_CONFIRM)] = "MSG_CONFIRM";
        NAMES[Integer.numberOfTrailingZeros(MSG_RST)] = "MSG_RST";
        NAMES[Integer.numberOfTrailingZeros(MSG_ERRQUEUE)] = "MSG_ERRQUEUE";
        NAMES[Integer.numberOfTrailingZeros(MSG_NOSIGNAL)] = "MSG_NOSIGNAL";
        NAMES[Integer.numberOfTrailingZeros(MSG_MORE)] = "MSG_MORE";
        NAMES[Integer.numberOfTrailingZeros(MSG_WAITFORONE)] = "MSG_WAITFORONE";
        NAMES[Integer.numberOfTrailingZeros(MSG_BATCH)] = "MSG_BATCH";
        NAMES[Integer.numberOfTrailingZeros(MSG_ZEROCOPY)] = "MSG_ZEROCOPY";
        NAMES[Integer.numberOfTrailingZeros(MSG_FASTOPEN)] = "MSG_FASTOPEN";
        NAMES[Integer.numberOfTrailingZeros(MSG_CMSG_CLOEXEC)] = "MSG_CMSG_CLOEXEC";
    }

    private MessageFlag() {}

    /**
     * The flags of a word by name, joined with {@code |}: {@code "MSG_PEEK|MSG_TRUNC"} for 0x22,
     * {@code "0"} for none; bits without a name in hexadecimal.
     */
    public static String namesOf(int flags) {
        if (flags == 0) {
            return "0";
        }
        var names = new StringJoiner("|");
        int unnamed = 0;
        for (int rest = flags; rest != 0; rest &= rest - 1) {
            int bit = Integer.numberOfTrailingZeros(rest);
            @Nullable String name = bit < NAMES.length ? NAMES[bit] : null;
            if (name != null) {
                names.add(name);
            } else {
                unnamed |= 1 << bit;
            }
        }
        if (unnamed != 0) {
            names.add("0x" + Integer.toHexString(unnamed));
        }
        return names.toString();
    }
}
