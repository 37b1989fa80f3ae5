// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.AddressFamily;
import sockeye.Deadline;
import sockeye.EaiCode;
import sockeye.InetEndpoint;
import sockeye.NameResolver;
import sockeye.ResolveFailure;
import sockeye.reactor.HostResolver;
import sockeye.reactor.Reactor;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;

/** Look-ups by resolvers that wait, on threads that may. */
public final class WaitingResolver implements HostResolver {
    /** {@link HostResolver#standard()}. */
    public static final HostResolver STANDARD =
            new WaitingResolver(NameResolver::current, true, AddressFamily.AF_UNSPEC);

    private final Supplier<NameResolver> resolver;
    private final boolean ofTheSystem;
    private final int[] families;

    private WaitingResolver(Supplier<NameResolver> resolver, boolean ofTheSystem, int... families) {
        this.resolver = resolver;
        this.ofTheSystem = ofTheSystem;
        this.families = families;
    }

    /** One that is asked for each of these families at the same time. */
    public static HostResolver of(NameResolver resolver, int... families) {
        return new WaitingResolver(() -> resolver, false, families);
    }

    @Override
    public Search begin(Reactor reactor, Question question, Answers answers) {
        Loop loop = (Loop) reactor;
        NameResolver asked =
                ofTheSystem && loop.driverInUse() instanceof SimulatedDriver
                        ? WaitingResolver::simulated
                        : resolver.get();
        int[] wanted =
                question.family() == AddressFamily.AF_UNSPEC
                        ? families
                        : new int[] {question.family()};
        Duration limit = loop.settings().connectTimeout();
        Deadline deadline = limit.isZero() ? Deadline.NONE : Deadline.after(limit);
        var all = new Together(answers, wanted.length);
        var waiting = new ArrayList<Asking>();
        for (int family : wanted) {
            var one = new Asking(asked, question, family, deadline, all);
            waiting.add(one);
            loop.driverInUse().startBlocking(loop, one);
        }
        return () -> waiting.forEach(Asking::cancel);
    }

    private static List<InetEndpoint> simulated(
            String host, int port, int family, Deadline deadline) throws ResolveFailure {
        if (!host.equalsIgnoreCase("localhost") || family == AddressFamily.AF_INET6) {
            throw new ResolveFailure(host, EaiCode.EAI_NONAME);
        }
        return List.of(InetEndpoint.of("127.0.0.1", port));
    }

    /** What several find. */
    private static final class Together {
        private final Answers answers;
        private int left; // guarded by this
        private boolean some; // guarded by this
        private @Nullable Throwable failure; // guarded by this

        Together(Answers answers, int left) {
            this.answers = answers;
            this.left = left;
        }

        synchronized void found(List<InetEndpoint> addresses) {
            some = true;
            answers.found(addresses);
            over();
        }

        synchronized void failed(Throwable why) {
            Throwable before = failure;
            if (before == null) {
                failure = why;
            } else if (!before.equals(why)) {
                before.addSuppressed(why);
            }
            over();
        }

        private synchronized void over() {
            if (--left > 0) {
                return;
            }
            Throwable why = failure;
            if (some || why == null) {
                answers.complete();
            } else {
                answers.failed(why);
            }
        }
    }

    /** One question, while somebody wants to know. */
    private static final class Asking implements Runnable {
        private final NameResolver resolver;
        private final Question question;
        private final int family;
        private final Deadline deadline;
        private final Together told;
        private @Nullable Thread thread; // guarded by this
        private boolean cancelled; // guarded by this

        Asking(
                NameResolver resolver,
                Question question,
                int family,
                Deadline deadline,
                Together told) {
            this.resolver = resolver;
            this.question = question;
            this.family = family;
            this.deadline = deadline;
            this.told = told;
        }

        @Override
        public void run() {
            synchronized (this) {
                if (cancelled) {
                    return;
                }
                thread = Thread.currentThread();
            }
            try {
                List<InetEndpoint> found =
                        resolver.resolve(question.host(), question.port(), family, deadline);
                told.found(found);
            } catch (Throwable failed) {
                told.failed(failed);
            } finally {
                synchronized (this) {
                    thread = null;
                }
            }
        }

        synchronized void cancel() {
            cancelled = true;
            Thread waiting = thread;
            if (waiting != null) {
                waiting.interrupt();
            }
        }
    }
}
