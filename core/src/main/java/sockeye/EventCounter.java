// SPDX-License-Identifier: Apache-2.0
package sockeye;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import org.jspecify.annotations.Nullable;

import sockeye.internal.kernel.Kernel;
import sockeye.internal.kernel.Scratch;
import sockeye.internal.wait.Descriptor;

import java.io.IOException;
import java.nio.channels.ClosedChannelException;

/**
 * A number in the kernel that threads and processes add to, and that can be waited for until it is
 * not zero: eventfd(2). It is what wakes a {@link ReadinessSelector} up with a meaning, and, passed
 * to another process, a bell between the two.
 *
 * <p>What {@link #poll()} and {@link #await()} tell is the number, which is zero afterwards; or, of
 * a {@linkplain #semaphore semaphore}, 1, and the number is less by that.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/eventfd.2.html">eventfd(2)</a>
 */
public final class EventCounter implements EventSource<Long> {
    /** The greatest number that it can hold: {@code 0xfffffffffffffffe}, which as a long is −2. */
    public static final long MAX_VALUE = -2;

    private static final int EFD_SEMAPHORE = 1;
    private static final int EFD_NONBLOCK = 0x800;
    private static final int EFD_CLOEXEC = 0x80000;

    private final EventDescriptor events;
    private final boolean semaphore;

    private EventCounter(int initial, boolean semaphore) throws IOException {
        if (initial < 0) {
            throw new IllegalArgumentException("negative: " + initial);
        }
        Kernel kernel = Kernel.current();
        int flags = EFD_NONBLOCK | EFD_CLOEXEC | (semaphore ? EFD_SEMAPHORE : 0);
        int fd = kernel.eventfd2(initial, flags);
        this.semaphore = semaphore;
        this.events = new EventDescriptor(this, "eventfd", kernel, "eventfd2", fd);
    }

    /** One that begins at zero. */
    public static EventCounter open() throws IOException {
        return new EventCounter(0, false);
    }

    /** One from which everybody takes one: EFD_SEMAPHORE. */
    public static EventCounter semaphore(int initial) throws IOException {
        return new EventCounter(initial, true);
    }

    /**
     * Adds to the number: write(2). Waits while it would become greater than {@link #MAX_VALUE}.
     *
     * @param number unsigned; not {@code 0xffffffffffffffff}
     */
    public void add(long number) throws IOException {
        events.put("write", Deadline.NONE.time(), (kernel, fd) -> write(kernel, fd, number));
    }

    /** Adds to the number if there is room for it. Whether there was. */
    public boolean tryAdd(long number) throws IOException {
        return events.put("write", Descriptor.AT_ONCE, (kernel, fd) -> write(kernel, fd, number))
                != EventDescriptor.NOTHING;
    }

    static long write(Kernel kernel, int fd, long number) {
        try (Scratch scratch = Scratch.take()) {
            scratch.memory().set(JAVA_LONG, Scratch.INTS, number);
            return kernel.write(fd, scratch.address(Scratch.INTS), Long.BYTES);
        }
    }

    @Override
    public @Nullable Long poll() throws IOException {
        long value = tryTake();
        return value == 0 ? null : value;
    }

    @Override
    public Long await(Deadline until) throws IOException {
        return events.value(until.time());
    }

    /**
     * The same as {@link #poll()}, with 0 for nothing. More than {@link Long#MAX_VALUE} is told as
     * that.
     */
    public long tryTake() throws IOException {
        long value = events.value(Descriptor.AT_ONCE);
        return value == EventDescriptor.NOTHING ? 0 : value;
    }

    /** Whether one is taken at a time. */
    public boolean isSemaphore() {
        return semaphore;
    }

    @Override
    public int fileno() {
        return events.fileno();
    }

    @Override
    public Lease lease() throws ClosedChannelException {
        return events.lease();
    }

    @Override
    public boolean isOpen() {
        return events.isOpen();
    }

    @Override
    public void close() throws IOException {
        events.close();
    }

    @Override
    public String toString() {
        return "EventCounter[" + events + "]";
    }
}
