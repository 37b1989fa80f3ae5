// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

/** What a thread of a server does as long as it serves: it takes in, or minds the clock. */
sealed interface ServerTask extends Runnable permits Intake, ServiceLoop {
    /** Goes on until {@link #end}. Never throws. */
    @Override
    void run();

    /** Takes in, or begins, no more, from now on. By any thread, several times. */
    void end();

    /**
     * Whether the thread that runs it has something to finish when the server stops, and is
     * interrupted only when the time to drain is over; another is interrupted at once.
     */
    boolean drains();

    /** The time to drain is over: its thread is interrupted next. */
    void cutOff();
}
