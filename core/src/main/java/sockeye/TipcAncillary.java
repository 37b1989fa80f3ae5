// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static sockeye.AncillaryType.SOL_TIPC;
import static sockeye.AncillaryType.TIPC_DESTNAME;
import static sockeye.AncillaryType.TIPC_ERRINFO;
import static sockeye.AncillaryType.TIPC_RETDATA;

import org.jspecify.annotations.Nullable;

import java.util.Arrays;
import java.util.HexFormat;

/**
 * What comes beside the messages of TIPC, to who gives room for it; {@link #SPACE} is enough for
 * all but long returned data. None of it can be sent.
 */
public sealed interface TipcAncillary extends Ancillary.OfFamily {
    /** Room for an error, returned data of up to 1,024 bytes, and a destination. */
    int SPACE = 24 + 16 + 1_024 + 32;

    @Override
    default int level() {
        return SOL_TIPC;
    }

    /**
     * This is no message from a peer: one that was sent from here came back, or the connection has
     * ended ({@code TIPC_ERRINFO}). The {@link Message} has no payload; {@link TipcReturned} reads
     * the whole.
     *
     * @param error why
     * @param length how long the returned message was, in bytes, 0 to 4294967295
     */
    record ErrorInfo(TipcError error, long length) implements TipcAncillary {
        @Override
        public int type() {
            return TIPC_ERRINFO;
        }
    }

    /**
     * The bytes of the message that came back ({@code TIPC_RETDATA}), as far as there was room.
     *
     * @param bytes copied in and out
     */
    @SuppressWarnings("ArrayRecordComponent") // copied in and out, compared by content
    record ReturnedData(byte[] bytes) implements TipcAncillary {
        public ReturnedData {
            bytes = bytes.clone();
        }

        @Override
        public byte[] bytes() {
            return bytes.clone();
        }

        @Override
        public int type() {
            return TIPC_RETDATA;
        }

        @Override
        public boolean equals(@Nullable Object other) {
            return other instanceof ReturnedData that && Arrays.equals(bytes, that.bytes);
        }

        @Override
        public int hashCode() {
            return Arrays.hashCode(bytes);
        }

        @Override
        public String toString() {
            return "ReturnedData[bytes=" + HexFormat.of().formatHex(bytes) + "]";
        }
    }

    /**
     * The service that the sender named ({@code TIPC_DESTNAME}): of a message sent to a service or
     * to a range, and of a connection that was made by name, at both ends.
     *
     * @param service the range as it was sent to; of a single service both ends are its instance
     */
    record Destination(TipcEndpoint.ServiceRange service) implements TipcAncillary {
        @Override
        public int type() {
            return TIPC_DESTNAME;
        }
    }
}
