// SPDX-License-Identifier: Apache-2.0
package sockeye;

import sockeye.internal.kernel.CStruct;

import java.nio.ByteBuffer;

/**
 * How a message of SCTP is to be sent ({@code SCTP_SNDINFO}, {@code struct sctp_sndinfo}): {@link
 * #toAncillary} goes with it. RFC 6458 section 5.3.4.
 *
 * @param stream the stream to send on, 0 to 65535, below the number that was agreed on
 * @param flags {@link #SCTP_UNORDERED}, {@link #SCTP_EOF}, {@link #SCTP_ABORT}, or 0
 * @param payloadProtocol what the message is; the kernel passes it on as its bytes stand
 * @param context a number that comes back with what could not be sent
 * @param associationId which connection of a SOCK_SEQPACKET socket, or 0 to let the address say
 */
public record SctpSending(
        int stream, int flags, int payloadProtocol, int context, int associationId) {
    /** The receiver gets it as soon as it is there. */
    public static final int SCTP_UNORDERED = 1;

    /** The connection ends abruptly. */
    public static final int SCTP_ABORT = 4;

    /** The connection ends after what was sent; without data. */
    public static final int SCTP_EOF = 0x200;

    /**
     * Checks the numbers.
     *
     * @throws IllegalArgumentException if the stream or the flags are not 0 to 65535
     */
    public SctpSending {
        if ((stream | flags) >>> 16 != 0) {
            throw new IllegalArgumentException(
                    "stream and flags are 0 to 65535, not " + stream + " and " + flags);
        }
    }

    /** On a stream, in order. */
    public static SctpSending on(int stream) {
        return new SctpSending(stream, 0, 0, 0, 0);
    }

    /** To one of the peers of a SOCK_SEQPACKET socket, on its first stream. */
    public static SctpSending to(int associationId) {
        return new SctpSending(0, 0, 0, 0, associationId);
    }

    /** The same on another stream. */
    public SctpSending withStream(int newStream) {
        return new SctpSending(newStream, flags, payloadProtocol, context, associationId);
    }

    /** The same with these flags. */
    public SctpSending withFlags(int newFlags) {
        return new SctpSending(stream, newFlags, payloadProtocol, context, associationId);
    }

    /** The same with a number that comes back if it cannot be sent. */
    public SctpSending withContext(int newContext) {
        return new SctpSending(stream, flags, payloadProtocol, newContext, associationId);
    }

    /** What is within a notification. */
    static SctpSending read(ByteBuffer in, int at) {
        return new SctpSending(
                Short.toUnsignedInt(in.getShort(at + Layout.snd_sid)),
                Short.toUnsignedInt(in.getShort(at + Layout.snd_flags)),
                in.getInt(at + Layout.snd_ppid),
                in.getInt(at + Layout.snd_context),
                in.getInt(at + Layout.snd_assoc_id));
    }

    /** The same in the older form. */
    static SctpSending readOld(ByteBuffer in, int at) {
        return new SctpSending(
                Short.toUnsignedInt(in.getShort(at + OldLayout.sinfo_stream)),
                Short.toUnsignedInt(in.getShort(at + OldLayout.sinfo_flags)),
                in.getInt(at + OldLayout.sinfo_ppid),
                in.getInt(at + OldLayout.sinfo_context),
                in.getInt(at + OldLayout.sinfo_assoc_id));
    }

    /** The control message, for {@code sendMsg} and the roles. */
    public Ancillary toAncillary() {
        byte[] bytes = new byte[Layout.SIZEOF];
        ByteBuffer out = OptionCodec.nativeOrder(bytes);
        out.putShort(Layout.snd_sid, (short) stream);
        out.putShort(Layout.snd_flags, (short) flags);
        out.putInt(Layout.snd_ppid, payloadProtocol);
        out.putInt(Layout.snd_context, context);
        out.putInt(Layout.snd_assoc_id, associationId);
        return new Ancillary.Unknown(AncillaryType.SOL_SCTP, AncillaryType.SCTP_SNDINFO, bytes);
    }

    /** Offsets in bytes. */
    @CStruct("struct sctp_sndinfo")
    static final class Layout {
        static final int SIZEOF = 16;
        static final int snd_sid = 0;
        static final int snd_flags = 2;
        static final int snd_ppid = 4;
        static final int snd_context = 8;
        static final int snd_assoc_id = 12;

        private Layout() {}
    }

    /** Offsets in bytes. */
    @CStruct("struct sctp_sndrcvinfo")
    private static final class OldLayout {
        static final int sinfo_stream = 0;
        static final int sinfo_flags = 4;
        static final int sinfo_ppid = 8;
        static final int sinfo_context = 12;
        static final int sinfo_assoc_id = 28;

        private OldLayout() {}
    }
}
