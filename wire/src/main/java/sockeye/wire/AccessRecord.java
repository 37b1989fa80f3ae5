// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import java.util.OptionalLong;

/**
 * What a server tells of a connection when it is over: a line of its access log, which {@link
 * AccessFormat} writes.
 *
 * @param began when it was accepted
 * @param took how long it lasted
 * @param connection its number; 0 for one that was turned away before it had one
 * @param peer who the client was; null if that is not known
 * @param carrier who connected to the socket; another than the peer if a proxy stands between
 * @param local where the client came to
 * @param protocol what secured it, {@code TLSv1.3}; null for nothing
 * @param received bytes that came over the socket, those of its layers included
 * @param sent bytes that went
 * @param messages how many messages the peer sent, where that is known
 * @param outcome how it ended
 * @param reason why, if it did not end well; maybe in words that the peer has chosen
 */
public record AccessRecord(
        Instant began,
        Duration took,
        long connection,
        @Nullable Endpoint peer,
        @Nullable Endpoint carrier,
        Endpoint local,
        @Nullable String protocol,
        long received,
        long sent,
        OptionalLong messages,
        AccessOutcome outcome,
        @Nullable String reason) {

    /** In characters: the words may be the peer's. */
    private static final int LONGEST_REASON = 500;

    public AccessRecord {
        Objects.requireNonNull(began);
        Objects.requireNonNull(took);
        Objects.requireNonNull(local);
        Objects.requireNonNull(messages);
        Objects.requireNonNull(outcome);
    }

    /** Of a connection that was turned away as soon as it was accepted. */
    public static AccessRecord rejected(
            Instant when, @Nullable Endpoint peer, Endpoint local, Rejection why) {
        return new AccessRecord(
                when,
                Duration.ZERO,
                0,
                peer,
                peer,
                local,
                null,
                0,
                0,
                OptionalLong.empty(),
                AccessOutcome.REJECTED,
                why.toString());
    }

    /** What is said of a failure as a reason: its message, or its kind; cut off if it is long. */
    public static String reason(Throwable why) {
        String text = why instanceof IOException ? why.getMessage() : why.toString();
        text = text == null ? why.getClass().getName() : text;
        return text.length() <= LONGEST_REASON ? text : text.substring(0, LONGEST_REASON) + "…";
    }
}
