// SPDX-License-Identifier: Apache-2.0

package sockeye.cli;

import org.jspecify.annotations.Nullable;

import sockeye.Endpoint;
import sockeye.EndpointScheme;
import sockeye.UnixEndpoint;
import sockeye.server.ServerConnection;
import sockeye.server.ServerObserver;
import sockeye.wire.AnswerRules;

import java.io.IOException;
import java.util.Map;
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
            boolean quiet,
            boolean verbose) {
        this.announcer = announcer;
        this.unit = unit;
        this.scheme = scheme;
        this.several = several;
        this.quiet = quiet;
        this.verbose = verbose;
    }

    @Override
    public void accepted(ServerConnection connection) {
        if (!quiet) {
            announcer.say("... connected from: " + name(connection) + at(connection.local()));
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
        if (quiet) {
            return;
        }
        var line = new StringBuilder("... ").append(name(connection)).append(" left after ");
        line.append(Quantity.text(connection.age()));
        connection.messages().ifPresent(count -> line.append(", ").append(count(count, unit)));
        line.append(at(connection.local()));
        Throwable cause = failures.remove(connection);
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

    private String at(Endpoint local) {
        return several ? " on " + scheme + ":" + local : "";
    }

    static String count(long count, String unit) {
        return count + " " + unit + (count == 1 ? "" : "s");
    }

    /** Clients without a name of their own are told apart by the order in which they came. */
    private static String name(ServerConnection connection) {
        String name = name(connection.peer());
        return name.equals(UNNAMED) ? name + " #" + connection.id() : name;
    }

    private static String name(@Nullable Endpoint peer) {
        return peer == null || (peer instanceof UnixEndpoint unix && unix.isUnnamed())
                ? UNNAMED
                : peer.toString();
    }
}
