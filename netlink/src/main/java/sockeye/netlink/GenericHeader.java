// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import sockeye.internal.kernel.CStruct;

/**
 * What every message of generic netlink begins with.
 *
 * @param command what it is about, 0 to 255
 * @param version of the family's protocol, 0 to 255
 */
public record GenericHeader(int command, int version) {
    @CStruct("struct genlmsghdr")
    private static final class Layout {
        static final int SIZEOF = 4;
        static final int cmd = 0;
        static final int version = 1;

        private Layout() {}
    }

    /** Reads it; the payload then stands at what the family has behind it. */
    public static GenericHeader read(PayloadReader payload) {
        StructReader header = payload.struct(Layout.SIZEOF);
        return new GenericHeader(header.u8(Layout.cmd), header.u8(Layout.version));
    }

    static void write(AttributeWriter payload, int command, int version) {
        if (command < 0 || command > 0xFF) {
            throw new IllegalArgumentException("a command is 0 to 255, not " + command);
        }
        payload.struct(
                Layout.SIZEOF,
                header -> header.u8(Layout.cmd, command).u8(Layout.version, version & 0xFF));
    }
}
