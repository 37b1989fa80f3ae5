// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.TcpInfo;

import java.time.Duration;
import java.util.OptionalLong;

/**
 * A connection of a server as it was at one moment: {@link ServerConnection#snapshot()}.
 *
 * @param id its number
 * @param peer who the client is; null if that is not known
 * @param carrier who connected to the socket: a proxy, or the client himself
 * @param local where the client came to
 * @param state how far it has got
 * @param age how long it has lasted
 * @param received bytes that came over the socket so far, those of its layers included
 * @param sent bytes that the kernel has taken
 * @param messages how many messages the peer has sent, where a service of {@code sockeye.wire} runs
 * @param protocol what secures it, {@code TLSv1.3}; null for nothing
 * @param thread the name of the thread that serves it; null if that has not begun
 * @param tcp what the kernel knows of it: {@link TcpInfo#rtt round trip}, {@link
 *     TcpInfo#totalRetransmissions retransmissions}, {@link TcpInfo#lastDataReceived since when
 *     nothing came}, …; null unless it is TCP and open
 */
public record ConnectionSnapshot(
        long id,
        @Nullable Endpoint peer,
        @Nullable Endpoint carrier,
        Endpoint local,
        State state,
        Duration age,
        long received,
        long sent,
        OptionalLong messages,
        @Nullable String protocol,
        @Nullable String thread,
        @Nullable TcpInfo tcp) {

    /** How far a connection has got. */
    public enum State {
        /** Its layers are being established. */
        HANDSHAKE,
        /** Its handler runs, or is about to. */
        SERVING,
        /** The server stops: its input has been ended, and its handler finishes what came. */
        DRAINING,
        /** It is over. */
        CLOSED
    }
}
