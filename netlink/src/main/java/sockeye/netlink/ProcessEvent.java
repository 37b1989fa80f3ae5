// SPDX-License-Identifier: Apache-2.0
package sockeye.netlink;

/**
 * Something happened to a process or one of its threads.
 *
 * <p>Of each the <em>thread</em> is told, C's {@code pid}, and the <em>process</em> it belongs to,
 * C's {@code tgid}, which is what is known as the number of a process; in the first thread of a
 * process both are the same. Numbers are those of the first pid namespace.
 */
public sealed interface ProcessEvent {
    /** The thread that it happened to. */
    int thread();

    /** The process of that thread. */
    int process();

    /**
     * A new thread, or if it is its own process a new process.
     *
     * @param parentThread who is its parent, which need not be who made it
     * @param parentProcess the process of that
     */
    record Fork(int thread, int process, int parentThread, int parentProcess)
            implements ProcessEvent {
        /** Whether it is a process rather than a further thread of one. */
        public boolean isProcess() {
            return thread == process;
        }
    }

    /** It runs another program. */
    record Exec(int thread, int process) implements ProcessEvent {}

    /** It is of another user: the real and the effective number, unsigned 32 bits in an int. */
    record User(int thread, int process, int real, int effective) implements ProcessEvent {}

    /** It is of another group: the real and the effective number, unsigned 32 bits in an int. */
    record Group(int thread, int process, int real, int effective) implements ProcessEvent {}

    /** It begins a session. */
    record Session(int thread, int process) implements ProcessEvent {}

    /**
     * It is traced, or is not any more.
     *
     * @param tracerThread who traces it; 0 for nobody
     */
    record Trace(int thread, int process, int tracerThread, int tracerProcess)
            implements ProcessEvent {}

    /** A thread has another name, of at most 15 bytes. */
    record Name(int thread, int process, String name) implements ProcessEvent {}

    /** It dumps core. */
    record CoreDump(int thread, int process, int parentThread, int parentProcess)
            implements ProcessEvent {}

    /**
     * A thread has ended, and with its last one the process.
     *
     * @param code as wait(2) has it: {@link #status} and {@link #signal} take it apart
     * @param parentSignal the signal that its parent gets, mostly SIGCHLD; −1 for a thread
     */
    record Exit(
            int thread,
            int process,
            int code,
            int parentSignal,
            int parentThread,
            int parentProcess)
            implements ProcessEvent {
        /** The signal that killed it; 0 if it ended by itself. */
        public int signal() {
            return code & 0x7F;
        }

        /** The status that it ended with, 0 to 255. */
        public int status() {
            return code >>> 8 & 0xFF;
        }
    }

    /** One that this does not know, by its number in {@code enum proc_cn_event}. */
    record Other(int thread, int process, int what) implements ProcessEvent {}
}
