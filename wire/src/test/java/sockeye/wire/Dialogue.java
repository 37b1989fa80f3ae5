// SPDX-License-Identifier: Apache-2.0

package sockeye.wire;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A driver for tests: one connection without a socket. What the peer sends is queued here as the
 * kernel would; time stands still until it is moved. It keeps the contract of {@link StreamMachine}
 * to the letter, and runs the machine inside a {@link CheckedService}.
 */
final class Dialogue {
    /** 2026-11-22T10:05:00Z, a Sunday. */
    static final long SUNDAY = 1_795_341_900L * 1_000_000_000L;

    private final StreamMachine machine;
    private final ByteBuffer input;
    private final Output out;
    private final ArrayDeque<byte[]> queued = new ArrayDeque<>();
    private final List<byte[]> sends = new ArrayList<>();
    private final Moment now =
            new Moment() {
                @Override
                public long nanos() {
                    return nanos;
                }

                @Override
                public long epochNanos() {
                    return SUNDAY + (nanos - start);
                }
            };

    private final long start;
    private long nanos;
    private boolean inputShut;
    private boolean ended;
    private boolean peerTakesAnswers = true;
    private boolean pending;
    private boolean unconsumed;
    Output.Ending ending = Output.Ending.NONE;

    Dialogue(StreamService service) {
        this(service, 65_536, 65_536);
    }

    Dialogue(StreamService service, int readSize, int outputSize) {
        this(service, ByteBuffer.allocate(readSize), ByteBuffer.allocate(outputSize), 1_000L);
    }

    Dialogue(StreamService service, ByteBuffer input, ByteBuffer output, long startNanos) {
        this.machine = new CheckedService(service).open();
        this.input = input;
        this.out = new Output(output);
        this.start = startNanos;
        this.nanos = startNanos;
    }

    // ---- what happens outside

    /** The bytes arrive as one segment, and the driver does not yet know. */
    Dialogue queue(byte[] bytes) {
        queued.add(bytes);
        return this;
    }

    Dialogue queue(String text) {
        return queue(bytes(text));
    }

    /** The bytes arrive, and the driver reacts. */
    Dialogue arrive(String text) {
        return queue(text).run();
    }

    Dialogue arrive(byte[] bytes) {
        return queue(bytes).run();
    }

    /** The peer shuts down writing, and the driver reacts. */
    Dialogue end() {
        inputShut = true;
        return run();
    }

    /** Time passes while the driver is elsewhere: it sees nothing. */
    Dialogue stall(Duration time) {
        nanos += time.toNanos();
        return this;
    }

    /** Time passes while the driver waits: it wakes when the machine wants it. */
    Dialogue pass(Duration time) {
        long until = nanos + time.toNanos();
        while (wakesBefore(until)) {
            nanos = Math.max(nanos, machine.wakeAt());
            run();
        }
        nanos = until;
        return this;
    }

    Dialogue pass(long millis) {
        return pass(Duration.ofMillis(millis));
    }

    private boolean wakesBefore(long until) {
        long at = machine.wakeAt();
        return !pending
                && ending != Output.Ending.CLOSE
                && at != StreamMachine.NEVER
                && (at == StreamMachine.AT_ONCE || at - until <= 0);
    }

    /** The peer's window is full: nothing more can be sent. */
    Dialogue peerStopsReading() {
        peerTakesAnswers = false;
        return this;
    }

    Dialogue peerReadsAgain() {
        peerTakesAnswers = true;
        return run();
    }

    // ---- what came of it

    /** All that was sent so far, and forgets it. */
    String answers() {
        return text(answerBytes());
    }

    byte[] answerBytes() {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        sends.forEach(all::writeBytes);
        sends.clear();
        return all.toByteArray();
    }

    int sends() {
        return sends.size();
    }

    long messages() {
        return machine.messages();
    }

    boolean hasClock() {
        return machine.wakeAt() != StreamMachine.NEVER;
    }

    long wakeInNanos() {
        return machine.wakeAt() - nanos;
    }

    boolean closed() {
        return ending == Output.Ending.CLOSE;
    }

    // ---- the driver

    /** Goes on until there is nothing to do but wait. */
    Dialogue run() {
        while (send() && ending != Output.Ending.CLOSE) {
            if (unconsumed) {
                feed();
                continue;
            }
            int count = read();
            if (count > 0) {
                feed();
            } else if (count < 0 && !ended) {
                ended = true;
                machine.ended(now, out);
            } else {
                machine.quiet(now, out);
                if (out.isEmpty()) {
                    break;
                }
            }
        }
        return this;
    }

    private void feed() {
        machine.received(input, now, out);
        // Looked at after sending, when the position is the machine's again.
        unconsumed = true;
    }

    private int read() {
        byte[] next = queued.poll();
        if (next == null) {
            return inputShut ? -1 : 0;
        }
        input.clear();
        int count = Math.min(next.length, input.remaining());
        input.put(next, 0, count).flip();
        if (count < next.length) {
            queued.addFirst(Arrays.copyOfRange(next, count, next.length));
        }
        return count;
    }

    /** One send for one output; false while the peer does not take it. */
    private boolean send() {
        if (out.remaining() > 0) {
            if (!peerTakesAnswers) {
                pending = true;
                return false;
            }
            byte[] bytes = new byte[out.remaining()];
            ByteBuffer collected = out.collected();
            int first = collected.remaining();
            collected.get(bytes, 0, first);
            ByteBuffer passed = out.passed();
            if (passed != null) {
                passed.get(bytes, first, bytes.length - first);
            }
            sends.add(bytes);
        }
        pending = false;
        if (out.ending() != Output.Ending.NONE) {
            ending = out.ending();
        }
        out.clear();
        unconsumed &= input.hasRemaining();
        return true;
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
