// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import sockeye.wire.AdmissionLimits;
import sockeye.wire.AnswerRules;
import sockeye.wire.RateLimit;
import sockeye.wire.TimeLimits;

import java.time.Duration;
import java.util.Objects;

/**
 * How much of everything a server allows. Immutable: {@code
 * ServerLimits.DEFAULT.withMaxPerPeer(20).withIdle(Duration.ofMinutes(1))}.
 *
 * @param admission how many connections, in all and of one peer, and how fast they may come
 * @param times how long a connection may take for what
 * @param maxMessage the longest message in bytes, 1 to 65,536: a longer datagram is dropped and
 *     counted, never handled in part; a longer record ends its connection. What a message of a
 *     stream is, its service knows, and bounds.
 * @param memory the most bytes of the heap that services together may hold for answers that their
 *     peers do not take; a connection that would need more is closed. What handlers hold is theirs.
 * @param answers to whom a server of datagrams sends answers, and how much
 */
public record ServerLimits(
        AdmissionLimits admission,
        TimeLimits times,
        int maxMessage,
        long memory,
        AnswerRules answers) {
    private static final int LONGEST_MESSAGE = 64 << 10;

    /**
     * {@linkplain AdmissionLimits#DEFAULT 16,384 connections, 4,096 of one peer}, {@linkplain
     * TimeLimits#DEFAULT times} that harm no honest peer, messages of any length, an eighth of the
     * heap for what peers do not take, {@linkplain AnswerRules#DEFAULT answers} that are no weapon.
     */
    public static final ServerLimits DEFAULT =
            new ServerLimits(
                    AdmissionLimits.DEFAULT,
                    TimeLimits.DEFAULT,
                    LONGEST_MESSAGE,
                    Runtime.getRuntime().maxMemory() / 8,
                    AnswerRules.DEFAULT);

    public ServerLimits {
        Objects.requireNonNull(admission);
        Objects.requireNonNull(times);
        Objects.requireNonNull(answers);
        if (maxMessage < 1 || maxMessage > LONGEST_MESSAGE) {
            throw new IllegalArgumentException("messages of 1 to 65536 bytes: " + maxMessage);
        }
        if (memory < 0) {
            throw new IllegalArgumentException("so much memory: " + memory);
        }
    }

    /** The same with other limits on connections. */
    public ServerLimits withAdmission(AdmissionLimits admission) {
        return new ServerLimits(admission, times, maxMessage, memory, answers);
    }

    /** The same with other limits on times. */
    public ServerLimits withTimes(TimeLimits times) {
        return new ServerLimits(admission, times, maxMessage, memory, answers);
    }

    /** The same with another limit of messages, in bytes. */
    public ServerLimits withMaxMessage(int maxMessage) {
        return new ServerLimits(admission, times, maxMessage, memory, answers);
    }

    /** The same with another limit of memory, in bytes. */
    public ServerLimits withMemory(long memory) {
        return new ServerLimits(admission, times, maxMessage, memory, answers);
    }

    /** The same with other rules about answers to datagrams. */
    public ServerLimits withAnswers(AnswerRules answers) {
        return new ServerLimits(admission, times, maxMessage, memory, answers);
    }

    /** The same with another limit of connections in all. */
    public ServerLimits withMaxConnections(int connections) {
        return withAdmission(admission.withConnections(connections));
    }

    /** The same with another limit of connections of one peer. */
    public ServerLimits withMaxPerPeer(int perPeer) {
        return withAdmission(admission.withPerPeer(perPeer));
    }

    /** The same with another rate of connections of one peer. */
    public ServerLimits withPeerRate(RateLimit peerRate) {
        return withAdmission(admission.withPeerRate(peerRate));
    }

    /** The same with another time for handshakes; {@link TimeLimits#handshake}. */
    public ServerLimits withHandshake(Duration handshake) {
        return withTimes(times.withHandshake(handshake));
    }

    /** The same with another time of silence; {@link TimeLimits#idle}. */
    public ServerLimits withIdle(Duration idle) {
        return withTimes(times.withIdle(idle));
    }

    /** The same with another time for a message; {@link TimeLimits#message}. */
    public ServerLimits withMessageTime(Duration message) {
        return withTimes(times.withMessage(message));
    }

    /** The same with another time for a peer that takes nothing; {@link TimeLimits#stall}. */
    public ServerLimits withStall(Duration stall) {
        return withTimes(times.withStall(stall));
    }

    /** The same with another time for whole connections; {@link TimeLimits#lifetime}. */
    public ServerLimits withLifetime(Duration lifetime) {
        return withTimes(times.withLifetime(lifetime));
    }
}
