// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.EndpointScheme;
import sockeye.UnixEndpoint;
import sockeye.reactor.HostObserver;
import sockeye.reactor.HostedConnection;
import sockeye.server.ServerConnection;
import sockeye.server.ServerObserver;
import sockeye.wire.AnswerRules;

import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;
import java.util.concurrent.ConcurrentHashMap;

/** Tells who comes and goes at one endpoint, and what goes wrong there. */
final class Guestbook implements ServerObserver {
    private static final String UNNAMED = "(unnamed)";

    private final Announcer announcer;
    private final String unit;
    private final EndpointScheme scheme;
    private final boolean several;
    private final boolean quiet;
    private final boolean verbose;
    private final Map<ServerConnection, Throwable> failures = new ConcurrentHashMap<>();

    /**
     * @param unit what connections count
     * @param several whether there are other endpoints, so that a line has to say which it is about
     */
    Guestbook(
            Announcer announcer,
            String unit,
            EndpointScheme scheme,
            boolean several,
            Serve.Telling telling) {
        this.announcer = announcer;
        this.unit = unit;
        this.scheme = scheme;
        this.several = several;
        this.quiet = telling.quiet();
        this.verbose = telling.verbose();
    }

    @Override
    public void accepted(ServerConnection connection) {
        came(connection.peer(), connection.id(), connection.local());
    }

    private void came(@Nullable Endpoint peer, long id, Endpoint local) {
        if (!quiet) {
            announcer.say("... connected from: " + name(peer, id) + at(local));
        }
    }

    @Override
    public void failed(ServerConnection connection, Throwable cause) {
        if (!quiet) {
            failures.put(connection, cause);
        }
    }

    @Override
    public void closed(ServerConnection connection) {
        if (!quiet) {
            String name = name(connection.peer(), connection.id());
            var line = left(name, connection.age(), connection.messages());
            line.append(at(connection.local()));
            say(line, failures.remove(connection));
        }
    }

    private StringBuilder left(String name, Duration age, OptionalLong messages) {
        var line = new StringBuilder("... ").append(name).append(" left after ");
        line.append(Quantity.text(age));
        messages.ifPresent(count -> line.append(", ").append(count(count, unit)));
        return line;
    }

    private void say(StringBuilder line, @Nullable Throwable cause) {
        if (cause != null) {
            line.append("; ").append(cause.getMessage() == null ? cause : cause.getMessage());
        }
        announcer.say(line.toString());
        if (cause != null && verbose) {
            announcer.say(Complaint.trace(cause).stripTrailing());
        }
    }

    @Override
    public void requestFailed(@Nullable Endpoint peer, Throwable cause) {
        if (!quiet) {
            announcer.say("... " + name(peer) + " gets no answer from " + scheme + "; " + cause);
        }
    }

    @Override
    public void troubled(Endpoint local, IOException cause) {
        announcer.say("... in trouble" + at(local) + ": " + cause.getMessage());
    }

    @Override
    public void recovered(Endpoint local, long turnedAway) {
        announcer.say(
                "... out of trouble%s; %s turned away"
                        .formatted(at(local), count(turnedAway, "client")));
    }

    @Override
    public void answerRefused(Endpoint local, AnswerRules.Refusal why) {
        if (!quiet) {
            announcer.say("... not all is answered%s: %s".formatted(at(local), said(why)));
        }
    }

    /** Why an answer was not sent. */
    static String said(AnswerRules.Refusal why) {
        return switch (why) {
            case NO_PORT -> "asked from port 0";
            case SERVICE_PORT -> "asked from the port of a service";
            case OWN_PORT -> "asked from a port of ours";
            case RATE -> "asked too often";
            case SIZE -> "too long for the question";
        };
    }

    /** The same for what a reactor serves. */
    HostObserver ofReactor() {
        return new HostObserver() {
            @Override
            public void accepted(HostedConnection connection) {
                came(connection.peer(), connection.id(), connection.local());
            }

            @Override
            public void closed(HostedConnection connection, @Nullable Throwable why) {
                if (!quiet) {
                    String name = name(connection.peer(), connection.id());
                    var messages = OptionalLong.of(connection.messages());
                    var line = left(name, connection.age(), messages);
                    say(line.append(at(connection.local())), why);
                }
            }

            @Override
            public void requestFailed(@Nullable Endpoint peer, Throwable cause) {
                Guestbook.this.requestFailed(peer, cause);
            }

            @Override
            public void answerRefused(Endpoint local, AnswerRules.Refusal why) {
                Guestbook.this.answerRefused(local, why);
            }
        };
    }

    private String at(Endpoint local) {
        return several ? " on " + scheme + ":" + local : "";
    }

    static String count(long count, String unit) {
        return count + " " + unit + (count == 1 ? "" : "s");
    }

    /** Clients without a name of their own are told apart by the order in which they came. */
    private static String name(@Nullable Endpoint peer, long id) {
        String name = name(peer);
        return name.equals(UNNAMED) ? name + " #" + id : name;
    }

    private static String name(@Nullable Endpoint peer) {
        return peer == null || (peer instanceof UnixEndpoint unix && unix.isUnnamed())
                ? UNNAMED
                : peer.toString();
    }
}
