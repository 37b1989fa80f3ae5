// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import sockeye.Errno;

/**
 * What a SOCKS server answers a request: RFC 1928, section 6, and the four answers of version 4,
 * which says of nearly every failure that it is one.
 */
public enum SocksReply {
    /** The connection is made. */
    GRANTED(0, 90, "granted"),
    /** It is not, for a reason that has no number. */
    FAILED(1, 91, "general failure"),
    /** The server's rules are against it. */
    NOT_ALLOWED(2, 91, "not allowed by the rules"),
    /** ENETUNREACH. */
    NETWORK_UNREACHABLE(3, 91, "network unreachable"),
    /** EHOSTUNREACH; also a name that nobody has. */
    HOST_UNREACHABLE(4, 91, "host unreachable"),
    /** ECONNREFUSED. */
    CONNECTION_REFUSED(5, 91, "connection refused"),
    /** ETIMEDOUT, or the server's own patience: in the RFC's words, TTL expired. */
    TIMED_OUT(6, 91, "timed out"),
    /** The server cannot do that. */
    COMMAND_NOT_SUPPORTED(7, 91, "command not supported"),
    /** The server knows no such kind of address. */
    ADDRESS_NOT_SUPPORTED(8, 91, "kind of address not supported"),
    /** Version 4: the server wants to ask the client's identd, and there is none. */
    NO_IDENT(1, 92, "no identd at the client"),
    /** Version 4: the client's identd names another user. */
    OTHER_IDENT(1, 93, "identd names another user");

    private final int version5;
    private final int version4;
    private final String text;

    SocksReply(int version5, int version4, String text) {
        this.version5 = version5;
        this.version4 = version4;
        this.text = text;
    }

    /** The number of a version, 4 or 5. */
    public int code(int version) {
        return version == 4 ? version4 : version5;
    }

    /** In words. */
    public String text() {
        return text;
    }

    /**
     * The one of this number in a version; {@link #FAILED} for a number that neither knows.
     *
     * @param version 4 or 5
     */
    public static SocksReply of(int version, int code) {
        for (SocksReply each : values()) {
            if (each.code(version) == code) {
                return each;
            }
        }
        return FAILED;
    }

    /** What to answer when a connect has failed. */
    public static SocksReply of(Errno errno) {
        return switch (errno.symbol()) {
            case "ECONNREFUSED", "ECONNRESET" -> CONNECTION_REFUSED;
            case "ENETUNREACH", "ENETDOWN" -> NETWORK_UNREACHABLE;
            case "EHOSTUNREACH", "EHOSTDOWN" -> HOST_UNREACHABLE;
            case "ETIMEDOUT" -> TIMED_OUT;
            case "EACCES", "EPERM" -> NOT_ALLOWED; // a firewall of the server's own
            case "EAFNOSUPPORT" -> ADDRESS_NOT_SUPPORTED;
            default -> FAILED;
        };
    }
}
