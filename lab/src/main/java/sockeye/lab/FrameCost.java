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

import sockeye.wire.Framer;
import sockeye.wire.LengthFramer;
import sockeye.wire.LengthPrefix;
import sockeye.wire.LineFramer;
import sockeye.wire.NetstringFramer;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;

/** What it costs to find one frame of 32 bytes among many that came in one piece. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class FrameCost {
    private static final int MANY = 256;
    private static final int LONGEST = 1 << 16;
    private static final String TEXT = "x".repeat(32);

    private final Framer lines = new LineFramer(LONGEST);
    private final Framer lengths = new LengthFramer(LengthPrefix.U32_BE, LONGEST);
    private final Framer netstrings = new NetstringFramer(LONGEST);
    private ByteBuffer ofLines;
    private ByteBuffer ofLengths;
    private ByteBuffer ofNetstrings;

    @Setup
    public void fill() {
        ofLines = input(TEXT + "\r\n");
        ofLengths = input("\0\0\0 " + TEXT);
        ofNetstrings = input("32:" + TEXT + ",");
    }

    private static ByteBuffer input(String frame) {
        byte[] all = frame.repeat(MANY).getBytes(StandardCharsets.ISO_8859_1);
        return ByteBuffer.allocateDirect(all.length).put(all);
    }

    private static int count(Framer framer, ByteBuffer input) {
        input.flip();
        int sum = 0;
        while (framer.next(input) == Framer.Found.FRAME) {
            sum += framer.length();
        }
        if (sum != MANY * TEXT.length()) {
            throw new IllegalStateException("frames of " + sum + " bytes");
        }
        return sum;
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public int line() {
        return count(lines, ofLines);
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public int length() {
        return count(lengths, ofLengths);
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public int netstring() {
        return count(netstrings, ofNetstrings);
    }
}
