// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import org.jspecify.annotations.Nullable;

import sockeye.ByteStream;
import sockeye.StreamSocket;
import sockeye.wire.Output;
import sockeye.wire.Output.Ending;
import sockeye.wire.PeerFacts;
import sockeye.wire.StreamMachine;
import sockeye.wire.StreamService;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.Objects;

/**
 * Runs machines of {@code sockeye.wire} on blocking streams, by the contract that stands at {@link
 * StreamMachine}: turns of work, each with a borrowed {@link Workspace}, and waits without one
 * between them.
 */
final class StreamDriver implements StreamHandler {
    /** After so many steps without a wait other threads have their turn. */
    private static final int FAIR = 64;

    private final StreamService service;

    StreamDriver(StreamService service) {
        this.service = service;
    }

    @Override
    public void handle(ByteStream client) throws Exception {
        PeerFacts facts = client::peer;
        new Run(service.open(facts), new StreamLine(client, null)).toTheEnd();
    }

    /**
     * The same for a connection just accepted, straight on its socket.
     *
     * @return whether the peer has ended its sending
     */
    boolean serve(ServerConnection connection, StreamSocket client) throws IOException {
        StreamMachine machine = service.open(new ConnectionFacts(connection));
        connection.counts(machine);
        var run = new Run(machine, new SocketLine(connection, client.socket()));
        run.toTheEnd();
        return run.peerEnded;
    }

    /**
     * The same for a connection with layers, on what they have made of it.
     *
     * @return whether the peer has ended its sending
     */
    boolean serve(ServerConnection connection, ByteStream client) throws IOException {
        StreamMachine machine = service.open(new ConnectionFacts(connection));
        connection.counts(machine);
        var run = new Run(machine, new StreamLine(client, connection));
        run.toTheEnd();
        return run.peerEnded && !connection.stopping();
    }

    private enum After {
        READ,
        WAIT,
        CLOSE
    }

    private static final class Run {
        private final StreamMachine machine;
        private final Line line;

        /** Whether the machine was told the end: the peer's, or the server's. */
        private boolean ended;

        private boolean peerEnded;

        /** While it works. */
        private @Nullable Workspace space;

        /** Whether the last output had to wait, so that no silence is proved. */
        private boolean waited;

        Run(StreamMachine machine, Line line) {
            this.machine = machine;
            this.line = line;
        }

        void toTheEnd() throws IOException {
            while (turn()) {
                long wakeAt = machine.wakeAt();
                if (ended) {
                    sleepUntil(wakeAt);
                } else {
                    line.await(wakeAt);
                }
            }
        }

        /** Works until there is nothing to do; whether to wait, rather than to close. */
        @SuppressWarnings("ThreadPriorityCheck") // a virtual thread is never preempted
        private boolean turn() throws IOException {
            space = Workspace.borrow();
            try {
                After after;
                int steps = 0;
                do {
                    after = step();
                    if (++steps % FAIR == 0) {
                        // A peer that is as fast as we are would keep the carrier to itself.
                        Thread.yield();
                    }
                } while (after == After.READ);
                return after == After.WAIT;
            } finally {
                giveBack();
            }
        }

        private Workspace space() {
            return Objects.requireNonNull(space);
        }

        private void giveBack() {
            Workspace mine = space;
            space = null;
            if (mine != null) {
                mine.giveBack();
            }
        }

        private After step() throws IOException {
            Workspace now = space();
            int count = ended ? Line.NOTHING : line.read(now.bytes, Workspace.INPUT);
            if (count > 0) {
                now.received(count);
                waited = false;
                do {
                    // Each time anew: who waits for room may have given his space back.
                    now = space();
                    machine.received(now.input, now.now, now.output);
                    if (carryOut()) {
                        return After.CLOSE;
                    }
                } while (space().input.hasRemaining());
                if (waited || !line.drained()) {
                    return After.READ;
                }
            } else {
                now.received(0);
                if (!ended && (count == Line.END || line.stopping())) {
                    peerEnded = count == Line.END;
                    ended = true;
                    machine.ended(now.now, now.output);
                    if (carryOut()) {
                        return After.CLOSE;
                    }
                }
            }
            now = space();
            machine.quiet(now.now, now.output);
            if (carryOut()) {
                return After.CLOSE;
            }
            return next();
        }

        private After next() {
            long wakeAt = machine.wakeAt();
            if (wakeAt == StreamMachine.NEVER) {
                return ended ? After.CLOSE : After.WAIT;
            }
            boolean now = wakeAt == StreamMachine.AT_ONCE || wakeAt - System.nanoTime() <= 0;
            return now ? After.READ : After.WAIT;
        }

        /** Whether the machine is done. */
        private boolean carryOut() throws IOException {
            Output output = space().output;
            Ending ending = output.ending();
            if (line.sendNow(output)) {
                output.clear();
            } else {
                waited = true;
                sendWaiting(output);
            }
            if (ending == Ending.HALF_CLOSE) {
                line.shutdownOutput();
            }
            return ending == Ending.CLOSE;
        }

        /** Sends what is left, with the whole space as long as memory is plenty. */
        private void sendWaiting(Output output) throws IOException {
            Arrears arrears = line.arrears();
            if (arrears != null && !arrears.afford(Workspace.BYTES)) {
                sendWithoutSpace(output, arrears);
                return;
            }
            try {
                line.send(output);
                output.clear();
            } finally {
                if (arrears != null) {
                    arrears.free(Workspace.BYTES);
                }
            }
        }

        /** The same with a copy of just what is left to send, and to read after it. */
        private void sendWithoutSpace(Output output, Arrears arrears) throws IOException {
            byte[] unsent = space().unsent();
            output.clear();
            byte[] unread = space().unread();
            int bytes = unsent.length + unread.length;
            arrears.hold(bytes);
            giveBack();
            try {
                line.send(unsent);
            } finally {
                arrears.free(bytes);
            }
            space = Workspace.borrow();
            space().receivedBefore(unread);
        }

        /** There is no more input to wait for. */
        private static void sleepUntil(long wakeAt) throws IOException {
            try {
                Thread.sleep(Math.max(0, (wakeAt - System.nanoTime()) / 1_000_000), 999_999);
            } catch (InterruptedException cancelled) {
                Thread.currentThread().interrupt();
                throw new InterruptedIOException("cancelled");
            }
        }
    }
}
