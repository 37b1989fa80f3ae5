// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.nio.ByteBuffer;

/**
 * One connection's side of a {@link StreamService}: takes the bytes that came, gives bytes to send,
 * and says when it wants to be asked again. It does no I/O, never waits, and is used by one thread
 * at a time.
 *
 * <h2>The contract of a driver</h2>
 *
 * <table>
 * <caption>What a driver sees, and what it does then</caption>
 * <tr><th>seen</th><th>done</th></tr>
 * <tr><td>a new connection</td>
 *     <td>{@link StreamService#open}; then the loop, which begins with a read</td></tr>
 * <tr><td>a read brought bytes</td>
 *     <td>{@link #received}, then the output rule</td></tr>
 * <tr><td>a read found nothing more queued; no input is unconsumed, no output pending</td>
 *     <td>{@link #quiet}, then the output rule; then wait until readable (not after the end) or
 *     until {@link #wakeAt()}, whichever is first, and read</td></tr>
 * <tr><td>{@link #wakeAt()} has come</td>
 *     <td>a read, as if the socket had become readable, and then one of the lines above: the
 *     machine never acts upon time without one</td></tr>
 * <tr><td>a read met the end of the stream</td>
 *     <td>{@link #ended}, once, then the output rule; from then on every read counts as one that
 *     found nothing</td></tr>
 * <tr><td>the server wants to stop</td>
 *     <td>feed what is queued, then {@link #ended}: the machine concludes as it does at the peer's
 *     end</td></tr>
 * <tr><td>a reset, a time-out, a failed send, an exception thrown by the machine</td>
 *     <td>drop the machine and close; {@link #messages()} is still valid</td></tr>
 * </table>
 *
 * <p><b>The output rule</b>, after every call: send {@link Output#collected()} and {@link
 * Output#passed()} in one send, and go on until nothing remains; obey {@link Output#ending()};
 * {@link Output#clear()}. While bytes remain, output is <em>pending</em>: the driver waits for
 * room, calls the machine in no way, and need not read; what it reads ahead it keeps. Then:
 *
 * <ul>
 *   <li>After {@link Output.Ending#CLOSE} the machine is never called again, whatever input is
 *       left.
 *   <li>If {@link #received} left input unconsumed, the output was full: {@link #received} comes
 *       next, with the same bytes in front.
 *   <li>If the stream has ended, and {@link #wakeAt()} is {@link #NEVER}, the driver closes:
 *       nothing can happen any more.
 * </ul>
 *
 * <p><b>Nothing more queued</b> is what a read has found that would block (EAGAIN). A read that
 * filled less than its room has found it too where a short read proves it (TCP without urgent
 * data), but only if the answers to what it brought were then sent without waiting; else a fresh
 * read comes first. So delays start at a read that found nothing, stand still while answers are
 * pending, and are never over before another read: a peer does not count as silent because the
 * driver was slow.
 *
 * <p>A driver that blocks, on a virtual thread, is this loop:
 *
 * {@snippet :
 * for (boolean ended = false; ; ) {
 *     int count = ended ? 0 : socket.readNow(input.clear()); // bytes, 0 for EAGAIN, -1 for the end
 *     if (count > 0) {
 *         input.flip();
 *         do {
 *             machine.received(input, now, out);
 *             if (send(out) == CLOSE) return;                // waits for room, then clears
 *         } while (input.hasRemaining());
 *         if (!(provesNothingQueued(count) && sentWithoutWaiting)) continue;
 *     } else if (count < 0) {
 *         ended = true;
 *         machine.ended(now, out);
 *         if (send(out) == CLOSE) return;
 *     }
 *     machine.quiet(now, out);
 *     if (send(out) == CLOSE || ended && machine.wakeAt() == NEVER) return;
 *     if (ended) sleepUntil(machine.wakeAt());
 *     else socket.awaitReadable(machine.wakeAt());           // or until that time
 * }
 * }
 */
public interface StreamMachine {
    /** For {@link #wakeAt()}: no wish. */
    long NEVER = Long.MAX_VALUE;

    /** For {@link #wakeAt()}: as soon as output is sent and a read found nothing. */
    long AT_ONCE = Long.MIN_VALUE;

    /**
     * Bytes have come. The machine consumes them by moving the position; it leaves some only if the
     * output had no room for their answers, and then is called again with them once the output has
     * been sent. Bytes that it must remember it copies: the buffer is the driver's again when its
     * passed part has been sent.
     *
     * @param input from position to limit, at least one byte, in front what was left unconsumed
     *     before
     * @param now the present time; asked only during the call
     * @param out empty at the start of the call
     */
    void received(ByteBuffer input, Moment now, Output out);

    /**
     * A read has just found nothing more queued, nothing is unconsumed and no output is pending.
     * Called after every such read, thus also when a wait ended at {@link #wakeAt()}; being called
     * earlier, or more often, changes nothing. The place where delays are started and where what
     * they were for is done.
     *
     * @param now the present time; asked only during the call
     * @param out empty at the start of the call
     */
    default void quiet(Moment now, Output out) {}

    /**
     * The peer will send no more, and all that it sent has been consumed. Answers what is left to
     * answer and closes ({@link Output#close()}); or goes on sending, by asking for {@link #quiet}
     * with {@link #wakeAt()}.
     *
     * @param now the present time; asked only during the call
     * @param out empty at the start of the call
     */
    void ended(Moment now, Output out);

    /**
     * When the machine wants a read and, if that finds nothing, {@link #quiet}: a time of {@link
     * Moment#nanos()}, {@link #NEVER} or {@link #AT_ONCE}. May change with each call of the machine
     * and not otherwise. Compare by difference ({@code wakeAt - nanos <= 0}), the two constants
     * first.
     */
    default long wakeAt() {
        return NEVER;
    }

    /**
     * How many messages the peer has sent so far: what that is, the service says. Valid in every
     * state, also when the machine is done.
     */
    long messages();
}
