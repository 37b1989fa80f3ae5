// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor;

import org.jspecify.annotations.Nullable;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.Set;
import java.util.function.Consumer;

/**
 * How a reactor is to be.
 *
 * @param driver {@link DriverKind#IO_URING} or {@link DriverKind#EPOLL} to have that one or an
 *     error; null for io_uring where the kernel lets us have it, else epoll
 * @param mask features of io_uring that are treated as if the kernel had them not, by the names
 *     that {@link DriverReport#features()} has: the emulation of an older kernel
 * @param connectTimeout how long a connect may take; zero for as long as the kernel tries
 * @param lingerTime how long a close waits for the peer's end
 * @param lingerBytes how much of what the peer still sends is thrown away meanwhile
 * @param spin how long, at most, a loop asks the kernel again and again before it sleeps; zero, the
 *     default, never, and at most 10 milliseconds. To sleep and be woken costs more than a short
 *     message does, so where answers come quickly this halves the time of a round trip, and keeps a
 *     processor busy for it. It adapts: what is spent grows up to the limit while sleeps prove to
 *     be shorter than that, and a longer one ends it; an idle loop sleeps. With one processor it
 *     does nothing.
 * @param zeroCopy from how many bytes on a send of a stream, which may be several writes, leaves
 *     without the kernel's copying them (IORING_OP_SEND_ZC, Linux 6.0; {@link DriverKind#IO_URING}
 *     alone); 0, the default, never. The memory stays in use until the peer has acknowledged the
 *     bytes, and a second completion says so: what pays for network cards that gather, with tens of
 *     KiB at a time, costs time over loopback, where the kernel copies nevertheless, and says so
 *     once in the log. What a socket cannot do, of AF_UNIX for instance, is sent in the ordinary
 *     way; so is what the limit on pinned memory (RLIMIT_MEMLOCK) has no room for.
 * @param resolver whom to ask for the addresses of the host names that clients connect to; of the
 *     reactors of a group by the threads of all
 * @param failures told what a task or a timer threw, on the reactor's thread
 */
public record ReactorSettings(
        @Nullable DriverKind driver,
        Set<String> mask,
        Duration connectTimeout,
        Duration lingerTime,
        int lingerBytes,
        Duration spin,
        int zeroCopy,
        HostResolver resolver,
        Consumer<Throwable> failures) {
    private static final Duration LONGEST_SPIN = Duration.ofMillis(10);

    private static final System.Logger LOG = System.getLogger("sockeye.reactor");

    /**
     * The best driver, less what the system property {@code sockeye.reactor.mask} names; 30 seconds
     * to connect, a second and 256 KiB to linger; no spinning; sends are copied; the {@linkplain
     * HostResolver#standard() standard resolver}; failures are logged.
     */
    public static final ReactorSettings DEFAULT =
            new ReactorSettings(
                    null,
                    masked(),
                    Duration.ofSeconds(30),
                    Duration.ofSeconds(1),
                    256 << 10,
                    Duration.ZERO,
                    0,
                    HostResolver.standard(),
                    failure -> LOG.log(Level.ERROR, "a task failed", failure));

    /** Checks and copies the parts. */
    public ReactorSettings {
        if (driver == DriverKind.SIMULATOR) {
            throw new IllegalArgumentException("a simulator is made by sockeye.reactor.testing");
        }
        if (connectTimeout.isNegative() || lingerTime.isNegative()) {
            throw new IllegalArgumentException("negative");
        }
        if (lingerBytes < 0 || zeroCopy < 0) {
            throw new IllegalArgumentException("negative");
        }
        if (spin.isNegative() || spin.compareTo(LONGEST_SPIN) > 0) {
            throw new IllegalArgumentException("a spin of 0 to 10 ms: " + spin);
        }
        mask = Set.copyOf(mask);
    }

    private static Set<String> masked() {
        String names = System.getProperty("sockeye.reactor.mask", "");
        return names.isEmpty() ? Set.of() : Set.of(names.split(","));
    }

    /** The same with a driver that must be. */
    public ReactorSettings withDriver(DriverKind driver) {
        return new ReactorSettings(
                driver,
                mask,
                connectTimeout,
                lingerTime,
                lingerBytes,
                spin,
                zeroCopy,
                resolver,
                failures);
    }

    /** The same without some features of io_uring. */
    public ReactorSettings withMask(Set<String> mask) {
        return new ReactorSettings(
                driver,
                mask,
                connectTimeout,
                lingerTime,
                lingerBytes,
                spin,
                zeroCopy,
                resolver,
                failures);
    }

    /** The same with another time to connect. */
    public ReactorSettings withConnectTimeout(Duration connectTimeout) {
        return new ReactorSettings(
                driver,
                mask,
                connectTimeout,
                lingerTime,
                lingerBytes,
                spin,
                zeroCopy,
                resolver,
                failures);
    }

    /** The same with another way to close. */
    public ReactorSettings withLinger(Duration lingerTime, int lingerBytes) {
        return new ReactorSettings(
                driver,
                mask,
                connectTimeout,
                lingerTime,
                lingerBytes,
                spin,
                zeroCopy,
                resolver,
                failures);
    }

    /** The same, spinning so long before it sleeps. */
    public ReactorSettings withSpin(Duration spin) {
        return new ReactorSettings(
                driver,
                mask,
                connectTimeout,
                lingerTime,
                lingerBytes,
                spin,
                zeroCopy,
                resolver,
                failures);
    }

    /** The same, with sends of so many bytes or more not copied; 0 for none. */
    public ReactorSettings withZeroCopy(int bytes) {
        return new ReactorSettings(
                driver,
                mask,
                connectTimeout,
                lingerTime,
                lingerBytes,
                spin,
                bytes,
                resolver,
                failures);
    }

    /** The same with another resolver of host names. */
    public ReactorSettings withResolver(HostResolver resolver) {
        return new ReactorSettings(
                driver,
                mask,
                connectTimeout,
                lingerTime,
                lingerBytes,
                spin,
                zeroCopy,
                resolver,
                failures);
    }

    /** The same with somebody else to be told of failures. */
    public ReactorSettings withFailures(Consumer<Throwable> failures) {
        return new ReactorSettings(
                driver,
                mask,
                connectTimeout,
                lingerTime,
                lingerBytes,
                spin,
                zeroCopy,
                resolver,
                failures);
    }
}
