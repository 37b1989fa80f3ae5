// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import java.io.IOException;
import java.io.Serial;
import java.util.List;

/**
 * A message that is not what its type says: a length that lies, a number of the wrong size, nesting
 * without end. Its text names the message, the way to the attribute, and the offset. The socket
 * stays usable: the message was received whole.
 */
public final class NetlinkDecodeException extends IOException {
    @Serial private static final long serialVersionUID = 1;

    private final int type;
    private final List<Integer> path;
    private final int offset;

    NetlinkDecodeException(int type, List<Integer> path, int offset, String problem) {
        super(text(type, path, offset, problem));
        this.type = type;
        this.path = List.copyOf(path);
        this.offset = offset;
    }

    /** For a datagram that holds no netlink messages. */
    NetlinkDecodeException(String what, int offset, String problem) {
        super("%s, at offset %d: %s".formatted(what, offset, problem));
        this.type = 0;
        this.path = List.of();
        this.offset = offset;
    }

    private static String text(int type, List<Integer> path, int offset, String problem) {
        var text = new StringBuilder("netlink message of type ").append(type);
        if (!path.isEmpty()) {
            text.append(", attribute ").append(Wire.path(path));
        }
        return text.append(", at offset ").append(offset).append(": ").append(problem).toString();
    }

    /** The message's type; 0 if there is none. */
    public int type() {
        return type;
    }

    /** The types of the attributes from the outermost to the one that is wrong; may be empty. */
    public List<Integer> attributePath() {
        return path;
    }

    /** Where in the message, in bytes from the beginning of its header. */
    public int offset() {
        return offset;
    }
}
