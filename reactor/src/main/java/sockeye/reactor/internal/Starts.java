// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import sockeye.reactor.StartPhase;

/** How a loop starts. On its thread. */
final class Starts {
    private final Loop loop;
    private final Actions<StartPhase> actions;
    private boolean begun;
    private boolean holdsBack;
    private long runs;

    Starts(Loop loop) {
        this.loop = loop;
        this.actions = new Actions<>(loop);
    }

    Actions<StartPhase> actions() {
        return actions;
    }

    /** Whether listeners are to accept nobody yet. */
    boolean holdsBack() {
        return holdsBack;
    }

    /** It is run. A second call before the end does nothing. */
    void begin() {
        if (begun) {
            return;
        }
        begun = true;
        long run = ++runs;
        if (actions.isEmpty()) {
            return;
        }
        holdsBack(true);
        var _ =
                actions.fire(StartPhase.BEFORE)
                        .thenRun(() -> {
                            if (run == runs) {
                                holdsBack(false);
                                during(run);
                            }
                        });
    }

    private void during(long run) {
        if (loop.stops().isUnderWay()) {
            return;
        }
        var _ =
                actions.fire(StartPhase.DURING)
                        .thenRun(() -> {
                            if (run == runs && !loop.stops().isUnderWay()) {
                                var _ = actions.fire(StartPhase.AFTER);
                            }
                        });
    }

    /** It is run no more: what was waited for comes too late. */
    void end() {
        begun = false;
        runs++;
        if (holdsBack) {
            holdsBack(false);
        }
    }

    private void holdsBack(boolean holds) {
        holdsBack = holds;
        for (Member each = loop.firstMember(); each != null; each = each.after) {
            if (each.part() == Member.Part.LISTENER) {
                each.soon();
            }
        }
    }
}
