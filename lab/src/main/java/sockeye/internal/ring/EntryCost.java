// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.ring;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

import sockeye.AddressFamily;
import sockeye.InetEndpoint;
import sockeye.LinuxSocket;
import sockeye.SocketType;
import sockeye.internal.kernel.Kernel;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * What registered descriptors save and linked timeouts cost. Many connections, of each of which a
 * turn receives and sends a message of 64 bytes; a figure is that of one such pair.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class EntryCost {
    private static final int MANY = 64;
    private static final int BYTES = 64;
    private static final int ROUNDS = 300;
    private static final int BATCH = 100;
    private static final int IORING_OP_LINK_TIMEOUT = 15;
    private static final int IORING_OP_SEND = 26;
    private static final int IORING_OP_RECV = 27;
    private static final int IORING_REGISTER_FILES = 2;
    private static final int IORING_REGISTER_FILES_UPDATE = 6;
    private static final int IORING_REGISTER_RING_FDS = 20;
    private static final int IORING_UNREGISTER_RING_FDS = 21;
    private static final int IORING_ENTER_GETEVENTS = 1;
    private static final int IORING_ENTER_REGISTERED_RING = 16;
    private static final int IOSQE_FIXED_FILE = 1;
    private static final int IOSQE_IO_LINK = 4;

    @Param({"unix", "tcp"})
    private String family;

    private final Kernel kernel = Kernel.real();
    private final MemorySegment memory = Arena.ofAuto().allocate(4096, 64);
    private final MemorySegment numbers = Arena.ofAuto().allocate(4096, 64);
    private final MemorySegment place = Arena.ofAuto().allocate(64, 64);
    private final MemorySegment update = Arena.ofAuto().allocate(64, 64);
    private final LinuxSocket[] senders = new LinuxSocket[MANY];
    private final LinuxSocket[] receivers = new LinuxSocket[MANY];
    private Ring ring;

    @Setup
    public void open() throws IOException {
        ring = Ring.open(kernel, 1024, 4096, Set.of());
        ring.enable();
        for (int i = 0; i < MANY; i++) {
            connect(i);
            numbers.set(JAVA_INT, 8L * i, senders[i].fileno());
            numbers.set(JAVA_INT, 8L * i + 4, receivers[i].fileno());
        }
        check(ring.register(IORING_REGISTER_FILES, numbers.address(), 2 * MANY));
        // struct io_uring_files_update; struct __kernel_timespec, a minute.
        update.set(JAVA_INT, 0, 0);
        update.set(JAVA_LONG, 8, numbers.address());
        memory.set(JAVA_LONG, 2048, 60);
        // struct io_uring_rsrc_update: any place of this thread's for the ring itself.
        place.set(JAVA_INT, 0, -1);
        place.set(JAVA_LONG, 8, ring.fd());
        check(ring.register(IORING_REGISTER_RING_FDS, place.address(), 1));
    }

    private void connect(int i) throws IOException {
        if (family.equals("unix")) {
            LinuxSocket.Pair pair = LinuxSocket.socketPair();
            senders[i] = pair.left();
            receivers[i] = pair.right();
            return;
        }
        try (LinuxSocket listener = tcp()) {
            listener.bind(InetEndpoint.loopback(0));
            listener.listen(1);
            senders[i] = tcp();
            senders[i].connect(listener.getSockName());
            receivers[i] = listener.accept().socket();
        }
    }

    private static LinuxSocket tcp() throws IOException {
        return LinuxSocket.socket(AddressFamily.AF_INET, SocketType.SOCK_STREAM);
    }

    private static void check(int result) throws IOException {
        if (result < 0) {
            throw new IOException("io_uring_register: " + result);
        }
    }

    @TearDown
    public void close() throws IOException {
        place.set(JAVA_LONG, 8, 0);
        check(ring.register(IORING_UNREGISTER_RING_FDS, place.address(), 1));
        ring.close();
        for (int i = 0; i < MANY; i++) {
            senders[i].close();
            receivers[i].close();
        }
    }

    private void receive(int descriptor, int marks) {
        ring.begin(1);
        ring.fill(IORING_OP_RECV, descriptor, memory.address() + 1024, BYTES, 0);
        ring.mark(marks);
    }

    private void send(int descriptor, int marks) {
        ring.begin(1);
        ring.fill(IORING_OP_SEND, descriptor, memory.address(), BYTES, 0);
        ring.mark(marks);
    }

    /** A minute for the entry before. */
    private void timeOut() {
        ring.begin(1);
        ring.fill(IORING_OP_LINK_TIMEOUT, -1, memory.address() + 2048, 1, 0);
    }

    private int turn(int completions) {
        ring.enter(completions, Long.MAX_VALUE, true);
        int sum = 0;
        int count = 0;
        while (count < completions) {
            while (ring.next()) {
                sum += ring.result();
                ring.seen();
                count++;
            }
            if (count < completions) {
                ring.enter(completions - count, Long.MAX_VALUE, true);
            }
        }
        return sum;
    }

    /** What is received is there already. */
    @Benchmark
    @OperationsPerInvocation(MANY)
    public int ready() {
        for (int i = 0; i < MANY; i++) {
            send(senders[i].fileno(), 0);
        }
        for (int i = 0; i < MANY; i++) {
            receive(receivers[i].fileno(), 0);
        }
        return turn(2 * MANY);
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public int readyRegistered() {
        for (int i = 0; i < MANY; i++) {
            send(2 * i, IOSQE_FIXED_FILE);
        }
        for (int i = 0; i < MANY; i++) {
            receive(2 * i + 1, IOSQE_FIXED_FILE);
        }
        return turn(2 * MANY);
    }

    /** The receive waits, until the send wakes it. */
    @Benchmark
    @OperationsPerInvocation(MANY)
    public int waiting() {
        for (int i = 0; i < MANY; i++) {
            receive(receivers[i].fileno(), 0);
        }
        for (int i = 0; i < MANY; i++) {
            send(senders[i].fileno(), 0);
        }
        return turn(2 * MANY);
    }

    @Benchmark
    @OperationsPerInvocation(MANY)
    public int waitingRegistered() {
        for (int i = 0; i < MANY; i++) {
            receive(2 * i + 1, IOSQE_FIXED_FILE);
        }
        for (int i = 0; i < MANY; i++) {
            send(2 * i, IOSQE_FIXED_FILE);
        }
        return turn(2 * MANY);
    }

    /** Each receive has a minute; compare with a timer of ours, TimerCost.armAndCancel. */
    @Benchmark
    @OperationsPerInvocation(MANY)
    public int waitingWithLinkedTimeouts() {
        for (int i = 0; i < MANY; i++) {
            receive(receivers[i].fileno(), IOSQE_IO_LINK);
            timeOut();
        }
        for (int i = 0; i < MANY; i++) {
            send(senders[i].fileno(), 0);
        }
        return turn(3 * MANY);
    }

    /** What each accepted connection would cost: another descriptor in a place of the table. */
    @Benchmark
    public int registerAnother() {
        return ring.register(IORING_REGISTER_FILES_UPDATE, update.address(), 1);
    }

    /** A turn that finds nothing to do. */
    @Benchmark
    public int enter() {
        return kernel.ioUringEnter(ring.fd(), 0, 0, IORING_ENTER_GETEVENTS, 0, 0);
    }

    /** The same, with the ring's own descriptor registered. */
    @Benchmark
    public int enterRegistered() {
        int flags = IORING_ENTER_GETEVENTS | IORING_ENTER_REGISTERED_RING;
        return kernel.ioUringEnter(place.get(JAVA_INT, 0), 0, 0, flags, 0, 0);
    }

    private interface Kind {
        int run();
    }

    /** The same by the thread's CPU time, in turns, for a machine that others use as well. */
    public static void main(String[] families) throws IOException {
        for (String family : families) {
            var cost = new EntryCost();
            cost.family = family;
            cost.open();
            var kinds = new LinkedHashMap<String, Kind>();
            kinds.put("ready", cost::ready);
            kinds.put("readyRegistered", cost::readyRegistered);
            kinds.put("waiting", cost::waiting);
            kinds.put("waitingRegistered", cost::waitingRegistered);
            kinds.put("waitingWithLinkedTimeouts", cost::waitingWithLinkedTimeouts);
            var found = new LinkedHashMap<String, List<Long>>();
            for (int round = 0; round < ROUNDS; round++) {
                boolean warm = round >= ROUNDS / 5;
                kinds.forEach((name, kind) -> {
                    long spent = spent(kind);
                    if (warm) {
                        found.computeIfAbsent(name, none -> new ArrayList<>()).add(spent);
                    }
                });
            }
            found.forEach((name, all) -> {
                Collections.sort(all);
                System.out.printf("%-6s %-28s %,6d ns%n", family, name, all.get(all.size() / 2));
            });
            cost.close();
        }
    }

    private static long spent(Kind kind) {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadCpuTime();
        for (int i = 0; i < BATCH; i++) {
            kind.run();
        }
        return (threads.getCurrentThreadCpuTime() - before) / (BATCH * MANY);
    }
}
