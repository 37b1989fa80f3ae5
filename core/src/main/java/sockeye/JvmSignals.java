// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/**
 * The JVM's own handling of signals: {@code sun.misc.Signal}, which is supported for want of
 * another and may not be named without a warning of the compiler.
 */
final class JvmSignals {
    private static final String MISSING =
            "signals are the JVM's to handle, and it offers them by the module jdk.unsupported:"
                    + " start java with --add-modules jdk.unsupported";

    /** Found once, or the reason why not. */
    private static final class Found {
        static final Class<?> SIGNAL = load("sun.misc.Signal");
        static final Class<?> HANDLER = load("sun.misc.SignalHandler");
        static final Method HANDLE = method();

        private static Class<?> load(String name) {
            try {
                return Class.forName(name);
            } catch (ClassNotFoundException missing) {
                throw new IllegalStateException(MISSING, missing);
            }
        }

        private static Method method() {
            try {
                return SIGNAL.getMethod("handle", SIGNAL, HANDLER);
            } catch (NoSuchMethodException missing) {
                throw new IllegalStateException(MISSING, missing);
            }
        }
    }

    private JvmSignals() {}

    /**
     * Has a signal handled from now on, by a thread of the JVM's for each.
     *
     * @return what handled it before, to be given to {@link #restore}
     */
    static Object handle(ProcessSignal signal, Runnable handler) {
        ClassLoader loader = JvmSignals.class.getClassLoader();
        Object proxy =
                Proxy.newProxyInstance(
                        loader,
                        new Class<?>[] {Found.HANDLER},
                        (self, method, arguments) ->
                                switch (method.getName()) {
                                    case "handle" -> {
                                        handler.run();
                                        yield null;
                                    }
                                    case "equals" -> self.hashCode() == arguments[0].hashCode();
                                    case "hashCode" -> System.identityHashCode(self);
                                    default -> "ProcessSignals[" + signal + "]";
                                });
        return swap(signal, proxy);
    }

    /** Has a signal handled as it was before. */
    static void restore(ProcessSignal signal, Object before) {
        swap(signal, before);
    }

    private static Object swap(ProcessSignal signal, Object handler) {
        try {
            String name = signal.name().substring("SIG".length());
            Object of = Found.SIGNAL.getConstructor(String.class).newInstance(name);
            return Found.HANDLE.invoke(null, of, handler);
        } catch (InvocationTargetException refused) {
            if (refused.getCause() instanceof IllegalArgumentException reason) {
                throw new IllegalStateException(
                        signal
                                + " is not to be had: "
                                + reason.getMessage()
                                + (Reserved.byXrs(signal) ? ", for it was started with -Xrs" : ""),
                        reason);
            }
            throw new IllegalStateException(refused.getCause());
        } catch (ExceptionInInitializerError | NoClassDefFoundError missing) {
            throw new IllegalStateException(MISSING, missing);
        } catch (ReflectiveOperationException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** What the JVM needs for itself. */
    static final class Reserved {
        private Reserved() {}

        /** Refuses a signal that cannot be handled, with the reason. */
        static void refuse(ProcessSignal signal) {
            String reason =
                    switch (signal) {
                        case SIGKILL, SIGSTOP -> "nobody can handle it";
                        case SIGQUIT -> "the JVM prints its threads at it";
                        case SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV, SIGPIPE, SIGXFSZ ->
                                "the JVM handles it, for its own faults and yours";
                        case SIGUSR2 ->
                                isTheSuspender(signal)
                                        ? "the JVM stops its threads by it; the environment's"
                                                + " _JAVA_SR_SIGNUM gives it another number"
                                        : "";
                        default -> isTheSuspender(signal) ? "_JAVA_SR_SIGNUM has it" : "";
                    };
            if (!reason.isEmpty()) {
                throw new IllegalArgumentException(signal + " cannot be taken: " + reason);
            }
        }

        private static boolean isTheSuspender(ProcessSignal signal) {
            String other = System.getenv("_JAVA_SR_SIGNUM");
            int number = ProcessSignal.SIGUSR2.number();
            if (other != null) {
                try {
                    // The JVM takes no number below that of SIGSEGV.
                    int wanted = Integer.parseInt(other.strip());
                    boolean taken = wanted > ProcessSignal.SIGSEGV.number() && wanted < 65;
                    number = taken ? wanted : number;
                } catch (NumberFormatException nonsense) {
                    // So does the JVM.
                }
            }
            return signal.number() == number;
        }

        /** Those that -Xrs leaves to the system. */
        static boolean byXrs(ProcessSignal signal) {
            return switch (signal) {
                case SIGHUP, SIGINT, SIGTERM -> true;
                default -> false;
            };
        }
    }
}
