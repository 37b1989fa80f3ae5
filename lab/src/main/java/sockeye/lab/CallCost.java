// SPDX-License-Identifier: Apache-2.0
package sockeye.lab;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

import sockeye.LinuxSocket;
import sockeye.MessageBatch;
import sockeye.SocketType;
import sockeye.StreamSocket;
import sockeye.internal.kernel.Kernel;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/** What one operation costs that need not wait: from the bare call to the role. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class CallCost {
    private static final int DONTWAIT = 0x40;

    private final Kernel kernel = Kernel.real();
    private final byte[] bytes = new byte[64];
    private final ByteBuffer direct = ByteBuffer.allocateDirect(64);
    private LinuxSocket.Pair pair;
    private LinuxSocket.Pair datagrams;
    private StreamSocket left;
    private StreamSocket right;
    private MessageBatch out;
    private MessageBatch in;

    @Setup
    public void open() throws IOException {
        pair = LinuxSocket.socketPair();
        datagrams = LinuxSocket.socketPair(1, SocketType.SOCK_DGRAM, 0);
        left = StreamSocket.of(pair.left());
        right = StreamSocket.of(pair.right());
        out = new MessageBatch(1, 64);
        in = new MessageBatch(1, 64);
        out.add(direct.clear(), null, 1);
    }

    @TearDown
    public void close() throws IOException {
        pair.close();
        datagrams.close();
    }

    /** The cheapest system call there is, as a plain downcall. */
    @Benchmark
    public int getuid() {
        return kernel.getuid();
    }

    /** A critical downcall that fails at once in the kernel: EBADF. */
    @Benchmark
    public long criticalRefused() {
        return kernel.recv(-1, MemorySegment.ofArray(bytes), bytes.length, DONTWAIT);
    }

    @Benchmark
    public int sendAndReceive() throws IOException {
        pair.left().sendAll(bytes);
        return pair.right().recvInto(bytes);
    }

    @Benchmark
    public int sendAndReceiveDirect() throws IOException {
        pair.left().send(direct.clear(), 0);
        return pair.right().recvInto(direct.clear(), 0);
    }

    @Benchmark
    public int writeAndReadOfTheRole() throws IOException {
        left.write(bytes);
        return right.read(bytes);
    }

    @Benchmark
    public int batchOfOne() throws IOException {
        datagrams.left().sendBatch(out, 0, 0);
        return datagrams.right().recvBatch(in, 0);
    }
}
