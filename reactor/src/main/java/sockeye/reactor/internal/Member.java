// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import java.nio.channels.AsynchronousCloseException;

/** What belongs to a loop until it is closed, and has work there now and then. */
abstract class Member {
    /** What a stop has to do with it. */
    enum Part {
        /** It brings in more, and is closed first. */
        LISTENER,
        /** It is told, and waited for. */
        SERVED,
        /** It may go on while others are waited for. */
        ATTEMPT,
        /** Nothing: it stays. */
        OTHER
    }

    /** What connections came by. */
    interface Origin {
        /** One of them is no more. On the thread of its loop. */
        void left();
    }

    final Loop loop;

    /** The listener that it came by, or that it is; null for none. */
    @Nullable Object origin;

    /** In the loop's list of all. */
    @Nullable Member before;

    @Nullable Member after;

    /** In the loop's queue of those that have something to do. */
    @Nullable Member nextSoon;

    boolean isSoon;

    /** Whether it is at work, so that what it is asked for meanwhile is seen at the end of it. */
    private boolean busy;

    /** Who wants to know when it is over. */
    private @Nullable Aftermath aftermath;

    Member(Loop loop) {
        this.loop = loop;
    }

    /** Has {@link #work} run by the loop itself, unless it runs now. */
    final void soon() {
        if (!busy) {
            loop.soon(this);
        }
    }

    /** Called by the loop, and by what completes: enters, and sees to all that is to be done. */
    final void enter() {
        busy = true;
    }

    final void leave() {
        try {
            work();
        } finally {
            busy = false;
        }
    }

    /** Whether it is closed, and has told so. */
    boolean isOver() {
        return false;
    }

    /** Sees to all that there is to do, by its state. */
    abstract void work();

    /** Ends it, whatever it is doing. */
    abstract void die(@Nullable Throwable why);

    /** Has somebody told when it is over, after its protocol. */
    final void whenOver(Aftermath told) {
        Aftermath before = aftermath;
        aftermath =
                before == null
                        ? told
                        : why -> {
                            before.over(why);
                            told.over(why);
                        };
    }

    /** It is over. */
    final void tellOver(@Nullable Throwable why) {
        Aftermath told = aftermath;
        aftermath = null;
        if (told == null) {
            return;
        }
        try {
            told.over(why);
        } catch (Throwable thrown) {
            loop.report(thrown);
        }
    }

    /** Whether it is a connection, rather than a socket of datagrams, or none of both. */
    public boolean isConnection() {
        return this instanceof Connection;
    }

    final Part part() {
        return switch (this) {
            case Acceptor listener -> Part.LISTENER;
            case Connection stream -> Part.SERVED;
            case MessageConnection messages -> Part.SERVED;
            case Connector attempt -> Part.ATTEMPT;
            case Dialing<?> attempt -> Part.ATTEMPT;
            case WaitingConnect<?> attempt -> Part.ATTEMPT;
            default -> Part.OTHER;
        };
    }

    /** Its loop or its listener stops: it is to come to an end by itself. */
    void askToEnd() {}

    /** Its loop, which stops in order, is to have stopped after so many nanoseconds. */
    void hasten(long nanos) {}

    /** Whether it has nothing to do any more but to be closed. */
    boolean isLeaving() {
        return false;
    }

    /** How many bytes would be lost if it ended now. */
    long unsent() {
        return 0;
    }

    static Throwable aborted() {
        return new AsynchronousCloseException();
    }
}
