// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;

/**
 * The real kernel. The only file of Sockeye that links foreign functions: {@code syscall(2)}, in
 * two shapes.
 *
 * <p>Few shapes, and linked when first used, because a new shape costs milliseconds at start-up.
 */
final class LinuxKernel extends Kernel {
    private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
    private static final String REFUSED =
            "Sockeye needs native access to make system calls: start java with"
                    + " --enable-native-access=sockeye (on the module path) or"
                    + " --enable-native-access=ALL-UNNAMED (on the class path)";

    private static final Linker.Option VARIADIC = Linker.Option.firstVariadicArg(1);

    /** syscall(2) whose arguments are numbers and native addresses. */
    private static final class Plain {
        static final MethodHandle SYSCALL =
                link(
                        FunctionDescriptor.of(
                                JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                                JAVA_LONG, JAVA_LONG),
                        ERRNO,
                        VARIADIC);
    }

    /**
     * syscall(2) without a change of thread state; three of its arguments may point into the heap.
     */
    private static final class Critical {
        static final MethodHandle SYSCALL =
                link(
                        FunctionDescriptor.of(
                                JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG,
                                ADDRESS, ADDRESS),
                        ERRNO,
                        VARIADIC,
                        Linker.Option.critical(true));
    }

    @SuppressWarnings("restricted") // This is the one place where it is meant.
    private static MethodHandle link(FunctionDescriptor shape, Linker.Option... options) {
        Linker linker = Linker.nativeLinker();
        MemorySegment syscall = linker.defaultLookup().find("syscall").orElseThrow();
        try {
            return linker.downcallHandle(syscall, shape, options);
        } catch (IllegalCallerException refused) {
            throw new IllegalStateException(REFUSED, refused);
        }
    }

    /** Where errno of one call is kept: a cache line of native memory. */
    private static final StripedPool<MemorySegment> ERRNOS =
            new StripedPool<>(() -> Arena.ofAuto().allocate(64, 64));

    @Override
    protected long call(SystemCall call, long a, long b, long c, long d, long e, long f) {
        MemorySegment errno = ERRNOS.take();
        try {
            long result =
                    (long) Plain.SYSCALL.invokeExact(errno, (long) call.number, a, b, c, d, e, f);
            return result == -1 ? -errno.get(JAVA_INT, 0) : result;
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        } finally {
            ERRNOS.give(errno);
        }
    }

    @Override
    protected long critical(
            SystemCall call,
            long a,
            MemorySegment b,
            long c,
            long d,
            MemorySegment e,
            MemorySegment f) {
        MemorySegment errno = ERRNOS.take();
        try {
            long result =
                    (long)
                            Critical.SYSCALL.invokeExact(
                                    errno, (long) call.number, a, b, c, d, e, f);
            return result == -1 ? -errno.get(JAVA_INT, 0) : result;
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        } finally {
            ERRNOS.give(errno);
        }
    }

    /** The segment is made right here, so that escape analysis finds it. */
    @Override
    protected long critical(
            SystemCall call, long a, byte[] array, int offset, long length, long d) {
        MemorySegment errno = ERRNOS.take();
        try {
            long result =
                    (long)
                            Critical.SYSCALL.invokeExact(
                                    errno,
                                    (long) call.number,
                                    a,
                                    MemorySegment.ofArray(array).asSlice(offset, length),
                                    length,
                                    d,
                                    MemorySegment.NULL,
                                    MemorySegment.NULL);
            return result == -1 ? -errno.get(JAVA_INT, 0) : result;
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        } finally {
            ERRNOS.give(errno);
        }
    }

    /**
     * A downcall throws nothing of its own; but linking it may be refused, and a segment be out of
     * bounds.
     */
    private static Error unexpected(Throwable thrown) {
        if (thrown instanceof ExceptionInInitializerError
                || thrown instanceof NoClassDefFoundError) {
            // One of the two holders could not be initialized, now or before.
            throw new IllegalStateException(REFUSED, thrown);
        }
        if (thrown instanceof RuntimeException wrongUse) {
            throw wrongUse;
        }
        return thrown instanceof Error error ? error : new AssertionError(thrown);
    }
}
