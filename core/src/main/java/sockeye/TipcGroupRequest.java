// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.kernel.CStruct;

import java.nio.ByteBuffer;

/**
 * What a socket says to join a TIPC group ({@code struct tipc_group_req}): {@link
 * TipcOption#GROUP_JOIN}.
 *
 * @param type the group, as a service type, 64 to 4294967295; reading, 0 for no group
 * @param instance this member's instance in it, 0 to 4294967295; several may have the same
 * @param scope whether members on all nodes are meant or those of this one
 * @param loopback whether its own messages come back to it where it is among the addressed
 * @param memberEvents whether it is told of members that join and leave
 */
public record TipcGroupRequest(
        long type,
        long instance,
        TipcEndpoint.Scope scope,
        boolean loopback,
        boolean memberEvents) {

    private static final int TIPC_GROUP_LOOPBACK = 1;
    private static final int TIPC_GROUP_MEMBER_EVTS = 2;

    static final OptionCodec<TipcGroupRequest> CODEC =
            OptionCodec.struct(
                    TipcGroupRequest.class,
                    Layout.SIZEOF,
                    "",
                    TipcGroupRequest::write,
                    TipcGroupRequest::read);

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if one is not 0 to 4294967295
     */
    public TipcGroupRequest {
        TipcSockaddr.check("group", type);
        TipcSockaddr.check("instance", instance);
    }

    private static void write(ByteBuffer to, TipcGroupRequest value) {
        int flags =
                (value.loopback ? TIPC_GROUP_LOOPBACK : 0)
                        | (value.memberEvents ? TIPC_GROUP_MEMBER_EVTS : 0);
        to.putInt(Layout.type, (int) value.type);
        to.putInt(Layout.instance, (int) value.instance);
        to.putInt(Layout.scope, value.scope.number());
        to.putInt(Layout.flags, flags);
    }

    private static TipcGroupRequest read(ByteBuffer from) {
        int flags = from.getInt(Layout.flags);
        return new TipcGroupRequest(
                Integer.toUnsignedLong(from.getInt(Layout.type)),
                Integer.toUnsignedLong(from.getInt(Layout.instance)),
                TipcEndpoint.Scope.of(from.getInt(Layout.scope)),
                (flags & TIPC_GROUP_LOOPBACK) != 0,
                (flags & TIPC_GROUP_MEMBER_EVTS) != 0);
    }

    @CStruct("struct tipc_group_req")
    private static final class Layout {
        static final int SIZEOF = 16;
        static final int type = 0;
        static final int instance = 4;
        static final int scope = 8;
        static final int flags = 12;

        private Layout() {}
    }
}
