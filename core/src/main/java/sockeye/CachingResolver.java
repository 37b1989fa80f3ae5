// SPDX-License-Identifier: Apache-2.0
package sockeye;

import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A resolver with a memory. */
final class CachingResolver implements NameResolver {
    private record Question(String host, int port, int family) {}

    private record Answer(List<InetEndpoint> endpoints, Deadline until) {}

    private final NameResolver next;
    private final Duration time;
    private final Map<Question, Answer> answers; // guarded by itself

    CachingResolver(NameResolver next, Duration time, int most) {
        if (time.isNegative() || time.isZero() || most < 1) {
            throw new IllegalArgumentException(most + " answers for " + time);
        }
        this.next = next;
        this.time = time;
        this.answers =
                new LinkedHashMap<>(16, 0.75f, true) {
                    @Override
                    protected boolean removeEldestEntry(Map.Entry<Question, Answer> eldest) {
                        return size() > most;
                    }
                };
    }

    @Override
    public List<InetEndpoint> resolve(String host, int port, int family, Deadline deadline)
            throws IOException {
        var question = new Question(host.toLowerCase(Locale.ROOT), port, family);
        synchronized (answers) {
            Answer known = answers.get(question);
            if (known != null && !known.until().isPassed()) {
                return known.endpoints();
            }
        }
        List<InetEndpoint> found = List.copyOf(next.resolve(host, port, family, deadline));
        synchronized (answers) {
            answers.put(question, new Answer(found, Deadline.after(time)));
        }
        return found;
    }
}
