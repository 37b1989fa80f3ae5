// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

/**
 * A command that a family of generic netlink has.
 *
 * @param command its number, unsigned 32 bits in an int, of which requests hold 8
 * @param flags what it can and demands, the constants below
 */
public record GenericOperation(int command, int flags) {
    /** Needs CAP_NET_ADMIN in the first namespace. */
    public static final int GENL_ADMIN_PERM = 0x01;

    /** Can be asked for one thing, or to do one. */
    public static final int GENL_CMD_CAP_DO = 0x02;

    /** Can be asked for a dump. */
    public static final int GENL_CMD_CAP_DUMP = 0x04;

    /** The kernel checks its attributes, and can say how. */
    public static final int GENL_CMD_CAP_HASPOL = 0x08;

    /** Needs CAP_NET_ADMIN in the namespace that it is about. */
    public static final int GENL_UNS_ADMIN_PERM = 0x10;

    /** Whether it needs CAP_NET_ADMIN. */
    public boolean needsPrivilege() {
        return (flags & (GENL_ADMIN_PERM | GENL_UNS_ADMIN_PERM)) != 0;
    }

    /** Whether it can be asked for one thing, or to do one. */
    public boolean canDo() {
        return (flags & GENL_CMD_CAP_DO) != 0;
    }

    /** Whether it can be asked for a dump. */
    public boolean canDump() {
        return (flags & GENL_CMD_CAP_DUMP) != 0;
    }
}
