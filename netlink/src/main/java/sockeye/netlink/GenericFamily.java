// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/**
 * A family of generic netlink: a part of the kernel that is known by name, and by a number that the
 * kernel gives it when it is loaded.
 *
 * @param id its number, the type of its messages
 * @param name its name, {@code "ethtool"}
 * @param version the family's version of its protocol
 * @param headerSize how many bytes of its own follow the generic header, nearly always 0
 * @param maximumAttribute the greatest type of an attribute, 0 where each operation has its own
 * @param operations what it can be asked
 * @param groups what of it can be heard
 */
public record GenericFamily(
        int id,
        String name,
        int version,
        int headerSize,
        int maximumAttribute,
        List<GenericOperation> operations,
        List<GenericGroup> groups) {
    private static final int CTRL_ATTR_FAMILY_ID = 1;
    private static final int CTRL_ATTR_FAMILY_NAME = 2;
    private static final int CTRL_ATTR_VERSION = 3;
    private static final int CTRL_ATTR_HDRSIZE = 4;
    private static final int CTRL_ATTR_MAXATTR = 5;
    private static final int CTRL_ATTR_OPS = 6;
    private static final int CTRL_ATTR_MCAST_GROUPS = 7;
    private static final int CTRL_ATTR_OP_ID = 1;
    private static final int CTRL_ATTR_OP_FLAGS = 2;
    private static final int CTRL_ATTR_MCAST_GRP_NAME = 1;
    private static final int CTRL_ATTR_MCAST_GRP_ID = 2;

    /** Keeps the lists as they are, and checks the number. */
    public GenericFamily {
        if (id < NetlinkMessage.NLMSG_MIN_TYPE || id > 0xFFFF) {
            throw new IllegalArgumentException("no number of a family: " + id);
        }
        operations = List.copyOf(operations);
        groups = List.copyOf(groups);
    }

    /** Decodes an answer to CTRL_CMD_GETFAMILY. */
    static GenericFamily decode(PayloadReader payload) {
        GenericHeader.read(payload);
        int id = 0;
        String name = "";
        int version = 0;
        int headerSize = 0;
        int maximumAttribute = 0;
        List<GenericOperation> operations = List.of();
        List<GenericGroup> groups = List.of();
        for (AttributeReader at = payload.attributes(); at.next(); ) {
            switch (at.type()) {
                case CTRL_ATTR_FAMILY_ID -> id = at.u16();
                case CTRL_ATTR_FAMILY_NAME -> name = at.string();
                case CTRL_ATTR_VERSION -> version = at.s32();
                case CTRL_ATTR_HDRSIZE -> headerSize = at.s32();
                case CTRL_ATTR_MAXATTR -> maximumAttribute = at.s32();
                case CTRL_ATTR_OPS -> operations = at.list(GenericFamily::operation);
                case CTRL_ATTR_MCAST_GROUPS -> groups = at.list(GenericFamily::group);
                default -> {}
            }
        }
        return new GenericFamily(
                id, name, version, headerSize, maximumAttribute, operations, groups);
    }

    private static GenericOperation operation(AttributeReader each) {
        int command = 0;
        int flags = 0;
        for (AttributeReader at = each.nested(); at.next(); ) {
            switch (at.type()) {
                case CTRL_ATTR_OP_ID -> command = at.s32();
                case CTRL_ATTR_OP_FLAGS -> flags = at.s32();
                default -> {}
            }
        }
        return new GenericOperation(command, flags);
    }

    private static GenericGroup group(AttributeReader each) {
        String name = "";
        int number = 0;
        for (AttributeReader at = each.nested(); at.next(); ) {
            switch (at.type()) {
                case CTRL_ATTR_MCAST_GRP_NAME -> name = at.string();
                case CTRL_ATTR_MCAST_GRP_ID -> number = at.s32();
                default -> {}
            }
        }
        return new GenericGroup(name, number);
    }

    /** The group of a name. */
    public Optional<GenericGroup> group(String wanted) {
        return groups.stream().filter(group -> group.name().equals(wanted)).findFirst();
    }

    /**
     * A request to this family: the generic header, the family's own as zeros if it has one, and
     * what the caller writes behind.
     *
     * @param command the number of the operation, 0 to 255
     * @param flags as {@link NetlinkRequest#of}
     * @throws IllegalArgumentException if the command is out of range
     */
    public NetlinkRequest request(int command, int flags, Consumer<AttributeWriter> attributes) {
        return NetlinkRequest.of(
                        id,
                        flags,
                        payload -> {
                            GenericHeader.write(payload, command, version);
                            payload.struct(headerSize, own -> {});
                            attributes.accept(payload);
                        })
                .named(name + " command " + command);
    }
}
