// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import sockeye.ByteStream;
import sockeye.StreamSocket;
import sockeye.wire.Output;
import sockeye.wire.Output.Ending;
import sockeye.wire.StreamMachine;
import sockeye.wire.StreamService;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;

/**
 * Runs machines of {@code sockeye.wire} on blocking streams, by the contract that stands at {@link
 * StreamMachine}: turns of work, each with a borrowed {@link Workspace}, and waits without one
 * between them.
 */
final class StreamDriver implements StreamHandler {
    private final StreamService service;

    StreamDriver(StreamService service) {
        this.service = service;
    }

    @Override
    public void handle(ByteStream client) throws Exception {
        new Run(service.open(), new StreamLine(client)).toTheEnd();
    }

    /**
     * The same for a connection just accepted, straight on its socket.
     *
     * @return whether the peer has ended its sending
     */
    boolean serve(ServerConnection connection, StreamSocket client) throws IOException {
        StreamMachine machine = service.open();
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
        StreamMachine machine = service.open();
        connection.counts(machine);
        var run = new Run(machine, new StreamLine(client));
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
        private boolean turn() throws IOException {
            Workspace space = Workspace.borrow();
            try {
                After after;
                do {
                    after = step(space);
                } while (after == After.READ);
                return after == After.WAIT;
            } finally {
                space.giveBack();
            }
        }

        private After step(Workspace space) throws IOException {
            Output output = space.output;
            int count = ended ? Line.NOTHING : line.read(space.bytes, Workspace.INPUT);
            if (count > 0) {
                ByteBuffer input = space.received(count);
                waited = false;
                do {
                    machine.received(input, space.now, output);
                    if (carryOut(output)) {
                        return After.CLOSE;
                    }
                } while (input.hasRemaining());
                if (waited || !line.drained()) {
                    return After.READ;
                }
            } else {
                space.now.reset();
                if (!ended && (count == Line.END || line.stopping())) {
                    peerEnded = count == Line.END;
                    ended = true;
                    machine.ended(space.now, output);
                    if (carryOut(output)) {
                        return After.CLOSE;
                    }
                }
            }
            machine.quiet(space.now, output);
            if (carryOut(output)) {
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
        private boolean carryOut(Output output) throws IOException {
            waited |= line.send(output);
            Ending ending = output.ending();
            output.clear();
            if (ending == Ending.HALF_CLOSE) {
                line.shutdownOutput();
            }
            return ending == Ending.CLOSE;
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
