// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.nio.ByteBuffer;

/**
 * A stream service that holds its driver and its machines to the contract of {@link StreamMachine},
 * for tests: {@code new CheckedService(service)} is the same service, but throws {@link
 * IllegalStateException}, saying which sentence was broken, where either side breaks one that can
 * be seen from between them.
 */
public final class CheckedService implements StreamService {
    private final StreamService service;

    /** The same service, checked. */
    public CheckedService(StreamService service) {
        this.service = service;
    }

    @Override
    public StreamMachine open() {
        return new Checked(service.open());
    }

    @Override
    public StreamMachine open(PeerFacts facts) {
        return new Checked(service.open(facts));
    }

    @Override
    public String toString() {
        return service + " (checked)";
    }

    private static final class Checked implements StreamMachine {
        private final StreamMachine machine;
        private boolean unconsumed;
        private boolean ended;
        private boolean closed;
        private boolean halfClosed;
        private boolean entered;

        Checked(StreamMachine machine) {
            this.machine = machine;
        }

        @Override
        public void received(ByteBuffer input, Moment now, Output out) {
            require(input.hasRemaining(), "received was called without a byte of input");
            require(!ended, "received was called after ended");
            enter("received", out);
            int before = input.remaining();
            machine.received(input, now, out);
            require(
                    input.remaining() < before || !out.isEmpty(),
                    "the machine neither consumed input nor gave output: it would never go on");
            unconsumed = input.hasRemaining();
            leave(out);
        }

        @Override
        public void quiet(Moment now, Output out) {
            require(!unconsumed, "quiet was called while input is unconsumed");
            enter("quiet", out);
            machine.quiet(now, out);
            leave(out);
        }

        @Override
        public void ended(Moment now, Output out) {
            require(!unconsumed, "ended was called while input is unconsumed");
            require(!ended, "ended was called twice");
            enter("ended", out);
            ended = true;
            machine.ended(now, out);
            leave(out);
        }

        @Override
        public long wakeAt() {
            return machine.wakeAt();
        }

        @Override
        public long messages() {
            return machine.messages();
        }

        private void enter(String call, Output out) {
            require(!closed, call + " was called after the machine had closed");
            require(!entered, call + " was called from inside another call");
            require(
                    out.isEmpty() && out.open(),
                    call + " was called with an output that had not been sent and cleared");
            entered = true;
        }

        private void leave(Output out) {
            entered = false;
            require(
                    !halfClosed || out.remaining() == 0,
                    "the machine sent after it had shut down writing");
            closed = out.ending() == Output.Ending.CLOSE;
            halfClosed |= out.ending() == Output.Ending.HALF_CLOSE;
        }

        private static void require(boolean kept, String broken) {
            if (!kept) {
                throw new IllegalStateException(broken);
            }
        }
    }
}
