// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.wait;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

import sockeye.internal.kernel.Kernel;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** What the waiting machinery costs beside the system calls. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class WaitCost {
    private static final int TURNS = 1_000;

    private Descriptor descriptor;
    private Descriptor partner;

    @Setup
    public void open() {
        descriptor = new Descriptor(Kernel.real(), Kernel.real().eventfd2(0, 0x80800));
        partner = new Descriptor(Kernel.real(), Kernel.real().eventfd2(0, 0x80800));
    }

    @TearDown
    public void close() {
        descriptor.close();
        partner.close();
    }

    /** Counting in and out of a descriptor. */
    @Benchmark
    public void enterAndExit() throws IOException {
        descriptor.enter();
        descriptor.exit();
    }

    /**
     * Two virtual threads that open each other's gate in turn, without the kernel: per hand-over, a
     * park, an unpark and the switch between them.
     */
    @Benchmark
    @OperationsPerInvocation(2 * TURNS)
    public void parkAndUnpark() throws InterruptedException {
        // Noted before either runs, so that no hand-over is missed.
        int first = descriptor.input.epoch();
        int second = partner.input.epoch();
        var there = Thread.ofVirtual().start(() -> turns(descriptor, partner, first, false));
        var back = Thread.ofVirtual().start(() -> turns(partner, descriptor, second, true));
        there.join();
        back.join();
    }

    private static void turns(Descriptor mine, Descriptor other, int first, boolean begins) {
        int seen = first;
        try {
            for (int i = 0; i < TURNS; i++) {
                if (begins) {
                    other.input.open();
                }
                mine.input.await(seen, Clock.NEVER);
                seen++;
                if (!begins) {
                    other.input.open();
                }
            }
        } catch (IOException failed) {
            throw new IllegalStateException(failed);
        }
    }
}
