// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.testing;

import org.jspecify.annotations.Nullable;

import sockeye.EaiCode;
import sockeye.InetEndpoint;
import sockeye.ResolveFailure;
import sockeye.reactor.DelayedCall;
import sockeye.reactor.HostResolver;
import sockeye.reactor.Reactor;

import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A table in place of the name service, for tests: what it answers and when is said beforehand, by
 * the reactor's clock, and so by the simulator's.
 *
 * <pre>{@code
 * var names = new TestNames()
 *         .answer("db.example", Duration.ofMillis(20), "192.0.2.1")
 *         .answer("db.example", Duration.ofMillis(40), "2001:db8::1");
 * var simulator = Simulator.of(seed, SimulatorSettings.DEFAULT,
 *         ReactorSettings.DEFAULT.withResolver(names));
 * }</pre>
 *
 * <p>What was said of one name adds up; a look-up is complete with the last of it, and one of a
 * name of which nothing was said fails at once (EAI_NONAME). For one thread at a time.
 */
public final class TestNames implements HostResolver {
    private record Answer(Duration delay, List<String> addresses) {}

    /** What is known of one name. */
    private static final class Entry {
        final List<Answer> answers = new ArrayList<>();
        Duration end = Duration.ZERO;
        @Nullable EaiCode failure;
        boolean silent;
    }

    private final Map<String, Entry> entries = new HashMap<>();
    private final List<Question> asked = new ArrayList<>();
    private int underWay;
    private int cancelled;

    /** Knows no name. */
    public TestNames() {}

    private Entry entry(String host) {
        return entries.computeIfAbsent(host, fresh -> new Entry());
    }

    /** These addresses, as text, at once. */
    public TestNames answer(String host, String... addresses) {
        return answer(host, Duration.ZERO, addresses);
    }

    /** The same so long after the question. */
    public TestNames answer(String host, Duration delay, String... addresses) {
        Entry known = entry(host);
        known.answers.add(new Answer(delay, List.of(addresses)));
        known.end = known.end.compareTo(delay) < 0 ? delay : known.end;
        return this;
    }

    /** A failure so long after the question, which then has no other end. */
    public TestNames fail(String host, Duration delay, EaiCode why) {
        Entry known = entry(host);
        known.failure = why;
        known.end = delay;
        return this;
    }

    /** No end, ever. */
    public TestNames silence(String host) {
        entry(host).silent = true;
        return this;
    }

    /** What was asked, in order. */
    public List<Question> asked() {
        return List.copyOf(asked);
    }

    /** How many look-ups have begun, and neither ended nor were cancelled. */
    public int underWay() {
        return underWay;
    }

    /** How many were cancelled. */
    public int cancelled() {
        return cancelled;
    }

    @Override
    public Search begin(Reactor reactor, Question question, Answers answers) throws ResolveFailure {
        asked.add(question);
        Entry known = entries.get(question.host());
        if (known == null) {
            throw new ResolveFailure(question.host(), EaiCode.EAI_NONAME);
        }
        underWay++;
        List<DelayedCall> calls = new ArrayList<>();
        for (Answer each : known.answers) {
            calls.add(
                    reactor.after(
                            each.delay,
                            () -> answers.found(endpoints(each.addresses, question.port()))));
        }
        if (!known.silent) {
            calls.add(reactor.after(known.end, () -> end(question, known, answers)));
        }
        return () -> {
            underWay--;
            cancelled++;
            calls.forEach(DelayedCall::cancel);
        };
    }

    private void end(Question question, Entry known, Answers answers) {
        underWay--;
        EaiCode failure = known.failure;
        if (failure == null) {
            answers.complete();
        } else {
            answers.failed(new ResolveFailure(question.host(), failure));
        }
    }

    private static List<InetEndpoint> endpoints(List<String> addresses, int port) {
        return addresses.stream().map(each -> InetEndpoint.of(each, port)).toList();
    }
}
