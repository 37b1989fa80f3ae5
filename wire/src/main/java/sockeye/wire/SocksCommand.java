// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import org.jspecify.annotations.Nullable;

/** What a client of SOCKS asks for; RFC 1928, section 4. */
public enum SocksCommand {
    /** A connection to the destination. */
    CONNECT(1),
    /** To be connected to, by the destination: what FTP was once in need of. */
    BIND(2),
    /** Datagrams on behalf of the client; version 5 alone has it. */
    UDP_ASSOCIATE(3);

    private final int code;

    SocksCommand(int code) {
        this.code = code;
    }

    /** The number on the wire. */
    public int code() {
        return code;
    }

    /** The one of this number in a version; null if there is none. */
    static @Nullable SocksCommand of(int version, int code) {
        return switch (code) {
            case 1 -> CONNECT;
            case 2 -> BIND;
            case 3 -> version == 5 ? UDP_ASSOCIATE : null;
            default -> null;
        };
    }
}
