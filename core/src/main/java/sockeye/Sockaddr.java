// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.kernel.CStruct;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** The start that all socket addresses share, and access to members of both byte orders. */
@CStruct("struct sockaddr")
final class Sockaddr {
    static final int sa_family = 0;

    /** Where the family's own members begin. */
    static final int sa_data = 2;

    private static final VarHandle HOST_SHORT =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.nativeOrder());
    private static final VarHandle HOST_INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.nativeOrder());
    private static final VarHandle NETWORK_SHORT =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle NETWORK_INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle NETWORK_LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private static final VarHandle HOST_LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.nativeOrder());

    private Sockaddr() {}

    static int family(byte[] sockaddr, int length) {
        return length < sa_data
                ? AddressFamily.AF_UNSPEC
                : Short.toUnsignedInt((short) HOST_SHORT.get(sockaddr, sa_family));
    }

    static void putFamily(byte[] sockaddr, int family) {
        HOST_SHORT.set(sockaddr, sa_family, (short) family);
    }

    static int hostInt(byte[] sockaddr, int at) {
        return (int) HOST_INT.get(sockaddr, at);
    }

    static void putHostInt(byte[] sockaddr, int at, int value) {
        HOST_INT.set(sockaddr, at, value);
    }

    static long hostLong(byte[] sockaddr, int at) {
        return (long) HOST_LONG.get(sockaddr, at);
    }

    static void putHostLong(byte[] sockaddr, int at, long value) {
        HOST_LONG.set(sockaddr, at, value);
    }

    static int networkShort(byte[] sockaddr, int at) {
        return Short.toUnsignedInt((short) NETWORK_SHORT.get(sockaddr, at));
    }

    static void putNetworkShort(byte[] sockaddr, int at, int value) {
        NETWORK_SHORT.set(sockaddr, at, (short) value);
    }

    static int hostShort(byte[] sockaddr, int at) {
        return Short.toUnsignedInt((short) HOST_SHORT.get(sockaddr, at));
    }

    static void putHostShort(byte[] sockaddr, int at, int value) {
        HOST_SHORT.set(sockaddr, at, (short) value);
    }

    /** C's {@code htons}. */
    static short inNetworkOrder(int value) {
        return ByteOrder.nativeOrder() == ByteOrder.BIG_ENDIAN
                ? (short) value
                : Short.reverseBytes((short) value);
    }

    static int networkInt(byte[] sockaddr, int at) {
        return (int) NETWORK_INT.get(sockaddr, at);
    }

    static void putNetworkInt(byte[] sockaddr, int at, int value) {
        NETWORK_INT.set(sockaddr, at, value);
    }

    static long networkLong(byte[] sockaddr, int at) {
        return (long) NETWORK_LONG.get(sockaddr, at);
    }

    static void putNetworkLong(byte[] sockaddr, int at, long value) {
        NETWORK_LONG.set(sockaddr, at, value);
    }
}
