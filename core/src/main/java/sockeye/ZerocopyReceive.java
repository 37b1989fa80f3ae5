// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.kernel.CStruct;

import java.nio.ByteBuffer;

/**
 * What came of an attempt to receive without a copy: the value of {@link
 * TcpOption#zerocopyReceive(long, int)}.
 *
 * @param length how many bytes were mapped
 * @param mustRead how many bytes must be received the ordinary way before mapping goes on
 * @param queued how many bytes were in the queue, at most; 0 if unknown
 * @param error the number of the socket's error, 0 if there is none
 */
public record ZerocopyReceive(long length, long mustRead, long queued, int error) {

    @CStruct("struct tcp_zerocopy_receive")
    static final class Layout {
        static final int SIZEOF = 64;
        static final int address = 0;
        static final int length = 8;
        static final int recv_skip_hint = 12;
        static final int inq = 16;
        static final int err = 20;

        private Layout() {}
    }

    static final OptionCodec<ZerocopyReceive> CODEC =
            OptionCodec.report(
                    ZerocopyReceive.class, Layout.SIZEOF, Layout.SIZEOF, ZerocopyReceive::read);

    static byte[] question(long address, int length) {
        OptionCodec.inRange(length, 0, Integer.MAX_VALUE, "bytes");
        byte[] question = new byte[Layout.SIZEOF];
        OptionCodec.nativeOrder(question)
                .putLong(Layout.address, address)
                .putInt(Layout.length, length);
        return question;
    }

    private static ZerocopyReceive read(ByteBuffer in) {
        return new ZerocopyReceive(
                Integer.toUnsignedLong(in.getInt(Layout.length)),
                Integer.toUnsignedLong(in.getInt(Layout.recv_skip_hint)),
                Integer.toUnsignedLong(in.getInt(Layout.inq)),
                in.getInt(Layout.err));
    }
}
