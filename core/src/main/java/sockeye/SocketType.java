// SPDX-License-Identifier: Apache-2.0
package sockeye;

/**
 * The socket types of Linux, by their kernel names: the second argument of socket(2), with the two
 * flags that may be or-ed into it.
 *
 * <p>Source: socket(2), {@code linux/net.h}.
 */
public final class SocketType {
    /** A connection that moves bytes. */
    public static final int SOCK_STREAM = 1;

    /** Messages, each on its own; may be lost, repeated or reordered, depending on the family. */
    public static final int SOCK_DGRAM = 2;

    /** Raw access to a network protocol; usually needs CAP_NET_RAW. */
    public static final int SOCK_RAW = 3;

    /** Messages delivered reliably, not necessarily in order. */
    public static final int SOCK_RDM = 4;

    /** A connection that moves messages, in order. */
    public static final int SOCK_SEQPACKET = 5;

    /** Datagram congestion control protocol. */
    public static final int SOCK_DCCP = 6;

    /** Obsolete: link-level packets; use AF_PACKET. */
    public static final int SOCK_PACKET = 10;

    /** Flag: the new descriptor is non-blocking from the start. */
    public static final int SOCK_NONBLOCK = 0x800;

    /** Flag: the new descriptor is closed on execve(2). */
    public static final int SOCK_CLOEXEC = 0x80000;

    private SocketType() {}

    /**
     * The kernel's name of a type, its flags left aside: {@code "SOCK_STREAM"} for 1, {@code
     * "SOCK_9"} for a number without a name.
     */
    public static String nameOf(int type) {
        int bare = type & ~(SOCK_NONBLOCK | SOCK_CLOEXEC);
        return switch (bare) {
            case SOCK_STREAM -> "SOCK_STREAM";
            case SOCK_DGRAM -> "SOCK_DGRAM";
            case SOCK_RAW -> "SOCK_RAW";
            case SOCK_RDM -> "SOCK_RDM";
            case SOCK_SEQPACKET -> "SOCK_SEQPACKET";
            case SOCK_DCCP -> "SOCK_DCCP";
            case SOCK_PACKET -> "SOCK_PACKET";
            default -> "SOCK_" + bare;
        };
    }
}
