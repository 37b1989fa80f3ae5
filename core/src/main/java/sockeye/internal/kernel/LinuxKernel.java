// SPDX-License-Identifier: Apache-2.0
package sockeye.internal.kernel;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import org.jspecify.annotations.Nullable;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * The real kernel. The only file of Sockeye that links foreign functions: {@code syscall(2)}, in
 * two shapes, and the C library's name service.
 *
 * <p>Few shapes, and linked when first used, because a new shape costs milliseconds at start-up.
 * The name service's functions are therefore called in the shape of syscall(2): their arguments are
 * integers and pointers, each in a register or a slot of its own, of which a function looks at
 * those that it has; of a result that is an int only the low half counts. Both calling conventions,
 * System V for x86-64 and AAPCS64, have it so.
 *
 * <p>GraalVM has to know the shapes beforehand: {@code META-INF/native-image} lists them, and a
 * test compares.
 */
final class LinuxKernel extends Kernel {
    private static final Linker.Option ERRNO = Linker.Option.captureCallState("errno");
    private static final String REFUSED =
            "Sockeye needs native access to make system calls: start java with"
                    + " --enable-native-access=sockeye (on the module path) or"
                    + " --enable-native-access=ALL-UNNAMED (on the class path)";

    private static final Linker.Option VARIADIC = Linker.Option.firstVariadicArg(1);

    /** Seven numbers or native addresses in, one out. */
    static final FunctionDescriptor PLAIN =
            FunctionDescriptor.of(
                    JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG,
                    JAVA_LONG);

    /** Of the seven the third and the two last are buffers, which may lie on the heap. */
    static final FunctionDescriptor CRITICAL =
            FunctionDescriptor.of(
                    JAVA_LONG, JAVA_LONG, JAVA_LONG, ADDRESS, JAVA_LONG, JAVA_LONG, ADDRESS,
                    ADDRESS);

    /** syscall(2) whose arguments are numbers and native addresses. */
    private static final class Plain {
        static final MethodHandle SYSCALL = link(PLAIN, ERRNO, VARIADIC);
    }

    /**
     * syscall(2) without a change of thread state; three of its arguments may point into the heap.
     */
    private static final class Critical {
        static final MethodHandle SYSCALL =
                link(CRITICAL, ERRNO, VARIADIC, Linker.Option.critical(true));
    }

    /** The C library's functions: the same handle as {@link Plain}, to be told whom to call. */
    private static final class Library {
        static final MethodHandle PLAIN_CALL = linkUnbound(PLAIN);
        static final Map<LibraryFunction, MemorySegment> ADDRESSES =
                new EnumMap<>(LibraryFunction.class);

        static {
            for (LibraryFunction each : LibraryFunction.values()) {
                MemorySegment address = find(each.name().toLowerCase(Locale.ROOT));
                if (address != null) {
                    ADDRESSES.put(each, address);
                }
            }
        }
    }

    static final class WideLibrary {
        /** As {@link #PLAIN} with one more, which gethostbyaddr_r alone has. */
        static final FunctionDescriptor WIDE = PLAIN.appendArgumentLayouts(JAVA_LONG);

        static final MethodHandle CALL = linkUnbound(WIDE);
    }

    @SuppressWarnings("restricted") // This is the one place where it is meant.
    private static MethodHandle link(FunctionDescriptor shape, Linker.Option... options) {
        MemorySegment syscall = Objects.requireNonNull(find("syscall"));
        try {
            return Linker.nativeLinker().downcallHandle(syscall, shape, options);
        } catch (IllegalCallerException refused) {
            throw new IllegalStateException(REFUSED, refused);
        }
    }

    @SuppressWarnings("restricted") // As above.
    private static MethodHandle linkUnbound(FunctionDescriptor shape) {
        try {
            return Linker.nativeLinker().downcallHandle(shape, ERRNO, VARIADIC);
        } catch (IllegalCallerException refused) {
            throw new IllegalStateException(REFUSED, refused);
        }
    }

    private static @Nullable MemorySegment find(String name) {
        return Linker.nativeLinker().defaultLookup().find(name).orElse(null);
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

    /** So is the slice. */
    @Override
    protected long critical(
            SystemCall call, long a, MemorySegment segment, long offset, long length, long d) {
        MemorySegment errno = ERRNOS.take();
        try {
            long result =
                    (long)
                            Critical.SYSCALL.invokeExact(
                                    errno,
                                    (long) call.number,
                                    a,
                                    segment.asSlice(offset, length),
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

    @Override
    public boolean has(LibraryFunction function) {
        try {
            return Library.ADDRESSES.containsKey(function);
        } catch (LinkageError refused) {
            throw unexpected(refused);
        }
    }

    @Override
    protected long library(LibraryFunction function, int[] errnoOut, long... a) {
        long[] all = Arrays.copyOf(a, 8);
        MemorySegment errno = ERRNOS.take();
        try {
            MemorySegment target = Library.ADDRESSES.get(function);
            if (target == null) {
                throw new UnsupportedOperationException("this C library has no " + function);
            }
            errno.set(JAVA_INT, 0, 0);
            long result =
                    a.length < 8
                            ? (long)
                                    Library.PLAIN_CALL.invokeExact(
                                            target, errno, all[0], all[1], all[2], all[3], all[4],
                                            all[5], all[6])
                            : (long)
                                    WideLibrary.CALL.invokeExact(
                                            target, errno, all[0], all[1], all[2], all[3], all[4],
                                            all[5], all[6], all[7]);
            errnoOut[0] = errno.get(JAVA_INT, 0);
            return result;
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
