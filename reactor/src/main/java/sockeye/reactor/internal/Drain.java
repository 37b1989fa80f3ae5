// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.reactor.DrainReport;

import java.time.Duration;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** The end in order of all that belongs to a loop, or of what came by one listener. */
final class Drain {
    private final Loop loop;

    /** Of which listener; null for all. */
    private final @Nullable Object origin;

    /** Which; null for all, and those that come. */
    private final @Nullable Set<Member> those;

    private final CompletableFuture<DrainReport> result = new CompletableFuture<>();
    private final long begun;

    /** When what came by a listener is cut off; that of all has its time elsewhere. */
    private final Timers.Call limit;

    private int listeners;
    private int served;
    private int attempts;
    private int finished;
    private int cutOff;
    private long unsent;
    private boolean cut;
    private boolean attemptsCut;
    private boolean over;

    Drain(Loop loop, @Nullable Object origin) {
        this(loop, origin, null);
    }

    private Drain(Loop loop, @Nullable Object origin, @Nullable Set<Member> those) {
        this.loop = loop;
        this.origin = origin;
        this.those = those;
        this.begun = loop.nanos();
        this.limit = loop.timer(this::cutOff);
    }

    boolean isOf(Object listener) {
        return those == null && listener.equals(origin);
    }

    /** Cuts off after so long, unless it does earlier. */
    void hasten(long nanos) {
        if (!cut && (!limit.isActive() || loop.nanos() + nanos - limit.due() < 0)) {
            limit.reset(nanos);
        }
    }

    /** Of the connections that have come by a listener until now, and of nothing else. */
    static Drain ofConnections(Loop loop, @Nullable Object origin) {
        Set<Member> open = Collections.newSetFromMap(new IdentityHashMap<>());
        for (Member each = loop.firstMember(); each != null; each = each.after) {
            if (each.isConnection() && Objects.equals(origin, each.origin)) {
                open.add(each);
            }
        }
        return new Drain(loop, origin, open);
    }

    /** Completed on the loop's thread. */
    CompletableFuture<DrainReport> result() {
        return result;
    }

    void begin() {
        for (Member each = loop.firstMember(); each != null; each = each.after) {
            came(each);
        }
        look();
    }

    private boolean concerns(Member member) {
        return those != null
                ? those.contains(member)
                : origin == null || Objects.equals(origin, member.origin);
    }

    void came(Member member) {
        if (!concerns(member)) {
            return;
        }
        switch (member.part()) {
            case LISTENER -> {
                listeners++;
                member.die(null);
            }
            case SERVED -> {
                served++;
                if (cut) {
                    cutOff(member);
                } else {
                    loop.later(member::askToEnd);
                }
            }
            case ATTEMPT -> attempts++;
            case OTHER -> {}
        }
    }

    void left(Member member) {
        if (!concerns(member)) {
            return;
        }
        switch (member.part()) {
            case LISTENER -> listeners--;
            case SERVED -> {
                served--;
                if (!cut) {
                    finished++;
                }
            }
            case ATTEMPT -> attempts--;
            case OTHER -> {}
        }
        look();
    }

    /** The time is over. */
    void cutOff() {
        if (cut) {
            return;
        }
        cut = true;
        for (Member each = loop.firstMember(); each != null; each = each.after) {
            if (concerns(each) && each.part() == Member.Part.SERVED) {
                cutOff(each);
            }
        }
    }

    private void cutOff(Member member) {
        if (member.isLeaving()) {
            finished++;
        } else {
            cutOff++;
            unsent += member.unsent();
        }
        member.die(Member.aborted());
    }

    private void look() {
        if (served > 0 || listeners > 0) {
            return;
        }
        if (attempts > 0) {
            cutAttempts();
        } else if (!over) {
            over = true;
            // The last of them is still to be told that it is closed.
            loop.later(this::settle);
        }
    }

    private void cutAttempts() {
        if (!attemptsCut) {
            attemptsCut = true;
            for (Member each = loop.firstMember(); each != null; each = each.after) {
                if (concerns(each) && each.part() == Member.Part.ATTEMPT) {
                    each.die(Member.aborted());
                }
            }
        }
    }

    /** Tells how it went. */
    void settle() {
        limit.cancel();
        Duration took = Duration.ofNanos(loop.nanos() - begun);
        result.complete(new DrainReport(finished, cutOff, unsent, 0, took));
    }
}
