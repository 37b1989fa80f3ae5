// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.reactor.DelayedCall;
import sockeye.reactor.Transport;
import sockeye.wire.Moment;
import sockeye.wire.Output;
import sockeye.wire.StreamMachine;
import sockeye.wire.StreamService;

import java.nio.ByteBuffer;
import java.time.Duration;

/**
 * Runs a machine of {@code sockeye.wire}, by the contract of a driver that stands at {@link
 * StreamMachine}.
 */
public final class ServiceProtocol implements Turnwise {
    private static final int OUTPUT = 64 << 10;

    private final StreamService service;
    private @Nullable StreamMachine opened;
    private @Nullable DelayedCall alarm;
    private boolean ended;
    private boolean concluding;
    private boolean concluded;
    private long received;
    private long written;

    /** Runs one connection's machine. */
    public ServiceProtocol(StreamService service) {
        this.service = service;
    }

    @Override
    public void opened(Transport transport) {
        opened = service.open(new TransportFacts(transport));
    }

    private StreamMachine machine() {
        StreamMachine machine = opened;
        if (machine == null) {
            throw new IllegalStateException("the connection is not open");
        }
        return machine;
    }

    @Override
    public void received(Transport transport, ByteBuffer bytes) {
        if (concluded) {
            bytes.position(bytes.limit());
            return;
        }
        Turn turn = Turn.of(transport);
        int length = bytes.remaining();
        machine().received(bytes, turn, turn.output);
        received += length - bytes.remaining();
        carryOut(transport, turn);
    }

    @Override
    public void ended(Transport transport) {
        if (!ended) {
            ended = true;
            Turn turn = Turn.of(transport);
            machine().ended(turn, turn.output);
            carryOut(transport, turn);
        }
    }

    /** Has the machine conclude as it does at the peer's end, when it is quiet the next time. */
    void conclude() {
        concluding = true;
    }

    /** How many bytes have come. */
    long received() {
        return received;
    }

    /** How many bytes were written. */
    long written() {
        return written;
    }

    /** How many messages have come. */
    long messages() {
        StreamMachine machine = opened;
        return machine == null ? 0 : machine.messages();
    }

    @Override
    public void quiet(TurnTransport transport) {
        if (concluding && !concluded) {
            concluded = true;
            ended(transport);
            if (transport.isOpen()) {
                transport.lookForQuiet();
            }
            return;
        }
        Turn turn = Turn.of(transport);
        StreamMachine machine = machine();
        machine.quiet(turn, turn.output);
        carryOut(transport, turn);
        if (!transport.isOpen()) {
            return;
        }
        long wakeAt = machine.wakeAt();
        if (wakeAt == StreamMachine.NEVER) {
            if (alarm != null) {
                alarm.cancel();
            }
            if (ended) {
                transport.close();
            }
        } else if (wakeAt == StreamMachine.AT_ONCE) {
            transport.lookForQuiet();
        } else {
            arm(transport, Duration.ofNanos(Math.max(0, wakeAt - transport.reactor().nanos())));
        }
    }

    private void arm(TurnTransport transport, Duration delay) {
        DelayedCall armed = alarm;
        if (armed == null) {
            alarm = transport.reactor().after(delay, transport::lookForQuiet);
        } else {
            armed.reset(delay);
        }
    }

    @Override
    public void closed(Transport transport, @Nullable Throwable why) {
        if (alarm != null) {
            alarm.cancel();
        }
    }

    private void carryOut(Transport transport, Turn turn) {
        Output output = turn.output;
        ByteBuffer collected = output.collected();
        if (collected.hasRemaining()) {
            written += collected.remaining();
            transport.write(collected);
        }
        ByteBuffer passed = output.passed();
        if (passed != null && passed.hasRemaining()) {
            written += passed.remaining();
            transport.write(passed);
        }
        Output.Ending ending = output.ending();
        output.clear();
        switch (ending) {
            case NONE -> {}
            case HALF_CLOSE -> transport.shutdownOutput();
            case CLOSE -> transport.close();
        }
    }

    /** What the machines of one loop have in common while one of them is called. */
    static final class Turn implements Moment {
        final Output output = Output.ofCapacity(OUTPUT);
        private final Loop loop;
        private boolean monotonic;
        private boolean wall;
        private long nanos;
        private long epochNanos;

        Turn(Loop loop) {
            this.loop = loop;
        }

        static Turn of(Transport transport) {
            return of((Loop) transport.reactor());
        }

        static Turn of(Loop loop) {
            Turn turn = loop.workspace();
            turn.monotonic = false;
            turn.wall = false;
            return turn;
        }

        @Override
        public long nanos() {
            if (!monotonic) {
                monotonic = true;
                nanos = loop.nanos();
            }
            return nanos;
        }

        @Override
        public long epochNanos() {
            if (!wall) {
                wall = true;
                epochNanos = loop.driverInUse().epochNanos();
            }
            return epochNanos;
        }
    }
}
