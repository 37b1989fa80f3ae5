// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

/** What belongs to a loop: all of it, and those that have something to do, in order. */
final class Members {
    private @Nullable Member first;
    private @Nullable Member firstSoon;
    private @Nullable Member lastSoon;

    /** The first of all; {@link Member#after} is the next. */
    @Nullable Member first() {
        return first;
    }

    void add(Member member) {
        Member next = first;
        member.after = next;
        if (next != null) {
            next.before = member;
        }
        first = member;
    }

    void remove(Member member) {
        Member before = member.before;
        Member after = member.after;
        if (before == null) {
            first = after;
        } else {
            before.after = after;
        }
        if (after != null) {
            after.before = before;
        }
        member.before = null;
    }

    /** Whether one of them has something to do. */
    boolean haveWork() {
        return firstSoon != null;
    }

    /** Has a member's work done when next they work. */
    void soon(Member member) {
        if (member.isSoon) {
            return;
        }
        member.isSoon = true;
        Member last = lastSoon;
        if (last == null) {
            firstSoon = member;
        } else {
            last.nextSoon = member;
        }
        lastSoon = member;
    }

    /** Has those work that have something to do; what comes up meanwhile is for the next time. */
    void work() {
        Member each = firstSoon;
        firstSoon = null;
        lastSoon = null;
        while (each != null) {
            Member next = each.nextSoon;
            each.nextSoon = null;
            each.isSoon = false;
            each.enter();
            each.leave();
            each = next;
        }
    }

    /** Ends all. */
    void die() {
        for (Member each = first; each != null; each = each.after) {
            each.die(Member.aborted());
        }
    }
}
