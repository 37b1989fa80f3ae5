// SPDX-License-Identifier: Apache-2.0
package sockeye.reactor.internal;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

import sockeye.reactor.ReactorSettings;

import java.io.IOException;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/** What a timer costs beside so many others that are armed. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class TimerCost {
    private static final long MINUTE = 60_000_000_000L;

    @Param({"100", "1000000"})
    private int others;

    private final Random random = new Random(1);
    private Loop loop;
    private Timers.Call[] calls;

    @Setup
    public void open() throws IOException {
        loop = Loop.open(ReactorSettings.DEFAULT);
        calls = new Timers.Call[others];
        for (int i = 0; i < others; i++) {
            calls[i] = loop.timer(() -> {});
            calls[i].reset(MINUTE + random.nextLong(MINUTE));
        }
    }

    @TearDown
    public void close() {
        loop.close();
    }

    /** As an idle timeout does that is put off. */
    @Benchmark
    public void reset() {
        calls[random.nextInt(others)].reset(2 * MINUTE);
    }

    /** As a deadline does that is met. */
    @Benchmark
    public boolean armAndCancel() {
        Timers.Call call = loop.timer(() -> {});
        call.reset(MINUTE + random.nextLong(MINUTE));
        return call.cancel();
    }
}
