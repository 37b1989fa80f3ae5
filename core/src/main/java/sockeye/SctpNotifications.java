// SPDX-License-Identifier: Apache-2.0
package sockeye;

import org.jspecify.annotations.Nullable;

import sockeye.SctpNotification.Adaptation;
import sockeye.SctpNotification.AssociationChange;
import sockeye.SctpNotification.AssociationReset;
import sockeye.SctpNotification.Authentication;
import sockeye.SctpNotification.PartialDeliveryAborted;
import sockeye.SctpNotification.PeerAddressChange;
import sockeye.SctpNotification.RemoteError;
import sockeye.SctpNotification.SendFailed;
import sockeye.SctpNotification.SenderDry;
import sockeye.SctpNotification.Shutdown;
import sockeye.SctpNotification.StreamChange;
import sockeye.SctpNotification.StreamReset;
import sockeye.SctpNotification.Unknown;
import sockeye.internal.kernel.CStruct;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/** Reads the notifications of SCTP; each begins with type, flags and length. */
final class SctpNotifications {
    private static final int SCTP_ASSOC_CHANGE = 0x8001;
    private static final int SCTP_PEER_ADDR_CHANGE = 0x8002;
    private static final int SCTP_SEND_FAILED = 0x8003;
    private static final int SCTP_REMOTE_ERROR = 0x8004;
    private static final int SCTP_SHUTDOWN_EVENT = 0x8005;
    private static final int SCTP_PARTIAL_DELIVERY_EVENT = 0x8006;
    private static final int SCTP_ADAPTATION_INDICATION = 0x8007;
    private static final int SCTP_AUTHENTICATION_EVENT = 0x8008;
    private static final int SCTP_SENDER_DRY_EVENT = 0x8009;
    private static final int SCTP_STREAM_RESET_EVENT = 0x800A;
    private static final int SCTP_ASSOC_RESET_EVENT = 0x800B;
    private static final int SCTP_STREAM_CHANGE_EVENT = 0x800C;
    private static final int SCTP_SEND_FAILED_EVENT = 0x800D;
    private static final int SCTP_DATA_SENT = 1;

    private static final AssociationChange.Change[] CHANGES = AssociationChange.Change.values();
    private static final PeerAddressChange.Condition[] CONDITIONS =
            PeerAddressChange.Condition.values();

    private SctpNotifications() {}

    static SctpNotification decode(ByteBuffer bytes) {
        ByteBuffer in = bytes.slice().asReadOnlyBuffer().order(ByteOrder.nativeOrder());
        int type =
                in.remaining() < ShutdownLayout.sse_assoc_id ? 0 : u16(in, ShutdownLayout.sse_type);
        SctpNotification known = in.remaining() < size(type) ? null : known(type, in);
        return known != null ? known : new Unknown(type, in);
    }

    private static int size(int type) {
        return switch (type) {
            case SCTP_ASSOC_CHANGE -> AssociationLayout.SIZEOF;
            case SCTP_PEER_ADDR_CHANGE -> AddressLayout.SIZEOF;
            case SCTP_SEND_FAILED -> OldSendFailed.SIZEOF;
            case SCTP_REMOTE_ERROR -> RemoteErrorLayout.SIZEOF;
            case SCTP_PARTIAL_DELIVERY_EVENT -> Pdapi.SIZEOF;
            case SCTP_ADAPTATION_INDICATION -> AdaptationLayout.SIZEOF;
            case SCTP_AUTHENTICATION_EVENT -> Authkey.SIZEOF;
            case SCTP_ASSOC_RESET_EVENT -> AssocReset.SIZEOF;
            case SCTP_STREAM_CHANGE_EVENT -> StreamChangeLayout.SIZEOF;
            case SCTP_SEND_FAILED_EVENT -> SendFailedEvent.SIZEOF;
            default -> ShutdownLayout.SIZEOF;
        };
    }

    private static @Nullable SctpNotification known(int type, ByteBuffer in) {
        int flags = u16(in, ShutdownLayout.sse_flags);
        return switch (type) {
            case SCTP_ASSOC_CHANGE ->
                    new AssociationChange(
                            of(CHANGES, u16(in, AssociationLayout.sac_state)),
                            cause(in, AssociationLayout.sac_error),
                            u16(in, AssociationLayout.sac_outbound_streams),
                            u16(in, AssociationLayout.sac_inbound_streams),
                            in.getInt(AssociationLayout.sac_assoc_id),
                            rest(in, AssociationLayout.sac_info));
            case SCTP_PEER_ADDR_CHANGE ->
                    new PeerAddressChange(
                            address(in),
                            of(CONDITIONS, in.getInt(AddressLayout.spc_state)),
                            in.getInt(AddressLayout.spc_error),
                            in.getInt(AddressLayout.spc_assoc_id));
            case SCTP_SEND_FAILED ->
                    new SendFailed(
                            (flags & SCTP_DATA_SENT) != 0,
                            in.getInt(OldSendFailed.ssf_error),
                            SctpSending.readOld(in, OldSendFailed.ssf_info),
                            in.getInt(OldSendFailed.ssf_assoc_id),
                            rest(in, OldSendFailed.ssf_data));
            case SCTP_SEND_FAILED_EVENT ->
                    new SendFailed(
                            (flags & SCTP_DATA_SENT) != 0,
                            in.getInt(SendFailedEvent.ssf_error),
                            SctpSending.read(in, SendFailedEvent.ssfe_info),
                            in.getInt(SendFailedEvent.ssf_assoc_id),
                            rest(in, SendFailedEvent.ssf_data));
            case SCTP_REMOTE_ERROR ->
                    new RemoteError(
                            cause(in, RemoteErrorLayout.sre_error),
                            in.getInt(RemoteErrorLayout.sre_assoc_id),
                            rest(in, RemoteErrorLayout.sre_data));
            case SCTP_SHUTDOWN_EVENT -> new Shutdown(in.getInt(ShutdownLayout.sse_assoc_id));
            case SCTP_PARTIAL_DELIVERY_EVENT ->
                    new PartialDeliveryAborted(
                            in.getInt(Pdapi.pdapi_stream), in.getInt(Pdapi.pdapi_assoc_id));
            case SCTP_ADAPTATION_INDICATION ->
                    new Adaptation(
                            in.getInt(AdaptationLayout.sai_adaptation_ind),
                            in.getInt(AdaptationLayout.sai_assoc_id));
            case SCTP_AUTHENTICATION_EVENT ->
                    new Authentication(
                            u16(in, Authkey.auth_keynumber),
                            in.getInt(Authkey.auth_indication),
                            in.getInt(Authkey.auth_assoc_id));
            case SCTP_SENDER_DRY_EVENT -> new SenderDry(in.getInt(ShutdownLayout.sse_assoc_id));
            case SCTP_STREAM_RESET_EVENT ->
                    new StreamReset(flags, in.getInt(ShutdownLayout.sse_assoc_id), streams(in));
            case SCTP_ASSOC_RESET_EVENT ->
                    new AssociationReset(
                            flags,
                            Integer.toUnsignedLong(in.getInt(AssocReset.assocreset_local_tsn)),
                            Integer.toUnsignedLong(in.getInt(AssocReset.assocreset_remote_tsn)),
                            in.getInt(AssocReset.assocreset_assoc_id));
            case SCTP_STREAM_CHANGE_EVENT ->
                    new StreamChange(
                            flags,
                            u16(in, StreamChangeLayout.strchange_instrms),
                            u16(in, StreamChangeLayout.strchange_outstrms),
                            in.getInt(StreamChangeLayout.strchange_assoc_id));
            default -> null;
        };
    }

    private static int u16(ByteBuffer in, int at) {
        return Short.toUnsignedInt(in.getShort(at));
    }

    /** A cause code stands as it is on the wire. */
    private static int cause(ByteBuffer in, int at) {
        return Byte.toUnsignedInt(in.get(at)) << Byte.SIZE | Byte.toUnsignedInt(in.get(at + 1));
    }

    private static ByteBuffer rest(ByteBuffer in, int from) {
        int start = Math.min(from, in.limit());
        return in.slice(start, in.limit() - start);
    }

    /** The last one is what numbers without a name become. */
    private static <E extends Enum<E>> E of(E[] all, int number) {
        return all[number < 0 || number >= all.length ? all.length - 1 : number];
    }

    private static Endpoint address(ByteBuffer in) {
        byte[] sockaddr = new byte[Endpoint.MAX_SOCKADDR];
        in.get(AddressLayout.spc_aaddr, sockaddr);
        return Endpoint.decode(sockaddr, sockaddr.length);
    }

    private static List<Integer> streams(ByteBuffer in) {
        var all = new ArrayList<Integer>();
        for (int at = ShutdownLayout.SIZEOF; at + Short.BYTES <= in.limit(); at += Short.BYTES) {
            all.add(u16(in, at));
        }
        return all;
    }

    @CStruct("struct sctp_assoc_change")
    private static final class AssociationLayout {
        static final int SIZEOF = 20;
        static final int sac_state = 8;
        static final int sac_error = 10;
        static final int sac_outbound_streams = 12;
        static final int sac_inbound_streams = 14;
        static final int sac_assoc_id = 16;
        static final int sac_info = 20;

        private AssociationLayout() {}
    }

    @CStruct("struct sctp_paddr_change")
    private static final class AddressLayout {
        static final int SIZEOF = 148;
        static final int spc_aaddr = 8;
        static final int spc_state = 136;
        static final int spc_error = 140;
        static final int spc_assoc_id = 144;

        private AddressLayout() {}
    }

    @CStruct("struct sctp_send_failed")
    private static final class OldSendFailed {
        static final int SIZEOF = 48;
        static final int ssf_error = 8;
        static final int ssf_info = 12;
        static final int ssf_assoc_id = 44;
        static final int ssf_data = 48;

        private OldSendFailed() {}
    }

    @CStruct("struct sctp_send_failed_event")
    private static final class SendFailedEvent {
        static final int SIZEOF = 32;
        static final int ssf_error = 8;
        static final int ssfe_info = 12;
        static final int ssf_assoc_id = 28;
        static final int ssf_data = 32;

        private SendFailedEvent() {}
    }

    @CStruct("struct sctp_remote_error")
    private static final class RemoteErrorLayout {
        static final int SIZEOF = 16;
        static final int sre_error = 8;
        static final int sre_assoc_id = 12;
        static final int sre_data = 16;

        private RemoteErrorLayout() {}
    }

    /** The shortest, and the beginning of all; sender-dry and stream-reset have its places too. */
    @CStruct("struct sctp_shutdown_event")
    private static final class ShutdownLayout {
        static final int SIZEOF = 12;
        static final int sse_type = 0;
        static final int sse_flags = 2;
        static final int sse_assoc_id = 8;

        private ShutdownLayout() {}
    }

    @CStruct("struct sctp_pdapi_event")
    private static final class Pdapi {
        static final int SIZEOF = 24;
        static final int pdapi_assoc_id = 12;
        static final int pdapi_stream = 16;

        private Pdapi() {}
    }

    @CStruct("struct sctp_adaptation_event")
    private static final class AdaptationLayout {
        static final int SIZEOF = 16;
        static final int sai_adaptation_ind = 8;
        static final int sai_assoc_id = 12;

        private AdaptationLayout() {}
    }

    @CStruct("struct sctp_authkey_event")
    private static final class Authkey {
        static final int SIZEOF = 20;
        static final int auth_keynumber = 8;
        static final int auth_indication = 12;
        static final int auth_assoc_id = 16;

        private Authkey() {}
    }

    @CStruct("struct sctp_assoc_reset_event")
    private static final class AssocReset {
        static final int SIZEOF = 20;
        static final int assocreset_assoc_id = 8;
        static final int assocreset_local_tsn = 12;
        static final int assocreset_remote_tsn = 16;

        private AssocReset() {}
    }

    @CStruct("struct sctp_stream_change_event")
    private static final class StreamChangeLayout {
        static final int SIZEOF = 16;
        static final int strchange_assoc_id = 8;
        static final int strchange_instrms = 12;
        static final int strchange_outstrms = 14;

        private StreamChangeLayout() {}
    }
}
