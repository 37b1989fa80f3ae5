// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.internal.ring.RingFeature;

import java.lang.System.Logger.Level;
import java.lang.foreign.MemorySegment;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Sends without a copy, of one ring: which are, what of them the kernel still reads, and how it
 * went. A send that the kernel will not do in this way is done in the ordinary one.
 */
final class Lending {
    /**
     * Memory that a kernel was reading from when the last that could have heard of its end was
     * closed. It is never used for anything else: or else something else would be sent.
     */
    private static final Queue<MemorySegment> LOST = new ConcurrentLinkedQueue<>();

    /** Whether it was said, once in a process, that all this is in vain here. */
    private static final AtomicBoolean TOLD = new AtomicBoolean();

    private final int from;
    private final boolean vectors;
    private boolean asks = true;
    private boolean dry;
    private @Nullable Loan free;
    private int out;
    private long sends;
    private long copied;
    private long refused;
    private long droughts;

    private Lending(int from, boolean vectors) {
        this.from = from;
        this.vectors = vectors;
    }

    /** Nothing is lent. */
    static Lending off() {
        return new Lending(Integer.MAX_VALUE, false);
    }

    /**
     * What the kernel can do of it.
     *
     * @param from from how many bytes on; 0 for never
     */
    static Lending from(int from, Set<RingFeature> features) {
        return from == 0 || !features.contains(RingFeature.IORING_OP_SEND_ZC)
                ? off()
                : new Lending(from, features.contains(RingFeature.IORING_OP_SENDMSG_ZC));
    }

    /** Whether so many bytes that are sent at once are not to be copied. */
    boolean wants(long bytes) {
        return bytes >= from && !dry;
    }

    /** Whether they may be in several pieces. */
    boolean takesVectors() {
        return vectors;
    }

    /** Whether the kernel is to say if it has copied them. */
    boolean asks() {
        return asks;
    }

    /** It is too old to be asked. */
    void asksNoMore() {
        asks = false;
    }

    /** One for a send. */
    Loan take() {
        sends++;
        Loan known = free;
        if (known == null) {
            return new Loan();
        }
        free = known.next;
        known.next = null;
        known.isVain = false;
        return known;
    }

    /** The send has completed, and the kernel reads on. */
    void leave(Loan loan, int slot) {
        loan.slot = slot;
        out++;
    }

    /** The notice has come. */
    void noticed(Loan loan, boolean wasCopied) {
        out--;
        dry &= loan.isVain;
        if (wasCopied && copied++ == 0 && TOLD.compareAndSet(false, true)) {
            System.getLogger("sockeye.reactor")
                    .log(
                            Level.INFO,
                            "what was to be sent without a copy is copied by the kernel after all:"
                                    + " its way is loopback, or a device that cannot gather");
        }
        giveBack(loan);
    }

    /** There will be no notice. */
    void giveBack(Loan loan) {
        loan.giveBack();
        loan.slot = -1;
        loan.next = free;
        free = loan;
    }

    /** The kernel would not do it for a socket. */
    void refused() {
        refused++;
    }

    /** No more memory can be pinned (RLIMIT_MEMLOCK) before some is free again. */
    void runDry() {
        if (!dry) {
            System.getLogger("sockeye.reactor")
                    .log(Level.DEBUG, "no more memory may be pinned (RLIMIT_MEMLOCK)");
        }
        dry = true;
        droughts++;
    }

    /** Nobody will hear of this one. */
    void lose(Loan loan) {
        out--;
        LOST.addAll(loan.memory());
    }

    /** How many the kernel has after their sends have completed. */
    int out() {
        return out;
    }

    /** How many sends were not copied, or were not to be. */
    long sends() {
        return sends;
    }

    /** Of how many the kernel has said that it copied them nevertheless. */
    long copied() {
        return copied;
    }

    /** How often a socket was found that cannot do it. */
    long refusals() {
        return refused;
    }

    /** How often no more memory could be pinned. */
    long droughts() {
        return droughts;
    }

    /** How many chunks of this process are never used again. */
    static int lost() {
        return LOST.size();
    }
}
