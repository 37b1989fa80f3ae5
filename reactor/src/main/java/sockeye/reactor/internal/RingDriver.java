// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Errno;
import sockeye.ErrnoFailure;
import sockeye.internal.kernel.Kernel;
import sockeye.internal.ring.Ring;
import sockeye.internal.ring.RingFeature;
import sockeye.internal.wait.Slots;
import sockeye.reactor.DriverKind;
import sockeye.reactor.DriverReport;
import sockeye.reactor.internal.Operation.Progress;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Operations prepared as entries of an io_uring. One system call per turn submits all of them and
 * waits.
 *
 * <p>A ring belongs to one thread, and lives no longer than {@link #begin} to {@link #end}: what is
 * under way at the end is cancelled, reaped, and kept for the next.
 */
final class RingDriver extends KernelDriver {
    /** The groups of buffers. */
    static final int STREAMS = 0;

    static final int MESSAGES = 1;

    private static final int POLLIN = 1;
    private static final int ETIME = -62;
    private static final int EBUSY = -16;

    /** How long the end of a run, and of all, waits for what the kernel still sends. */
    private static final long END_OF_RUN = 100_000_000;

    private static final long END_OF_ALL = 1_000_000_000;

    private static final long BELL = -1;
    private static final long CANCEL = -2;

    private final Set<RingFeature> masked;
    private final Set<RingFeature> features;
    private final boolean multishotAccept;
    private final boolean multishotReceive;
    private final boolean cancelsByDescriptor;
    private final String why;
    private final Slots<InFlight> underWay = new Slots<>();
    private final RingSizes sizes;
    private final RingBuffers streams;
    private @Nullable RingBuffers messages;

    /** What is to be submitted when there is a ring, and room in it. */
    private ArrayDeque<Operation> waiting = new ArrayDeque<>();

    private ArrayDeque<Operation> next = new ArrayDeque<>();

    /** What is to be cancelled when there is room for that. */
    private final ArrayDeque<Operation> cancels = new ArrayDeque<>();

    private final SendHeaders headers = new SendHeaders();

    /** Receives that found no buffer. */
    private final ArrayDeque<Operation> starved = new ArrayDeque<>();

    private @Nullable Ring ring;

    /** Whose the ring is, since it was enabled. */
    private @Nullable Thread runner;

    private Lending lending = Lending.off();
    private boolean running;
    private boolean listening;
    private long overflows;
    private long droughts;
    private long cancelsOfBoth;

    RingDriver(Kernel kernel, Set<String> mask, String why, RingSizes sizes, Spin spin)
            throws IOException {
        super(kernel, spin);
        this.sizes = sizes;
        this.streams = new RingBuffers(STREAMS, sizes.streamBuffers(), ChunkPool.LARGE);
        boolean done = false;
        try {
            this.masked = named(mask);
            this.why = why;
            Ring first = open();
            this.features = first.features();
            ring = first;
            Set<RingFeature> lacking = EnumSet.copyOf(RingFeature.NEEDED);
            lacking.removeAll(features);
            if (!lacking.isEmpty()) {
                throw new RingRefusal("io_uring lacks " + names(lacking));
            }
            this.multishotAccept = features.contains(RingFeature.IORING_ACCEPT_MULTISHOT);
            this.multishotReceive = features.contains(RingFeature.IORING_RECV_MULTISHOT);
            this.cancelsByDescriptor = features.contains(RingFeature.IORING_ASYNC_CANCEL_FD);
            done = true;
        } finally {
            if (!done) {
                close();
            }
        }
    }

    /** From now on sends of so many bytes or more are not copied, if the kernel can; 0 for none. */
    void lendFrom(int bytes) {
        lending = Lending.from(bytes, features);
    }

    private static Set<RingFeature> named(Set<String> mask) {
        Set<RingFeature> found = EnumSet.noneOf(RingFeature.class);
        for (String each : mask) {
            found.add(RingFeature.valueOf(each));
        }
        return found;
    }

    private static List<String> names(Set<RingFeature> features) {
        return features.stream().sorted().map(Enum::name).collect(Collectors.toList());
    }

    private Ring open() throws IOException {
        try {
            return Ring.open(kernel, sizes.entries(), sizes.completions(), masked);
        } catch (IOException refused) {
            throw new RingRefusal(reason(refused), refused);
        }
    }

    private static String reason(IOException refused) {
        if (!(refused instanceof ErrnoFailure failure)) {
            return String.valueOf(refused.getMessage());
        }
        Errno errno = failure.errno();
        if (errno.equals(Errno.EPERM)) {
            return "EPERM: io_uring is disabled by seccomp or sysctl (kernel.io_uring_disabled)";
        }
        if (errno.equals(Errno.ENOSYS)) {
            return "ENOSYS: the kernel has no io_uring, or seccomp hides it";
        }
        return String.valueOf(refused.getMessage());
    }

    @Override
    DriverReport report() {
        Set<RingFeature> lacking = EnumSet.allOf(RingFeature.class);
        lacking.removeAll(features);
        return new DriverReport(DriverKind.IO_URING, why, names(features), names(lacking));
    }

    boolean hasMultishotAccept() {
        return multishotAccept;
    }

    boolean hasMultishotReceive() {
        return multishotReceive;
    }

    Lending lending() {
        return lending;
    }

    // Life.

    @Override
    void begin() throws IOException {
        Thread me = Thread.currentThread();
        if (runner != null && !runner.equals(me)) {
            discard();
        }
        Ring present = ring;
        if (present == null) {
            present = open();
            ring = present;
        }
        if (runner == null) {
            present.enable();
            streams.register(present);
            if (messages != null) {
                messages.register(present);
            }
            runner = me;
        }
        running = true;
    }

    @Override
    void end() {
        Ring old = ring;
        if (old == null || !running) {
            return;
        }
        running = false;
        while (underWay() > 0 || listening) {
            if (old.begin(CANCEL)) {
                old.prepareCancelAll();
            }
            old.enter(1, 1_000_000, true);
            reap(old);
        }
        waiting.addAll(starved);
        starved.clear();
        await(END_OF_RUN);
        if (lending.out() == 0) {
            discard();
        }
        // Else it stays for the next run of this thread, and hears what the kernel reads no longer.
    }

    @Override
    void recall() {
        await(END_OF_ALL);
    }

    /** Waits for all notices, so long at most; if the ring is another thread's, not at all. */
    private void await(long nanos) {
        Ring from = ring;
        if (from == null || runner == null || !runner.equals(Thread.currentThread())) {
            return;
        }
        long until = System.nanoTime() + nanos;
        long left;
        while (lending.out() > 0 && (left = until - System.nanoTime()) > 0) {
            from.enter(1, left, true);
            reap(from);
        }
    }

    /** Closes the ring. What the kernel still reads nobody will hear of, so it is lost to us. */
    private void discard() {
        Ring old = ring;
        if (old == null) {
            return;
        }
        if (lending.out() > 0) {
            List<Loan> lost = new ArrayList<>();
            underWay.each(each -> {
                if (each instanceof Loan loan) {
                    lost.add(loan);
                }
            });
            for (Loan each : lost) {
                underWay.remove(each.slot);
                lending.lose(each);
            }
        }
        streams.forget();
        if (messages != null) {
            messages.forget();
        }
        old.close();
        ring = null;
        runner = null;
    }

    @Override
    void close() {
        discard();
        super.close();
    }

    // Operations.

    @Override
    void submit(Operation operation) {
        operation.progress = Progress.PENDING;
        start(operation);
    }

    private void start(Operation operation) {
        Ring to = ring;
        if (!running || to == null) {
            waiting.add(operation);
            return;
        }
        if (operation instanceof SendMessage send && isDoneAtOnce(send)) {
            return;
        }
        if (operation instanceof Write write && isDoneAtOnce(write)) {
            return;
        }
        int slot = underWay.add(operation);
        if (!to.begin(underWay.token(slot))) {
            underWay.remove(slot);
            waiting.add(operation);
            return;
        }
        operation.slot = slot;
        if (messages == null
                && operation instanceof ReceiveMessage receive
                && receive.usesBuffers(this)) {
            offerMessages(to);
        }
        operation.prepare(this, to);
    }

    /** Many messages by one call: the ring would want an entry for each. */
    private boolean isDoneAtOnce(SendMessage send) {
        KernelChannel channel = send.kernelChannel();
        if (channel.isNetlink()) {
            return false;
        }
        int result;
        do {
            result = send.attempt(this);
        } while (result == Operation.EINTR);
        if (result == Operation.EAGAIN && !channel.hasSilentRoom()) {
            return false;
        }
        done(send, result);
        return true;
    }

    private boolean isDoneAtOnce(Write write) {
        int result;
        do {
            result = write.attempt(this);
        } while (result == Operation.EINTR);
        if (result != Operation.EAGAIN) {
            done(write, result);
        }
        return result != Operation.EAGAIN;
    }

    private void offerMessages(Ring with) {
        var fresh = new RingBuffers(MESSAGES, sizes.messageBuffers(), ChunkPool.MESSAGE);
        try {
            fresh.register(with);
        } catch (IOException noMemory) {
            // The receive will find no buffer, and wait for one until the next run.
            System.getLogger("sockeye.reactor")
                    .log(System.Logger.Level.WARNING, "no buffers for messages", noMemory);
        }
        messages = fresh;
    }

    @Override
    void cancel(Operation operation) {
        if (operation.progress != Progress.PENDING) {
            return;
        }
        if (operation.slot < 0) {
            if (!waiting.remove(operation) && !starved.remove(operation)) {
                next.remove(operation);
            }
            done(operation, Operation.ECANCELED);
            return;
        }
        operation.progress = Progress.CANCELLED;
        cancels.add(operation);
        Ring from = ring;
        if (running && from != null) {
            startCancels(from);
        }
    }

    @Override
    void cancelBoth(Operation one, Operation other) {
        Ring from = ring;
        if (cancelsByDescriptor
                && running
                && from != null
                && isWithKernel(one)
                && isWithKernel(other)
                && one.kernelChannel().fd == other.kernelChannel().fd
                && from.begin(CANCEL)) {
            one.progress = Progress.CANCELLED;
            other.progress = Progress.CANCELLED;
            // What else there is on this file, on a duplicate, is submitted again.
            from.prepareCancelDescriptor(one.kernelChannel().fd);
            cancelsOfBoth++;
        } else {
            super.cancelBoth(one, other);
        }
    }

    private static boolean isWithKernel(Operation operation) {
        return operation.progress == Progress.PENDING && operation.slot >= 0;
    }

    /** As far as there is room; at the end of a run all is cancelled anyway. */
    private void startCancels(Ring from) {
        Operation each;
        while ((each = cancels.peek()) != null) {
            if (each.slot >= 0 && each.progress == Progress.CANCELLED) {
                if (!from.begin(CANCEL)) {
                    return;
                }
                from.prepareCancel(underWay.token(each.slot));
            }
            cancels.remove();
        }
    }

    // The turn.

    @Override
    void turn(long nanos) throws IOException {
        boolean some = hasDone();
        tellDone();
        Ring present = ring;
        if (!running || present == null) {
            return;
        }
        listen(present);
        startCancels(present);
        startWaiting();
        boolean waits = nanos > 0 && !some && !hasDone() && !present.next();
        int result = waits ? spin.await(this, nanos) : present.enter(0, 0, true);
        if (result < 0
                && result != ETIME
                && result != Operation.EINTR
                && result != EBUSY
                && result != Operation.EAGAIN) {
            throw ErrnoFailure.of("io_uring_enter", -result, "", null, null, 0);
        }
        reap(present);
    }

    @Override
    public int ask() {
        Ring present = inUse();
        int result = present.enter(0, 0, true);
        return result < 0 ? result : present.next() ? 1 : 0;
    }

    @Override
    public int sleep(long nanos) {
        return inUse().enter(1, nanos, true);
    }

    private Ring inUse() {
        return Objects.requireNonNull(ring);
    }

    private void listen(Ring present) {
        if (!listening && present.begin(BELL)) {
            present.preparePoll(bell, POLLIN);
            listening = true;
        }
    }

    private void startWaiting() {
        if (!starved.isEmpty()) {
            for (int i = starved.size(); i > 0; i--) {
                waiting.add(starved.remove());
            }
        }
        if (waiting.isEmpty()) {
            return;
        }
        ArrayDeque<Operation> now = waiting;
        waiting = next;
        next = now;
        Operation each;
        while ((each = now.poll()) != null) {
            if (isStarving(each)) {
                starved.add(each);
            } else {
                start(each);
            }
        }
    }

    private boolean isStarving(Operation operation) {
        if (operation instanceof Receive) {
            return streams.free() == 0;
        }
        RingBuffers offered = messages;
        return operation instanceof ReceiveMessage receive
                && receive.usesBuffers(this)
                && offered != null
                && offered.free() == 0;
    }

    private void reap(Ring from) {
        while (true) {
            while (from.next()) {
                long data = from.userData();
                int result = from.result();
                int flags = from.flags();
                from.seen();
                if (data == BELL) {
                    hush();
                    listening = false;
                } else if (data != CANCEL) {
                    InFlight found = underWay.at(data);
                    if (found instanceof Operation operation) {
                        complete(operation, result, flags);
                    } else if (found instanceof Loan loan) {
                        underWay.remove(loan.slot);
                        lending.noticed(loan, Ring.saysCopied(result));
                    } else {
                        throw new AssertionError("a completion of nothing");
                    }
                }
            }
            if (!from.hasOverflown()) {
                return;
            }
            overflows++;
            from.enter(0, 0, true);
        }
    }

    private void complete(Operation operation, int raw, int flags) {
        int result = operation.reaped(this, raw, flags);
        if (!Ring.goesOn(flags)) {
            underWay.remove(operation.slot);
        } else if (operation instanceof Send send) {
            // The kernel reads on.
            Loan left = send.leave();
            lending.leave(left, operation.slot);
            underWay.put(operation.slot, left);
        } else {
            if (result != Operation.EAGAIN) {
                operation.tell(result);
            }
            return;
        }
        operation.slot = -1;
        boolean wanted = operation.progress == Progress.PENDING;
        if (wanted && isToGoOn(operation, result)) {
            if (result == Operation.ENOBUFS) {
                droughts++;
                starved.add(operation);
                return;
            }
            start(operation);
            if (operation.goesOnAfter(result)) {
                operation.tell(result);
            }
            return;
        }
        boolean unheard = operation.isInput() && isToGoOn(operation, result) && result < 0;
        operation.progress = Progress.IDLE;
        operation.settle();
        operation.tell(unheard ? Operation.ECANCELED : result);
    }

    /** Whether it is not over, though the kernel is done with it. */
    private boolean isToGoOn(Operation operation, int result) {
        return switch (result) {
            case Operation.EINTR -> true;
            case Operation.ENOBUFS -> operation.isInput();
            case Operation.EAGAIN -> operation.isInput() || operation instanceof Write;
            case Operation.ECANCELED -> true; // at the end of a run, or instead of another
            default -> operation.goesOnAfter(result);
        };
    }

    // Buffers.

    /** The chunk that the kernel has taken for a completion, if it has. */
    @Nullable Chunk selected(int group, int flags) {
        int id = Ring.buffer(flags);
        if (id < 0) {
            return null;
        }
        RingBuffers from = group == STREAMS ? streams : messages;
        if (from == null) {
            throw new AssertionError("a buffer of nobody's");
        }
        return from.take(id);
    }

    @Override
    boolean mayLend(Chunk received) {
        return !streams.isScarce() || !streams.owns(received);
    }

    @Override
    Chunk settle(Chunk received, int from, int to) {
        if (!streams.owns(received)) {
            return super.settle(received, from, to);
        }
        Chunk copy = chunks().forBytes(to - from);
        copy.append(received, from, to);
        return copy;
    }

    /** For sends of several chunks. */
    SendHeaders headers() {
        return headers;
    }

    /** How many operations the kernel has. */
    int underWay() {
        return underWay.size() - lending.out();
    }

    /** How often two were cancelled at once. */
    long cancelsOfBoth() {
        return cancelsOfBoth;
    }

    /** How often the kernel kept completions for which their queue had no room. */
    long overflows() {
        return overflows;
    }

    /** How often a receive found no buffer. */
    long droughts() {
        return droughts;
    }

    @Override
    public String toString() {
        return "RingDriver" + Arrays.asList(features, new ArrayList<>(starved));
    }
}
