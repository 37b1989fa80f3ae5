// SPDX-License-Identifier: Apache-2.0

package sockeye.reactor.internal;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.InetEndpoint;
import sockeye.internal.InetNames;
import sockeye.internal.OwnPorts;
import sockeye.reactor.HostObserver;
import sockeye.wire.AnswerGuard;
import sockeye.wire.AnswerRules;
import sockeye.wire.AnswerRules.Refusal;
import sockeye.wire.PeerGrouping;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;

/** Decides at one socket who is answered, counts who is not, and tells it once. Of one loop. */
final class AnswerDesk {
    private final AnswerGuard guard;
    private final HostObserver observer;
    private final Map<Refusal, Long> refused = new EnumMap<>(Refusal.class);
    private final byte[] address = new byte[InetNames.ADDRESS];

    AnswerDesk(AnswerRules rules, PeerGrouping grouping, HostObserver observer, long nanos) {
        long key = ThreadLocalRandom.current().nextLong();
        this.guard = new AnswerGuard(rules, grouping, key, nanos);
        this.observer = observer;
    }

    /** How long an answer to the message that is shown may be. */
    int room(MessageConnection asked, int question) {
        return sender(asked) < 0
                ? Integer.MAX_VALUE
                : guard.rules().room(question, AnswerGuard.isIpv4(address));
    }

    /** Whether the message that is shown may be answered so; if not, that is counted. */
    boolean admits(MessageConnection asked, int answer, int question) {
        int port = sender(asked);
        Refusal why = port < 0 ? null : judge(asked, port, answer, question);
        if (why == null) {
            return true;
        }
        Endpoint local = asked.local();
        if (refused.merge(why, 1L, Long::sum) == 1 && local != null) {
            observer.answerRefused(local, why);
        }
        return false;
    }

    private int sender(MessageConnection asked) {
        return asked.channel.sender(asked.asked(), address);
    }

    private @Nullable Refusal judge(MessageConnection asked, int port, int answer, int question) {
        Refusal why = guard.judgePort(port);
        if (why == null && isOwn(asked, port)) {
            why = Refusal.OWN_PORT;
        }
        if (why == null) {
            why = guard.judgeSize(answer, question, address);
        }
        return why == null ? guard.judgeRate(address, asked.loop.nanos()) : why;
    }

    private boolean isOwn(MessageConnection asked, int port) {
        return guard.rules().refuseOwnPorts()
                && OwnPorts.contains(port)
                && asked.sender() instanceof InetEndpoint inet
                && OwnPorts.contains(inet);
    }

    /** How many answers were refused, by their reasons. */
    Map<Refusal, Long> refused() {
        return Collections.unmodifiableMap(refused);
    }
}
