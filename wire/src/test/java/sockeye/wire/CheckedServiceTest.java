// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.nio.ByteBuffer;
import java.time.ZoneOffset;

/** The contract of drivers and machines: each sentence broken once. */
class CheckedServiceTest {
    private static final Moment NOW = Moment.of(0, 0);

    private final Output out = Output.ofCapacity(Output.MINIMUM);
    private final StreamMachine machine =
            new CheckedService(TimestampService.in(ZoneOffset.UTC)).open();

    private static ByteBuffer input(String text) {
        return ByteBuffer.wrap(Dialogue.bytes(text));
    }

    private void broken(String sentence, Runnable call) {
        var e = assertThrows(IllegalStateException.class, call::run);
        assertEquals(sentence, e.getMessage());
    }

    @Test
    void anOutputIsSentAndClearedBeforeTheNextCall() {
        machine.received(input("a\n"), NOW, out);
        broken(
                "quiet was called with an output that had not been sent and cleared",
                () -> machine.quiet(NOW, out));
        out.clear();
        machine.quiet(NOW, out);
    }

    @Test
    void inputIsConsumedBeforeQuietAndBeforeTheEnd() {
        machine.received(input("\n".repeat(100)), NOW, out);
        out.clear();
        broken("quiet was called while input is unconsumed", () -> machine.quiet(NOW, out));
        broken("ended was called while input is unconsumed", () -> machine.ended(NOW, out));
    }

    @Test
    void aMachineThatHasClosedIsLeftAlone() {
        machine.ended(NOW, out);
        out.clear();
        broken("quiet was called after the machine had closed", () -> machine.quiet(NOW, out));
    }

    @Test
    void thereIsSomethingToReceive() {
        broken(
                "received was called without a byte of input",
                () -> machine.received(input(""), NOW, out));
    }

    @Test
    void aMachineMovesOn() {
        StreamMachine stuck = new CheckedService(Stuck::new).open();
        broken(
                "the machine neither consumed input nor gave output: it would never go on",
                () -> stuck.received(input("a"), NOW, out));
    }

    @Test
    void aStreamEndsOnceAndBringsNothingAfterwards() {
        StreamMachine stuck = new CheckedService(Stuck::new).open();
        stuck.ended(NOW, out);
        broken("ended was called twice", () -> stuck.ended(NOW, out));
        broken("received was called after ended", () -> stuck.received(input("a"), NOW, out));
    }

    @Test
    void nothingIsSentAfterWritingWasShutDown() {
        StreamMachine talker = new CheckedService(HalfClosing::new).open();
        talker.quiet(NOW, out);
        out.clear();
        broken("the machine sent after it had shut down writing", () -> talker.quiet(NOW, out));
    }

    private static class Stuck implements StreamMachine {
        @Override
        public void received(ByteBuffer input, Moment now, Output out) {}

        @Override
        public void ended(Moment now, Output out) {}

        @Override
        public long messages() {
            return 0;
        }
    }

    private static final class HalfClosing extends Stuck {
        @Override
        public void quiet(Moment now, Output out) {
            out.buffer().put((byte) 'x');
            out.halfClose();
        }
    }
}
