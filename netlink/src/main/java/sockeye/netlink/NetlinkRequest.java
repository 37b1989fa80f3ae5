// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import sockeye.netlink.Wire.Nlattr;
import sockeye.netlink.Wire.Nlmsghdr;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * A message to be sent: a type, flags, and a payload. Immutable, and may be sent any number of
 * times, over any socket of its protocol.
 */
public final class NetlinkRequest {
    private final int type;
    private final int flags;
    private final byte[] payload;

    /** Where in the payload the attributes begin. */
    private final int front;

    private final String name;

    private NetlinkRequest(int type, int flags, byte[] payload, int front, String name) {
        this.type = type;
        this.flags = flags;
        this.payload = payload;
        this.front = front;
        this.name = name;
    }

    /**
     * A request.
     *
     * @param type 16 to 65535, as the protocol has it
     * @param flags those of {@link NetlinkFlag} that say how the change is meant; those that the
     *     way of sending asks for are added by it
     * @param payload writes what follows the header
     * @throws IllegalArgumentException if type or flags are out of range, or the payload cannot be
     *     written
     */
    public static NetlinkRequest of(int type, int flags, Consumer<AttributeWriter> payload) {
        if (type < NetlinkMessage.NLMSG_MIN_TYPE || type > 0xFFFF || flags >>> Short.SIZE != 0) {
            throw new IllegalArgumentException(
                    "type is 16 to 65535 and flags have 16 bits, not %d and 0x%x"
                            .formatted(type, flags));
        }
        AttributeWriter writer = new AttributeWriter();
        payload.accept(writer);
        return new NetlinkRequest(
                type, flags, writer.toBytes(), writer.front(), "request of type " + type);
    }

    /** The same request under the kernel's name, {@code "RTM_NEWLINK"}, for errors to show. */
    public NetlinkRequest named(String newName) {
        return new NetlinkRequest(type, flags, payload, front, newName);
    }

    /** The type. */
    public int type() {
        return type;
    }

    /** The flags that were given. */
    public int flags() {
        return flags;
    }

    /** What follows the header, copied. */
    public byte[] payload() {
        return payload.clone();
    }

    /** How errors call it. */
    public String name() {
        return name;
    }

    /** The whole message. */
    byte[] toBytes(int moreFlags, int sequence, int port) {
        byte[] bytes = new byte[Nlmsghdr.SIZEOF + payload.length];
        Wire.put32(bytes, Nlmsghdr.nlmsg_len, bytes.length);
        Wire.put16(bytes, Nlmsghdr.nlmsg_type, type);
        Wire.put16(bytes, Nlmsghdr.nlmsg_flags, flags | moreFlags);
        Wire.put32(bytes, Nlmsghdr.nlmsg_seq, sequence);
        Wire.put32(bytes, Nlmsghdr.nlmsg_pid, port);
        System.arraycopy(payload, 0, bytes, Nlmsghdr.SIZEOF, payload.length);
        return bytes;
    }

    /**
     * The types of the attributes from the outermost to the one that begins at an offset of the
     * message; empty if none does.
     */
    List<Integer> attributeAt(int offset) {
        int wanted = offset - Nlmsghdr.SIZEOF;
        List<Integer> path = new ArrayList<>();
        return find(front, payload.length, wanted, path) ? path : List.of();
    }

    /** Whether attributes fill a range to its end. */
    private boolean isChain(int from, int end) {
        int at = from;
        while (at < end) {
            int length = end - at < Nlattr.SIZEOF ? 0 : Wire.u16(payload, at);
            if (length < Nlattr.SIZEOF || length > end - at) {
                return false;
            }
            at += Wire.align(length);
        }
        return true;
    }

    private boolean find(int from, int end, int wanted, List<Integer> path) {
        int at = from;
        while (at <= wanted && end - at >= Nlattr.SIZEOF) {
            int length = Wire.u16(payload, at + Nlattr.nla_len);
            int start = at + Nlattr.SIZEOF;
            path.add(Wire.u16(payload, at + Nlattr.nla_type) & Wire.TYPE_BITS);
            if (at == wanted) {
                return true;
            }
            boolean within = wanted < at + length && isChain(start, at + length);
            if (within && find(start, at + length, wanted, path)) {
                return true;
            }
            path.removeLast();
            at += Wire.align(Math.max(length, Nlattr.SIZEOF));
        }
        return false;
    }

    /** Its name, flags, and how long the payload is. */
    @Override
    public String toString() {
        return "NetlinkRequest[%s, type=%d, flags=0x%x, length=%d]"
                .formatted(name, type, flags, payload.length);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof NetlinkRequest that
                && type == that.type
                && flags == that.flags
                && name.equals(that.name)
                && Arrays.equals(payload, that.payload);
    }

    @Override
    public int hashCode() {
        return 31 * type + Arrays.hashCode(payload);
    }
}
