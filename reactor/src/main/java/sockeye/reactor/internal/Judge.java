// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.LinuxSocket;
import sockeye.SoOption;
import sockeye.wire.AccessRules;
import sockeye.wire.Admission;
import sockeye.wire.AdmissionLimits;
import sockeye.wire.PeerKey;
import sockeye.wire.Rejection;

import java.io.IOException;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Supplier;

/** Who may come, by the rules on who and on how many of one peer. Safe for several loops. */
final class Judge {
    /** So many that are turned away may wait to be gone at a time; the others are cut off. */
    static final int MOST_LEAVING = 256;

    private final AccessRules access;
    private final AdmissionLimits limits;
    private final Admission admission;

    /**
     * What becomes of somebody.
     *
     * @param who whom he counts for, if he may come; null for nobody
     * @param why why he may not; null if he may
     */
    record Verdict(@Nullable PeerKey who, @Nullable Rejection why) {
        private static final Verdict DENIED = new Verdict(null, Rejection.DENIED);
    }

    Judge(AccessRules access, AdmissionLimits limits) {
        this.access = access;
        this.limits = limits;
        this.admission = new Admission(limits);
    }

    AdmissionLimits limits() {
        return limits;
    }

    Admission admission() {
        return admission;
    }

    /**
     * Judges.
     *
     * @param unix whether it is his user that counts, and not his address
     * @param socket to be asked for the user
     */
    Verdict judge(
            boolean unix,
            @Nullable Endpoint peer,
            Supplier<Optional<LinuxSocket>> socket,
            long now) {
        if (unix) {
            return judgeUser(socket, now);
        }
        if (!access.allows(peer)) {
            return Verdict.DENIED;
        }
        return count(admission.asksWho() ? PeerKey.of(peer, limits.grouping()) : null, now);
    }

    private Verdict judgeUser(Supplier<Optional<LinuxSocket>> asked, long now) {
        if (!access.hasUsers() && !admission.asksWho()) {
            return count(null, now);
        }
        LinuxSocket socket = asked.get().orElse(null);
        try {
            int uid = Objects.requireNonNull(socket).getOption(SoOption.PEER_CRED).uid();
            return access.allowsUid(uid) ? count(PeerKey.ofUid(uid), now) : Verdict.DENIED;
        } catch (IOException | NullPointerException unknown) {
            // Of a socket that is connected the kernel always knows; who cannot be asked for is
            // out.
            return Verdict.DENIED;
        }
    }

    private Verdict count(@Nullable PeerKey who, long now) {
        Rejection why = who == null ? null : admission.come(who, now);
        return new Verdict(why == null ? who : null, why);
    }
}
