// SPDX-License-Identifier: Apache-2.0

package sockeye.server;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.internal.OwnPorts;
import sockeye.wire.AnswerGuard;
import sockeye.wire.AnswerRules.Refusal;

import java.util.EnumMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/** Decides for one socket over IP who is answered, counts who is not, and tells it once. */
final class AnswerDesk {
    private final Server server;
    private final Endpoint local;
    private final AnswerGuard guard;
    private final Map<Refusal, AtomicLong> refused = new EnumMap<>(Refusal.class);

    AnswerDesk(Server server, Endpoint local) {
        this.server = server;
        this.local = local;
        this.guard =
                new AnswerGuard(
                        server.settings().limits().answers(),
                        server.settings().limits().admission().grouping(),
                        ThreadLocalRandom.current().nextLong(),
                        System.nanoTime());
        for (Refusal each : Refusal.values()) {
            refused.put(each, new AtomicLong());
        }
    }

    /** How long an answer may be. */
    int room(int question, byte[] address) {
        return guard.rules().room(question, AnswerGuard.isIpv4(address));
    }

    /**
     * Whether an answer may be sent; if not, that is counted.
     *
     * @param address the asker's 16 bytes
     */
    boolean admits(byte[] address, int port, Request asker, int answer, int question) {
        Refusal why = judge(address, port, asker, answer, question);
        if (why == null) {
            return true;
        }
        if (Objects.requireNonNull(refused.get(why)).getAndIncrement() == 0) {
            server.observe(observer -> observer.answerRefused(local, why));
        }
        return false;
    }

    private @Nullable Refusal judge(
            byte[] address, int port, Request asker, int answer, int question) {
        Refusal why = guard.judgePort(port);
        if (why == null) {
            why = isOwn(port, asker) ? Refusal.OWN_PORT : null;
        }
        if (why == null) {
            why = guard.judgeSize(answer, question, address);
        }
        return why == null ? guard.judgeRate(address, System.nanoTime()) : why;
    }

    private boolean isOwn(int port, Request asker) {
        return guard.rules().refuseOwnPorts()
                && OwnPorts.contains(port)
                && asker.peer() instanceof InetEndpoint inet
                && OwnPorts.contains(inet);
    }

    /** How many answers were refused, by their reasons. */
    Map<Refusal, Long> refused() {
        var counts = new EnumMap<Refusal, Long>(Refusal.class);
        refused.forEach((why, count) -> {
            if (count.get() > 0) {
                counts.put(why, count.get());
            }
        });
        return counts;
    }
}
