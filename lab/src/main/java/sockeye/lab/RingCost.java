// SPDX-License-Identifier: Apache-2.0
package sockeye.lab;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

import sockeye.LinuxSocket;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.ring.Ring;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/** What a turn of an io_uring costs: empty, with one operation, and each of many operations. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class RingCost {
    private static final int MANY = 64;
    private static final int POLLIN = 1;
    private static final int BYTES = 64;

    private final Kernel kernel = Kernel.real();
    private final long bytes = Arena.ofAuto().allocate(BYTES, BYTES).address();
    private final byte[] back = new byte[BYTES * MANY];
    private Ring ring;
    private int ready;
    private LinuxSocket.Pair pair;

    @Setup
    public void open() throws IOException {
        ring = Ring.open(kernel, 1024, 4096, Set.of());
        ring.enable();
        ready = kernel.eventfd2(1, 0);
        pair = LinuxSocket.socketPair();
    }

    @TearDown
    public void close() throws IOException {
        ring.close();
        kernel.close(ready);
        pair.close();
    }

    private int reap() {
        int sum = 0;
        while (ring.next()) {
            sum += ring.result();
            ring.seen();
        }
        return sum;
    }

    /** One io_uring_enter(2) that finds nothing to do: what a spin costs. */
    @Benchmark
    public int emptyTurn() {
        return ring.enter(0, 0, true);
    }

    /** An entry that is complete at once, submitted, waited for and reaped. */
    @Benchmark
    public int turnOfOne() {
        poll();
        ring.enter(1, Long.MAX_VALUE, true);
        return reap();
    }

    /** The same, many in one turn; the figure is that of one of them. */
    @Benchmark
    @OperationsPerInvocation(MANY)
    public int turnOfMany() {
        for (int i = 0; i < MANY; i++) {
            poll();
        }
        ring.enter(MANY, Long.MAX_VALUE, true);
        return reap();
    }

    private void poll() {
        ring.begin(1);
        ring.preparePoll(ready, POLLIN);
    }

    /** send(2) by the ring, many in one turn, received by one recv(2); the figure is one send. */
    @Benchmark
    @OperationsPerInvocation(MANY)
    public int sendsOfATurn() throws IOException {
        for (int i = 0; i < MANY; i++) {
            ring.begin(1);
            ring.prepareSend(pair.left().fileno(), bytes, BYTES, 0);
        }
        ring.enter(MANY, Long.MAX_VALUE, true);
        int sent = reap();
        int got = 0;
        while (got < sent) {
            got += pair.right().recvInto(back);
        }
        return got;
    }
}
