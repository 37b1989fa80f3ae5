// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

import sockeye.internal.kernel.CStruct;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.List;
import java.util.stream.Collectors;

/** The layouts that all of netlink shares, and numbers in arrays in either byte order. */
final class Wire {
    /** Where the next message or attribute begins: a multiple of this. */
    static final int NLMSG_ALIGNTO = 4;

    static final int NLA_F_NESTED = 1 << 15;
    static final int NLA_F_NET_BYTEORDER = 1 << 14;

    /** What of an attribute's type is no flag. */
    static final int TYPE_BITS = 0x3FFF;

    /** The most bytes that an attribute can hold. */
    static final int MOST_ATTRIBUTE = 0xFFFF - Nlattr.SIZEOF;

    @CStruct("struct nlmsghdr")
    static final class Nlmsghdr {
        static final int SIZEOF = 16;
        static final int nlmsg_len = 0;
        static final int nlmsg_type = 4;
        static final int nlmsg_flags = 6;
        static final int nlmsg_seq = 8;
        static final int nlmsg_pid = 12;

        private Nlmsghdr() {}
    }

    @CStruct("struct nlattr")
    static final class Nlattr {
        static final int SIZEOF = 4;
        static final int nla_len = 0;
        static final int nla_type = 2;

        private Nlattr() {}
    }

    @CStruct("struct nlmsgerr")
    static final class Nlmsgerr {
        static final int SIZEOF = 20;
        static final int error = 0;
        static final int msg = 4;

        private Nlmsgerr() {}
    }

    private static final VarHandle SHORT =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.nativeOrder());
    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.nativeOrder());
    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final VarHandle NETWORK_SHORT =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle NETWORK_INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle NETWORK_LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private Wire() {}

    static int align(int length) {
        return (length + NLMSG_ALIGNTO - 1) & -NLMSG_ALIGNTO;
    }

    static int u8(byte[] bytes, int at) {
        return Byte.toUnsignedInt(bytes[at]);
    }

    static int u16(byte[] bytes, int at) {
        return Short.toUnsignedInt((short) SHORT.get(bytes, at));
    }

    static int s32(byte[] bytes, int at) {
        return (int) INT.get(bytes, at);
    }

    static long s64(byte[] bytes, int at) {
        return (long) LONG.get(bytes, at);
    }

    static int be16(byte[] bytes, int at) {
        return Short.toUnsignedInt((short) NETWORK_SHORT.get(bytes, at));
    }

    static int be32(byte[] bytes, int at) {
        return (int) NETWORK_INT.get(bytes, at);
    }

    static long be64(byte[] bytes, int at) {
        return (long) NETWORK_LONG.get(bytes, at);
    }

    static void put16(byte[] bytes, int at, int value) {
        SHORT.set(bytes, at, (short) value);
    }

    static void put32(byte[] bytes, int at, int value) {
        INT.set(bytes, at, value);
    }

    static void put64(byte[] bytes, int at, long value) {
        LONG.set(bytes, at, value);
    }

    static void putBe16(byte[] bytes, int at, int value) {
        NETWORK_SHORT.set(bytes, at, (short) value);
    }

    static void putBe32(byte[] bytes, int at, int value) {
        NETWORK_INT.set(bytes, at, value);
    }

    static void putBe64(byte[] bytes, int at, long value) {
        NETWORK_LONG.set(bytes, at, value);
    }

    /** A way through nested attributes, {@code 18.2}. */
    static String path(List<Integer> types) {
        return types.stream().map(String::valueOf).collect(Collectors.joining("."));
    }
}
