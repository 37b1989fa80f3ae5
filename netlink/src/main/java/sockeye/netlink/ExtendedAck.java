// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import org.jspecify.annotations.Nullable;

import sockeye.netlink.Wire.Nlmsghdr;

import java.util.List;
import java.util.OptionalInt;

/**
 * What the kernel says beside the number of an error, or beside an acknowledgement
 * (NETLINK_EXT_ACK): any of it may be missing, and older parts of the kernel say nothing at all.
 *
 * @param message a text for people, in English; null for none
 * @param offset where in the request the attribute begins that was wrong, in bytes from the
 *     beginning of its header
 * @param attributePath the types of the attributes from the outermost to the one that was wrong, as
 *     far as they can be told from the request; empty if they cannot
 * @param policy what the attribute that was wrong has to be like; null if the kernel does not say
 * @param missingType the type of an attribute that is required and was not there
 * @param missingNest where in the request the nest begins that it is missing in; empty for the
 *     outermost
 */
public record ExtendedAck(
        @Nullable String message,
        OptionalInt offset,
        List<Integer> attributePath,
        @Nullable AttributePolicy policy,
        OptionalInt missingType,
        OptionalInt missingNest) {
    private static final int NLMSGERR_ATTR_MSG = 1;
    private static final int NLMSGERR_ATTR_OFFS = 2;
    private static final int NLMSGERR_ATTR_POLICY = 4;
    private static final int NLMSGERR_ATTR_MISS_TYPE = 5;
    private static final int NLMSGERR_ATTR_MISS_NEST = 6;

    /** That nothing was said. */
    public static final ExtendedAck NONE =
            new ExtendedAck(
                    null,
                    OptionalInt.empty(),
                    List.of(),
                    null,
                    OptionalInt.empty(),
                    OptionalInt.empty());

    /** Keeps the path as it is. */
    public ExtendedAck {
        attributePath = List.copyOf(attributePath);
    }

    /** What follows the number of an NLMSG_ERROR or NLMSG_DONE, which has been read. */
    static ExtendedAck of(NetlinkMessage message, PayloadReader payload, NetlinkRequest request) {
        if (!message.has(NetlinkFlag.NLM_F_ACK_TLVS)) {
            return NONE;
        }
        if (message.type() == NetlinkMessage.NLMSG_ERROR) {
            // The header of the request, and all of it unless the answer is capped.
            int whole = payload.struct(Nlmsghdr.SIZEOF).s32(Nlmsghdr.nlmsg_len);
            if (!message.has(NetlinkFlag.NLM_F_CAPPED)) {
                payload.struct(Math.clamp(whole - Nlmsghdr.SIZEOF, 0, payload.remaining()));
            }
        }
        return of(payload.attributes(), request);
    }

    private static ExtendedAck of(AttributeReader attributes, NetlinkRequest request) {
        String text = null;
        OptionalInt offset = OptionalInt.empty();
        AttributePolicy policy = null;
        OptionalInt missingType = OptionalInt.empty();
        OptionalInt missingNest = OptionalInt.empty();
        while (attributes.next()) {
            switch (attributes.type()) {
                case NLMSGERR_ATTR_MSG -> text = attributes.string();
                case NLMSGERR_ATTR_OFFS -> offset = OptionalInt.of(attributes.s32());
                case NLMSGERR_ATTR_POLICY -> policy = AttributePolicy.of(attributes.nested());
                case NLMSGERR_ATTR_MISS_TYPE -> missingType = OptionalInt.of(attributes.s32());
                case NLMSGERR_ATTR_MISS_NEST -> missingNest = OptionalInt.of(attributes.s32());
                default -> {}
            }
        }
        List<Integer> path =
                offset.isPresent() ? request.attributeAt(offset.getAsInt()) : List.of();
        return new ExtendedAck(text, offset, path, policy, missingType, missingNest);
    }

    /** All of it in a line, empty if nothing was said. */
    @Override
    public String toString() {
        var line = new StringBuilder();
        if (message != null) {
            line.append(message);
        }
        if (offset.isPresent()) {
            separate(line).append("attribute ");
            if (!attributePath.isEmpty()) {
                line.append(Wire.path(attributePath)).append(' ');
            }
            line.append("at offset ").append(offset.getAsInt());
        }
        if (policy != null) {
            separate(line).append("expected ").append(policy);
        }
        if (missingType.isPresent()) {
            separate(line).append("attribute ").append(missingType.getAsInt()).append(" missing");
            if (missingNest.isPresent()) {
                line.append(" in the nest at offset ").append(missingNest.getAsInt());
            }
        }
        return line.toString();
    }

    private static StringBuilder separate(StringBuilder line) {
        return line.isEmpty() ? line : line.append(", ");
    }
}
